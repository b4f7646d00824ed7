"""The guide to the script format, and what ``check --json`` gives to mend a draft."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.conftest import Run
from voiceover.authoring import guide
from voiceover.pipeline.check import check_script
from voiceover.settings.values import did_you_mean, suggested_in

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "script.md").read_text("utf-8")


def test_the_guide_is_made_from_the_page_of_the_format(voiceover: Run) -> None:
    printed = voiceover("guide").stdout
    lines = printed.splitlines()
    assert len(lines) < guide.MOST_LINES
    assert guide.guide_source() == ROOT / "docs" / "script.md"
    page = re.sub(r"\[([\w.]+\.md)\]\([^)]*\)", r"docs/\1", PAGE)
    own = [line for line in lines if line not in page.splitlines()]
    assert [line.split(":")[0] for line in own] == ["## Voices here", "For each speaker name one of these; its styles are in parentheses"]
    assert "ada (angry, quiet, whispering)" in own[1]
    assert "<!-- guide" not in printed
    assert "<!-- end" not in printed
    assert [line for line in lines if line.startswith("## ") and line != "## The country"] == [
        "## Example",
        "## Speakers",
        "## Structure",
        "## How words are spoken",
        "## What is spoken of Markdown and HTML",
        "## Writing for the ear",
        "## Settings",
        "## Voices here",
    ]


def test_every_mark_of_the_page_is_closed() -> None:
    marks = re.findall(r"^<!-- (guide|end of guide)\b", PAGE, re.MULTILINE)
    assert marks.count("end of guide") >= 3
    assert marks[0] == "guide"
    assert marks[-1] == "end of guide"
    assert re.findall(r"^.*<!-- (?:guide|end of guide).*$", PAGE, re.MULTILINE) == [
        line for line in PAGE.splitlines() if guide._MARK.fullmatch(line) or line == guide._END
    ]


def test_the_example_in_the_guide_is_a_script(voiceover: Run, tmp_path: Path) -> None:
    example = re.search(r"```markdown\n(.*?)```", voiceover("guide").stdout, re.DOTALL)
    assert example is not None
    (tmp_path / "example.md").write_text(example[1], "utf-8")
    assert check_script(tmp_path / "example.md").errors == ()


def test_problems_name_headings_that_the_guide_has(voiceover: Run) -> None:
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "voiceover").rglob("*.py") if path.name != "guide.py")
    printed = voiceover("guide").stdout
    for heading, codes in guide._SECTIONS.items():
        assert f"## {heading}\n" in printed
        assert [each for each in codes.split() if f'"{each}"' not in code] == []
    assert guide.section_of("unknown-speaker") == "Speakers"
    assert guide.section_of("no-such-code") == ""


DRAFT = """---
titel: A talk
cast: {Ann: ada, Bob: benn}
---

**Bop:** Hello there, Ann.

Ann (whispring): Good evening, Bob. [puase 1s] Sit down.
"""


def test_a_draft_is_mended_by_what_check_says(voiceover: Run, tmp_path: Path) -> None:
    draft = tmp_path / "draft.md"
    draft.write_text(DRAFT, "utf-8")
    for _ in range(2):  # of a label that is wrong, the style is looked at when the label is right
        found = json.loads(voiceover("check", "draft.md", "--json", check=None).stdout)["scripts"][0]
        typed = draft.read_text("utf-8").splitlines()
        lines = [*typed]
        for problem in found["problems"]:
            row = problem["line"] - 1
            assert problem["text"] == typed[row]
            if problem["severity"] == "error":
                wrong = re.search(r'"([^"]+)"|(\[[^\]]+\])', problem["message"])
                assert wrong is not None
                lines[row] = lines[row].replace(wrong[1] or wrong[2], problem["suggestion"])
        draft.write_text("\n".join((*lines, "")), "utf-8")
    assert json.loads(voiceover("check", "draft.md", "--json").stdout)["scripts"][0]["ok"]
    mended = draft.read_text("utf-8")
    assert mended.splitlines() == [
        "---",
        "title: A talk",
        "cast: {Ann: ada, Bob: ben}",
        "---",
        "",
        "**Bob:** Hello there, Ann.",
        "",
        "Ann (whispering): Good evening, Bob. [pause 1s] Sit down.",
    ]


def test_check_as_json_gives_cast_voices_and_numbers(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "one.md").write_text("---\ncast: {Ann: ada, Bob: ben}\n---\n\nAnn: Hello there, Bob.\n\nAnn: Are you well?\n", "utf-8")
    found = json.loads(voiceover("check", "one.md", "--json").stdout)
    script = found["scripts"][0]
    assert (script["ok"], script["errors"], script["warnings"], script["words"]) == (True, 0, 1, 6)
    assert script["cast"][0] == {"speaker": "Ann", "voice": "ada", "styles": ["angry", "quiet", "whispering"], "lines": 2}
    assert script["problems"][0]["guide"] == "Speakers"
    assert script["problems"][0]["text"] == "cast: {Ann: ada, Bob: ben}"
    assert {"voice": "dan", "styles": ["angry", "quiet", "whispering"]} in found["voices"]


def test_the_line_of_a_script_that_cannot_be_read_at_all(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("title: A\nsegments: [x\nmore: y\n", "utf-8")
    problem = json.loads(voiceover("check", "bad.yaml", "--json", check=2).stdout)["scripts"][0]["problems"][0]
    assert problem["text"] == "title: A\nsegments: [x\nmore: y\n".splitlines()[problem["line"] - 1]


@pytest.mark.parametrize("word", ["Twon", "whispring", "speedd"])
def test_a_suggestion_is_read_back_from_its_message(word: str) -> None:
    known = ("Town", "whispering", "speed")
    hint = did_you_mean(word, known)
    assert suggested_in(f'unknown "{word}"{hint} More words.') in known
    assert suggested_in("nothing is near") is None
