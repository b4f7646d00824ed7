"""Japanese numbers for the ear."""

from __future__ import annotations

import re

from voiceover.text.normalize.cldr_numbers import MOST_DIGITS, spell_digits, spell_number
from voiceover.text.normalize.rules import Rule, rule

_FORM = "spellout-cardinal"
_NUMBER = r"\d{1,3}(?:,\d{3})++(?!\d)|\d{1,40}+"


def _words(text: str) -> str:
    figures = text.replace(",", "")
    if len(figures) > MOST_DIGITS or (len(figures) > 1 and figures[0] == "0"):
        return _figures(figures)
    return spell_number(int(figures), "ja", _FORM).replace("〇", "ゼロ")


def _figures(figures: str) -> str:
    return spell_digits(figures, "ja", _FORM).replace(" ", "").replace("〇", "ゼロ")


def _decimal(whole: str, fraction: str | None) -> str:
    return _words(whole) + (f"点{_figures(fraction)}" if fraction else "")


@rule("date", r"(?<!\d)(\d{4})[-/](0?[1-9]|1[0-2])[-/](0?[1-9]|[12]\d|3[01])(?!\d)", "0")
def date(match: re.Match[str], language: str) -> str:
    return f"{_words(match[1])}年{_words(str(int(match[2])))}月{_words(str(int(match[3])))}日"


@rule("time", r"(?<![\d:])([01]?\d|2[0-4]):([0-5]\d)(?![\d:])", ":")
def time(match: re.Match[str], language: str) -> str:
    minutes = int(match[2])
    return f"{_words(str(int(match[1])))}時" + (f"{_words(str(minutes))}分" if minutes else "")


@rule("phone", r"(?<![\d-])0\d{1,4}-\d{1,4}-\d{3,4}(?![\d-])", "-")
def phone(match: re.Match[str], language: str) -> str:
    return "の".join(map(_figures, match[0].split("-")))


@rule("percent", rf"({_NUMBER})(?:\.(\d{{1,40}}))?\s?[%％]", "%％")
def percent(match: re.Match[str], language: str) -> str:
    return f"{_decimal(match[1], match[2])}パーセント"


@rule("money", rf"([¥￥$€])\s?({_NUMBER})(?:\.(\d{{1,40}}))?", "¥￥$€")
def money(match: re.Match[str], language: str) -> str:
    return _decimal(match[2], match[3]) + {"$": "ドル", "€": "ユーロ"}.get(match[1], "円")


@rule("range", rf"({_NUMBER})\s?[〜～–-]\s?({_NUMBER})(?![.\d-])", "〜～–-")
def span(match: re.Match[str], language: str) -> str:
    return f"{_words(match[1])}から{_words(match[2])}"


@rule("number", rf"(?P<sign>(?<![\w)])[-−])?({_NUMBER})(?:\.(\d{{1,40}}))?", "0")
def number(match: re.Match[str], language: str) -> str:
    return ("マイナス" if match["sign"] else "") + _decimal(match[2], match[3])


LANGUAGE_RULES: tuple[Rule, ...] = (date, time, phone, percent, money, span, number)
