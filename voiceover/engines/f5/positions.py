"""Positions and times as the networks get them: sinusoids and embedding rows in numpy, for every back end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from voiceover.types import FloatArray


def sinusoids(length: int, width: int) -> FloatArray:
    """Return angles ``p * 10000 ** (-2j / width)``, shape (length, width / 2), in the reference's float32."""
    exponents = np.arange(0, width, 2, dtype=np.float32) / np.float32(width)
    frequencies = np.float32(1) / np.power(np.float32(10000), exponents)
    return np.outer(np.arange(length, dtype=np.float32), frequencies)


def text_positions(frames: int, width: int) -> FloatArray:
    """Return what is added to the text's embedding, shape (frames, width): cosines, then sines."""
    angles = sinusoids(frames, width)
    return np.concatenate((np.cos(angles), np.sin(angles)), axis=1)


def rotary_tables(frames: int, dim_head: int) -> tuple[FloatArray, FloatArray]:
    """Return cosines and sines of ``rotary_angles``."""
    angles = rotary_angles(frames, dim_head)
    return np.cos(angles), np.sin(angles)


def rotary_angles(frames: int, dim_head: int) -> FloatArray:
    """Return the angles of rotary positions, (frames, dim_head / 2).

    Base 10,000, computed anew: a checkpoint's own ``inv_freq`` may have been rounded to float16.
    """
    return np.outer(np.arange(frames, dtype=np.float32), sinusoids(2, dim_head)[1])


def time_sinusoids(times: FloatArray, width: int) -> FloatArray:
    """Embed times from 0 to 1: sines, then cosines, shape (times, width).

    Reckoned in float64, since float32 would be off by 5e-5 at angles up to 1,000.
    """
    half = width // 2
    frequencies = np.exp(-np.log(10000) / (half - 1) * np.arange(half))
    angles = 1000 * times.astype(np.float64)[:, None] * frequencies
    return np.concatenate((np.sin(angles), np.cos(angles)), axis=-1).astype(np.float32)


def embedding_rows(ids: NDArray[np.int32], frames: int, valid: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
    """Return ids (b, nt) as embedding rows (b, frames): plus one, cut or filled with 0; 0 where ``valid`` (b, frames) is False."""
    rows = np.zeros((len(ids), frames), np.int64)
    count = min(frames, ids.shape[1])
    rows[:, :count] = ids[:, :count] + 1
    return rows if valid is None else np.where(valid, rows, 0)
