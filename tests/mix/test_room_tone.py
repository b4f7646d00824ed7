"""Room tone: how much of it, how loud, and where everything else goes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.mix.parts import chapter, pause, plan, recorded, said
from voiceover.mix import TONE_DB, mix_takes, with_room_tone
from voiceover.settings.layers import ACX
from voiceover.types import Gaps, PlanItem, Take

RATE = 8000


@pytest.fixture
def takes(tmp_path: Path) -> dict[str, Take]:
    samples = np.full(8000, 0.1, np.float32)
    return {name: recorded(tmp_path, name, samples, (0, 8000), RATE, speech_power=0.01, speech_seconds=1.0) for name in "ab"}


@pytest.mark.parametrize(
    ("items", "head", "tail"),
    [
        ([said("a"), said("b")], 0.75, 2.0),
        ([pause(0.2), said("a"), said("b"), pause(0.4)], 0.75, 2.0),
        ([pause(0.6), said("a"), said("b"), pause(1.2)], 0.6, 1.2),
        ([pause(3), said("a"), said("b"), pause(9)], 3.0, 9.0),  # no silence of the script is cut
    ],
)
def test_silence_is_as_long_as_is_asked_for(takes: dict[str, Take], items: list[PlanItem], head: float, tail: float) -> None:
    padded = with_room_tone(mix_takes(plan(*items, rate=RATE), takes, Gaps()), ACX)
    first, last = padded.timeline.placed[0], padded.timeline.placed[-1]
    assert first.start_frame == round(head * RATE)
    assert padded.frames - last.end_frame == round(tail * RATE)
    samples = np.concatenate(list(padded.blocks()))
    assert samples.shape == (padded.frames, 1)
    assert samples.dtype == np.float32
    # Under the speech, too: a voice that begins in silence sounds cut.
    for part in (samples[: first.start_frame], samples[last.end_frame :], samples[first.start_frame : first.end_frame] - 0.1):
        assert 20 * np.log10(np.std(part[100:-100])) == pytest.approx(-20 + TONE_DB, abs=0.5)


def test_it_is_the_same_each_time(takes: dict[str, Take]) -> None:
    padded = with_room_tone(mix_takes(plan(said("a"), rate=RATE), takes, Gaps()), ACX)
    one, two = (np.concatenate(list(padded.blocks())) for _ in range(2))
    assert np.array_equal(one, two)
    again = np.concatenate(list(replace(padded, mix=replace(padded.mix)).blocks()))
    assert np.array_equal(one, again)


def test_chapters_move_with_their_lines_but_the_first_begins_at_0(takes: dict[str, Take]) -> None:
    mixed = mix_takes(plan(chapter("One"), said("a"), chapter("Two"), said("b"), rate=RATE), takes, Gaps())
    one, two = with_room_tone(mixed, ACX).timeline.chapters
    moved = round(0.75 * RATE)
    assert (one.start_frame, one.lead_frames) == (0, moved)
    assert (two.start_frame, two.lead_frames) == (mixed.timeline.chapters[1].start_frame + moved, 0)
