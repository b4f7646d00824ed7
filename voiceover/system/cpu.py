"""How many cores this process may use, and how several processes share them.

A container is often given less than the machine has: Linux says so in the scheduler's mask and in the quota of the process's control
group, and libraries that start a thread a core ask neither.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SHARE_VARIABLE = "VOICEOVER_THREADS"
"""Cores that this process may use, set by whoever shares them out, or by the user."""
LIBRARY_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
"""What the libraries below numpy, MLX and onnxruntime read when they are loaded."""


def available_cores(root: Path = Path("/")) -> int:
    """Cores that this process may use, 1 or more: its share, else those of the machine within its mask and its container's quota.

    ``root`` is where ``proc`` and ``sys`` are looked for.
    """
    with suppress(KeyError, ValueError):
        if (share := int(os.environ[SHARE_VARIABLE])) > 0:
            return share
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([cores, *(int(quota) for quota in _quotas(root))]))


def share_of(workers: int) -> int:
    """Cores for each of ``workers`` processes."""
    return max(1, available_cores() // workers)


def use_cores(cores: int) -> None:
    """Let this process, and those it starts, use ``cores``."""
    os.environ[SHARE_VARIABLE] = str(cores)


@contextmanager
def sharing(cores: int) -> Iterator[None]:
    """A process started in here uses ``cores``, also in the libraries it loads; what the user has set for those stays."""
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
    """In cores, of the process's control groups and all above them: cgroup v2 (``cpu.max``) and v1 (``cpu.cfs_quota_us``)."""
    with suppress(OSError, ValueError):
        for line in (root / "proc/self/cgroup").read_text("utf-8").splitlines():
            _, controllers, path = line.split(":", 2)
            if not controllers:
                for group in _upwards(root / "sys/fs/cgroup", path):
                    yield from _quota(*_words(group / "cpu.max"))
            elif "cpu" in controllers.split(","):
                for group in _upwards(root / "sys/fs/cgroup" / controllers, path):
                    yield from _quota(*_words(group / "cpu.cfs_quota_us"), *_words(group / "cpu.cfs_period_us"))


def _upwards(mount: Path, path: str) -> Iterator[Path]:
    """The group and those above it; inside a container the path may be the host's, and only the mount itself is seen."""
    group = mount if ".." in path else mount / path.lstrip("/")
    while group != mount and mount in group.parents:
        yield group
        group = group.parent
    yield mount


def _words(path: Path) -> list[str]:
    with suppress(OSError):
        return path.read_text("utf-8").split()
    return []


def _quota(quota: str = "max", period: str = "100000") -> Iterator[float]:
    with suppress(ValueError, ZeroDivisionError):
        if (cores := int(quota) / int(period)) > 0:  # v1 says -1 where there is none
            yield cores
