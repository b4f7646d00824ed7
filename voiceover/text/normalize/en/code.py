"""Prose about code: options, identifiers, files, paths, calls and operators."""

from __future__ import annotations

import re

from voiceover.text.normalize.en.numbers import cardinal, digits
from voiceover.text.normalize.en.tables import words
from voiceover.text.normalize.en.web import label, spell_address
from voiceover.text.normalize.rules import Rule, rule

_ENDINGS = "|".join(
    sorted(
        words(
            """
            go py js ts jsx tsx rs rb java kt c h cpp hpp cc cs swift php pl lua sh bash zsh sql json yml yaml toml xml htm html css scss md
            rst txt csv tsv pdf png jpg jpeg gif svg webp mp3 mp4 wav flac ogg vtt srt zip gz tar exe dll so env ini cfg conf lock log bin
            npz onnx ipynb vue ex
            """
        )
    )
)
"""Endings of file names, as patterns."""


@rule(
    "big-o",
    r"(?<!\w)([OΘΩ])\(([A-Za-z0-9^²³ *+/√!.,-]{1,40}(?:\([A-Za-z0-9^²³ *+/!.,-]{1,20}\)[A-Za-z0-9^²³ *+/!.,-]{0,20})?)\)(?!\w)",
    "(",
)
def big_o(match: re.Match[str], language: str) -> str:
    name = {"O": "O", "Θ": "theta", "Ω": "omega"}[match[1]]
    return f"{name} of {_expression(match[2])}"


def _expression(text: str) -> str:
    text = re.sub(r"(\w)\s?(?:\^2|²)(?!\d)", r"\1 squared ", text)
    text = re.sub(r"(\w)\s?(?:\^3|³)(?!\d)", r"\1 cubed ", text)
    text = re.sub(r"\^\(?(\w+)\)?", lambda power: f" to the {power[1]} ", text)
    text = text.replace("*", " times ").replace("+", " plus ").replace("-", " minus ").replace("/", " over ").replace("√", " root ")
    text = text.replace("!", " factorial").replace("(", " ").replace(")", " ").replace(",", ", ")
    text = re.sub(r"\d+", lambda figures: f" {cardinal(int(figures[0]))} ", text)
    return re.sub(r"\s+(?=,)", "", " ".join(text.split()))


@rule("option", r"(?<![\w-])(--)([A-Za-z][\w-]{0,60})(?:(=)([\w./:-]{1,60}))?", "-")
def long_option(match: re.Match[str], language: str) -> str:
    said = f"dash dash {' '.join(label(part) for part in re.split('[-_]', match[2]) if part)}"
    return f"{said} equals {spell_address(match[4])}" if match[3] else said


@rule("option", r"(?<=\s)-([A-Za-z]{1,2})(\d{1,3})?(?=[\s,.;:)]|$)", "-")
def short_option(match: re.Match[str], language: str) -> str:
    return f"dash {' '.join(match[1])}" + (f" {cardinal(int(match[2]))}" if match[2] else "")


@rule("path", r"(?<![\w/.:<~-])(?:~|\.{1,2})?/[\w.@-]{1,60}(?:/[\w.@*-]{1,60}){0,12}/?(?!\w)", "/")
def path(match: re.Match[str], language: str) -> str:
    return spell_address(match[0].rstrip(".")) + ("." if match[0].endswith(".") else "")


@rule(
    "path",
    rf"(?<![\w/.:@-])[\w.-]{{1,60}}(?:/[\w.@-]{{1,60}}){{1,12}}/[\w.@-]{{1,60}}(?!\w)"
    rf"|(?<![\w/.:@-])\w[\w-]{{0,60}}/[\w-]{{1,60}}\.(?:{_ENDINGS})(?!\w)|(?<![\w/.:@-])[a-z][\w-]{{1,60}}/(?=[\s,;:)]|$)",
    "/",
)
def inner_path(match: re.Match[str], language: str) -> str | None:
    if re.fullmatch(r"[\d/.-]+", match[0]):
        return None
    if not re.search(r"[._\d-]", match[0]) and match[0].count("/") < 3 and not match[0].endswith("/"):
        return match[0].replace("/", " ") if match[0].count("/") < 3 else None
    end = "." if match[0].endswith(".") else ""
    return spell_address(match[0].rstrip(".")) + end


@rule("file", rf"(?<![\w/@-])\.?[A-Za-z_][\w-]{{0,60}}(?:\.[A-Za-z][\w-]{{0,30}}){{0,3}}\.(?:{_ENDINGS})(?![\w(]|\.\w)", ".")
def file(match: re.Match[str], language: str) -> str | None:
    if re.fullmatch(r"[A-Z]?[a-z]+\.(?:so|go|c|h|log|lock|ex|env)", match[0]) and match[0].rpartition(".")[2] in ("so",):
        return None
    return " dot ".join(_words(part) for part in match[0].split(".")).strip()


def _words(identifier: str) -> str:
    if identifier.startswith("__") and identifier.endswith("__") and len(identifier) > 4:
        return f"dunder {_words(identifier[2:-2])}"
    return " ".join(label(part) for part in re.split("[_-]+", identifier) if part)


