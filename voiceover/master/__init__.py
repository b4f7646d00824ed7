"""Mastering: brings a mix to the loudness target, with no peak over the ceiling."""

from __future__ import annotations

from voiceover.master.chain import Master, master_mix

__all__ = ["Master", "master_mix"]
