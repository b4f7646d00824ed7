"""Labels that are marked up in HTML: ``<b>Bo</b> [00:22]``, ``<span>Ann</span><br>``."""

from __future__ import annotations

import re
from itertools import islice

from voiceover.script.html_tags import tags_in
from voiceover.script.label_forms import after_time
from voiceover.script.labels import LONGEST_NAME, Names
from voiceover.system.lazy import lazy_pattern

_EMPHASIS = frozenset(
    ["a", "abbr", "b", "big", "cite", "code", "em", "font", "i", "mark", "small", "span", "strong", "sub", "sup", "time", "tt", "u"]
)
_LINE_END = lazy_pattern(r"\n|<br\b", re.IGNORECASE)
_LONGEST = 400
_BEFORE = 40
"""Characters of the text before a label, to see if a sentence ends there."""


def without_tags(text: str) -> str:
    """The text with the tags of emphasis as blanks and ``<br>`` as a line end, so that every character keeps its place."""
    if "<" not in text:
        return text
    parts, at = [], 0
    for tag in tags_in(text):
        if tag.name in _EMPHASIS or tag.name == "br":
            parts += [text[at : tag.start], ("\n" if tag.name == "br" else " ").ljust(tag.end - tag.start)]
            at = tag.end
    return "".join((*parts, text[at:]))


def marked_up_line(names: Names, src: str, at: int, stop: int) -> tuple[str, int] | None:
    """The line from ``at`` without its tags, and how many characters of ``src`` come before it.

    None unless a tag follows a name of the cast, a time, or a closing bracket, so that most lines are not read twice.
    """
    tag = src.find("<", at, min(stop, at + _LONGEST))
    if tag < 0 or (head := src[at:tag].rstrip(" \t:.*_")) == "" or "\n" in head:
        return None
    is_name = len(head) <= LONGEST_NAME and names.find(head) is not None
    if not is_name and head[-1] not in ")]" and not after_time(src, at, tag)[1]:
        return None
    ends = [found.start() for found in islice(_LINE_END.finditer(src, at, min(stop, at + _LONGEST)), 2)]
    end = ends[1] if len(ends) == 2 else min(stop, at + _LONGEST)
    first = max(at - _BEFORE, 0)
    return src[first:at] + without_tags(src[at:end]), first
