"""An engine in sixty lines, as CONTRIBUTING describes it: a tone for each word, as long as the word. It passes the contract."""

from __future__ import annotations

import numpy as np

from voiceover.errors import EngineError
from voiceover.types import Audio, EngineContext, EngineInfo, Utterance, Voice

SAMPLE_RATE = 16_000
SECONDS_A_LETTER = 0.06


class ToneEngine:
    """Each word is a tone whose pitch its letters decide; the seed shifts the phase."""

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(
            name="tone",
            revision=1,
            fingerprint="tone r1",
            sample_rate=SAMPLE_RATE,
            window_seconds=120.0,
            reference_in_window=False,
            options=frozenset({"speed", "seed"}),
            realtime_factor=0.001,
            licence="CC0-1.0",
        )

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        words = [word for word in utterance.spoken.split() if any(map(str.isalnum, word))]
        if not words:
            raise EngineError(f'{utterance.source}: there are no words in "{utterance.spoken}"')
        pitch = voice.styles[utterance.style].settings.get("tone", {}).get("pitch", 220)
        speed = utterance.options.speed or 1.0
        return Audio(np.concatenate([tone(word, float(pitch), speed, utterance.seed) for word in words]), SAMPLE_RATE)

    def close(self) -> None:
        pass


def tone(word: str, pitch: float, speed: float, seed: int) -> np.ndarray:
    """Float32 (frames,): the word's tone, faded at both ends."""
    frames = int(SAMPLE_RATE * SECONDS_A_LETTER * (len(word) + 1) / speed)
    frequency = pitch * 2 ** (sum(map(ord, word)) % 12 / 12)
    wave = np.sin(2 * np.pi * frequency * np.arange(frames) / SAMPLE_RATE + seed % 7)
    return (0.3 * wave * np.hanning(frames)).astype(np.float32)


def make(context: EngineContext) -> ToneEngine:
    return ToneEngine()


def ready(context: EngineContext) -> str | None:
    """Nothing is missing, so ``engine: auto`` may take it."""
    return None
