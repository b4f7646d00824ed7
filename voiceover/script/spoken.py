"""Helpers for text that is not plain words: URLs, HTML, and excerpts for messages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from markdown_it.token import Token

from voiceover.script.html_tags import is_break
from voiceover.system.lazy import lazy_pattern

_URL = lazy_pattern(r"(?<![\w@/.])(?:https?://|www\.(?=\w))[^\s<>\"“”«»`\u3000-\u303f\uff00-\uffef]+", re.IGNORECASE)
_HOST = lazy_pattern(r"(?:https?://)?(?:[^/@?#\s]*@)?(?:www\.)?([^/?#:]+)", re.IGNORECASE)
_PATH = lazy_pattern(r"(?:https?://|www\.)[^/]*/", re.IGNORECASE)
_CLOSERS = {")": "(", "]": "["}
_LONGEST_SHOWN = 60
_WORD = lazy_pattern(r"[^\W_]+")
# In scripts without spaces between words, each character counts as a word.
DENSE = lazy_pattern("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def split_urls(text: str) -> Iterator[tuple[int, str, str | None]]:
    """Yield pieces of ``text`` with their offsets, and with the spoken form of bare URLs, their host."""
    at = 0
    for match in _URL.finditer(text):
        url = _trimmed(match[0])
        host = _HOST.match(url)
        if host is None or "." not in host[1].strip("."):
            continue
        if match.start() > at:
            yield at, text[at : match.start()], None
        yield match.start(), url, host[1].lower()
        at = match.start() + len(url)
    if at < len(text):
        yield at, text[at:], None


def _trimmed(url: str) -> str:
    """Return a URL without the punctuation of the sentence that it ends."""
    marks = ".,;:!?'…’" if _PATH.match(url) else ".,;:!?'*_~…’"  # a path may end in either
    unpaired = {closer: url.count(closer) - url.count(opener) for closer, opener in _CLOSERS.items()}
    end = len(url)
    while end:
        last = url[end - 1]
        if last not in marks and unpaired.get(last, 0) <= 0:
            break
        if last in unpaired:
            unpaired[last] -= 1
        end -= 1
    return url[:end]


def plain_text(tokens: Iterable[Token]) -> str:
    """Return the displayed text of inline tokens, with unchanged white space and without struck text."""
    parts: list[str] = []
    struck = 0
    for token in tokens:
        struck += (token.type == "s_open") - (token.type == "s_close")
        if struck:
            continue
        if token.type in ("text", "text_special", "code_inline", "math_inline", "math_inline_double"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak") or (token.type == "html_inline" and is_break(token.content)):
            parts.append(" ")
    return "".join(parts)


def shown(text: str) -> str:
    """Return the beginning of a text on one line, for messages."""
    words = " ".join(text[: _LONGEST_SHOWN * 4].split())
    return words if len(words) <= _LONGEST_SHOWN else words[: _LONGEST_SHOWN - 1] + "…"


def count_words(text: str) -> int:
    """Count the words; in scripts without spaces between words, each character counts as one."""
    if text.isascii():
        return sum(1 for word in text.split() if _WORD.search(word))
    return len(DENSE.findall(text)) + sum(1 for word in DENSE.sub(" ", text).split() if _WORD.search(word))
