"""Each word is a bell whose pitch its letters decide."""

from __future__ import annotations

import numpy as np

from voiceover.errors import EngineError
from voiceover.types import Audio, EngineInfo, FloatArray, Utterance, Voice

SAMPLE_RATE = 16_000
SECONDS_PER_LETTER = 0.06


class ChimeEngine:
    def __init__(self, decay: float, partials: int) -> None:
        self._decay = decay
        self._partials = partials

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(
            name="chime",
            revision=1,
            fingerprint=f"chime r1 decay={self._decay:g} partials={self._partials}",
            sample_rate=SAMPLE_RATE,
            window_seconds=120.0,
            reference_in_window=False,
            realtime_factor=0.01,
            licence="CC0-1.0",
            rank=200,
            best_characters=200,
            worker_threads=1,
        )

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        words = [word for word in utterance.spoken.split() if any(map(str.isalnum, word))]
        if not words:
            raise EngineError(f'{utterance.source}: there are no words in "{utterance.spoken}"')
        pitch = float(voice.styles[utterance.style].settings.get("chime", {}).get("pitch", 500))
        speed = utterance.options.speed or 1.0
        return Audio(np.concatenate([self._strike(word, pitch, speed, utterance.seed) for word in words]), SAMPLE_RATE)

    def close(self) -> None:
        pass

    def _strike(self, word: str, pitch: float, speed: float, seed: int) -> FloatArray:
        seconds = np.arange(int(SAMPLE_RATE * SECONDS_PER_LETTER * (len(word) + 1) / speed)) / SAMPLE_RATE
        frequency = pitch * 2 ** (sum(map(ord, word)) % 12 / 12)
        wave = sum(np.sin(2 * np.pi * frequency * n * seconds + seed % 7) / n for n in range(1, self._partials + 1))
        # It rises and falls within 20 ms, so that no check takes it for a word that is cut.
        edges = np.clip(np.minimum(seconds, seconds[::-1]) / 0.02, 0, 1) ** 2
        return (0.3 * wave * edges * np.exp(-5 * seconds / self._decay)).astype(np.float32)
