"""What limiting is expected to cost."""

from __future__ import annotations

import numpy as np
import pytest

from voiceover.master.forecast import SPARED_LU, Forecast


def forecast(peaks_db: object, seconds: int = 60) -> Forecast:
    """A programme of even loudness whose tenths of a second have these peaks."""
    return Forecast(np.full(10 * seconds, 0.01), np.resize(np.asarray(peaks_db, np.float64), 10 * seconds))


def test_peaks_below_the_ceiling_cost_nothing() -> None:
    assert forecast(-12.0).loss(6.0, -1.0, 2.0) == 0.0
    assert forecast(-7.0).loss(6.0, -1.0, 2.0) == 0.0


@pytest.mark.parametrize(("excess_db", "knee_db", "loss"), [(2.0, 2.0, 1.0), (6.0, 2.0, 4.5), (6.0, 6.0, 3.0), (1.0, 3.0, 0.25)])
def test_an_even_excess_costs_all_of_itself_but_for_the_knee(excess_db: float, knee_db: float, loss: float) -> None:
    assert forecast(-10.0).loss(9.0 + excess_db, -1.0, knee_db) == pytest.approx(loss, abs=1e-6)
    assert forecast(-10.0).loss(4.0 + excess_db, -6.0, knee_db) == pytest.approx(loss, abs=1e-6)


def test_the_limiter_lets_go_by_10_db_in_each_tenth() -> None:
    """25 dB too much hold three tenths down: by 25, 15 and 5 dB."""
    one = forecast([24.0, *[-60.0] * 9]).loss(0.0, -1.0, 1e-9)
    three = forecast([24.0, 14.0, 4.0, *[-60.0] * 7]).loss(0.0, -1.0, 1e-9)
    assert one == pytest.approx(three, abs=1e-9)
    assert 0 < forecast([4.0, *[-60.0] * 9]).loss(0.0, -1.0, 1e-9) < one


@pytest.mark.parametrize("loss", [0.4, 1.0, 1.5])
def test_the_knee_is_fitted_to_what_came_out(loss: float) -> None:
    known = forecast([-6.0, -3.0, -9.0, -12.0])
    knee_db = known.fit(8.0, -1.0, loss)
    assert known.loss(8.0, -1.0, knee_db) == pytest.approx(loss, abs=0.001)


def test_the_gain_leaves_what_is_wanted_after_its_loss() -> None:
    known = forecast([-6.0, -3.0, -9.0, -12.0])
    gain_db = known.gain(6.0, 18.0, -1.0, 2.0)
    assert 6.0 < gain_db < 18.0
    assert gain_db - known.loss(gain_db, -1.0, 2.0) == pytest.approx(6.0, abs=0.001)
    # Where it cannot be had: a little less than the most.
    even = forecast(-3.0)
    most = 18.0 - even.loss(18.0, -1.0, 2.0)
    assert most == pytest.approx(18.0 - 16.0**2 / 18.0)
    gain_db = even.gain(6.0, 18.0, -1.0, 2.0)
    assert gain_db - even.loss(gain_db, -1.0, 2.0) == pytest.approx(most - SPARED_LU, abs=0.001)
    assert gain_db == pytest.approx(4.0 / (4.0 - most + SPARED_LU), abs=0.01)


def test_a_gain_lifts_quiet_parts_over_the_gate() -> None:
    """BS.1770 gates the programme after the gain: parts at -72 LUFS count once 6 dB are added."""
    powers = np.resize([0.01, 1e-7], 600).repeat(20)
    peaks_db = np.resize([-6.0, -60.0], 600).repeat(20)
    amplified = Forecast(powers * 10**0.6, peaks_db + 6.0)
    assert Forecast(powers, peaks_db).loss(6.0, -1.0, 2.0) == pytest.approx(amplified.loss(0.0, -1.0, 2.0), abs=1e-9)
    faint = np.full(600, 1e-7)
    assert Forecast(faint, np.full(600, 0.0)).loss(0.0, -3.0, 2.0) == 0.0  # all below the gate: no loudness to lose
    assert Forecast(faint, np.full(600, 0.0)).loss(6.0, 3.0, 2.0) == pytest.approx(9.0 / 5.0, abs=1e-6)
