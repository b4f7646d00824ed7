"""How many CPU cores this process may use, and how several processes share them.

A container often has fewer cores than the machine, by its CPU mask or its control group quota; libraries that start one thread per core
check neither.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from voiceover.system.cgroups import own_groups

SHARE_VARIABLE = "VOICEOVER_THREADS"
"""Environment variable with the number of cores that this process may use; set by the parent process or the user."""
LIBRARY_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
"""Variables that the libraries below numpy, MLX and onnxruntime read when they are loaded."""


def available_cores(root: Path = Path("/")) -> int:
    """Return the number of cores that this process may use: its share, else those of its CPU mask within its container's quota.

    ``root`` is the folder that contains ``proc`` and ``sys``.
    """
    with suppress(KeyError, ValueError):
        if (share := int(os.environ[SHARE_VARIABLE])) > 0:
            return share
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([cores, *(int(quota) for quota in _quotas(root))]))


def share_of(workers: int) -> int:
    """Return the number of cores for each of ``workers`` processes."""
    return max(1, available_cores() // workers)


def use_cores(cores: int) -> None:
    """Let this process and its children use ``cores``."""
    os.environ[SHARE_VARIABLE] = str(cores)


@contextmanager
def sharing(cores: int) -> Iterator[None]:
    """Let a process started in the block use ``cores``, also in its libraries, unless the user has set their variables."""
    mine = {name: str(cores) for name in (SHARE_VARIABLE, *(each for each in LIBRARY_VARIABLES if each not in os.environ))}
    before = {name: os.environ.get(name) for name in mine}
    os.environ.update(mine)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _quotas(root: Path) -> Iterator[float]:
    """Yield the quotas in cores of the process's control groups and their parents, for cgroup v2 (``cpu.max``) and v1."""
    for group, version in own_groups("cpu", root):
        if version == 2:
            yield from _quota(*_words(group / "cpu.max"))
        else:
            yield from _quota(*_words(group / "cpu.cfs_quota_us"), *_words(group / "cpu.cfs_period_us"))


def _words(path: Path) -> list[str]:
    with suppress(OSError):
        return path.read_text("utf-8").split()
    return []


def _quota(quota: str = "max", period: str = "100000") -> Iterator[float]:
    with suppress(ValueError, ZeroDivisionError):
        if (cores := int(quota) / int(period)) > 0:  # v1 uses -1 for no quota
            yield cores
