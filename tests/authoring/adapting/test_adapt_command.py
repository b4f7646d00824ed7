"""``voiceover adapt`` by rules: a script that renders, and one clear line for what is wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.conftest import Run
from voiceover.script import load_script
from voiceover.settings.problems import Problems

ARTICLE = """\
---
title: Tea
tags: [drinks]
---

# Tea

Tea has been drunk for 5,000 years.[^1] You need:

- water
- leaves

## How long

| Tea | Minutes |
|---|---|
| Green | 2 |
| Black | 4 |

```sh
boil --water
```

See [the guide](https://tea.example/guide), or [another][two].

[^1]: In China, at first.

[two]: https://tea.example/two
"""


def spoken(path: Path) -> str:
    script = load_script(path, Problems())
    assert script is not None
    return " ".join(segment.text for segment in script.segments)


def test_an_article_by_rules(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "tea.md").write_text(ARTICLE)
    done = voiceover("adapt", "tea.md", "-o", "episode.md")
    assert done.stdout == "episode.md: rewritten by rules\n"
    text = (tmp_path / "episode.md").read_text()
    assert text.startswith(
        "---\ntitle: Tea\ntags: [drinks]\n---\n\n# Tea\n\nTea has been drunk for 5,000 years. (In China, at first.) You need: water and"
    )
    said = spoken(tmp_path / "episode.md")
    assert "For Green, the minutes are 2. For Black, the minutes are 4. The article shows 1 line of shell code here." in said
    script = load_script(tmp_path / "episode.md", Problems())
    assert script is not None
    assert [link.target for link in script.links] == ["https://tea.example/guide", "https://tea.example/two"]
    voiceover("check", "episode.md")


def test_the_default_name_and_json(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "tea.md").write_text(ARTICLE)
    told = json.loads(voiceover("adapt", "tea.md", "--json").stdout)
    assert told == {"script": "tea.episode.md", "sections": []}
    assert voiceover("adapt", "tea.md", check=2).stderr.startswith("tea.episode.md is there already")
    voiceover("adapt", "tea.md", "--force")


def test_the_instructions_can_be_printed_and_edited(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "tea.md").write_text(ARTICLE)
    built_in = voiceover("adapt", "tea.md", "--show-prompt").stdout
    assert "{length}" in built_in
    (tmp_path / "voiceover.yaml").write_text("language: en\n")
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "adapt-dialogue.md").write_text("Talk, {first}.\n")
    assert voiceover("adapt", "tea.md", "--show-prompt", "--style", "dialogue").stdout == "Talk, {first}.\n"
    assert voiceover("adapt", "tea.md", "--show-prompt").stdout == built_in
    (tmp_path / "mine.md").write_text("Mine.\n")
    assert voiceover("adapt", "tea.md", "--show-prompt", "--prompt", "mine.md").stdout == "Mine.\n"


BAD = {
    "script.md": "---\ncast: {A: ada}\n---\nA: Yes.\n",
    "bad.md": "---\ntitle: [a\n---\nText.\n",
    "binary.md": "a\0b",
    "empty.md": "\n",
    "lines.yaml": "segments: [Yes.]\n",
    "toml.md": "+++\ntitle = 'x'\n+++\n\nText.\n",
}
URL = ["--llm-url", "http://127.0.0.1:9/v1"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["script.md"], "script.md:2:8: this file has a cast, so it is a script already"),
        (["bad.md"], "bad.md:2:10: YAML could not be read here"),
        (["binary.md"], "binary.md:1:2: this is not a text file"),
        (["empty.md"], "empty.md"),
        (["missing.md"], "missing.md:1:1: there is no such file"),
        (["lines.yaml"], "lines.yaml: an article is a file of Markdown or plain text"),
        (["tea.md", "-o", "tea.md"], "tea.md: the script would replace the article itself"),
        (["tea.md", "-o", "tea.mp3"], "tea.mp3: the script is Markdown"),
        (["tea.md", "-o", "tea.md/x.md"], "tea.md: cannot write the script: there is a file of that name already"),
        (["tea.md", "--style", "dialogue"], "a dialogue needs a language model; give --llm-url"),
        (["tea.md", "--style", "poem"], "'poem' is not one of narration, dialogue"),
        (["tea.md", "--minutes", "5"], "another length needs a language model"),
        (["tea.md", "--style", "dialogue", "--speakers", "Ann", *URL], "a dialogue needs two speakers or more"),
        (["tea.md", "--style", "dialogue", "--speakers", "Ann,ann", *URL], "a dialogue needs two speakers or more, with different names"),
        (["tea.md", "--style", "dialogue", "--speakers", "Ann,[B]", *URL], '"[B]" cannot be a speaker'),
        (["toml.md", "--style", "dialogue", *URL], "toml.md:1:1: the front matter is TOML or JSON"),
        (["tea.md", "--prompt", "none.md", *URL], "none.md: cannot read the prompt: there is no such file"),
        (["tea.md", "--prompt", "binary.md", "--llm-url", "ftp://x"], "--llm-url must be an address such as"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(arguments: list[str], said: str, voiceover: Run, tmp_path: Path) -> None:
    for name, text in {**BAD, "tea.md": ARTICLE}.items():
        (tmp_path / name).write_text(text)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    done = voiceover("adapt", *arguments, check=2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_server_that_is_not_there(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "tea.md").write_text(ARTICLE)
    done = voiceover("adapt", "tea.md", "-q", *URL, check=1)
    assert re.fullmatch(
        r"the language model default \(127\.0\.0\.1:9\) cannot be reached: connection refused; is it running\?\n", done.stderr
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tea.md"]
