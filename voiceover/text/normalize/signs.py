"""Signs in every language: removed is what a person would not read out, such as emoji and invisible characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from voiceover.system.lazy import lazy_pattern
from voiceover.text.normalize.rules import Taken
from voiceover.text.writing_systems import JOINERS

_PICTURES = (
    "\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa\u26ab\u26bd\u26be\u26c4\u26c5"
    "\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c\u274e\u2753-\u2755\u2757\u2764\u2795-\u2797\u27b0"
    "\u27bf\u2b1b\u2b1c\u2b50\u2b55\U0001f004\U0001f0cf\U0001f18e\U0001f191-\U0001f19a\U0001f1e6-\U0001f1ff\U0001f201\U0001f21a\U0001f22f"
    "\U0001f232-\U0001f236\U0001f238-\U0001f23a\U0001f250\U0001f251\U0001f300-\U0001faff\U000e0020-\U000e007f"
)
"""Characters shown as emoji by default (emoji-data.txt, Emoji_Presentation), the red heart, and the tags of flags."""

_RUN = lazy_pattern(r"([.!?…])\1{3,}")
_RULES = lazy_pattern(
    f"(?P<run>(?P<mark>[.!?…])(?P=mark){{3,}})"
    f"|(?P<picture>(?:[{_PICTURES}]|[^\\w\\s!-~©®™]\ufe0f)(?:[{_PICTURES}\ufe0f]|\u200d[^\\w\\s]\ufe0f?)*)"
    "|(?P<thousands>(?<=\\d)[\u00a0\u2007\u2009\u202f](?=\\d{3}(?!\\d)))"
    "|(?P<space>[\u00a0\u2007\u2009\u202f\u3000]+)"
    "|(?P<hyphen>[\u2010\u2011])"
    "|(?P<ligature>[\ufb00-\ufb06])"
    # After a letter of the Arabic to Khmer blocks a joiner is part of the spelling; elsewhere it is noise.
    f"|(?P<invisible>(?<![\u0600-\u18af])[{JOINERS}]|[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u20e3\ufe00-\ufe0f\ufeff\ufff0-\uffff\ue000-\uf8ff\U000e0100-\U000e01ef\U000f0000-\U0010ffff])"
)
_LIGATURES = dict(zip("\ufb00\ufb01\ufb02\ufb03\ufb04\ufb05\ufb06", ("ff", "fi", "fl", "ffi", "ffl", "st", "st"), strict=True))


def spell_signs(text: str, start: int, end: int) -> Iterator[Taken]:
    """Yield what is changed in a stretch of ``text`` whatever its language, in order."""
    stretch = text[start:end]
    if stretch.isascii() and not _RUN.search(stretch):
        return
    for match in _RULES.finditer(stretch):
        yield Taken(start + match.start(), start + match.end(), _respelled(match, stretch), f"{match.lastgroup}")


def _respelled(match: re.Match[str], text: str) -> str:
    if match["run"]:
        return match["mark"] * 3
    if match["space"]:
        return " "
    if match["hyphen"]:
        return "-"
    if match["picture"] and _parts_words(text[max(match.start() - 1, 0) : match.start()], text[match.end() : match.end() + 1]):
        return " "
    return _LIGATURES.get(match.group(), "")


def _parts_words(before: str, after: str) -> bool:
    """Return True if only the text between ``before`` and ``after`` separates two words; beyond an end of the text, a word may follow."""
    return (not after or unicodedata.category(after)[0] in "LMN") and (not before or unicodedata.category(before) not in ("Ps", "Pi"))
