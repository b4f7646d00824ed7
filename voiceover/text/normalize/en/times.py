"""Times of the day, durations, and telephone numbers."""

from __future__ import annotations

import re

from voiceover.text.normalize.en.context import ends_sentence
from voiceover.text.normalize.en.dates import clock
from voiceover.text.normalize.en.numbers import cardinal, pairs, phone_digits
from voiceover.text.normalize.rules import Rule, rule

_HALF = r"(?P<half>[AaPp])(?:\.\s?[Mm]\.|[Mm](?!\w))"
_ZONES = "UTC|GMT|EST|EDT|CST|CDT|MST|MDT|PST|PDT|CET|CEST|BST|IST|JST|ET|PT"


def _half(match: re.Match[str], name: str = "half") -> str:
    letter = match[name]
    return f" {letter.upper()}.M" if letter else ""


def _at(hour: str, minutes: str | None, half: str) -> str:
    if not half:
        return clock(int(hour), minutes or "00", hour)
    if minutes in (None, "00"):
        return cardinal(int(hour))
    return clock(int(hour), minutes or "00", str(int(hour)))


def _stop(match: re.Match[str]) -> str:
    return "." if match[0].endswith(".") and ends_sentence(match) else ""


@rule(
    "time-range",
    rf"(?<![\w.,:$])(?P<h1>[01]?\d|2[0-3])(?::(?P<m1>[0-5]\d))?\s?(?P<half1>[AaPp])?(?(half1)\.?[Mm]\.?)\s?[-–—]\s?"
    rf"(?P<h2>[01]?\d|2[0-3])(?::(?P<m2>[0-5]\d))?\s?{_HALF}",
    "0",
)
def time_range(match: re.Match[str], language: str) -> str:
    first = _at(match["h1"], match["m1"], "x") + _half(match, "half1")
    return f"{first} to {_at(match['h2'], match['m2'], 'x')}{_half(match)}{_stop(match)}"


@rule("time-range", r"(?<![\w.,:$])(?P<h1>[01]?\d|2[0-3]):(?P<m1>[0-5]\d)\s?[-–—]\s?(?P<h2>[01]?\d|2[0-4]):(?P<m2>[0-5]\d)(?![\w:])", ":")
def clock_range(match: re.Match[str], language: str) -> str:
    return f"{_at(match['h1'], match['m1'], '')} to {_at(match['h2'], match['m2'], '')}"


@rule(
    "time",
    rf"(?<![\w.,:$])(?P<hour>[01]?\d"
    rf"|2[0-3])(?:[:.](?P<minutes>[0-5]\d)(?::(?P<seconds>[0-5]\d))?)?\s?{_HALF}(?P<zone> (?:{_ZONES})(?!\w))?",
    "aApP",
)
def half_day(match: re.Match[str], language: str) -> str:
    seconds = f" and {cardinal(int(match['seconds']))} seconds" if match["seconds"] else ""
    zone = f" {'.'.join(match['zone'][1:])}" if match["zone"] else ""
    return f"{_at(match['hour'], match['minutes'], 'x')}{seconds}{_half(match)}{zone}{_stop(match)}"


@rule("time", rf"(?<![\w.,:$])(?P<hour>[01]?\d|2[0-3]):(?P<minutes>[0-5]\d)(?P<zone> (?:{_ZONES}))?(?![\w:]|\.\d)", ":")
def day_time(match: re.Match[str], language: str) -> str:
    zone = f" {'.'.join(match['zone'][1:])}" if match["zone"] else ""
    return _at(match["hour"], match["minutes"], "") + zone


@rule("duration", r"(?<![\w.,:])(\d{1,3}):([0-5]\d):([0-5]\d)(?:\.\d{1,3})?(?![\w:])", ":")
def duration(match: re.Match[str], language: str) -> str:
    return (
        ", ".join(_counted(int(match[group]), name) for group, name in ((1, "hour"), (2, "minute"), (3, "second")) if int(match[group]))
        or "zero seconds"
    )


@rule(
    "duration",
    r"(?<![\w.,:])(?:(\d{1,3})h ?)?(?:(\d{1,2})m(?:in)? ?)(?:(\d{1,2})s)?(?!\w)|(?<![\w.,:])(\d{1,3})h ?(\d{1,2})(?:m(?:in)?)?(?!\w)",
    "h0",
)
def short_duration(match: re.Match[str], language: str) -> str | None:
    if match[4]:
        return f"{_counted(int(match[4]), 'hour')} {_counted(int(match[5]), 'minute')}"
    if not match[1] and not match[3]:
        return None
    parts = ((match[1], "hour"), (match[2], "minute"), (match[3], "second"))
    return " ".join(_counted(int(value), name) for value, name in parts if value)


def _counted(count: int, name: str) -> str:
    return f"{cardinal(count)} {name}{'' if count == 1 else 's'}"


@rule("ratio", r"(?<![\w.,:])(\d{1,4}):(\d{1,4})(?![\w:]|\.\d)", ":")
def ratio(match: re.Match[str], language: str) -> str:
    return f"{cardinal(int(match[1]), language)} to {cardinal(int(match[2]), language)}"


