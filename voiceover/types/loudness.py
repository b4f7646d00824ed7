"""Loudness: targets for the master, and measurements."""

from __future__ import annotations

from voiceover.types.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class LoudnessTarget:
    """The loudness and peak level that a master must have."""

    name: str
    """Name of the preset, or ``custom``."""
    integrated_lufs: float | None
    """Integrated loudness in LUFS; None if ``rms_dbfs`` is the target."""
    ceiling_db: float
    """Highest peak allowed: true peak in dBTP, or sample peak in dBFS if ``rms_dbfs`` is the target."""
    rms_dbfs: tuple[float, float] | None = None
    """Lowest and highest RMS level in dBFS (ACX)."""
    noise_floor_dbfs: float | None = None
    """Upper limit of the noise floor in dBFS (ACX)."""
    mono_reference: str = "file"
    """``file``: a mono file measures the target; ``playback``: it measures 3 LU less, which playback on two speakers adds."""


@dataclass(frozen=True, slots=True)
class Loudness:
    """Measured levels; -inf for silence."""

    integrated_lufs: float
    true_peak_dbtp: float
    range_lu: float
    max_momentary_lufs: float
    max_short_term_lufs: float
    sample_peak_dbfs: float
    rms_dbfs: float
    noise_floor_dbfs: float


@dataclass(frozen=True, slots=True)
class Profile:
    """Peaks and loudness of a programme over time: a byte for each 100 ms, in steps of 0.25 dB from -63.75 dB (0, or less) to 0 dB."""

    peaks: bytes
    """Sample peaks in dBFS."""
    levels: bytes
    """K-weighted levels in LUFS."""


@dataclass(frozen=True, slots=True)
class LoudnessReport:
    """The loudness target of a master and what was reached."""

    target: LoudnessTarget
    before: Loudness
    """Measured on the mix."""
    after: Loudness
    """Measured on the master."""
    gain_db: float
    """The constant gain that was applied to the whole episode."""
    limited_db: float
    """Largest gain reduction by the limiter, as a positive number."""
    reached: bool
    """True if the master meets the target."""
    note: str
    """What was not reached, for people to read; empty if nothing."""
    profile: Profile | None = None
    """Peaks and loudness of the master over time; None in what older versions made."""


@dataclass(frozen=True, slots=True)
class MusicReport:
    """How far music stays under the speech, measured in the mix while someone speaks."""

    speech_to_bed_lu: float
    """Loudness of the speech above that of the music, over all lines with music under them."""
    least_lu: float
    """The same of the line where it is least, against the loudest 3 s of the music under it."""
    extra_db: float
    """How much more than the script asks for the music was lowered, at most, so that speech stays clear; 0 if nowhere."""
