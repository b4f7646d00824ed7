"""Under which terms a clip may be spoken with: what counts as a licence or a consent, wherever one is typed.

Whether it is true nobody can see here; that something was said can be seen.
"""

from __future__ import annotations

import re

SELF = "self"
"""The consent of somebody who adds their own voice."""
UNSTATED = "not stated"
"""Written in place of a licence that nobody has named."""
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
"""Nothing by itself; before a name or a date it is no refusal, or a name."""
_PHRASE_END = re.compile(r"[,;:(]")


def licence_of(typed: str) -> str | None:
    """A licence on one line; None where the words give none."""
    return None if says_none(typed) else " ".join(typed.split())


def consent_of(typed: str) -> str | None:
    """``self``, or who agreed and when, on one line; None where it says neither."""
    said = " ".join(typed.split())
    if said.lower() == SELF:
        return SELF
    return said if any(map(str.isalpha, said)) and any(map(str.isdigit, said)) and not says_none(said) else None


def consent_noted(typed: str) -> str | None:
    """As ``consent_of``, for what somebody has written into a file: who agreed is enough."""
    said = " ".join(typed.split())
    return consent_of(typed) or (said if any(map(str.isalpha, said)) and not says_none(said) else None)


def says_none(typed: str) -> bool:
    """Whether the words stand for none, at least those they begin with: ``not known; made from others``, ``Pending, 2026-11-20``."""
    words = " ".join(typed.lower().split()).strip(". ")
    return not any(map(str.isalnum, words)) or words in _ONLY_WHOLE or _PHRASE_END.split(words)[0].strip(". ") in _NONE
