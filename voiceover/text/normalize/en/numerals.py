"""Numbers alone: ordinals, fractions, ranges, versions, decimals and cardinals."""

from __future__ import annotations

import re

from voiceover.text.normalize.en.context import AFTER_NUMBER, NUMBER, word_after, word_before
from voiceover.text.normalize.en.numbers import cardinal, digits, number, ordinal, pairs, plural
from voiceover.text.normalize.en.tables import words
from voiceover.text.normalize.rules import Rule, rule

_SOFTWARE = words(
    """
    python go node java ruby rust php perl swift kotlin scala django rails flask postgres postgresql mysql sqlite redis kubernetes
    docker ubuntu debian fedora ios ipados macos android windows chrome firefox safari react vue angular next.js node.js version v
    release releases linux kernel openssl tls http numpy pandas pytorch tensorflow cuda llama gemini claude qwen mistral bluetooth usb
    wi-fi wifi web gcc clang llvm cmake git npm pip ffmpeg excel typescript javascript java8 dotnet unity unreal blender xcode elixir
    julia laravel spring terraform k8s ansible helm grafana kafka spark deno bun php gpt opus sonnet haiku
    """
)
"""Names whose numbers have parts: Python 3.13 is "three point thirteen"."""


def version_words(text: str) -> str:
    """Return the parts of a version: ``one point twenty-seven``, ``twenty-two point oh four``."""
    return " point ".join(_part(part) for part in text.split("."))


def _part(part: str) -> str:
    if len(part) > 1 and part[0] == "0":
        return " ".join("oh" if figure == "0" else cardinal(int(figure)) for figure in part)
    return cardinal(int(part)) if len(part) < 7 else digits(part)


_LETTERED = words(
    "apt apartment room unit suite gate seat floor class building block page figure fig flat plan section item row platform bus"
)
"""What has numbers with letters: 4B is no amount after these."""
_VERSION_TAIL = r"(?:-?(?P<pre>alpha|beta|rc|dev|a|b|pre|preview|post)[.-]?(?P<prenumber>\d{1,4})?|(?P<wild>\.x))?(?P<plus>\+(?!\w))?"
_PRE = {"rc": "R.C", "a": "alpha", "b": "beta", "pre": "pre"}


def _tail(match: re.Match[str]) -> str:
    said = ""
    if match["pre"]:
        said = f" {_PRE.get(match['pre'], match['pre'])}" + (f" {cardinal(int(match['prenumber']))}" if match["prenumber"] else "")
    if match["wild"]:
        said = " point x"
    return said + (" plus" if match["plus"] else "")


@rule("version", rf"(?<![\w.])(?P<v>[vV]\.?)\s?(?P<number>\d{{1,8}}(?:\.\d{{1,8}}){{0,4}}){_VERSION_TAIL}(?![\w]|\.\d)", "vV")
def version(match: re.Match[str], language: str) -> str | None:
    if match["v"] == "V" and "." not in match["number"]:
        return None
    return f"version {version_words(match['number'])}{_tail(match)}"


@rule("version", rf"(?<![\w.,$€£/])(?P<number>\d{{1,8}}(?:\.\d{{1,8}}){{1,4}}){_VERSION_TAIL}(?![\w%]|[.,]\d|[-/]\d)", ".")
def dotted_number(match: re.Match[str], language: str) -> str | None:
    parts = match["number"].split(".")
    if len(parts) == 4 and all(int(part) < 256 for part in parts):
        return " dot ".join(map(digits, parts))
    before = word_before(match).lower()
    named = before.strip("()") in _SOFTWARE or _after_operator(match)
    if len(parts) == 2 and not named and not match["pre"] and not match["wild"]:
        return None
    return version_words(match["number"]) + _tail(match)


def _after_operator(match: re.Match[str]) -> bool:
    before = match.string[max(match.start() - 12, 0) : match.start()]
    return re.search(r"[A-Za-z]\s?[<>=!~]=?\s?$", before) is not None and "." in match[0] and len(match[0].split(".")[1]) > 1


@rule("ordinal", r"(?<![\w.,$-])(\d{1,3}(?:,\d{3}){0,8}|\d{1,20})(?:st|nd|rd|th|ST|ND|RD|TH)(s?)(?!\w)", "0")
def ordinals(match: re.Match[str], language: str) -> str:
    return ordinal(int(match[1].replace(",", "")), language) + match[2]


