"""Reference outputs of Kokoro's network."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voiceover.types import FloatArray

COMMITTED = Path(__file__).parents[2] / "goldens"
NAMES = ("heart", "george", "michael_fast")


@dataclass(frozen=True, slots=True, eq=False)
class Golden:
    """A call of the network, and what it returned."""

    ids: list[int]
    style: FloatArray
    speed: float
    durations: NDArray[np.int64]
    audio: NDArray[np.int16]
    """Its beginning, times 32767."""
    samples: int


def goldens_folder() -> Path:
    given = Path(os.environ.get("VOICEOVER_GOLDENS") or COMMITTED) / "kokoro"
    return given if given.is_dir() else COMMITTED / "kokoro"


def golden(name: str) -> Golden:
    with np.load(goldens_folder() / "engines.npz") as every:
        found = {key: every[f"kokoro.{name}.{key}"] for key in ("tokens", "style", "speed", "duration", "audio_i16")}
    told = json.loads((goldens_folder() / "engines.json").read_text("utf-8"))[f"kokoro.{name}"]
    ids = found["tokens"][0, 1:-1].tolist()
    return Golden(ids, found["style"][0], float(found["speed"][0]), found["duration"], found["audio_i16"], told["samples"])


def weights_in(store: Path) -> Path:
    """Return the file with the weights in a data folder that has them."""
    return store / "models" / "kokoro" / "weights" / "kokoro-v1.0.int8.onnx"
