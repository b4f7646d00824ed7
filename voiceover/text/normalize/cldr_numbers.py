"""Numbers in words of many languages by the spelling rules of CLDR: unicode-rbnf, which only this module imports.

It has no grammar of dates, currencies or units; those are the rules of each language.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unicode_rbnf import RbnfEngine

MOST_DIGITS = 15
"""Longest number with a name; longer ones are read digit by digit (unicode-rbnf stops at 18)."""


@lru_cache
def _engine(language: str) -> RbnfEngine:
    from unicode_rbnf import RbnfEngine

    return RbnfEngine.for_language(language)


@lru_cache(maxsize=4096)
def spell_number(number: int, language: str, form: str) -> str:
    """Return a whole number in words; ``form`` is a rule set of CLDR, such as ``spellout-ordinal-feminine``."""
    if len(str(abs(number))) > MOST_DIGITS:
        return spell_digits(str(abs(number)), language, form)
    return _engine(language).format_number(number, ruleset_names=[form]).text.replace("\u00ad", "")


def spell_digits(figures: str, language: str, form: str) -> str:
    """Return each digit in words."""
    return " ".join(spell_number(int(figure), language, form) for figure in figures)
