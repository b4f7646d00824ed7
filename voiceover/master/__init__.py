"""Mastering: brings a mix to the loudness target, with no peak over the ceiling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voiceover.system.lazy import names_on_demand

if TYPE_CHECKING:
    from voiceover.master.chain import Master, master_mix

__all__ = ["Master", "master_mix"]

__getattr__ = names_on_demand("voiceover.master", {"chain": ("Master", "master_mix")})
