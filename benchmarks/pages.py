"""The page of a two-hour episode in Chromium: its size, its first paint, and a seek by a click in the transcript.

python benchmarks/pages.py [--quick] [--json FILE]

An episode of 7,200 s with as many words as people say in that time is made of the speech of docs/lighthouse.mp3, over and over, and
its page is opened from disk in a fresh window each time: the table shows the median of five and the slowest. A seek is from the click until
the browser has decoded the new place, over ten places. Needs Chromium, its driver and selenium; without them nothing is measured.

--quick takes two minutes instead, and opens the page once for each figure.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import median

import pytest
from table import Row, finish, options, required

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.long_books import Speech
from tests.browser.chromium import Chromium, started
from tests.publish.test_pages import long_episode
from voiceover.audio.files import read_audio
from voiceover.publish.encode import encode_files
from voiceover.publish.pages.listening import listening_page
from voiceover.publish.tags import episode_tags
from voiceover.types import Encoding, Metadata, Timeline

SPEECH = Path(__file__).parents[1] / "docs" / "lighthouse.mp3"
MOST_PAGE_KB, MOST_SHELL_KB = 500.0, 100.0
MOST_PAINT_SECONDS, MOST_SEEK_MS = 1.0, 100.0
SEEK = """
const done = arguments[1];
const span = spans[arguments[0]];
span.scrollIntoView({block: 'center'});
requestAnimationFrame(() => requestAnimationFrame(() => {
  const box = span.getBoundingClientRect();
  const begun = performance.now();
  audio.addEventListener('seeked', () => { audio.pause(); done(performance.now() - begun); }, {once: true});
  span.dispatchEvent(new MouseEvent('click', {bubbles: true, clientX: box.x + 40, clientY: box.y + 8}));
}));
"""
PAINT = "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def make(folder: Path, hours: float) -> Path:
    """Make the audio and its page."""
    audio = read_audio(SPEECH)
    stream = Speech(audio.samples, audio.sample_rate, round(3600 * hours * audio.sample_rate))
    tags = episode_tags(Metadata("Two hours", "en"), Timeline(stream.sample_rate, stream.frames, (), ()), None)
    encode_files(stream, tags, {"mp3": folder / "long.mp3"}, Encoding({"mp3": 64}), lambda _: None)
    manifest = long_episode(hours)
    page = folder / "long.html"
    page.write_text(listening_page(manifest, "long.mp3", manifest.loudness.profile), "utf-8")
    (folder / "shell.html").write_text(listening_page(replace(manifest, takes=(), chapters=()), "long.mp3", None), "utf-8")
    return page


def first_paint(page: Path) -> float:
    """Return the seconds until a fresh window shows the page."""
    with started() as window:
        window.open(page)
        return float(window.wait(PAINT)) / 1000


def seeks(window: Chromium, page: Path, count: int) -> list[float]:
    """Return the milliseconds of clicks all over the transcript."""
    window.open(page)
    window.wait("return audio.readyState >= 2")
    lines = int(window.run("return spans.length"))
    return [float(window.driver.execute_async_script(SEEK, lines * (7 * number % count) // count)) for number in range(1, count + 1)]


def measure(quick: bool) -> list[Row]:
    full = not quick
    with tempfile.TemporaryDirectory() as room:
        page = make(Path(room), 2 if full else 1 / 30)
        size, shell = (path.stat().st_size / 1000 for path in (page, page.with_name("shell.html")))
        rows = [
            required("size of the page, kB", size, f"< {MOST_PAGE_KB:g}", size < MOST_PAGE_KB, full),
            Row("size without the episode, kB", shell, f"< {MOST_SHELL_KB:g}", shell < MOST_SHELL_KB),
        ]
        try:
            paints = [first_paint(page) for _ in range(5 if full else 1)]
            with started() as window:
                waits = seeks(window, page, 10 if full else 1)
        except pytest.skip.Exception as missing:
            return [*rows, Row("first paint, s", None, "", True, str(missing)), Row("a seek, ms", None, "", True, str(missing))]
    paint, wait = median(paints), median(waits)
    return [
        *rows,
        required(f"first paint, s, median of {len(paints)}", paint, f"< {MOST_PAINT_SECONDS:g}", paint < MOST_PAINT_SECONDS, full),
        Row("first paint, s, slowest", max(paints), "", True),
        required(f"a seek, ms, median of {len(waits)}", wait, f"< {MOST_SEEK_MS:g}", wait < MOST_SEEK_MS, full),
        Row("a seek, ms, slowest", max(waits), "", True),
    ]


def main() -> None:
    given = options(__doc__, "two minutes, opened once").parse_args()
    finish(measure(given.quick), given.json)


if __name__ == "__main__":
    main()
