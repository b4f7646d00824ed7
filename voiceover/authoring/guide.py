"""The rules of the script format on one page, for a language model or a person: the marked parts of ``docs/script.md``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from voiceover.pipeline.voices import find_voices
from voiceover.system.lazy import lazy_pattern
from voiceover.types import Voice

MOST_LINES = 120
_SHIPPED = "script_format.md"
_HERE = Path(__file__).resolve().parent
_MARK = lazy_pattern(r"<!-- guide(?: rows:(?P<rows>[^>]*))? -->")
_END = "<!-- end of guide -->"
_KEY = lazy_pattern(r"`([a-z_]+)`")
_LINK = lazy_pattern(r"\[([^\]\[]+)\]\(((?:\w[\w-]*\.md)?(?:#[\w-]+)?)\)")
_MOST_VOICES = 20

_SECTIONS = {
    "Speakers": """
        bad-name duplicate-name empty-turn looks-like-label no-voice reserved-name short-turn silent-speaker unknown-speaker unknown-style
        unknown-voice
    """,
    "Structure": "bad-cue empty-heading heading unknown-sound",
    "How words are spoken": "bad-ipa direction other-alphabet say unspoken-ipa unused-lexicon-entry",
    "What is spoken of Markdown and HTML": """
        code comment footnote html image left-out link-target list-number lost-cell maths nothing-to-say picture punctuation struck table
        template unclosed-code unclosed-comment unclosed-html underline unknown-footnote
    """,
    "Settings": "bad-value comment-cuts-text duplicate-key front-matter missing-key unknown-key",
}
"""Codes of problems by the heading of the guide that explains the rule."""


def guide_text(voices: Iterable[Voice] | None = None) -> str:
    """Return the guide in Markdown, with the voices that a script in the current folder would find, or ``voices``."""
    found = find_voices(None) if voices is None else voices
    lines = [*_marked(guide_source().read_text("utf-8").split("\n")), "", "## Voices here", "", *_voice_lines(found)]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return _LINK.sub(_named_page, text) + "\n"


def guide_source() -> Path:
    """Return the page that the guide is made from: in the installed package, or in a checkout."""
    shipped = _HERE / _SHIPPED
    return shipped if shipped.is_file() else _HERE.parents[1] / "docs" / "script.md"


def section_of(code: str) -> str:
    """Return the heading of the guide that explains a problem; empty if none does."""
    return next((heading for heading, codes in _SECTIONS.items() if code in codes.split()), "")


def _marked(lines: Iterable[str]) -> Iterator[str]:
    """Yield the title, and the lines between marks; of a table whose mark names rows, its heading and these rows."""
    shows, rows, heading = False, frozenset[str](), ""
    for number, line in enumerate(lines):
        mark = _MARK.fullmatch(line)
        if mark is not None:
            shows, rows = True, frozenset(row.strip() for row in (mark["rows"] or "").split(";") if row.strip())
            if rows:
                yield from (heading, "")
        elif line == _END:
            shows = False
        elif number == 0 or (shows and not line.startswith("<!--") and _is_named(line, rows)):
            yield line
        heading = line if line.startswith("## ") else heading


def _is_named(line: str, rows: frozenset[str]) -> bool:
    """Return True for a row of a table that is called so, or has such a key, and for all that is no row."""
    if not rows or not line.startswith("| ") or line.startswith(("| ---", "| key", "| |")):
        return True
    first = line.split("|")[1].strip()
    return first in rows or not rows.isdisjoint(_KEY.findall(first))


def _voice_lines(voices: Iterable[Voice]) -> Iterator[str]:
    styles = ((voice.name, ", ".join(sorted(filter(None, voice.styles)))) for voice in voices)
    listed = [f"{name} ({found})" if found else name for name, found in styles]
    more = [f"and {len(listed) - _MOST_VOICES} more"] if len(listed) > _MOST_VOICES else []
    yield f"For each speaker name one of these; its styles are in parentheses: {'; '.join((*listed[:_MOST_VOICES], *more))}."


def _named_page(found: re.Match[str]) -> str:
    """Return the words of a link between pages; the pages are not beside a printed guide."""
    return found[1] if not found[1].endswith(".md") else f"docs/{found[1]}"
