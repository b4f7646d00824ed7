"""Sounds, music and a recording for the tests of a show, and a script that plays them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from voiceover.types import FloatArray

RATE = 44_100
SHOW = """---
title: A show
cast: {Ann: ada, Bob: ben, Guest: cora}
sounds:
  bed: {file: bed.flac, licence: CC0-1.0, credit: Music by A. Smith}
  sting: sting.wav
---

[music: bed, under, -18dB, fade 500ms]

## One

Ann: Hello there, my friend.

Bob: Good morning to you. [sound: sting] And again.

## Two

Ann: This is the second part of it.

Guest: [audio: guest.flac] These are my own words.

[music: stop, fade 1s]

## Three

Bob: Here it is quiet again.
"""


def noise(seconds: float, channels: int = 1, amplitude: float = 0.2) -> FloatArray:
    return (amplitude * np.random.default_rng(5).standard_normal((round(seconds * RATE), channels))).astype(np.float32)


def tone(seconds: float, frequency: float = 440.0, amplitude: float = 0.25) -> FloatArray:
    return (amplitude * np.sin(2 * np.pi * frequency * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def write_show(folder: Path, *, bed_channels: int = 2, text: str = SHOW) -> Path:
    """Write a show with its files into ``folder``; return the script."""
    soundfile.write(folder / "bed.flac", noise(3.0, bed_channels), RATE)
    soundfile.write(folder / "sting.wav", tone(0.7), RATE)
    spoken = noise(2.0) * np.hanning(2 * RATE)[:, None].astype(np.float32)
    soundfile.write(folder / "guest.flac", np.concatenate((np.zeros((RATE // 2, 1), np.float32), spoken)), RATE)
    (folder / "show.md").write_text(text, "utf-8")
    return folder / "show.md"
