"""Where sounds, music, intro and outro begin and end; at 1000 Hz a frame is a millisecond."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.mix.parts import SCENE, chapter, cue, music, pause, recording, said, sound_file, stop, take
from voiceover.mix.timeline import lay_out, opening_seconds
from voiceover.types import UNDER_MUSIC_DB, Bumper, Gaps, PlanItem, Soundtrack, Take, Timeline

KEPT = 320
"""Of each take: 400 frames, with speech from 100 to 300."""
LENGTHS = {"door": 500, "bed": 3000, "other": 2000, "theme": 4000, "long": 60_000}
TRACK = Soundtrack(1, {name: sound_file(name, frames=frames) for name, frames in LENGTHS.items()})


def lay(*items: PlanItem, track: Soundtrack = TRACK, takes: dict[str, Take] | None = None, opening: str = "Title") -> Timeline:
    known = takes or {name: take(name, 400, (100, 300)) for name in "abcd"}
    return lay_out(items, known, Gaps(), 1000, {}, opening, track, LENGTHS)


def starts(timeline: Timeline) -> list[int]:
    return [placed.start_frame for placed in timeline.placed]


def spans(timeline: Timeline) -> list[tuple[str, int, int]]:
    return [(sound.file.name, sound.start_frame, sound.end_frame) for sound in timeline.sounds]


# ---------------------------------------------------------------- sounds


def test_speech_waits_for_a_sound_with_a_sentence_gap_on_both_sides() -> None:
    timeline = lay(said("a"), cue("door"), said("b", "Ben"))
    assert spans(timeline) == [("door", KEPT + 250, KEPT + 750)]
    assert starts(timeline) == [0, KEPT + 1000]
    assert timeline.frames == 2 * KEPT + 1000


@pytest.mark.parametrize(
    ("before", "after", "start", "speech"),
    [
        ([pause(1.0)], [], 1000, 1750),
        ([], [pause(2.0)], 250, 2750),
        ([pause(0.0)], [pause(0.0)], 0, 500),
        ([SCENE], [], 1200, 1950),
        ([], [chapter("Two")], 250, 2250),
    ],
)
def test_pauses_scenes_and_chapters_beside_a_sound(before: list[PlanItem], after: list[PlanItem], start: int, speech: int) -> None:
    timeline = lay(said("a"), *before, cue("door"), *after, said("b"))
    assert spans(timeline) == [("door", KEPT + start, KEPT + start + 500)]
    assert starts(timeline) == [0, KEPT + speech]


def test_sounds_at_both_ends_and_two_in_a_row() -> None:
    timeline = lay(cue("door"), said("a"), cue("door"), cue("door"))
    assert spans(timeline) == [("door", 0, 500), ("door", 1320, 1820), ("door", 2070, 2570)]
    assert (starts(timeline), timeline.frames) == ([750], 2570)


def test_what_goes_on_under_the_speech_moves_nothing() -> None:
    plain = lay(said("a"), pause(1.0), said("b", paragraph=1), SCENE, said("c"), chapter("Two"), said("d"))
    items = (music("bed"), said("a"), cue("door", under=True), pause(1.0), stop(0.1), said("b", paragraph=1), SCENE, music("other"))
    full = lay(*items, said("c"), stop(), chapter("Two"), said("d"))
    assert full.placed == plain.placed
    assert full.chapters == plain.chapters
    assert full.frames == plain.frames


def test_a_cue_under_speech_begins_after_the_pauses_before_it() -> None:
    timeline = lay(said("a"), pause(0.5), cue("door", under=True), pause(2.0), said("b"))
    assert spans(timeline) == [("door", KEPT + 500, KEPT + 1000)]
    assert starts(timeline) == [0, KEPT + 2000]


def test_a_sound_under_the_last_words_rings_out_for_ten_seconds_at_most() -> None:
    timeline = lay(said("a"), said("b"), cue("door", under=True))
    end = 2 * KEPT + 250
    assert (spans(timeline), timeline.frames) == ([("door", end, end + 500)], end + 500)
    timeline = lay(cue("long", under=True), said("a"))
    assert (spans(timeline), timeline.frames) == ([("long", 0, KEPT + 10_000)], KEPT + 10_000)
    assert timeline.sounds[0].fade_out_frames == 1000


def test_levels_and_fades_of_sounds() -> None:
    alone, under, asked = lay(said("a"), cue("door"), cue("door", under=True), cue("door", level=-3.0, fade=0.2), said("b")).sounds
    assert [(sound.level_db, sound.ducked, sound.loops) for sound in (alone, asked, under)] == [
        (0.0, False, False),
        (-3.0, False, False),
        (-12.0, False, False),
    ]
    assert (asked.fade_in_frames, asked.fade_out_frames) == (200, 200)
    assert (alone.fade_in_frames, alone.fade_out_frames) == (0, 0)


# ---------------------------------------------------------------- music


def test_music_lasts_until_it_is_stopped_and_fades_after_that() -> None:
    timeline = lay(music("bed", level=-18.0, fade=0.2), pause(1.0), said("a"), stop(0.5), said("b"), said("c"))
    (bed,) = timeline.sounds
    assert (bed.start_frame, bed.end_frame) == (0, 1000 + KEPT + 500)
    assert (bed.fade_in_frames, bed.fade_out_frames, bed.level_db) == (200, 500, -18.0)
    assert (bed.loops, bed.ducked) == (True, True)
    assert starts(timeline)[0] == 1000


def test_a_fade_after_the_last_words_lengthens_the_episode() -> None:
    timeline = lay(music("bed"), said("a"), stop(3.0))
    assert (timeline.frames, spans(timeline)) == (KEPT + 3000, [("bed", 0, KEPT + 3000)])


def test_music_that_is_never_stopped_ends_with_the_episode() -> None:
    timeline = lay(said("a"), music("bed"), said("b"), pause(2.0))
    (bed,) = timeline.sounds
    assert (bed.start_frame, bed.end_frame, bed.fade_out_frames) == (KEPT, timeline.frames, 1000)
    assert bed.level_db == UNDER_MUSIC_DB
    assert lay(said("a"), music("bed")).sounds == ()  # nothing is left of the episode


def test_a_second_piece_replaces_the_first_over_its_own_fade() -> None:
    first, second = lay(music("bed"), said("a"), music("other", fade=0.3), said("b")).sounds
    assert (first.end_frame, first.fade_out_frames) == (KEPT + 300, 300)
    assert (second.start_frame, second.fade_in_frames) == (KEPT, 300)
    first, second = lay(music("bed"), said("a"), music("other"), said("b")).sounds
    assert (first.end_frame, first.fade_out_frames) == (KEPT + 20, 20)  # no click


def test_music_that_speech_waits_for_is_played_once_and_stops_what_plays() -> None:
    timeline = lay(music("bed"), said("a"), music("other", under=False), said("b"))
    first, second = timeline.sounds
    assert (first.end_frame, second.start_frame, second.end_frame) == (KEPT + 250 + 20, KEPT + 250, KEPT + 2250)
    assert (second.loops, second.ducked, second.level_db) == (False, False, 0.0)
    assert starts(timeline) == [0, KEPT + 2500]


def test_a_stop_without_music_does_nothing() -> None:
    assert lay(said("a"), stop(5.0), said("b")).sounds == ()


# ---------------------------------------------------------------- intro and outro


def test_an_intro_and_an_outro_without_overlap_have_a_sentence_gap() -> None:
    timeline = lay(said("a"), said("b"), track=replace(TRACK, intro=Bumper("theme"), outro=Bumper("door")))
    assert starts(timeline) == [4250, 4250 + KEPT + 250]
    last = timeline.placed[-1].end_frame
    assert spans(timeline) == [("theme", 0, 4000), ("door", last + 250, last + 750)]
    assert timeline.frames == last + 750
    assert not any(sound.ducked for sound in timeline.sounds)


def test_overlap_and_fade_are_on_the_side_of_the_speech() -> None:
    track = replace(TRACK, intro=Bumper("theme", 1.0, 0.8), outro=Bumper("theme", 0.3, 0.2))
    timeline = lay(said("a"), track=track)
    intro, outro = timeline.sounds
    assert starts(timeline) == [3000]
    assert (intro.kind, intro.start_frame, intro.end_frame, intro.fade_in_frames, intro.fade_out_frames) == ("intro", 0, 4000, 0, 800)
    end = 3000 + KEPT
    assert (outro.kind, outro.start_frame, outro.end_frame) == ("outro", end - 300, end + 3700)
    assert (outro.fade_in_frames, outro.fade_out_frames, timeline.frames) == (200, 0, end + 3700)
    assert (intro.ducked, outro.ducked) == (True, True)


def test_an_overlap_is_never_longer_than_what_overlaps() -> None:
    timeline = lay(said("a"), track=replace(TRACK, intro=Bumper("door", 9.0, 9.0), outro=Bumper("theme", 9.0)))
    intro, outro = timeline.sounds
    assert (starts(timeline), intro.fade_out_frames) == ([0], 500)
    assert (outro.start_frame, timeline.frames) == (0, 4000)


def test_pauses_beside_the_intro_and_the_outro_hold() -> None:
    track = replace(TRACK, intro=Bumper("theme"), outro=Bumper("door"))
    timeline = lay(pause(2.0), said("a"), pause(1.0), track=track)
    assert starts(timeline) == [6000]
    assert timeline.sounds[-1].start_frame == 6000 + KEPT + 1000


def test_the_outro_ends_the_music() -> None:
    timeline = lay(music("bed"), said("a"), track=replace(TRACK, outro=Bumper("theme", 0.1, 0.25)))
    bed, outro = timeline.sounds
    assert (bed.end_frame, bed.fade_out_frames, outro.start_frame) == (KEPT - 100 + 250, 250, KEPT - 100)


# ---------------------------------------------------------------- chapters


def test_a_chapter_begins_with_the_sound_before_its_first_line() -> None:
    timeline = lay(said("a"), chapter("Two"), cue("door"), said("b"))
    (mark,) = timeline.chapters
    assert (mark.title, mark.start_frame, mark.lead_frames) == ("Two", 0, KEPT + 1500)


@pytest.mark.parametrize(("name", "titles"), [("theme", ["One"]), ("long", ["Title", "One"])])
def test_an_intro_of_ten_seconds_is_a_chapter(name: str, titles: list[str]) -> None:
    track = replace(TRACK, intro=Bumper(name))
    items = (chapter("One"), said("a"))
    timeline = lay(*items, track=track)
    assert [mark.title for mark in timeline.chapters] == titles
    assert timeline.chapters[0].start_frame == 0
    assert opening_seconds(items, {}, Gaps(), 1000, track) == pytest.approx(LENGTHS[name] / 1000)


def test_a_long_sound_before_the_first_heading_is_a_chapter_and_music_is_none() -> None:
    timeline = lay(cue("long"), chapter("One"), said("a"))
    assert [(mark.title, mark.start_frame) for mark in timeline.chapters] == [("Title", 0), ("One", 61_500)]
    timeline = lay(music("bed"), pause(30.0), chapter("One"), said("a"))
    assert [(mark.title, mark.start_frame) for mark in timeline.chapters] == [("One", 0)]
    items = (cue("long"), chapter("One"), said("a"))
    assert opening_seconds(items, {}, Gaps(), 1000, TRACK) == 60.0


def test_a_chapter_of_nothing_but_a_sound_has_no_mark() -> None:
    timeline = lay(said("a"), chapter("Empty"), cue("door"), chapter("Two"), said("b"))
    assert [mark.title for mark in timeline.chapters] == ["Two"]


# ---------------------------------------------------------------- recorded turns


def test_a_recorded_turn_is_placed_like_a_take() -> None:
    spoken, turn, after = lay(said("a"), recording("b"), said("c")).placed
    assert (turn.start_frame, after.start_frame) == (KEPT + 450, 2 * KEPT + 900)
    assert (spoken.recording, turn.recording is not None) == (None, True)
