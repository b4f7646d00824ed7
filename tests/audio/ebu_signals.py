"""The test signals of EBU Tech 3341 and 3342 (v4, table 1 of each) that can be synthesized, and speech-like and music-like material.

Everything has the shape (frames, channels), float32, and is made anew from arithmetic and a fixed seed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]


def tones(steps: list[tuple[float, float]], rate: int, channels: int = 2, frequency: float = 1000.0) -> Samples:
    """A sine in phase in all channels, through (seconds, peak level in dBFS) steps; -inf is silence."""
    length = [round(seconds * rate) for seconds, _ in steps]
    gain = np.repeat([10 ** (level / 20) for _, level in steps], length)
    wave = gain * np.sin(2 * np.pi * frequency / rate * np.arange(len(gain)))
    return np.repeat(wave[:, None], channels, axis=1).astype(np.float32)


def surround(rate: int) -> Samples:
    """Signal 6 of Tech 3341: L, R, C, Ls, Rs."""
    levels = [-28.0, -28.0, -24.0, -30.0, -30.0]
    return np.concatenate([tones([(20.0, level)], rate, channels=1) for level in levels], axis=1)


SILENCE = -np.inf

INTEGRATED = {
    1: ([(20.0, -23.0)], -23.0),
    2: ([(20.0, -33.0)], -33.0),
    3: ([(10.0, -36.0), (60.0, -23.0), (10.0, -36.0)], -23.0),
    4: ([(10.0, -72.0), (10.0, -36.0), (60.0, -23.0), (10.0, -36.0), (10.0, -72.0)], -23.0),
    5: ([(20.0, -26.0), (20.1, -20.0), (20.0, -26.0)], -23.0),
}
"""Signals 1 to 5 of Tech 3341 and the integrated loudness that must be read within 0.1 LU."""

SHORT_TERM_STEADY = [(1.34, -20.0), (1.66, -30.0)] * 5
"""Signal 9: the short-term loudness is -23 LUFS, constant from 3 s on."""
MOMENTARY_STEADY = [(0.18, -20.0), (0.22, -30.0)] * 25
"""Signal 12: the momentary loudness is -23 LUFS, constant from 1 s on."""


def short_term_file(i: int) -> list[tuple[float, float]]:
    """Signal 10, segment ``i`` of 0 to 19: the highest short-term loudness is -23 LUFS."""
    return [(i * 0.15, SILENCE), (3.0, -23.0), (1.0, SILENCE)]


def short_term_live(i: int) -> list[tuple[float, float]]:
    """Signal 11, segment ``i``: the highest short-term loudness is -38 + i LUFS."""
    return [(i * 0.15, SILENCE), (3.0, -38.0 + i), (3.0 - i * 0.15, SILENCE)]


def momentary_file(i: int) -> list[tuple[float, float]]:
    """Signal 13, segment ``i``: the highest momentary loudness is -23 LUFS."""
    return [(i * 0.02, SILENCE), (0.4, -23.0), (1.0, SILENCE)]


def momentary_live(i: int) -> list[tuple[float, float]]:
    """Signal 14, segment ``i``: the highest momentary loudness is -38 + i LUFS."""
    return [(i * 0.02, SILENCE), (0.4, -38.0 + i), (0.4 - i * 0.02, SILENCE)]


TRUE_PEAK = {
    15: (4, 0.5, 0.0, -6.0),
    16: (4, 0.5, 45.0, -6.0),
    17: (6, 0.5, 60.0, -6.0),
    18: (8, 0.5, 67.5, -6.0),
    19: (4, 1.41, 45.0, 3.0),
}
"""Signals 15 to 19: divisor of the sample rate, amplitude, phase in degrees, and the true peak that must be read within +0.2/-0.4 dB."""


def peak_tone(divisor: int, amplitude: float, phase: float, rate: int) -> Samples:
    """A sine at ``rate / divisor``, tapered over 10 ms."""
    wave = amplitude * np.sin(2 * np.pi / divisor * np.arange(rate // 2) + np.deg2rad(phase))
    return _stereo(_taper(wave, rate // 100))


def peak_burst(offset: int, rate: int) -> Samples:
    """Signals 20 to 23: fs/6 at 0.5 with one period of fs/4 at 1.0, made at 4 fs, low-passed, taken down to fs at ``offset``; 0 dBTP."""
    before = 24 * 200
    steps = np.concatenate([np.full(before, 2 * np.pi / 24), np.full(16, 2 * np.pi / 16), np.full(before, 2 * np.pi / 24)])
    gain = np.concatenate([np.full(before, 0.5), np.full(16, 1.0), np.full(before, 0.5)])
    wave = _taper(gain * np.sin(np.cumsum(steps) - steps), 24 * 20)
    spectrum = np.fft.rfft(wave)
    frequency = np.fft.rfftfreq(len(wave)) * 4  # of fs
    spectrum *= np.interp(frequency, [0.45, 0.5], [1.0, 0.0])
    return _stereo(np.fft.irfft(spectrum, len(wave))[offset::4])


def _taper(wave: NDArray[np.float64], frames: int) -> NDArray[np.float64]:
    fade = np.sin(np.linspace(0, np.pi / 2, frames)) ** 2
    return wave * np.concatenate([fade, np.ones(len(wave) - 2 * frames), fade[::-1]])


def _stereo(wave: NDArray[np.float64]) -> Samples:
    return np.repeat(wave[:, None], 2, axis=1).astype(np.float32)


RANGE = {
    1: ([(20.0, -20.0), (20.0, -30.0)], 10.0),
    2: ([(20.0, -20.0), (20.0, -15.0)], 5.0),
    3: ([(20.0, -40.0), (20.0, -20.0)], 20.0),
    4: ([(20.0, -50.0), (20.0, -35.0), (20.0, -20.0), (20.0, -35.0), (20.0, -50.0)], 15.0),
}
"""Signals 1 to 4 of Tech 3342 and the loudness range that must be read within 1 LU."""


def speech_like(seconds: float, rate: int, seed: int = 1) -> Samples:
    """Mono: glottal pulses through moving formants and hiss, in syllables, phrases and pauses; as peaky as speech."""
    rng = np.random.default_rng(seed)
    pieces: list[NDArray[np.float64]] = []
    total, wanted = 0, round(seconds * rate)
    while total < wanted:
        for _ in range(int(rng.integers(4, 12))):
            pieces.append(_syllable(rng, rate))
            total += len(pieces[-1])
        pieces.append(np.zeros(round(rng.uniform(0.2, 0.6) * rate)))
        total += len(pieces[-1])
    wave = np.concatenate(pieces)[:wanted]
    return (wave * 0.5 / np.abs(wave).max())[:, None].astype(np.float32)


def _syllable(rng: np.random.Generator, rate: int) -> NDArray[np.float64]:
    frames = round(rng.uniform(0.12, 0.3) * rate)
    pitch = rng.uniform(90, 220) * (1 + 0.1 * np.sin(np.linspace(0, rng.uniform(1, 4), frames)))
    phase = np.cumsum(pitch / rate)
    source = np.diff(np.floor(phase), prepend=0.0) + rng.standard_normal(frames) * rng.uniform(0.005, 0.05)
    length = 1 << (frames - 1).bit_length() + 1
    frequency = np.fft.rfftfreq(length, 1 / rate)
    gain = np.zeros(len(frequency), np.complex128)
    for formant, width, level in ((500, 60, 1.0), (1500, 90, 0.5), (2500, 130, 0.3), (3500, 200, 0.2)):
        # A resonance, with its phase: a pulse rings on until the next one, as in a vocal tract.
        centre = formant * rng.uniform(0.6, 1.4)
        gain = gain + level * width / (width + 1j * (frequency - centre))
    gain /= 1 + 1j * frequency / 300  # the slope of a glottal pulse
    wave = np.fft.irfft(np.fft.rfft(source, length) * gain, length)[:frames]
    shape = np.sin(np.linspace(0, np.pi, frames)) ** 0.5 * rng.uniform(0.5, 1.0) / np.sqrt(np.mean(wave**2))
    return wave * shape


def music_like(seconds: float, rate: int, channels: int = 2, seed: int = 2) -> Samples:
    """Chords of decaying harmonics over a beat of noise, wide in the stereo field, band-limited as all that a converter gives."""
    rng = np.random.default_rng(seed)
    frames = round(seconds * rate)
    out = np.zeros((frames, channels))
    beat = rate // 2
    for start in range(0, frames, beat):
        time = np.arange(min(beat * 3, frames - start)) / rate
        for note in 110 * 2 ** (rng.choice([0, 3, 5, 7, 10, 12, 15], 2) / 12):
            harmonics = sum(np.sin(2 * np.pi * note * k * time + rng.uniform(0, 6)) / k**1.2 for k in range(1, 8))
            out[start : start + len(time)] += (np.exp(-3 * time) * harmonics)[:, None] * rng.uniform(0.3, 1.0, channels)
        hit = rng.standard_normal(min(rate // 8, frames - start))
        spectrum = np.fft.rfft(hit * np.exp(-60 / rate * np.arange(len(hit))))
        hit = np.fft.irfft(spectrum * np.interp(np.linspace(0, 0.5, len(spectrum)), [0.40, 0.44], [1, 0]), len(hit))
        out[start : start + len(hit)] += hit[:, None] * rng.uniform(0.5, 1.0, channels)
    return (out * 0.5 / np.abs(out).max()).astype(np.float32)
