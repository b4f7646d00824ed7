"""The loudness of an episode whose chapters are mastered one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import inf, log10

from voiceover.types import Loudness, LoudnessReport


def summed_report(chapters: Sequence[tuple[str, float, LoudnessReport]]) -> LoudnessReport:
    """Return a report for chapters, given by title, length in seconds and report; they have one target.

    Levels are the means of the chapters' power, weighted by their lengths; peaks, range, noise floor and limiting are those of the worst
    chapter, and the gain is the largest one. The target is reached if each chapter reaches it; the note says which ones do not.
    """
    reports = [report for _, _, report in chapters]
    weights = [seconds for _, seconds, _ in chapters]
    return LoudnessReport(
        target=reports[0].target,
        before=_summed([report.before for report in reports], weights),
        after=_summed([report.after for report in reports], weights),
        gain_db=max((report.gain_db for report in reports), key=abs),
        limited_db=max(report.limited_db for report in reports),
        reached=all(report.reached for report in reports),
        note="; ".join(f"{title}: {report.note}" for title, _, report in chapters if report.note),
    )


def _summed(levels: Sequence[Loudness], weights: Sequence[float]) -> Loudness:
    def mean(of: Callable[[Loudness], float]) -> float:
        return _mean_power_db([of(level) for level in levels], weights)

    def worst(of: Callable[[Loudness], float]) -> float:
        return max(of(level) for level in levels)

    return Loudness(
        integrated_lufs=mean(lambda level: level.integrated_lufs),
        true_peak_dbtp=worst(lambda level: level.true_peak_dbtp),
        range_lu=worst(lambda level: level.range_lu),
        max_momentary_lufs=worst(lambda level: level.max_momentary_lufs),
        max_short_term_lufs=worst(lambda level: level.max_short_term_lufs),
        sample_peak_dbfs=worst(lambda level: level.sample_peak_dbfs),
        rms_dbfs=mean(lambda level: level.rms_dbfs),
        noise_floor_dbfs=worst(lambda level: level.noise_floor_dbfs),
    )


def _mean_power_db(levels: Iterable[float], weights: Sequence[float]) -> float:
    power = sum(weight * 10 ** (level / 10) for level, weight in zip(levels, weights, strict=True))
    return 10 * log10(power / sum(weights)) if power > 0 else -inf
