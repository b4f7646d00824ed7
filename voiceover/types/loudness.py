"""Loudness: what a master must measure, and what a meter read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LoudnessTarget:
    """What a master must measure."""

    name: str
    """Of the preset, or ``custom``."""
    integrated_lufs: float | None
    """None where ``rms_dbfs`` rules."""
    ceiling_db: float
    """Highest peak: true peak (dBTP), or sample peak (dBFS) where ``rms_dbfs`` rules."""
    rms_dbfs: tuple[float, float] | None = None
    """Lowest and highest RMS (ACX)."""
    noise_floor_dbfs: float | None = None
    """The noise floor must lie below this (ACX)."""
    mono_reference: str = "file"
    """``file``: a mono file's own meter reads the target; ``playback``: 3 LU less, as two speakers add them."""


@dataclass(frozen=True, slots=True)
class Loudness:
    """What a meter read. -inf stands for silence."""

    integrated_lufs: float
    true_peak_dbtp: float
    range_lu: float
    max_momentary_lufs: float
    max_short_term_lufs: float
    sample_peak_dbfs: float
    rms_dbfs: float
    noise_floor_dbfs: float


@dataclass(frozen=True, slots=True)
class LoudnessReport:
    """What was asked for and what came out."""

    target: LoudnessTarget
    before: Loudness
    """Of the mix."""
    after: Loudness
    """Of the master."""
    gain_db: float
    """The one gain over the whole episode."""
    limited_db: float
    """Deepest reduction by the limiter, as a positive number."""
    reached: bool
    note: str
    """What could not be had, in words; empty where all was."""
