"""Memory with a bed of two hours, in bytes."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.mix.parts import music, pause, plan, recorded, said
from voiceover.audio.loudness import speech_power
from voiceover.mix import mix_takes
from voiceover.mix.levels import measure_sound
from voiceover.system.threads import Workers
from voiceover.types import Gaps, SoundFile, Soundtrack

RATE = 44_100
BED_RATE = 2_000
MOST_GROWTH = 3_000_000
"""Bytes. The meter keeps 16 for each 100 ms, and makes arrays of them when it is asked."""


def peak_bytes(folder: Path, minutes: int) -> int:
    """Peak memory of measuring and mixing a bed of ``minutes`` under an episode of a minute, apart from what was there before."""
    path = folder / f"bed{minutes}.flac"
    block = (0.1 * np.random.default_rng(1).standard_normal((60 * BED_RATE, 2))).astype(np.float32)
    with soundfile.SoundFile(path, "w", BED_RATE, 2) as file:
        for _ in range(minutes):
            file.write(block)
    line = block[: 2 * RATE, 0].copy()
    power, seconds = speech_power(line, RATE)
    takes = {"a": recorded(folder, "a", line, (0, len(line)), RATE, speech_power=power, speech_seconds=seconds)}
    track = Soundtrack(2, {"bed": SoundFile("bed", path, str(minutes), BED_RATE, 2, minutes * 60 * BED_RATE)})
    built = plan(music("bed"), said("a"), pause(50.0), said("a"), rate=RATE, soundtrack=track)
    measure_sound.cache_clear()
    tracemalloc.start()
    mix = mix_takes(built, takes, Gaps())
    frames = sum(map(len, mix.blocks()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert frames == mix.frames > 50 * RATE
    return peak


class Finished:
    """A call that was made at once."""

    def __init__(self, function: Callable[[object], object], argument: object) -> None:
        self._value = function(argument)

    def result(self) -> object:
        return self._value

    def drop(self) -> None:
        pass


@pytest.mark.slow
def test_a_bed_of_two_hours_takes_no_more_memory_than_one_of_two_minutes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # How many chunks threads hold at once is chance, and moves the peak by 10 MB.
    monkeypatch.setattr(Workers, "give", lambda _, function, argument: Finished(function, argument))
    short, long = peak_bytes(tmp_path, 2), peak_bytes(tmp_path, 120)
    assert long - short < MOST_GROWTH
    assert long < 120_000_000