_UNICODE_FRACTIONS = {
    "½": (1, 2),
    "⅓": (1, 3),
    "⅔": (2, 3),
    "¼": (1, 4),
    "¾": (3, 4),
    "⅕": (1, 5),
    "⅖": (2, 5),
    "⅗": (3, 5),
    "⅘": (4, 5),
    "⅙": (1, 6),
    "⅚": (5, 6),
    "⅛": (1, 8),
    "⅜": (3, 8),
    "⅝": (5, 8),
    "⅞": (7, 8),
}
_PARTS = {2: ("half", "halves"), 4: ("quarter", "quarters")}


def _fraction(top: int, bottom: int) -> str:
    one, many = _PARTS.get(bottom, (ordinal(bottom), f"{ordinal(bottom)}s"))
    return f"{cardinal(top)} {one if top == 1 else many}"


@rule("fraction", rf"(?<![\w.,/])(?:(\d{{1,6}})\s?)?([{''.join(_UNICODE_FRACTIONS)}])", "".join(_UNICODE_FRACTIONS))
def fraction_sign(match: re.Match[str], language: str) -> str:
    top, bottom = _UNICODE_FRACTIONS[match[2]]
    return _mixed(match[1], top, bottom, language)


def _mixed(whole: str | None, top: int, bottom: int, language: str) -> str:
    if whole is None:
        return _fraction(top, bottom)
    said = _fraction(top, bottom)
    if top == 1:
        said = said.replace("one ", "an " if bottom in (8, 11, 18) else "a ", 1)
    return f"{cardinal(int(whole), language)} and {said}"


@rule("fraction", r"(?<![\w.,/-])(?:(\d{1,4})[ -])?(\d{1,3})[/⁄](\d{1,4})(ths?)?(?![\w/]|[.,]\d)", "/⁄")
def fraction(match: re.Match[str], language: str) -> str | None:
    top, bottom = int(match[2]), int(match[3])
    after = word_after(match).lower()
    if match[1] and (top >= bottom or bottom > 100):
        return None
    if after in ("stars", "star", "tests", "votes", "points", "correct", "complete", "done") or (top == bottom and top in (5, 10, 20, 100)):
        return f"{cardinal(top)} out of {cardinal(bottom)}"
    if (1 < bottom <= 20 and top < 20) or (bottom in (32, 64, 100, 1000) and top < bottom):
        return _mixed(match[1], top, bottom, language)
    return f"{cardinal(top)} over {cardinal(bottom)}" if not match[1] else None


@rule("dimensions", rf"(?<![\w.,])({NUMBER})\s?[x×]\s?({NUMBER})(?:\s?[x×]\s?({NUMBER}))?(?!\w)", "x×")
def dimensions(match: re.Match[str], language: str) -> str | None:
    if "×" in match[0] and re.search(r"\d ×", match[0]) and re.match(r"\s?=", match.string[match.end() :][:2]):
        return " times ".join(number(part, language) for part in match.groups() if part)
    return " by ".join(_side(part, language) for part in match.groups() if part)


def _side(part: str, language: str) -> str:
    return pairs(part) if part.isdigit() and len(part) == 4 and not part.endswith("000") else number(part, language)


@rule(
    "range",
    rf"(?<![\w.,/])(?<!\d[-–—:])(?P<low>{NUMBER})\s?(?:[–—]|-(?!\s)|(?<=\s)-\s"
    rf"|\.\.\.?)\s?(?P<high>{NUMBER})(?P<scale>[kKMB](?!\w)|[xX](?!\w)|\+)?(?![\w%]|[-–:/.,]\d)",
    "-–—.",
)
def ranges(match: re.Match[str], language: str) -> str | None:
    low, high = match["low"], match["high"]
    if len(low) > 1 and low[0] == "0" and "." not in low:
        return None
    scale = {"k": " thousand", "K": " thousand", "M": " million", "B": " billion", "x": " times", "X": " times", "+": " plus", None: ""}
    return f"{number(low, language)} to {number(high, language)}{scale[match['scale']]}"


