"""The 60 lines of written.txt, and how far what a recognizer writes down is from how they are read.

A recognizer writes figures where it heard words, as it likes: "$3.5 million", "1999", "10:30". They are turned into words here, by rules
that share no code with voiceover, and into those of several readings that are in the hand-written form, if any is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.listening import number_in_words, word_errors

_FIGURES = re.compile(r"\d[\d,]*(?:\.\d+)?")
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_IRREGULAR = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth", "twelve": "twelfth"}
_SCALES = {"k": "thousand", "m": "million", "b": "billion", "bn": "billion"}
_SAME = {
    "oh": "zero",
    "mr": "mister",
    "dr": "doctor",
    "st": "saint",
    "vs": "versus",
    "versus": "versus",
    "harbour": "harbor",
    "okay": "ok",
    "kilometres": "kilometers",
    "centimetres": "centimeters",
    "gb": "gigabytes",
    "ms": "milliseconds",
    "km": "kilometers",
    "kg": "kilograms",
    "cm": "centimeters",
    "mph": "miles per hour",
    "red": "read",
    "hash": "hash",
    "ii": "two",
    "iv": "four",
}
"""Words that sound the same, or are written short by the recognizer."""


def written_lines() -> list[tuple[str, tuple[str, ...]]]:
    """Each line, and its readings."""
    lines = Path(__file__).with_name("written.txt").read_text("utf-8").splitlines()
    pairs = (line.partition(" => ") for line in lines if line and not line.startswith("#"))
    return [(text, tuple(reading.strip() for reading in readings.split("|"))) for text, _, readings in pairs]


def errors(reading: str, heard: str) -> tuple[int, int]:
    """Words of ``heard`` that differ from a hand-written reading, and words of the reading."""
    wanted = _joined(reading.split())
    return word_errors(wanted, _joined(_in_words(heard, " ".join(reading.split())).split())), len(wanted)


def _joined(words: list[str]) -> list[str]:
    """Return the words with "and" left out, runs of single letters as one word, and one spelling each."""
    found: list[str] = []
    spelled = False
    for word in (part for each in words if each != "and" for part in _SAME.get(each, each).split()):
        is_letter = len(word) == 1 and (word != "a" or spelled)
        if is_letter and spelled:
            found[-1] += word
        else:
            found.append(word)
        spelled = is_letter
    return found


def _in_words(heard: str, wanted: str) -> str:
    text = heard.casefold().replace("’", "'").replace("c++", "c plus plus").replace("u.s.", "u s ").replace("u.k.", "u k ")
    text = re.sub(r"\b([ap])\.?m\b\.?", r"\1 m", text)
    text = re.sub(r"\b(api|http|uk|us|io|i/o)\b", lambda match: " ".join(match[0].replace("/", "")), text)
    text = re.sub(r"[$€£](\d[\d,]*(?:\.\d+)?)\s?(million|billion|thousand|bn|[kmb]\b)?", lambda match: _money(match, wanted), text)
    text = re.sub(
        r"(\d{1,2})(?::(\d\d)|\.(\d\d)(?=\s?[ap] m))", lambda match: f"{_cardinal(match[1])} {_minutes(match[2] or match[3])}", text
    )
    text = re.sub(r"(\d+)(?:st|nd|rd|th)\b", lambda match: _ordinal(int(match[1])), text)
    text = re.sub(r"\b(\d\d)?(\d0)'?s\b", lambda match: f"{_cardinal(match[1]) if match[1] else ''} {_cardinal(match[2])[:-1]}ies", text)
    text = re.sub(r"\b(\d{3})-(\d{4})\b", lambda match: f"{_each(match[1])} {_each(match[2])}", text)
    text = re.sub(rf"(?:the )?(\d{{1,2}}) ({_MONTHS})", lambda match: f"the {_ordinal(int(match[1]))} of {match[2]}", text)
    text = re.sub(r"(\d)x\b", r"\1 times", text)
    text = re.sub(r"(\d)\s?[-–]\s?(?=\d)", r"\1 to ", text)
    text = re.sub(r"(\d)x(\d)", r"\1 by \2", text)
    text = re.sub(r"(\d)/(\d)", lambda match: {"2/3": "two thirds", "1/2": "half"}.get(match[0], match[0]), text)
    text = text.replace("%", " percent").replace("°", " degrees ").replace("@", " at ").replace("&", " and ").replace("--", " dash dash ")
    text = re.sub(r"(?<=\w)\.(?=[a-z])", " dot ", text).replace("/", " slash ").replace("#", " hashtag ").replace("_", " ")
    text = _FIGURES.sub(lambda match: f" {_best(match[0], wanted)} ", text)
    return re.sub(r"[^a-z' ]+", " ", text).replace("'", "")


def _best(figures: str, wanted: str) -> str:
    """Return the reading of figures that is in the hand-written form, else the first one."""
    readings = list(_readings(figures.rstrip(",")))
    return next((reading for reading in readings if f" {reading} " in f" {wanted.replace('oh', 'zero')} "), readings[0])


def _readings(figures: str) -> Iterator[str]:
    whole, point, fraction = figures.replace(",", "").partition(".")
    yield _cardinal(whole) + (f" point {_each(fraction)}" if point else "")
    if point:
        yield f"{_cardinal(whole)} point {_cardinal(fraction)}"
    elif len(whole) == 4:
        tail = whole[2:]
        yield f"{_cardinal(whole[:2])} {'hundred' if tail == '00' else _minutes(tail)}"
    yield _each(whole)
    if not point and len(whole) < 3:
        yield _ordinal(int(whole))
    if len(whole) == 3:
        yield f"{_cardinal(whole[0])} {_minutes(whole[1:])}"
    if len(whole) == 2:
        yield f"{_cardinal(whole)}"


def _money(match: re.Match[str], wanted: str) -> str:
    unit = {"$": "dollars", "€": "euros", "£": "pounds"}[match[0][0]]
    scale = _SCALES.get(match[2] or "", match[2] or "")
    whole, _, fraction = match[1].replace(",", "").partition(".")
    if len(fraction) == 2 and not scale:
        part = {"£": "pence"}.get(match[0][0], "cents")
        said = f"{_cardinal(whole)} {unit} " if int(whole) else ""
        return f"{said}{_cardinal(fraction)} {part} "
    unit = unit if unit in wanted.split() else unit.removesuffix("s")
    return f"{_best(match[1], wanted)} {scale} {unit} "


def _cardinal(figures: str) -> str:
    return number_in_words(int(figures or 0))


def _each(figures: str) -> str:
    return " ".join(_DIGITS[int(figure)] for figure in figures)


def _minutes(figures: str) -> str:
    return f"zero {_cardinal(figures[1])}" if figures[0] == "0" else _cardinal(figures)


def _ordinal(number: int) -> str:
    head, _, last = number_in_words(number).rpartition(" ")
    last = _IRREGULAR.get(last) or (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")
    return f"{head} {last}".strip()
