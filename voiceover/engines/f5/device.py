"""Where MLX runs, and whether it may: a CUDA device is taken only after the golden call of the DiT has passed on it."""

from __future__ import annotations

import logging
import math
import platform
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from importlib import metadata
from multiprocessing import parent_process
from pathlib import Path

from voiceover.engines.f5.kept import keep, read_kept
from voiceover.engines.f5.precision import machine
from voiceover.engines.f5.self_check import REVISION, Compute, Verdict, passes
from voiceover.errors import EngineError
from voiceover.system.extras import how_to_install

KEPT = "self_check.json"
CUDA_PACKAGES = ("mlx-cuda", "mlx-cuda-12", "mlx-cuda-13")
"""What holds MLX's CUDA back end, by CUDA version."""
PLAIN_BLAS = "pip's MLX for Linux CPUs links a plain BLAS (about 2 GFLOP/s): it is correct, and far too slow for the full model"

log = logging.getLogger(__name__)


@cache
def settle_device(cache_folder: Path) -> bool:
    """Whether MLX may run where it would by itself. Where not it is put on the CPU, and one line says why."""
    verdict = cuda_verdict(cache_folder)
    if verdict is None or verdict.passed:
        return True
    from voiceover.engines.f5.mlx.device import use_cpu

    use_cpu()
    if parent_process() is None:  # the recording processes would say it again
        log.warning("MLX on CUDA is not used: %s; the CPU is", verdict.why)
    return False


def cuda_verdict(cache_folder: Path) -> Verdict | None:
    """What the golden call says of this machine's CUDA device; None where MLX has none. It is made once for a machine, MLX and driver."""
    if not _cuda_version():
        return None
    try:
        from voiceover.engines.f5.mlx.device import golden_velocity
        from voiceover.engines.f5.mlx.step_speed import device_kind
    except ImportError as error:
        raise EngineError(f"MLX is not installed or cannot be loaded ({error}); {how_to_install('mlx')}") from error
    return kept_verdict(golden_velocity, cache_folder) if device_kind() == "gpu" else None


def kept_verdict(compute: Compute, cache_folder: Path) -> Verdict:
    """The verdict on ``compute``, from ``cache_folder`` where it was found before.

    A call that fails or gives no numbers is not kept: there may have been no memory for it.
    """
    path, key = cache_folder / KEPT, f"r{REVISION}, {machine()}, {_cuda_version()}, {_driver()}"
    with suppress(KeyError, TypeError, ValueError):
        found = read_kept(path)[key]
        return Verdict(bool(found["passed"]), float(found["deviation"]), str(found["why"]))
    verdict = passes(compute)
    if math.isfinite(verdict.deviation):
        try:
            keep(path, key, asdict(verdict), "keep the self-check")
        except EngineError as error:
            log.warning("%s; the self-check will be made again", error)
    return verdict


def describe_mlx(cache_folder: Path) -> str:
    """One line on where MLX runs here, for ``doctor``."""
    try:
        from voiceover.engines.f5.mlx.step_speed import device_kind
    except ImportError as error:
        return f"cannot be loaded ({error}); {how_to_install('mlx')}" if _version("mlx") else "not installed"
    version = _version("mlx")
    if platform.system() == "Darwin":
        return f"{version} on {'Metal' if device_kind() == 'gpu' else 'the CPU'}"
    verdict = cuda_verdict(cache_folder)
    if verdict is None:
        return f"{version} on the CPU; {PLAIN_BLAS}"
    if verdict.passed:
        return f"{version} on CUDA; the golden call of the DiT passes, off by {verdict.deviation:.1g}"
    return f"{version} on the CPU, since on CUDA {verdict.why}; {PLAIN_BLAS}"


def _cuda_version() -> str:
    """Of MLX's CUDA back end, empty where it is not installed."""
    return ", ".join(f"{name} {_version(name)}" for name in CUDA_PACKAGES if _version(name))


def _driver() -> str:
    """The NVIDIA driver of a Linux machine."""
    with suppress(OSError, IndexError):
        return Path("/proc/driver/nvidia/version").read_text("utf-8", "replace").splitlines()[0]
    return ""


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
