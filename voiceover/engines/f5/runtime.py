"""What the networks of a model are run on, and in."""

from __future__ import annotations

import importlib.util
import logging
import math
import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from voiceover.engines.f5.backend import Backend
from voiceover.engines.f5.configs import Architecture
from voiceover.engines.f5.device import cuda_verdict, settle_device
from voiceover.engines.f5.hearing import hear, kept_verdict, name_of, onnx_bytes
from voiceover.engines.f5.precision import (
    PRECISIONS,
    WORKING_BYTES,
    check_memory,
    check_quantized,
    choose_precision,
    free_memory,
    needed_bytes,
    quantization,
)
from voiceover.errors import EngineError, EngineOptionError
from voiceover.system.cpu import available_cores
from voiceover.system.extras import how_to_install
from voiceover.tensors.named import InstalledModel
from voiceover.types import Voice

BACKENDS = ("auto", "mlx", "onnx")
MLX, ONNX = "mlx", "onnx"
NAMES = {MLX: "MLX", ONNX: "onnxruntime"}
NOTHING = f"neither MLX nor onnxruntime is installed; {how_to_install('onnx')}"
OF_ONNX = ("fp32", "int8", "int8w", "int4")
"""Precisions of onnxruntime, on whatever processor."""
GRAPHS = "graphs"
LEAST_BYTES = WORKING_BYTES + 100_000_000
"""Of a model in float32 that is worth a search for what is faster."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Runtime:
    """A model's networks before they are loaded."""

    backend: str
    """``mlx`` or ``onnx``."""
    precision: str
    """As it enters the fingerprint."""
    why: str
    """This back end, in one line."""
    load: Callable[[], Backend]
    """Raises ModelError or EngineError where that cannot be."""
    step: tuple[int, float] | None = None
    """Frames, and the seconds that a guided step of them was found to take; None where nobody has measured."""


def choose_runtime(
    model: InstalledModel, options: Mapping[str, str], cache_folder: Path, trial_voice: Callable[[], Voice] | None
) -> Runtime:
    """What ``options`` name (``backend``, ``precision``), else what is fastest here without audible loss.

    Raises EngineOptionError for what is not known, or not there; EngineError where nothing is; ModelError for weights that are damaged.
    """
    backend, why = choose_backend(options.get("backend", "auto"), cache_folder)
    asked = options.get("precision", "auto")
    if backend == ONNX:
        return _on_onnx(model, asked, cache_folder, trial_voice, why)
    trusted = settle_device(cache_folder)
    precision = choose_precision(model, asked, cache_folder, cpu_only=not trusted)
    return Runtime(MLX, precision, why, lambda: _load_mlx(model, precision))


def choose_backend(asked: str, cache_folder: Path) -> tuple[str, str]:
    """``mlx`` or ``onnx``, and why in one line.

    Raises EngineOptionError for a back end that is not known or not installed, EngineError where none is.
    """
    if asked not in BACKENDS:
        raise EngineOptionError(f'there is no back end "{asked}"; F5 has {", ".join(BACKENDS)}')
    there = installed_backends()
    if asked != "auto":
        if asked not in there:
            raise EngineOptionError(f"the back end {asked} is not installed; {how_to_install(asked)}")
        return asked, f"on {NAMES[asked]} as asked"
    if not there:
        raise EngineError(NOTHING)
    if MLX in there and platform.system() == "Darwin" and platform.machine() == "arm64":
        return MLX, "on MLX with Metal: this is Apple silicon"
    verdict = cuda_verdict(cache_folder) if MLX in there else None
    if verdict is not None and verdict.passed:
        return MLX, "on MLX with CUDA: the golden call of the DiT passes"
    why = "there is no GPU that MLX runs on" if verdict is None else f"MLX on CUDA is not used: {verdict.why}"
    if ONNX in there:
        return ONNX, f"on the CPU by onnxruntime: {why}"
    return MLX, f"on the CPU by MLX: {why}, and onnxruntime is not installed"


def precisions_of(backend: str) -> tuple[str, ...]:
    """Every precision of a back end but ``auto``, which is one of the others."""
    return OF_ONNX if backend == ONNX else tuple(name for name in PRECISIONS if name != "auto")


def worth_hearing(model: InstalledModel) -> bool:
    """Whether a model is so large that a faster precision is looked for."""
    return onnx_bytes(model, "fp32") > LEAST_BYTES


def installed_backends() -> tuple[str, ...]:
    """Those whose packages are there."""
    needed = {MLX: ("mlx",), ONNX: ("onnxruntime", "onnx")}
    return tuple(name for name, packages in needed.items() if all(importlib.util.find_spec(package) for package in packages))


def _on_onnx(model: InstalledModel, asked: str, cache_folder: Path, trial_voice: Callable[[], Voice] | None, why: str) -> Runtime:
    precision, exact, step = _onnx_precision(model, asked), frozenset[str](), None
    told = precision
    if asked == "auto" and worth_hearing(model):
        verdict = kept_verdict(model, cache_folder)
        fits = (free_memory() or math.inf) >= onnx_bytes(model, "fp32")
        if verdict is None and trial_voice is not None and fits:
            verdict = hear(model, trial_voice, cache_folder)
        if verdict is None and not fits:
            log.warning("%s runs as %s: not enough memory to test which precision is good enough", model.name, precision)
        elif verdict is None:
            log.info("%s runs as %s: no voice to test which precision is good enough", model.name, precision)
        else:
            chosen = verdict.chosen
            precision, exact, step, told = chosen.precision, chosen.exact, (verdict.frames, chosen.seconds), name_of(chosen)
    return Runtime(ONNX, told, why, lambda: _load_onnx(model, precision, exact, cache_folder), step)


def _onnx_precision(model: InstalledModel, asked: str) -> str:
    """A precision of onnxruntime: ``quantized`` and ``auto`` by what is stored, which is exact."""
    stored = quantization(model)
    if asked == "quantized":
        check_quantized(model)
    if asked in {"quantized", "auto"}:
        return "fp32" if stored is None else "int4" if stored[0] == 4 else "int8w"
    if asked not in OF_ONNX:
        has = f"it has auto, {', '.join(OF_ONNX)}"
        raise EngineOptionError(f'onnxruntime has no precision "{asked}"; {has}; --backend mlx has others')
    return asked


def _load_onnx(model: InstalledModel, precision: str, exact: frozenset[str], cache_folder: Path) -> Backend:
    check_memory(onnx_bytes(model, precision), model.name)
    try:
        from voiceover.engines.f5.onnx import Kind, load_backend
    except ImportError as error:
        raise EngineError(f"onnxruntime cannot be loaded ({error}); {how_to_install('onnx')}") from error
    beside = model.folder is not None and os.access(model.folder, os.W_OK)
    return load_backend(
        model.dit,
        model.vocoder,
        model.duration,
        architecture=Architecture(model.architecture),
        graph_folder=(model.folder if beside and model.folder else cache_folder) / GRAPHS,
        digest=model.digest,
        precision=precision,
        exact=frozenset(Kind(kind) for kind in exact),
        threads=available_cores(),
    )


def _load_mlx(model: InstalledModel, precision: str) -> Backend:
    check_memory(needed_bytes(model, precision), model.name)
    try:
        from voiceover.engines.f5.mlx import Precision, load_backend
    except ImportError as error:
        raise EngineError(f"MLX cannot be loaded ({error}); {how_to_install('mlx')}") from error
    architecture = Architecture(model.architecture)
    return load_backend(model.dit, model.vocoder, model.duration, architecture=architecture, precision=Precision(precision))
