"""Show notes, by the command that a user types: what they hold, that no stranger's markup is in them, and when they are made again."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.conftest import Run

EPISODE = """---
title: Two mice
description: |
  About mice.

  And about towns.
cast: {Ann: ada, Bob: ben}
notes: true
---

## The country

Ann: See [the fable](https://example.org/fable?a=1&b=2) and [the same](https://example.org/fable?a=1&b=2).

## The town

Bob: Write to [us](mailto:us@example.org), or read <https://example.org/more>. This [page](other.md) is mine.
"""
HOSTILE = """---
title: "</h1><script>alert(1)</script> ]]> **bold** 🎉"
description: "<img src=x onerror=alert(2)> [x](javascript:alert(3))"
cast: {"A": ada}
notes: true
---

## <b>One</b> `](javascript:alert(4))

A: [run](javascript:alert(5)) and [data](data:text/html,x) and [text]( https://example.org/a"onmouseover="x ) and
[a](<https://example.org/)](javascript:alert(6)>) and <a href="JaVaScRiPt:alert(7)">that</a> and [h](https://example.org/<script>).
"""


class Page(HTMLParser):
    """The elements and the link targets of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.targets: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.targets += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


def made(voiceover: Run, folder: Path, text: str) -> tuple[str, Page, Page]:
    """The notes in Markdown, and both forms as pages."""
    (folder / "a.md").write_text(text, "utf-8")
    voiceover("render", "a.md", "--engine", "draft")
    markdown = (folder / "a.draft.notes.md").read_text("utf-8")
    return markdown, Page(MarkdownIt().render(markdown)), Page((folder / "a.draft.notes.html").read_text("utf-8"))


def test_what_notes_hold(voiceover: Run, tmp_path: Path) -> None:
    markdown, *pages = made(voiceover, tmp_path, EPISODE)
    start = json.loads((tmp_path / "a.draft.manifest.json").read_bytes())["chapters"][1]["start"]
    assert "- 00:00:00 The country\n" in markdown
    for page in pages:
        assert page.targets == ["https://example.org/fable?a=1&b=2", "mailto:us@example.org", "https://example.org/more"]
        assert f"00:00:{int(start):02} The town" in page.text
        said = ("Two mice", "About mice.", "And about towns.", "the fable", "Voice: ada (as Ann), Apache-2.0", "DRAFT, not for publication")
        for words in said:
            assert words in page.text
        assert [tag for tag in page.tags if tag.startswith("h")] == ["h1", "h2", "h2", "h2"]


def test_notes_of_a_stranger(voiceover: Run, tmp_path: Path) -> None:
    for page in made(voiceover, tmp_path, HOSTILE)[1:]:
        assert set(page.tags) <= {"h1", "h2", "p", "ul", "li", "a"}
        assert page.attributes <= {"href"}
        assert all(target.startswith("https://example.org/") for target in page.targets)
        assert "**bold** 🎉" in page.text


def test_a_link_that_changes_makes_them_again_and_records_nothing(voiceover: Run, tmp_path: Path) -> None:
    made(voiceover, tmp_path, EPISODE)
    assert "up to date" in voiceover("render", "a.md", "--engine", "draft").stderr
    (tmp_path / "a.md").write_text(EPISODE.replace("?a=1", "?a=3"), "utf-8")
    last = json.loads(voiceover("render", "a.md", "--engine", "draft", "--json").stdout.splitlines()[-1])
    assert (last["made"], last["recorded"]) == (True, 0)
    assert "a=3" in (tmp_path / "a.draft.notes.html").read_text("utf-8")


@pytest.mark.parametrize("value", ["notes: false", ""])
def test_without_the_setting_there_are_none_and_old_ones_go(value: str, voiceover: Run, tmp_path: Path) -> None:
    made(voiceover, tmp_path, EPISODE)
    (tmp_path / "a.md").write_text(EPISODE.replace("notes: true", value), "utf-8")
    voiceover("render", "a.md", "--engine", "draft")
    assert not list(tmp_path.glob("*.notes.*"))
