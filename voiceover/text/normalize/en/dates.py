"""Dates, years, decades and centuries."""

from __future__ import annotations

import re

from voiceover.text.normalize.en.context import MONTH, MONTHS, month_name, with_stop, word_after, word_before
from voiceover.text.normalize.en.numbers import below_hundred, cardinal, decade, digits, is_british, ordinal, plural, year
from voiceover.text.normalize.en.tables import words
from voiceover.text.normalize.rules import Rule, rule

_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?:1\d|20|21)\d\d"
_CUES = words(
    """
    in since of by from until till before after during around circa about year years spring summer autumn fall winter early late mid
    january february march april may june july august september october november december and to through between for copyright © through
    edition election born class vintage c ca est b d
    """
)
_COUNTED = words(
    """
    bytes bits pixels users people files lines tokens rows records words pages meters metres miles kilometers feet inches pounds dollars
    euros times items steps requests calls characters employees workers men women children soldiers troops students seats samples points
    votes jobs homes houses parameters dimensions nodes cores threads entries copies calories milliseconds seconds minutes hours days
    weeks months rpm hertz watts volts tons tonnes grams kilograms liters litres acres square cubic percent
    """
)
"""What follows a number that counts things, and so is not a year."""
_AFTER_YEAR = words("and was is when he she it they we the to by in of at a on after before as had with until war")


def _date(month: str, day: int, number: int | None, language: str) -> str:
    tail = f", {year(number, language)}" if number is not None else ""
    if is_british(language):
        return f"the {ordinal(day)} of {month}{tail}"
    return f"{month} {ordinal(day)}{tail}"


@rule("date-iso", rf"(?<![\w/.-])({_YEAR})([-/.])(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?=T\d|(?![\w-]|\.\d))", "0")
def iso_date(match: re.Match[str], language: str) -> str:
    said = _date(MONTHS[int(match[3]) - 1], int(match[4]), int(match[1]), language)
    return said + (" at " if match.string[match.end() : match.end() + 1] == "T" else "")


@rule("date-iso-time", r"(?<=\d)T([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?(?!\w)", "T")
def iso_time(match: re.Match[str], language: str) -> str:
    said = clock(int(match[1]), match[2], match[1])
    if match[3] and match[3] != "00":
        said += f" and {cardinal(int(match[3]))} seconds"
    if match[4] == "Z":
        said += " U.T.C"
    elif match[4]:
        said += f" U.T.C {'plus' if match[4][0] == '+' else 'minus'} {cardinal(int(match[4][1:3]))}"
    return said


def clock(hour: int, minutes: str, written: str) -> str:
    """Return a time of the day: ``ten thirty``, ``ten oh five``, ``ten o'clock``, ``fourteen hundred``."""
    head = "zero" if hour == 0 else f"oh {cardinal(hour)}" if written.startswith("0") and len(written) == 2 else cardinal(hour)
    if minutes == "00":
        if hour == 0:
            return "midnight"
        return f"{head} hundred" if hour > 12 or head.startswith("oh") else f"{head} o'clock"
    return f"{head} {f'oh {cardinal(int(minutes))}' if minutes[0] == '0' else cardinal(int(minutes))}"


@rule("date-slash", r"(?<![\w/.-])(\d{1,2})([/.])(\d{1,2})\2((?:1[6-9]|20)\d\d|\d\d)(?![\w/]|\.\d)", "/.")
def slashed(match: re.Match[str], language: str) -> str | None:
    first, second = int(match[1]), int(match[3])
    if match[2] == "." and len(match[4]) == 2:
        return None
    day_first = match[2] == "." or is_british(language)
    if first > 12 or second > 12:
        day_first = first > 12
    day, month = (first, second) if day_first else (second, first)
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return None
    number = int(match[4]) if len(match[4]) == 4 else (2000 if int(match[4]) < 70 else 1900) + int(match[4])
    return _date(MONTHS[month - 1], day, number, language)


@rule("date-range", rf"(?<!\w)({MONTH}) ({_DAY})(?:st|nd|rd|th)?\s?[-–—]\s?({_DAY})(?:st|nd|rd|th)?(?:, ({_YEAR}))?(?![\w]|[.,]\d)", "0")
def day_range(match: re.Match[str], language: str) -> str:
    said = f"{month_name(match[1])} {ordinal(int(match[2]))} to {ordinal(int(match[3]))}"
    return said + (f", {year(int(match[4]), language)}" if match[4] else "")


@rule("date", rf"(?<!\w)({MONTH}) ({_DAY})(?:st|nd|rd|th)?(?:,? ({_YEAR}))?(?![\w:]|[.,]\d)", "0")
def month_day(match: re.Match[str], language: str) -> str | None:
    if match[1] in ("May", "Mar", "March") and word_before(match).lower() in ("he", "she", "they", "we", "you", "it", "i", "to"):
        return None
    said = f"{month_name(match[1])} {ordinal(int(match[2]))}"
    return said + (f", {year(int(match[3]), language)}" if match[3] else "")


