"""The precisions of a model: which exist, the memory they need, and which one is fastest on MLX.

A model that is stored quantized need not run quantized: at the shapes of a step, 4-bit products are slower than dense ones on some GPUs,
bf16 is slower than fp16 on others, and some GPUs lack one of them. On a CPU half precision is never faster.
"""

from __future__ import annotations

import hashlib
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from voiceover.engines.f5.choices import AS_STORED, AUTO, MLX_PRECISIONS, ONNX_PRECISIONS, MLXPrecision
from voiceover.engines.f5.choose.machine import free_memory, machine_name, read_measurements, save_measurement
from voiceover.engines.f5.weights.model import F5Model
from voiceover.errors import EngineError, EngineOptionError, ModelError
from voiceover.system.extras import how_to_install

FILE = "precision.json"
REVISION = 1
"""Increase it when ``auto`` is measured in another way."""
GAIN = 1.15
"""Factor by which a precision must be faster than those before it in ``_ORDER``, so that ties do not flip between runs."""
_ORDER = ("quantized", "fp32", "fp16", "bf16")
"""Least memory first, then the most exact."""
_BY_DEVICE = {"cpu": ("quantized", "fp32"), "gpu": _ORDER}
WORKING_BYTES = 300_000_000
"""Memory that speaking needs besides the weights."""
_BYTES_PER_VALUE = {"fp32": 4, "fp16": 2, "bf16": 2}
_BITS_PER_VALUE = {"fp32": 32.0, "int8": 8.0, "int8w": 9.0, "int4": 5.0}
"""Bits per value of the blocks' matrices on onnxruntime, scales included."""
_CHOSEN = "chosen"
_FIRST_BLOCK = "transformer.transformer_blocks.0."

log = logging.getLogger(__name__)


# ---------------------------------------------------------------- what is stored


def quantization(model: F5Model) -> tuple[int, int] | None:
    """Return bits and group size of the first quantized matrix in a model's first block, None if all are dense.

    A matrix whose width is not a multiple of any group size is stored dense even in a quantized model.
    """
    for name in model.dit.names():
        if name.startswith(_FIRST_BLOCK) and (found := model.dit.quantized(name)) is not None:
            return found.bits, found.group_size
    return None


def check_quantized(model: F5Model) -> None:
    """Raise EngineOptionError for a model whose matrices are dense."""
    if quantization(model) is None:
        advice = f"take another --precision, or quantize it: voiceover models quantize {model.name}"
        raise EngineOptionError(f"{model.name} is not quantized; {advice}")


# ---------------------------------------------------------------- memory


def check_memory(needed: int, name: str) -> None:
    """Raise EngineError if the machine clearly lacks ``needed`` bytes of memory for the model ``name``."""
    free = free_memory()
    if free is not None and free < needed:
        raise EngineError(
            f"{name} needs about {needed / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free; take a smaller model "
            "(f5-tts-mlx-4bit), or --precision quantized, or fewer --jobs"
        )


def mlx_bytes(model: F5Model, precision: str) -> int:
    """Return the approximate memory that a model needs on MLX."""
    if precision == AS_STORED:
        return model.bytes + WORKING_BYTES
    values = sum(math.prod(model.dit.shape(name)) for name in model.dit.names())
    return values * _BYTES_PER_VALUE[precision] + _other_bytes(model) + WORKING_BYTES


def onnx_bytes(model: F5Model, precision: str) -> int:
    """Return the approximate memory that a model needs on onnxruntime. Modulations do not count: they are read on demand."""
    total = 0.0
    for name in model.dit.names():
        if "attn_norm" in name or "norm_out" in name:
            continue
        matrix = name.endswith("weight") and (".attn.to_" in name or ".ff.ff." in name)
        total += math.prod(model.dit.shape(name)) * (_BITS_PER_VALUE[precision] if matrix else 32) / 8
    return int(total) + _other_bytes(model) + WORKING_BYTES


def _other_bytes(model: F5Model) -> int:
    """Return the bytes of vocoder and duration predictor, which run in float32."""
    others = [weights for weights in (model.vocoder, model.duration) if weights is not None]
    return sum(4 * math.prod(weights.shape(name)) for weights in others for name in weights.names())


# ---------------------------------------------------------------- on onnxruntime


