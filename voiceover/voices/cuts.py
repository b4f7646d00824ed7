"""Where a recording that is too long could be cut."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from voiceover.audio.limits import BEST_CLIP_SECONDS
from voiceover.audio.measures import clipped_share, snr_db
from voiceover.audio.speech_detection import Activity
from voiceover.types import FloatArray
from voiceover.voices.verdicts import Cut

SHORTEST_SECONDS, LONGEST_SECONDS = BEST_CLIP_SECONDS
COUNT = 3
_BEST_SECONDS = 6.0
_MARGIN_SECONDS = 0.1
_CANDIDATES = 60
"""The most promising are listened to; a recording of 10 minutes has hundreds."""


def silences(activity: Activity, sample_rate: int) -> tuple[tuple[float, float], ...]:
    """Return start and stop, in seconds, of each silence between two stretches of speech."""
    stretches = activity.intervals
    return tuple((a[1] / sample_rate, b[0] / sample_rate) for a, b in pairwise(stretches))


def cleanest_cuts(samples: FloatArray, sample_rate: int, activity: Activity) -> tuple[Cut, ...]:
    """Return at most three parts of 4 to 8 s that do not overlap, each from one silence to another, best first.

    Long silences at both ends matter most, as sentences end there; then little noise, no clipping, and a length near 6 s.
    """
    promising = sorted(_parts(activity, sample_rate, len(samples) / sample_rate), key=lambda part: -part[0])[:_CANDIDATES]
    rated = []
    for promise, (start, stop), margins in promising:
        speech = samples[round(start * sample_rate) : round(stop * sample_rate)]
        snr = min(snr_db(speech, sample_rate), 60.0)
        score = promise + snr / 15 - 100 * clipped_share(speech)
        rated.append((score, Cut(start - margins[0], stop + margins[1], snr)))
    chosen: list[Cut] = []
    for _, cut in sorted(rated, key=lambda pair: (-pair[0], pair[1].start)):
        if len(chosen) < COUNT and all(cut.stop <= other.start or cut.start >= other.stop for other in chosen):
            chosen.append(cut)
    return tuple(chosen)


def _parts(activity: Activity, sample_rate: int, total: float) -> Sequence[tuple[float, tuple[float, float], tuple[float, float]]]:
    """Return (promise, speech, margins), in seconds, of every part that begins and ends at a silence."""
    stretches = [(start / sample_rate, end / sample_rate) for start, end in activity.intervals]
    edges = [(0.0, stretches[0][0])] if stretches else []
    edges += [(a[1], b[0]) for a, b in pairwise(stretches)]
    edges += [(stretches[-1][1], total)] if stretches else []
    parts = []
    for first, (start, _) in enumerate(stretches):
        for last in range(first, len(stretches)):
            stop = stretches[last][1]
            if stop - start > LONGEST_SECONDS - 2 * _MARGIN_SECONDS:
                break
            if stop - start < SHORTEST_SECONDS:
                continue
            before, after = (edges[at][1] - edges[at][0] for at in (first, last + 1))
            promise = 4 * min(before, 0.6) + 4 * min(after, 0.6) - abs(stop - start - _BEST_SECONDS) / 2
            parts.append((promise, (start, stop), (min(_MARGIN_SECONDS, before / 2), min(_MARGIN_SECONDS, after / 2))))
    return parts