@rule(
    "date-day-first",
    rf"(?<![\w.,/$-])(?:([Tt]he )({_DAY})(st|nd|rd|th)? |({_DAY})(st|nd|rd|th)? )(of )?({MONTH})(?:,? ({_YEAR}))?(?![\w]|[.,]\d)",
    "0",
)
def day_month(match: re.Match[str], language: str) -> str:
    day = int(match[2] or match[4])
    the = match[1] or ("" if word_before(match).lower() == "the" else "the ")
    said = f"{the}{ordinal(day)} of {month_name(match[7])}"
    return said + (f", {year(int(match[8]), language)}" if match[8] else "")


@rule("date-month-year", rf"(?<!\w)({MONTH}),? ({_YEAR})(?![\w]|[.,]\d)", "0")
def month_year(match: re.Match[str], language: str) -> str:
    return f"{month_name(match[1])} {year(int(match[2]), language)}"


@rule("month", r"(?<!\w)(?:Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec)\.(?=\s|$)", ".")
def month_alone(match: re.Match[str], language: str) -> str:
    return with_stop(month_name(match[0]), match)


@rule("decade", r"(?<![\w.,])(?:((?:1[1-9]|20|21)\d0)|['’]([2-9]0))[’']?s(?!\w)", "0")
def decades(match: re.Match[str], language: str) -> str:
    if match[1]:
        return "two thousands" if match[1] == "2000" else decade(int(match[1]))
    return plural(below_hundred(int(match[2])))


@rule("decade-short", r"(?<![\w.,])([2-9]0)s(?!\w)", "0")
def short_decade(match: re.Match[str], language: str) -> str | None:
    before = word_before(match).lower()
    hyphen = match.string[max(match.start() - 5, 0) : match.start()].lower().endswith(("mid-", "early-", "late-"))
    if hyphen or before in ("the", "early", "late", "mid", "her", "his", "their", "my", "your", "our", "low", "high", "upper", "lower"):
        return plural(below_hundred(int(match[1])))
    return None


@rule("year-short", r"(?<![\w’'])[’'](\d\d)(?![\w’'])", "0")
def short_year(match: re.Match[str], language: str) -> str:
    return f"oh {digits(match[1][1])}" if match[1][0] == "0" else below_hundred(int(match[1]))


@rule("year-era", r"(?<![\w.,])(?:(AD|A\.D\.) (\d{1,4})|(\d{1,4}) (BCE?|CE|AD|B\.C\.(?:E\.)?|A\.D\.|C\.E\.))(?!\w)", "0")
def era(match: re.Match[str], language: str) -> str:
    letters = ".".join((match[1] or match[4]).replace(".", ""))
    said = f"{letters} {year(int(match[2]), language)}" if match[2] else f"{year(int(match[3]), language)} {letters}"
    return with_stop(said, match)


@rule("year-range", rf"(?<![\w.,/-])({_YEAR})\s?[-–—/]\s?({_YEAR}|\d\d)(?![\w/-]|[.,]\d)", "0")
def year_range(match: re.Match[str], language: str) -> str | None:
    first, second = int(match[1]), match[2]
    if word_after(match).lower() in _COUNTED or (len(second) == 4 and int(second) < first):
        return None
    if len(second) == 2 and not int(match[1][2:]) < int(second):
        return None
    last = year(int(second), language) if len(second) == 4 else below_hundred(int(second)) if int(second) > 9 else f"oh {digits(second[1])}"
    return f"{year(first, language)} to {last}"


@rule("quarter", r"(?<!\w)(FY|Q[1-4]|H[12])(?: ?['’]?((?:19|20)\d\d|\d\d))?(?!\w)", "0")
def quarter(match: re.Match[str], language: str) -> str | None:
    if match[1] == "FY" and not match[2]:
        return None
    head = "F.Y" if match[1] == "FY" else f"{match[1][0]} {cardinal(int(match[1][1]))}"
    if match[2]:
        head += f" {year(int(match[2]), language) if len(match[2]) == 4 else below_hundred(int(match[2]))}"
    return head


@rule("year", rf"(?<![\w.,$€£¥#+/-])({_YEAR})(?P<possessive>['’]s)?(?![\w]|[.,]\d|[-/]\d)", "0")
def years(match: re.Match[str], language: str) -> str | None:
    number, before, after = int(match[1]), word_before(match).lower().rstrip("."), word_after(match).lower()
    if after in _COUNTED:
        return None
    if number % 100 and not 1900 <= number <= 2099 and before not in _CUES and after and after not in _AFTER_YEAR:
        return None
    return year(number, language) + (match["possessive"] or "")


DATES: tuple[Rule, ...] = (
    iso_date,
    iso_time,
    slashed,
    day_range,
    day_month,
    month_day,
    month_year,
    decades,
    short_decade,
    era,
    year_range,
    quarter,
)
"""In order. ``years`` and ``short_year`` come after versions and measures, ``month_alone`` with the abbreviations."""
LATE_DATES: tuple[Rule, ...] = (short_year, years)