def onnx_precision(model: F5Model, setting: str) -> str:
    """Return a precision of onnxruntime; ``quantized`` and ``auto`` give the one in which the stored weights are exact.

    Raises EngineOptionError for an unknown precision, and for ``quantized`` if the model is dense.
    """
    stored = quantization(model)
    if setting == AS_STORED:
        check_quantized(model)
    if setting in {AS_STORED, AUTO}:
        return "fp32" if stored is None else "int4" if stored[0] == 4 else "int8w"
    if setting not in ONNX_PRECISIONS:
        known = f"it has auto, {', '.join(ONNX_PRECISIONS)}"
        raise EngineOptionError(f'onnxruntime has no precision "{setting}"; {known}; --backend mlx has others')
    return setting


# ---------------------------------------------------------------- on MLX


def mlx_precision(model: F5Model, setting: str, cache_folder: Path, *, cpu_only: bool = False) -> str:
    """Return a precision of MLX: fp32, fp16, bf16 or quantized.

    ``auto`` times a guided step of the model's first blocks in each, once per machine and model. The result is stored in
    ``cache_folder`` and stays valid even if memory becomes scarce: it is part of the takes' addresses. ``cpu_only`` is True if the GPU
    is not used.

    Raises EngineOptionError for an unknown precision, and for ``quantized`` if the model is dense; EngineError if MLX is needed and
    missing; ModelError for damaged weights.
    """
    if setting not in (AUTO, *MLX_PRECISIONS):
        raise EngineOptionError(f'MLX has no precision "{setting}"; it has {AUTO}, {", ".join(MLX_PRECISIONS)}; --backend onnx has others')
    if setting == AUTO:
        return _auto(model, cache_folder, cpu_only)
    if setting == AS_STORED:
        check_quantized(model)
    return setting


def fastest(seconds: Mapping[str, float], model: F5Model) -> str:
    """Return the precision that is clearly fastest among those that fit into memory, or the first in ``_ORDER`` if several are."""
    free = free_memory() or math.inf
    known = [name for name in _ORDER if name in seconds]
    fitting = [name for name in known if mlx_bytes(model, name) < free]
    best, *others = fitting or [min(known, key=lambda name: mlx_bytes(model, name))]
    for name in others:
        if seconds[best] > GAIN * seconds[name]:
            best = name
    return best


def measured(candidates: Sequence[str], measure: Callable[[str], float]) -> dict[str, float]:
    """Return the seconds of each candidate, without those that the device cannot run or that give NaN or infinity."""
    found: dict[str, float] = {}
    for precision in candidates:
        try:
            seconds = measure(precision)
        except ModelError:
            if precision == AS_STORED:  # a group size that MLX lacks; the model may still run dense
                continue
            raise
        except Exception as error:  # MLX raises RuntimeError, ValueError, NotImplementedError, depending on the device
            log.info("precision %s cannot run here: %s", precision, error)
            continue
        if math.isfinite(seconds):
            found[precision] = seconds
    return found


def _auto(model: F5Model, cache_folder: Path, cpu_only: bool) -> str:
    path = cache_folder / FILE
    key = f"{machine_name()}{', CPU only' if cpu_only else ''}: {_model_key(model)}"
    entry = read_measurements(path).get(key)
    seconds = {name: entry[name] for name in _ORDER if isinstance(entry.get(name), float)} if isinstance(entry, dict) else {}
    if isinstance(entry, dict) and entry.get(_CHOSEN) in seconds:
        return str(entry[_CHOSEN])
    if not seconds:
        seconds = _measure(model)
    chosen = fastest(seconds, model)
    log.info("%s runs as %s here: %s", model.name, chosen, ", ".join(f"{name} {1e3 * took:.3g} ms" for name, took in seconds.items()))
    try:
        save_measurement(path, key, {**seconds, _CHOSEN: chosen}, "save the measurement")
    except EngineError as error:
        log.warning("%s; precision auto will be measured again", error)
    return chosen


def _measure(model: F5Model) -> dict[str, float]:
    try:
        from voiceover.engines.f5.mlx.step_speed import choosing_seconds, device_kind
    except ImportError as error:
        raise EngineError(f"MLX is not installed or cannot be loaded ({error}); {how_to_install('mlx')}") from error
    left_out = () if quantization(model) else (AS_STORED,)
    candidates = [name for name in _BY_DEVICE[device_kind()] if name not in left_out]
    if len(candidates) == 1:
        return {candidates[0]: 0.0}
    found = measured(candidates, lambda name: choosing_seconds(model.dit, model.architecture, MLXPrecision(name)))
    if not found:
        raise EngineError(f"{model.name}: every precision gives NaN or infinity on this machine; try --precision fp32")
    return found


def _model_key(model: F5Model) -> str:
    return hashlib.sha256(f"{REVISION} {model.architecture} {model.digest}".encode()).hexdigest()
