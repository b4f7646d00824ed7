"""What the products of this processor support."""

from __future__ import annotations

import platform
from contextlib import suppress
from pathlib import Path

FULL, HALF = 127, 64
"""Largest int8 weight; see ``largest_weight``."""
_VNNI = ("avx512_vnni", "avx_vnni", "avx512vnni", "avxvnni")
_SHOWN = ("avx2", "fma", "avx512f", *_VNNI, "avx512_bf16", "amx_int8", "amx_bf16", "asimddp", "i8mm", "sve", "bf16")
_VECTORS = ("sse", "ssse", "avx", "fma", "f16c", "amx", "asimd", "fphp", "sve", "sme", "i8mm", "bf16")
"""Prefixes of the instruction sets that products may use."""


def largest_weight() -> int:
    """Return the largest int8 weight that is multiplied exactly.

    x86 before VNNI adds two products of unsigned and signed bytes in 16 bits, where 2 * 255 * 64 is the most that fits
    (onnxruntime: "When and why do I need to try U8U8?"); others take all of int8.
    """
    intel = platform.machine().lower() in ("x86_64", "amd64", "i386", "i686")
    return HALF if intel and not set(instruction_sets()) & set(_VNNI) else FULL


def instruction_sets() -> tuple[str, ...]:
    """Return the relevant instruction sets of this processor, if the system reports them (Linux)."""
    known = _known()
    return tuple(name for name in _SHOWN if name in known)


def layout() -> str:
    """Return a key of all that decides how onnxruntime lays out matrices for this processor; empty if the system does not report it."""
    vectors = sorted(name for name in _known() if name.startswith(_VECTORS))
    return " ".join((platform.machine(), *vectors)) if vectors else ""


def _known() -> frozenset[str]:
    with suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
        return frozenset(next(line.partition(":")[2] for line in lines if line.startswith(("flags", "Features"))).split())
    return frozenset()
