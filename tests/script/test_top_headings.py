"""A script with a cast whose ``#`` headings mark no chapter gets one warning."""

from __future__ import annotations

from pathlib import Path

import pytest

from voiceover.script import load_script
from voiceover.settings.problems import Problems
from voiceover.types import Settings

CAST = "cast: {A: ada}\n"
TURN = "\n\nA: Good evening to you all.\n\n"


@pytest.mark.parametrize(
    ("front", "headings", "told"),
    [
        (CAST, "# Show|# One|# Two", "2 # headings mark no chapter; a chapter is written ## Title"),
        (CAST, "# Show|# One", ""),
        (f"title: Mine\n{CAST}", "# One|# Two", "2 # headings mark no chapter; a chapter is written ## Title"),
        (CAST, "# Show", ""),
        (f"title: Mine\n{CAST}", "# Show", ""),
        (CAST, "# Show|# Part one|## One", ""),
        ("title: An article\n", "# One|# Two", ""),
    ],
)
def test_several_top_headings_without_a_chapter_are_a_warning(front: str, headings: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "show.md"
    path.write_text(f"---\n{front}---\n\n" + "".join(f"{heading}{TURN}" for heading in headings.split("|")), "utf-8")
    problems = Problems()
    load_script(path, problems, Settings())
    found = [each.message for each in problems.found if each.code == "no-chapter"]
    assert found == ([told] if told else [])
