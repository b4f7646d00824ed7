"""``voiceover cast``: the copy has the source's words, the sheet takes voices and names, and bad input is one line with nothing written."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.authoring.casting.parts import chapter, words_of
from tests.conftest import Run
from voiceover.script import load_script
from voiceover.settings.problems import Problems

TALK = "# A Talk\n\n“Good day,” said Anna. “Are you well?”\n\n“Quite,” said Ben.\n\n“Who is there?” asked a voice.\n\nNobody answered.\n"


@pytest.mark.parametrize("name", ["railway-children-2", "alice-7"])
def test_a_chapter_keeps_its_words(name: str, voiceover: Run, tmp_path: Path) -> None:
    source = chapter(name, tmp_path)
    done = voiceover("cast", source.name, "--json")
    told = json.loads(done.stdout)
    assert words_of(tmp_path / f"{name}.cast.md") == words_of(source)
    script = load_script(tmp_path / f"{name}.cast.md", Problems())
    assert script is not None
    assert {segment.speaker for segment in script.segments} == {role["name"] for role in told["cast"]}
    (counts,) = told["chapters"]
    assert counts["by_rules"] + counts["open"] == counts["quotations"]
    text = (tmp_path / f"{name}.cast.md").read_text()
    assert text.count("<!-- who? -->") == counts["open"] > 0
    # Without the labels, the marks and the cast it is the source, to the letter.
    bare = re.sub(r"\[(?:" + "|".join(role["name"] for role in told["cast"]) + r")\] | <!-- who\? -->", "", text.split("\n---\n\n", 1)[1])
    assert bare == source.read_text()


@pytest.mark.slow
def test_the_rules_reach_what_they_must(tmp_path: Path) -> None:
    program = Path(__file__).parents[3] / "benchmarks" / "casting.py"
    done = subprocess.run([sys.executable, str(program), "--quick"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_open_is_the_narrators_and_marked(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "talk.md").write_text(TALK)
    done = voiceover("cast", "talk.md")
    assert "talk.cast.md: 4 quotations, 3 given to a speaker, 1 open" in done.stdout
    text = (tmp_path / "talk.cast.md").read_text()
    assert "[Anna] “Good day,” [Narrator] said Anna. [Anna] “Are you well?”\n" in text
    assert "\n“Who is there?” <!-- who? --> asked a voice.\n" in text
    script = load_script(tmp_path / "talk.cast.md", Problems())
    assert script is not None
    said = [(segment.speaker, segment.text) for segment in script.segments]
    assert said[-2:] == [("Narrator", "“Who is there?” asked a voice."), ("Narrator", "Nobody answered.")]
    voiceover("render", "talk.cast.md", "--engine", "draft", "-o", "out")


def test_voices_and_names_of_the_sheet(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "one.md").write_text("“Yes,” said Bobbie.\n\n“No,” said Roberta.\n\n“Well,” said Peter.\n")
    (tmp_path / "two.md").write_text("“I am Bobbie,” said Bobbie.\n")
    voiceover("cast", "one.md", "-o", "cast")
    sheet = tmp_path / "cast" / "cast.yaml"
    text = sheet.read_text()
    assert [line for line in text.splitlines() if line.endswith(":") and not line.startswith(" ")] == [
        "Narrator:",
        "Bobbie:",
        "Roberta:",
        "Peter:",
    ]
    sheet.write_text(
        "Narrator: {voice: cora}\nRoberta:\n  voice: ada\n  aliases: [Bobbie]\nPeter: {voice: ben}\nGone: {voice: dan, lines: 3}\n"
    )
    assert voiceover("cast", "one.md", "-o", "cast", check=2).stderr.startswith("cast/one.md is there already")
    voiceover("cast", "one.md", "two.md", "-o", "cast", "--force")
    copy = (tmp_path / "cast" / "one.md").read_text()
    assert copy.startswith(
        "---\ncast:\n  Narrator: cora\n  Roberta: ada\n  Peter: ben\nread: {title: speak, headings: speak}\n---\n\n[Roberta] “Yes,”"
    )
    assert "[Roberta] “I am Bobbie,”" in (tmp_path / "cast" / "two.md").read_text()
    after = sheet.read_text()
    assert 'Roberta:\n  voice: ada\n  aliases: [Bobbie]\n  lines: 3\n  first_words: "Yes,"\n' in after
    assert "Gone:\n  voice: dan\n  aliases: []\n  lines: 3\n" in after
    voiceover("check", "cast/one.md", "cast/two.md")


@pytest.mark.parametrize(
    ("front", "kept"),
    [
        ("", []),
        ("---\ntitle: The Talk\n---\n", ["title: The Talk", "voiceover:\n  cast:\n    Narrator:\n    Anna:\n    Ben:"]),
        ("---\ntags: [a]\nweight: 3\nread: {headings: skip}\n---\n", ["tags: [a]", "read: {title: speak, headings: skip}"]),
        ("---\n---\n", []),
    ],
)
def test_front_matter_is_kept(front: str, kept: list[str], voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "talk.md").write_text(front + TALK)
    voiceover("cast", "talk.md")
    text = (tmp_path / "talk.cast.md").read_text()
    assert [part for part in kept if part not in text] == []
    assert words_of(tmp_path / "talk.cast.md") == words_of(tmp_path / "talk.md")


def test_a_cast_of_the_project_is_not_the_chapters(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "voiceover.yaml").write_text("cast: {Zed: ada}\nlexicon: {Anna: Hannah}\n")
    (tmp_path / "talk.md").write_text(TALK)
    voiceover("cast", "talk.md")
    assert "\n  Anna:\n  Ben:\n" in (tmp_path / "talk.cast.md").read_text()


STRANGE = """\
> "Hello, *dear* friend," said **Jo March**. "See [this](http://x.y)."

