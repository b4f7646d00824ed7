"""How much memory this process and its children may still use, and giving back what is free."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from pathlib import Path

from voiceover.system.cgroups import own_groups


def available_bytes(root: Path = Path("/")) -> int | None:
    """Return the memory that is free for new processes, within the limits of the container; None if it is not known.

    ``root`` is the folder that contains ``proc`` and ``sys``. Where the system does not tell what is free, half of all memory counts.
    """
    found = []
    with suppress(OSError, ValueError, IndexError):
        for line in (root / "proc/meminfo").read_text("utf-8").splitlines():
            if line.startswith("MemAvailable:"):
                found.append(int(line.split()[1]) * 1024)
    if not found:
        with suppress(OSError, ValueError, AttributeError):
            found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2)
    for folder, version in own_groups("memory", root):
        limit, used = ("memory.max", "memory.current") if version == 2 else ("memory.limit_in_bytes", "memory.usage_in_bytes")
        with suppress(OSError, ValueError):  # "max" is no number
            kept = int((folder / used).read_text("utf-8")) - _file_cache(folder / "memory.stat")
            found.append(max(int((folder / limit).read_text("utf-8")) - kept, 0))
    return min(found, default=None)


def give_back_free_memory() -> None:
    """Return freed memory to the system where the C library would keep it for later (glibc)."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def _file_cache(stat: Path) -> int:
    """Return the bytes of cached files that the kernel gives back when memory is needed."""
    with suppress(OSError, ValueError):
        for line in stat.read_text("utf-8").splitlines():
            name, _, value = line.partition(" ")
            if name in ("inactive_file", "total_inactive_file"):
                return int(value)
    return 0
