"""Who speaks: the labels that start a turn, and brackets that nearly are one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from voiceover.config_values import MOST_HINTS, did_you_mean, edit_distance, listed
from voiceover.types import Severity

_NAME = r"(?P<name>[^\n:：()（）\[\]|*<>`\\]{1,80}?)"
_GAP = r"[ \t\u00a0\u202f]*"
"""What may stand before a colon or parenthesis: a no-break space is put there in French."""
_PLAIN = re.compile(rf"{_NAME}{_GAP}(?:[(（](?P<settings>[^()（）\n]{{0,200}})[)）]{_GAP})?[:：]")
_BOLD = re.compile(
    rf"(?P<mark>\*\*|__)[ \t]*{_NAME}{_GAP}(?:[(（](?P<inner>[^()（）\n]{{0,200}})[)）]{_GAP})?"
    rf"(?:[:：][ \t]*(?P=mark)|(?P=mark){_GAP}(?:[(（](?P<outer>[^()（）\n]{{0,200}})[)）]{_GAP})?[:：])"
)
_EMPHASIZED = re.compile(rf"(?P<mark>[*_]{{1,3}}){_NAME}(?P=mark)?{_GAP}[:：]")
_BRACKET_COLON = re.compile(rf"[:：]|{_GAP}(?::(?!\S)|：)")
"""After ``[Name]``; a colon apart from it may be of a smiley."""
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'"})
_MOST_WORK = 2_000_000
"""Pairs of letters, some 0.3 s: a cast of ten and thousands of words that might be slips of it."""
_PROSE = re.compile(r"[,;!?\"“”«»…=/]|\.\s")


@dataclass(frozen=True, slots=True)
class Names:
    """The cast by what a writer may type for it."""

    cast: tuple[str, ...]
    by_key: Mapping[str, str]
    """Name as the cast has it, by ``fold`` of it."""
    by_length: Mapping[int, tuple[str, ...]]
    """The keys of ``by_key`` by how long they are."""
    work_left: list[int]
    """How many pairs of letters may still be compared in one script to find slips, and for how many names the nearest is looked for."""

    def find(self, typed: str) -> str | None:
        """The name of the cast that ``typed`` means, case and spaces aside."""
        return self.by_key.get(fold(typed))

    def unknown(self, typed: str) -> str:
        """The message about a speaker who is not in the cast."""
        self.work_left[1] -= 1
        hint = did_you_mean(typed, self.cast) if self.work_left[1] >= 0 else ""
        return f'unknown speaker "{typed}"{hint or "."} The cast is {listed(self.cast)}.'

    def near(self, typed: str) -> str | None:
        """A name that ``typed`` is a slip of: one edit from four letters, two from seven; none any more where very many were asked for."""
        key = fold(typed)
        for length in range(max(len(key) - 2, 4), len(key) + 3):
            allowed = 2 if length >= 7 else 1
            for name_key in self.by_length.get(length, ()) if abs(len(key) - length) <= allowed else ():
                self.work_left[0] -= len(key) * length
                if self.work_left[0] < 0:
                    return None
                if edit_distance(key, name_key) <= allowed:
                    return self.by_key[name_key]
        return None


def names_of(cast: Iterable[str]) -> Names:
    """The lookup of a cast."""
    names = tuple(cast)
    by_key = {fold(name): name for name in reversed(names)}
    by_length = {length: tuple(key for key in by_key if len(key) == length) for length in {len(key) for key in by_key}}
    return Names(names, by_key, by_length, [_MOST_WORK, MOST_HINTS])


def fold(name: str) -> str:
    """What of a name counts when two are compared: not case, spaces, or which apostrophe an editor put."""
    return " ".join(unicodedata.normalize("NFC", name).translate(_APOSTROPHES).split()).casefold()


@dataclass(frozen=True, slots=True)
class Label:
    """The start of a turn, as found in a line."""

    speaker: str
    """A name of the cast."""
    end: int
    """Offset of the first character after it."""
    settings: str = ""
    """What stands after ``|`` or in parentheses: a style and settings."""
    settings_at: int = 0
    """Offset of ``settings``."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Text that looks like a label or a cue and is none: it is read as text, and this is said about it."""

    end: int
    severity: Severity
    code: str
    message: str
    """``{speaker}`` in it stands for who reads the text."""


