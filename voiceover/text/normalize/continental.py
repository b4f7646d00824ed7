"""Rules that German, French, Spanish and Italian share: numbers, dates, times, currency, percent, measures; from tables of each language.

All write 1.234,56 for a thousand and more, or 1 234,56 with a thin or no-break space.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from voiceover.system.lazy import lazy_pattern
from voiceover.text.normalize.cldr_numbers import MOST_DIGITS, spell_digits, spell_number
from voiceover.text.normalize.rules import Rule
from voiceover.types.lazy_dataclass import dataclass

_NUMBER = r"(?:\d{1,3}(?:\.\d{3})++(?![\d])|\d{1,3}(?:[\u00a0\u2007\u2009\u202f]\d{3})++(?!\d)|\d{1,40}+)(?:,\d{1,40}+)?"
_BEFORE, _AFTER = r"(?<![\w.,/-])", r"(?!\w|[.,/]\d)"
_SIGN = r"(?P<sign>(?<!\w)[-\u2212+±](?=\d))?"
_YEAR = r"(?:1\d|20)\d\d"
_SPACE = "[ \u00a0\u202f]"


@dataclass(frozen=True, slots=True)
class Grammar:
    """How a language says numbers and what is counted."""

    code: str
    """Primary language subtag."""
    number: str
    """Rule set of CLDR for numbers alone; also ``masculine`` and ``feminine`` before a noun."""
    masculine: str
    feminine: str
    year: str
    ordinals: Mapping[str, str]
    """Rule set by the ending of an ordinal as written, such as ``ª``."""
    ordinal_pattern: str
    """An ordinal with the groups ``number`` and ``end``."""
    comma: str
    minus: str
    plus: str
    to: str
    percent: str
    months: tuple[str, ...]
    first_day: str | None
    """The first of a month, if it is an ordinal while other days are cardinals."""
    day: str
    """Rule set for the days of a month."""
    date: str
    """Form of a date written in figures, with {day}, {month} and {year}."""
    day_before_month: str
    """What may stand between day and month name, as a pattern."""
    date_words: str
    """Form of a date with the name of its month, with {day}, {between}, {month}."""
    hour: str
    """Form of a full hour, with {hour}; of one with minutes is ``hour_minutes``."""
    hour_minutes: str
    hour_pattern: str
    """What may follow the figures of a time, and makes one of an hour alone, as a pattern; may be empty."""
    currencies: Mapping[str, tuple[str, str, str, str, str]]
    """By sign: gender (m or f), singular, plural, singular and plural of the hundredth."""
    money: str
    """Form of an amount with hundredths, with {whole} and {part}."""
    scales: Mapping[str, tuple[str, str, str]]
    """By the word or letters as written: singular, plural, and what follows before a noun (``de``)."""
    units: Mapping[str, tuple[str, str, str]]
    """By sign: gender, singular, plural."""
    one: Mapping[str, str]
    """Numbers before a noun that CLDR has otherwise, by gender: ``m1``."""
    abbreviations: Mapping[str, str]


def rules_for(grammar: Grammar) -> tuple[Rule, ...]:
    """Return the rules of a language, in order."""
    speaker = _Speaker(grammar)
    months = "|".join(sorted(grammar.months, key=len, reverse=True))
    signs = "|".join(sorted(map(re.escape, grammar.currencies), key=len, reverse=True))
    scales = "|".join(sorted(map(re.escape, grammar.scales), key=len, reverse=True))
    units = "|".join(sorted(map(re.escape, grammar.units), key=len, reverse=True))
    short = "|".join(sorted(map(re.escape, grammar.abbreviations), key=len, reverse=True))
    between = grammar.day_before_month
    hour = r"(?<![\w.,:])(?P<hour>[01]?\d|2[0-4])"
    table = (
        ("date-iso", rf"{_BEFORE}(?P<year>{_YEAR})-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01]){_AFTER}", speaker.date, "-"),
        ("date", rf"{_BEFORE}(?P<day>\d{{1,2}})([./])\s?(?P<month>\d{{1,2}})\2\s?(?P<year>{_YEAR})(?![\w/]|[.,]\d)", speaker.date, "./"),
        (
            "date-words",
            rf"{_BEFORE}(?P<day>\d{{1,2}}){between}(?P<name>{months})(?:(?P<join> (?:de |del )?)(?P<year>{_YEAR}))?(?!\w)",
            speaker.date_words,
            "0",
        ),
        ("ordinal", grammar.ordinal_pattern, speaker.ordinal, "0"),
        (
            "time",
            rf"{hour}(?::|h)(?P<minutes>[0-5]\d)(?:{grammar.hour_pattern})?(?![\w:])",
            speaker.time,
            "0",
        ),
        ("time", rf"{hour}(?P<minutes>)(?:{grammar.hour_pattern or '(?!)'})(?![\w:])", speaker.time, "0"),
        (
            "money",
            rf"{_BEFORE}{_SIGN}(?P<number>{_NUMBER})(?:{_SPACE}(?P<scale>{scales}))?{_SPACE}?(?P<unit>{signs})(?!\w)",
            speaker.money,
            "0",
        ),
        (
            "money",
            rf"(?<!\w)(?P<unit>{signs}){_SPACE}?{_SIGN}(?P<number>{_NUMBER})(?:{_SPACE}(?P<scale>{scales}))?{_AFTER}",
            speaker.money,
            "0",
        ),
        ("abbreviation", rf"(?<![\w.])({short})(?!\w)", speaker.abbreviation, ".°rem"),
        (
            "percent",
            rf"{_BEFORE}{_SIGN}(?:(?P<low>{_NUMBER})\s?[-–—]\s?)?(?P<number>{_NUMBER}){_SPACE}?%(?!\w)",
            speaker.percent,
            "%",
        ),
        (
            "measure",
            rf"{_BEFORE}{_SIGN}(?:(?P<low>{_NUMBER})\s?[-–—]\s?)?(?P<number>{_NUMBER}){_SPACE}?(?P<unit>{units})(?![\w/²³])",
            speaker.measure,
            "0",
        ),
        ("range", rf"{_BEFORE}(?P<low>{_NUMBER})\s?(?:[–—]|-)\s?(?P<number>{_NUMBER}){_AFTER}(?!-\d)", speaker.range, "-–—"),
        ("year", rf"{_BEFORE}(?P<number>{_YEAR})(?!\w|[.,:/]\d|-\d)", speaker.year, "0"),
        ("cardinal", rf"(?<![\w.,]){_SIGN}(?<![\w.,])(?P<number>{_NUMBER}){_AFTER}", speaker.cardinal, "0"),
        ("digits", r"(?<=\d)[.,](?=\d)", speaker.mark, "0"),
        ("digits", r"[0-9]{1,40}", speaker.digits, "0"),
    )
    return tuple(
        Rule(name, lazy_pattern(pattern), say, needs) for name, pattern, say, needs in table if not (name == "abbreviation" and not short)
    )


class _Speaker:
    """Says what the patterns of a language find."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar

    def words(self, text: str, form: str | None = None) -> str:
        """Return a number as written in words."""
        grammar = self._grammar
        whole, point, fraction = re.sub("[.\u00a0\u2007\u2009\u202f]", "", text).partition(",")
        if len(whole) > MOST_DIGITS or (len(whole) > 1 and whole[0] == "0"):
            said = spell_digits(whole, grammar.code, grammar.number)
        else:
            said = spell_number(int(whole), grammar.code, (form if not point else None) or grammar.number)
        return f"{said} {grammar.comma} {self._fraction(fraction)}" if point else said

    def _fraction(self, figures: str) -> str:
        grammar = self._grammar
        if grammar.code == "de" or figures[0] == "0" or len(figures) > 2:
            return spell_digits(figures, grammar.code, grammar.number)
        return spell_number(int(figures), grammar.code, grammar.number)

    def _sign(self, match: re.Match[str]) -> str:
        sign = match["sign"]
        grammar = self._grammar
        return {"+": f"{grammar.plus} ", "±": f"{grammar.plus} {grammar.minus} "}.get(sign, f"{grammar.minus} ") if sign else ""

    def _counted(self, text: str, gender: str, one: str, many: str) -> str:
        grammar = self._grammar
        if text == "1":
            return f"{grammar.one[gender]} {one}"
        form = grammar.feminine if gender == "f" else grammar.masculine
        return f"{self.words(text, form)} {many}"

    def abbreviation(self, match: re.Match[str], language: str) -> str:
        return self._grammar.abbreviations[match[1]]

    def date(self, match: re.Match[str], language: str) -> str | None:
        grammar = self._grammar
        day, month = int(match["day"]), int(match["month"])
        if not (1 <= day <= 31 and 1 <= month <= 12):
            return None
        return grammar.date.format(day=self._day(day), month=grammar.months[month - 1], year=self._year(match["year"]))

    def _day(self, day: int) -> str:
        grammar = self._grammar
        return grammar.first_day if day == 1 and grammar.first_day else spell_number(day, grammar.code, grammar.day)

    def _year(self, figures: str) -> str:
        grammar = self._grammar
        form = grammar.year if int(figures) < 2000 else grammar.number
        return spell_number(int(figures), grammar.code, form)

    def date_words(self, match: re.Match[str], language: str) -> str | None:
        grammar = self._grammar
        if not 1 <= int(match["day"]) <= 31:
            return None
        said = grammar.date_words.format(day=self._day(int(match["day"])), month=match["name"])
        return f"{said}{match['join']}{self._year(match['year'])}" if match["year"] else said

    def time(self, match: re.Match[str], language: str) -> str:
        grammar = self._grammar
        hour = int(match["hour"])
        words = grammar.one.get("hour", "") if hour == 1 else ""
        words = words or spell_number(hour, grammar.code, grammar.feminine if grammar.code != "de" else grammar.number)
        if not match["minutes"] or match["minutes"] == "00":
            said = grammar.hour.format(hour=words)
        else:
            said = grammar.hour_minutes.format(hour=words, minutes=spell_number(int(match["minutes"]), grammar.code, grammar.number))
        return re.sub("^(une|zéro) heures", r"\1 heure", said)

    def money(self, match: re.Match[str], language: str) -> str:
        grammar = self._grammar
        gender, one, many, small, smalls = grammar.currencies[match["unit"]]
        figures, scale = match["number"], match["scale"]
        if scale:
            return self._sign(match) + self._scaled(figures, scale, many)
        whole, _, part = figures.partition(",")
        whole = re.sub("[.\u00a0\u2007\u2009\u202f]", "", whole)
        if part and (len(part) != 2 or not small):
            return f"{self._sign(match)}{self.words(figures)} {many}"
        if not part or part == "00":
            return self._sign(match) + self._counted(whole, gender, one, self._with_de(whole, many))
        cents = str(int(part))
        if whole == "0":
            return self._sign(match) + self._counted(cents, "m", small, smalls)
        said = grammar.money.format(
            whole=self._counted(whole, gender, one, many),
            part=self._counted(cents, "m", small, smalls) if "{cents}" not in grammar.money else "",
            cents=spell_number(int(part), grammar.code, grammar.number),
        )
        return self._sign(match) + said

    def _with_de(self, whole: str, many: str) -> str:
        """Return the noun with "de" after full millions, as in "un million d'euros"."""
        if self._grammar.code in ("fr", "es", "it") and len(whole) > 6 and whole.endswith("000000"):
            return self._de(many)
        return many

    def _de(self, noun: str) -> str:
        if self._grammar.code == "de":
            return noun
        if self._grammar.code == "fr" and noun[0] in "aeiouéh":
            return f"d’{noun}"
        return f"{'di' if self._grammar.code == 'it' else 'de'} {noun}"

    def _scaled(self, figures: str, scale: str, many: str) -> str:
        grammar = self._grammar
        one, more, _ = grammar.scales[scale]
        said = f"{grammar.one['scale']} {one}" if figures == "1" else f"{self.words(figures, grammar.masculine)} {more}"
        return f"{said} {many if more in ('mil', 'mila', 'mille') else self._de(many)}"

    def percent(self, match: re.Match[str], language: str) -> str:
        low = f"{self.words(match['low'])} {self._grammar.to} " if match["low"] else ""
        number = match["number"]
        said = self._grammar.one["percent"] if number == "1" and not low else self.words(number)
        return f"{self._sign(match)}{low}{said} {self._grammar.percent}"

    def measure(self, match: re.Match[str], language: str) -> str:
        gender, one, many = self._grammar.units[match["unit"]]
        low = f"{self.words(match['low'])} {self._grammar.to} " if match["low"] else ""
        figures = re.sub("[.\u00a0\u202f]", "", match["number"]) if "," not in match["number"] else match["number"]
        return self._sign(match) + low + self._counted(figures, gender, one, many)

    def ordinal(self, match: re.Match[str], language: str) -> str | None:
        grammar = self._grammar
        form = grammar.ordinals.get(match["end"])
        return None if form is None else spell_number(int(match["number"]), grammar.code, form)

    def year(self, match: re.Match[str], language: str) -> str:
        return self._year(match["number"])

    def range(self, match: re.Match[str], language: str) -> str:
        low, high = match["low"], match["number"]
        is_years = re.fullmatch(_YEAR, low) and re.fullmatch(_YEAR, high)
        first, last = (self._year(low), self._year(high)) if is_years else (self.words(low), self.words(high))
        return f"{first} {self._grammar.to} {last}"

    def cardinal(self, match: re.Match[str], language: str) -> str:
        return self._sign(match) + self.words(match["number"])

    def mark(self, match: re.Match[str], language: str) -> str:
        return ", "

    def digits(self, match: re.Match[str], language: str) -> str:
        """Spell digits within a word, such as ``B12``."""
        grammar = self._grammar
        figures = match[0]
        before, after = match.string[match.start() - 1 : match.start()], match.string[match.end() : match.end() + 1]
        short = len(figures) < 3 and figures[0] != "0"
        said = spell_number(int(figures), grammar.code, grammar.number) if short else spell_digits(figures, grammar.code, grammar.number)
        return (" " if before.isalnum() else "") + said + (" " if after.isalnum() else "")
