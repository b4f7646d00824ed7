"""The fastest precision on onnxruntime that preserves a model's speech, found by a test with the user's own weights.

One short line is sampled from the same noise in float32 and in the faster precisions. Listeners accept the change of the log-mel when
float32 itself takes half as many steps, so a precision has to stay below that. The result is stored beside the model, per processor.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from voiceover.audio.files import read_clip
from voiceover.engines.f5.backend import Backend, Prompt
from voiceover.engines.f5.choices import PRESETS, ONNXPrecision, Sampling
from voiceover.engines.f5.choose.machine import processor_name, read_measurements, save_measurement
from voiceover.engines.f5.choose.precision import check_memory, onnx_bytes
from voiceover.engines.f5.duration import byte_rule, total_frames
from voiceover.engines.f5.reference import prepare_reference
from voiceover.engines.f5.sampler import METHODS, draw_noise, evaluation_times, sample, time_grid
from voiceover.engines.f5.text import Vocab, closed, tokenize
from voiceover.engines.f5.weights.model import F5Model
from voiceover.errors import EngineError
from voiceover.system.cpu import available_cores
from voiceover.system.files import staging_folder
from voiceover.types import Audio, FloatArray, Voice
from voiceover.types.lazy_dataclass import dataclass

REVISION = 1
"""Increase it when precisions are tested in another way."""
FILE = "precision.json"
TEXT = "The rain has stopped."
REFERENCE_SECONDS = 2.5
"""Length of the voice's clip that is used: a longer one takes more time and tells no more."""
SEED = 20_241
GAIN = 1.1
"""Factor by which a precision must be faster to be worth a loss."""
EXACT = ONNXPrecision.FP32.value
FASTER = (ONNXPrecision.INT8.value, ONNXPrecision.INT4.value, ONNXPrecision.INT8_WEIGHTS.value)
MIXED = (ONNXPrecision.INT8.value,)
"""Precisions that round activations; some kinds of layer may stay float32 in them."""

log = logging.getLogger(__name__)

Load = Callable[[str, frozenset[str]], Backend]
"""Loads the networks in a precision, with the kinds of layer that stay float32."""


class Steps(Protocol):
    """The part of a ``Backend`` that a step needs."""

    def velocity(self, x: FloatArray, evaluation: int, prompt: Prompt) -> FloatArray: ...


@dataclass(frozen=True, slots=True, eq=False)
class FidelityLine:
    """The line that is sampled."""

    reference: FloatArray
    """Log-mel (frames, mel)."""
    ids: NDArray[np.int32]
    """Token ids of the reference's words and the line, shape (tokens,)."""
    frames: int
    """Frames of reference and line together."""


StepSeconds = Callable[[Backend, FidelityLine, Sampling], float]
"""Measures the seconds of a guided step of the line."""


@dataclass(frozen=True, slots=True)
class TriedPrecision:
    """A precision that was tested."""

    precision: str
    exact: frozenset[str]
    """Kinds of layer that stayed float32."""
    seconds: float
    """Seconds per guided step of the line."""
    distance: float | None
    """RMS difference of the log-mels in nepers; None if it was too slow to be sampled."""

    @property
    def name(self) -> str:
        """The precision with the kinds of layer that stay float32, as users read it."""
        return f"{self.precision} but {' and '.join(sorted(self.exact))}" if self.exact else self.precision


@dataclass(frozen=True, slots=True)
class FidelityResult:
    """Result of the test."""

    chosen: TriedPrecision
    limit: float
    """Distance of float32 with half the steps."""
    tested: tuple[TriedPrecision, ...]
    frames: int

    def __str__(self) -> str:
        tested = ", ".join(f"{one.name} {_figure(one)}" for one in self.tested if one.precision != EXACT)
        return f"runs as {self.chosen.name} (log-mel distance from fp32: {tested}; half the steps: {self.limit:.3g})"


def stored_fidelity(model: F5Model, cache_folder: Path) -> FidelityResult | None:
    """Return the stored result for a model on this processor, None if it has not been tested yet."""
    for folder in _folders(model, cache_folder):
        with suppress(ValueError, KeyError, TypeError):
            return _from_fields(read_measurements(folder / FILE)[_key(model)])
    return None


