"""Show notes to paste at a host, as Markdown and HTML: description, chapter times, links, credits and disclosure.

All text comes from a script that may be a stranger's: in HTML it is escaped, in Markdown whatever would be markup has a backslash before
it, and only links to web and mail addresses are listed.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias
from urllib.parse import quote, urlsplit

from voiceover.publish.credits import credit_line, credits_of
from voiceover.publish.disclosure import statement
from voiceover.publish.tags import one_line, tag_chapters
from voiceover.system.lazy import lazy_pattern
from voiceover.types import Link, Metadata, Plan, Timeline

_SCHEMES = frozenset(("http", "https", "mailto"))
_MARKUP = lazy_pattern(r"[\\`*_\[\]<>#|~&$]|!(?=\[)|^[-+=:]|(?<=^\d)[.)]|(?<=^\d\d)[.)]|(?<=^\d\d\d)[.)]|(?<=^\d\d\d\d)[.)]")
_IN_TARGET = "/:?#@!$&'*+,;=%~-._[]"
_PARAGRAPHS = lazy_pattern(r"\n\s*\n")

_Block: TypeAlias = tuple[str, Sequence[tuple[str, str]]]
"""A heading, empty for none, and (text, target) for each entry; the target is empty for plain text."""


def notes_texts(plan: Plan, timeline: Timeline, metadata: Metadata, links: Sequence[Link]) -> Mapping[str, str]:
    """Return the texts of the notes by suffix. Chapter times begin at 00:00:00; without chapters there are none."""
    blocks: list[_Block] = []
    paragraphs = [one_line(part) for part in _PARAGRAPHS.split(metadata.description)]
    blocks += [("", [(part, "")]) for part in paragraphs if part]
    blocks.append(("Chapters", [(f"{_clock(chapter.start_ms)} {chapter.title}", "") for chapter in tag_chapters(timeline)]))
    blocks.append(("Links", _listed(links)))
    blocks.append(("Credits", [(credit_line(credit), "") for credit in credits_of(plan)]))
    if said := one_line(statement(metadata)):
        blocks.append(("", [(said, "")]))
    return MappingProxyType({suffix: write(one_line(metadata.title), blocks) for suffix, write in _WRITERS.items()})


def _listed(links: Sequence[Link]) -> list[tuple[str, str]]:
    """Return each address once, with the text of its first link, in the order of the script."""
    found: dict[str, str] = {}
    for link in links:
        target = "".join(link.target.split())
        if _is_public(target):
            found.setdefault(target, one_line(link.text) or target)
    return [(text, target) for target, text in found.items()]


def _is_public(target: str) -> bool:
    """True for an address that means the same wherever the notes are pasted, and that runs nothing."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return False
    return target.isprintable() and parts.scheme.lower() in _SCHEMES and bool(parts.netloc or parts.scheme.lower() == "mailto")


def _clock(ms: int) -> str:
    """Return whole seconds, rounded down, so that a player which jumps there does not miss the first word."""
    seconds = ms // 1000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _markdown(title: str, blocks: Sequence[_Block]) -> str:
    parts = [f"# {_plain(title)}"]
    for heading, entries in blocks:
        if heading and entries:
            lines = [f"- {_link(text, target) if target else _plain(text)}" for text, target in entries]
            parts += [f"## {heading}", "\n".join(lines)]
        else:
            parts += [_plain(text) for text, _ in entries]
    return "\n\n".join(parts) + "\n"


def _link(text: str, target: str) -> str:
    return f"[{_plain(text)}](<{quote(target, safe=_IN_TARGET)}>)"


def _plain(text: str) -> str:
    """Return text that Markdown shows as it is, on one line."""
    return _MARKUP.sub(r"\\\g<0>", text)


def _html(title: str, blocks: Sequence[_Block]) -> str:
    """Return a fragment without ``<html>``: hosts take what is pasted into their editor."""
    parts = [f"<h1>{html.escape(title)}</h1>"]
    for heading, entries in blocks:
        if heading and entries:
            rows = [
                f'<li><a href="{html.escape(target)}">{html.escape(text)}</a></li>' if target else f"<li>{html.escape(text)}</li>"
                for text, target in entries
            ]
            parts += [f"<h2>{heading}</h2>", "<ul>", *rows, "</ul>"]
        else:
            parts += [f"<p>{html.escape(text)}</p>" for text, _ in entries]
    return "\n".join(parts) + "\n"


_WRITERS: Mapping[str, Callable[[str, Sequence[_Block]], str]] = MappingProxyType({".notes.md": _markdown, ".notes.html": _html})
"""Writers by suffix."""
