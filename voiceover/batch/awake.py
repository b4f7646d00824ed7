"""Keep a Mac awake while a batch runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def awake(platform: str = sys.platform) -> Iterator[None]:
    """Run ``caffeinate -i`` for the block if the system has it; it exits with this process in any case."""
    command = shutil.which("caffeinate") if platform == "darwin" else None
    holder = None
    if command is not None:
        with suppress(OSError):  # the batch works without it
            holder = subprocess.Popen([command, "-i", "-w", str(os.getpid())], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        if holder is not None:
            holder.terminate()
            holder.wait()
