"""Measures: a number and its unit, and percentages."""

from __future__ import annotations

import re

from voiceover.text.normalize.en.context import NUMBER, is_adjective, with_stop
from voiceover.text.normalize.en.numbers import cardinal, is_british, number
from voiceover.text.normalize.en.tables import table
from voiceover.text.normalize.rules import Rule, rule

_PLAIN = table(
    """
    km: kilometer | cm: centimeter | mm: millimeter | m: meter | nm: nanometer | µm: micrometer | μm: micrometer | mi: mile |
    ft: foot | yd: yard | yds: yard | kg: kilogram | g: gram | mg: milligram | µg: microgram | lb: pound | lbs: pound | oz: ounce |
    l: liter | L: liter | ml: milliliter | mL: milliliter | dl: deciliter | s: second | sec: second | secs: second | ms: millisecond |
    µs: microsecond | μs: microsecond | us: microsecond | ns: nanosecond | min: minute | mins: minute | h: hour | hr: hour |
    hrs: hour | d: day | yr: year | yrs: year | wk: week | wks: week | mo: month | B: byte | KB: kilobyte | kB: kilobyte |
    MB: megabyte | GB: gigabyte | TB: terabyte | PB: petabyte | KiB: kibibyte | MiB: mebibyte | GiB: gibibyte | TiB: tebibyte |
    kb: kilobit | Mb: megabit | Gb: gigabit | W: watt | kW: kilowatt | MW: megawatt | GW: gigawatt | kWh: kilowatt hour |
    MWh: megawatt hour | Wh: watt hour | TWh: terawatt hour | V: volt | mV: millivolt | kV: kilovolt | A: amp | mA: milliamp |
    mAh: milliamp hour | dB: decibel | J: joule | kJ: kilojoule | N: newton | Pa: pascal | kPa: kilopascal | ha: hectare | px: pixel |
    cal: calorie | kcal: kilocalorie | Ω: ohm | kΩ: kilohm | in: inch | ac: acre | gal: gallon | pt: point | qt: quart |
    tbsp: tablespoon | tsp: teaspoon | nmi: nautical mile | ly: light year | bps: basis point
    """
)
_SAME = table(
    """
    Hz: hertz | kHz: kilohertz | MHz: megahertz | GHz: gigahertz | THz: terahertz | rpm: R.P.M | fps: frames per second |
    mph: miles per hour | kph: kilometers per hour | km/h: kilometers per hour | kmh: kilometers per hour |
    Mbps: megabits per second | Gbps: gigabits per second | kbps: kilobits per second | Kbps: kilobits per second | psi: P.S.I |
    mpg: miles per gallon | dpi: dots per inch | ppm: parts per million | ppb: parts per billion | bpm: beats per minute |
    qps: queries per second | rps: requests per second | LUFS: luffs | dBTP: D.B.T.P | hp: horsepower | °C: degrees Celsius |
    °F: degrees Fahrenheit | ℃: degrees Celsius | ℉: degrees Fahrenheit | K: kelvin | °: degrees | pp: percentage points |
    wpm: words per minute | dBFS: D.B.F.S
    """
)
_AREA = {"2": "square", "²": "square", "3": "cubic", "³": "cubic"}
_PER = table(
    """
    s: second | sec: second | h: hour | hr: hour | hour: hour | min: minute | day: day | d: day | ms: millisecond | second: second |
    minute: minute | week: week | month: month | mo: month | year: year | yr: year | kg: kilogram | m: meter | L: liter | l: liter |
    dL: deciliter | ml: milliliter | km: kilometer | person: person | user: user | s2: second squared | s²: second squared |
    m2: square meter | m²: square meter | m3: cubic meter | m³: cubic meter | lb: pound | GB: gigabyte
    """
)
_UNITS = "|".join(
    sorted((re.escape(unit) for unit in {**_PLAIN, **_SAME} if unit not in ("in", "A", "K", "d", "pt", "B", "us")), key=len, reverse=True)
)
_SPACED = "|".join(
    sorted(
        (re.escape(unit) for unit in {**_PLAIN, **_SAME} if unit not in ("in", "A", "K", "d", "B", "us", "mo", "pp")), key=len, reverse=True
    )
)
_BRITISH_ENDS = (("meter", "metre"), ("liter", "litre"))
_PER_PATTERN = r"(?:\s?/\s?(?P<per>[ms][23²³]|[A-Za-z]{1,8})(?![\w/]))?"
_BEGIN = r"(?<![\w.,$€£])"


@rule(
    "measure",
    rf"{_BEGIN}(?P<sign>[-\u2212+±~≈](?=\d)\s?)?(?:(?P<low>{NUMBER})\s?(?:[-–—]|x|×)\s?)?(?P<number>{NUMBER}|\.\d{{1,20}}+)"
    rf"(?:(?P<glued>-?(?:{_UNITS}))|(?P<spaced>[ \u00a0\u202f](?:{_SPACED}))|(?P<half>[ -](?:sq|cu)\.? (?:ft|mi|in|m|km|yd)\.?))"
    rf"(?P<power>[23²³])?{_PER_PATTERN}(?![\w²³]|/\w)",
    "0",
)
def measure(match: re.Match[str], language: str) -> str | None:
    unit = (match["glued"] or match["spaced"] or match["half"] or "").strip(" -\u00a0\u202f").rstrip(".")
    if match["glued"] and match["glued"].startswith("-") and not match[0].rstrip("0123456789²³").endswith(unit):
        return None
    if unit in ("m", "M") and match["glued"] and _of_people(match):
        return f"{number(match['number'], language)} million"
    prefix = ""
    if match["half"]:
        kind, _, unit = unit.partition(" ")
        prefix = "square " if kind.startswith("sq") else "cubic "
    if match["power"]:
        if unit not in ("m", "km", "cm", "mm", "ft", "mi", "in", "yd"):
            return None
        prefix = f"{_AREA[match['power']]} "
    is_one = match["number"] == "1" and not match["low"]
    said = prefix + _name(unit, one=is_one or is_adjective(match), language=language)
    if match["per"]:
        if match["per"] not in _PER:
            return None
        said += f" per {_british(_PER[match['per']], language)}"
    figures = number(match["number"], language)
    if match["low"]:
        joint = "by" if re.search(r"\d\s?[x×]", match[0]) else "to"
        figures = f"{number(match['low'], language)} {joint} {figures}"
    sign = (match["sign"] or "").strip()
    return f"{_SIGNS.get(sign, '')}{figures} {said}"


