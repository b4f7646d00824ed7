"""Which precision a model is run in on onnxruntime: the fastest that leaves its speech as it is, heard on the user's own weights.

One short line is sampled from the same noise in float32 and in faster precisions. How far the log-mel moves when float32 itself takes half
as many steps is a difference that people accept; a precision has to stay below it.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from voiceover.engines.f5.backend import Backend, Prompt
from voiceover.engines.f5.sampler import METHODS, Sampling, draw_noise, evaluation_times, sample, time_grid
from voiceover.engines.f5.step_time import step_seconds
from voiceover.types import FloatArray

EXACT = "fp32"
SEED = 20_241
GAIN = 1.1
"""How much faster a precision must be to be worth a loss."""
MIXED = ("int8",)
"""Precisions that round activations, from which some kinds of layer may take no harm."""

log = logging.getLogger(__name__)

Load = Callable[[str, frozenset[str]], Backend]
"""The networks in a precision, with kinds of layer that stay float32 in it."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """What is sampled."""

    reference: FloatArray
    """Log-mel (frames, mel)."""
    ids: NDArray[np.int32]
    """Of the reference's words and the line, shape (tokens,)."""
    frames: int
    """Of both."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A precision that was tried."""

    precision: str
    exact: frozenset[str]
    """Kinds of layer that stayed float32."""
    seconds: float
    """Of a guided step of the line."""
    distance: float | None
    """RMS difference of the log-mels, in nepers; None where it was too slow to be sampled."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of it."""

    chosen: Heard
    limit: float
    """What half the steps do to float32."""
    heard: tuple[Heard, ...]
    frames: int


def audition(
    load: Load,
    line: Line,
    sampling: Sampling,
    faster: Sequence[str],
    kinds: Sequence[str],
    seconds_of: Callable[[Backend, Line, Sampling], float] | None = None,
) -> Verdict:
    """Try ``faster`` precisions, the fastest first, until one is good enough; float32 is the last.

    Where a precision spoils the speech, each of the ``kinds`` of its layers is left out in turn, to find those that have to stay float32.
    ``seconds_of`` a guided step is measured unless given. Raises whatever ``load`` and the back end raise.
    """
    return _Audition(load, line, sampling, seconds_of or _best_step).hold(faster, kinds)


class _Audition:
    """The line in float32, and what was heard besides."""

    def __init__(self, load: Load, line: Line, sampling: Sampling, seconds_of: Callable[[Backend, Line, Sampling], float]) -> None:
        self.load, self.line, self.sampling, self.seconds_of = load, line, sampling, seconds_of
        backend = load(EXACT, frozenset())
        self.exact = Heard(EXACT, frozenset(), seconds_of(backend, line, sampling), 0.0)
        self.reference = _sampled(backend, line, sampling)
        half = _sampled(backend, line, replace(sampling, steps=max(1, sampling.steps // 2)))
        self.limit = _distance(half, self.reference, line)
        self.heard = [self.exact]

    def hold(self, faster: Sequence[str], kinds: Sequence[str]) -> Verdict:
        timed = {precision: self.seconds_of(self.load(precision, frozenset()), self.line, self.sampling) for precision in faster}
        chosen = self.exact
        for precision in sorted(timed, key=lambda name: timed[name]):
            if timed[precision] * GAIN >= self.exact.seconds:
                self.heard.append(Heard(precision, frozenset(), timed[precision], None))
                continue
            whole = self.tried(precision, frozenset())
            found = whole if self.good(whole) else self.mixed(precision, kinds) if precision in MIXED else None
            if found is not None:
                chosen = found
                break
        return Verdict(chosen, self.limit, tuple(self.heard), self.line.frames)

    def mixed(self, precision: str, kinds: Sequence[str]) -> Heard | None:
        """The precision with as few kinds of layer left out as it takes, those that spoil most first."""
        alone = [self.tried(precision, frozenset({kind})) for kind in kinds]
        passing = [one for one in alone if self.good(one)]
        if passing:
            return min(passing, key=lambda one: one.seconds)
        # What is nearest to float32 without a kind was spoiled most by it.
        worst_first = [kind for one in sorted(alone, key=lambda one: one.distance or 0) for kind in one.exact]
        for count in range(2, len(kinds)):
            if self.good(found := self.tried(precision, frozenset(worst_first[:count]))):
                return found
        return None

    def tried(self, precision: str, kept: frozenset[str]) -> Heard:
        backend = self.load(precision, kept)
        distance = _distance(_sampled(backend, self.line, self.sampling), self.reference, self.line)
        found = Heard(precision, kept, self.seconds_of(backend, self.line, self.sampling), distance)
        log.info("%s, float32 kept in %s: distance %.3g of %.3g", precision, sorted(kept) or "nothing", distance, self.limit)
        self.heard.append(found)
        return found

    def good(self, one: Heard) -> bool:
        return one.distance is not None and one.distance < self.limit and one.seconds * GAIN < self.exact.seconds


def _sampled(backend: Backend, line: Line, sampling: Sampling) -> FloatArray:
    """The log-mel of reference and speech, (frames, mel)."""
    heard, bands = line.reference.shape
    cond = np.zeros((1, line.frames, bands), np.float32)
    cond[0, :heard] = line.reference
    known = np.arange(line.frames)[None] < heard
    noise = draw_noise(SEED, line.frames, bands)[None]
    found: FloatArray = sample(backend, cond=cond, known=known, ids=line.ids[None], noise=noise, sampling=sampling)[0]
    return found


def _distance(found: FloatArray, reference: FloatArray, line: Line) -> float:
    """RMS difference over the frames that were made; infinite where there are no numbers."""
    difference = (found - reference)[len(line.reference) :]
    rms = float(np.sqrt(np.mean(np.square(difference, dtype=np.float64))))
    return rms if math.isfinite(rms) else math.inf


def _best_step(backend: Backend, line: Line, sampling: Sampling) -> float:
    """Seconds of a guided step of the line, the better of two."""
    times = evaluation_times(time_grid(3, None), METHODS["euler"])
    cond = np.zeros((1, line.frames, line.reference.shape[1]), np.float32)
    return min(step_seconds(backend, Prompt(cond, line.ids[None], times, sampling.cfg_strength != 0)))
