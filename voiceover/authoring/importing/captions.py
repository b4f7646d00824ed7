"""Reads SubRip and WebVTT captions, with ``<v Name>`` and ``NAME:`` as speakers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import unescape
from itertools import pairwise

from voiceover.authoring.importing.manuscript import Manuscript
from voiceover.authoring.importing.plain_text import decode_text
from voiceover.authoring.importing.spoken_turns import TurnList, spoken_name
from voiceover.errors import InputError
from voiceover.system.lazy import lazy_pattern

_MOMENT = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
_TIMES = lazy_pattern(rf"\s*{_MOMENT}[ \t]*-->[ \t]*{_MOMENT}(?:[ \t].*)?$")
_ARROW = lazy_pattern(r"\s*[\d:.,]+[ \t]*-->")
_BLOCKS = lazy_pattern(r"(?:NOTE|STYLE|REGION)(?:[ \t]|$)")
_VOICE = lazy_pattern(r"<v(?:\.[\w.-]+)*[ \t]+([^<>\n]{1,100})>|</v\s*>")
_TAG = lazy_pattern(r"<rt>[^<>]*</rt>|</?[A-Za-z][^<>]{0,200}>|<[\d:.]{5,15}>|\{\\[^{}]{1,100}\}")
_NAME = lazy_pattern(r"(?:[-–—]\s*)?(?:>>\s*)?([^\W\d_][\w .'’-]{0,30}?)\s?:\s+(?=\S)")
_DASH = lazy_pattern(r"(?:[-–—‐]|>>)\s*(?=\S)")
_APART_SECONDS = 1.5
"""A silence after which a sentence begins a new paragraph."""
_TOUCHING_SECONDS = 0.05
_MOST_CAPTIONS = 100_000


@dataclass(frozen=True, slots=True)
class CaptionCue:
    """A caption."""

    line: int
    start: float
    """Seconds."""
    end: float
    lines: tuple[str, ...]
    """Its lines, with their markup."""


def read_captions(path: str, data: bytes, *, whole: bool = False, depth: int | None = None) -> Manuscript:
    """Return what captions say, as a dialogue if they name speakers, else as prose.

    ``whole`` and ``depth`` have no effect. Raises InputError if a time cannot be read, or there are no captions.
    """
    turns = TurnList(path)
    text = decode_text(path, data, turns.remarks)
    cues = sorted(_cues(path, text, turns), key=lambda cue: cue.start)
    if not cues:
        raise InputError(f"{path}: no captions were found in this file; a caption begins with a line 00:00:01,000 --> 00:00:04,000")
    overlaps = sum(later.start < earlier.end - _TOUCHING_SECONDS for earlier, later in pairwise(cues))
    if overlaps:
        what = "1 caption begins" if overlaps == 1 else f"{overlaps} captions begin"
        turns.remarks.append(f"{what} before the one before ends; they are read one after the other, in the order of their beginnings")
    cues = _without_repeats(cues, turns)
    names = _names(cues)
    speaker, end = "", 0.0
    for cue in cues:
        apart = cue.start - end >= _APART_SECONDS
        end = max(end, cue.end)
        for who, words, is_new in _spoken(cue, names):
            speaker = who if who is not None else speaker
            turns.continue_or_say(speaker, words, apart=apart or is_new)
            apart = False
    return turns.manuscript()


def _cues(path: str, text: str, turns: TurnList) -> Iterator[CaptionCue]:
    lines = text.split("\n")
    at, count = 0, 0
    is_block = lines[0].startswith("WEBVTT")
    while at < len(lines):
        line = lines[at]
        times = _TIMES.match(line) if "-->" in line else None
        if times is None and _ARROW.match(line):
            raise InputError(f'{path}:{at + 1}:1: "{line.strip()[:60]}" is no time of a caption; write 00:00:01,000 --> 00:00:04,000')
        if times is None:
            if _BLOCKS.match(line) and (at == 0 or not lines[at - 1].strip()):
                is_block = True
                if line.startswith("NOTE"):
                    turns.leave_out("note", at + 1, line[4:])
            elif line.strip() and not is_block and not _is_before_times(lines, at):
                turns.leave_out("line outside of captions", at + 1, line)
            is_block = is_block and line.strip() != ""
            at += 1
            continue
        is_block = False
        first = at + 1
        at += 1
        while at < len(lines) and lines[at].strip() and not _TIMES.match(lines[at]):
            at += 1
        last = at - 1 if at < len(lines) and _TIMES.match(lines[at]) and at - first > 0 and lines[at - 1].strip().isdecimal() else at
        count += 1
        if count > _MOST_CAPTIONS:
            raise InputError(f"{path}: this file has over {_MOST_CAPTIONS:,} captions, more than any film; it is not read")
        numbers = times.groups()
        yield CaptionCue(first, _seconds(numbers[:4]), _seconds(numbers[4:8]), tuple(lines[first:last]))


def _is_before_times(lines: Sequence[str], at: int) -> bool:
    """Return True for the number or identifier of a caption."""
    return at + 1 < len(lines) and _TIMES.match(lines[at + 1]) is not None


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000


def _without_repeats(cues: Sequence[CaptionCue], turns: TurnList) -> list[CaptionCue]:
    """Return captions without the lines that roll up the screen, which each caption repeats from the one before."""
    texts = [[stripped for line in cue.lines if (stripped := _plain(line))] for cue in cues]
    repeating = sum(bool(later) and bool(earlier) and later[0] == earlier[-1] for earlier, later in pairwise(texts))
    if len(cues) < 4 or repeating * 2 < len(cues) - 1:
        return [*cues]
    found: list[CaptionCue] = []
    before: list[str] = []
    dropped = 0
    for cue, said in zip(cues, texts, strict=True):
        same = next((count for count in range(min(len(said), len(before)), 0, -1) if said[:count] == before[-count:]), 0)
        filled = [line for line in cue.lines if _plain(line)]
        dropped += same
        found.append(replace(cue, lines=tuple(filled[same:])))
        before = said or before
    turns.remarks.append(f"its captions roll up: {dropped} lines that repeat the caption before were left out")
    return found


def _plain(line: str) -> str:
    return " ".join(unescape(_TAG.sub("", _VOICE.sub("", line))).replace("\u200b", "").split())


def _names(cues: Sequence[CaptionCue]) -> frozenset[str]:
    """Return the names before colons that are speakers: in capitals, or there twice."""
    found = Counter(name[1] for cue in cues for line in cue.lines if (name := _NAME.match(_plain(line))))
    return frozenset(
        name for name, count in found.items() if name.isupper() or (count > 1 and name[0].isupper() and len(name.split()) <= 3)
    )


def _spoken(cue: CaptionCue, names: frozenset[str]) -> Iterator[tuple[str | None, str, bool]]:
    """Yield speaker, words, and True if they begin a turn; the speaker is None where the last one goes on."""
    dashes = sum(_DASH.match(_plain(line)) is not None for line in cue.lines) > 1
    voice: str | None = None
    for line in cue.lines:
        start = 0
        pieces: list[tuple[str | None, str]] = []
        for tag in (*_VOICE.finditer(line), None):
            pieces.append((voice, _plain(line[start : tag.start() if tag is not None else len(line)])))
            if tag is not None:
                voice = unescape(" ".join(tag[1].split())) if tag[1] else None
                start = tag.end()
        for who, words in pieces:
            if not words:
                continue
            name = _NAME.match(words)
            if name is not None and name[1] in names:
                yield spoken_name(name[1]), words[name.end() :], True
                continue
            dash = _DASH.match(words) if dashes else None
            yield who, words[dash.end() :] if dash is not None else words, dash is not None
