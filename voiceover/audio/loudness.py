"""The loudness meter: integrated, momentary and short-term loudness, loudness range, true peak, RMS and noise floor.

ITU-R BS.1770-4 (integrated loudness with both gates; true peak), EBU Tech 3341 v4 (momentary and short-term), EBU Tech 3342 v4 (range).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from voiceover.audio.chunks import Chunk, Cutter, in_order
from voiceover.audio.kweighting import k_weight
from voiceover.audio.speech_detection import Activity, find_speech
from voiceover.audio.stretch_levels import CHUNK_SECONDS, PER_SECOND, Powers, StretchLevels, measure_chunk, measuring_halo
from voiceover.system.threads import Workers
from voiceover.types import AudioStream, FloatArray, Loudness, Profile

OFFSET_LU = -0.691
"""Offset with which a 997 Hz tone at 0 dBFS in one channel measures -3.01 LUFS."""
ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
RANGE_GATE_LU = -20.0

_MOMENTARY, _SHORT_TERM, _NOISE = 40, 300, 50
"""Window lengths of 400 ms, 3 s and 500 ms, in steps of 10 ms."""
_ROUNDING = 1e-9
"""More than the share by which two ways to add up the same powers differ."""
_FEW = 8
"""So few numbers numpy adds from the first to the last, which whole arrays do several times as fast."""
_OPEN = 2
"""Hundredths that the next of the joined stretches may add to."""


def to_lufs(power: float) -> float:
    """Return the loudness in LUFS of a K-weighted power; -inf for zero."""
    return OFFSET_LU + to_db(power)


def to_db(power: float) -> float:
    """Return the level in dB of a power; -inf for zero."""
    return 10 * float(np.log10(power)) if power > 0 else -np.inf


def integrated_power(tenths: Powers) -> float:
    """Return the gated mean of K-weighted powers of 100 ms each; 0.0 for less than 400 ms, or if all blocks are below the gate.

    BS.1770-4, equations 3 to 7: blocks of 400 ms that overlap by 75 %, gated at -70 LUFS and then at 10 LU below the mean of the rest.
    """
    blocks = _windows(tenths, 4)
    audible = blocks[blocks > 10 ** ((ABSOLUTE_GATE_LUFS - OFFSET_LU) / 10)]
    del blocks
    if not len(audible):
        return 0.0
    return float(audible[audible > audible.mean() * 10 ** (RELATIVE_GATE_LU / 10)].mean())


def loudness_range(tenths: Powers) -> float:
    """Return the loudness range in LU of K-weighted powers of 100 ms each (Tech 3342); 0.0 for less than 3 s."""
    blocks = _windows(tenths, 30)
    audible = blocks[blocks > 10 ** ((ABSOLUTE_GATE_LUFS - OFFSET_LU) / 10)]
    del blocks
    if not len(audible):
        return 0.0
    kept = audible[audible >= audible.mean() * 10 ** (RANGE_GATE_LU / 10)]
    kept.sort()
    low, high = (kept[round((len(kept) - 1) * share)] for share in (0.10, 0.95))
    return 10 * float(np.log10(high / low))


def _windows(powers: Powers, count: int) -> Powers:
    """Return the mean of every ``count`` neighbours."""
    if len(powers) < count:
        return np.zeros(0)
    if count < _FEW:
        length = len(powers) - count + 1
        total = powers[:length].copy()
        for start in range(1, count):
            total += powers[start : start + length]
        total /= count
        return total
    means: Powers = sliding_window_view(powers, count).mean(axis=-1)
    return means


def _highest(powers: Powers, count: int) -> float:
    """Return the largest mean of ``count`` neighbours; 0.0 if there are fewer."""
    sums = _sums(powers, count)
    most = float(sums.max(initial=0.0))
    return _means_at(powers, count, sums >= most * (1 - _ROUNDING)).max() if most > 0 else most


def _lowest(powers: Powers, count: int) -> float:
    """Return the smallest mean of ``count`` neighbours; infinity if there are fewer."""
    sums = _sums(powers, count)
    least = float(sums.min(initial=np.inf))
    return _means_at(powers, count, sums <= least * (1 + _ROUNDING)).min() if 0 < least < np.inf else least


def _sums(powers: Powers, count: int) -> Powers:
    """Return the sum of every ``count`` neighbours, from sums of 1, 2, 4 and so on: many times as fast as ``_windows``, and rounded
    otherwise."""
    length = len(powers) - count + 1
    if length <= 0:
        return np.zeros(0)
    total, start, doubled, size = np.zeros(length), 0, powers, 1
    while True:
        if count & size:
            total += doubled[start : start + length]
            start += size
        size *= 2
        if size > count:
            return total
        doubled = doubled[: len(doubled) - size // 2] + doubled[size // 2 :]


def _means_at(powers: Powers, count: int, where: NDArray[np.bool_]) -> Powers:
    """Return the means that ``_windows`` has at some places."""
    means: Powers = sliding_window_view(powers, count)[where].mean(axis=-1)
    return means


class Levels:
    """The levels of a programme, gathered from measured stretches. It holds 120 bytes per second of the programme."""

    def __init__(self, sample_rate: int, channels: int = 1) -> None:
        self.sample_rate = sample_rate
        self.channels = channels
        self._tenths = array("d")
        self._peaks = array("f")
        self._rest = np.zeros((2, 0))
        """Powers and peaks of the last hundredths that are not a whole tenth of a second yet."""
        self._open = np.zeros((3, 0))
        """Powers, plain powers and peaks of the hundredths that a stretch to come may add to."""
        self._hundredths = 0
        """Number of hundredths before these."""
        self._weighted_tail = np.zeros(0)
        self._plain_tail = np.zeros(0)
        self._energy = 0.0
        self._frames = 0
        self._sample_peak = 0.0
        self._true_peak = 0.0
        self._momentary = 0.0
        self._short_term = 0.0
        self._noise = np.inf

    def join(self, start_frame: int, measured: StretchLevels) -> None:
        """Add a stretch that was measured by itself and begins at ``start_frame``, with silence around it; call ``end`` after the last.

        Its steps of 10 ms count as the nearest ones of the programme, so what it contains is moved by up to 5 ms.
        """
        nearest = (2 * start_frame * PER_SECOND + self.sample_rate) // (2 * self.sample_rate)
        begin = nearest - self._hundredths
        end = begin + len(measured.weighted)
        rows = np.zeros((3, max(end, self._open.shape[1])))
        rows[:, : self._open.shape[1]] = self._open
        rows[:2, begin:end] += (measured.weighted, measured.plain)
        np.maximum(rows[2, begin:end], measured.peaks, out=rows[2, begin:end])
        # The next stretch may begin in the silence at the end of this one.
        count = max(rows.shape[1] - _OPEN, 0)
        self._gather(*rows[:, :count])
        self._hundredths += count
        self._open = rows[:, count:]
        self._add_totals(measured)

    def end(self, frames: int) -> None:
        """End a programme of ``frames`` that was joined."""
        left = frames * PER_SECOND // self.sample_rate - self._hundredths
        if left > 0:
            self._gather(*np.pad(self._open, ((0, 0), (0, max(left - self._open.shape[1], 0))))[:, :left])

    def _add(self, measured: StretchLevels) -> None:
        """Add the stretch that follows the last one, on the programme's own hundredths."""
        self._gather(measured.weighted, measured.plain, measured.peaks)
        self._add_totals(measured)

    def _add_totals(self, measured: StretchLevels) -> None:
        self._frames += measured.frames
        self._energy += measured.energy
        self._sample_peak = max(self._sample_peak, measured.sample_peak)
        self._true_peak = max(self._true_peak, measured.true_peak)

    def _gather(self, weighted: Powers, plain: Powers, peaks: Powers) -> None:
        """Add the powers and squared peaks of the next hundredths."""
        rows = np.concatenate((self._rest, (weighted, peaks)), axis=1)
        whole = rows.shape[1] // 10 * 10
        self._tenths.extend(rows[0, :whole].reshape(-1, 10).mean(axis=1).tolist())
        self._peaks.extend(rows[1, :whole].reshape(-1, 10).max(axis=1).tolist())
        self._rest = rows[:, whole:]
        weighted = np.concatenate((self._weighted_tail, weighted))
        plain = np.concatenate((self._plain_tail, plain))
        self._momentary = max(self._momentary, _highest(weighted, _MOMENTARY))
        self._short_term = max(self._short_term, _highest(weighted, _SHORT_TERM))
        self._noise = min(self._noise, _lowest(plain, _NOISE))
        self._weighted_tail = weighted[-_SHORT_TERM + 1 :]
        self._plain_tail = plain[-_NOISE + 1 :]

    def loudness(self, gain_db: float = 0.0) -> Loudness:
        """Return the measurements so far, as if the audio had been amplified by ``gain_db``; those of the whole after the last.

        RMS is over the whole. The noise floor is the RMS of the quietest half second, as in the "ACX Check" of audiobook producers, or of
        the whole if that is shorter.
        """
        tenths = self.tenths
        tenths *= 10 ** (gain_db / 10)
        rms = to_db(self._energy / (self._frames * self.channels) if self._frames else 0.0) + gain_db
        return Loudness(
            integrated_lufs=to_lufs(integrated_power(tenths)),
            # Decimals after the fourth depend on the order in which the BLAS adds.
            true_peak_dbtp=round(2 * to_db(self._true_peak) + gain_db, 4),
            range_lu=loudness_range(tenths),
            max_momentary_lufs=to_lufs(self._momentary) + gain_db,
            max_short_term_lufs=to_lufs(self._short_term) + gain_db,
            sample_peak_dbfs=2 * to_db(self._sample_peak) + gain_db,
            rms_dbfs=rms,
            noise_floor_dbfs=to_db(self._noise) + gain_db if np.isfinite(self._noise) else rms,
        )

    @property
    def energy(self) -> float:
        """Return the sum of the squares of all samples."""
        return self._energy

    @property
    def tenths(self) -> Powers:
        """Return the K-weighted power of each whole 100 ms."""
        return np.array(self._tenths, np.float64)

    @property
    def peaks_db(self) -> Powers:
        """Return the sample peak of each whole 100 ms in dBFS; -200 for digital silence."""
        peaks = np.array(self._peaks, np.float64)
        np.maximum(peaks, 1e-20, out=peaks)
        np.log10(peaks, out=peaks)
        peaks *= 10
        return peaks

    def profile(self, gain_db: float = 0.0) -> Profile:
        """Return peaks and loudness over time, as if the audio had been amplified by ``gain_db``."""
        levels_db = OFFSET_LU + 10 * np.log10(np.maximum(self.tenths, 1e-30))
        return Profile(_quarters(self.peaks_db + gain_db), _quarters(levels_db + gain_db))

    def momentary_lufs(self) -> Powers:
        """Return the momentary loudness (400 ms) every 100 ms, starting at 0.4 s."""
        return OFFSET_LU + 10 * np.log10(np.maximum(_windows(self.tenths, 4), 1e-30))

    def short_term_lufs(self) -> Powers:
        """Return the short-term loudness (3 s) every 100 ms, starting at 3 s."""
        return OFFSET_LU + 10 * np.log10(np.maximum(_windows(self.tenths, 30), 1e-30))


