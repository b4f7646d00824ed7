"""Precision ``auto`` on onnxruntime: heard once for a model and a processor, and kept beside the model."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from voiceover.audio.files import read_clip
from voiceover.engines.f5.audition import EXACT, Heard, Line, Verdict, audition
from voiceover.engines.f5.configs import Architecture
from voiceover.engines.f5.duration import byte_rule, total_frames
from voiceover.engines.f5.kept import keep, read_kept
from voiceover.engines.f5.precision import WORKING_BYTES, check_memory, processor_name
from voiceover.engines.f5.presets import PRESETS
from voiceover.engines.f5.reference import prepare_reference
from voiceover.engines.f5.text import Vocab, closed, tokenize
from voiceover.errors import EngineError
from voiceover.system.cpu import available_cores
from voiceover.system.files import staging_folder
from voiceover.tensors.named import InstalledModel
from voiceover.types import Audio, Voice

REVISION = 1
"""Raise it when precisions are tried in another way."""
KEPT = "precision.json"
TEXT = "The rain has stopped."
REFERENCE_SECONDS = 2.5
"""Of the voice's clip: what is compared is numbers, and a long reference would only take longer."""
FASTER = ("int8", "int4", "int8w")
_BITS = {"fp32": 32.0, "int8": 8.0, "int8w": 9.0, "int4": 5.0}
"""Of a value in the blocks' matrices, scales included."""

log = logging.getLogger(__name__)


def kept_verdict(model: InstalledModel, cache_folder: Path) -> Verdict | None:
    """What was found for this model on this processor, None where it has not been heard yet."""
    for folder in _folders(model, cache_folder):
        with suppress(ValueError, KeyError, TypeError):
            return _verdict(read_kept(folder / KEPT)[_key(model)])
    return None


def hear(model: InstalledModel, voice: Callable[[], Voice], cache_folder: Path) -> Verdict:
    """Try the precisions on a model, and keep what was found. It takes a minute or two of a full model.

    Raises ModelError for weights that are damaged, EngineError where there is no memory for it, or no room for the graphs.
    """
    from voiceover.engines.f5.onnx import Kind, load_backend

    check_memory(onnx_bytes(model, EXACT), model.name)
    log.warning("%s: finding the fastest precision that leaves its speech as it is; once for this machine, a few minutes", model.name)
    started = time.monotonic()
    with staging_folder(cache_folder, "hearing", EngineError) as room:

        def load(precision: str, exact: frozenset[str]) -> Any:
            return load_backend(
                model.dit,
                model.vocoder,
                architecture=Architecture(model.architecture),
                graph_folder=room,
                digest=model.digest,
                precision=precision,
                exact=frozenset(Kind(kind) for kind in exact),
                threads=available_cores(),
            )

        verdict = audition(load, _line(model, voice()), PRESETS[model.preset].sampling, FASTER, tuple(Kind))
    log.warning("%s: %s, found in %.0f s", model.name, told(verdict), time.monotonic() - started)
    _keep(model, verdict, cache_folder)
    return verdict


def told(verdict: Verdict) -> str:
    """One line with the figures."""
    tried = ", ".join(f"{name_of(one)} {_figure(one)}" for one in verdict.heard if one.precision != EXACT)
    return f"runs as {name_of(verdict.chosen)} (log-mel distance from fp32: {tried}; half the steps: {verdict.limit:.3g})"


def name_of(heard: Heard) -> str:
    """A precision with what stays float32 in it."""
    return f"{heard.precision} but {' and '.join(sorted(heard.exact))}" if heard.exact else heard.precision


def onnx_bytes(model: InstalledModel, precision: str) -> int:
    """Memory that a model takes on onnxruntime, roughly: its modulations are read when they are needed, and not kept."""
    total = 0.0
    for name in model.dit.names():
        if "attn_norm" in name or "norm_out" in name:
            continue
        matrix = name.endswith("weight") and (".attn.to_" in name or ".ff.ff." in name)
        total += math.prod(model.dit.shape(name)) * (_BITS[precision] if matrix else 32) / 8
    others = [weights for weights in (model.vocoder, model.duration) if weights is not None]
    return int(total) + sum(4 * math.prod(weights.shape(name)) for weights in others for name in weights.names()) + WORKING_BYTES


def _figure(heard: Heard) -> str:
    return f"no faster, {heard.seconds:.3g} s a step" if heard.distance is None else f"{heard.distance:.3g}, {heard.seconds:.3g} s a step"


def _line(model: InstalledModel, voice: Voice) -> Line:
    clip = next((style.clip for style in voice.styles.values() if style.clip is not None), None)
    if clip is None:
        raise EngineError(f"voice {voice.name} has no recording to try {model.name} with")
    audio = read_clip(clip)
    kept = min(1.0, REFERENCE_SECONDS * audio.sample_rate / len(audio.samples))
    samples = audio.samples[: int(len(audio.samples) * kept)]
    words = clip.text[: max(1, int(len(clip.text) * kept))]
    reference = prepare_reference(Audio(samples, audio.sample_rate), words, str(clip.path))
    text = closed(TEXT)
    known = set(model.vocab)
    spoken = [token for token in tokenize(reference.text + text) if token in known]
    ids = Vocab(model.vocab).ids(spoken or [model.vocab[0]])
    generated = byte_rule(reference.pace_frames, reference.text, text, 1.0)
    return Line(reference.mel, ids, total_frames(generated, len(reference.mel), len(ids)))


def _key(model: InstalledModel) -> str:
    return f"{processor_name()}, {model.preset}, r{REVISION}, {model.digest}"


def _folders(model: InstalledModel, cache_folder: Path) -> tuple[Path, ...]:
    """Beside the model, else in the cache."""
    return (cache_folder,) if model.folder is None else (model.folder, cache_folder)


def _keep(model: InstalledModel, verdict: Verdict, cache_folder: Path) -> None:
    for folder in _folders(model, cache_folder):
        try:
            keep(folder / KEPT, _key(model), _fields(verdict), "keep the precision")
        except EngineError as error:
            log.info("%s", error)
            continue
        return
    log.warning("the precision found for %s cannot be kept; it will be looked for again", model.name)


def _fields(verdict: Verdict) -> dict[str, Any]:
    heard = [
        {"precision": one.precision, "exact": sorted(one.exact), "seconds": one.seconds, "distance": _number(one.distance)}
        for one in verdict.heard
    ]
    return {"chosen": verdict.heard.index(verdict.chosen), "limit": verdict.limit, "frames": verdict.frames, "heard": heard}


def _number(distance: float | None) -> float | None:
    """JSON has no infinity."""
    return None if distance is None or not np.isfinite(distance) else distance


def _verdict(fields: dict[str, Any]) -> Verdict:
    heard = tuple(Heard(one["precision"], frozenset(one["exact"]), one["seconds"], one["distance"]) for one in fields["heard"])
    return Verdict(heard[fields["chosen"]], fields["limit"], heard, fields["frames"])
