"""Faults of timing: speech that is too short or too long for its words, and silence that the words do not explain."""

from __future__ import annotations

import re

from voiceover.audio.speech_detection import Activity, find_pauses
from voiceover.types import Finding, FloatArray

SHORTEST_SHARE = 0.45
LONGEST_SHARE = 2.2
"""Limits of the speech's length relative to the usual time of its words, for any voice at its own speed."""
SLACK_SECONDS = 0.8
"""What short texts may take longer or shorter, whatever their share."""
LONGEST_SILENCE_SECONDS = 1.2
EXPLAINED_SECONDS = 3.0
"""Longest silence that an ellipsis or a long dash explains."""
_LONG_PAUSE = re.compile(r"…|\.\.\.|[—―⸺]+|--+")


def length_faults(activity: Activity, sample_rate: int, usual_seconds: float) -> tuple[Finding, ...]:
    """Return the finding that the speech is too short or too long for words that usually take ``usual_seconds``."""
    seconds = activity.frames / sample_rate
    message = f"{seconds:.2f} s of speech for words that usually take {usual_seconds:.2f} s"
    if seconds < min(SHORTEST_SHARE * usual_seconds, usual_seconds - SLACK_SECONDS):
        return (Finding("short", message),)
    if seconds > max(LONGEST_SHARE * usual_seconds, usual_seconds + SLACK_SECONDS):
        return (Finding("long", message),)
    return ()


def silence_faults(samples: FloatArray, sample_rate: int, activity: Activity, text: str) -> tuple[Finding, ...]:
    """Return a finding for each silence within the speech that is longer than the punctuation of ``text`` explains.

    Each ellipsis and each long dash explains one silence of up to ``EXPLAINED_SECONDS``.
    """
    explained = len(_LONG_PAUSE.findall(text))
    found = []
    for start, end in find_pauses(samples, sample_rate):
        begin, after = round(start / sample_rate, 3), round(end / sample_rate, 3)
        if start <= activity.start or end >= activity.end or after - begin <= LONGEST_SILENCE_SECONDS:
            continue
        if explained and after - begin <= EXPLAINED_SECONDS:
            explained -= 1
            continue
        found.append(Finding("silence", f"{after - begin:.2f} s of silence within it", begin, after))
    return tuple(found)
