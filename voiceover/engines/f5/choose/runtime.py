"""What runs a model: its back end and precision, and the networks loaded accordingly.

A CUDA device is used only if the self-test has passed on it.
"""

from __future__ import annotations

import importlib.util
import logging
import math
import os
import platform
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from multiprocessing import parent_process
from pathlib import Path

from voiceover.engines.f5.backend import Backend
from voiceover.engines.f5.choices import AUTO, BACKENDS, MLX_PRECISIONS, ONNX_PRECISIONS, BackendName, MLXPrecision
from voiceover.engines.f5.choose.fidelity import measure_fidelity, stored_fidelity
from voiceover.engines.f5.choose.golden_call import REVISION, Compute, DeviceCheck, check_device
from voiceover.engines.f5.choose.machine import (
    free_memory,
    graphics_driver,
    machine_name,
    package_version,
    read_measurements,
    save_measurement,
)
from voiceover.engines.f5.choose.precision import WORKING_BYTES, check_memory, mlx_bytes, mlx_precision, onnx_bytes, onnx_precision
from voiceover.engines.f5.weights.model import F5Model
from voiceover.errors import EngineError, EngineOptionError
from voiceover.system.cpu import available_cores
from voiceover.system.extras import how_to_install
from voiceover.types import Voice
from voiceover.types.lazy_dataclass import dataclass

MLX, ONNX = BackendName.MLX.value, BackendName.ONNX.value
TITLES = {MLX: "MLX", ONNX: "onnxruntime"}
PACKAGES = {MLX: ("mlx",), ONNX: ("onnxruntime", "onnx")}
NOTHING_INSTALLED = f"neither MLX nor onnxruntime is installed; {how_to_install('onnx')}"
CUDA_PACKAGES = ("mlx-cuda", "mlx-cuda-12", "mlx-cuda-13")
"""Packages with MLX's CUDA back end, by CUDA version."""
PLAIN_BLAS = "pip's MLX for Linux CPUs links a plain BLAS (about 2 GFLOP/s): correct, but far too slow for the full model"
CHECK_FILE = "self_check.json"
GRAPHS = "graphs"
LEAST_BYTES = WORKING_BYTES + 100_000_000
"""A model that needs less memory in float32 is not worth a search for a faster precision."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Runtime:
    """A model's networks before they are loaded."""

    backend: str
    """``mlx`` or ``onnx``."""
    precision: str
    """The precision as it enters the fingerprint."""
    why: str
    """Reason for this back end, in one line."""
    load: Callable[[], Backend]
    """Loads the networks. Raises ModelError or EngineError if they cannot be loaded."""
    step: tuple[int, float] | None = None
    """Frames and measured seconds of a guided step; None if it has not been measured."""


def choose_runtime(model: F5Model, options: Mapping[str, str], cache_folder: Path, trial_voice: Callable[[], Voice] | None) -> Runtime:
    """Return the back end and precision in ``options``, otherwise the fastest ones here that preserve the speech.

    Raises EngineOptionError for options that are unknown or not available, EngineError if no back end is installed, ModelError for
    damaged weights.
    """
    backend, why = choose_backend(options.get("backend", AUTO), cache_folder)
    setting = options.get("precision", AUTO)
    if backend == ONNX:
        return _onnx_runtime(model, setting, cache_folder, trial_voice, why)
    gpu_allowed = prepare_device(cache_folder)
    precision = mlx_precision(model, setting, cache_folder, cpu_only=not gpu_allowed)
    return Runtime(MLX, precision, why, lambda: _load_mlx(model, precision))


def choose_backend(setting: str, cache_folder: Path) -> tuple[str, str]:
    """Return ``mlx`` or ``onnx``, and the reason in one line.

    Raises EngineOptionError for a back end that is unknown or not installed, EngineError if none is installed.
    """
    if setting not in BACKENDS:
        raise EngineOptionError(f'there is no back end "{setting}"; F5 has {", ".join(BACKENDS)}')
    installed = installed_backends()
    if setting != AUTO:
        if setting not in installed:
            raise EngineOptionError(f"the back end {setting} is not installed; {how_to_install(setting)}")
        return setting, f"on {TITLES[setting]} as asked"
    if not installed:
        raise EngineError(NOTHING_INSTALLED)
    if MLX in installed and platform.system() == "Darwin" and platform.machine() == "arm64":
        return MLX, "on MLX with Metal: this is Apple silicon"
    check = check_cuda(cache_folder) if MLX in installed else None
    if check is not None and check.passed:
        return MLX, "on MLX with CUDA: the self-test passes"
    why = "there is no GPU that MLX runs on" if check is None else f"MLX on CUDA is not used: {check.why}"
    if ONNX in installed:
        return ONNX, f"on the CPU by onnxruntime: {why}"
    return MLX, f"on the CPU by MLX: {why}, and onnxruntime is not installed"


def precisions_of(backend: str) -> tuple[str, ...]:
    """Return every precision of a back end except ``auto``, which is one of the others."""
    return ONNX_PRECISIONS if backend == ONNX else MLX_PRECISIONS


def is_worth_testing(model: F5Model) -> bool:
    """Return True if a model is large enough to test whether a faster precision preserves its speech."""
    return onnx_bytes(model, "fp32") > LEAST_BYTES


def installed_backends() -> tuple[str, ...]:
    """Return the back ends whose packages are installed."""
    return tuple(name for name, packages in PACKAGES.items() if all(importlib.util.find_spec(package) for package in packages))


