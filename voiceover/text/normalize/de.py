"""German words for the ear: numbers, dates, times, currency, percent and measures."""

from __future__ import annotations

import re

from voiceover.text.normalize.cldr_numbers import spell_number
from voiceover.text.normalize.continental import Grammar, rules_for
from voiceover.text.normalize.rules import Rule, rule

_MONTHS = ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"]
_BEFORE_N = r"(?:[Aa]m|[Vv]om|[Zz]um|[Bb]eim|[Ii]m|[Dd]en|[Dd]em|[Dd]es|[Ss]eit|[Aa]b|[Bb]is zum|[Mm]ontag, den|[Uu]nterm)"

GRAMMAR = Grammar(
    code="de",
    number="spellout-numbering",
    masculine="spellout-cardinal-masculine",
    feminine="spellout-cardinal-feminine",
    year="spellout-numbering-year",
    ordinals={".": "spellout-ordinal"},
    ordinal_pattern=r"(?<=[Dd](?:er|ie|as) )(?P<number>\d{1,4})(?P<end>\.)(?= [A-ZÄÖÜ])",
    comma="Komma",
    minus="minus",
    plus="plus",
    to="bis",
    percent="Prozent",
    months=tuple(_MONTHS),
    first_day=None,
    day="spellout-ordinal-r",
    date="{day} {month} {year}",
    day_before_month=r"\. ?",
    date_words="{day} {month}",
    hour="{hour} Uhr",
    hour_minutes="{hour} Uhr {minutes}",
    hour_pattern=" Uhr",
    currencies={
        "€": ("m", "Euro", "Euro", "Cent", "Cent"),
        "EUR": ("m", "Euro", "Euro", "Cent", "Cent"),
        "$": ("m", "Dollar", "Dollar", "Cent", "Cent"),
        "£": ("n", "Pfund", "Pfund", "Penny", "Pence"),
        "CHF": ("m", "Franken", "Franken", "Rappen", "Rappen"),
    },
    money="{whole} {cents}",
    scales={
        "Mio.": ("Million", "Millionen", ""),
        "Million": ("Million", "Millionen", ""),
        "Millionen": ("Million", "Millionen", ""),
        "Mrd.": ("Milliarde", "Milliarden", ""),
        "Milliarde": ("Milliarde", "Milliarden", ""),
        "Milliarden": ("Milliarde", "Milliarden", ""),
        "Tsd.": ("tausend", "tausend", ""),
    },
    units={
        "km": ("m", "Kilometer", "Kilometer"),
        "m": ("m", "Meter", "Meter"),
        "cm": ("m", "Zentimeter", "Zentimeter"),
        "mm": ("m", "Millimeter", "Millimeter"),
        "kg": ("n", "Kilogramm", "Kilogramm"),
        "g": ("n", "Gramm", "Gramm"),
        "l": ("m", "Liter", "Liter"),
        "km/h": ("m", "Kilometer pro Stunde", "Kilometer pro Stunde"),
        "m²": ("m", "Quadratmeter", "Quadratmeter"),
        "°C": ("n", "Grad Celsius", "Grad Celsius"),
        "°": ("n", "Grad", "Grad"),
        "GB": ("n", "Gigabyte", "Gigabyte"),
        "MB": ("n", "Megabyte", "Megabyte"),
        "kWh": ("f", "Kilowattstunde", "Kilowattstunden"),
        "ms": ("f", "Millisekunde", "Millisekunden"),
        "Min.": ("f", "Minute", "Minuten"),
        "Std.": ("f", "Stunde", "Stunden"),
    },
    one={"m": "ein", "n": "ein", "f": "eine", "scale": "eine", "hour": "ein", "percent": "ein"},
    abbreviations={
        "z. B.": "zum Beispiel",
        "z.B.": "zum Beispiel",
        "d. h.": "das heißt",
        "d.h.": "das heißt",
        "bzw.": "beziehungsweise",
        "ca.": "circa",
        "usw.": "und so weiter",
        "Nr.": "Nummer",
        "Dr.": "Doktor",
        "Prof.": "Professor",
        "u. a.": "unter anderem",
        "u.a.": "unter anderem",
        "Mio.": "Millionen",
        "Mrd.": "Milliarden",
        "evtl.": "eventuell",
        "ggf.": "gegebenenfalls",
        "inkl.": "inklusive",
        "vgl.": "vergleiche",
    },
)


_YEAR = r"(?: (?P<year>(?:1\d|20)\d\d))?(?!\w)"


def _day(number: str, form: str, month: str, year: str | None) -> str:
    said = f"{spell_number(int(number), 'de', form)} {month}"
    if year:
        said += f" {spell_number(int(year), 'de', 'spellout-numbering-year' if int(year) < 2000 else 'spellout-numbering')}"
    return said


@rule("date-case", rf"(?<!\w)(?P<before>{_BEFORE_N} )(?P<day>\d{{1,2}})\. ?(?P<month>{'|'.join(_MONTHS)}){_YEAR}", "0")
def dative_date(match: re.Match[str], language: str) -> str:
    return match["before"] + _day(match["day"], "spellout-ordinal-n", match["month"], match["year"])


@rule("date-case", rf"(?<!\w)(?P<before>[Dd]er )(?P<day>\d{{1,2}})\. ?(?P<month>{'|'.join(_MONTHS)}){_YEAR}", "0")
def nominative_date(match: re.Match[str], language: str) -> str:
    return match["before"] + _day(match["day"], "spellout-ordinal", match["month"], match["year"])


@rule("date-case", rf"(?<!\w)(?P<before>{_BEFORE_N} )(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\.\s?(?P<year>(?:1\d|20)\d\d)(?!\w)", "0")
def dative_figures(match: re.Match[str], language: str) -> str | None:
    month = int(match["month"])
    if not 1 <= month <= 12 or not 1 <= int(match["day"]) <= 31:
        return None
    return match["before"] + _day(match["day"], "spellout-ordinal-n", _MONTHS[month - 1], match["year"])


@rule("ordinal-case", rf"(?<!\w)(?P<before>{_BEFORE_N} )(?P<number>\d{{1,4}})\.(?= [A-ZÄÖÜ])", "0")
def dative_ordinal(match: re.Match[str], language: str) -> str:
    return match["before"] + spell_number(int(match["number"]), "de", "spellout-ordinal-n")


LANGUAGE_RULES: tuple[Rule, ...] = (dative_date, nominative_date, dative_figures, dative_ordinal, *rules_for(GRAMMAR))
