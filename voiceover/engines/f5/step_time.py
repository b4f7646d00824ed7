"""How long the guided steps of a back end take."""

from __future__ import annotations

import math
import time
from typing import Protocol

import numpy as np

from voiceover.engines.f5.backend import Prompt
from voiceover.types import FloatArray


class Steps(Protocol):
    """The part of a ``Backend`` that a step needs."""

    def velocity(self, x: FloatArray, evaluation: int, prompt: Prompt) -> FloatArray: ...


def step_seconds(backend: Steps, prompt: Prompt, longest: float = math.inf) -> list[float]:
    """Seconds of each evaluation of ``prompt`` after a first that warms up; after ``longest`` seconds of them no other is begun."""
    state = np.zeros_like(prompt.cond)
    backend.velocity(state, 0, prompt)
    times: list[float] = []
    for evaluation in range(1, len(prompt.times)):
        before = time.perf_counter()
        backend.velocity(state, evaluation, prompt)
        times.append(time.perf_counter() - before)
        if sum(times) > longest:
            break
    return times
