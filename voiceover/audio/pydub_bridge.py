"""From our audio to pydub's AudioSegment and back, for those who cut and join with pydub.

The only module that knows pydub, which is imported when a function is called. pydub holds whole numbers of 8, 16 or 32 bits and no floats;
nothing in a render goes through it.
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
    """A mono AudioSegment of 16 bits at the same rate; what is past full scale is clipped."""
    whole = np.clip(np.rint(audio.samples.astype(np.float64) * 32768.0), -32768, 32767).astype("<i2")
    return _segment_class()(data=whole.tobytes(), sample_width=2, frame_rate=audio.sample_rate, channels=1)


def from_pydub(segment: AudioSegment) -> Audio:
    """The audio of an AudioSegment at its own rate, its channels mixed to one by their mean. Raises InputError for anything else."""
    if not isinstance(segment, _segment_class()):
        raise InputError(f"a pydub AudioSegment is wanted here, not {type(segment).__name__}")
    whole = np.array(segment.get_array_of_samples(), dtype=np.float64).reshape(-1, segment.channels)
    samples: FloatArray = (whole.mean(axis=1) / float(1 << (8 * segment.sample_width - 1))).astype(np.float32)
    return Audio(samples, int(segment.frame_rate))


def _segment_class() -> Any:
    # At import pydub warns of audioop's age and of a missing ffmpeg; neither is used here.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pydub import AudioSegment
    return AudioSegment
