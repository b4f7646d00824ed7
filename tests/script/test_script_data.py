"""Scripts as data: JSON files, front matter alone, and lines under the names that other programs use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Run
from voiceover.script import load_script
from voiceover.settings.problems import Problems
from voiceover.types import Chapter, Pause, Scene, Script, Severity

TURNS = [{"speaker": "Ann", "text": "Did you feed the geese?"}, {"speaker": "Bo", "text": "I did so."}]
JSON_SCRIPT = """{
  "title": "The fence",
  "cast": {"Ann": "ada", "Bo": {"voice": "ben", "speed": 1.1}},
  "lexicon": {"geese": "geess"},
  "gaps": {"scene": 900},
  "segments": [
    {"chapter": "The yard"},
    {"speaker": "Ann", "text": "Did you feed the \\u201cgeese\\u201d? [pause 1s] Did you?"},
    {"Bo": "I did so."},
    "scene",
    "And so they went home."
  ]
}
"""
TOML_SCRIPT = """+++
title = "The fence"

[cast]
Ann = "ada"
Bo = "ben"

[[segments]]
speaker = "Ann"
text = "Did you feed the geese?"

[[segments]]
speaker = "Bo"
text = "I did so."
+++
"""


def load(path: Path, typed: str) -> tuple[Script | None, list[str]]:
    path.write_text(typed, "utf-8")
    problems = Problems()
    script = load_script(path, problems)
    return script, [f"{p.source.line}:{p.source.column} {p.message}" for p in problems.all if p.severity is Severity.ERROR]


@pytest.mark.parametrize("name", ["a.json", "a.md", "a.txt", "a.JSON", "a.mdx"])
def test_json_with_segments_is_the_yaml_form(name: str, tmp_path: Path) -> None:
    script, errors = load(tmp_path / name, JSON_SCRIPT)
    assert script is not None
    assert errors == []
    assert (script.title, script.article, [entry.voice for entry in script.cast]) == ("The fence", False, ["ada", "ben"])
    assert script.settings.lexicon == {"geese": "geess"}
    assert script.settings.gaps is not None
    assert script.settings.gaps.scene == 900
    assert [(s.speaker, s.text, s.source.line, s.source.column) for s in script.segments] == [
        ("Ann", "Did you feed the “geese”?", 8, 33),
        ("Ann", "Did you?", 8, 80),
        ("Bo", "I did so.", 9, 13),
        ("Ann", "And so they went home.", 11, 6),
    ]
    assert [type(item) for item in script.items if isinstance(item, (Chapter, Pause, Scene))] == [Chapter, Pause, Scene]


@pytest.mark.parametrize(
    ("typed", "lines"),
    [
        ("---\ntitle: The fence\ncast: {Ann: ada, Bo: ben}\nsegments:\n  - Ann: Did you feed the geese?\n  - Bo: I did so.\n---\n", [5, 6]),
        (TOML_SCRIPT, [10, 14]),
        ("\n---\ncast: {Ann: ada, Bo: ben}\nsegments: [Ann: Did you feed the geese?, Bo: I did so.]\n---\n\n\n", [4, 4]),
    ],
)
def test_front_matter_alone_with_segments_is_the_yaml_form(typed: str, lines: list[int], tmp_path: Path) -> None:
    script, errors = load(tmp_path / "a.md", typed)
    assert script is not None
    assert errors == []
    assert [(s.speaker, s.text) for s in script.segments] == [("Ann", "Did you feed the geese?"), ("Bo", "I did so.")]
    assert [s.source.line for s in script.segments] == lines


def test_errors_within_json_have_their_place(tmp_path: Path) -> None:
    typed = '{"cast": {"Ann": "ada"},\n "segments": [\n  {"Ann": "One and two."},\n  {"speaker": "Zed", "text": "Three, four."}]}'
    assert load(tmp_path / "a.json", typed)[1] == ['4:15 unknown speaker "Zed". The cast is Ann.']
    typed = '{"title": "x",\n "title": "y",\n "segments": ["One and two."]}'
    assert load(tmp_path / "a.json", typed)[1] == [f'2:2 the key "title" is given twice; the first is at {tmp_path}/a.json:1:2']


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ('{"title": "x",\n "segments": [,]}', "2:15 this file is not JSON: Expecting value"),
        ('{"segments": ["One.",\n]}', "this file is not JSON: "),
        ("{'segments': []}", "1:2 this file is not JSON: "),
        ('{"segments": [] // none\n}', "1:17 this file is not JSON: "),
        ('{"segments": ["One', "1:15 this file is not JSON: "),
        ('{"segments": ["One and two."]} more', "1:32 the text goes on after the end of the JSON value"),
        ('{"a": ' * 100_000, "nested more than 50 levels deep"),
        ('["\\ud83d"]', "half a character"),
    ],
)
def test_what_is_wrong_with_json_is_one_error(typed: str, said: str, tmp_path: Path) -> None:
    script, errors = load(tmp_path / "a.json", typed)
    assert script is None
    assert len(errors) == 1
    assert said in errors[0]


def test_a_file_that_holds_nothing_speaks_nothing(tmp_path: Path) -> None:
    nothing = "1:1 nothing in this script is spoken; it needs at least one line of text"
    for name, typed in (
        ("a.json", ""),
        ("a.json", "{}"),
        ("a.json", '{"segments": []}'),
        ("a.yaml", "segments: []"),
        ("a.md", "---\ntitle: The fence\n---\n"),
        ("a.md", '{"title": "The fence"}'),
        ("a.md", '+++\ntitle = "The fence"\n+++\n\n'),
        ("a.md", "---\ntitle: The fence\nread: {title: speak}\nauthors: [{name: Ann, url: x}]\n---\n"),
        ("a.md", "---\ncast: {Ann: ada}\nsegments: []\n---\n"),
        ("a.md", "---\ntitle: Home\nquotes: [{name: Ann, text: A fine shop.}]\nscripts: [a.js]\ncontent: [{name: x, body: y}]\n---\n"),
    ):
        assert load(tmp_path / name, typed)[1] == [nothing], typed


def test_a_title_with_text_is_still_spoken(tmp_path: Path) -> None:
    script, errors = load(tmp_path / "a.md", "---\ntitle: The fence\ndialogue: [a, b]\n---\n\nIt was a long fence.\n")
    assert script is not None
    assert errors == []
    assert [s.text for s in script.segments] == ["The fence", "It was a long fence."]


KEYS = "each line with the keys speaker and text"


@pytest.mark.parametrize("form", ["json", "yaml", "md"])
@pytest.mark.parametrize(
    ("content", "said", "cast"),
    [
        ({"title": "x", "dialogue": TURNS}, f'"dialogue" looks like the lines of a script; call it segments, {KEYS}', "Ann Bo"),
        *(
            ({name: TURNS}, f'"{name}" looks like the lines of a script; call it segments, {KEYS}', "Ann Bo")
            for name in (
                "turns",
                "script",
                "lines",
                "transcript",
                "conversation",
                "messages",
                "utterances",
                "Dialogue",
                "podcast_script",
                "segmets",
                "dialogue_list",
            )
        ),
        (
            {"data": {"dialogue": TURNS}},
            f'"data.dialogue" looks like the lines of a script; call it segments at the top of the file, {KEYS}',
            "Ann Bo",
        ),
        ({"conversation": {"turns": TURNS}}, '"conversation.turns" looks like', "Ann Bo"),
        ({"scenes": [{"name": "Kitchen", "dialogue": TURNS}]}, '"scenes.dialogue" looks like', "Ann Bo"),
        ({"segments": [["Ann", "Did you?"], ["Bo", "I did."]]}, "a segment is not a list (2 segments)", "Ann Bo"),
        ({"title": "x", "dialogue": []}, '"dialogue" looks like', ""),
        ({"segments": {"speaker": "Ann", "text": "Hello."}}, "segments must be a list", ""),
        ({"segments": TURNS, "cast": ["Ann"]}, "cast must be a mapping from names to voices", "-"),
        ({"episodes": [{"lines": TURNS}]}, '"episodes.lines" looks like the lines of a script', "Ann Bo"),
        ({"result": {"segments": TURNS}}, '"result.segments" looks like the lines of a script', "Ann Bo"),
        ({"dialogue": [{"role": "host", "content": "Did you feed them?"}]}, "(not role and content)", "host"),
        ({"script": [{"type": "Person1", "content": "Did you feed them?"}]}, "(not type and content)", "Person1"),
        ({"lines": [{"name": "Ann", "line": "Did you feed them?"}]}, "(not name and line)", "Ann"),
        ({"dialogue": [{"host": "Did you feed them?"}, {"guest": "I did."}]}, f"call it segments, {KEYS}; and add", "host guest"),
        ({"dialogue": [{"host": "Did you feed them?", "guest": "I did."}]}, f"call it segments, {KEYS}; and add", "host guest"),
        ({"dialogue": [["Ann", "Did you feed them?"], ["Bo", "I did."]]}, "call it segments", "Ann Bo"),
        ({"dialogue": ["Ann: Did you feed them?", "Bo: I did."]}, "call it segments", "Ann Bo"),
        ({"script": "Ann: Did you feed them?\nBo: I did."}, '"script" holds the lines as one text', "Ann Bo"),
        ({"dialogue": TURNS, "cast": {"Ann": "ada", "Bo": "ben"}}, '"dialogue" looks like', ""),
        (
            {"segments": [{"role": "host", "content": "Did you feed them?"}] * 3},
            "the keys of a segment are speaker and text, not role and content (3 segments)",
            "host",
        ),
        ({"segments": [{"speaker": "Ann", "line": "Did you feed them?"}], "cast": {"Ann": "ada"}}, "not speaker and line (1 segment)", ""),
        ({"segments": TURNS}, "this script has speakers but no cast; add", "Ann Bo"),
        (
            {"segments": [{"Ann": "Did you feed them?"}, {"Bo": "I did."}, {"Ann": "Good, good."}]},
            "this script has speakers but no cast",
            "Ann Bo",
        ),
        (
            {"segments": [{"start": 0, "end": 2.5, "text": "Did you feed them?"}]},
            "these segments have times, like those of a transcript",
            "",
        ),
    ],
)
def test_lines_under_another_name_are_one_error(form: str, content: dict[str, object], said: str, cast: str, tmp_path: Path) -> None:
    import yaml

    written = json.dumps(content) if form == "json" else yaml.safe_dump(content, sort_keys=False)
    script, errors = load(tmp_path / f"a.{form}", f"---\n{written}---\n" if form == "md" else written)
    assert len(errors) == 1, errors
    assert said in errors[0]
    if cast == "-" or "must be a list" in said:
        return
    assert script is None
    names = [json.dumps(name) if form == "json" else name for name in cast.split()]
    voices = [json.dumps(name) if form == "json" else name for name in ("ada", "ben")]
    pasted = ", ".join(f"{name}: {voice}" for name, voice in zip(names, voices, strict=False))
    key = '"cast"' if form == "json" else "cast"
    assert errors[0].endswith(f"; and add {key}: {{{pasted}}}".removeprefix("; and")) if cast else "cast" not in errors[0]


def test_the_cast_that_is_offered_can_be_pasted(tmp_path: Path) -> None:
    names = ["Ann", "yes", "Dr. Hill", "Élise", "O'Neil", "1", "7th & last"]
    typed = json.dumps({"dialogue": [{"speaker": name, "text": "Hello there, all."} for name in [*names, "a: b", "scene", "[x]"]]})
    _, (error,) = load(tmp_path / "a.yaml", typed)
    pasted = error[error.index("cast: {") :]
    segments = json.dumps([{"speaker": name, "text": "Hello there, all."} for name in names])
    script, errors = load(tmp_path / "b.yaml", f"{pasted}\nsegments: {segments}\n")
    assert script is not None
    assert errors == []
    assert [entry.name for entry in script.cast] == names


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("a.json", json.dumps(TURNS)),
        ("a.yaml", "- speaker: Ann\n  text: Did you feed them?\n- {speaker: Bo, text: I did.}\n"),
        ("a.md", json.dumps(TURNS, indent=1)),
    ],
)
def test_a_list_alone_is_one_error(name: str, typed: str, tmp_path: Path) -> None:
    script, errors = load(tmp_path / name, typed)
    assert script is None
    assert len(errors) == 1
    assert "a script is not a list alone; put the list under the key segments" in errors[0]
    assert "Ann" in errors[0]


def test_one_object_per_line_is_one_error(tmp_path: Path) -> None:
    for name in ("a.json", "a.jsonl", "a.md"):
        script, errors = load(tmp_path / name, "\n".join(json.dumps(turn) for turn in TURNS))
        assert script is None
        assert len(errors) == 1
        assert "one JSON object per line" in errors[0]


def test_segments_above_text_are_an_error(tmp_path: Path) -> None:
    _, errors = load(tmp_path / "a.md", "---\ncast: {Ann: ada}\nsegments: [One and two.]\n---\n\nAnn: Three, four.\n")
    assert errors == ["3:1 segments: is read only in a file that is nothing but front matter; keep either it or the text below"]


def test_segments_and_voiceover_are_among_the_known_keys(tmp_path: Path) -> None:
    _, errors = load(tmp_path / "a.yaml", "qqqqqqq: x\nsegments: [One and two.]\n")
    assert len(errors) == 1
    assert "segments" in errors[0]
    assert "voiceover" in errors[0]


@pytest.mark.parametrize(
    "typed",
    [
        "segments: [One and two., 'Three: four.']\n",
        "segments:\n  - Note: this is text with a colon\n",
        "cast: {Name: ada}\nsegments:\n  - Name: Hello there, all.\n  - {Name: Hello there., pause_after: 1s}\n",
        "segments:\n  - {text: Hello there, lang: fr}\n  - {speaker: Narrator, text: Hello there}\n",
    ],
)
def test_scripts_as_they_should_be_are_left_alone(typed: str, tmp_path: Path) -> None:
    _, errors = load(tmp_path / "a.yaml", typed)
    assert not any("call it" in error or "keys of a segment" in error or "but no cast" in error for error in errors)


@pytest.mark.parametrize("piece", ['{"a": [', '[{"', '{"dialogue": [{"speaker": "A", "text": "b"}, ', "[", '{"a": {"b": 1}, '])
def test_hostile_json_is_read_soon(piece: str, tmp_path: Path) -> None:
    for name in ("a.json", "a.md"):
        _, errors = load(tmp_path / name, piece * 20_000)
        assert errors or name == "a.md"


def test_hostile_json_by_the_command(voiceover: Run, tmp_path: Path) -> None:
    for number, typed in enumerate(
        ('{"a": ' * 100_000, '{"dialogue": [{"speaker": "A", "text": "' + "x" * 3_000_000, '["\\ud83d", "\\u202e"]')
    ):
        (tmp_path / f"{number}.json").write_text(typed, "utf-8")
        done = voiceover("render", f"{number}.json", "-o", "out", check=2)
        assert done.stderr.count("\n") == 1
        assert f"{number}.json:" in done.stderr
    assert not list(tmp_path.glob("out/*"))
