"""Conversion between Audio and pydub's AudioSegment, for callers that edit with pydub.

The only module that imports pydub, and it does so when a function is called. pydub uses integer samples of 8, 16 or 32 bits, no floats;
a render does not use it.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from voiceover.errors import InputError
from voiceover.types import Audio, FloatArray

if TYPE_CHECKING:
    from pydub import AudioSegment


def to_pydub(audio: Audio) -> AudioSegment:
    """Convert to a mono AudioSegment of 16 bits at the same rate; samples beyond full scale are clipped."""
    whole = np.clip(np.rint(audio.samples.astype(np.float64) * 32768.0), -32768, 32767).astype("<i2")
    return _segment_class()(data=whole.tobytes(), sample_width=2, frame_rate=audio.sample_rate, channels=1)


def from_pydub(segment: AudioSegment) -> Audio:
    """Convert an AudioSegment at its own rate, with its channels averaged to mono. Raises InputError for any other object."""
    if not isinstance(segment, _segment_class()):
        raise InputError(f"expected a pydub AudioSegment, not {type(segment).__name__}")
    whole = np.array(segment.get_array_of_samples(), dtype=np.float64).reshape(-1, segment.channels)
    samples: FloatArray = (whole.mean(axis=1) / float(1 << (8 * segment.sample_width - 1))).astype(np.float32)
    return Audio(samples, int(segment.frame_rate))


def _segment_class() -> Any:
    # On import, pydub warns that audioop is deprecated and ffmpeg is missing; neither is used here.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pydub import AudioSegment
    return AudioSegment
