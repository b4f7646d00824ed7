"""Checks of one spoken line that need no listener.

A fault is certain: the engine or the model is wrong. A doubt asks for a listener, because the measures are rough and speech varies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voiceover.audio.files import gain_to_db
from voiceover.audio.loudness import Meter, speech_power, to_lufs
from voiceover.audio.measures import clipped_share, expected_seconds, liveliness_db, steady_share
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
LONGEST_PAUSE_SECONDS = 1.5
CLICK_SHARE = 0.1
"""Fraction of the peak at the first or the last sample."""
PACE_RANGE = (0.4, 2.5)
"""Seconds of speech divided by the usual time of the words."""
LEAST_PACED_SECONDS = 1.0
LEAST_LIVELINESS_DB = 12.0
"""Levels of speech spread by more; those of steady noise do not."""
MOST_STEADY_SHARE = 0.4
MOST_CLIPPED_SHARE = 0.001
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


def check(audio: Audio, figures: LineFigures, reference: Reference, samples: int | None) -> tuple[LineFinding, ...]:
    """Return the findings on a spoken line; ``samples`` is the number that it must have, None if unknown."""
    found: list[LineFinding] = []
    if samples is not None and len(audio.samples) != samples:
        what = f"{len(audio.samples)} samples instead of {samples}"
        frames = (len(audio.samples) - samples) / HOP_LENGTH
        found.append(LineFinding("length", f"{what} ({frames:+g} frames: a frame of the reference may be heard)", fault=True))
    if not figures.speech_seconds:
        found.append(LineFinding("silence", "it contains no speech", fault=True))
        return tuple(found)
    found += _length(figures)
    found += _edges(audio.samples, figures)
    found += _level(audio.samples, figures)
    found += _kind(audio)
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


def _length(figures: LineFigures) -> list[LineFinding]:
    found = []
    ratio = figures.speech_seconds / figures.expected_seconds
    slow = ratio > PACE_RANGE[1] and figures.speech_seconds > LEAST_PACED_SECONDS + figures.expected_seconds
    if ratio < PACE_RANGE[0] or slow:
        message = f"{figures.speech_seconds:.2f} s of speech for words that usually take {figures.expected_seconds:.2f} s"
        found.append(LineFinding("pace", message))
    inner = figures.seconds - figures.lead_seconds - figures.tail_seconds - figures.speech_seconds
    if inner > LONGEST_PAUSE_SECONDS:
        found.append(LineFinding("pause", f"{inner:.2f} s of silence inside it"))
    return found


def _edges(samples: FloatArray, figures: LineFigures) -> list[LineFinding]:
    found = []
    for name, word, at, seconds in (
        ("start", "first", samples[0], figures.lead_seconds),
        ("end", "last", samples[-1], figures.tail_seconds),
    ):
        if seconds > LONGEST_EDGE_SECONDS:
            found.append(LineFinding(f"{name}-silence", f"{seconds:.2f} s of silence at the {name}"))
        elif not seconds:
            found.append(LineFinding(f"{name}-cut", f"no silence at the {name}: its {word} sound may be cut"))
        if abs(float(at)) > CLICK_SHARE * float(np.abs(samples).max()):
            found.append(LineFinding(f"{name}-click", f"the {word} sample is not near zero: a click"))
    return found


def _level(samples: FloatArray, figures: LineFigures) -> list[LineFinding]:
    found = []
    if abs(figures.over_reference_lu) > LEVEL_RANGE_DB:
        found.append(LineFinding("level", f"{figures.over_reference_lu:+.1f} LU from the reference clip"))
    if figures.true_peak_dbtp > 0:
        found.append(LineFinding("peak", f"over full scale: {figures.true_peak_dbtp:.1f} dBTP"))
    share = clipped_share(samples)
    if share > MOST_CLIPPED_SHARE:
        found.append(LineFinding("clipped", f"{100 * share:.2g} % of it is clipped"))
    return found


def _kind(audio: Audio) -> list[LineFinding]:
    found = []
    spread = liveliness_db(audio.samples, audio.sample_rate)
    if spread < LEAST_LIVELINESS_DB:
        found.append(LineFinding("noise", f"its level varies by only {spread:.0f} dB: it may be noise"))
    steady = steady_share(audio.samples, audio.sample_rate)
    if steady > MOST_STEADY_SHARE:
        found.append(LineFinding("tone", f"{100 * steady:.0f} % of it holds one pitch: it may be a tone"))
    return found


def reference_lufs(reference: Reference) -> float:
    """Return the loudness of the reference clip's speech as it was recorded."""
    return to_lufs(speech_power(reference.samples, SAMPLE_RATE)[0]) - gain_to_db(reference.gain)
