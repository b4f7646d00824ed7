"""The meter and the master, side by side with ffmpeg's ebur128.

python benchmarks/loudness.py [--quick] [--json FILE]

- The meter on the signals of EBU Tech 3341 (1 to 6, 9 to 23) and Tech 3342 (1 to 4): the largest deviation from what the standard expects,
  at 48 kHz, where it defines them, and at 24 kHz, where voices are recorded.
- The master on speech-like and music-like material and on the EBU's signals: what ffmpeg reads of it, resampled to 44.1 kHz as it is
  published. Each must lie within 0.1 LU of its target with no true peak over the ceiling. (Of the signals that are all peak, only the
  ceiling can be asked for.)
- The time that an hour of speech takes to measure and to master.

--quick leaves most materials out. Needs the extra ``dev``.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from math import inf
from pathlib import Path

import numpy as np
from table import Row, finish, options

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.audio import ebu_signals as ebu
from tests.sound_parts import ArrayStream, ffmpeg_loudness
from voiceover.audio.chunks import worker_threads
from voiceover.audio.files import resample
from voiceover.audio.loudness import Meter, measure
from voiceover.master import master_mix
from voiceover.settings.layers import PRESETS

PUBLISHED_RATE = 44_100


def read(samples: ebu.Samples, rate: int) -> Meter:
    meter = Meter(rate, samples.shape[1])
    meter.add(samples)
    meter.finish()
    return meter


def meter_rows(rate: int) -> Iterator[Row]:
    """Largest deviation in each group of the standard's signals."""
    at = f"at {rate // 1000} kHz"

    def row(what: str, deviations: list[float], low: float, high: float) -> Row:
        worst = max(deviations, key=abs)
        required = f"{low:+g} to {high:+g}"
        return Row(f"{what} {at}: largest deviation", worst, required, all(low <= d <= high for d in deviations))

    found = [read(ebu.tones(steps, rate), rate).loudness().integrated_lufs - lufs for steps, lufs in ebu.INTEGRATED.values()]
    found.append(read(ebu.surround(rate), rate).loudness().integrated_lufs + 23)
    yield row("3341 1-6 integrated", found, -0.1, 0.1)
    steady = list(read(ebu.tones(ebu.SHORT_TERM_STEADY, rate), rate).short_term_lufs() + 23)
    steady += list(read(ebu.tones(ebu.MOMENTARY_STEADY, rate), rate).momentary_lufs()[6:] + 23)
    yield row("3341 9, 12 steady", steady, -0.1, 0.1)
    found = []
    for i in range(20):
        found.append(read(ebu.tones(ebu.short_term_file(i), rate), rate).loudness().max_short_term_lufs + 23)
        found.append(read(ebu.tones(ebu.short_term_live(i), rate), rate).loudness().max_short_term_lufs + 38 - i)
        found.append(read(ebu.tones(ebu.momentary_file(i), rate), rate).loudness().max_momentary_lufs + 23)
        found.append(read(ebu.tones(ebu.momentary_live(i), rate), rate).loudness().max_momentary_lufs + 38 - i)
    yield row("3341 10, 11, 13, 14 maxima", found, -0.1, 0.1)
    found = [read(ebu.peak_tone(*tone, rate), rate).loudness().true_peak_dbtp - dbtp for *tone, dbtp in ebu.TRUE_PEAK.values()]
    found += [read(ebu.peak_burst(offset, rate), rate).loudness().true_peak_dbtp for offset in range(4)]
    yield row("3341 15-23 true peak", found, -0.4, 0.2)
    found = [read(ebu.tones(steps, rate), rate).loudness().range_lu - lu for steps, lu in ebu.RANGE.values()]
    yield row("3342 1-4 loudness range", found, -1.0, 1.0)


