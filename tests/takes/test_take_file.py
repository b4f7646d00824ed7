"""What is stored beside a take: its marks, or its silences where the engine has not marked the words."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from voiceover.takes.take_file import decode_json, encode_json, encode_wav, measure
from voiceover.types import Audio, Mark, Take

RATE = 16_000


def audio(*parts: float, marks: tuple[Mark, ...] = ()) -> Audio:
    """Tone and silence by turns, of the given seconds."""
    sounds = [
        (0.0 if number % 2 else 0.3) * np.sin(2 * np.pi * 220 * np.arange(round(seconds * RATE)) / RATE)
        for number, seconds in enumerate(parts)
    ]
    return Audio(np.concatenate(sounds).astype(np.float32), RATE, marks)


def measured(sound: Audio) -> Take:
    return measure("0" * 64, Path("take.wav"), sound, encode_wav(sound))


def test_silences_are_stored_where_there_are_no_marks() -> None:
    take = measured(audio(0.5, 0.3, 0.6, 0.02, 0.6, 0.1, 0.4))
    assert [(start / RATE, end / RATE) for start, end in take.silences] == [
        (pytest.approx(0.5, abs=0.02), pytest.approx(0.8, abs=0.01)),
        (pytest.approx(2.02, abs=0.02), pytest.approx(2.12, abs=0.01)),
    ]
    assert decode_json(encode_json(take, {}), take.path)[0] == take


def test_marks_are_stored_in_place_of_silences() -> None:
    take = measured(audio(0.5, 0.3, 0.6, marks=(Mark(0, 0), Mark(4, 12_800))))
    assert (take.marks, take.silences) == ((Mark(0, 0), Mark(4, 12_800)), ())
    assert decode_json(encode_json(take, {}), take.path)[0] == take


def test_a_take_without_either_is_stored_as_before() -> None:
    take = measured(audio(0.5))
    record = json.loads(encode_json(take, {}))
    assert not {"marks", "silences"} & record.keys()
    assert decode_json(encode_json(take, {}), take.path)[0] == take
