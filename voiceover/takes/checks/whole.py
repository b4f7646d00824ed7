"""The whole verdict on a take: its own checks, those of its episode, and what is heard in it."""

from __future__ import annotations

from collections.abc import Sequence

from voiceover.takes.checks.episode import SpokenTake
from voiceover.takes.checks.hearing import HeardAgainst, compare_heard
from voiceover.takes.checks.one import clip_of
from voiceover.takes.checks.score import score_of
from voiceover.types import Finding, Listener, TakeChecks


def verdict(spoken: SpokenTake, together: Sequence[Finding], listener: Listener | None = None) -> TakeChecks:
    """Return the verdict on a take, ``together`` being the findings of ``check_episode`` on it.

    What is heard counts if ``listener`` has heard it: what another recognizer heard before is left aside. Of several findings of one
    check, the first one stands.
    """
    own = spoken.take.checks or TakeChecks()
    by_ear = (heard_against(spoken, listener) if listener is not None else None) or HeardAgainst((), 0.0)
    findings: dict[str, tuple[Finding, ...]] = {}
    for source in (own.findings, together, by_ear.findings):
        known = set(findings)
        for finding in source:
            if finding.check not in known:
                findings[finding.check] = (*findings.get(finding.check, ()), finding)
    every = tuple(finding for each in findings.values() for finding in each)
    return TakeChecks(every, score_of(every, by_ear.character_error), own.edges_db)


def heard_against(spoken: SpokenTake, listener: Listener) -> HeardAgainst | None:
    """Return how what ``listener`` has heard in a take compares with its words; None if it has not heard it."""
    heard, utterance = spoken.take.heard, spoken.utterance
    if heard is None or heard.model != listener.model or spoken.engine.provisional:
        return None
    clip = clip_of(utterance, spoken.voice, spoken.engine)
    return compare_heard(utterance.spans, utterance.text, heard.words, None if clip is None else clip.text)
