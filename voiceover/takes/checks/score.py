"""The score by which attempts at one line are compared."""

from __future__ import annotations

from collections.abc import Iterable

from voiceover.types import Finding

UNUSABLE, WRONG_WORDS, SOUND, MANNER = 100.0, 10.0, 3.0, 1.0
"""Weights: of a take that cannot be used, of words that are missing or wrong, of a fault in the sound, and of one in level or pace."""
WEIGHTS = {
    "not-finite": UNUSABLE,
    "silent": UNUSABLE,
    "start-cut": WRONG_WORDS,
    "end-cut": WRONG_WORDS,
    "short": WRONG_WORDS,
    "long": WRONG_WORDS,
    "reference": WRONG_WORDS,
    "words": WRONG_WORDS,
    "missing": WRONG_WORDS,
    "doubled": WRONG_WORDS,
    "silence": SOUND,
    "clipped": SOUND,
    "offset": SOUND,
    "noise": SOUND,
    "rate": SOUND,
    "level": MANNER,
    "pace": MANNER,
}
"""Weight by the name of the check."""
PER_CHARACTER_ERROR = 10.0


def score_of(findings: Iterable[Finding], character_error: float = 0.0) -> float:
    """Return the sum of the weights, plus ten times the character error of what was heard (0 if the take was not listened to)."""
    weights = sum(WEIGHTS.get(finding.check, SOUND) for finding in findings)
    return round(weights + PER_CHARACTER_ERROR * character_error, 3)
