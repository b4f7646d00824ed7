"""An example engine that offers everything an engine can offer: a tone for each word, as long as the word. It passes the contract.

``docs/engines.md`` explains each part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from voiceover.errors import EngineError
from voiceover.types import Audio, EngineContext, EngineInfo, Kind, Mark, OptionSpec, Style, Utterance, Voice, VoiceSettings

SAMPLE_RATE = 16_000
SECONDS_PER_LETTER = 0.06

OPTIONS = (OptionSpec("waveform", "Shape of the tones.", Kind.CHOICE, ("sine", "square"), default="sine"),)
VOICE_SETTINGS = VoiceSettings((OptionSpec("pitch", "Pitch of the lowest tone in Hz.", Kind.NUMBER, low=50, high=1000),))


class ToneEngine:
    """Each word is a tone whose pitch its letters decide; the seed shifts the phase."""

    waveform = "sine"

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(
            name="tone",
            revision=1,
            fingerprint="tone r1" if self.waveform == "sine" else f"tone r1 {self.waveform}",
            sample_rate=SAMPLE_RATE,
            window_seconds=120.0,
            reference_in_window=False,
            options=frozenset({"speed", "seed"}),
            realtime_factor=0.001,
            licence="CC0-1.0",
            returns_marks=True,
            best_characters=300,
            worker_threads=1,
        )

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        words = [word for word in re.finditer(r"\S+", utterance.spoken) if any(map(str.isalnum, word[0]))]
        if not words:
            raise EngineError(f'{utterance.source}: there are no words in "{utterance.spoken}"')
        pitch = voice.styles[utterance.style].settings.get("tone", {}).get("pitch", 220)
        speed = utterance.options.speed or 1.0
        tones = [tone(word[0], float(pitch), speed, utterance.seed) for word in words]
        starts = np.cumsum([0, *map(len, tones)])
        marks = tuple(Mark(word.start(), int(start)) for word, start in zip(words, starts, strict=False))
        samples = np.concatenate(tones)
        return Audio(samples if self.waveform == "sine" else 0.5 * np.sign(samples) * np.sqrt(np.abs(samples)), SAMPLE_RATE, marks)

    def close(self) -> None:
        pass


def tone(word: str, pitch: float, speed: float, seed: int) -> np.ndarray:
    """Return the tone of a word, float32 (frames,), faded at both ends."""
    frames = int(SAMPLE_RATE * SECONDS_PER_LETTER * (len(word) + 1) / speed)
    frequency = pitch * 2 ** (sum(map(ord, word)) % 12 / 12)
    wave = np.sin(2 * np.pi * frequency * np.arange(frames) / SAMPLE_RATE + seed % 7)
    return (0.3 * wave * np.hanning(frames)).astype(np.float32)


def make(context: EngineContext) -> ToneEngine:
    """Make the engine with the options of the context. Nothing heavy may happen before the first utterance."""
    engine = ToneEngine()
    engine.waveform = context.options.get("waveform", "sine")
    return engine


def ready(context: EngineContext) -> str | None:
    """Nothing is missing, so ``engine: auto`` may take it."""
    return None


def speaks(context: EngineContext, voice: Voice, language: str) -> str | None:
    """It has a tone for every voice, and every language."""
    return None


def outline(context: EngineContext) -> EngineInfo:
    """Nothing has to be loaded for its info."""
    return make(context).info


def runs_on(context: EngineContext) -> str:
    """Shown to the user when the engine is chosen."""
    return "in numpy"


def voices(context: EngineContext) -> list[Voice]:
    """A voice that comes with the engine, cast by its name."""
    high = Style(None, {"tone": {"pitch": 440}})
    return [Voice("whistle", None, "en", {"": high}, licence="CC0-1.0", description="A high tone.")]


def diagnose(context: EngineContext) -> Mapping[str, str]:
    """Its part of ``voiceover doctor``."""
    return {"numpy": np.__version__}


def settle(context: EngineContext, again: bool = False) -> str | None:
    """There is nothing to measure on this machine."""
    return None


def bench(context: EngineContext, on_message: Callable[[str], None]) -> Any:
    """Its part of ``voiceover bench``."""
    from voiceover.types import Benchmark

    return Benchmark(("a tone needs next to no time",), {"seconds": 0.0})
