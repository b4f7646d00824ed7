"""A short cut of a reference clip, from one end of a sentence to another, with the words that are said in it.

Nothing is recognized: a cut is made only if it is plain which silence stands at which stop. The share of the speech before the silence must
be that of the words before the stop, no other silence may come near it, and the cut must have the pace of the whole clip.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from voiceover.audio import measures
from voiceover.audio.speech_detection import Activity, find_speech
from voiceover.system.lazy import lazy_pattern
from voiceover.types import FloatArray
from voiceover.types.lazy_dataclass import dataclass
from voiceover.voices.preflight import SAMPLE_RATE, examine
from voiceover.voices.recording import Recording
from voiceover.voices.verdicts import Level

SHORTEST_SECONDS, LONGEST_SECONDS = 3.0, 4.5
_BEST_SECONDS = 3.5
_LEAST_SAVED = 1.5
"""Seconds by which a short clip must be shorter to be worth keeping."""
_LEAST_SILENCE = 0.15
_NEAR, _FAR = 0.07, 0.12
"""The silence of a stop is within the first share of the speech from where its words end, and no other silence within the second."""
_PACE = 0.85, 1.18
"""Pace of a cut as a multiple of the whole clip's."""
_STOP = lazy_pattern(r"""[.!?…。！？]+["'”’»)\]]*(?:\s+|$)""")


@dataclass(frozen=True, slots=True, eq=False)
class ShortCut:
    """A clip and its words."""

    samples: FloatArray
    """Mono at 24 kHz, shape (frames,)."""
    text: str
    seconds: float


def short_cut(clip: FloatArray, text: str) -> ShortCut | None:
    """Return the best cut of 3 to 4.5 s of ``clip``, mono at 24 kHz, in which ``text`` is said.

    None if there is no certain and clean one.
    """
    total = len(clip) / SAMPLE_RATE
    activity = find_speech(clip, SAMPLE_RATE)
    found = []
    for words, start, stop in _cuts(text, activity, len(clip)):
        seconds = (stop - start) / SAMPLE_RATE
        if SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS and seconds <= total - _LEAST_SAVED and _has_pace(words, seconds, text, total):
            found.append((abs(seconds - _BEST_SECONDS), words, start, stop))
    for _, words, start, stop in sorted(found):
        examined = examine(Recording(clip[start:stop, None], SAMPLE_RATE), words)
        # The checks of length and rate know nothing that those of the whole clip did not know.
        if all(verdict.level is Level.OK or verdict.check in ("length", "rate", "bandwidth") for verdict in examined.report.verdicts):
            return ShortCut(examined.samples, words, len(examined.samples) / SAMPLE_RATE)
    return None


def _cuts(text: str, activity: Activity, frames: int) -> Iterator[tuple[str, int, int]]:
    """Yield words, start and stop, in frames, of each cut between two ends of sentences whose silences are certain."""
    places = {0: 0, len(text): frames}
    for end in (match.end() for match in _STOP.finditer(text)):
        if 0 < end < len(text) and (place := _silence(text, end, activity)) is not None:
            places[end] = place
    for first, last in combinations(sorted(places), 2):
        if (first, last) != (0, len(text)):
            yield text[first:last].strip(), places[first], places[last]


def _silence(text: str, end: int, activity: Activity) -> int | None:
    """Return the middle of the silence at which ``text[:end]`` has been said, in frames; None if that is not certain."""
    wanted = measures.expected_seconds(text[:end]) / measures.expected_seconds(text)
    spoken, before, near = sum(stop - start for start, stop in activity.intervals), 0, []
    for (start, stop), (after, _) in zip(activity.intervals, activity.intervals[1:], strict=False):
        before += stop - start
        if after - stop >= _LEAST_SILENCE * SAMPLE_RATE:
            near.append((abs(before / spoken - wanted), (stop + after) // 2))
    near.sort()
    if not near or near[0][0] > _NEAR or (len(near) > 1 and near[1][0] < _FAR):
        return None
    return near[0][1]


def _has_pace(words: str, seconds: float, text: str, total: float) -> bool:
    expected = measures.expected_seconds(words)
    if expected <= 0:
        return False
    return _PACE[0] <= (expected / seconds) / (measures.expected_seconds(text) / total) <= _PACE[1]
