"""Keeps a Mac from going to sleep while a batch runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def awake(platform: str = sys.platform) -> Iterator[None]:
    """Hold ``caffeinate -i`` for the block, where the system has it; it ends with this process, however that ends."""
    command = shutil.which("caffeinate") if platform == "darwin" else None
    holder = None
    if command is not None:
        with suppress(OSError):  # awake or not, the work is done
            holder = subprocess.Popen([command, "-i", "-w", str(os.getpid())], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        if holder is not None:
            holder.terminate()
            holder.wait()
