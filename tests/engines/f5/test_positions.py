"""Rotary positions against the formula in float64."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engines.f5.reference_outputs import ROTARY
from voiceover.engines.f5.positions import rotary_angles, rotary_tables


@pytest.mark.parametrize("dim_head", [2, 16, 64, 128])
@pytest.mark.parametrize("frames", [1, 2, 4096, 100_000])
def test_rotary_angles_of_any_size_hold_a_relative_tolerance(frames: int, dim_head: int) -> None:
    exact = np.outer(np.arange(frames), 10_000.0 ** (-np.arange(0, dim_head, 2) / dim_head))
    angles = rotary_angles(frames, dim_head)
    np.testing.assert_allclose(angles, exact, rtol=ROTARY, atol=0)
    cosines, sines = rotary_tables(frames, dim_head)
    np.testing.assert_array_equal(cosines, np.cos(angles))
    np.testing.assert_array_equal(sines, np.sin(angles))
