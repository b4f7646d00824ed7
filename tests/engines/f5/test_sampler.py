"""The solver on flows whose solution is known, and the reference frames around it."""

from __future__ import annotations

import numpy as np
import pytest

from voiceover.engines.f5.backend import Prompt
from voiceover.engines.f5.choices import Sampling
from voiceover.engines.f5.duration import byte_rule, lifted, predicted_rule, total_frames
from voiceover.engines.f5.sampler import EPSS, METHODS, draw_noise, evaluation_times, integrate, sample, time_grid
from voiceover.settings import layers
from voiceover.types import FloatArray


class Flow:
    """A back end whose conditional velocity is 1 and whose unconditional one is 0.25; it counts."""

    def __init__(self) -> None:
        self.calls: list[float] = []
        self.prompts: list[Prompt] = []

    def velocity(self, x: FloatArray, evaluation: int, prompt: Prompt) -> FloatArray:
        self.calls.append(float(prompt.times[evaluation]))
        self.prompts.append(prompt)
        ones = np.ones_like(x)
        return np.concatenate((ones, ones / 4)) if prompt.guided else ones

    def vocode(self, mel: FloatArray) -> FloatArray:
        raise NotImplementedError

    def duration(self, mel: FloatArray, ids: np.ndarray) -> FloatArray:
        raise NotImplementedError


def solve(method: str, steps: int) -> float:
    """Error at 1 of y' = -2 t y^2, by float32 evaluation times and float64 states."""
    grid, tableau = time_grid(steps, None, epss=False), METHODS[method]
    times = evaluation_times(grid, tableau).astype(np.float64)
    end = integrate(lambda y, k: -2 * times[k] * y**2, np.ones(1), grid, tableau)  # type: ignore[arg-type, return-value]
    return abs(float(end[0]) - 0.5)


@pytest.mark.parametrize(("method", "order"), [("euler", 1), ("midpoint", 2), ("rk4", 4)])
def test_methods_have_their_order(method: str, order: int) -> None:
    coarse, fine = solve(method, 8), solve(method, 16)
    assert order - 0.5 < np.log2(coarse / fine) < order + 0.9


def test_every_method_that_a_script_may_name_is_there() -> None:
    assert tuple(METHODS) == layers.METHODS


def test_rk4_is_the_three_eighths_rule() -> None:
    times = evaluation_times(time_grid(1, None), METHODS["rk4"])
    np.testing.assert_allclose(times, [0, 1 / 3, 2 / 3, 1], atol=1e-7)


@pytest.mark.parametrize("steps", [1, 5, 6, 7, 8, 10, 12, 16, 32])
@pytest.mark.parametrize("sway", [None, -1.0])
def test_a_grid_has_as_many_intervals_as_steps(steps: int, sway: float | None) -> None:
    grid = time_grid(steps, sway)
    assert grid.shape == (steps + 1,)
    assert (grid[0], grid[-1]) == (0, 1)
    assert (np.diff(grid) > 0).all()
    assert (steps in EPSS) == (not np.allclose(time_grid(steps, None), np.linspace(0, 1, steps + 1)))


@pytest.mark.parametrize(("method", "calls"), [("euler", 1), ("midpoint", 2), ("rk4", 4)])
def test_one_call_an_evaluation_in_the_order_of_time(method: str, calls: int) -> None:
    flow = Flow()
    run(flow, Sampling(8, method))
    assert len(flow.calls) == 8 * calls
    assert flow.calls == sorted(flow.calls)
    assert len({id(prompt) for prompt in flow.prompts}) == 1
    assert flow.calls == flow.prompts[0].times.tolist()


def run(flow: Flow, sampling: Sampling, *, heard: int = 3, frames: int = 8, tokens: int = 5) -> FloatArray:
    cond = np.full((1, frames, 2), 7, np.float32)
    known = np.arange(frames)[None] < heard
    ids, noise = np.zeros((1, tokens), np.int32), np.zeros((1, frames, 2), np.float32)
    return sample(flow, cond=cond, known=known, ids=ids, noise=noise, sampling=sampling)


def test_guidance_is_skipped_at_zero() -> None:
    flow = Flow()
    np.testing.assert_allclose(run(flow, Sampling(8, cfg_strength=2.0))[0, 3:], 1 + 0.75 * 2, atol=1e-6)
    assert all(prompt.guided for prompt in flow.prompts)
    flow = Flow()
    np.testing.assert_allclose(run(flow, Sampling(8, cfg_strength=0.0))[0, 3:], 1, atol=1e-6)
    assert not any(prompt.guided for prompt in flow.prompts)


def test_frames_after_the_reference_are_made_even_where_the_text_is_longer() -> None:
    """f5-tts-mlx takes the text's length for the reference's, and blanks the beginning of the speech."""
    flow = Flow()
    found = run(flow, Sampling(4, cfg_strength=0.0), heard=3, frames=9, tokens=8)
    np.testing.assert_array_equal(found[0, :3], 7)
    np.testing.assert_allclose(found[0, 3:], 1, atol=1e-6)
    assert not flow.prompts[0].cond[0, 3:].any()
    assert (flow.prompts[0].cond[0, :3] == 7).all()


def test_noise_is_the_seeds_and_begins_the_same_at_any_length() -> None:
    short, long = draw_noise(7, 50, 100), draw_noise(7, 80, 100)
    np.testing.assert_array_equal(short, long[:50])
    assert not np.array_equal(short, draw_noise(8, 50, 100))
    assert abs(long.mean()) < 0.05
    assert abs(long.std() - 1) < 0.05
    assert draw_noise(2**63 - 1, 1, 4).dtype == np.float32
    # For ever the same: takes are found again by a later numpy.
    np.testing.assert_array_equal(draw_noise(7, 1, 3), np.array(PINNED, np.float32))


PINNED = [[0.983802318572998, -1.4327963590621948, 0.2325132191181183]]


# ---------------------------------------------------------------- lengths


def test_pace_and_speed() -> None:
    assert byte_rule(468, "x" * 50, "y" * 100) == 936
    assert byte_rule(468, "x" * 50, "y" * 100, 1.25) == 748
    assert byte_rule(468, "x" * 50, "é" * 50) == 936


def test_a_short_line_is_slower_and_has_a_least_length() -> None:
    assert byte_rule(468, "x" * 50, "y" * 9) == int(468 / 50 * 9 / 0.3)
    assert byte_rule(468, "x" * 50, "y" * 9, 2.0) == byte_rule(468, "x" * 50, "y" * 9)
    assert byte_rule(468, "x" * 50, "y" * 9, 0.2) > byte_rule(468, "x" * 50, "y" * 9)
    assert total_frames(byte_rule(400, "x" * 90, "A."), 400, 92) - 400 >= 94


def test_speed_of_a_prediction_acts_on_the_speech_alone() -> None:
    assert predicted_rule(10.0, 330, "y" * 50) == 600
    assert predicted_rule(10.0, 330, "y" * 50, 2.0) == 300
    assert predicted_rule(1.0, 330, "y" * 50) == 0


def test_total_frames_have_room_for_every_token_and_few_sizes() -> None:
    assert lifted(5, 37, 31) == 38
    assert lifted(5, 11, 31) == 32
    sizes = {total_frames(frames, 300, 60) for frames in range(200, 400)}
    assert all(size % 16 == 0 for size in sizes)
    assert len(sizes) <= 14
    assert total_frames(10, 20, 300) >= 301
