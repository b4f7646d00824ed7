"""A surplus of speech that fits words of the reference clip: an engine that copies a clip may speak a part of it."""

from __future__ import annotations

from voiceover.audio.measures import expected_seconds
from voiceover.types import Finding

LEAST_SURPLUS_SECONDS = 0.6
LEAST_SURPLUS_SHARE = 0.35
"""Smallest surplus, and smallest share of the usual length: what is less is a slow take."""
TOLERANCE = 0.2
"""Largest difference between the surplus and the time of the words, as a share of that time."""


def leak_faults(seconds: float, usual_seconds: float, clip_text: str, clip_seconds: float) -> tuple[Finding, ...]:
    """Return the finding that ``seconds`` of speech are longer than usual by the time of the clip's last words.

    ``clip_seconds`` is the length of the clip without its pauses, and ``clip_text`` what is said in it.
    """
    surplus, whole = seconds - usual_seconds, expected_seconds(clip_text)
    if surplus < max(LEAST_SURPLUS_SECONDS, LEAST_SURPLUS_SHARE * usual_seconds) or not whole:
        return ()
    words = clip_text.split()
    ends = (" ".join(words[-count:]) for count in range(1, len(words) + 1))
    off, leaked = min((abs(expected_seconds(end) * clip_seconds / whole - surplus), end) for end in ends)
    if off > TOLERANCE * surplus:
        return ()
    message = f'{surplus:.2f} s more than its words take, as long as the end of the reference clip, "{leaked}"'
    return (Finding("reference", message),)
