"""Runs a Piper network: ids and a seed to samples and the length of each id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voiceover.engines.onnx_runtime import Session, session_options
from voiceover.engines.piper.graph import CHANNELS, DURATION_NOISE, SOUND_NOISE, repeatable_graph
from voiceover.errors import EngineError
from voiceover.types import FloatArray

FRAMES_PER_ID = 8
"""Frames of noise drawn for each id at first; a voice takes 2 on average."""
SPARE_FRAMES = 200
MOST_FRAMES = 20_000
"""Frames of one call: 3.9 minutes at the usual 256 samples a frame."""


Seeds = tuple[tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Scales:
    """How a network is asked to speak."""

    noise: float
    length: float
    noise_w: float


class PiperNetwork:
    """A loaded network. It serves one thread, and uses one: onnxruntime rounds differently with two."""

    def __init__(self, path: Path, speakers: int) -> None:
        """Raises ModelError if the file is no network of Piper, or onnxruntime cannot load it."""
        graph, self._durations = repeatable_graph(path, speakers)
        self._session = Session(graph, session_options(1), str(path))
        self._many = speakers > 1

    def speak(self, ids: Sequence[int], scales: Scales, seeds: Seeds, speaker: int = 0) -> tuple[FloatArray, NDArray[np.int64]]:
        """Return samples, float32 (samples,), and the samples of each id, int64 (ids,).

        ``seeds`` are those of the durations' noise and of the sound's, drawn by a generator that numpy keeps the same in all versions.
        Raises EngineError if the network fails, or would speak longer than ``MOST_FRAMES``.
        """
        frames = min(round(FRAMES_PER_ID * max(scales.length, 1.0) * len(ids)) + SPARE_FRAMES, MOST_FRAMES)
        while True:
            inputs = {
                "input": np.array([ids], np.int64),
                "input_lengths": np.array([len(ids)], np.int64),
                "scales": np.array([scales.noise, scales.length, scales.noise_w], np.float32),
                DURATION_NOISE: _noise(seeds[0], (1, 2, len(ids))),
                SOUND_NOISE: np.ascontiguousarray(_noise(seeds[1], (1, frames, CHANNELS)).transpose(0, 2, 1)),
            } | ({"sid": np.array([speaker], np.int64)} if self._many else {})
            audio, durations = self._session.run(inputs, ["output", self._durations])
            lengths = durations.reshape(-1)
            if not np.isfinite(lengths).all() or (total := int(lengths.sum())) > MOST_FRAMES:
                raise EngineError(f"the network would speak {len(ids)} ids for more than {MOST_FRAMES:,} frames")
            if total <= frames:
                break
            frames = total
        samples = audio.reshape(-1).astype(np.float32, copy=False)
        if len(lengths) != len(ids) or not total or len(samples) % total or not np.isfinite(samples).all():
            raise EngineError(f"the network returned {len(samples):,} samples for {total:,} frames: damaged, or no network of Piper")
        return samples, lengths.astype(np.int64) * (len(samples) // total)


def _noise(seed: tuple[int, ...], shape: tuple[int, ...]) -> FloatArray:
    generator = np.random.RandomState(np.random.MT19937(np.random.SeedSequence(seed)))
    return generator.standard_normal(shape).astype(np.float32)
