"""Mixes channels to one: finds those that hold sound, and those that cancel each other."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from voiceover.types import FloatArray
from voiceover.voices.verdicts import ClipVerdict, Level

_EMPTY_SHARE = 0.01
"""A channel with less of the loudest one's power counts as empty."""
_LOSS_DB = 1.0
"""Beyond what uncorrelated channels lose in their mean, which is 3 dB for two; only opposite ones lose more."""
_REFUSED_DB = 7.0
_BAND_LOSS_DB = 6.0
_BAND_RANGE_DB = 20.0
"""A band that is further below the strongest one does not matter."""
_OCTAVES_HZ = (100, 200, 400, 800, 1600, 3200, 6400)
_FFT = 4096
_SPECTRA = 400
"""Largest number of spectra per recording, spread over its length."""


def mixed(samples: FloatArray, sample_rate: int, *, as_heard: bool = False) -> tuple[FloatArray, ClipVerdict]:
    """Mix ``samples``, shape (frames, channels), to one channel, and return it with a verdict on what was done.

    An empty channel is left out, as it would only make the mean quieter. If channels cancel each other, only the loudest is used. With
    ``as_heard`` the result is always the mean of all channels, which is what an engine gets of a clip.
    """
    count = samples.shape[1]
    if count == 1 or not len(samples):
        return samples[:, 0], ClipVerdict("channels", Level.OK, count, "mono")
    power = np.array([_power(samples[:, channel]) for channel in range(count)])
    loud = power > _EMPTY_SHARE * power.max()
    if not loud.any():
        return samples[:, 0], ClipVerdict("channels", Level.REMARK, count, f"{count} channels, mixed to one")
    kept = ", ".join(str(at + 1) for at in np.flatnonzero(loud))
    mean = _mean(samples, np.ones(count, np.bool_) if as_heard else loud)
    message = f"{count} channels, mixed to one"
    if loud.sum() < count:
        message = f"{count} channels, of which only {kept} hold{'s' if loud.sum() == 1 else ''} sound; the rest is left out"
    if loud.sum() == 1:
        return mean, ClipVerdict("channels", Level.REMARK, count, message)
    loss = 10 * math.log10(float(power[loud].mean()) / max(_power(_mean(samples, loud) if as_heard else mean), 1e-20))
    unlike = 10 * math.log10(int(loud.sum()))
    loudest = int(power.argmax())
    if loss > unlike + _REFUSED_DB:
        message = f"{count} channels that cancel each other: mixed to one they lose {_told(loss)}; invert one, or export channel "
        return mean, ClipVerdict("channels", Level.REFUSAL, count, f"{message}{loudest + 1} alone")
    lost = f"they lose {_told(loss)}" if loss > unlike + _LOSS_DB else _lost_band(samples[:, loud], sample_rate, unlike + _BAND_LOSS_DB)
    if lost is not None:
        cure = f"export channel {loudest + 1} alone" if as_heard else f"channel {loudest + 1} is taken alone"
        message = f"{count} channels that partly cancel each other: mixed to one {lost}; {cure}"
        return mean if as_heard else samples[:, loudest], ClipVerdict("channels", Level.REMARK, count, message)
    return mean, ClipVerdict("channels", Level.REMARK, count, message)


def _lost_band(samples: FloatArray, sample_rate: int, most_db: float) -> str | None:
    """Describe the octave in which the mean of the channels is more than ``most_db`` quieter than they are; None if there is none."""
    starts = np.unique(np.linspace(0, max(len(samples) - _FFT, 0), _SPECTRA).astype(int))
    window = np.hanning(_FFT).astype(np.float32)[:, None]
    alone = np.zeros(_FFT // 2 + 1)
    together = np.zeros(_FFT // 2 + 1)
    for start in starts:
        part = samples[start : start + _FFT]
        spectra = np.fft.rfft(np.pad(part, ((0, _FFT - len(part)), (0, 0))) * window, axis=0)
        alone += np.mean(np.abs(spectra) ** 2, axis=1)
        together += np.abs(spectra.mean(axis=1)) ** 2
    hz = np.fft.rfftfreq(_FFT, 1 / sample_rate)
    bands = [
        (low, high, alone[inside].sum(), together[inside].sum())
        for low, high in pairwise(_OCTAVES_HZ)
        if (inside := (hz >= low) & (hz < high)).any()
    ]
    strongest = max((band[2] for band in bands), default=0.0)
    for low, high, before, after in bands:
        loss = 10 * math.log10(before / max(after, 1e-20)) if before > 0 else 0.0
        if loss > most_db and before > strongest * 10 ** (-_BAND_RANGE_DB / 10):
            return f"they lose {_told(loss)} between {low} and {high} Hz"
    return None


def _mean(samples: FloatArray, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> FloatArray:
    first, *others = np.flatnonzero(chosen)
    one: FloatArray = samples[:, first].copy()
    for channel in others:  # ten times as fast as the mean of numpy along the short axis
        one += samples[:, channel]
    one /= np.float32(1 + len(others))
    return one


def _power(channel: FloatArray) -> float:
    return float(np.einsum("i,i", channel, channel, dtype=np.float64)) / max(len(channel), 1)


def _told(loss: float) -> str:
    return f"{loss:.0f} dB" if loss < 40 else "everything"
