"""The network of Kokoro-82M: phoneme ids and a style to sound, and how long each phoneme takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voiceover.engines.kokoro.prepared import DURATIONS, OUTPUTS, open_graph
from voiceover.engines.onnx_runtime import Session
from voiceover.errors import EngineError, ModelError
from voiceover.tensors.onnx_file import expect_values, read_onnx
from voiceover.types import FloatArray

SAMPLE_RATE = 24_000
MOST_IDS = 510
"""Most phonemes of a call."""
FRAME_SAMPLES = 600
"""Samples of a frame, the unit of durations."""
STYLE_SIZE = 256
_FLOAT, _INT64 = 1, 7


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """What the network returns for a call."""

    samples: FloatArray
    """Mono at ``SAMPLE_RATE``."""
    durations: NDArray[np.int64]
    """Frames of the silence at the head, of each id, and of the silence at the tail; ``FRAME_SAMPLES`` samples each."""


class Network:
    """A loaded model. The same call gives the same samples in every session, with any number of threads."""

    def __init__(self, model: Path, cache_folder: Path, threads: int) -> None:
        """Load ``model``, an ONNX file; whatever is derived from it goes into ``cache_folder``.

        Raises ModelError if it is not an ONNX file of this network.
        """
        found = read_onnx(model)
        inputs = {"tokens": _INT64, "style": _FLOAT, "speed": _FLOAT}
        expect_values(model, found, inputs, {"audio": _FLOAT}, "a Kokoro model")
        if DURATIONS not in found.values:
            raise ModelError(f"{model}: not a Kokoro model: it has no value {DURATIONS}, the durations")
        self._session: Session | None = open_graph(model, cache_folder, threads)

    def speak(self, ids: Sequence[int], style: FloatArray, speed: float) -> Spoken:
        """Speak 1 to ``MOST_IDS`` phonemes in a style, shape (256,); ``speed`` divides durations.

        Raises EngineError if the network fails.
        """
        if self._session is None:
            raise EngineError("the Kokoro network is closed")
        if not 0 < len(ids) <= MOST_IDS:
            raise EngineError(f"Kokoro speaks 1 to {MOST_IDS} phonemes at once, not {len(ids)}")
        tokens = np.zeros((1, len(ids) + 2), np.int64)
        tokens[0, 1:-1] = ids
        inputs = {"tokens": tokens, "style": np.asarray(style, np.float32).reshape(1, STYLE_SIZE), "speed": np.array([speed], np.float32)}
        # To give working memory back and take it again costs up to 5% of a long call.
        samples, durations = self._session.run(inputs, OUTPUTS, keep_memory=True)
        return Spoken(np.asarray(samples, np.float32).reshape(-1), durations.reshape(-1).astype(np.int64))

    def close(self) -> None:
        """Release the memory of the network."""
        self._session = None
