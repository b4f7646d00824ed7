"""The values that settings may take, and their defaults: presets, ranges, reserved names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from voiceover.audio.formats import FLAC, MP3, WAV
from voiceover.types import Delivery, Encoding, LoudnessTarget

SHIPPED_VOICES = ("ada", "ben", "cora")
"""Names of the voices that are installed with the package."""
DEFAULT_VOICE = SHIPPED_VOICES[0]
DEFAULT_LANGUAGE = "en"
STDIN = Path("-")
"""The script on standard input."""
STDIN_NAME = "stdin"
"""Name of its episode if nothing else names it."""

OPTION_RANGES: Mapping[str, tuple[float, float]] = {
    "speed": (0.3, 3.0),
    "steps": (1, 256),
    "cfg_strength": (0.0, 10.0),
    "sway_sampling_coef": (-1.0, 1.75),
}
"""Lowest and highest value per option. Sway: -1 to 2 / (pi - 2), beyond which time runs backwards."""
MAX_SEED = 2**63 - 1
DEFAULT_RETAKES = 3
MOST_RETAKES = 20
OPTION_KEYS = ("speed", "seed", "steps", "method", "cfg_strength", "sway_sampling_coef", "duration")
METHODS = ("euler", "midpoint", "rk4")
CHANNELS = ("mono", "stereo")
SPLITS = ("chapters", "none")
NO_STEMS = "none"
STEMS = (WAV.name, FLAC.name, NO_STEMS)
"""Formats of stems: WAV is what ``true`` means."""
DURATIONS = ("bytes", "predictor")
RESERVED_NAMES = frozenset(("chapter", "pause", "sound", "music", "audio", "scene"))
"""Words that start a cue or a segment, so they cannot be names of speakers."""

PRESETS: Mapping[str, LoudnessTarget] = {
    "podcast": LoudnessTarget("podcast", -16.0, -1.0),
    "spotify": LoudnessTarget("spotify", -14.0, -1.0),
    "ebu": LoudnessTarget("ebu", -23.0, -1.0),
    "acx": LoudnessTarget("acx", None, -3.0, rms_dbfs=(-23.0, -18.0), noise_floor_dbfs=-60.0),
}
"""Targets by name: Apple Podcasts, Spotify, EBU R 128, and ACX (RMS and sample peak, not LUFS)."""
ACX = Delivery(
    platform="ACX",
    formats=(MP3.name,),
    encoding=Encoding({MP3.name: 192}, 44100),
    head_seconds=(0.5, 1.0),
    tail_seconds=(1.0, 5.0),
    added_head=0.75,
    added_tail=2.0,
    longest_seconds=7200.0,
    terms="ACX refuses synthetic narration unless it has authorized it: ask ACX before you submit this",
)
"""ACX Audio Submission Requirements, and its rule on narration by people."""


def delivery_for(target: LoudnessTarget) -> Delivery | None:
    """Return what the platform of a loudness target requires; None for targets that are about loudness alone."""
    return ACX if target.rms_dbfs is not None else None
