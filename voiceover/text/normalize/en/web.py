"""Addresses for the ear: e-mail, domains, handles, hashtags, and what is left of a URL."""

from __future__ import annotations

import re

from voiceover.system.lazy import lazy_pattern
from voiceover.text.normalize.en.initialisms import is_spelled, letters
from voiceover.text.normalize.en.numbers import cardinal, digits, pairs
from voiceover.text.normalize.rules import Rule, rule

_SPELLED_LABELS = frozenset(
    ("www", "uk", "io", "ai", "tv", "us", "eu", "fr", "fm", "ly", "js", "md", "py", "rs", "ts", "cpp", "css", "html", "xml", "sql")
)
_SPELLED_LABELS |= frozenset(
    ("csv", "tsx", "jsx", "pdf", "png", "svg", "mp", "sh", "rb", "cs", "hs", "ml", "cc", "vtt", "srt", "wav", "nl", "dk", "jp", "cn", "gz")
)
_SPOKEN_LABELS = {
    "json": "Jason",
    "jpg": "jay peg",
    "jpeg": "jay peg",
    "txt": "text",
    "yml": "YAML",
    "yaml": "YAML",
    "toml": "TOML",
    "exe": "E.X.E",
    "src": "source",
    "etc": "et cetera",
    "id": "I.D",
}
_SPOKEN_LABELS |= {"tmp": "temp", "cfg": "config", "pkg": "package", "numpy": "num pie", "cmd": "command", "config": "config"}
_DOMAINS = (
    "com|org|net|edu|gov|io|ai|dev|co|uk|de|fr|es|it|eu|us|ca|au|jp|cn|in|app|xyz|info|me|tv|fm|ly|nl|ch|at|se|no|gg|sh|example|test|local"
)
_WORD_PART = lazy_pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\dA-Za-z_]+")
_SIGNS = {
    ".": "dot",
    "/": "slash",
    "-": "dash",
    "_": "underscore",
    "@": "at",
    "+": "plus",
    ":": "colon",
    "~": "tilde",
    "*": "star",
    "?": "question mark",
}
_SIGNS |= {"=": "equals", "&": "and", "#": "hash", "%": "percent", "$": "dollar", "\\": "backslash"}
_TOKEN = lazy_pattern(r"[^\W_]+|[^\w\s]|_")


def spell_address(text: str) -> str:
    """Return an address or a path with its signs in words: ``example dot com slash offer``."""
    return " ".join(_SIGNS.get(token, token) if not token[0].isalnum() else label(token) for token in _TOKEN.findall(text))


def label(text: str) -> str:
    """Return one part of an address: a word, letters, a file's ending, numbers."""
    low = text.lower()
    if low in _SPOKEN_LABELS:
        return _SPOKEN_LABELS[low]
    if low in _SPELLED_LABELS:
        return letters(low.upper())
    return " ".join(_SPOKEN_LABELS.get(part.lower()) or _part(part) for part in _WORD_PART.findall(text)) or text


def _part(part: str) -> str:
    if part.isdigit() and part.isascii():
        return cardinal(int(part)) if len(part) < 3 and part[0] != "0" else pairs(part) if len(part) < 5 else digits(part)
    if part.isupper() and len(part) > 1:
        return letters(part) if is_spelled(part) else part.lower()
    return part if re.search("[aeiouyAEIOUY]", part) or len(part) == 1 or not part.isascii() or len(part) > 5 else letters(part.upper())


@rule("e-mail", r"(?<![\w.+-])[A-Za-z0-9][\w.+-]{0,64}@[A-Za-z0-9][\w-]{0,62}(?:\.[A-Za-z0-9-]{1,62}){1,6}(?![\w@])", "@")
def email(match: re.Match[str], language: str) -> str:
    return spell_address(match[0])


@rule(
    "address",
    rf"(?<![\w.@/-])(?:[A-Za-z0-9][A-Za-z0-9-]{{0,60}}\.){{1,5}}(?:{_DOMAINS})(?::\d{{2,5}})?(?:/[\w./~-]{{0,80}}\w|/)?(?![\w@])",
    ".",
)
def address(match: re.Match[str], language: str) -> str | None:
    host = re.split("[/:]", match[0], maxsplit=1)[0]
    if (re.fullmatch(r"[A-Z]?[a-z]+\.(?:in|it|me|no|at|us|co|es)", host) and "/" not in match[0]) or re.fullmatch(r"[\d.]+\w{0,2}", host):
        return None  # more likely the end of a sentence without a space
    return spell_address(match[0].rstrip("/"))


@rule("handle", r"(?<![\w@.])@([A-Za-z_]\w{0,40})(?!@)", "@")
def handle(match: re.Match[str], language: str) -> str:
    return f"at {' '.join(label(part) for part in match[1].split('_') if part)}"


@rule("hashtag", r"(?<![\w#&])#([A-Za-z_]\w{0,60})", "#")
def hashtag(match: re.Match[str], language: str) -> str:
    return f"hashtag {' '.join(label(part) for part in match[1].split('_') if part) or 'underscore'}"


@rule("at", r"(?<=\s)@(?=\s)", "@")
def at_sign(match: re.Match[str], language: str) -> str:
    return "at"


WEB: tuple[Rule, ...] = (email, address, handle, hashtag, at_sign)
