"""Chinese numbers for the ear: years and telephone numbers digit by digit, 2 before a measure word as 两."""

from __future__ import annotations

import re

from voiceover.text.normalize.cldr_numbers import MOST_DIGITS, spell_digits, spell_number
from voiceover.text.normalize.rules import Rule, rule

_FORM = "spellout-cardinal-alternate2"
_NUMBER = r"\d{1,3}(?:,\d{3})++(?!\d)|\d{1,40}+"
_MEASURES = "个位只条张本次天年周岁家件种名辆杯块斤里点倍层座台部"


def _words(text: str) -> str:
    figures = text.replace(",", "")
    if len(figures) > MOST_DIGITS or (len(figures) > 1 and figures[0] == "0"):
        return _figures(figures)
    said = spell_number(int(figures), "zh", _FORM).replace("〇", "零")
    return said.removeprefix("一") if said.startswith("一十") else said


def _figures(figures: str) -> str:
    return spell_digits(figures, "zh", "spellout-cardinal").replace(" ", "").replace("〇", "零")


def _decimal(whole: str, fraction: str | None) -> str:
    return _words(whole) + (f"点{_figures(fraction)}" if fraction else "")


@rule("date", r"(?<!\d)(\d{4})[-/](0?[1-9]|1[0-2])[-/](0?[1-9]|[12]\d|3[01])(?!\d)", "0")
def date(match: re.Match[str], language: str) -> str:
    return f"{_figures(match[1])}年{_words(str(int(match[2])))}月{_words(str(int(match[3])))}日"


@rule("year", r"(?<!\d)(\d{4})(?=年(?!前|后|间|以))", "0")
def year(match: re.Match[str], language: str) -> str:
    return _figures(match[1])


@rule("time", r"(?<![\d:])([01]?\d|2[0-4]):([0-5]\d)(?![\d:])", ":")
def time(match: re.Match[str], language: str) -> str:
    hour = "两" if match[1].lstrip("0") == "2" else _words(str(int(match[1])))
    minutes = int(match[2])
    return f"{hour}点" + (f"{'零' if minutes < 10 else ''}{_words(str(minutes))}分" if minutes else "")


@rule("phone", r"(?<![\d-])(?:1\d{10}|0\d{2,3}-\d{7,8}|1\d{2}-\d{4}-\d{4})(?![\d-])", "0")
def phone(match: re.Match[str], language: str) -> str:
    return _figures(match[0].replace("-", "")).replace("一", "幺")


@rule("percent", rf"({_NUMBER})(?:\.(\d{{1,40}}))?\s?[%％]", "%％")
def percent(match: re.Match[str], language: str) -> str:
    return f"百分之{_decimal(match[1], match[2])}"


@rule("money", rf"([¥￥$€])\s?({_NUMBER})(?:\.(\d{{1,40}}))?(万|亿)?", "¥￥$€")
def money(match: re.Match[str], language: str) -> str:
    return _decimal(match[2], match[3]) + (match[4] or "") + {"$": "美元", "€": "欧元"}.get(match[1], "元")


@rule("range", rf"({_NUMBER})\s?[〜～–-]\s?({_NUMBER})(?![.\d-])", "〜～–-")
def span(match: re.Match[str], language: str) -> str:
    return f"{_words(match[1])}到{_words(match[2])}"


@rule("counted", rf"(?<![\d.,第])2(?=[{_MEASURES}])", "0")
def counted(match: re.Match[str], language: str) -> str:
    return "两"


@rule("number", rf"(?P<sign>(?<![\w)])[-−])?({_NUMBER})(?:\.(\d{{1,40}}))?", "0")
def number(match: re.Match[str], language: str) -> str:
    return ("负" if match["sign"] else "") + _decimal(match[2], match[3])


LANGUAGE_RULES: tuple[Rule, ...] = (date, year, time, phone, percent, money, span, counted, number)
