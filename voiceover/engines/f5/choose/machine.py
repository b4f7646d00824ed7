"""The machine: its processor, GPU and memory, and files with the measurements that were made on it."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

from voiceover.errors import EngineError
from voiceover.system.files import os_errors_as, write_whole


def machine_name() -> str:
    """Return what the speed of a precision depends on besides the model, as far as it is known without loading MLX."""
    return ", ".join((platform.system(), platform.machine(), processor_name(), graphics_names(), f"mlx {package_version('mlx')}"))


def processor_name() -> str:
    """Return the vendor's name of the processor, empty if the system does not report one."""
    if platform.system() == "Darwin":
        with suppress(OSError, subprocess.SubprocessError):
            answer = subprocess.run(["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True, timeout=5)
            return answer.stdout.strip()
    with suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return platform.processor()


def graphics_names() -> str:
    """Return the names of a Linux machine's NVIDIA GPUs, separated by commas."""
    cards = []
    for path in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information")):
        with suppress(OSError):
            lines = path.read_text("utf-8", "replace").splitlines()
            cards += [line.partition(":")[2].strip() for line in lines if line.startswith("Model")]
    return ", ".join(cards)


def graphics_driver() -> str:
    """Return the version of a Linux machine's NVIDIA driver, empty if there is none."""
    with suppress(OSError, IndexError):
        return Path("/proc/driver/nvidia/version").read_text("utf-8", "replace").splitlines()[0]
    return ""


def package_version(package: str) -> str:
    """Return the version of an installed package, empty if it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def free_memory() -> int | None:
    """Return the bytes of memory that a process can get: what Linux reports as available, elsewhere all that the machine has."""
    with suppress(OSError, ValueError, IndexError, StopIteration):
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    return all_memory()


def all_memory() -> int | None:
    """Return the bytes of memory that the machine has, None if the system does not report them."""
    with suppress(OSError, ValueError, AttributeError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def read_measurements(path: Path) -> dict[str, Any]:
    """Return the measurements in a JSON file by key; none if it is missing or damaged."""
    with suppress(OSError, ValueError):
        found = json.loads(path.read_text("utf-8"))
        return found if isinstance(found, dict) else {}
    return {}


def save_measurement(path: Path, key: str, value: Any, action: str) -> None:
    """Add a measurement to a JSON file. ``action`` names it in the EngineError that is raised if the file cannot be written."""
    with os_errors_as(EngineError, action, path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps({**read_measurements(path), key: value}, indent=1).encode(), action, EngineError)
