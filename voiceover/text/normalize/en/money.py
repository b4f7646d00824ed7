"""Amounts of money."""

from __future__ import annotations

import re

from voiceover.text.normalize.en.context import NUMBER, is_adjective
from voiceover.text.normalize.en.numbers import cardinal, number
from voiceover.text.normalize.rules import Rule, rule

_NAMES = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "€": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "¥": ("yen", "yen", "", ""),
    "₹": ("rupee", "rupees", "paisa", "paise"),
    "₽": ("ruble", "rubles", "kopeck", "kopecks"),
    "₩": ("won", "won", "", ""),
    "₿": ("bitcoin", "bitcoins", "", ""),
    "US$": ("U.S dollar", "U.S dollars", "cent", "cents"),
    "A$": ("Australian dollar", "Australian dollars", "cent", "cents"),
    "C$": ("Canadian dollar", "Canadian dollars", "cent", "cents"),
    "NZ$": ("New Zealand dollar", "New Zealand dollars", "cent", "cents"),
    "HK$": ("Hong Kong dollar", "Hong Kong dollars", "cent", "cents"),
    "USD": ("U.S dollar", "U.S dollars", "cent", "cents"),
    "EUR": ("euro", "euros", "cent", "cents"),
    "GBP": ("pound", "pounds", "penny", "pence"),
    "CHF": ("Swiss franc", "Swiss francs", "centime", "centimes"),
    "JPY": ("yen", "yen", "", ""),
    "CAD": ("Canadian dollar", "Canadian dollars", "cent", "cents"),
    "AUD": ("Australian dollar", "Australian dollars", "cent", "cents"),
    "INR": ("rupee", "rupees", "paisa", "paise"),
}
"""Singular and plural of a currency and of its hundredth part."""
_SCALES = {
    **dict.fromkeys(("k", "K"), "thousand"),
    **dict.fromkeys(("m", "M", "mn", "mm", "MM", "mln"), "million"),
    **dict.fromkeys(("b", "B", "bn", "Bn", "bln"), "billion"),
    **dict.fromkeys(("t", "T", "tn", "trn"), "trillion"),
}
_SIGN = r"(?P<sign>(?<![A-Za-z])(?:US|A|C|NZ|HK)?\$|[€£¥₹₽₩₿])"
_CODE = "USD|EUR|GBP|CHF|JPY|CAD|AUD|INR"
_SCALE = r"(?P<scale>(?:[ -]?(?:thousand|million|billion|trillion)\b)|(?:[kKmMbBtT]|[mM]n|mm|MM|mln|[bB]n|bln|tn|trn)(?![\w]))?"
_EACH = {
    "hr": "hour",
    "h": "hour",
    "mo": "month",
    "yr": "year",
    "y": "year",
    "wk": "week",
    "d": "day",
    "min": "minute",
    "s": "second",
    "sec": "second",
    "GB": "gigabyte",
    "MB": "megabyte",
    "TB": "terabyte",
    "kg": "kilogram",
    "lb": "pound",
    "kWh": "kilowatt hour",
    "oz": "ounce",
    "gal": "gallon",
    "mi": "mile",
    "km": "kilometer",
    "sq": "square",
}
_PER = r"(?P<per>\s?/\s?(?P<each>[A-Za-z]{1,10})(?![\w/]))?"


@rule("money", rf"(?P<minus>(?<![\w\d])[-\u2212+]\s?)?{_SIGN}\s?(?P<number>{NUMBER}|\.\d{{1,40}}+){_SCALE}{_PER}", "$€£¥₹₽₩₿")
def sign_first(match: re.Match[str], language: str) -> str | None:
    return _amount(match, match["sign"], language)


@rule(
    "money-range",
    rf"{_SIGN}\s?(?P<low>{NUMBER})(?P<lowscale>[kKmMbB]|[bB]n)?\s?[-–—]\s?[$€£¥₹]?(?P<number>{NUMBER}){_SCALE}{_PER}",
    "$€£¥₹",
)
def money_range(match: re.Match[str], language: str) -> str | None:
    low = number(match["low"], language)
    scale = (match["scale"] or "").strip(" -")
    if match["lowscale"] and _SCALES[match["lowscale"]] != _SCALES.get(scale, scale):
        low += f" {_SCALES[match['lowscale']]}"
    return f"{low} to {_amount(match, match['sign'], language, whole=True)}"


@rule(
    "money-code",
    rf"(?<![\w.,$€£])(?:(?P<minus>[-\u2212])?(?P<number>{NUMBER}){_SCALE}\s?(?P<sign>€|£|{_CODE})(?!\w)"
    rf"|(?P<sign2>{_CODE})\s?(?P<number2>{NUMBER})(?P<scale2>[kKmMbB]|[bB]n)?(?!\w))",
    "0",
)
def code_beside(match: re.Match[str], language: str) -> str | None:
    sign = match["sign"] or match["sign2"]
    return _amount(match, sign, language)


@rule("cents", rf"(?<![\w.,])(?P<number>{NUMBER})\s?[¢￠]", "¢￠")
def cents(match: re.Match[str], language: str) -> str:
    unit = "cent" if match["number"] == "1" or is_adjective(match) else "cents"
    return f"{number(match['number'], language)} {unit}"


def _amount(match: re.Match[str], sign: str, language: str, whole: bool = False) -> str:
    groups = match.groupdict()
    figures = groups.get("number") or groups.get("number2") or ""
    scale = (groups.get("scale") or groups.get("scale2") or "").strip(" -")
    one, many, part, parts = _NAMES[sign]
    if is_adjective(match):
        many, parts = one, part
    minus = "" if not (groups.get("minus") or "").strip() else "plus " if groups["minus"].strip() == "+" else "minus "
    if scale:
        said = f"{number(figures, language)} {_SCALES.get(scale, scale)} {many}"
    else:
        said = _coins(figures, one, many, part, parts, language) if not whole or "." in figures else f"{number(figures, language)} {many}"
    if groups.get("per"):
        each = groups["each"]
        said += f" per {_EACH.get(each, each)}"
    return minus + said


def _coins(figures: str, one: str, many: str, part: str, parts: str, language: str) -> str:
    whole, _, fraction = figures.replace(",", "").partition(".")
    if fraction and (len(fraction) != 2 or not part):
        return f"{number(figures, language)} {many}"
    units, small = int(whole or 0), int(fraction or 0)
    said = [f"{cardinal(units, language)} {one if units == 1 else many}"] if units or not small else []
    if small:
        said.append(f"{cardinal(small, language)} {part if small == 1 else parts}")
    return " and ".join(said)


MONEY: tuple[Rule, ...] = (money_range, sign_first, code_beside, cents)
