"""The timeline to the frame; at 1000 Hz a frame is a millisecond."""

from __future__ import annotations

import pytest

from tests.mix.parts import SCENE, chapter, pause, said, take
from voiceover.errors import StoreError
from voiceover.mix.timeline import lay_out, opening_seconds
from voiceover.types import Gaps, PlanItem, Take, Timeline

# 400 frames, speech from 100 to 300: 40 to 360 are kept, 320 frames.
KEPT = 320


def lay(*items: PlanItem, gaps: Gaps | None = None, rate: int = 1000, takes: dict[str, Take] | None = None) -> Timeline:
    known = {name: take(name, 400 * rate // 1000, (100 * rate // 1000, 300 * rate // 1000), rate) for name in "abcd"}
    return lay_out(items, takes or known, gaps or Gaps(), rate, {})


def starts(timeline: Timeline) -> list[int]:
    return [placed.start_frame for placed in timeline.placed]


def gap_between(*between: PlanItem, second: tuple[str, int] = ("Ann", 0), gaps: Gaps | None = None) -> int:
    timeline = lay(said("a"), *between, said("b", *second), gaps=gaps)
    first, last = timeline.placed
    assert timeline.frames == last.end_frame
    return last.start_frame - first.end_frame


def test_edges_of_60_ms_are_kept_outside_the_speech() -> None:
    (placed,) = lay(said("a")).placed
    assert (placed.take_start, placed.take_end) == (40, 360)
    assert (placed.start_frame, placed.end_frame) == (0, 320)
    assert (placed.speech_start_frame, placed.speech_end_frame) == (60, 260)


@pytest.mark.parametrize(
    ("frames", "speech", "kept"),
    [
        (400, (0, 400), (0, 400)),
        (400, (59, 341), (0, 400)),
        (400, (60, 340), (0, 400)),
        (400, (61, 339), (1, 399)),
        (400, (0, 0), (0, 400)),  # nothing was found in it: nothing is taken away
        (1, (0, 1), (0, 1)),
    ],
)
def test_what_is_kept(frames: int, speech: tuple[int, int], kept: tuple[int, int]) -> None:
    (placed,) = lay(said("a"), takes={"a": take("a", frames, speech)}).placed
    assert (placed.take_start, placed.take_end) == kept


def test_gaps_between_lines() -> None:
    assert gap_between() == 250  # a sentence
    assert gap_between(second=("Ben", 0)) == 450  # another speaker within the paragraph
    assert gap_between(second=("Ben", 1)) == 450  # another speaker, another paragraph
    assert gap_between(second=("Ann", 1)) == 600  # the same speaker, another paragraph


def test_scene_and_chapter_are_longer_than_what_they_meet() -> None:
    assert gap_between(SCENE, second=("Ann", 1)) == 1200
    assert gap_between(chapter("x"), second=("Ben", 1)) == 1500
    assert gap_between(SCENE, chapter("x"), second=("Ann", 1)) == 1500
    assert gap_between(chapter("x"), SCENE, second=("Ann", 1)) == 1500
    assert gap_between(SCENE, second=("Ann", 1), gaps=Gaps(scene=100)) == 600
    assert gap_between(SCENE, chapter("x"), second=("Ben", 1), gaps=Gaps(scene=2000)) == 2000


def test_own_gaps() -> None:
    gaps = Gaps(sentence=1, turn=2, paragraph=3, scene=4, chapter=5)
    assert [
        gap_between(gaps=gaps),
        gap_between(second=("Ben", 0), gaps=gaps),
        gap_between(second=("Ann", 1), gaps=gaps),
        gap_between(SCENE, gaps=gaps),
        gap_between(chapter("x"), gaps=gaps),
    ] == [1, 2, 3, 4, 5]


def test_a_pause_replaces_the_gap() -> None:
    assert gap_between(pause(0.1)) == 100
    assert gap_between(pause(0)) == 0
    assert gap_between(pause(2.0), second=("Ben", 1)) == 2000
    assert gap_between(SCENE, pause(0.3), second=("Ann", 1)) == 300
    assert gap_between(pause(0.3), chapter("x"), second=("Ann", 1)) == 300


def test_of_two_pauses_the_longer_holds() -> None:
    assert gap_between(pause(0.7), pause(0.2)) == 700
    assert gap_between(pause(0.2), chapter("x"), pause(0.7)) == 700


def test_pauses_at_the_ends_are_silence_and_gaps_are_not() -> None:
    timeline = lay(pause(1.0), pause(0.4), said("a"), SCENE, pause(0.25))
    assert starts(timeline) == [1000]
    assert timeline.frames == 1000 + KEPT + 250
    timeline = lay(SCENE, said("a"), SCENE)
    assert (starts(timeline), timeline.frames) == ([0], KEPT)


def test_rounding_is_of_each_length_by_itself() -> None:
    """22,050 Hz: 60 ms are 1323 frames, 250 ms are 5512.5, a pause of 0.1 s 2205."""
    known = {name: take(name, 22_050, (5_000, 15_000), 22_050) for name in "abc"}
    timeline = lay(said("a"), said("b"), pause(0.1), said("c"), rate=22_050, takes=known)
    kept = 10_000 + 2 * 1_323
    assert starts(timeline) == [0, kept + 5_513, 2 * kept + 5_513 + 2_205]
    assert timeline.frames == 3 * kept + 5_513 + 2_205


def test_pauses_are_exact_in_spite_of_binary_fractions() -> None:
    for tenths in range(1, 600):
        timeline = lay(pause(tenths / 10), said("a"), rate=44_100)
        assert starts(timeline) == [tenths * 4_410]


def test_a_long_episode_has_no_drift() -> None:
    known = {"a": take("a", 1_000, (100, 201), 22_050)}
    items = [said("a", paragraph=number) for number in range(10_000)]
    timeline = lay(*items, rate=22_050, takes=known)
    assert timeline.placed[-1].start_frame == 9_999 * (1_000 + 13_230)


def test_chapters_begin_with_their_first_line() -> None:
    timeline = lay(chapter("One"), said("a"), chapter("Two"), said("b", paragraph=1), said("c", paragraph=1))
    assert [(mark.title, mark.start_frame) for mark in timeline.chapters] == [("One", 0), ("Two", KEPT + 1500)]


def test_first_chapter_after_speech_or_after_silence() -> None:
    timeline = lay(said("a"), chapter("One"), said("b"))
    assert [(mark.start_frame, mark.lead_frames) for mark in timeline.chapters] == [(0, KEPT + 1500)]
    timeline = lay(pause(2.0), chapter("One"), said("b"))
    assert ([mark.start_frame for mark in timeline.chapters], starts(timeline)) == ([0], [2000])


def test_a_chapter_of_nothing_has_no_mark() -> None:
    timeline = lay(said("a"), chapter("Empty"), chapter("Two"), said("b"), chapter("Last"), pause(1.0))
    assert [mark.title for mark in timeline.chapters] == ["Two"]
    assert timeline.frames == KEPT + 1500 + KEPT + 1000


def long_and_short(seconds: float) -> dict[str, Take]:
    return {"long": take("long", round(seconds * 1000), (0, round(seconds * 1000))), "b": take("b", 1000, (0, 1000))}


@pytest.mark.parametrize(
    ("seconds", "titles"), [(9.9, ["One", "Two"]), (10.0, ["The Mice", "One", "Two"]), (300.0, ["The Mice", "One", "Two"])]
)
def test_lines_before_the_first_heading_are_a_chapter_from_ten_seconds_on(seconds: float, titles: list[str]) -> None:
    items = [said("long"), chapter("One"), said("b", paragraph=1), chapter("Two"), said("b", paragraph=2)]
    takes = long_and_short(seconds)
    timeline = lay_out(items, takes, Gaps(), 1000, {}, "The Mice")
    assert [mark.title for mark in timeline.chapters] == titles
    assert timeline.chapters[0].start_frame == 0
    assert [mark.lead_frames > 0 for mark in timeline.chapters] == [len(titles) == 2, False, False][: len(titles)]
    assert timeline.chapters[-1].start_frame == timeline.placed[-1].start_frame
    assert opening_seconds(items, takes, Gaps(), 1000) == pytest.approx(seconds)
    # Without its take, a line counts by its estimate, a second.
    assert opening_seconds(items, {}, Gaps(), 1000) == pytest.approx(1.0)


def test_what_is_before_the_first_heading_is_measured_with_its_gaps() -> None:
    takes = long_and_short(4.0)
    items = [said("long"), pause(3.0), said("long"), chapter("Empty"), chapter("One"), said("b", paragraph=1)]
    timeline = lay_out(items, takes, Gaps(), 1000, {}, "The Mice")
    assert [(mark.title, mark.start_frame) for mark in timeline.chapters] == [("The Mice", 0), ("One", 12_500)]
    assert opening_seconds(items, takes, Gaps(), 1000) == pytest.approx(11.0)


def test_no_headings_no_chapters() -> None:
    assert lay_out([said("long")], long_and_short(60.0), Gaps(), 1000, {}, "The Mice").chapters == ()
    assert opening_seconds([said("long")], long_and_short(60.0), Gaps(), 1000) == 0.0
    # A heading with nothing after it is no chapter, so there is none at all.
    assert lay_out([said("long"), chapter("Last")], long_and_short(60.0), Gaps(), 1000, {}, "The Mice").chapters == ()


def test_a_spoken_title_is_the_heading_of_its_chapter() -> None:
    items = [said("The Mice"), said("long", paragraph=1), chapter("One"), said("b", paragraph=2)]
    takes = {**long_and_short(20.0), "The Mice": take("The Mice", 500, (0, 500))}
    assert lay_out(items, takes, Gaps(), 1000, {}, "The Mice").chapters[0].source == items[0].utterance.source
    assert lay_out(items, takes, Gaps(), 1000, {}, "Before we begin").chapters[0].source is None


def test_balance_and_the_writers_gain_add_up() -> None:
    known = {"a": take("a", 400, (100, 300))}
    timeline = lay_out([said("a", gain_db=-1.5)], known, Gaps(), 1000, {"ann": 4.0, "other": 9.0})
    assert timeline.placed[0].gain_db == 2.5


def test_a_missing_take_is_an_error_with_its_place() -> None:
    with pytest.raises(StoreError, match=r"episode.md:1:1: .*missing"):
        lay(said("z"))


def test_a_take_of_another_rate_is_placed_in_frames_of_the_timeline() -> None:
    slow = take("slow", 203, (52, 151), 500)  # 30 frames are kept beside the speech, or as many as there are
    timeline = lay(said("slow"), said("a"), takes={"slow": slow, "a": take("a", 400, (100, 300))})
    first, second = timeline.placed
    assert (first.take_start, first.take_end) == (22, 181)
    assert (first.start_frame, first.end_frame) == (0, 318)
    assert (first.speech_start_frame, first.speech_end_frame) == (60, 258)
    assert [first.on_timeline(frame) for frame in (22, 100, 181)] == [0, 156, 318]
    assert second.start_frame == 318 + 250


def test_frames_of_another_rate_are_rounded_half_up() -> None:
    (placed,) = lay(said("a"), takes={"a": take("a", 403, (0, 403), 3000)}).placed
    assert [placed.on_timeline(frame) for frame in (1, 2, 403)] == [0, 1, 134]
    (placed,) = lay(said("a"), takes={"a": take("a", 401, (0, 401), 2000)}).placed
    assert [placed.on_timeline(frame) for frame in (1, 401)] == [1, 201]


def test_nothing_at_all() -> None:
    assert lay().frames == 0
    assert lay(pause(0.5), pause(1.5)).frames == 1500