- "A list?" asked Jo.

*"All in italics," said Jo.*

Jo: this is a line with a colon.

[Jo] is here, said the note. "A [Jo]!" said Bob.

"I said `code`," cried Jo. &ldquo;And entities,&rdquo; said Bob.

(laughs) "Yes," said Jo.

<p>"HTML," said Jo.</p>

"A note," said Jo.[^1]

JO

| a | b |
|---|---|
| "x," said Jo | y |

"Narrator: no," said Bob. [pause 1s] "Now," said Bob.

[^1]: "Below," said Bob.
"""


def test_markdown_that_looks_like_labels_stays_text(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "strange.md").write_text(STRANGE)
    voiceover("cast", "strange.md")
    assert words_of(tmp_path / "strange.cast.md") == words_of(tmp_path / "strange.md")
    text = (tmp_path / "strange.cast.md").read_text()
    for part in ('> [Jo] "Hello, *dear* friend," [Narrator] said **Jo March**.', "Jo\\: this", "\\[Jo] is here", "&#74;O"):
        assert part in text


BAD = {
    "has-cast.md": "---\ncast: {A: ada}\n---\nA: “Yes,” said Bo.\n",
    "toml.md": "+++\ntitle = 'x'\n+++\n\n“Yes,” said Bo.\n",
    "own.md": "---\nvoiceover: {speed: 1.1}\n---\n“Yes,” said Bo.\n",
    "quiet.md": "Nobody says anything.\n",
    "german.md": "---\nlanguage: de\n---\n„Ja“, sagte Anna.\n",
    "lines.yaml": "cast: {A: ada}\nsegments: [A: Yes.]\n",
    "sheet.yaml": "Anna: {voice: ada, alias: [Ann]}\nBen: [x]\nCarl: {aliases: [anna]}\n",
    "name.md": "“Yes,” said Jo.\n\n[Jo]: http://example.com\n",
    "binary.md": "a\0b",
}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["has-cast.md"], "has-cast.md:2:8: this chapter has a cast already"),
        (["toml.md"], "toml.md:1:1: the front matter is TOML or JSON; write it as YAML"),
        (["own.md"], "own.md:1:1: the front matter has a map voiceover: already"),
        (["quiet.md"], "quiet.md: there is no quoted speech in this file"),
        (["german.md"], "german.md: the rules know English only, and the language here is de; --llm-url"),
        (["lines.yaml"], "lines.yaml: speakers are looked for in prose"),
        (["name.md"], "name.md:1:1: labels would change the words of this paragraph"),
        (["binary.md"], "binary.md:1:2: this is not a text file"),
        (["missing.md"], "missing.md:1:1: there is no such file"),
        (["."], ".:1:1: this is a folder"),
        (["talk.md", "-o", "talk.md"], "talk.md: the copy would replace the chapter itself"),
        (["talk.md", "--force", "-o", "."], "talk.md: the copy would replace the chapter itself"),
        (["talk.md", "sub/talk.md", "-o", "out"], "two chapters would both be written to out/talk.md"),
        (["talk.md", "quiet.md", "-o", "one.md"], "one.md is one file, and there are 2 chapters"),
        (["talk.md", "quiet.md", "-o", "out"], "quiet.md: there is no quoted speech"),
        (["talk.md", "--sheet", "sheet.yaml"], 'sheet.yaml:1:20: unknown key "alias"; did you mean "aliases"?'),
        (["talk.md", "-o", "talk.md/sub"], "talk.md/sub: cannot write the copies: a part of the path is a file"),
        (["talk.md", "--llm-model", "x"], "--llm-model goes with --llm-url"),
        (["talk.md", "--llm-url", "http://example.com/v1"], "--llm-url must begin with https://, since example.com is not this machine"),
        (["talk.md", "--llm-url", "https://me:secret@example.com"], "--llm-url must hold no name, password, query or fragment"),
        (
            ["talk.md", "--llm-url", "https://example.com", "--llm-key-env", "sk-123"],
            "--llm-key-env must be the name of an environment variable",
        ),
        (["talk.md", "--llm-url", "http://127.0.0.1:9/v1", "--llm-key-env", "NOT_SET"], "the environment variable NOT_SET is not set"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(arguments: list[str], said: str, voiceover: Run, tmp_path: Path) -> None:
    for name, text in BAD.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "sub").mkdir()
    for name in ("talk.md", "sub/talk.md"):
        (tmp_path / name).write_text(TALK)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    done = voiceover("cast", *arguments, check=2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr + done.stdout
    assert "sk-123" not in done.stderr + done.stdout
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_names_of_a_stranger_are_made_fit_for_labels(voiceover: Run, tmp_path: Path) -> None:
    long = "Bo" + "o" * 80
    (tmp_path / "talk.md").write_text(f"“One,” said Chapter. “Two,” said {long}. “Three,” said Narrator.\n")
    voiceover("cast", "talk.md")
    voiceover("check", "talk.cast.md")
    assert words_of(tmp_path / "talk.cast.md") == words_of(tmp_path / "talk.md")