def materials(quick: bool) -> Iterator[tuple[str, ebu.Samples, int, bool]]:
    """Name, samples, sample rate, and whether a loudness can be asked for under the ceiling."""
    seconds = 20 if quick else 120
    for rate in (24_000,) if quick else (22_050, 24_000, 44_100):
        yield f"speech, {rate} Hz", ebu.speech_like(seconds, rate), rate, True
        yield f"music, {rate} Hz", ebu.music_like(seconds / 2, rate), rate, True
    signals = {f"3341 {number}": steps for number, (steps, _) in ebu.INTEGRATED.items()}
    signals |= {"3341 9": ebu.SHORT_TERM_STEADY, "3341 12": ebu.MOMENTARY_STEADY}
    signals |= {"3341 10": ebu.short_term_file(7), "3341 13": ebu.momentary_file(7) * 4}
    signals |= {"3341 11": ebu.short_term_live(19), "3341 14": ebu.momentary_live(19) * 4}
    signals |= {f"3342 {number}": steps for number, (steps, _) in ebu.RANGE.items()}
    for name, steps in list(signals.items())[: 2 if quick else None]:
        yield name, ebu.tones(steps, 24_000, 1), 24_000, True
    if not quick:
        yield "3341 6", ebu.surround(48_000), 48_000, True
    for number, (*tone, _) in list(ebu.TRUE_PEAK.items())[: 1 if quick else None]:
        yield f"3341 {number}", np.tile(ebu.peak_tone(*tone, 48_000), (4, 1)), 48_000, False
    for offset in range(1 if quick else 4):
        yield f"3341 {20 + offset}", np.tile(ebu.peak_burst(offset, 48_000), (8, 1)), 48_000, False


def master_rows(quick: bool) -> Iterator[Row]:
    for name, samples, rate, loud in materials(quick):
        for preset in ("podcast",) if quick else ("podcast", "spotify", "ebu"):
            target = PRESETS[preset]
            master = master_mix(ArrayStream(samples, rate), target)
            out = resample(np.concatenate(list(master.blocks())), rate, PUBLISHED_RATE)
            theirs = ffmpeg_loudness(out, PUBLISHED_RATE)
            wanted = target.integrated_lufs or 0.0
            if loud:
                good = abs(theirs.integrated_lufs - wanted) <= 0.1
                yield Row(f"{name} to {preset}: LUFS by ffmpeg", theirs.integrated_lufs, f"{wanted:g} +-0.1", good)
            good = theirs.true_peak_dbtp <= target.ceiling_db
            yield Row(f"{name} to {preset}: dBTP by ffmpeg", theirs.true_peak_dbtp, f"at most {target.ceiling_db:g}", good)


def speed_rows(quick: bool) -> Iterator[Row]:
    """Seconds of wall time for an hour of speech at 24 kHz; the best of three."""
    seconds = 60 if quick else 600
    stream = ArrayStream(np.tile(ebu.speech_like(60, 24_000), (seconds // 60, 1)), 24_000, 1 << 16)
    hours = seconds / 3600

    def best(work: object) -> float:
        times = [inf]
        for _ in range(3):
            started = time.perf_counter()
            work()  # type: ignore[operator]
            times.append(time.perf_counter() - started)
        return min(times) / hours

    def ours() -> None:
        with worker_threads() as pool:
            measure(stream, pool)

    mine, theirs = best(ours), best(lambda: ffmpeg_loudness(stream.samples, stream.sample_rate))
    yield Row("an hour measured by ffmpeg's ebur128 with true peak, s", theirs, "", True)
    yield Row("an hour measured by ours, s", mine, "no more than that", mine <= theirs or quick)
    yield Row("an hour measured, limited and measured again, s", best(lambda: master_mix(stream, PRESETS["spotify"])), "", True)


def main() -> None:
    arguments = options(__doc__).parse_args()
    rates = (24_000,) if arguments.quick else (48_000, 24_000)
    rows = [row for rate in rates for row in meter_rows(rate)]
    rows += [*master_rows(arguments.quick), *speed_rows(arguments.quick)]
    finish(rows, arguments.json)


if __name__ == "__main__":
    main()