@rule("dotfile", r"(?<![\w/.])\.([a-z][\w-]{2,30})(?![\w(]|\.\w)", ".")
def dotfile(match: re.Match[str], language: str) -> str:
    return f"dot {_words(match[1])}"


@rule("call", r"(?<![\w.])((?:[A-Za-z_]\w{0,60}\.){0,6}[A-Za-z_]\w{0,60})\(\)", "(")
def call(match: re.Match[str], language: str) -> str:
    return " dot ".join(_words(part) for part in match[1].split("."))


@rule("dotted-name", r"(?<![\w.@/-])[a-z_]\w{1,40}(?:\.[A-Za-z_]\w{1,40}){1,5}(?![\w@]|\.\w)", ".")
def dotted_name(match: re.Match[str], language: str) -> str | None:
    parts = match[0].split(".")
    if not any("_" in part for part in parts) and (parts[1][0].isupper() or len(parts[0]) > 12):
        return None  # more likely the end of a sentence without a space
    return " dot ".join(_words(part) for part in parts)


@rule(
    "identifier",
    r"(?<![\w.@#/-])(?:_{0,2}[A-Za-z][A-Za-z0-9]{0,60}(?:_[A-Za-z0-9]{1,60}){1,12}_{0,2}|__[a-z]\w{0,40}__|_[a-z]\w{0,40})(?![\w@])",
    "_",
)
def snake_case(match: re.Match[str], language: str) -> str:
    return _words(match[0])


@rule("identifier", r"(?<![\w.@#/-])[a-z]{2,30}[A-Z][A-Za-z0-9]{1,60}(?![\w@])", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
def camel_case(match: re.Match[str], language: str) -> str | None:
    return label(match[0]) if match[0][:2] not in ("ma", "Mc") or not match[0].startswith("macOS") else None


@rule("percentile", r"(?<![\w.])[pP](\d{2})(\d{1,2})?(?:\.(\d{1,3}))?(?!\w)", "0")
def percentile(match: re.Match[str], language: str) -> str | None:
    if match[1] not in ("50", "75", "90", "95", "99", "25", "10"):
        return None
    said = f"p {cardinal(int(match[1]))}"
    said += f" {digits(match[2])}" if match[2] else ""
    return said + (f" point {digits(match[3])}" if match[3] else "")


@rule("hex", r"(?<!\w)0x([0-9A-Fa-f]{1,16})(?!\w)", "x")
def hexadecimal(match: re.Match[str], language: str) -> str:
    return f"hex {' '.join(letter.upper() if letter.isalpha() else digits(letter) for letter in match[1])}"


@rule("hash", r"(?<![\w.#@/-])(?=[a-f]{0,8}+\d)(?=\d{0,8}+[a-f])[0-9a-f]{7,64}(?!\w)", "0")
def commit_hash(match: re.Match[str], language: str) -> str:
    return " ".join(letter.upper() if letter.isalpha() else digits(letter) for letter in match[0][:7])


_OPERATORS = {
    "==": "equals",
    "!=": "is not equal to",
    "===": "strictly equals",
    "<=": "is at most",
    ">=": "is at least",
    "=>": "arrow",
    "->": "arrow",
    "&&": "and",
    "||": "or",
    ":=": "becomes",
    "+=": "plus equals",
    "-=": "minus equals",
    "++": "plus plus",
    "<-": "arrow",
    "**": "to the power of",
}


@rule("operator", r"(?<=\s)(?:===|==|!=|<=|>=|=>|->|<-|&&|\|\||:=|\+=|-=|\*\*)(?=\s)", "=>&|-*<")
def operator(match: re.Match[str], language: str) -> str:
    return _OPERATORS[match[0]]


@rule("operator", r"(?<=[A-Za-z\])])\s?(==|!=|>=|<=|~=|=)\s?(?=[\dA-Za-z\"'])", "=")
def tight_operator(match: re.Match[str], language: str) -> str:
    names = {"==": "equals", "!=": "is not equal to", ">=": "is at least", "<=": "is at most", "~=": "is compatible with", "=": "equals"}
    return f" {names[match[1]]} "


@rule("operator", r"(?<=[\w)])(->|=>|\+\+)(?=(\w)?)", "->+")
def glued_operator(match: re.Match[str], language: str) -> str:
    names = {"->": "arrow", "=>": "arrow", "++": "plus plus"}
    return f" {names[match[1]]}{' ' if match[2] else ''}"


@rule("slash", r"(?<=[A-Za-z])/(?=[A-Za-z])", "/")
def slash(match: re.Match[str], language: str) -> str:
    return " "


FIRST_CODE: tuple[Rule, ...] = (big_o, long_option, short_option, hexadecimal, percentile, commit_hash)
CODE: tuple[Rule, ...] = (path, call, file, inner_path, dotfile, dotted_name, snake_case, camel_case)
OPERATORS: tuple[Rule, ...] = (operator, glued_operator, tight_operator)
LAST_CODE: tuple[Rule, ...] = (slash,)
