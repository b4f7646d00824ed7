"""Checks of one spoken line that need no listener.

A fault is certain: the engine or the model is wrong. A doubt asks for a listener, because the measures are rough and speech varies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voiceover.audio.faults.character import character_faults
from voiceover.audio.faults.recording import recording_faults
from voiceover.audio.files import gain_to_db
from voiceover.audio.loudness import Meter, speech_power, to_lufs
from voiceover.audio.measures import expected_seconds
from voiceover.audio.speech_detection import find_speech
from voiceover.engines.f5.choices import DurationRule, Preset
from voiceover.engines.f5.duration import byte_rule, total_frames
from voiceover.engines.f5.mel import FRAME_RATE, HOP_LENGTH, SAMPLE_RATE, log_mel
from voiceover.engines.f5.reference import Reference
from voiceover.engines.f5.text import closed, tokenize
from voiceover.types import Audio, FloatArray

LEVEL_RANGE_DB = 8.0
"""Speech that differs from the reference clip by more than this is doubtful."""
LONGEST_EDGE_SECONDS = 1.0
UNUSABLE = frozenset({"not-finite", "silent"})
"""Findings that are certain faults of the model."""
LEAK_FRAMES = 3
LEAK_SECONDS = 0.5
LEAK_NATS = 0.6
"""RMS difference of log-mels; for different stretches of one voice, half exceed 1.5 and one in sixty is below this."""
AUDIBLE_RMS = 0.003


@dataclass(frozen=True, slots=True)
class LineFinding:
    """Something that is wrong, or may be."""

    code: str
    """A stable name for machines."""
    message: str
    fault: bool = False
    """True if it is certain; then the model does not pass."""


@dataclass(frozen=True, slots=True)
class LineFigures:
    """Measurements of a line."""

    seconds: float
    speech_seconds: float
    expected_seconds: float
    """Usual time of its words."""
    lead_seconds: float
    """Silence before the speech."""
    tail_seconds: float
    """Silence after the speech."""
    loudness_lufs: float
    """Loudness of the speech alone; -inf if there is none."""
    over_reference_lu: float
    """Difference from the loudness of the reference clip."""
    true_peak_dbtp: float
    sample_peak_dbfs: float
    noise_floor_dbfs: float


def frames_of(reference: Reference, text: str, preset: Preset) -> tuple[int, int | None]:
    """Return the mel frames of reference and speech for a line, and the samples of its speech; None if a predictor decides them."""
    said = closed(text)
    generated = byte_rule(reference.pace_frames, reference.text, said, preset.speed)
    frames = total_frames(generated, len(reference.mel), len(tokenize(reference.text + said)))
    samples = (frames - len(reference.mel) - 1) * HOP_LENGTH
    return frames, samples if preset.duration is DurationRule.BYTES else None


def measure(audio: Audio, text: str, reference_lufs: float) -> LineFigures:
    """Measure a line."""
    rate = audio.sample_rate
    activity = find_speech(audio.samples, rate)
    meter = Meter(rate)
    meter.add(audio.samples[:, None])
    meter.finish()
    read = meter.loudness()
    loudness = to_lufs(speech_power(audio.samples, rate)[0])
    return LineFigures(
        seconds=audio.seconds,
        speech_seconds=activity.frames / rate,
        expected_seconds=expected_seconds(text),
        lead_seconds=activity.start / rate,
        tail_seconds=(len(audio.samples) - activity.end) / rate,
        loudness_lufs=loudness,
        over_reference_lu=loudness - reference_lufs,
        true_peak_dbtp=read.true_peak_dbtp,
        sample_peak_dbfs=read.sample_peak_dbfs,
        noise_floor_dbfs=read.noise_floor_dbfs,
    )


def check(audio: Audio, text: str, figures: LineFigures, reference: Reference, samples: int | None) -> tuple[LineFinding, ...]:
    """Return the findings on a line that says ``text``; ``samples`` is the number that it must have, None if unknown.

    The checks are those of every take, and a few that only a report on a model needs.
    """
    found: list[LineFinding] = []
    if samples is not None and len(audio.samples) != samples:
        what = f"{len(audio.samples)} samples instead of {samples}"
        frames = (len(audio.samples) - samples) / HOP_LENGTH
        found.append(LineFinding("length", f"{what} ({frames:+g} frames: a frame of the reference may be heard)", fault=True))
    faults = recording_faults(audio, text, figures.expected_seconds)
    found += (LineFinding(fault.check, fault.message, fault=fault.check in UNUSABLE) for fault in faults)
    if any(finding.code in UNUSABLE for finding in found):
        return tuple(found)
    found += _edges(figures)
    found += _level(figures)
    found += (LineFinding(fault.check, fault.message) for fault in character_faults(audio))
    if leaked(audio.samples, reference):
        found.append(LineFinding("leak", "it starts like the end of the reference clip"))
    return tuple(found)


def leaked(samples: FloatArray, reference: Reference) -> bool:
    """Return True if the first frames of ``samples`` (24 kHz) repeat a stretch from the end of the reference's speech."""
    head = samples[: (LEAK_FRAMES + 3) * HOP_LENGTH] * np.float32(reference.gain)
    if len(head) < (LEAK_FRAMES + 3) * HOP_LENGTH or np.sqrt(np.mean(np.square(head[: 4 * HOP_LENGTH]))) < AUDIBLE_RMS:
        return False
    first = log_mel(head)[1 : 1 + LEAK_FRAMES]
    end = reference.frames
    last = reference.mel[max(end - round(LEAK_SECONDS * FRAME_RATE), 0) : end + LEAK_FRAMES]
    windows = np.lib.stride_tricks.sliding_window_view(last, LEAK_FRAMES, axis=0).transpose(0, 2, 1)
    distances = np.sqrt(np.mean(np.square(windows - first), axis=(1, 2)))
    return bool(distances.min(initial=np.inf) < LEAK_NATS)


def _edges(figures: LineFigures) -> list[LineFinding]:
    edges = (("start", figures.lead_seconds), ("end", figures.tail_seconds))
    return [
        LineFinding(f"{name}-silence", f"{seconds:.2f} s of silence at the {name}")
        for name, seconds in edges
        if seconds > LONGEST_EDGE_SECONDS
    ]


def _level(figures: LineFigures) -> list[LineFinding]:
    found = []
    if abs(figures.over_reference_lu) > LEVEL_RANGE_DB:
        found.append(LineFinding("level", f"{figures.over_reference_lu:+.1f} LU from the reference clip"))
    if figures.true_peak_dbtp > 0:
        found.append(LineFinding("peak", f"over full scale: {figures.true_peak_dbtp:.1f} dBTP"))
    return found


def reference_lufs(reference: Reference) -> float:
    """Return the loudness of the reference clip's speech as it was recorded."""
    return to_lufs(speech_power(reference.samples, SAMPLE_RATE)[0]) - gain_to_db(reference.gain)
