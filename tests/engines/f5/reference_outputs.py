"""The folder of reference outputs, and networks loaded from it once."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from voiceover.engines.f5.backend import Prompt
from voiceover.engines.f5.weights.files import open_weights
from voiceover.tensors.safetensors_file import read_safetensors
from voiceover.tensors.stored import StoredWeights

COMMITTED = Path(__file__).parents[2] / "goldens"
FOLDER = Path(os.environ.get("VOICEOVER_GOLDENS") or COMMITTED)
"""Any set of reference outputs of the same kinds, whatever its sizes."""

ONE_CALL = 1e-4
ROTARY = 1e-5
"""Relative, of an angle of any size."""
SAMPLED = 5e-4
QUANTIZED = 2e-4
LOG_MEL = 5e-3
WAVE = 1e-4
SECONDS = 1e-5
"""Tolerances of the folder's README, as absolute differences."""


@cache
def outputs(file: str) -> StoredWeights:
    return read_safetensors(FOLDER / file)


@cache
def weights(file: str) -> StoredWeights:
    return open_weights(FOLDER / file)


def rows(file: str, *, without: tuple[str, ...] = ()) -> list[Any]:
    """One test parameter a tensor of a file, named after both. ``without`` are beginnings of names that are inputs or not to be matched."""
    path = FOLDER / file
    if not path.exists():
        return [pytest.param(file, None, id=f"{file} is missing")]
    names = [name for name in outputs(file).names() if not name.startswith(without or ("\0",))]
    return [pytest.param(file, name, id=f"{file}:{name}") for name in names]


Call = Callable[[np.ndarray, Prompt], Any]
"""An output of the DiT at a state."""


def call(folder: str, name: str, both: Call, without_audio: Call) -> np.ndarray:
    """What a row of ``dit_outputs`` says, by its name: ``single``, ``batch`` or ``long_text``; which halves; what is dropped.

    ``both`` gives the two halves of a guided call, ``without_audio`` the conditional one without the reference. The prompt's times are
    those of the batch: each has its own.
    """
    given = outputs(f"{folder}/dit_inputs.safetensors")
    count = len(given.tensor("x")) if "batch" in name else 1
    x, cond, text, time = (given.tensor(key)[:count] for key in ("x", "cond", "text", "time"))
    if "long_text" in name:
        text = given.tensor("long_text")
    mask = given.tensor("mask").astype(bool) if "batch" in name else None
    prompt = Prompt(cond, text, time, True, mask)
    if name.endswith("drop_audio"):
        return np.asarray(without_audio(x, prompt))
    found = np.asarray(both(x, prompt))
    conditional, unconditional = np.split(found, 2)
    if name.endswith("uncond"):
        return unconditional
    return conditional if name.endswith("cond") else found


def close(actual: Any, expected: Any, tolerance: float) -> None:
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance)


@cache
def load_network(file: str, architecture: str, *, attn_mask: bool = False) -> Any:
    """A DiT on MLX; the caller has made sure that MLX is there."""
    from voiceover.engines.f5.choices import Architecture
    from voiceover.engines.f5.configs import DiTConfig
    from voiceover.engines.f5.mlx.backend import load_dit

    found = weights(file)
    config = DiTConfig.from_weights(found, Architecture(architecture))
    return load_dit(found, replace(config, attn_mask_enabled=attn_mask))
