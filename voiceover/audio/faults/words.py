"""Faults that the times of the words tell, for engines that mark when each word begins."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from voiceover.audio.measures import expected_seconds
from voiceover.audio.speech_detection import Activity
from voiceover.types import Finding, Mark

FEWEST_WORDS = 4
"""Fewer words have no pace of their own."""
LEAST_SECONDS = 1.0
"""Shortest usual time of words with a pace of their own."""
RATE_JUMP = 2.5
"""Factor between the pace of the words before a place and of those after it: natural readings of long lines reach 2."""
SHORTEST_LAST_WORD = 0.15
"""Share of its usual time, at the pace of the others, that is left for the last word if it is not cut."""
LONGEST_SURPLUS_SECONDS = 1.5
"""Most speech before the first word, or after the last beyond its usual time."""


def has_pace(marks: Sequence[Mark]) -> bool:
    """Return True if there are enough marks to tell the pace of the words."""
    return len(marks) > FEWEST_WORDS


def word_faults(marks: Sequence[Mark], text: str, activity: Activity, sample_rate: int) -> tuple[Finding, ...]:
    """Return findings on the pace of the words of ``text``, whose beginnings are ``marks``; none if there are too few of them."""
    if not has_pace(marks):
        return ()
    usual = [expected_seconds(text[mark.position : after.position]) for mark, after in pairwise(marks)]
    spoken = [_speech(activity, mark.frame, after.frame) / sample_rate for mark, after in pairwise(marks)]
    if sum(usual) < LEAST_SECONDS or not sum(spoken):
        return ()
    pace = sum(spoken) / sum(usual)
    return (*_edges(marks, text, activity, sample_rate, pace), *_jump(marks, usual, spoken, sample_rate))


def _edges(marks: Sequence[Mark], text: str, activity: Activity, sample_rate: int, pace: float) -> list[Finding]:
    """Compare what is spoken before the first word and from the last one on with what there should be."""
    found = []
    first, last = marks[0].frame / sample_rate, marks[-1].frame / sample_rate
    before = _speech(activity, 0, marks[0].frame) / sample_rate
    rest = _speech(activity, marks[-1].frame, activity.end) / sample_rate
    usual = pace * expected_seconds(text[marks[-1].position :])
    if before > LONGEST_SURPLUS_SECONDS:
        found.append(Finding("long", f"{before:.2f} s of speech before the first word", 0.0, round(first, 3)))
    if rest < SHORTEST_LAST_WORD * usual:
        found.append(Finding("end-cut", f"{rest:.2f} s for the last word, which usually takes {usual:.2f} s", round(last, 3)))
    if rest > usual + LONGEST_SURPLUS_SECONDS:
        found.append(Finding("long", f"{rest:.2f} s for the last word, which usually takes {usual:.2f} s", round(last, 3)))
    return found


def _jump(marks: Sequence[Mark], usual: Sequence[float], spoken: Sequence[float], sample_rate: int) -> list[Finding]:
    """Return the finding that the pace jumps at a word: the one before which and after which it differs most."""
    worst, place = RATE_JUMP, None
    for at in range(FEWEST_WORDS, len(usual) - FEWEST_WORDS + 1):
        before, after = sum(usual[:at]), sum(usual[at:])
        if min(before, after) < LEAST_SECONDS or not (slow := sum(spoken[:at])) or not (fast := sum(spoken[at:])):
            continue
        factor = (slow / before) / (fast / after)
        if max(factor, 1 / factor) > worst:
            worst, place, faster = max(factor, 1 / factor), marks[at].frame / sample_rate, factor > 1
    if place is None:
        return []
    return [Finding("rate", f"from here on it is {worst:.1f} times as {'fast' if faster else 'slow'}", round(place, 3))]


def _speech(activity: Activity, start: int, end: int) -> int:
    """Return the frames of speech between two frames."""
    return sum(max(min(end, after) - max(start, begin), 0) for begin, after in activity.intervals)
