"""A book of chapters is committed at once: killed at any step, either the old files stand or the new ones."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.publish.killing import kill_before_every_step, outcomes, shown
from tests.publish.parts import TARGET, Master, manifest_input, metadata, report, small_timeline, tone
from voiceover.publish import BookChapter, Mastered, publish_book, read_manifest
from voiceover.publish.manifest_parts import ManifestBook
from voiceover.publish.summed_report import summed_report
from voiceover.types import Episode, LoudnessReport, OnProgress, Timeline

ROOT = Path(__file__).parents[2]


def chapter(number: int, title: str, words: str, mastered: list[str]) -> BookChapter:
    line = small_timeline(words)
    given = manifest_input(line, recipe=f"{title} {words}")

    def master(_: OnProgress | None) -> tuple[Mastered, Timeline, None]:
        mastered.append(title)
        return Master(tone(2.0)), line, None  # type: ignore[return-value]

    book = ManifestBook("town", "The Town", number)
    made = type(given)(given.recipe, given.plan, given.voice_digest, book=book)
    return BookChapter(f"{number:02}_{title}", metadata(title), made, master)


def publish(folder: Path, *chapters: tuple[str, str]) -> tuple[Episode, list[str]]:
    """Publish chapters, each a title and words; return the episode and the titles of those that were mastered."""
    mastered: list[str] = []
    made = [chapter(number, title, words, mastered) for number, (title, words) in enumerate(chapters, 1)]
    return publish_book(made, metadata("The Town"), ("wav",), folder, "town", manifest_input(small_timeline())), mastered


OLD = (("one", "Good cheese"), ("two", "Good bread"), ("three", "Good wine"))
NEW = (("one", "Good cheese"), ("second", "New bread"))


def publish_old(folder: Path) -> None:
    publish(folder, *OLD)


def publish_new(folder: Path) -> None:
    publish(folder, *NEW)


@pytest.mark.slow
def test_killed_before_every_step(tmp_path: Path) -> None:
    kill_before_every_step(__name__, tmp_path)
    old, new = shown(tmp_path / "old"), shown(tmp_path / "new")
    # The chapter that stays is untouched, and of the two that went nothing is left.
    assert {name for name in old if name in new and old[name] == new[name]} >= {name for name in old if name.startswith("01_one.")}
    assert not [name for name in new if name.startswith(("02_two.", "03_"))]
    assert outcomes(tmp_path).count("completed") >= 20


def test_only_what_is_new_is_mastered(tmp_path: Path) -> None:
    first, mastered = publish(tmp_path, *OLD)
    assert mastered == ["one", "two", "three"]
    again, mastered = publish(tmp_path, *OLD)
    assert mastered == []
    assert again.files == first.files
    assert [part.made for part in again.parts] == [False] * 3
    _, mastered = publish(tmp_path, OLD[1], *OLD[1:])
    assert mastered == ["two"]
    # The same chapter in another place is another track.
    _, mastered = publish(tmp_path, *reversed(OLD))
    assert mastered == ["three", "one"]


def test_the_manifest_of_the_book_counts_its_times_on(tmp_path: Path) -> None:
    publish(tmp_path, *OLD)
    whole = read_manifest(tmp_path / "town.manifest.json")
    assert whole is not None
    assert [(part.stem, part.start) for part in whole.parts] == [("01_one", 0.0), ("02_two", 2.0), ("03_three", 4.0)]
    assert [round(take.start_seconds, 2) for take in whole.takes] == [0.04, 0.94, 2.04, 2.94, 4.04, 4.94]
    own = read_manifest(tmp_path / "02_two.manifest.json")
    assert own is not None
    assert own.book == ManifestBook("town", "The Town", 2)


@pytest.mark.parametrize("spoiled", ['{"stem": "../x", "title": "", "start": 0, "seconds": 1}', '{"stem": 3}', "[]"])
def test_a_manifest_with_parts_elsewhere_is_none(tmp_path: Path, spoiled: str) -> None:
    publish(tmp_path, *OLD)
    path = tmp_path / "town.manifest.json"
    path.write_text(path.read_text("utf-8").replace('"parts": [', f'"parts": [{spoiled},'), "utf-8")
    assert read_manifest(path) is None


def test_the_report_of_the_whole() -> None:
    quiet, loud = report(-20.0), report(-10.0)
    failed = LoudnessReport(TARGET, loud.before, loud.after, -4.0, 2.0, False, "too loud")
    both = summed_report([("One", 1.0, quiet), ("Two", 3.0, failed)])
    assert both.after.integrated_lufs == pytest.approx(10 * math.log10((0.01 + 3 * 0.1) / 4))
    assert both.after.true_peak_dbtp == -1.2
    assert (both.gain_db, both.limited_db, both.reached, both.note) == (-4.0, 2.0, False, "Two: too loud")
    assert both.after.noise_floor_dbfs == -math.inf
