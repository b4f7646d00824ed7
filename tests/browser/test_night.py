"""The page of a night, as an operator looks at it in the morning."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.browser.chromium import DESKTOP, PHONE, Chromium
from tests.browser.conftest import run
from tests.browser.test_hostile import ATTACKS, LONG
from tests.engine_packages import install
from tests.shared import shared_folder

pytestmark = pytest.mark.slow

ENGINE = Path(__file__).parents[1] / "stumbling_engine.py"
HEAD = "---\ntitle: {title}\nengine: stumbler\nretakes: 0\ncast: {{Ann: ada}}\n---\n\n"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shared_folder(tmp_path_factory, "night", make) / "out" / "report.html"


def make(folder: Path) -> None:
    """The second night of a show: one episode fails, one is suspect, one is new, one has changed and one has not."""
    scripts = folder / "in"
    scripts.mkdir()
    (folder / "site").mkdir()

    def write(name: str, title: str, words: str) -> None:
        (scripts / f"{name}.md").write_text(f"{HEAD.format(title=json.dumps(title))}Ann: {words}\n")

    with pytest.MonkeyPatch.context() as patch:
        install(folder / "site", ENGINE, "stumbler", patch)
        write("same", "The same", "This stays as it is.")
        write("other", "Another", "This is one.")
        run(folder, "batch", "in", "-o", "out")
        write("other", "Another", "This is another one.")
        write("new <img src=x onerror=hit()>", "".join(ATTACKS) + LONG, "This is new.")
        write("suspect", "Suspect", "This (9 bad) is not well.")
        (scripts / "broken.md").write_text(
            HEAD.format(title="x") + "**</script><script>hit()</script>:** " + "wide" * 800 + "\n\n[pause 1q]\n"
        )
        run(folder, "batch", "in", "-o", "out", "--report", "out/report.html", "--report", "report.json", code=1)


def test_trouble_comes_first_and_what_is_suspect_plays(chromium: Chromium, page: Path) -> None:
    chromium.open(page)
    kinds = chromium.run("return all('tbody tr').map((row) => find('.chip', row).textContent)")
    assert kinds == ["failed", "suspect", "new", "changed"]
    assert chromium.find(".rest").text == "1 episode is unchanged."
    rows = chromium.run("return all('tbody tr').map((row) => row.innerText)")
    assert "a pause must be a duration" in rows[0]
    assert "of silence within it" in rows[1]
    assert "the script has changed" in rows[3]
    told = json.loads((page.parents[1] / "report.json").read_text("utf-8"))
    other = next(episode for episode in told["episodes"] if episode["name"] == "other")
    assert f"{other['speech_seconds']:.1f} s" in rows[3] and f"{other['rtf']:.3f}" in rows[3]
    assert chromium.run("return all('tbody button').length") == 1
    chromium.find("tbody button").click()
    chromium.wait("return find('tbody audio').currentTime > 0.2")
    chromium.run("find('tbody audio').playbackRate = 8")
    chromium.wait("return find('tbody audio').paused", 20)
    assert chromium.run("return all('.charts svg').map((chart) => all('rect', chart).length)") == [2] * 6
    assert "Episodes made: " in chromium.find(".charts svg").get_attribute("aria-label")
    links = chromium.run("return all('.files a').map((link) => link.href)")
    assert len(links) > 20
    assert all(Path(chromium.run("return decodeURIComponent(new URL(arguments[0]).pathname)", link)).is_file() for link in links)
    assert chromium.run("return window.hit") is None
    assert chromium.count("script:not(body > script), img, iframe") == 0
    assert chromium.complaints() == []
    assert chromium.requests() == []


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_it_has_no_serious_fault_of_access(chromium: Chromium, page: Path, size: tuple[int, int], dark: bool) -> None:
    chromium.open(page, size=size, dark=dark)
    assert chromium.run("return document.documentElement.scrollWidth <= window.innerWidth")
    assert chromium.faults() == []
