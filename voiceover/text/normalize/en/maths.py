"""Simple mathematics and Greek letters."""

from __future__ import annotations

import re

from voiceover.text.normalize.en.numbers import cardinal, number, ordinal
from voiceover.text.normalize.rules import Rule, rule

_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξοπρστυφχψωΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ",
        (
            [
                "alpha",
                "beta",
                "gamma",
                "delta",
                "epsilon",
                "zeta",
                "eta",
                "theta",
                "iota",
                "kappa",
                "lambda",
                "mu",
                "nu",
                "xi",
                "omicron",
                "pi",
                "rho",
                "sigma",
                "tau",
                "upsilon",
                "phi",
                "chi",
                "psi",
                "omega",
            ]
            * 2
        ),
        strict=True,
    )
) | {"µ": "mu", "ϵ": "epsilon", "ϕ": "phi", "∆": "delta", "∑": "the sum of", "∏": "the product of", "ς": "sigma", "ϑ": "theta"}
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ", "0123456789-+n")
_SIGNS = {
    "=": "equals",
    "+": "plus",
    "−": "minus",
    "×": "times",
    "÷": "divided by",
    "≤": "is at most",
    "≥": "is at least",
    "≠": "is not equal to",
    "≈": "is about",
    "±": "plus or minus",
    "<": "is less than",
    ">": "is greater than",
    "∞": "infinity",
    "√": "the square root of",
    "∈": "in",
    "∪": "union",
    "∩": "intersect",
    "→": "to",
    "⇒": "implies",
    "∀": "for all",
    "∃": "there exists",
    "∂": "partial",
    "∫": "the integral of",
    "·": "times",
    "∝": "is proportional to",
    "≡": "is equivalent to",
    "≪": "is much less than",
    "≫": "is much greater than",
    "⟶": "to",
    "←": "from",
    "<=": "is at most",
    ">=": "is at least",
    "^": "to the power of",
    "*": "times",
    "-": "minus",
    "–": "minus",
    "/": "over",
    "∅": "the empty set",
    "⊂": "is a subset of",
    "∇": "nabla",
}


def _power(exponent: str, language: str) -> str:
    exponent = exponent.translate(_SUPERSCRIPTS).strip("{}()")
    if exponent in ("2", "3"):
        return "squared" if exponent == "2" else "cubed"
    if re.fullmatch(r"\d+", exponent):
        return f"to the {ordinal(int(exponent), language)}"
    if re.fullmatch(r"[-−+]\d+", exponent):
        return f"to the {'plus' if exponent[0] == '+' else 'minus'} {cardinal(int(exponent[1:]), language)}"
    return f"to the {_GREEK.get(exponent, exponent)}"


@rule(
    "power",
    r"(?<![A-Za-z0-9_.])(?P<base>\d{1,15}(?:\.\d{1,15})?|[A-Za-z]{1,3}|[α-ωΑ-Ω]|(?<=\)))(?:\^(?P<caret>\{?[-−]?\w{1,6}\}?"
    r"|\([-−]?\w{1,6}\))|(?P<raised>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ]{1,6}))(?!\w)",
    "^⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ",
)
def power(match: re.Match[str], language: str) -> str | None:
    if match["raised"] and len(match["base"]) == 4 and match["base"].isdigit():
        return None  # a year with the mark of a footnote
    base = _GREEK.get(match["base"], match["base"])
    base = number(base, language) if base[:1].isdigit() else base
    return f"{base} {_power(match['caret'] or match['raised'], language)}"


@rule("e-notation", r"(?<![\w.])(\d{1,15}(?:\.\d{1,15})?)[eE]([-−+]?)(\d{1,3})(?!\w)", "eE")
def e_notation(match: re.Match[str], language: str) -> str:
    sign = "minus " if match[2] in ("-", "−") and match[2] else ""
    return f"{number(match[1], language)} times ten to the {sign}{cardinal(int(match[3]))}"


@rule("derivative", r"(?<!\w)([∂d])(\w{0,3})/([∂d])(\w{1,3})(?!\w)", "/")
def derivative(match: re.Match[str], language: str) -> str | None:
    if match[1] != match[3]:
        return None
    sign = "partial " if match[1] == "∂" else "d "
    return f"{sign}{match[2]}".strip() + f" over {sign}{match[4]}"


