"""A description of the machine for a report that others read: without host name, user or folders."""

from __future__ import annotations

import os
import platform
import re
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from voiceover.engines.f5.choose.machine import all_memory, graphics_names, package_version, processor_name
from voiceover.system.version import __version__

PACKAGES = ("numpy", "mlx", "mlx-metal", "mlx-cpu", "mlx-cuda", "onnxruntime", "soxr", "soundfile", "pypinyin", "rjieba", "f5-tts", "torch")
_PATH = re.compile(r"(?<![\w.])(?:[A-Za-z]:)?[/\\][^\s/\\'\",;:()]+(?:[/\\][^\s/\\'\",;:()]*)+")


def describe_machine() -> dict[str, object]:
    """Return processor, GPU, memory, system and versions."""
    cards = [card for card in (graphics_names(), _mlx_device()) if card]
    return {
        "system": _system(),
        "architecture": platform.machine(),
        "processor": processor_name(),
        "cores": os.cpu_count(),
        "memory_bytes": all_memory(),
        "gpu": ", ".join(cards) or None,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "voiceover": __version__,
        "packages": {name: version for name in PACKAGES if (version := package_version(name))},
    }


def without_paths(text: str, folders: Iterable[Path] = ()) -> str:
    """Return ``text`` with the paths of this machine reduced to the names at their ends; ``folders`` are private in any spelling."""
    known = {*folders, Path.home(), Path.cwd(), Path(sys.prefix), Path(tempfile.gettempdir())}
    spelled = {str(form) for folder in known for form in (folder, folder.absolute(), folder.resolve())} - {"/", "."}
    for path in sorted(spelled, key=len, reverse=True):
        text = text.replace(path, "…")
    return _PATH.sub(lambda found: "…/" + re.split(r"[/\\]", found[0])[-1], text)


def _system() -> str:
    if platform.system() == "Darwin":
        return f"macOS {platform.mac_ver()[0]}"
    with suppress(OSError):
        return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    return platform.system()


def _mlx_device() -> str | None:
    """Return the device of MLX if it is a GPU."""
    try:
        from voiceover.engines.f5.mlx.step_speed import device_kind, device_name
    except ImportError:
        return None
    return device_name() if device_kind() == "gpu" else None