def line_label(names: Names, src: str, at: int, stop: int, *, paragraph_start: bool) -> Label | Remark | None:
    """The label that the line from ``at`` starts with: ``Name:``, ``**Name:**``, ``Name (style):`` and their like."""
    if src[at] in "*_":
        return _bold_label(names, src, at, stop)
    match = _PLAIN.match(src, at, stop)
    if match is None:
        return None
    name, end = match["name"].strip(), match.end()
    speaker = names.find(name)
    if speaker is not None and not src.startswith("//", end):
        return Label(speaker, end, match["settings"] or "", max(match.start("settings"), 0))
    if speaker is not None or (end < stop and not src[end].isspace()):
        return None
    near = names.near(name)
    if near is None and not (paragraph_start and _looks_like_name(name)):
        return None
    hint = f'did you mean "{near}"? If not' if near is not None else "if it is a speaker, give it a voice in the cast; if not"
    message = f'"{name}" is not in the cast, so this is read as text by {{speaker}}: {hint}, write {name}\\: to keep it as it is'
    return Remark(end, Severity.WARNING, "looks-like-label", message)


def _bold_label(names: Names, src: str, at: int, stop: int) -> Label | Remark | None:
    match = _BOLD.match(src, at, stop)
    if match is not None:
        name = match["name"].strip()
        group = "inner" if match["inner"] is not None else "outer"
        speaker = names.find(name)
        if speaker is not None:
            return Label(speaker, match.end(), match[group] or "", max(match.start(group), 0))
        if len(name.split()) <= 4 and not _PROSE.search(name):
            return Remark(at, Severity.ERROR, "unknown-speaker", names.unknown(name))
        return None
    slanted = _EMPHASIZED.match(src, at, stop)
    if slanted is not None and (speaker := names.find(slanted["name"])) is not None:
        message = f"this is read as text; a label is written {speaker}: or **{speaker}:**"
        return Remark(at, Severity.WARNING, "looks-like-label", message)
    return None


def bracket_label(names: Names, src: str, at: int, close: int, *, line_start: bool) -> Label | Remark | None:
    """The label in the brackets from ``at`` to ``close``: ``[Name]``, ``[Name]:``, ``[Name | style]``."""
    content = src[at + 1 : close]
    if len(content) > 300:
        return None
    name, bar, settings = content.partition("|")
    speaker = names.find(name)
    if speaker is not None:
        colon = _BRACKET_COLON.match(src, close + 1)
        return Label(speaker, colon.end() if colon else close + 1, settings, at + 1 + len(name) + len(bar))
    if bar:
        return Remark(at, Severity.ERROR, "unknown-speaker", names.unknown(name.strip()))
    near = names.near(name)
    if near is None:
        return _stranger(content, at) if line_start and _BRACKET_COLON.match(src, close + 1) else None
    if line_start:
        return Remark(at, Severity.ERROR, "unknown-speaker", names.unknown(name.strip()))
    message = f'"[{name}]" is read as text; did you mean [{near}]?'
    return Remark(at, Severity.WARNING, "looks-like-label", message)


def _stranger(name: str, at: int) -> Remark | None:
    """What is said of ``[Guest]:`` where nobody of the cast is called so."""
    if not name[:1].isalpha() or len(name) > 40 or len(name.split()) > 3 or _PROSE.search(name):
        return None
    advice = f"if it is a speaker, give it a voice in the cast; if not, write \\[{name}]: to keep it as it is"
    message = f'"{name}" is not in the cast, so this is read as text by {{speaker}}: {advice}'
    return Remark(at, Severity.WARNING, "looks-like-label", message)


def _looks_like_name(words: str) -> bool:
    """Whether a word or two before a colon may be a speaker: short, each word with a capital or in a script without them."""
    parts = words.split()
    if not 0 < len(parts) <= 3 or len(words) > 40 or _PROSE.search(words):
        return False
    return parts[0][0].isalpha() and all(not part[0].islower() for part in parts)
