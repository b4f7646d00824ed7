"""Engines of the benchmark's own, quick, and each with a log of what it was asked to speak. Copied to where ``ground`` installs it."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from voiceover.audio.files import read_clip
from voiceover.types import Audio, EngineContext, EngineInfo, Utterance, Voice

RATE = 8000
INFO = EngineInfo("chaos", 1, "chaos r1", RATE, 120.0, False, realtime_factor=0.001, licence="CC0-1.0")


def hold() -> None:
    """Speak no line before the file is there that CHAOS_UNTIL names."""
    until = os.environ.get("CHAOS_UNTIL")
    while until and not Path(until).exists():
        time.sleep(0.02)


class Chaos:
    """Noise after the text, as short as is believed; a line ``Hum 3.5 ...`` is as many seconds of it, the same each time."""

    info = INFO

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        note(utterance.spoken)
        hold()
        words = utterance.text.split()
        if words[0] == "Hum":
            return Audio(noise(b"hum", float(words[1])), RATE)
        return Audio(noise(utterance.spoken.encode(), length(utterance)), RATE)

    def close(self) -> None:
        pass


class Hears(Chaos):
    """The noise depends on the bytes of the reference clip, too."""

    info = replace(INFO, name="hears", fingerprint="hears r1", reference_in_window=True)

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        note(utterance.spoken)
        clip = voice.styles[utterance.style].clip
        assert clip is not None
        hold()
        return Audio(noise(read_clip(clip).samples.tobytes() + utterance.spoken.encode(), length(utterance)), RATE)


def noise(what: bytes, seconds: float) -> np.ndarray:
    """Float32 (frames,): the same for the same bytes."""
    chance = np.random.default_rng(int.from_bytes(hashlib.sha256(what).digest()[:8]))
    return chance.uniform(-0.2, 0.2, round(seconds * RATE)).astype(np.float32)


def length(utterance: Utterance) -> float:
    """Seconds; a tenth of what is expected would be refused."""
    return 0.25 + 0.01 * len(utterance.spoken)


def note(spoken: str) -> None:
    """A line in the log, whole however many processes write to it."""
    if path := os.environ.get("CHAOS_LOG"):
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        os.write(descriptor, f"{spoken}\n".encode())
        os.close(descriptor)


def make(context: EngineContext) -> Chaos:
    return Chaos()


def make_hears(context: EngineContext) -> Hears:
    return Hears()
