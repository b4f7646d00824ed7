"""Sampling from the reference inputs, on any back end."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np

from tests.engines.f5.reference_outputs import outputs
from voiceover.engines.f5 import sampler
from voiceover.engines.f5.backend import Backend, Prompt
from voiceover.engines.f5.choices import Sampling
from voiceover.engines.f5.duration import lifted
from voiceover.engines.f5.sampler import Tableau, evaluation_times, integrate, sample, time_grid
from voiceover.types import FloatArray

CLASSICAL = Tableau((0, 0.5, 0.5, 1), ((), (0.5,), (0, 0.5), (0, 0, 1)), (1 / 6, 1 / 3, 1 / 3, 1 / 6))
"""f5-tts-mlx has this under the name rk4."""


PACKAGES = {"mlx": ("torch_v1", "v1", "model_v1"), "mlx_fork_v0": ("torch_v0", "v0", "model")}
"""Where the inputs of a folder's outputs lie, its architecture, its files."""


def run(backend: Backend, folder: str, sampling: Sampling, *, name: str = "") -> FloatArray:
    """Sample from a folder's ``sample_inputs``; ``name`` may hold batch, edit, short_duration, shortrefN or noref."""
    given = outputs(f"{folder}/sample_inputs.safetensors")
    if name.startswith("batch."):
        return run_batch(backend, given, sampling)
    cond, text = given.tensor("cond"), given.tensor("text")
    if short := re.search(r"shortref(\d+)", name):
        cond = cond[:, : int(short[1])]
    heard = cond.shape[1]
    requested = 5 if "short_duration" in name else int(given.tensor("duration")[0])
    frames = lifted(requested, heard, int((text != -1).sum()))
    known = np.arange(frames)[None] < heard
    if ".edit." in name:
        known[:, :heard] &= given.tensor("edit_mask").astype(bool)
    cond = np.pad(cond, ((0, 0), (0, frames - heard), (0, 0)))
    if name.endswith("noref"):
        cond = np.zeros_like(cond)
    return sample(backend, cond=cond, known=known, ids=text, noise=given.tensor("y0")[:, :frames], sampling=sampling)


def run_batch(backend: Backend, given: Any, sampling: Sampling) -> FloatArray:
    frames, lengths = given.tensor("batch_effective_duration"), given.tensor("batch_lens")
    longest = int(frames.max())
    cond = given.tensor("batch_cond")
    cond = np.pad(cond, ((0, 0), (0, longest - cond.shape[1]), (0, 0)))
    noises = (given.tensor(f"batch_y0_{k}") for k in range(len(frames)))
    noise = np.stack([np.pad(one, ((0, longest - len(one)), (0, 0))) for one in noises])
    positions = np.arange(longest)[None]
    known, mask = positions < lengths[:, None], positions < frames[:, None]
    return sample(backend, cond=cond, known=known, ids=given.tensor("batch_text"), noise=noise, sampling=sampling, mask=mask)


def sampling_of(name: str) -> Sampling:
    """euler7_epss, euler8_nosway, rk4_4, ..."""
    method, steps, kind = re.fullmatch(r"(euler|midpoint|rk4_)(\d+)(?:_(\w+))?", name.rpartition(".")[2]).groups()  # type: ignore[union-attr]
    found = Sampling(int(steps), method.rstrip("_"), epss=kind == "epss")
    match kind:
        case "nosway":
            return replace(found, sway_sampling_coef=None)
        case "nocfg":
            return replace(found, cfg_strength=0.0)
    return found


def trajectory(backend: Backend, folder: str, sampling: Sampling) -> FloatArray:
    """Every state: the last one of every beginning of the grid."""
    given = outputs(f"{folder}/sample_inputs.safetensors")
    noise = given.tensor("y0")[:, : int(given.tensor("duration")[0])]
    cond = np.pad(given.tensor("cond"), ((0, 0), (0, noise.shape[1] - given.tensor("cond").shape[1]), (0, 0)))
    grid = time_grid(sampling.steps, sampling.sway_sampling_coef, epss=sampling.epss)
    method = sampler.METHODS[sampling.method]
    prompt = Prompt(cond, given.tensor("text"), evaluation_times(grid, method), True)

    def velocity(x: FloatArray, evaluation: int) -> FloatArray:
        conditional, unconditional = np.split(backend.velocity(x, evaluation, prompt), 2)
        return conditional + (conditional - unconditional) * np.float32(sampling.cfg_strength)

    return np.stack([integrate(velocity, noise, grid[: k + 1], method) for k in range(len(grid))])


def package_model(file: str) -> str:
    folder, _, kind = file.removesuffix(".safetensors").partition("/outputs_")
    source, _, stem = PACKAGES[folder]
    if folder == "mlx_fork_v0":  # the fork's layout is 4-bit alone; its float outputs are of the weights it was made from
        return f"{source}/model.safetensors" if kind == "fp32" else f"{folder}/{stem}.safetensors"
    return f"{folder}/{stem}{'' if kind == 'fp32' else f'_{kind[0]}b'}.safetensors"
