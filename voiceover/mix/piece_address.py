"""The address of a piece of a mix: a digest of everything that determines its samples."""

from __future__ import annotations

import hashlib
import json

from voiceover.audio.files import library_versions
from voiceover.mix.duck import Ducker
from voiceover.system.version import __version__
from voiceover.types import Placed, PlacedSound, Timeline

REVISION = 1
"""Increase this when the same takes would give a piece other samples or measurements; all pieces are then made again."""


def piece_address(timeline: Timeline, channels: int, ducker: Ducker | None) -> str:
    """Return the SHA-256, in hex, of takes and sounds with their positions in the piece, their levels and fades, and what computes them.

    The position of the piece in the episode is not included.
    """
    content = {
        "code": [__version__, REVISION, library_versions()],
        "shape": [timeline.sample_rate, channels, timeline.frames],
        "takes": [_take(each) for each in timeline.placed],
        "sounds": [_sound(each) for each in timeline.sounds],
        "ducking": ducker.described if ducker else None,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _take(placed: Placed) -> list[object]:
    take = placed.take
    # The fades at its edges depend on where its speech is.
    kept = [placed.take_start, placed.take_end, take.speech_start, take.speech_end, take.sample_rate, placed.timeline_rate]
    return [take.sha256, placed.start_frame, placed.gain_db, *kept]


def _sound(sound: PlacedSound) -> list[object]:
    fades = [sound.fade_in_frames, sound.fade_out_frames, sound.loops, sound.ducked]
    return [sound.file.sha256, sound.start_frame, sound.end_frame, sound.gain_db, *fades]