_SIGNS = {"-": "minus ", "\u2212": "minus ", "+": "plus ", "±": "plus or minus ", "~": "about ", "≈": "about "}


def _of_people(match: re.Match[str]) -> bool:
    return (
        re.match(
            r" (?:users|people|downloads|customers|subscribers|views|followers|records|rows|parameters|lines)\b",
            match.string[match.end() :][:20],
        )
        is not None
    )


def _name(unit: str, *, one: bool, language: str) -> str:
    if unit in _SAME:
        same = _SAME[unit]
        return same.replace("degrees", "degree", 1) if one else same.replace("percentage point", "percentage point")
    name = _british(_PLAIN[unit], language)
    if one:
        return name
    return {"foot": "feet", "inch": "inches"}.get(name, f"{name}s")


def _british(name: str, language: str) -> str:
    if is_british(language):
        for american, british in _BRITISH_ENDS:
            if name.endswith(american):
                return name.removesuffix(american) + british
    return name


@rule("feet-and-inches", r"(?<![\w.,])(\d{1,2})['’′](?:\s?(\d{1,2})(?:[\"”″]|''|’’)?)?(?![\w'’])", "'’′")
def feet(match: re.Match[str], language: str) -> str | None:
    if not match[2] and "′" not in match[0]:
        return None
    said = f"{cardinal(int(match[1]))} {'foot' if match[1] == '1' else 'feet'}"
    return f"{said} {cardinal(int(match[2]))}" if match[2] else said


@rule("inches", rf"{_BEGIN}({NUMBER})(?:″|(?<=\d)\"(?=[ ,.;)]|$))", '″"')
def inches(match: re.Match[str], language: str) -> str | None:
    if match[0].endswith('"') and match.string.count('"', max(match.start() - 300, 0), match.start()) % 2:
        return None  # it closes a quotation
    return f"{number(match[1], language)} {'inch' if match[1] == '1' or is_adjective(match) else 'inches'}"


@rule(
    "percent",
    rf"{_BEGIN}(?P<sign>[-\u2212+±~≈](?=\d))?(?:(?P<low>{NUMBER})\s?%?\s?[-–—]\s?)?(?P<number>{NUMBER}"
    rf"|\.\d{{1,20}}+)[ \u00a0\u202f]?(?P<of>[%‰])(?P<end>-?)(?!\w)",
    "%‰",
)
def percent(match: re.Match[str], language: str) -> str:
    figures = number(match["number"], language)
    if match["low"]:
        figures = f"{number(match['low'], language)} to {figures}"
    return f"{_SIGNS.get(match['sign'] or '', '')}{figures} {'percent' if match['of'] == '%' else 'per mille'}{match['end']}"


@rule("percent", rf"{_BEGIN}(?P<sign>[-\u2212+])?(?P<number>{NUMBER})%(?=-\w)", "%")
def percent_joined(match: re.Match[str], language: str) -> str:
    return f"{_SIGNS.get(match['sign'] or '', '')}{number(match['number'], language)} percent"


@rule("percent", r"(?<![\w%])%(?=\s|$)", "%")
def percent_alone(match: re.Match[str], language: str) -> str:
    return "percent"


@rule("per", r"(?<=[a-z])/(?:(s|sec|h|hr|min|mo)|second|minute|hour|day|week|month|year)(?![\w/])", "/")
def per(match: re.Match[str], language: str) -> str:
    return f" per {_PER[match[1]] if match[1] else match[0][1:]}"


@rule("measure", r"(?<!\w)(req|reqs|ops|msgs?|tok|tokens)/(s|sec|min)(?!\w)", "/")
def requests(match: re.Match[str], language: str) -> str:
    names = {"req": "requests", "reqs": "requests", "ops": "operations", "msg": "messages", "msgs": "messages", "tok": "tokens"}
    return f"{names.get(match[1], match[1])} per {_PER[match[2]]}"


@rule("measure", rf"{_BEGIN}(?:({NUMBER})\s?[-–—]\s?)?({NUMBER}) (in|ft|yd|lbs?|oz|mins?|hrs?|gal|mi|km|kg|cm|mm|secs?)\.(?=\s|$)", ".")
def dotted(match: re.Match[str], language: str) -> str | None:
    low = f"{number(match[1], language)} to " if match[1] else ""
    one = match[2] == "1" and not low
    return with_stop(f"{low}{number(match[2], language)} {_name(match[3], one=one, language=language)}", match)


MEASURES: tuple[Rule, ...] = (percent, percent_joined, percent_alone, feet, inches, dotted, measure, requests, per)
