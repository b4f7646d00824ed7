"""Words for the ear: spells numbers, dates, signs and abbreviations of a line as they are spoken.

Each language has an ordered list of small rules (``en/``, ``de``, ...), loaded when text in it is first spelled. What the writer chose, by
the lexicon, ``say:`` or IPA, takes precedence over all rules. Text in a language without rules is passed on as it is, without emoji and
invisible characters, and with URLs shortened.
"""

from __future__ import annotations

from voiceover.text.normalize.addresses import shorten_url
from voiceover.text.normalize.languages import LANGUAGES, has_rules
from voiceover.text.normalize.spelling import RULES, spell_span, spell_text

__all__ = ["LANGUAGES", "RULES", "has_rules", "shorten_url", "spell_span", "spell_text"]