@rule("scaled", rf"(?<![\w.,$€£])(?P<sign>[-\u2212+~≈](?=\d))?(?P<number>{NUMBER})(?P<scale>[kKMB]|bn|[mM]n|[xX×])(?P<plus>\+)?(?!\w)", "0")
def scaled(match: re.Match[str], language: str) -> str | None:
    figures, scale = match["number"], match["scale"]
    after = word_after(match)
    named = after[:1].isupper() or word_before(match).lower().rstrip(".") in _LETTERED
    if scale == "B" and figures.isdigit() and len(figures) < 5 and named and not match["sign"]:
        return f"{pairs(figures)} B"
    plus = " plus" if match["plus"] else ""
    head = {"-": "minus ", "\u2212": "minus ", "+": "plus ", "~": "about ", "≈": "about ", None: ""}[match["sign"]]
    if scale in "xX×":
        adjective = word_before(match).lower() in ("a", "an", "the") and after.islower() and after not in ("faster", "slower", "as", "more")
        return f"{head}{number(figures, language)} {'x' if adjective else 'times'}{plus}"
    if scale == "K" and figures in ("4", "8") and not plus:
        return f"{number(figures)} K"
    if scale in "kK" and figures in ("5", "10") and after.lower() in ("race", "run", "runs", "races", "runner"):
        return f"{number(figures)} K"
    return f"{head}{number(figures, language)} {'thousand' if scale in 'kK' else 'billion' if scale in ('B', 'bn') else 'million'}{plus}"


@rule("plural-number", r"(?<![\w.,$])(\d{1,6})['’]?s(?!\w)", "0")
def plural_number(match: re.Match[str], language: str) -> str | None:
    if len(match[1]) > 1 and match[1][0] == "0":
        return None
    head, sign, last = cardinal(int(match[1]), language).rpartition("-")
    return head + sign + plural(last)


@rule("round-plural", r"(?<![\w.,$])1(0{0,2})(00|,000|,000,000)s(?!\w)", "0")
def round_plural(match: re.Match[str], language: str) -> str | None:
    size = {"00": "hundreds", ",000": "thousands", ",000,000": "millions"}[match[2]]
    if match[2] == "00" and match[1]:
        return "thousands" if match[1] == "0" else "tens of thousands"
    return {"": "", "0": "tens of ", "00": "hundreds of "}[match[1]] + size


@rule("number-sign", r"(?<![\w&#])#\s?(\d{1,15})(?![\w]|[.,]\d)", "#")
def number_sign(match: re.Match[str], language: str) -> str:
    return f"number {number(match[1], language)}"


@rule(
    "cardinal",
    rf"(?P<sign>(?<![\w)\]-])[-\u2212±~≈](?=[\d.])|(?<![\w)\]+])\+(?=\d))?(?<![\w.,])(?P<number>{NUMBER}"
    rf"|\.\d{{1,40}}+)(?P<plus>\+(?![\w+]))?{AFTER_NUMBER}",
    "0",
)
def cardinals(match: re.Match[str], language: str) -> str | None:
    sign = {"-": "minus ", "\u2212": "minus ", "±": "plus or minus ", "~": "about ", "≈": "about ", "+": "plus ", None: ""}[match["sign"]]
    figures = match["number"]
    if figures.isdigit() and figures[0] == "0" and len(figures) > 1:
        said = " ".join("oh" if figure == "0" else cardinal(int(figure)) for figure in figures)
        said = "double oh seven" if figures == "007" else said
    else:
        said = number(figures, language)
    return sign + said + (" plus" if match["plus"] else "")


@rule("digits", r"(?<=\d),(?=\d)", "0")
def comma(match: re.Match[str], language: str) -> str:
    return ", "


@rule("digits", r"(?<![0-9])[0-9]{1,40}(?![0-9])|[0-9]{1,40}", "0")
def other_digits(match: re.Match[str], language: str) -> str:
    """Spell what no other rule knows: digits within a word, such as ``B12`` or ``a1b2``."""
    before, after = match.string[match.start() - 1 : match.start()], match.string[match.end() : match.end() + 1]
    said = (
        cardinal(int(match[0]))
        if len(match[0]) <= 2 and match[0][0] != "0"
        else pairs(match[0])
        if len(match[0]) <= 4
        else digits(match[0])
    )
    return (" " if before.isalpha() or before == "-" else "") + said + (" " if after.isalpha() else "")


FRACTIONS: tuple[Rule, ...] = (fraction_sign, fraction)
ROUND: tuple[Rule, ...] = (round_plural,)
VERSIONS: tuple[Rule, ...] = (version, dotted_number)
NUMERALS: tuple[Rule, ...] = (ordinals, dimensions, ranges, scaled, plural_number, number_sign)
CARDINALS: tuple[Rule, ...] = (cardinals, comma, other_digits)
