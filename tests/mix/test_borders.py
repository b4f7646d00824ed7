"""Where an episode is cut into pieces: in silence, by content, on the grid of MP3 frames."""

from __future__ import annotations

import hashlib
import itertools
import random

import pytest

from tests.mix.parts import chapter, cue, music, pause, plan, said, sound_file, stop, take
from voiceover.mix import Mix, mix_takes
from voiceover.mix.borders import LEAD_SECONDS, LEAST_SECONDS, TRAIL_SECONDS, frame_of, on_grid, stretch_of
from voiceover.mix.timeline import lay_out
from voiceover.types import FILES_RATE, GRID_RATE, GRID_SAMPLES, Gaps, PlanItem, Soundtrack, Take, Timeline

GROWTH_SECONDS = 0.027


def lines(count: int, rate: int, seed: int = 0) -> tuple[list[PlanItem], dict[str, Take]]:
    """Lines of 1 to 8 s that only the timeline looks at."""
    dice = random.Random(seed)
    lengths = {f"{seed}-{number}": dice.randrange(rate, 8 * rate) for number in range(count)}
    takes = {
        name: take(name, frames, (0, frames), rate, sha256=hashlib.sha256(name.encode()).hexdigest()) for name, frames in lengths.items()
    }
    return [said(name) for name in takes], takes


def heard(timeline: Timeline) -> list[tuple[int, int]]:
    return sorted((each.start_frame, each.end_frame) for each in (*timeline.placed, *timeline.sounds))


@pytest.mark.parametrize("rate", [22_050, 24_000, 44_100, 48_000])
def test_pieces_begin_with_an_mp3_frame_in_silence_that_hardly_grew(rate: int) -> None:
    items, takes = lines(60, rate)
    items[30:30] = [pause(3.0), chapter("Later")]
    before = lay_out(items, takes, Gaps(), rate, {})
    after, borders = on_grid(before)
    assert len(borders) > 5 and borders[0].frame == 0
    inside = [0] * len(borders)
    for border in borders:
        assert 0 <= border.frame * GRID_RATE - border.grid_frame * GRID_SAMPLES * rate < GRID_RATE
    for border in borders[1:]:
        ended = max(end for start, end in heard(after) if start < border.frame)
        begun = min(start for start, _ in heard(after) if start >= border.frame)
        assert begun - border.frame == round(LEAD_SECONDS * rate)
        assert border.frame - ended >= round(TRAIL_SECONDS * rate)
    for (old, new), (old_next, new_next) in zip(pairs := list(zip(heard(before), heard(after), strict=True)), pairs[1:], strict=False):
        assert new[1] - new[0] == old[1] - old[0]
        assert 0 <= (new_next[0] - new[1]) - (old_next[0] - old[1]) < GROWTH_SECONDS * rate
        inside[sum(border.frame <= new[0] for border in borders) - 1] += 1
    assert all(inside)
    assert after.chapters[0].start_frame in [start for start, _ in heard(after)]
    assert after.frames == after.placed[-1].end_frame


def test_an_edit_moves_few_pieces() -> None:
    items, takes = lines(200, 24_000)
    new, more = lines(3, 24_000, seed=1)
    pieces = {piece.address for piece in mixed(items, takes).pieces}
    for place in (0, 90, 150):
        edited = mixed([*items[:place], new[0], *items[place + 1 :]], takes | more).pieces
        longer = mixed([*items[:place], *new, *items[place:]], takes | more).pieces
        assert sum(piece.address not in pieces for piece in edited) <= 3
        assert sum(piece.address not in pieces for piece in longer) <= 4
    assert len(pieces) > 25


def mixed(items: list[PlanItem], takes: dict[str, Take]) -> Mix:
    return mix_takes(plan(*items, rate=24_000), takes, Gaps())


def test_nothing_is_cut_while_something_is_heard() -> None:
    files = {name: sound_file(name, rate=FILES_RATE, frames=seconds * FILES_RATE) for name, seconds in (("bed", 1), ("bell", 20))}
    items, takes = lines(60, FILES_RATE)
    items[40:40] = [stop(fade=0.5)]
    items[20:20] = [music("bed")]
    items[5:5] = [cue("bell", under=True)]
    lengths = {name: file.frames for name, file in files.items()}
    timeline, borders = on_grid(lay_out(items, takes, Gaps(), FILES_RATE, {}, "", Soundtrack(2, files), lengths))
    assert [sound.file.name for sound in timeline.sounds] == ["bell", "bed"]
    for border in borders[1:]:
        assert not any(start < border.frame < end for start, end in heard(timeline))
    frames = [*(border.frame for border in borders), timeline.frames]
    lengths_of_pieces = [end - start for start, end in itertools.pairwise(frames)]
    bell, bed = timeline.sounds
    assert max(lengths_of_pieces) > bed.end_frame - bed.start_frame > 45 * FILES_RATE
    assert min(lengths_of_pieces[:-1]) >= LEAST_SECONDS * FILES_RATE
    own = [stretch_of(timeline, start, end, end - start) for start, end in itertools.pairwise(frames)]
    assert sum(len(each.sounds) for each in own) == 2
    assert sum(len(each.placed) for each in own) == len(timeline.placed)
    assert bell.end_frame - bell.start_frame == 20 * FILES_RATE


def test_gaps_that_are_too_short_are_left_alone() -> None:
    items, takes = lines(20, 24_000)
    timeline = lay_out(items, takes, Gaps(sentence=150), 24_000, {})
    assert on_grid(timeline)[0] == timeline
    assert len(on_grid(timeline)[1]) == 1
    assert frame_of(49, 24_000) == 49 * GRID_SAMPLES * 24_000 // GRID_RATE
