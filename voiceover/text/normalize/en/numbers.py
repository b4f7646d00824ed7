"""Numbers in English words."""

from __future__ import annotations

from voiceover.system.lazy import lazy_pattern

_SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_GROUPS = (
    "",
    "thousand",
    "million",
    "billion",
    "trillion",
    "quadrillion",
    "quintillion",
    "sextillion",
    "septillion",
    "octillion",
    "nonillion",
)
_ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth", "twelve": "twelfth"}
_AND_REGIONS = frozenset(("GB", "IE", "AU", "NZ", "ZA", "IN"))
MOST_DIGITS = 33
"""Longest number that has a name; longer ones are read digit by digit."""

_SEPARATORS = lazy_pattern("[,\u2007\u2009\u202f]")
"""Commas and the narrow spaces between thousands."""


def is_british(language: str) -> bool:
    """Return True if numbers and dates are read as in Britain: "one hundred and five", the day before the month."""
    return not _AND_REGIONS.isdisjoint(language.upper().split("-")[1:])


def cardinal(number: int, language: str = "en") -> str:
    """Return a number in words, such as ``twenty-four``; in British English with "and"."""
    if number < 0:
        return f"minus {cardinal(-number, language)}"
    figures = str(number)
    if len(figures) > MOST_DIGITS:
        return digits(figures)
    joint = " and " if is_british(language) else " "
    words: list[str] = []
    for group in range((len(figures) - 1) // 3, -1, -1):
        value = number // 1000**group % 1000
        if not value:
            continue
        if words and group == 0 and value < 100 and joint != " ":
            words.append("and")
        words.append(_below_thousand(value, joint) + (f" {_GROUPS[group]}" if group else ""))
    return " ".join(words) or "zero"


def _below_thousand(value: int, joint: str) -> str:
    hundreds, rest = divmod(value, 100)
    head = f"{_SMALL[hundreds]} hundred" if hundreds else ""
    return head + (joint if hundreds and rest else "") + (below_hundred(rest) if rest else "")


def below_hundred(value: int) -> str:
    """Return a number from 0 to 99 in words."""
    if value < 20:
        return _SMALL[value]
    return _TENS[value // 10] + (f"-{_SMALL[value % 10]}" if value % 10 else "")


def ordinal(number: int, language: str = "en") -> str:
    """Return ``twenty-first`` for 21."""
    head, sign, last = cardinal(number, language).rpartition("-")
    if not sign:
        head, sign, last = cardinal(number, language).rpartition(" ")
    return head + sign + (_ORDINALS.get(last) or (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th"))


def plural(words: str) -> str:
    """Return the plural of a number in words: ``nineties``, ``sixes``."""
    if words.endswith("y"):
        return f"{words[:-1]}ies"
    return f"{words}es" if words.endswith(("x", "s")) else f"{words}s"


def digits(figures: str) -> str:
    """Return each digit in words."""
    return " ".join(_SMALL[int(figure)] for figure in figures if figure.isdigit())


def phone_digits(figures: str) -> str:
    """Return each digit in words, 0 as "oh"."""
    return " ".join("oh" if figure == "0" else _SMALL[int(figure)] for figure in figures)


def pairs(figures: str) -> str:
    """Return three or four digits as people read the numbers of rooms, planes and ports: ``seven forty-seven``, ``one oh one``."""
    if len(figures) not in (3, 4) or figures[0] == "0":
        return digits(figures)
    head, tail = figures[:-2], int(figures[-2:])
    if tail == 0:
        return f"{below_hundred(int(head))} hundred" if not figures.endswith("000") else f"{_SMALL[int(figures[0])]} thousand"
    return f"{below_hundred(int(head))} {f'oh {_SMALL[tail]}' if tail < 10 else below_hundred(tail)}"


def year(number: int, language: str = "en") -> str:
    """Return a year from 1 to 2999 as it is said: ``nineteen ninety-nine``, ``two thousand five``, ``twenty twenty-four``."""
    century, rest = divmod(number, 100)
    if number < 1000 or (century % 10 == 0 and rest < 10):
        return cardinal(number, language)
    if rest == 0:
        return f"{below_hundred(century)} hundred"
    return f"{below_hundred(century)} {f'oh {_SMALL[rest]}' if rest < 10 else below_hundred(rest)}"


def decade(number: int) -> str:
    """Return ``nineteen nineties`` for 1990."""
    return plural(year(number))


def number(text: str, language: str = "en") -> str:
    """Return a number as written, with commas, a decimal point or a sign, in words: ``three point one four``."""
    sign = ""
    if text[:1] in "-\u2212+":
        sign, text = ("plus " if text[0] == "+" else "minus "), text[1:]
    whole, point, fraction = _SEPARATORS.sub("", text).partition(".")
    if (len(whole) > 1 and whole[0] == "0") or len(whole) > (15 if "," not in text else MOST_DIGITS):
        words = digits(whole)
    else:
        words = cardinal(int(whole), language) if whole else ""
    if point and fraction:
        words = f"{words} point {digits(fraction)}".strip()
    return sign + words
