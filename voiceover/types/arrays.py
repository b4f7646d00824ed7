"""The arrays that hold samples. Only what touches samples loads this module, since it loads numpy."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float32]
"""Samples with full scale at +-1: shape (frames,) for mono speech, (frames, channels) in streams."""