def measure_fidelity(model: F5Model, voice: Callable[[], Voice], cache_folder: Path) -> FidelityResult:
    """Test the precisions of a model and store the result. It takes a minute or two for a full model.

    Raises ModelError for damaged weights, EngineError if there is not enough memory or disk space.
    """
    from voiceover.engines.f5.onnx import LayerKind, load_backend

    check_memory(onnx_bytes(model, EXACT), model.name)
    log.warning("%s: testing which precision preserves its speech; this takes a few minutes, once per machine", model.name)
    started = time.monotonic()
    with staging_folder(cache_folder, "fidelity", EngineError) as staged:

        def load(precision: str, exact: frozenset[str]) -> Any:
            return load_backend(
                model.dit,
                model.vocoder,
                architecture=model.architecture,
                graph_folder=staged,
                digest=model.digest,
                precision=precision,
                exact=frozenset(LayerKind(kind) for kind in exact),
                threads=available_cores(),
            )

        result = compare_precisions(load, _line(model, voice()), PRESETS[model.facts.preset].sampling, FASTER, tuple(LayerKind))
    log.warning("%s: %s, tested in %.0f s", model.name, result, time.monotonic() - started)
    _save(model, result, cache_folder)
    return result


# ---------------------------------------------------------------- the comparison


def compare_precisions(
    load: Load,
    line: FidelityLine,
    sampling: Sampling,
    faster: Sequence[str],
    kinds: Sequence[str],
    seconds_of: StepSeconds | None = None,
) -> FidelityResult:
    """Test precisions, the fastest first, until one is good enough; float32 is the last.

    load        loads the networks in a precision
    line        the line to sample
    sampling    how it is sampled
    faster      precisions to test beside float32
    kinds       kinds of layer: if a precision spoils the speech, each of them stays float32 in turn
    seconds_of  seconds of a guided step, measured unless given

    Raises whatever ``load`` and the back end raise.
    """
    return _Comparison(load, line, sampling, seconds_of or _best_step).run(faster, kinds)


