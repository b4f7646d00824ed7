"""One sound of the timeline as a stream: decoded, repeated, with the channels and the sample rate of the mix, faded and at its level."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from voiceover.audio.files import BLOCK_FRAMES, db_to_gain, resample_blocks
from voiceover.audio.streaming import SoundStream, open_sound
from voiceover.errors import InputError
from voiceover.types import FloatArray, PlacedSound

CROSSFADE_SECONDS = 0.02
"""Overlap of the end of a repeated piece and its beginning: short, so that its beat is kept."""
_KEPT_SECONDS = 30.0
"""A repeated piece up to this long is decoded once and kept in memory."""


def placed_blocks(placed: PlacedSound, sample_rate: int, channels: int) -> Iterator[FloatArray]:
    """Yield the blocks of ``placed``, from its first frame on the timeline to its last; what its file lacks is silence.

    They have the shape (frames, channels) and any length. Raises InputError if the file can no longer be read.
    """
    stream = open_sound(placed.file.path)
    source = repeated(stream) if placed.loops else stream.blocks()
    blocks = resample_blocks((with_channels(block, channels) for block in source), stream.sample_rate, sample_rate, channels)
    length, at = placed.end_frame - placed.start_frame, 0
    gain = np.float32(db_to_gain(placed.gain_db))
    for block in _padded(blocks, length, channels):
        scaled = block * gain
        _fade(scaled, placed, at, length)
        at += len(block)
        yield scaled


def with_channels(block: FloatArray, channels: int) -> FloatArray:
    """Return a block with one or two channels: one is copied into two, two are averaged into one."""
    if block.shape[1] == channels:
        return block
    if channels == 1:
        mean: FloatArray = block.mean(axis=1, dtype=np.float32, keepdims=True)
        return mean
    return np.repeat(block[:, :1], channels, axis=1)


def repeated(stream: SoundStream) -> Iterator[FloatArray]:
    """Yield the blocks of a stream again and again, without end; its last 20 ms and its first are crossfaded at constant power.

    Raises InputError if it has less than twice as much.
    """
    overlap = round(CROSSFADE_SECONDS * stream.sample_rate)
    blocks = _again(stream)
    tail: FloatArray | None = None
    while True:
        rest = blocks()
        head = _first(rest, 2 * overlap)
        if len(head) < 2 * overlap:
            raise InputError(f"{stream.path}: is too short to be repeated")
        if tail is not None:
            head = np.concatenate((_crossfaded(tail, head[:overlap]), head[overlap:]))
        for block in rest:
            yield head[:-overlap]
            head = np.concatenate((head[-overlap:], block))
        yield head[:-overlap]
        tail = head[-overlap:]


def _again(stream: SoundStream) -> Callable[[], Iterator[FloatArray]]:
    """Return a function that returns the blocks of a stream from its start."""
    longest = round(_KEPT_SECONDS * stream.sample_rate)
    if stream.frames > longest:
        return stream.blocks
    kept: list[FloatArray] = []
    count = 0
    for block in stream.blocks():
        kept.append(block)
        count += len(block)
        if count > longest:  # the header states less than there is
            return stream.blocks
    return lambda: iter(kept)


def _first(blocks: Iterator[FloatArray], frames: int) -> FloatArray:
    """Take blocks until they have at least ``frames`` together; return them as one."""
    taken: list[FloatArray] = []
    count = 0
    for block in blocks:
        taken.append(block)
        count += len(block)
        if count >= frames:
            break
    return np.concatenate(taken) if taken else np.zeros((0, 1), np.float32)


def _crossfaded(end: FloatArray, start: FloatArray) -> FloatArray:
    """Fade ``end`` out while ``start`` fades in. The power stays even, whether the two are alike or not."""
    angle = np.pi / 2 * np.arange(1, len(end) + 1) / (len(end) + 1)
    out, into = np.cos(angle), np.sin(angle)
    energy = float(np.sqrt(np.sum(np.square(end, dtype=np.float64)) * np.sum(np.square(start, dtype=np.float64))))
    alike = float(np.sum(end.astype(np.float64) * start)) / energy if energy else 0.0
    scale = 1 / np.sqrt(1 + 2 * max(alike, 0.0) * out * into)
    mixed: FloatArray = (end * (out * scale)[:, None] + start * (into * scale)[:, None]).astype(np.float32)
    return mixed


def _padded(blocks: Iterable[FloatArray], length: int, channels: int) -> Iterator[FloatArray]:
    """Yield exactly ``length`` frames: cut off what is more, and add silence for what is less."""
    left = length
    for block in blocks:
        if left <= 0:
            return
        yield block[:left]
        left -= len(block)
    while left > 0:
        count = min(left, BLOCK_FRAMES)
        yield np.zeros((count, channels), np.float32)
        left -= count


def _fade(block: FloatArray, placed: PlacedSound, at: int, length: int) -> None:
    """Fade a block that begins at frame ``at`` of ``length``, in place."""
    frames = np.arange(at, at + len(block))
    if at < placed.fade_in_frames:
        block *= rise((frames + 1) / (placed.fade_in_frames + 1))[:, None].astype(np.float32)
    if at + len(block) > length - placed.fade_out_frames:
        block *= rise((length - frames) / (placed.fade_out_frames + 1))[:, None].astype(np.float32)


def rise(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rising half of a raised cosine: 0 up to 0, 1 from 1 on."""
    curve: NDArray[np.float64] = 0.5 - 0.5 * np.cos(np.pi * np.clip(share, 0.0, 1.0))
    return curve
