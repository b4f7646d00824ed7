"""Labels that are marked up in HTML: ``<b>Bo</b> [00:22]``, ``<span>Ann</span><br>``."""

from __future__ import annotations

import re

from voiceover.script.label_forms import after_time

_EMPHASIS = "a|abbr|b|big|cite|code|em|font|i|mark|small|span|strong|sub|sup|time|tt|u"
_TAG = re.compile(rf"</?(?:{_EMPHASIS})(?=[\s/>])[^<>\n]{{0,200}}>|<br[ \t]*/?>", re.IGNORECASE)
_LONGEST = 400
_BEFORE = 40
"""Characters of the text before a label, to see if a sentence ends there."""


def without_tags(text: str) -> str:
    """The text with the tags of emphasis as blanks and ``<br>`` as a line end, each character at its place."""
    return _TAG.sub(lambda tag: ("\n" if tag[0][1:3].lower() == "br" else " ") + " " * (len(tag[0]) - 1), text) if "<" in text else text


def marked_up_line(src: str, at: int, stop: int) -> tuple[str, int] | None:
    """The line from ``at`` without its tags, and how many characters of ``src`` are before it.

    None if there is no tag right after what may be a name or a time: most lines are not looked at any further.
    """
    tag = src.find("<", at, min(stop, at + _LONGEST))
    if tag < 0:
        return None
    line_end = src.find("\n", at, min(stop, at + _LONGEST))
    if 0 <= line_end < tag or (src[tag - 1 : tag] in ".,;!?" and not after_time(src, at, tag)[1]):
        return None
    end = src.find("\n", line_end + 1, min(stop, at + _LONGEST)) if line_end >= 0 else -1
    first = max(at - _BEFORE, 0)
    return src[first:at] + without_tags(src[at : end if end >= 0 else min(stop, at + _LONGEST)]), first
