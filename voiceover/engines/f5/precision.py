"""What a model is run in: as asked, or whatever is fastest here.

Stored quantized need not mean run quantized: at the shapes of a step, 4-bit products are slower than dense ones on some GPUs, bf16 is
slower than fp16 on others, and some lack one or the other. On a CPU half precision is never faster.
"""

from __future__ import annotations

import hashlib
import logging
import math
import os
import platform
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from voiceover.engines.f5.configs import Architecture
from voiceover.engines.f5.kept import keep, read_kept
from voiceover.errors import EngineError, EngineOptionError, ModelError
from voiceover.system.extras import how_to_install
from voiceover.tensors.named import InstalledModel

PRECISIONS = ("auto", "fp32", "fp16", "bf16", "quantized")
"""Of MLX."""
KEPT = "precision.json"
REVISION = 1
"""Raise it when ``auto`` is measured in another way."""
GAIN = 1.15
"""How much faster another precision must be than one further up in ``_ORDER``: ties must not flip from run to run."""
_ORDER = ("quantized", "fp32", "fp16", "bf16")
"""Least memory first, then the most exact."""
_OF_DEVICE = {"cpu": ("quantized", "fp32"), "gpu": _ORDER}
WORKING_BYTES = 300_000_000
"""What speaking takes besides the weights."""
_BYTES_A_VALUE = {"fp32": 4, "fp16": 2, "bf16": 2}
_CHOSEN = "chosen"
_FIRST_BLOCK = "transformer.transformer_blocks.0."

log = logging.getLogger(__name__)


def choose_precision(model: InstalledModel, asked: str, cache_folder: Path, *, cpu_only: bool = False) -> str:
    """The precision to run ``model`` in: fp32, fp16, bf16 or quantized.

    ``auto`` times a guided step of the model's first blocks in each, once for a machine and a model. What it chose is kept in
    ``cache_folder``, and holds even when memory becomes scarce: it is part of the takes' addresses, and must not wander. ``cpu_only`` says
    that the machine's GPU is not used.

    Raises EngineOptionError for a precision that is not known, and for ``quantized`` where the model is not; EngineError where MLX must be
    asked and is not there; ModelError for weights that are damaged.
    """
    if asked not in PRECISIONS:
        raise EngineOptionError(f'MLX has no precision "{asked}"; it has {", ".join(PRECISIONS)}; --backend onnx has others')
    if asked == "auto":
        return _auto(model, cache_folder, cpu_only)
    if asked == "quantized":
        check_quantized(model)
    return asked


def check_quantized(model: InstalledModel) -> None:
    """Raise EngineOptionError for a model whose matrices are dense."""
    if quantization(model) is None:
        cure = f"take another --precision, or quantize it: voiceover models quantize {model.name}"
        raise EngineOptionError(f"{model.name} is not quantized; {cure}")


def quantization(model: InstalledModel) -> tuple[int, int] | None:
    """Bits and group size of the first quantized matrix of a model's first block, None if all of them are dense.

    A matrix whose width no group size divides is stored dense in a quantized model, too.
    """
    for name in model.dit.names():
        if name.startswith(_FIRST_BLOCK) and (found := model.dit.quantized(name)) is not None:
            return found.bits, found.group_size
    return None


def fastest(seconds: Mapping[str, float], model: InstalledModel) -> str:
    """The precision that is clearly fastest of those that fit into memory; of equals the first in ``_ORDER``."""
    free = free_memory() or math.inf
    known = [name for name in _ORDER if name in seconds]
    fitting = [name for name in known if needed_bytes(model, name) < free]
    best, *others = fitting or [min(known, key=lambda name: needed_bytes(model, name))]
    for name in others:
        if seconds[best] > GAIN * seconds[name]:
            best = name
    return best


def measured(candidates: Sequence[str], measure: Callable[[str], float]) -> dict[str, float]:
    """Seconds of each candidate, without those that the device cannot run or that give no numbers."""
    found: dict[str, float] = {}
    for precision in candidates:
        try:
            seconds = measure(precision)
        except ModelError:
            if precision == "quantized":  # a group size that MLX does not have; dense, the model may run
                continue
            raise
        except Exception as error:  # MLX raises whatever its device says: RuntimeError, ValueError, NotImplementedError
            log.info("precision %s cannot be run here: %s", precision, error)
            continue
        if math.isfinite(seconds):
            found[precision] = seconds
    return found


