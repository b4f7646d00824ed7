"""Roman numerals in names: of rulers, wars, chapters and films."""

from __future__ import annotations

import re

from voiceover.system.lazy import lazy_pattern
from voiceover.text.normalize.en.numbers import cardinal, ordinal
from voiceover.text.normalize.rules import Rule, rule

_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_VALID = lazy_pattern(r"(?=[IVXLCDM])M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_RULERS = (
    "Henry|Louis|Elizabeth|Charles|George|James|Edward|Richard|William|Philip|Philippe|Pius|Paul|Benedict|Leo|Gregory|Clement|Innocent"
    "|Alexander|Nicholas|Catherine|Frederick|Wilhelm|Franz Joseph|Napoleon|Mary|Margaret|Peter|Ivan|Otto|Felipe|Carlos"
    "|Juan Carlos|Alfonso"
    "|Ferdinand|Isabella|Christian|Gustav|Gustaf|Haakon|Harald|Olav|Ramses|Ramesses|Ptolemy|Cleopatra|Amenhotep|Thutmose|Darius|Xerxes"
    "|Mehmed|Murad|Selim|Suleiman|Urban|Boniface|Sixtus|Julius|Francis|Leopold|Albert|Baudouin|Beatrix|Maximilian|Ludwig|Friedrich"
    "|Constantine|Justinian|Theodosius|Akbar|Rama|Pedro|Robert|David|Malcolm|Kenneth|Victor Emmanuel|Umberto|Rudolf|Sigismund"
    "|John|Stephen"
)
_PARTS = (
    "Chapter|Part|Volume|Vol\\.|Book|Act|Scene|Appendix|Article|Section|Title|Phase|Type|Level|Stage|Class|Grade|Figure|Table|Lecture|War"
    "|Bowl|Canto|Episode|Season|Round|Mark|Mk|Symphony|Olympiad|Block|Unit|Module|Group|Category|Tier|Gen|Apollo|Gemini|Saturn|Titan"
)
_SMALL_PARTS = "chapter|part|volume|book|act|scene|appendix|article|section|phase|type|level|stage|page|pages|pp\\.|p\\.|vol\\.|ch\\.|item"
_AFTER_ONE = lazy_pattern(r"(?:['’]s)?(?:[,.;:!?)\"”]|\s+(?:of|was|is|and|had|died|became|ruled|ordered|signed|made|the|in|granted)\b|$)")
_TAKEN = frozenset(
    (
        "MIX",
        "DIM",
        "MILD",
        "LID",
        "DIV",
        "CIVIL",
        "VIVID",
        "CD",
        "DC",
        "MD",
        "MC",
        "DM",
        "CM",
        "MM",
        "CC",
        "DI",
        "DL",
        "MI",
        "LI",
        "CI",
        "CV",
        "MLI",
    )
)


def roman_value(numeral: str) -> int | None:
    """Return the value of a Roman numeral in capitals; None if it is none."""
    if not _VALID.fullmatch(numeral):
        return None
    values = [_VALUES[letter] for letter in numeral]
    return sum(-value if value < after else value for value, after in zip(values, [*values[1:], 0], strict=True))


@rule("roman-ruler", rf"(?<!\w)({_RULERS}) ([IVX]{{1,8}})(?![\w-])", "IVX")
def ruler(match: re.Match[str], language: str) -> str | None:
    value = roman_value(match[2])
    if value is None or (match[1] == "Malcolm" and match[2] == "X"):
        return None
    if match[2] == "I" and not _AFTER_ONE.match(match.string, match.end(), match.end() + 20):
        return None
    return f"{match[1]} the {ordinal(value)}"


@rule("roman-part", rf"(?<!\w)((?:{_PARTS})s? |(?:{_PARTS.upper()}) )([IVXLC]{{1,8}})(?:([-–])([IVXLC]{{1,8}}))?(?![\w])", "IVXLC")
def part(match: re.Match[str], language: str) -> str | None:
    value = roman_value(match[2])
    if value is None or (match[2] in ("I",) and re.match(r" [a-z'’]", match.string[match.end() : match.end() + 2])):
        return None
    last = roman_value(match[4]) if match[4] else None
    return f"{match[1]}{cardinal(value)}" + (f" to {cardinal(last)}" if last else "")


@rule("roman-part", rf"(?<!\w)((?:{_SMALL_PARTS}) )([ivxl]{{1,7}}|[IVX]{{1,7}})(?:([-–])([ivxl]{{1,7}}))?(?![\w'’])", "ivxlIVX")
def small_part(match: re.Match[str], language: str) -> str | None:
    value = roman_value(match[2].upper())
    last = roman_value(match[4].upper()) if match[4] else None
    if value is None or (match[2] == "I" and re.match(r" [a-z]", match.string[match.end() : match.end() + 2])):
        return None
    name = {"vol. ": "volume ", "ch. ": "chapter ", "p. ": "page ", "pp. ": "pages "}.get(match[1], match[1])
    return f"{name}{cardinal(value)}" + (f" to {cardinal(last)}" if last else "")


@rule("roman", r"(?<=[a-z] )([IVX]{2,8}|[IVXLC]{3,8})(?![\w'’.-])", "IVXLC")
def after_name(match: re.Match[str], language: str) -> str | None:
    value = roman_value(match[1])
    name = re.search(r"(?<!\w)[A-Z][\w'’]*[a-z] $", match.string[max(match.start() - 30, 0) : match.start()])
    if value is None or name is None or match[1] in _TAKEN:
        return None
    return cardinal(value)


@rule("roman-century", r"(?<!\w)([XVI]{1,6})(?:th|st|nd|rd)(?= [Cc]entur)", "XVI")
def century(match: re.Match[str], language: str) -> str | None:
    value = roman_value(match[1])
    return None if value is None else ordinal(value)


ROMAN: tuple[Rule, ...] = (century, ruler, part, small_part, after_name)
