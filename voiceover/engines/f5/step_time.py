"""How long the guided steps of a back end take."""

from __future__ import annotations

import math
import time

import numpy as np

from voiceover.engines.f5.backend import Backend, Prompt


def step_seconds(backend: Backend, prompt: Prompt, longest: float = math.inf) -> list[float]:
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
