"""The commands of docs/pages.md make the three pages of the full show, and each opens; so do the shortest and the longest episode."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.browser.chromium import DESKTOP, PHONE, Chromium
from tests.browser.conftest import run
from tests.publish.test_pages import long_episode
from voiceover.publish.pages.listening import listening_page

pytestmark = pytest.mark.slow

DOCS = Path(__file__).parents[2] / "docs" / "pages.md"


def test_the_three_pages_of_the_full_show(chromium: Chromium, own_show: Path) -> None:
    show = own_show
    lines = [shlex.split(line, comments=True)[1:] for line in re.findall(r"^    (voiceover .*)$", DOCS.read_text("utf-8"), re.MULTILINE)]
    assert [line[0] for line in lines] == ["render", "page", "page", "review", "batch", "batch"]
    shutil.rmtree(show / "out")
    for command, *rest in lines:
        run(show, command, *rest, "--engine", "draft", *(["--allow-draft"] if command == "batch" else []))
    pages = [show / "out" / "harbour_radio.draft.html", show / "out" / "harbour_radio.draft.review.html", show / "report.html"]
    for page, shown in zip(pages, ("#transcript p", ".take", "tbody tr, .rest"), strict=True):
        chromium.open(page)
        assert chromium.count(shown)
        assert chromium.complaints() == []
        assert chromium.requests() == []


def test_a_single_word(chromium: Chromium, tmp_path: Path) -> None:
    (tmp_path / "word.md").write_text("Yes.\n")
    run(tmp_path, "render", "word.md", "--engine", "draft", "--page")
    for page in (tmp_path / "word.draft.html", tmp_path / run(tmp_path, "review", "word.md", "--engine", "draft").strip()):
        for size in (PHONE, DESKTOP):
            chromium.open(page, size=size)
            chromium.wait("return audio.readyState >= 1")
            assert chromium.run("return document.documentElement.scrollWidth <= window.innerWidth")
            assert "Yes." in chromium.find("body").text
            assert chromium.complaints() == []
    chromium.open(tmp_path / "word.draft.html")
    chromium.run("seek(0, true)")
    chromium.wait("return audio.ended")
    assert chromium.find("#play").get_attribute("aria-label") == "Play"


def test_two_hours(chromium: Chromium, tmp_path: Path) -> None:
    manifest = long_episode(2)
    page = tmp_path / "long.html"
    page.write_text(listening_page(manifest, "long.mp3", manifest.loudness.profile), "utf-8")
    chromium.open(page, size=PHONE)
    assert chromium.run("return spans.length") == len(manifest.takes)
    # The line of a moment, without audio to play.
    at = chromium.run("mark(3600.5); return [line, spans[line].textContent, [...CSS.highlights.get('word')][0].toString()]")
    assert at[0] == 514 and at[1].endswith(" 514") and at[2].strip()
    assert chromium.find(".clock .of").get_attribute("textContent") == "2:00:00"
    assert chromium.run("return document.documentElement.scrollWidth <= window.innerWidth")