@rule(
    "phone",
    r"(?<![\w.,-])(?:(?P<country>\+\d{1,3})[ .-]?)?(?:(?P<toll>1)[-. ])?(?:\((?P<area1>\d{2,5})\) ?"
    r"|(?P<area>\d{3})[-. ])(?P<a>\d{3,4})[-. ](?P<b>\d{4})(?!\w|-)",
    "0",
)
def phone(match: re.Match[str], language: str) -> str:
    area = match["area1"] or match["area"]
    toll = area == "800" and "eight hundred"
    groups = [f"plus {phone_digits(match['country'][1:])}"] if match["country"] else []
    groups += ["one"] if match["toll"] else []
    groups += [toll or phone_digits(area), phone_digits(match["a"]), phone_digits(match["b"])]
    return ", ".join(groups)


@rule("phone", r"(?<![\w.,])\+(\d{1,3})((?:[ .-]\d{2,4}){2,5})(?![\w-])", "+")
def international(match: re.Match[str], language: str) -> str:
    return ", ".join([f"plus {phone_digits(match[1])}", *map(phone_digits, re.findall(r"\d+", match[2]))])


@rule("phone", r"(?<![\w.,/-])(\d{3})-(\d{4})(?![\w-]|[.,]\d)", "-")
def local(match: re.Match[str], language: str) -> str:
    return f"{phone_digits(match[1])}, {phone_digits(match[2])}"


@rule("phone", r"(?<!\w)((?:[Cc]all(?:ed|ing)?|[Dd]ial(?:l?ed|l?ing)?|[Tt]ext(?:ed|ing)?) )([0-9])11(?!\w|[.,:]\d)", "0")
def emergency(match: re.Match[str], language: str) -> str:
    return f"{match[1]}{cardinal(int(match[2]))} one one"


@rule("date-name", r"(?<![\w.,/])(?:9/11|24/7(?:/365)?|50[/-]50)(?![\w/])", "0")
def well_known(match: re.Match[str], language: str) -> str:
    return {"9": "nine eleven", "2": "twenty-four seven", "5": "fifty-fifty"}[match[0][0]] + (
        " three sixty-five" if match[0].endswith("365") else ""
    )


@rule(
    "status",
    r"(?<!\w)((?:HTTP|[Ss]tatus|[Ss]tatus code|[Ee]rror|a|an|[Rr]eturn(?:s|ed)?(?: a| an)?) )([1-5]0[0-9])(?!\w|[.,:]\d| [a-z]+s\b)",
    "0",
)
def status(match: re.Match[str], language: str) -> str | None:
    head = match[1].replace("HTTP", "H.T.T.P")
    figures = match[2]
    if match[1] in ("a ", "an ") and figures not in ("404", "403", "401", "502", "503", "504", "301", "302"):
        return None
    said = (
        f"{cardinal(int(figures[0]))} hundred" if figures.endswith("00") else f"{cardinal(int(figures[0]))} oh {cardinal(int(figures[2]))}"
    )
    return head + said


@rule(
    "named-number",
    r"(?<!\w)((?:Boeing|Airbus A|Flight|Room|Route|Highway|Interstate|Apartment|Suite|Bus|Porsche|Peugeot|Area|Train|Gate|port"
    r"|Port|localhost:) ?)"
    r"(\d{3,5})(?!\w|[.,:]\d|-\d)",
    "0",
)
def named_number(match: re.Match[str], language: str) -> str:
    head = "Airbus A " if match[1].startswith("Airbus") else match[1].replace(":", " port ")
    return head + pairs(match[2])


TIMES: tuple[Rule, ...] = (duration, time_range, clock_range, half_day, day_time, short_duration, ratio)


@rule("digit-groups", r"(?<![\w.,/-])\d{1,5}(?:-\d{1,7}){2,6}(?![\w/-]|[.,]\d)|(?<![\w.,])\d{4}(?: \d{4}){3}(?!\w)", "0")
def digit_groups(match: re.Match[str], language: str) -> str | None:
    """Read the numbers of books, cards and accounts digit by digit."""
    groups = re.findall(r"\d+", match[0])
    return ", ".join(map(phone_digits, groups)) if sum(map(len, groups)) > 6 else None


@rule("phone", r"(?<![\w-])1-8(00|88|77|66)-([A-Z]{3,8})(?!\w)", "0")
def phone_word(match: re.Match[str], language: str) -> str:
    toll = "eight hundred" if match[1] == "00" else phone_digits(f"8{match[1]}")
    return f"one, {toll}, {match[2].capitalize()}"


@rule("postal-code", r"(?<=, )([A-Z]{2}) (\d{5})(?:-(\d{4}))?(?!\w|[.,]\d)", "0")
def postal_code(match: re.Match[str], language: str) -> str:
    extra = f", {phone_digits(match[3])}" if match[3] else ""
    return f"{'.'.join(match[1])} {phone_digits(match[2])}{extra}"


@rule("named-number", r"(?<!\w)(Boeing )(7\d7)-(\d{1,3})(?!\w)", "0")
def aircraft(match: re.Match[str], language: str) -> str:
    return f"{match[1]}{pairs(match[2])} {pairs(match[3]) if len(match[3]) == 3 else cardinal(int(match[3]))}"


PHONES: tuple[Rule, ...] = (
    well_known,
    phone,
    international,
    local,
    phone_word,
    digit_groups,
    emergency,
    status,
    postal_code,
    aircraft,
    named_number,
)
