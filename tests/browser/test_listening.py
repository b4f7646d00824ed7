"""The page for listeners, as a listener uses it."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.chromium import DESKTOP, PHONE, Chromium
from tests.browser.conftest import run

pytestmark = pytest.mark.slow

WORD = "const word = [...(CSS.highlights.get('word') ?? [])][0]; return word ? word.toString() : ''"


@pytest.fixture
def page(show: Path) -> Path:
    return show / "out" / "harbour_radio.draft.html"


def ready(chromium: Chromium, page: Path, **how: object) -> None:
    chromium.open(page, **how)  # type: ignore[arg-type]
    chromium.wait("return audio.readyState >= 2")


def test_it_plays_and_follows_words_and_chapters(chromium: Chromium, page: Path, show: Path) -> None:
    ready(chromium, page)
    assert chromium.run("return audio.paused && !audio.controls")
    chromium.find("#play").click()
    chromium.wait("return audio.currentTime > 0.2")
    assert chromium.find("#play").get_attribute("aria-label") == "Pause"
    chromium.find("#play").click()
    # Each word is marked when it is heard, by the transcript that the same render wrote.
    transcript = json.loads((show / "out" / "harbour_radio.draft.transcript.json").read_text("utf-8"))
    for segment in transcript["segments"][1::3]:
        for word in segment["words"][1::4]:
            middle = (word["startTime"] + min(word["endTime"], word["startTime"] + 0.2)) / 2
            chromium.run("audio.currentTime = arguments[0]", middle)
            chromium.wait("return !audio.seeking")
            assert chromium.run(f"show(); {WORD}").strip() == word["body"], word
            assert chromium.find("#transcript .on").text == segment["body"]
    for number, chapter in enumerate(json.loads((show / "out" / "harbour_radio.draft.chapters.json").read_text())["chapters"]):
        chromium.run("seek(arguments[0])", chapter["startTime"] + 0.1)
        assert chromium.find("#chapters [aria-current]").text.endswith(chapter["title"])
        assert chromium.run("return chapter") == number
        assert chapter["title"] in chromium.find("#wave").get_attribute("aria-valuetext")
    # The line that is heard is on the screen, below the player.
    chromium.run("scrollTo(0, 0); seek(data.lines.at(-1)[0] / 100 + 0.5)")
    chromium.wait("const box = find('#transcript .on').getBoundingClientRect(); return box.bottom < innerHeight && box.top > 0", 5)
    # The words go on by themselves while it plays.
    chromium.run("seek(6.2); audio.play()")
    first = chromium.wait(WORD)
    chromium.wait(f"const said = (() => {{ {WORD} }})(); return said && said !== {json.dumps(first)}")
    assert chromium.complaints() == []
    assert chromium.requests() == []


def test_a_click_on_a_word_seeks_to_it(chromium: Chromium, page: Path, show: Path) -> None:
    ready(chromium, page)
    segment = json.loads((show / "out" / "harbour_radio.draft.transcript.json").read_text("utf-8"))["segments"][3]
    place = chromium.run(
        "const span = spans[3]; span.scrollIntoView({block: 'center'});"
        "const at = span.textContent.indexOf('microphone'); const range = document.createRange();"
        "range.setStart(span.firstChild, at + 2); range.setEnd(span.firstChild, at + 5);"
        "const box = range.getBoundingClientRect(); return [box.x + 2, box.y + box.height / 2]"
    )
    # The place is noted when it is sought, since the audio plays on from there.
    chromium.run("window.sought = []; audio.addEventListener('seeking', () => sought.push(audio.currentTime))")
    chromium.click_at(*place)
    chromium.wait("return sought.length && !audio.paused")
    chromium.run("audio.pause()")
    wanted = next(word["startTime"] for word in segment["words"] if word["body"] == "microphone")
    assert wanted - 0.05 <= chromium.run("return sought[0]") < wanted + 1
    chromium.find("#chapters li:nth-child(2) a").click()
    chromium.wait("return sought.length === 2 && location.hash === '#t=' + Math.floor(data.chapters[1])")
    assert chromium.run("audio.pause(); return Math.abs(sought[1] - data.chapters[1])") < 1
    box = chromium.run("const box = wave.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]")
    chromium.click_at(*box)
    assert abs(chromium.run("return audio.currentTime / length()") - 0.5) < 0.03


def test_it_is_used_by_keyboard_alone_and_links_into_a_moment(chromium: Chromium, page: Path) -> None:
    ready(chromium, page, anchor="#t=12.5")
    chromium.wait("return Math.abs(audio.currentTime - 12.5) < 0.2")
    reached = []
    for _ in range(9):
        chromium.press(Keys.TAB)
        reached.append(chromium.run("const on = document.activeElement; return on.id || on.className || on.textContent.trim()"))
    assert reached == ["skip", "wave", "play", "back", "forth", "speed", "follow", "button", "Chapters"]
    chromium.run("document.activeElement.blur()")
    chromium.press(Keys.ARROW_RIGHT)
    assert abs(chromium.run("return audio.currentTime") - 17.5) < 0.2
    chromium.press("j")
    assert abs(chromium.run("return audio.currentTime") - 7.5) < 0.2
    chromium.press("n")
    assert chromium.run("return chapter") == 1
    chromium.press("+")
    assert chromium.run("return audio.playbackRate") == 1.25
    chromium.press("f")
    assert chromium.find("#follow").get_attribute("aria-pressed") == "false"
    chromium.press(" ")
    chromium.wait("return !audio.paused")
    chromium.press("k")
    chromium.wait("return audio.paused")
    chromium.run("wave.focus()")
    chromium.press(Keys.END)
    assert chromium.run("return length() - audio.currentTime") < 0.2


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_it_has_no_serious_fault_of_access(chromium: Chromium, page: Path, size: tuple[int, int], dark: bool) -> None:
    ready(chromium, page, size=size, dark=dark)
    chromium.run("seek(8)")
    assert chromium.run("return document.documentElement.scrollWidth <= window.innerWidth")
    assert chromium.faults() == []


def test_it_prints_the_transcript(chromium: Chromium, page: Path) -> None:
    ready(chromium, page)
    chromium.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert chromium.count("#player, nav details, .skip") == 0
    assert chromium.count("#transcript p") == 8
    assert chromium.prints().startswith(b"%PDF")


def test_it_plays_audio_that_is_inside(chromium: Chromium, own_show: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone.html"
    alone.write_bytes((own_show / run(own_show, "page", "scripts_examples/harbour_radio.md", "-o", "out", "--embed").strip()).read_bytes())
    audio = (own_show / "out" / "harbour_radio.draft.mp3").read_bytes()
    assert base64.b64encode(audio) in alone.read_bytes()
    ready(chromium, alone)
    chromium.run("seek(30, true)")
    chromium.wait("return audio.currentTime > 30.2")
    assert chromium.complaints() == []
    assert chromium.requests() == []


def test_a_page_without_its_audio_says_so(chromium: Chromium, page: Path, tmp_path: Path) -> None:
    lost = tmp_path / "lost.html"
    lost.write_bytes(page.read_bytes())
    chromium.open(lost)
    chromium.wait("return find('#here').textContent.includes('not beside this page')")