@rule("greek", r"(?<![Ͱ-Ͽἀ-῿])([ΔδΣ∆∂]?)([α-ωΑ-Ωϵϕϑµ∆∑∏])(?![Ͱ-Ͽἀ-῿])", "".join(sorted(_GREEK)))
def greek(match: re.Match[str], language: str) -> str:
    said = _GREEK[match[2]]
    before, after = match.string[match.start() - 1 : match.start()], match.string[match.end() : match.end() + 1]
    head = f"{_SIGNS.get(match[1]) or _GREEK.get(match[1], match[1])} " if match[1] else ""
    return (" " if before.isalnum() else "") + head + said + (" " if after.isalnum() else "")


_OPERAND = r"[\w)\]}²³π∞]"


@rule("sign", rf"(?<={_OPERAND}) ([=+−×÷<>*·–≤≥≠≈-]|<=|>=|/) (?=[-−(√∑∫]?{_OPERAND}|[\[(])", "=+−×÷<>*·–-/≤≥≠≈")
def between(match: re.Match[str], language: str) -> str | None:
    sign = match[1]
    before = re.search(r"(\S+)$", match.string[max(match.start() - 20, 0) : match.start()])
    after = re.match(r"\S+", match.string[match.end() : match.end() + 20])
    one, two = (before[1] if before else "").strip("(),"), (after[0] if after else "").strip("(),.;:?!")
    if sign in "*-–/<>·" and not (_is_operand(one) and _is_operand(two)):
        return None
    return f" {_SIGNS[sign]} "


def _is_operand(word: str) -> bool:
    return (len(word) == 1 and word not in "aA") or bool(
        re.fullmatch(r"[-−]?[\d.,]+[a-z]?|[a-z]\^?\d|[A-Za-z]\d|[a-z]\(\w\)|[A-Za-z]+_\w+", word)
    )


@rule("sign", r"(?<=\d)([=+−×÷*<>≤≥])(?=\d)|(?<=[a-z])([+=<>])(?=\d)|(?<=\d)([+=])(?=[a-z](?!\w))", "=+−×÷*<>")
def tight(match: re.Match[str], language: str) -> str:
    return f" {_SIGNS[match[1] or match[2] or match[3]] if (match[1] or '') != '≤' else 'is at most'} "


@rule("sign", r"\s?([≤≥≠≈±∞√∈∪∩⇒∀∃∂∫∝≡≪≫×÷∅⊂∇])\s?", "≤≥≠≈±∞√∈∪∩⇒∀∃∂∫∝≡≪≫×÷∅⊂∇")
def alone(match: re.Match[str], language: str) -> str:
    before, after = match.string[match.start() - 1 : match.start()], match.string[match.end() : match.end() + 1]
    lead = " " if match[0][0].isspace() or before.isalnum() or before == ")" else ""
    return lead + _SIGNS[match[1]] + (" " if match[0][-1].isspace() or after.isalnum() or after == "(" else "")


@rule("arrow", r"(?<=\S)\s?(?:→|⟶|←)\s?(?=\S)", "→⟶←")
def arrow(match: re.Match[str], language: str) -> str:
    return f" {_SIGNS[match[0].strip()]} "


@rule("less-than", r"(?<!\S)([<>])\s?(?=[\d$€£])", "<>")
def less_than(match: re.Match[str], language: str) -> str:
    return "less than " if match[1] == "<" else "more than "


@rule("less-than", r"(?<!\S)([≤≥])\s?(?=[\d$€£])", "≤≥")
def at_most(match: re.Match[str], language: str) -> str:
    return "at most " if match[1] == "≤" else "at least "


@rule("function", r"(?<!\w)([fgh])\(([a-z])(?:, ?([a-z]))?\)", "(")
def function(match: re.Match[str], language: str) -> str:
    return f"{match[1]} of {match[2]}" + (f" and {match[3]}" if match[3] else "")


@rule("subscript", r"(?<=[A-Za-z])([₀₁₂₃₄₅₆₇₈₉]{1,4})", "₀₁₂₃₄₅₆₇₈₉")
def subscript(match: re.Match[str], language: str) -> str:
    figures = match[1].translate(str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789"))
    after = match.string[match.end() : match.end() + 1]
    return f" {cardinal(int(figures))}{' ' if after.isalnum() else ''}"


MATHS: tuple[Rule, ...] = (power, e_notation, derivative, function, between, less_than, at_most)
LAST_MATHS: tuple[Rule, ...] = (tight, alone, arrow, greek, subscript)