def machine() -> str:
    """What the speed of a precision depends on besides the model, as far as can be told without loading MLX."""
    return ", ".join((platform.system(), platform.machine(), processor_name(), graphics_names(), f"mlx {_version('mlx')}"))


def needed_bytes(model: InstalledModel, precision: str) -> int:
    """Memory that a model takes at a precision, roughly."""
    if precision == "quantized":
        return model.bytes + WORKING_BYTES
    values = sum(math.prod(model.dit.shape(name)) for name in model.dit.names())
    others = [weights for weights in (model.vocoder, model.duration) if weights is not None]
    rest = sum(4 * math.prod(weights.shape(name)) for weights in others for name in weights.names())
    return values * _BYTES_A_VALUE[precision] + rest + WORKING_BYTES


def check_memory(needed: int, name: str) -> None:
    """Raise EngineError where the machine clearly has not ``needed`` bytes of memory."""
    free = free_memory()
    if free is not None and free < needed:
        raise EngineError(
            f"{name} needs about {needed / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free; take a smaller model "
            "(f5-tts-mlx-4bit), or --precision quantized, or fewer --jobs"
        )


def free_memory() -> int | None:
    """Bytes of memory that a process could get: what Linux says is available, elsewhere all that the machine has."""
    with suppress(OSError, ValueError, IndexError, StopIteration):
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    with suppress(OSError, ValueError, AttributeError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


# ---------------------------------------------------------------- auto


def _auto(model: InstalledModel, cache_folder: Path, cpu_only: bool) -> str:
    path = cache_folder / KEPT
    key = f"{machine()}{', CPU only' if cpu_only else ''}: {_model_key(model)}"
    entry = read_kept(path).get(key)
    seconds = {name: entry[name] for name in _ORDER if isinstance(entry.get(name), float)} if isinstance(entry, dict) else {}
    if isinstance(entry, dict) and entry.get(_CHOSEN) in seconds:
        return str(entry[_CHOSEN])
    if not seconds:
        seconds = _measure(model)
    chosen = fastest(seconds, model)
    log.info("%s runs as %s here: %s", model.name, chosen, ", ".join(f"{name} {1e3 * took:.3g} ms" for name, took in seconds.items()))
    try:
        keep(path, key, {**seconds, _CHOSEN: chosen}, "keep the measurement")
    except EngineError as error:
        log.warning("%s; precision auto will be measured again", error)
    return chosen


def _measure(model: InstalledModel) -> dict[str, float]:
    try:
        from voiceover.engines.f5.mlx.loading import Precision
        from voiceover.engines.f5.mlx.step_speed import choosing_seconds, device_kind
    except ImportError as error:
        raise EngineError(f"MLX is not installed or cannot be loaded ({error}); {how_to_install('mlx')}") from error
    left_out = () if quantization(model) else ("quantized",)
    candidates = [name for name in _OF_DEVICE[device_kind()] if name not in left_out]
    if len(candidates) == 1:
        return {candidates[0]: 0.0}
    found = measured(candidates, lambda name: choosing_seconds(model.dit, Architecture(model.architecture), Precision(name)))
    if not found:
        raise EngineError(f"{model.name}: no precision gives numbers on this machine; try --precision fp32")
    return found


def _model_key(model: InstalledModel) -> str:
    return hashlib.sha256(f"{REVISION} {model.architecture} {model.digest}".encode()).hexdigest()


def processor_name() -> str:
    """The processor as its maker calls it; empty where the system does not say."""
    if platform.system() == "Darwin":
        with suppress(OSError, subprocess.SubprocessError):
            asked = subprocess.run(["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True, timeout=5)
            return asked.stdout.strip()
    with suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return platform.processor()


def graphics_names() -> str:
    """The NVIDIA cards of a Linux machine, with commas between."""
    cards = []
    for path in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information")):
        with suppress(OSError):
            cards += [
                line.partition(":")[2].strip() for line in path.read_text("utf-8", "replace").splitlines() if line.startswith("Model")
            ]
    return ", ".join(cards)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
