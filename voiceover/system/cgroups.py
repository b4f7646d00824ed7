"""The control groups of this process, in which a container is limited."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def own_groups(controller: str, root: Path = Path("/")) -> Iterator[tuple[Path, int]]:
    """Yield the folder of each control group of this process for ``controller``, and its parents, with the version of cgroups (1 or 2).

    ``root`` is the folder that contains ``proc`` and ``sys``.
    """
    with suppress(OSError, ValueError):
        for line in (root / "proc/self/cgroup").read_text("utf-8").splitlines():
            _, controllers, path = line.split(":", 2)
            if not controllers:
                yield from ((group, 2) for group in _upwards(root / "sys/fs/cgroup", path))
            elif controller in controllers.split(","):
                yield from ((group, 1) for group in _upwards(root / "sys/fs/cgroup" / controllers, path))


def _upwards(mount: Path, path: str) -> Iterator[Path]:
    """Yield the group and its parents. Inside a container the path may be the host's; then only the mount exists."""
    group = mount if ".." in path else mount / path.lstrip("/")
    while group != mount and mount in group.parents:
        yield group
        group = group.parent
    yield mount
