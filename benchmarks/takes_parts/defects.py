"""Defects planted in good takes, each at three strengths. Chance comes from a seed, so that every run plants the same.

A defect gets a take with its marks, and returns a recording without marks: the checks must do without them, as with engines that give none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voiceover.audio.speech_detection import find_speech
from voiceover.types import Audio, Mark

Samples = NDArray[np.float32]
Rng = np.random.Generator


@dataclass(frozen=True, slots=True)
class Good:
    """A good take."""

    text: str
    """As it was displayed."""
    spoken: str
    """As it was spelled for speech; the marks are places in it."""
    samples: Samples
    rate: int
    marks: tuple[Mark, ...]

    @property
    def edges(self) -> tuple[int, int]:
        """The first frame of speech and the one after the last."""
        speech = find_speech(self.samples, self.rate)
        return speech.start, speech.end


@dataclass(frozen=True, slots=True)
class Bad:
    """A take with a defect."""

    spoken: str
    """The words that it should contain."""
    text: str
    audio: Audio


@dataclass(frozen=True, slots=True)
class Defect:
    """A kind of defect."""

    name: str
    strengths: tuple[float, float, float]
    """Weak, middle, strong."""
    words: str
    """What the numbers are."""
    plant: Callable[[Good, float, Rng, Good], Bad | None]
    """Plants it with a strength, given another good take of the voice; None if this take has no room for it."""


SHORTEST_CUT_SECONDS = 0.15
SHORTEST_DOUBLED_SECONDS = 0.25


def cut_head(good: Good, share: float, rng: Rng, other: Good) -> Bad:
    start, end = good.edges
    at = start + max(round(share * (end - start)), round(SHORTEST_CUT_SECONDS * good.rate))
    return _bad(good, good.samples[at:])


def cut_tail(good: Good, share: float, rng: Rng, other: Good) -> Bad:
    start, end = good.edges
    at = end - max(round(share * (end - start)), round(SHORTEST_CUT_SECONDS * good.rate))
    return _bad(good, good.samples[:at])


def silence(good: Good, seconds: float, rng: Rng, other: Good) -> Bad | None:
    """Silence as loud as the quietest part of the take, at the quietest place near a random one within the speech."""
    start, end = good.edges
    at = _quiet_place(good, round(start + (end - start) * rng.uniform(0.25, 0.75)))
    if not start < at < end:
        return None
    filling = rng.standard_normal(round(seconds * good.rate)) * _floor(good)
    return _bad(good, _joined(good, good.samples[:at], filling.astype(np.float32), good.samples[at:]))


def noise_burst(good: Good, db: float, rng: Rng, other: Good) -> Bad:
    """Half a second of noise over the speech; ``db`` relative to the speech."""
    start, end = good.edges
    count = min(round(0.5 * good.rate), end - start)
    at = int(rng.integers(start, max(end - count, start + 1)))
    samples = good.samples.copy()
    samples[at : at + count] += _noise(count, rng) * _loudness(good) * _gain(db)
    return _bad(good, samples)


def noise_tail(good: Good, db: float, rng: Rng, other: Good) -> Bad:
    """A second of noise right after the speech; ``db`` relative to the speech."""
    _, end = good.edges
    tail = _noise(good.rate, rng) * _loudness(good) * _gain(db)
    return _bad(good, _joined(good, good.samples[:end], tail.astype(np.float32)))


def clipped(good: Good, db: float, rng: Rng, other: Good) -> Bad:
    """The take ``db`` too loud for the range of its numbers."""
    peak = float(np.abs(good.samples).max())
    return _bad(good, np.clip(good.samples * _gain(db) / peak, -1, 1))


def doubled_words(good: Good, words: float, rng: Rng, other: Good) -> Bad | None:
    """So many words said twice, if they last for ``SHORTEST_DOUBLED_SECONDS``."""
    starts = [mark.frame for mark in good.marks]
    if len(starts) < words + 2:
        return None
    ends = [*starts[int(words) :], good.edges[1]]
    runs = [(begin, end) for begin, end in zip(starts, ends, strict=False) if end - begin >= SHORTEST_DOUBLED_SECONDS * good.rate]
    if not runs:
        return None
    begin, end = runs[int(rng.integers(len(runs)))]
    return _bad(good, _joined(good, good.samples[:end], good.samples[begin:]))


def double_speed(good: Good, factor: float, rng: Rng, other: Good) -> Bad:
    """The whole take faster, at the same pitch."""
    return _bad(good, faster(good.samples, good.rate, factor))


def rate_jump(good: Good, factor: float, rng: Rng, other: Good) -> Bad:
    """The second half of the speech faster, at the same pitch."""
    start, end = good.edges
    half = _quiet_place(good, (start + end) // 2)
    return _bad(good, np.concatenate([good.samples[:half], faster(good.samples[half:], good.rate, factor)]))


def wrong_text(good: Good, share: float, rng: Rng, other: Good) -> Bad | None:
    """The words at the end are those of another line: the take says other words than it should."""
    own, words = good.spoken.split(), other.spoken.split()
    count = max(round(share * len(own)), 1)
    if len(own) < 4 or other.spoken == good.spoken:
        return None
    changed = " ".join([*own[: len(own) - count], *(words * 9)[-count:]])
    return Bad(changed, changed, Audio(good.samples, good.rate))


def another_line(good: Good, strength: float, rng: Rng, other: Good) -> Bad | None:
    """The take says another line altogether."""
    return None if other.spoken == good.spoken else Bad(good.spoken, good.text, Audio(other.samples, other.rate))


def leaked_reference(good: Good, words: float, rng: Rng, other: Good) -> Bad | None:
    """The take begins with the last words of the reference clip, as which another line of the voice serves."""
    starts = [mark.frame for mark in other.marks]
    if len(starts) < words + 1 or other.spoken == good.spoken:
        return None
    leak = other.samples[starts[-int(words)] : other.edges[1]]
    pause = np.zeros(round(0.1 * good.rate), np.float32)
    return _bad(good, _joined(good, pause, _risen(leak, good.rate), pause, good.samples[good.edges[0] :]))


DEFECTS: Mapping[str, Defect] = {
    each.name: each
    for each in (
        Defect("cut head", (0.2, 0.3, 0.4), "of the speech", cut_head),
        Defect("cut tail", (0.2, 0.3, 0.4), "of the speech", cut_tail),
        Defect("inserted silence", (1.3, 1.8, 2.5), "s", silence),
        Defect("noise burst", (-20.0, -10.0, 0.0), "dB, 0.5 s", noise_burst),
        Defect("noise tail", (-40.0, -30.0, -20.0), "dB, 1 s", noise_tail),
        Defect("clipped", (6.0, 9.0, 12.0), "dB over", clipped),
        Defect("doubled words", (1.0, 2.0, 3.0), "words", doubled_words),
        Defect("double speed", (1.6, 2.0, 2.5), "times", double_speed),
        Defect("rate jump", (1.6, 2.0, 2.5), "times, second half", rate_jump),
        Defect("wrong text", (0.3, 0.5, 0.7), "of the words", wrong_text),
        Defect("another line's text", (1.0, 2.0, 3.0), "", another_line),
        Defect("leaked reference", (2.0, 4.0, 6.0), "words", leaked_reference),
    )
}

# ---------------------------------------------------------------- parts


def faster(samples: Samples, rate: int, factor: float) -> Samples:
    """Return ``samples`` at another pace and the same pitch: overlapping pieces, each from where it continues the last one best (WSOLA)."""
    size, reach = round(0.03 * rate), round(0.008 * rate)
    half = size // 2
    window = np.hanning(size)
    count = max(int((len(samples) - size - 2 * reach) / (half * factor)), 1)
    padded = np.concatenate([np.zeros(reach), samples, np.zeros(size + 2 * reach)])
    made, weight = np.zeros(count * half + size), np.zeros(count * half + size)
    at = reach
    for number in range(count):
        made[number * half : number * half + size] += padded[at : at + size] * window
        weight[number * half : number * half + size] += window
        wanted, near = padded[at + half : at + half + size], round((number + 1) * half * factor) + reach
        found = np.correlate(padded[near - reach : near + reach + size], wanted, "valid")
        at = near - reach + int(np.argmax(found))
    return (made / np.maximum(weight, 1e-3)).astype(np.float32)


def _bad(good: Good, samples: Samples) -> Bad:
    return Bad(good.spoken, good.text, Audio(np.ascontiguousarray(samples, np.float32), good.rate))


def _joined(good: Good, *parts: Samples) -> Samples:
    """Return the parts in a row, each faded over 4 ms into the next, so that no click gives the seam away."""
    fade = round(0.004 * good.rate)
    made = parts[0]
    for part in parts[1:]:
        count = min(fade, len(made), len(part))
        ramp = np.linspace(0, 1, count, dtype=np.float32)
        seam = made[len(made) - count :] * (1 - ramp) + part[:count] * ramp
        made = np.concatenate([made[: len(made) - count], seam, part[count:]])
    return made


def _risen(samples: Samples, rate: int) -> Samples:
    """Return ``samples`` faded in over 20 ms, so that a defect is not found by its own beginning."""
    count = min(round(0.02 * rate), len(samples))
    return np.concatenate([samples[:count] * np.linspace(0, 1, count, dtype=np.float32), samples[count:]])


def _gain(db: float) -> float:
    return math.pow(10, db / 20)


def _levels(good: Good) -> NDArray[np.float64]:
    size = round(0.01 * good.rate)
    rows = good.samples[: len(good.samples) // size * size].reshape(-1, size).astype(np.float64)
    return np.sqrt(np.mean(np.square(rows), axis=1))


def _loudness(good: Good) -> float:
    levels = _levels(good)
    return float(np.sqrt(np.mean(np.square(levels[levels > 0.1 * np.percentile(levels, 95)]))))


def _floor(good: Good) -> float:
    return float(np.percentile(_levels(good), 2))


def _noise(count: int, rng: Rng) -> NDArray[np.float32]:
    """Return white or pink noise of the power 1."""
    noise = rng.standard_normal(count)
    if rng.integers(2):
        spectrum = np.fft.rfft(noise)
        noise = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 1)), count)
    return (noise / np.sqrt(np.mean(np.square(noise)))).astype(np.float32)


def _quiet_place(good: Good, near: int) -> int:
    """Return the quietest place within 0.2 s of ``near``."""
    levels, size = _levels(good), round(0.01 * good.rate)
    first = max(near // size - 20, 0)
    around = levels[first : near // size + 20]
    return (first + int(np.argmin(around))) * size + size // 2 if len(around) else near
