"""The level that a master aims at, and whether it was reached."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite

from voiceover.audio.level_steps import nearest_step
from voiceover.types import Loudness, LoudnessTarget

TOLERANCE_LU = 0.1
MOST_GAIN_DB = 40.0
PLAYBACK_LU = 3.0
"""Gain of one channel played on two speakers (``mono_reference: playback``)."""
RMS_SHARE = 0.6
"""Position of the aim within the RMS range: -20 in -23 to -18."""
NOISE_MARGIN_DB = 0.5


@dataclass(frozen=True, slots=True)
class Aim:
    """A loudness target applied to one mix."""

    target: LoudnessTarget
    level: float
    """Level to reach in LUFS, or in dBFS if the target is an RMS level."""
    gain_db: float
    """Constant gain that reaches the level if nothing is limited."""
    excuse: str = ""
    """Why the level cannot be reached, if that is known beforehand."""

    def read(self, loudness: Loudness) -> float:
        """Return the measured level that the aim refers to."""
        return loudness.rms_dbfs if self.target.rms_dbfs else loudness.integrated_lufs

    def short(self, loudness: Loudness) -> float:
        """Return by how many dB ``loudness`` is below the aim; 0.0 if there is no level to aim at."""
        return 0.0 if self.excuse else self.level - self.read(loudness)

    def judge(self, after: Loudness) -> tuple[bool, str]:
        """Return True if ``after`` meets the target, and a description of what it does not meet."""
        notes = [self.excuse] if self.excuse else []
        target, level = self.target, self.read(after)
        unit = "dBFS RMS" if target.rms_dbfs else "LUFS"
        low, high = target.rms_dbfs or (self.level - TOLERANCE_LU, self.level + TOLERANCE_LU)
        if not self.excuse and not low <= level <= high:
            why = "the peaks are so far above the rest that more level would need too much limiting"
            notes.append(f"{level:.1f} {unit} instead of {self.level:.1f}: {why} under a ceiling of {target.ceiling_db:g} dB")
        peak = after.sample_peak_dbfs if target.rms_dbfs else after.true_peak_dbtp
        if peak > target.ceiling_db:
            notes.append(f"the peak is {peak:.2f} dB, over the ceiling of {target.ceiling_db:g} dB")
        if target.noise_floor_dbfs is not None and after.noise_floor_dbfs >= target.noise_floor_dbfs:
            asked = f"must lie below {target.noise_floor_dbfs:g}"
            notes.append(f"the noise floor is {after.noise_floor_dbfs:.1f} dBFS and {asked}: the recordings are too noisy at this level")
        return not notes, "; ".join(notes)


def choose_aim(before: Loudness, target: LoudnessTarget, channels: int) -> Aim:
    """Return the aim for a mix that measures ``before``."""
    if target.rms_dbfs:
        now, level = before.rms_dbfs, _rms_aim(before, target, target.rms_dbfs)
    else:
        now = before.integrated_lufs
        level = (target.integrated_lufs or 0.0) - (PLAYBACK_LU if target.mono_reference == "playback" and channels == 1 else 0.0)
    if before.sample_peak_dbfs == -inf:
        return Aim(target, level, 0.0, "the episode is silent")
    if not isfinite(now):
        return Aim(target, level, 0.0, "the episode is too short or too quiet to have a loudness, so its level was kept")
    gain_db = nearest_step(level - now)
    if abs(gain_db) > MOST_GAIN_DB:
        clamped = MOST_GAIN_DB if gain_db > 0 else -MOST_GAIN_DB
        return Aim(
            target,
            level,
            clamped,
            f"{now:.1f} is {abs(gain_db):.0f} dB away from {level:.1f}; no more than {MOST_GAIN_DB:g} dB are applied",
        )
    return Aim(target, level, gain_db)


def _rms_aim(before: Loudness, target: LoudnessTarget, window: tuple[float, float]) -> float:
    """Return a level within the RMS range, lowered if that brings the noise floor under its limit."""
    low, high = window
    level = low + RMS_SHARE * (high - low)
    if target.noise_floor_dbfs is None:
        return level
    quiet_enough = target.noise_floor_dbfs - NOISE_MARGIN_DB - (before.noise_floor_dbfs - before.rms_dbfs)
    return max(min(level, quiet_enough), low + NOISE_MARGIN_DB)
