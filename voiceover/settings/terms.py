"""Terms of use of a clip: what counts as a licence or a consent, wherever one is given.

Only the form can be checked, not if the statement is true.
"""

from __future__ import annotations

import re

from voiceover.system.lazy import lazy_pattern

SELF = "self"
"""The consent of a person who adds their own voice."""
UNSTATED = "not stated"
"""Placeholder for a licence that is not known."""
CONSENT_WANTED = 'self, or who agreed and when, such as "Ada Byron, 2026-11-20"'
LICENCE_WANTED = "an identifier such as CC0-1.0 or CC-BY-4.0, or the terms in words"
_NONE = frozenset(
    (
        *("no", "none", "not yet", "not given", "not known", UNSTATED, "not specified", "unknown", "unstated", "unspecified", "missing"),
        *("pending", "todo", "to do", "tbd", "tba", "n/a", "n.a", "null", "nil", "false", "off"),
        *("noassertion", "no licence", "no license", "no consent", "unlicensed", "unlicenced"),
    )
)
_ONLY_WHOLE = frozenset(("na", "true", "yes", "on"))
"""Empty only as the whole text: followed by a name or a date, it is a statement."""
_NOT_COMMERCIAL = lazy_pattern(r"(?<![a-z])nc(?![a-z])|non-?\s?commercial|(research|personal)[a-z -]*\bonly\b", re.IGNORECASE)
_PHRASE_END = lazy_pattern(r"[,;:(]")


def licence_of(typed: str) -> str | None:
    """Return the licence on one line; None if the text is not one."""
    return None if says_none(typed) else " ".join(typed.split())


def consent_of(typed: str) -> str | None:
    """Return ``self``, or who agreed and when, on one line; None if the text is neither."""
    said = " ".join(typed.split())
    if said.lower() == SELF:
        return SELF
    return said if any(map(str.isalpha, said)) and any(map(str.isdigit, said)) and not says_none(said) else None


def consent_noted(typed: str) -> str | None:
    """Like ``consent_of``, for text in an existing file, where who agreed is enough."""
    said = " ".join(typed.split())
    return consent_of(typed) or (said if any(map(str.isalpha, said)) and not says_none(said) else None)


def says_none(typed: str) -> bool:
    """True for text that means "none", or begins so: ``not known; made from others``, ``Pending, 2026-11-20``."""
    words = " ".join(typed.lower().split()).strip(". ")
    return not any(map(str.isalnum, words)) or words in _ONLY_WHOLE or _PHRASE_END.split(words)[0].strip(". ") in _NONE


def forbids_commerce(licence: str) -> bool:
    """True for a licence that excludes commercial use: ``CC-BY-NC-4.0``, ``non-commercial``, ``research only``."""
    return _NOT_COMMERCIAL.search(licence) is not None
