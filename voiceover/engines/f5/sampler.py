"""From noise to mel: the flow's ordinary differential equation, solved with classifier-free guidance.

Follows F5-TTS' ``CFM.sample`` and torchdiffeq's fixed-grid solvers. ``rk4`` is torchdiffeq's, the 3/8 rule (Kutta 1901), not the
classical one that f5-tts-mlx has under that name; the two are different methods.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from voiceover.engines.f5.backend import Backend, Prompt
from voiceover.engines.f5.choices import Sampling
from voiceover.types import FloatArray
from voiceover.types.lazy_dataclass import dataclass

EPSS: Mapping[int, tuple[int, ...]] = {
    5: (0, 2, 4, 8, 16, 32),
    6: (0, 2, 4, 6, 8, 16, 32),
    7: (0, 2, 4, 6, 8, 16, 24, 32),
    10: (0, 2, 4, 6, 8, 12, 16, 20, 24, 28, 32),
    12: (0, 2, 4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32),
    16: (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32),
}
"""Empirically pruned step sampling (Fast F5-TTS, 2025): step grids in 1/32, by number of steps."""
LEAST_GUIDANCE = 1e-5
"""Weaker guidance counts as none, and the unconditional half is not computed."""


@dataclass(frozen=True, slots=True)
class Tableau:
    """An explicit Runge-Kutta method (Butcher's notation)."""

    nodes: tuple[float, ...]
    rows: tuple[tuple[float, ...], ...]
    """Row k weighs the k slopes before it."""
    weights: tuple[float, ...]


METHODS: Mapping[str, Tableau] = {
    "euler": Tableau((0.0,), ((),), (1.0,)),
    "midpoint": Tableau((0.0, 0.5), ((), (0.5,)), (0.0, 1.0)),
    "rk4": Tableau((0.0, 1 / 3, 2 / 3, 1.0), ((), (1 / 3,), (-1 / 3, 1.0), (1.0, -1.0, 1.0)), (1 / 8, 3 / 8, 3 / 8, 1 / 8)),
}


def time_grid(steps: int, sway_sampling_coef: float | None, *, epss: bool = True) -> FloatArray:
    """Return times from 0 to 1 for ``steps`` intervals, shape (steps + 1,), in upstream's float32 arithmetic."""
    one = np.float32(1)
    if epss and steps in EPSS:
        grid = np.array(EPSS[steps], np.float32) / np.float32(32)
    else:  # torch.linspace counts from both ends
        count = np.arange(steps + 1, dtype=np.float32)
        step = one / np.float32(steps)
        grid = np.where(count < (steps + 1) // 2, step * count, one - step * (np.float32(steps) - count))
    if sway_sampling_coef is not None:
        grid = grid + np.float32(sway_sampling_coef) * (np.cos(np.float32(np.pi / 2) * grid) - one + grid)
    return grid.astype(np.float32)


def evaluation_times(grid: FloatArray, method: Tableau) -> FloatArray:
    """Return the time of every velocity that ``integrate`` needs, in order."""
    starts, stops = grid[:-1, None], grid[1:, None]
    nodes = np.array(method.nodes, np.float32)
    return np.where(nodes == 1, stops, starts + (stops - starts) * nodes).reshape(-1)


def integrate(velocity: Callable[[FloatArray, int], FloatArray], start: FloatArray, grid: FloatArray, method: Tableau) -> FloatArray:
    """Return the state at the end of the grid. ``velocity(x, k)`` is called once per time k of ``evaluation_times``."""
    x = start
    stages = len(method.nodes)
    for interval, width in enumerate(np.diff(grid)):
        slopes: list[FloatArray] = []
        for stage, row in enumerate(method.rows):
            slopes.append(velocity(_moved(x, width, row, slopes), interval * stages + stage))
        x = _moved(x, width, method.weights, slopes)
    return x


def _moved(x: FloatArray, width: np.float32, weights: tuple[float, ...], slopes: list[FloatArray]) -> FloatArray:
    for weight, slope in zip(weights, slopes, strict=True):
        if weight:
            x = x + (width * np.float32(weight)) * slope
    return x


def sample(
    backend: Backend,
    *,
    cond: FloatArray,
    known: NDArray[np.bool_],
    ids: NDArray[np.int32],
    noise: FloatArray,
    sampling: Sampling,
    mask: NDArray[np.bool_] | None = None,
) -> FloatArray:
    """Sample log-mel (b, n, mel).

    ``cond`` (b, n, mel) is the reference mel, ``known`` (b, n) says in which frames it stands: those are given to the network and
    returned as they are, and no other frame is, however long the text. ``ids`` (b, nt) ends shorter texts with -1, ``noise`` (b, n, mel)
    is where the flow starts.
    """
    method = METHODS[sampling.method]
    grid = time_grid(sampling.steps, sampling.sway_sampling_coef, epss=sampling.epss)
    guided = abs(sampling.cfg_strength) >= LEAST_GUIDANCE
    prompt = Prompt(np.where(known[:, :, None], cond, np.float32(0)), ids, evaluation_times(grid, method), guided, mask)
    strength = np.float32(sampling.cfg_strength)

    def velocity(x: FloatArray, evaluation: int) -> FloatArray:
        found = backend.velocity(x, evaluation, prompt)
        if not guided:
            return found
        conditional, unconditional = np.split(found, 2)
        return conditional + (conditional - unconditional) * strength

    return np.where(known[:, :, None], cond, integrate(velocity, noise, grid, method))


def draw_noise(seed: int, frames: int, bands: int) -> FloatArray:
    """Return standard normal noise (frames, bands): a frame depends on the seed only, not on the number of frames.

    RandomState, because numpy promises its stream for ever (NEP 19); Generator's may change.
    """
    state = np.random.RandomState(np.random.MT19937(np.random.SeedSequence(seed)))
    return state.standard_normal((frames, bands)).astype(np.float32)