class Meter(Levels):
    """Measures a stream in blocks of shape (frames, channels), whose sizes do not affect the result.

    It holds a dozen seconds of audio besides the levels.
    """

    def __init__(self, sample_rate: int, channels: int = 1, pool: Workers | None = None) -> None:
        super().__init__(sample_rate, channels)
        self._pool = pool
        self._cutter = Cutter(channels, CHUNK_SECONDS * sample_rate, measuring_halo(sample_rate))

    def add(self, block: FloatArray) -> None:
        """Add the next block of shape (frames, channels)."""
        self._take(self._cutter.push(block))

    def add_all(self, blocks: Iterable[FloatArray]) -> None:
        """Add all of ``blocks``; with a pool, several chunks are measured at a time."""
        self._take(chunk for block in blocks for chunk in self._cutter.push(block))

    def finish(self) -> None:
        """Measure the rest; no block may be added afterwards."""
        self._take(self._cutter.finish())

    def _take(self, chunks: Iterable[Chunk]) -> None:
        # The peak known when a chunk is cut only saves work: the chunk is searched for higher peaks alone.
        for measured in in_order(self._measure, ((chunk, self._true_peak) for chunk in chunks), self._pool):
            self._add(measured)

    def _measure(self, job: tuple[Chunk, float]) -> StretchLevels:
        chunk, known_peak = job
        return measure_chunk(chunk, self.sample_rate, self.channels, known_peak)


