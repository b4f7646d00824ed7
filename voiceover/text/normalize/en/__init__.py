"""English words for the ear: the rules in the order in which they are tried."""

from __future__ import annotations

from voiceover.text.normalize.en.abbreviations import ABBREVIATIONS, AMPERSANDS
from voiceover.text.normalize.en.code import CODE, FIRST_CODE, LAST_CODE, OPERATORS
from voiceover.text.normalize.en.dates import DATES, LATE_DATES
from voiceover.text.normalize.en.heteronyms import HETERONYMS
from voiceover.text.normalize.en.initialisms import INITIALISMS, NAMES
from voiceover.text.normalize.en.maths import LAST_MATHS, MATHS
from voiceover.text.normalize.en.measures import MEASURES
from voiceover.text.normalize.en.money import MONEY
from voiceover.text.normalize.en.numerals import CARDINALS, FRACTIONS, NUMERALS, ROUND, VERSIONS
from voiceover.text.normalize.en.roman import ROMAN
from voiceover.text.normalize.en.times import PHONES, TIMES
from voiceover.text.normalize.en.web import WEB
from voiceover.text.normalize.rules import Rule

LANGUAGE_RULES: tuple[Rule, ...] = (
    *WEB[:2],
    *FIRST_CODE,
    *MONEY,
    *DATES,
    *PHONES,
    *TIMES,
    *NAMES,
    *CODE,
    *WEB[2:],
    *ABBREVIATIONS,
    *ROMAN,
    *ROUND,
    *MEASURES,
    *MATHS,
    *VERSIONS,
    *FRACTIONS,
    *LATE_DATES,
    *NUMERALS,
    *INITIALISMS,
    *OPERATORS,
    *CARDINALS,
    *LAST_CODE,
    *AMPERSANDS,
    *LAST_MATHS,
    *HETERONYMS,
)
