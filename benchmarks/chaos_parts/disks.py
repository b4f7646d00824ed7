"""Small disks of this process alone: file systems in memory, in a mount namespace that ends with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

_INSIDE = "CHAOS_NAMESPACE"
PAGE = 4096
"""The room on such a disk goes in pages."""


def in_own_namespace() -> None:
    """Start this program over in a namespace where it may mount; where the system has none, go on as it is."""
    if os.environ.get(_INSIDE) or not sys.platform.startswith("linux") or (unshare := shutil.which("unshare")) is None:
        return
    # As root without a namespace of users: in one, not every file system can be mounted again.
    for flags in (["--mount"], ["--user", "--map-root-user", "--mount"]):
        test = subprocess.run([unshare, *flags, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False)
        if test.returncode == 0:
            os.environ[_INSIDE] = "1"
            sys.exit(subprocess.run([unshare, *flags, sys.executable, *sys.argv], check=False).returncode)


def can_mount() -> bool:
    return bool(os.environ.get(_INSIDE))


def mount(folder: Path, *, pages: int = 1 << 20, inodes: int = 1 << 20) -> None:
    """An empty disk at ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={pages * PAGE},nr_inodes={inodes}", "tmpfs", folder)


def resize(folder: Path, *, pages: int = 1 << 20, inodes: int = 1 << 20) -> None:
    _run("mount", "-o", f"remount,size={pages * PAGE},nr_inodes={inodes}", folder)


def unmount(folder: Path) -> None:
    _run("umount", folder)


def lock(folder: Path) -> None:
    """Make a folder a read-only disk."""
    _run("mount", "--bind", folder, folder)
    _run("mount", "-o", "remount,bind,ro", folder)


def _run(*command: str | Path) -> None:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: {done.stderr}")