def _quarters(levels_db: Powers) -> bytes:
    """Return levels as bytes: steps of 0.25 dB from -63.75 dB."""
    return np.clip(np.rint(4 * levels_db + 255), 0, 255).astype(np.uint8).tobytes()


def measure(stream: AudioStream, pool: Workers | None = None) -> Loudness:
    """Measure a whole stream."""
    meter = Meter(stream.sample_rate, stream.channels, pool)
    meter.add_all(stream.blocks())
    meter.finish()
    return meter.loudness()


def speech_power(samples: FloatArray, sample_rate: int, speech: Activity | None = None) -> tuple[float, float]:
    """Mean square of the K-weighted speech in ``samples`` of shape (frames,), and the seconds of speech it is taken over.

    Silences between the stretches of speech are left out; (0.0, 0.0) if there is no speech. ``to_lufs(power)`` is its loudness.
    ``speech`` is the result of ``find_speech``, if the caller has it.
    """
    activity = speech or find_speech(samples, sample_rate)
    if not activity.frames:
        return 0.0, 0.0
    weighted = k_weight(samples, sample_rate)
    energy = sum(float(np.sum(np.square(weighted[start:end]), dtype=np.float64)) for start, end in activity.intervals)
    return energy / activity.frames, activity.frames / sample_rate
