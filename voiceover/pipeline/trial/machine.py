"""What a machine is, for a report that others read: no host name, no user, no folder."""

from __future__ import annotations

import os
import platform
import re
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from voiceover import __version__
from voiceover.engines.f5.choose.machine import graphics_names, processor_name

PACKAGES = ("numpy", "mlx", "mlx-metal", "mlx-cpu", "mlx-cuda", "onnxruntime", "soxr", "soundfile", "pypinyin", "rjieba", "f5-tts", "torch")
_PATH = re.compile(r"(?<![\w.])(?:[A-Za-z]:)?[/\\][^\s/\\'\",;:()]+(?:[/\\][^\s/\\'\",;:()]*)+")


def machine() -> dict[str, object]:
    """Processor, GPU, memory, system and versions."""
    cards = [card for card in (graphics_names(), _mlx_device()) if card]
    return {
        "system": _system(),
        "architecture": platform.machine(),
        "processor": processor_name(),
        "cores": os.cpu_count(),
        "memory_bytes": _memory(),
        "gpu": ", ".join(cards) or None,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "voiceover": __version__,
        "packages": {name: version for name in PACKAGES if (version := _version(name)) is not None},
    }


def without_places(text: str, folders: Iterable[Path] = ()) -> str:
    """``text`` with the paths of this machine taken out, but for the names at their ends."""
    known = {*folders, Path.home(), Path.cwd(), Path(sys.prefix), Path(tempfile.gettempdir())}
    spelled = {str(form) for folder in known for form in (folder, folder.absolute(), folder.resolve())} - {"/", "."}
    for place in sorted(spelled, key=len, reverse=True):
        text = text.replace(place, "…")
    return _PATH.sub(lambda found: "…/" + re.split(r"[/\\]", found[0])[-1], text)


def _system() -> str:
    if platform.system() == "Darwin":
        return f"macOS {platform.mac_ver()[0]}"
    with suppress(OSError):
        return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    return platform.system()


def _memory() -> int | None:
    with suppress(OSError, ValueError, AttributeError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def _mlx_device() -> str | None:
    """The device of MLX, where it is a GPU."""
    try:
        from voiceover.engines.f5.mlx.step_speed import device_kind, device_name
    except ImportError:
        return None
    return device_name() if device_kind() == "gpu" else None


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
