"""URLs in text: where they are, and the part of one that a person would read out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from voiceover.system.lazy import lazy_pattern

_URL = lazy_pattern(r"(?:(?:https?|ftp)://|(?<![\w.@/-])www\.)[!-;=?-~\u00a1-\u024f]+", re.IGNORECASE)
_URL_PARTS = lazy_pattern(r"(?:\w+://)?(?:[^/?#@]*@)?(?:www\.)?(?P<host>[^/?#:]+)(?::\d+)?(?P<path>/[^?#]*)?(?P<rest>.*)", re.IGNORECASE)
_PAIRS = {")": "(", "]": "[", "}": "{"}
_SHORT_PATH = lazy_pattern(r"/[^\W\d_]+(?:-[^\W\d_]+)*/?")


def find_urls(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each URL in ``text``, without the punctuation of the sentence around it."""
    if "://" not in text and "www." not in text.lower():
        return
    for match in _URL.finditer(text):
        yield match.start(), match.start() + len(_without_closing_marks(match.group()))


def shorten_url(address: str) -> str:
    """Return the part of a URL that a person would read out: its host, and the path if it is a single word (``example.com/offer``)."""
    match = _URL_PARTS.fullmatch(address)
    if match is None:
        return address
    host = match["host"].rstrip(".")
    path = match["path"] or ""
    if not match["rest"] and len(path) <= 24 and _SHORT_PATH.fullmatch(path):
        return host + path.rstrip("/")
    return host


def _without_closing_marks(address: str) -> str:
    """Return a URL without the punctuation of the sentence around it."""
    unpaired = {closer: address.count(closer) - address.count(opener) for closer, opener in _PAIRS.items()}
    end = len(address)
    while end and address[end - 1] in ".,;:!?'\"…”’)]}*_":
        last = address[end - 1]
        if last in unpaired:
            if unpaired[last] <= 0:
                break
            unpaired[last] -= 1
        end -= 1
    return address[:end]