class _Comparison:
    """The line in float32, and the precisions tested so far."""

    def __init__(self, load: Load, line: FidelityLine, sampling: Sampling, seconds_of: StepSeconds) -> None:
        self.load, self.line, self.sampling, self.seconds_of = load, line, sampling, seconds_of
        backend = load(EXACT, frozenset())
        self.exact = TriedPrecision(EXACT, frozenset(), seconds_of(backend, line, sampling), 0.0)
        self.reference = _sampled(backend, line, sampling)
        half = _sampled(backend, line, replace(sampling, steps=max(1, sampling.steps // 2)))
        self.limit = _distance(half, self.reference, line)
        self.tested = [self.exact]

    def run(self, faster: Sequence[str], kinds: Sequence[str]) -> FidelityResult:
        """Return the first precision that is good enough, in the order of their speed."""
        timed = {precision: self.seconds_of(self.load(precision, frozenset()), self.line, self.sampling) for precision in faster}
        chosen = self.exact
        for precision in sorted(timed, key=lambda name: timed[name]):
            if timed[precision] * GAIN >= self.exact.seconds:
                self.tested.append(TriedPrecision(precision, frozenset(), timed[precision], None))
                continue
            whole = self.test(precision, frozenset())
            found = whole if self.is_good(whole) else self.mixed(precision, kinds) if precision in MIXED else None
            if found is not None:
                chosen = found
                break
        return FidelityResult(chosen, self.limit, tuple(self.tested), self.line.frames)

    def mixed(self, precision: str, kinds: Sequence[str]) -> TriedPrecision | None:
        """Return the precision with as few kinds of layer in float32 as possible, starting with those that spoil most."""
        alone = [self.test(precision, frozenset({kind})) for kind in kinds]
        passing = [one for one in alone if self.is_good(one)]
        if passing:
            return min(passing, key=lambda one: one.seconds)
        # The kind that spoils most is the one without which the result is nearest to float32.
        worst_first = [kind for one in sorted(alone, key=lambda one: one.distance or 0) for kind in one.exact]
        for count in range(2, len(kinds)):
            if self.is_good(found := self.test(precision, frozenset(worst_first[:count]))):
                return found
        return None

    def test(self, precision: str, exact: frozenset[str]) -> TriedPrecision:
        """Sample the line in a precision, with some kinds of layer in float32."""
        backend = self.load(precision, exact)
        distance = _distance(_sampled(backend, self.line, self.sampling), self.reference, self.line)
        found = TriedPrecision(precision, exact, self.seconds_of(backend, self.line, self.sampling), distance)
        log.info("%s, float32 in %s: distance %.3g of %.3g", precision, sorted(exact) or "nothing", distance, self.limit)
        self.tested.append(found)
        return found

    def is_good(self, one: TriedPrecision) -> bool:
        """Return True if the precision preserves the speech and is clearly faster than float32."""
        return one.distance is not None and one.distance < self.limit and one.seconds * GAIN < self.exact.seconds


def _sampled(backend: Backend, line: FidelityLine, sampling: Sampling) -> FloatArray:
    """Return the log-mel of reference and speech, (frames, mel)."""
    known_frames, bands = line.reference.shape
    cond = np.zeros((1, line.frames, bands), np.float32)
    cond[0, :known_frames] = line.reference
    known = np.arange(line.frames)[None] < known_frames
    noise = draw_noise(SEED, line.frames, bands)[None]
    found: FloatArray = sample(backend, cond=cond, known=known, ids=line.ids[None], noise=noise, sampling=sampling)[0]
    return found


def _distance(found: FloatArray, reference: FloatArray, line: FidelityLine) -> float:
    """Return the RMS difference over the generated frames; infinite if it contains NaN or infinity."""
    difference = (found - reference)[len(line.reference) :]
    rms = float(np.sqrt(np.mean(np.square(difference, dtype=np.float64))))
    return rms if math.isfinite(rms) else math.inf


def _best_step(backend: Backend, line: FidelityLine, sampling: Sampling) -> float:
    """Return the seconds of a guided step of the line, the better of two."""
    times = evaluation_times(time_grid(3, None), METHODS["euler"])
    cond = np.zeros((1, line.frames, line.reference.shape[1]), np.float32)
    return min(step_seconds(backend, Prompt(cond, line.ids[None], times, sampling.cfg_strength != 0)))


def step_seconds(backend: Steps, prompt: Prompt, longest: float = math.inf) -> list[float]:
    """Time each evaluation of ``prompt`` after a first one that warms up; start no other after ``longest`` seconds in all."""
    state = np.zeros_like(prompt.cond)
    backend.velocity(state, 0, prompt)
    times: list[float] = []
    for evaluation in range(1, len(prompt.times)):
        before = time.perf_counter()
        backend.velocity(state, evaluation, prompt)
        times.append(time.perf_counter() - before)
        if sum(times) > longest:
            break
    return times


# ---------------------------------------------------------------- its line and its file


def _line(model: F5Model, voice: Voice) -> FidelityLine:
    clip = next((style.clip for style in voice.styles.values() if style.clip is not None), None)
    if clip is None:
        raise EngineError(f"the voice {voice.name} has no recording to test {model.name} with")
    audio = read_clip(clip)
    part = min(1.0, REFERENCE_SECONDS * audio.sample_rate / len(audio.samples))
    samples = audio.samples[: int(len(audio.samples) * part)]
    words = clip.text[: max(1, int(len(clip.text) * part))]
    reference = prepare_reference(Audio(samples, audio.sample_rate), words, str(clip.path))
    text = closed(TEXT)
    known = set(model.vocab)
    spoken = [token for token in tokenize(reference.text + text) if token in known]
    ids = Vocab(model.vocab).ids(spoken or [model.vocab[0]])
    generated = byte_rule(reference.pace_frames, reference.text, text, 1.0)
    return FidelityLine(reference.mel, ids, total_frames(generated, len(reference.mel), len(ids)))


def _figure(one: TriedPrecision) -> str:
    return f"no faster, {one.seconds:.3g} s per step" if one.distance is None else f"{one.distance:.3g}, {one.seconds:.3g} s per step"


def _key(model: F5Model) -> str:
    return f"{processor_name()}, {model.facts.preset}, r{REVISION}, {model.digest}"


def _folders(model: F5Model, cache_folder: Path) -> tuple[Path, ...]:
    """Return the folders that may hold the result: the model's, then the cache."""
    return (cache_folder,) if model.folder is None else (model.folder, cache_folder)


def _save(model: F5Model, result: FidelityResult, cache_folder: Path) -> None:
    for folder in _folders(model, cache_folder):
        try:
            save_measurement(folder / FILE, _key(model), _fields(result), "save the precision")
        except EngineError as error:
            log.info("%s", error)
            continue
        return
    log.warning("the precision of %s cannot be saved; it will be tested again", model.name)


def _fields(result: FidelityResult) -> dict[str, Any]:
    """Return the result as it is stored; the names of the fields are part of the file format."""
    tested = [
        {"precision": one.precision, "exact": sorted(one.exact), "seconds": one.seconds, "distance": _number(one.distance)}
        for one in result.tested
    ]
    return {"chosen": result.tested.index(result.chosen), "limit": result.limit, "frames": result.frames, "heard": tested}


def _number(distance: float | None) -> float | None:
    """Return a number that JSON has: it has no infinity."""
    return None if distance is None or not np.isfinite(distance) else distance


def _from_fields(fields: dict[str, Any]) -> FidelityResult:
    tested = tuple(TriedPrecision(one["precision"], frozenset(one["exact"]), one["seconds"], one["distance"]) for one in fields["heard"])
    return FidelityResult(tested[fields["chosen"]], fields["limit"], tested, fields["frames"])
