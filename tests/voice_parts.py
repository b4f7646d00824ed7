"""What the tests of voices share: real speech by the draft engine, and ways to spoil it."""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path

import numpy as np
import soundfile

from tests.draft_parts import utterance_of, voice_of
from voiceover import voices
from voiceover.audio.files import resample
from voiceover.engines.draft import DraftEngine
from voiceover.pipeline.context import from_engines
from voiceover.types import Clip, FloatArray

RATE = 44_100
SENTENCES = (
    "The river is low this morning, and the heron stands where the boats used to lie.",
    "I think we shall have rain before noon, so take the big umbrella with you.",
    "My poor dear friend, you live here no better than the ants in the garden wall.",
    "Close the door gently, the children have only just fallen asleep upstairs.",
)
WORDS = SENTENCES[0]
BOTH = f"{SENTENCES[0]} {SENTENCES[1]}"
SHIPPED = [
    (voice.name, name)
    for voice in voices.list_voices([voices.shipped_folder()], from_engines())
    for name, style in voice.styles.items()
    if style.clip is not None
]
"""Voice and style of every clip that comes with the program."""


@functools.cache
def sentence(index: int = 0, speed: float = 1.0) -> FloatArray:
    """One of ``SENTENCES`` as a person would record it: at 44.1 kHz, with half a second of a quiet room around it."""
    engine = DraftEngine()
    try:
        audio = engine.speak(utterance_of(SENTENCES[index], speed=speed), voice_of(variant="f2", pitch=45, range=55, rate=165))
    finally:
        engine.close()
    speech = resample(audio.samples, audio.sample_rate, RATE)
    return in_room(np.concatenate((silence(0.5), speech, silence(0.5))))


def silence(seconds: float) -> FloatArray:
    return np.zeros(round(seconds * RATE), np.float32)


def in_room(samples: FloatArray, level_db: float = -75.0) -> FloatArray:
    """With white noise of this level in dBFS under it."""
    noise = np.random.default_rng(7).standard_normal(len(samples)).astype(np.float32)
    return samples + noise * np.float32(10 ** (level_db / 20))


def with_pause(seconds: float, noise_db: float = -75.0) -> FloatArray:
    """Two sentences with ``seconds`` of a quiet room between the end of one and the start of the other."""
    first, second = (whole[round(0.45 * RATE) : -round(0.45 * RATE)] for whole in (sentence(0), sentence(1)))
    return in_room(np.concatenate((silence(0.5), first, silence(seconds), second, silence(0.5))), noise_db)


def shipped_clip(voice: str, style: str) -> Clip:
    clip = voices.load_voice(voice, [voices.shipped_folder()], from_engines()).styles[style].clip
    assert clip is not None
    return clip


def speech_rms(samples: FloatArray) -> float:
    loud = np.abs(samples) > 0.02
    return float(np.sqrt(np.mean(samples[loud] ** 2)))


def melody(seconds: float) -> FloatArray:
    """Notes of half a second, two at a time, each with its overtones."""
    t = np.arange(RATE // 2) / RATE
    steps = np.random.default_rng(3).integers(0, 12, round(seconds * 2))
    notes = [sum(np.sin(2 * np.pi * f * k * t) / k for f in (220 * 2 ** (s / 12), 330 * 2 ** (s / 12)) for k in range(1, 6)) for s in steps]
    played = np.concatenate([note * np.exp(-2 * t) * np.minimum(t * 100, 1) for note in notes])
    return (0.1 * played).astype(np.float32)


def save(path: Path, samples: FloatArray, rate: int = RATE, subtype: str = "PCM_16") -> Path:
    """A WAV file of samples of shape (frames,) or (frames, channels)."""
    soundfile.write(path, samples, rate, subtype=subtype)
    return path


def convert(ffmpeg: str, source: Path, target: Path) -> Path:
    """The same sound in the format that the name of ``target`` says."""
    subprocess.run([ffmpeg, "-y", "-loglevel", "error", "-i", str(source), str(target)], check=True)
    return target
