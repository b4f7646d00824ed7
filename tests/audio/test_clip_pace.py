"""The pace that a line gets from a clip: pauses in the clip do not slow it down."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.voice_parts import BOTH, RATE, SHIPPED, save, shipped_clip, with_pause
from voiceover.audio.clip_header import clip_digest
from voiceover.audio.clip_pace import paced_seconds
from voiceover.audio.files import read_clip, resample
from voiceover.engines.f5.reference import prepare_reference
from voiceover.types import Audio, Clip


def test_the_pace_of_a_clip_leaves_its_pause_out() -> None:
    def frames(seconds: float, noise_db: float = -75.0) -> int:
        samples = resample(with_pause(seconds, noise_db), RATE, 24_000)
        return prepare_reference(Audio(samples, 24_000), BOTH, "clip").pace_frames

    assert frames(3.0) == pytest.approx(frames(0.38), rel=0.02)
    assert frames(2.0, -50.0) == pytest.approx(frames(0.38), rel=0.03)
    assert frames(0.3) < frames(0.38)


def test_the_planned_pace_leaves_pauses_out(tmp_path: Path) -> None:
    def seconds(pause: float) -> float:
        samples = with_pause(pause)
        path = save(tmp_path / f"{pause}.wav", samples)
        return paced_seconds(Clip(path, BOTH, clip_digest(path), len(samples) / RATE))

    assert seconds(3.0) == pytest.approx(seconds(0.38), abs=0.1)
    assert seconds(0.2) == pytest.approx(len(with_pause(0.2)) / RATE)


@pytest.mark.parametrize(("voice", "style"), SHIPPED)
def test_the_pace_of_a_shipped_voice_is_what_it_was(voice: str, style: str) -> None:
    clip = shipped_clip(voice, style)
    reference = prepare_reference(read_clip(clip), clip.text, "clip")
    assert reference.pace_frames == reference.frames
    assert paced_seconds(clip) == clip.seconds


def test_a_clip_that_cannot_be_read_keeps_its_length(tmp_path: Path) -> None:
    assert paced_seconds(Clip(tmp_path / "gone.wav", "Words.", "0" * 64, 4.5)) == 4.5
