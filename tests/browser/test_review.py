"""The page for producers, as a producer uses it: an engine that stumbles has left suspect takes and attempts."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.browser.chromium import DESKTOP, PHONE, Chromium
from tests.browser.conftest import run
from tests.engine_packages import install
from tests.shared import shared_folder

pytestmark = pytest.mark.slow

ENGINE = Path(__file__).parents[1] / "stumbling_engine.py"
SCRIPT = """---
title: Two keepers
engine: stumbler
retakes: 2
cast: {Ann: ada, Bob: ben}
lexicon: {Skerryvore: skerry vore}
---

## One

Ann: This line is spoken well at once, in 1844.

Bob: This one (1 bad) is well at the second attempt.

Ann: And this one (9 bad) never is, whatever is tried.

## Two

Bob: The lamp of Skerryvore turns.
"""
NOTES = """
const sought = {solo: 0, audio: 0}, notes = [];
for (const [name, each] of [['solo', solo], ['audio', audio]]) {
  each.addEventListener('seeking', () => { sought[name] = each.currentTime; });
  each.addEventListener('loadstart', () => { sought[name] = 0; });
  each.addEventListener('playing', () => notes.push([name, sought[name]]));
}
window.forget = () => notes.splice(0);
window.played = (name, from) => notes.some(([which, at]) => which === name && Math.abs(at - from) < 0.3);
"""
"""Functions that tell whether something has played from a place since the last ``forget``, however late they are asked."""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shared_folder(tmp_path_factory, "review", make) / "out" / "two keepers.review.html"


def make(folder: Path) -> None:
    (folder / "site").mkdir()
    (folder / "two keepers.md").write_text(SCRIPT)
    with pytest.MonkeyPatch.context() as patch:
        install(folder / "site", ENGINE, "stumbler", patch)
        run(folder, "render", "two keepers.md", "-o", "out", code=3)
        run(folder, "review", "two keepers.md", "-o", "out", "--cache-dir", "cache")


def ready(chromium: Chromium, page: Path, **how: object) -> None:
    chromium.open(page, **how)  # type: ignore[arg-type]
    chromium.wait("return audio.readyState >= 1")


def test_suspect_takes_come_first_and_every_take_plays(chromium: Chromium, page: Path) -> None:
    ready(chromium, page)
    assert chromium.run("return takes.map((take) => take.dataset.number)") == ["3", "1", "2", "4"]
    suspect = chromium.find(".take")
    assert "silence" in suspect.text
    assert chromium.run("return all('.attempts tr.kept', takes[0]).length") == 1
    assert chromium.run("return all('.attempts tbody tr', takes[0]).length") == 3
    facts = chromium.run("return takes.map((take) => [find('.spoken', take)?.textContent ?? '', find('.facts', take).textContent])")
    assert "eighteen forty-four" in facts[1][0]
    assert "lexicon" in facts[3][1] and "skerry vore" in facts[3][1]

    # Alone: the recording in the store. In context: two seconds before and after, in the episode. It is noted what plays, and from where.
    chromium.run(NOTES)
    chromium.run("find('.play .alone', takes[1]).click()")
    chromium.wait("return played('solo', 0) && solo.currentTime > 0.1 && audio.paused")
    assert chromium.run("return solo.src").endswith("/take.wav")
    chromium.run("stop(); forget(); find('.attempts .alone', takes[0]).click()")
    chromium.wait("return played('solo', 0) && solo.currentTime > 0.1")
    # Through the silences, the first attempt is longer.
    assert chromium.run("return solo.duration - (takes[0].dataset.end - takes[0].dataset.start)") > 1.5
    chromium.run("forget(); find('.findings button', takes[0]).click()")
    chromium.wait("return played('solo', Math.max(find('.findings button', takes[0]).dataset.from - 0.3, 0)) && solo.currentTime > 1")
    chromium.run("stop(); forget(); find('.context', takes[3]).click()")
    chromium.wait("return played('audio', takes[3].dataset.start - 2) && solo.paused")
    assert abs(chromium.run("return stopAt - takes[3].dataset.end") - 2) < 0.01
    chromium.run("find('.context', takes[3]).click()")
    chromium.wait("return audio.paused")
    # A take that is no longer stored is played from the episode.
    chromium.run(
        "forget(); find('.play .alone', takes[2]).dataset.audio = 'file:///nowhere/take.wav'; find('.play .alone', takes[2]).click()"
    )
    chromium.wait("return played('audio', Number(takes[2].dataset.start))")
    chromium.run("stop()")
    assert [said for said in chromium.complaints() if "nowhere" not in said] == []
    assert chromium.requests() == []


def test_filters_and_the_order(chromium: Chromium, page: Path) -> None:
    ready(chromium, page)

    def choose(selector: str, value: str) -> list[str]:
        chromium.run("find(arguments[0]).value = arguments[1]; find(arguments[0]).dispatchEvent(new Event('change'))", selector, value)
        return list(chromium.run("return all('.take').filter((take) => !take.hidden).map((take) => take.dataset.number)"))

    assert choose("#speaker", "1") == ["2", "4"]
    assert choose("#speaker", "0") == ["3", "1"]
    assert choose("#order", "episode") == ["1", "3"]
    assert choose("#flag", "silence") == ["3"]
    assert choose("#flag", "!") == ["3"]
    assert chromium.find("#shown").text == "1 of 4 takes"
    assert choose("#flag", "") == ["1", "3"]
    chromium.find("#words").send_keys("spoken WELL")
    assert chromium.find("#shown").text == "1 of 4 takes"


def test_the_command_of_what_was_chosen_is_copied(chromium: Chromium, page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ready(chromium, page)
    assert chromium.count("#chosen") == 0
    for number in (1, 3):
        chromium.run("find(`.take[data-number='${arguments[0]}'] .pick input`).click()", number)
    permission = {"permission": {"name": "clipboard-write"}, "setting": "granted"}
    chromium.driver.execute_cdp_cmd("Browser.setPermission", permission)
    chromium.find("#copy").click()
    chromium.wait("return find('#told').textContent === 'Copied'")
    lines = chromium.run("return find('#command').value").split("\n")
    assert lines == [f"voiceover retake 'two keepers.md' {place} --output out --cache-dir cache" for place in (11, 15)]
    # What was copied is what a paste gives.
    chromium.run("find('#words').focus()")
    chromium.driver.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": "keyDown", "commands": ["paste"]})
    assert chromium.run("return find('#words').value").startswith("voiceover retake 'two keepers.md' 11 ")
    own = shutil.copytree(page.parents[1], tmp_path / "own")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(own / "site"), os.environ["PYTHONPATH"])))
    run(own, *("retake", "two keepers.md", "15", "--output", "out", "--cache-dir", "cache"))
    chromium.find("#accept").click()
    assert chromium.run("return find('#command').value") == "voiceover takes accept 'two keepers.md' 11 15 --output out --cache-dir cache"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_it_has_no_serious_fault_of_access(chromium: Chromium, page: Path, size: tuple[int, int], dark: bool) -> None:
    ready(chromium, page, size=size, dark=dark)
    chromium.run("find('.pick input').click(); for (const each of all('details')) each.open = true")
    assert chromium.run("return document.documentElement.scrollWidth <= window.innerWidth")
    assert chromium.faults() == []
    assert chromium.complaints() == []
