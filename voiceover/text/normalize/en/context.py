"""What stands around a match: words before and after it, and parts that patterns share."""

from __future__ import annotations

import re

from voiceover.system.lazy import lazy_pattern
from voiceover.text.normalize.en.tables import words

NUMBER = r"(?:\d{1,3}(?:,\d{3})++(?!\d)|\d{1,3}(?:[\u2007\u2009\u202f]\d{3})++(?!\d)|\d{1,40}+)(?:\.\d{1,40}+)?"
"""A number with commas or a decimal point; nothing that a search would have to try twice."""
BEFORE_NUMBER = r"(?<![\w.,])(?<!\d[-–/:])"
"""No letter, digit or part of a number stands before it."""
AFTER_NUMBER = r"(?![\w]|[.,]\d)"
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
MONTH = (
    r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?\.?|July?\.?|Aug(?:ust|\.)?|Sept?(?:ember|\.)?"
    r"|Oct(?:ober|\.)?"
    r"|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
)
_WORD_BEFORE = lazy_pattern(r"([^\W_]+(?:['’.-][^\W_]+)*\.?)[\"“‘(]*[ \u00a0]$")
_WORD_AFTER = lazy_pattern(r"[)\"”’]*[ \u00a0-]([^\W_]+(?:['’][^\W_]+)*)")
_STARTERS = words(
    """
    The A An He She It They We You I In On At But And Or So If When While After Before This That These Those There Then Now His Her Its
    Their Our My Your As By For From With No Not Yes Once Since What Who Why How Where Most Some All Many Each Every Another Nobody
    Everyone Someone Something Nothing Even Still Yet Here
    """
)
"""Words that begin sentences far more often than names."""


def word_before(match: re.Match[str]) -> str:
    """Return the word before a match, if only a space is between them."""
    found = _WORD_BEFORE.search(match.string[max(match.start() - 30, 0) : match.start()])
    return found[1] if found else ""


def word_after(match: re.Match[str]) -> str:
    """Return the word after a match, if only a space or a hyphen is between them."""
    found = _WORD_AFTER.match(match.string, match.end(), match.end() + 30)
    return found[1] if found else ""


def ends_sentence(match: re.Match[str]) -> bool:
    """Return True if the full stop at the end of a match also ends its sentence: nothing follows, or a word that begins sentences."""
    rest = match.string[match.end() : match.end() + 30].lstrip("\"'”’)]*_")
    if not rest.strip():
        return True
    if not rest[0].isspace():
        return False
    first = rest.split()[0].strip("\"'“‘([").partition("'")[0].partition("’")[0].rstrip(",.;:!?")
    return first in _STARTERS


def with_stop(words: str, match: re.Match[str]) -> str:
    """Return ``words`` with the full stop of a match that ends in one, if it ends the sentence too."""
    return f"{words}." if match[0].endswith(".") and ends_sentence(match) else words


def month_name(text: str) -> str:
    """Return the full name of a month that starts like ``text``."""
    return next(month for month in MONTHS if month[:3].lower() == text[:3].lower())


_ADJECTIVE_STOPS = words(
    """
    a an the per in of for and or to that which than at on by from as is was are were will would can could if but so with when while
    more less each every apart away ago later long wide high deep tall old thick below above under over into
    """
)
_PRICED = words(
    """
    bill note coin fee fine prize check cheque tax ticket fund loan deal round grant bonus reward budget investment
    """
)
"""What an amount of money describes, as in "the $20 bill"."""


def is_adjective(match: re.Match[str]) -> bool:
    """Return True if an amount is used like an adjective, as in "a 5 km run", "a $20 bill" and "the 16-GB model": its unit is singular."""
    after = word_after(match)
    if not after or not after.islower() or after in _ADJECTIVE_STOPS:
        return False
    if after in _PRICED:
        return True
    return word_before(match).lower() in ("a", "an", "another", "this", "every") or match.string[match.end()] == "-"
