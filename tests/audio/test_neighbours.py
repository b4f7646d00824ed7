"""The shortcuts to the extreme means of neighbours give what all means give, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from voiceover.audio.loudness import _highest, _lowest, _windows
from voiceover.master.limiter import _largest_of


@pytest.mark.parametrize("length", [0, 5, 39, 40, 41, 300, 2700])
@pytest.mark.parametrize("count", [4, 40, 50, 300])
def test_extreme_means(length: int, count: int) -> None:
    dice = np.random.default_rng(length)
    speech = dice.random(length) ** 4
    for powers in (speech, np.zeros(length), np.full(length, 0.1), np.where(dice.random(length) > 0.5, 1e-3, 0.0)):
        means = sliding_window_view(powers, count).mean(axis=-1) if length >= count else np.zeros(0)
        assert (_windows(powers, count) == means).all()
        assert _highest(powers, count) == means.max(initial=0.0)
        assert _lowest(powers, count) == means.min(initial=np.inf)


def test_largest_neighbours() -> None:
    values = np.random.default_rng(1).random(8213)
    assert (_largest_of(values, 11) == sliding_window_view(values, 11).max(axis=1)).all()