# ---------------------------------------------------------------- CUDA


@cache
def prepare_device(cache_folder: Path) -> bool:
    """Return True if MLX may run on its default device; otherwise move it to the CPU, with a warning that says why."""
    check = check_cuda(cache_folder)
    if check is None or check.passed:
        return True
    from voiceover.engines.f5.mlx.device import use_cpu

    use_cpu()
    if parent_process() is None:  # the recording processes would repeat it
        log.warning("MLX on CUDA is not used: %s; the CPU is", check.why)
    return False


def check_cuda(cache_folder: Path) -> DeviceCheck | None:
    """Return the self-test of this machine's CUDA device, None if MLX has none. It runs once per machine, MLX version and driver."""
    if not _cuda_version():
        return None
    try:
        from voiceover.engines.f5.mlx.device import golden_velocity
        from voiceover.engines.f5.mlx.step_speed import device_kind
    except ImportError as error:
        raise EngineError(f"MLX is not installed or cannot be loaded ({error}); {how_to_install('mlx')}") from error
    return stored_check(golden_velocity, cache_folder) if device_kind() == "gpu" else None


def stored_check(compute: Compute, cache_folder: Path) -> DeviceCheck:
    """Return the self-test of ``compute``, from ``cache_folder`` if it is there.

    A call that fails or returns NaN or infinity is not stored: there may not have been enough memory for it.
    """
    path, key = cache_folder / CHECK_FILE, f"r{REVISION}, {machine_name()}, {_cuda_version()}, {graphics_driver()}"
    with suppress(KeyError, TypeError, ValueError):
        found = read_measurements(path)[key]
        return DeviceCheck(bool(found["passed"]), float(found["deviation"]), str(found["why"]))
    check = check_device(compute)
    if math.isfinite(check.deviation):
        try:
            save_measurement(path, key, asdict(check), "save the self-test")
        except EngineError as error:
            log.warning("%s; the self-test will run again", error)
    return check


def describe_mlx(cache_folder: Path) -> str:
    """Return one line on where MLX runs here, for ``doctor``."""
    try:
        from voiceover.engines.f5.mlx.step_speed import device_kind
    except ImportError as error:
        return f"cannot be loaded ({error}); {how_to_install('mlx')}" if package_version("mlx") else "not installed"
    version = package_version("mlx")
    if platform.system() == "Darwin":
        return f"{version} on {'Metal' if device_kind() == 'gpu' else 'the CPU'}"
    check = check_cuda(cache_folder)
    if check is None:
        return f"{version} on the CPU; {PLAIN_BLAS}"
    if check.passed:
        return f"{version} on CUDA; the self-test passes, off by {check.deviation:.1g}"
    return f"{version} on the CPU, since on CUDA {check.why}; {PLAIN_BLAS}"


def _cuda_version() -> str:
    """Return the version of MLX's CUDA back end, empty if it is not installed."""
    return ", ".join(f"{name} {package_version(name)}" for name in CUDA_PACKAGES if package_version(name))


# ---------------------------------------------------------------- loading


def _onnx_runtime(model: F5Model, setting: str, cache_folder: Path, trial_voice: Callable[[], Voice] | None, why: str) -> Runtime:
    precision, exact, step = onnx_precision(model, setting), frozenset[str](), None
    name = precision
    if setting == AUTO and is_worth_testing(model):
        result = stored_fidelity(model, cache_folder)
        fits = (free_memory() or math.inf) >= onnx_bytes(model, "fp32")
        if result is None and trial_voice is not None and fits:
            result = measure_fidelity(model, trial_voice, cache_folder)
        if result is None and not fits:
            log.warning("%s runs as %s: not enough memory to test which precision is good enough", model.name, precision)
        elif result is None:
            log.info("%s runs as %s: no voice to test which precision is good enough", model.name, precision)
        else:
            chosen = result.chosen
            precision, exact, step, name = chosen.precision, chosen.exact, (result.frames, chosen.seconds), chosen.name
    return Runtime(ONNX, name, why, lambda: _load_onnx(model, precision, exact, cache_folder), step)


def _load_onnx(model: F5Model, precision: str, exact: frozenset[str], cache_folder: Path) -> Backend:
    check_memory(onnx_bytes(model, precision), model.name)
    try:
        from voiceover.engines.f5.onnx import LayerKind, load_backend
    except ImportError as error:
        raise EngineError(f"onnxruntime cannot be loaded ({error}); {how_to_install('onnx')}") from error
    beside = model.folder is not None and os.access(model.folder, os.W_OK)
    return load_backend(
        model.dit,
        model.vocoder,
        model.duration,
        architecture=model.architecture,
        graph_folder=(model.folder if beside and model.folder else cache_folder) / GRAPHS,
        digest=model.digest,
        precision=precision,
        exact=frozenset(LayerKind(kind) for kind in exact),
        threads=available_cores(),
    )


def _load_mlx(model: F5Model, precision: str) -> Backend:
    check_memory(mlx_bytes(model, precision), model.name)
    try:
        from voiceover.engines.f5.mlx import load_backend
    except ImportError as error:
        raise EngineError(f"MLX cannot be loaded ({error}); {how_to_install('mlx')}") from error
    architecture = model.architecture
    return load_backend(model.dit, model.vocoder, model.duration, architecture=architecture, precision=MLXPrecision(precision))
