"""Reads dialogues in plain text that speech models take: ``[S1]``, ``Speaker 1:``, ``<Person1>``, ``[name]``, and ``Name:`` lines."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Collection, Iterator
from html import unescape
from pathlib import Path

from voiceover.authoring.importing.manuscript import Manuscript
from voiceover.authoring.importing.plain_text import MAX_TEXT_BYTES, decode_text
from voiceover.authoring.importing.spoken_turns import TurnList
from voiceover.errors import InputError
from voiceover.system.files import os_error_words
from voiceover.system.lazy import lazy_pattern

_NUMBERED = lazy_pattern(r"\[(S\d{1,2})\]")
_PERSON = lazy_pattern(r"<(/?)\s*(Person\s?\d{1,2})\s*>", re.IGNORECASE)
_OTHER_TAG = lazy_pattern(r"</?[A-Za-z][^<>\n]{0,200}>")
_SPEAKER_LINE = lazy_pattern(r"[ \t]*(Speaker[ \t]?\d{1,3})[ \t]*:[ \t]*", re.IGNORECASE)
_NAMED_LINE = lazy_pattern(r"[ \t]*(?:\*\*)?([^\W\d_][\w .'’-]{0,40}?)(?:\*\*)?[ \t]?:(?:\*\*)?[ \t]+(?=\S)")
_BRACKET = lazy_pattern(r"\[(\w+)\](?=\s*[^\W_\s]|\s*[\"'“‘«„—–…]|\s*$)")
_MAIN = "main"
_SHARE_OF_LABELS = 0.8
_FEWEST_TURNS = 4


def read_numbered(path: str, data: bytes, *, whole: bool = False, depth: int | None = None) -> Manuscript:
    """Return a dialogue with ``[S1]`` and ``[S2]`` before the turns, as Dia takes it."""
    turns = TurnList(path)
    _split(decode_text(path, data, turns.remarks), _NUMBERED, turns)
    return turns.manuscript()


def read_bracketed(path: str, data: bytes, *, whole: bool = False, depth: int | None = None) -> Manuscript:
    """Return a story in which ``[name]`` changes the voice; what stands before the first name is that of ``main``."""
    turns = TurnList(path)
    _split(decode_text(path, data, turns.remarks), _BRACKET, turns, first=_MAIN)
    return turns.manuscript()


def read_story_settings(path: str, data: bytes, *, whole: bool = False, depth: int | None = None) -> Manuscript:
    """Return the story that a TOML file of settings holds in ``gen_text`` or names in ``gen_file``; ``[voices.NAME]`` are its voices.

    Raises InputError if it holds none, or names a file outside its own folder.
    """
    turns = TurnList(path)
    try:
        settings = tomllib.loads(decode_text(path, data, turns.remarks))
    except RecursionError as error:
        raise InputError(f"{path}: this TOML is nested too deeply") from error
    except (tomllib.TOMLDecodeError, ValueError) as error:
        raise InputError(f"{path}: this is not TOML: {error}") from error
    text, file = settings.get("gen_text"), settings.get("gen_file")
    if file and isinstance(file, str):
        text = decode_text(file, _read_beside(path, file), turns.remarks)
    if not isinstance(text, str) or not text.strip():
        raise InputError(f"{path}: there is no text in it: gen_text is empty, and gen_file names no file")
    voices = settings.get("voices")
    names = (_MAIN, *(voices if isinstance(voices, dict) else ()))
    _split(text, _BRACKET, turns, first=_MAIN, names=names)
    turns.remarks.append("its recordings of voices were not taken; add each with `voiceover voices add`, and name it in the cast")
    return turns.manuscript()


def _read_beside(path: str, name: str) -> bytes:
    """Return the content of a file in the folder of ``path`` or below."""
    folder = Path(path).parent.resolve()
    target = (folder / name).resolve()
    if not target.is_relative_to(folder):
        raise InputError(f'{path}: gen_file "{name}" is outside the folder of this file, so it is not read')
    try:
        if not target.is_file():
            raise InputError(f'{path}: gen_file "{name}" is not there; its path is relative to the folder of this file')
        with target.open("rb") as file:
            return file.read(MAX_TEXT_BYTES + 1)
    except OSError as error:
        raise InputError(f'{path}: gen_file "{name}" cannot be read: {os_error_words(error)}') from error


def read_persons(path: str, data: bytes, *, whole: bool = False, depth: int | None = None) -> Manuscript:
    """Return a dialogue in elements ``<Person1>`` and ``<Person2>``, as podcastfy writes it."""
    turns = TurnList(path)
    text = decode_text(path, data, turns.remarks)
    speaker, start = "", 0
    for tag in (*_PERSON.finditer(text), None):
        words = text[start : tag.start() if tag is not None else len(text)]
        for other in _OTHER_TAG.finditer(words):
            turns.leave_out("tag", text.count("\n", 0, start + other.start()) + 1, other[0])
        words = unescape(_OTHER_TAG.sub("", words))
        if speaker:
            _paragraphs(speaker, words, turns)
        elif words.strip():
            turns.leave_out("text outside of turns", text.count("\n", 0, start) + 1, words)
        if tag is not None:
            speaker = "" if tag[1] else tag[2]
            start = tag.end()
    return turns.manuscript()


def read_speaker_lines(path: str, data: bytes, *, whole: bool = False, depth: int | None = None) -> Manuscript:
    """Return a dialogue with ``Speaker 1:`` before the turns, as VibeVoice takes it."""
    return _labelled(path, data, _SPEAKER_LINE)


def read_named_lines(path: str, data: bytes, *, whole: bool = False, depth: int | None = None) -> Manuscript:
    """Return a dialogue with ``Name:`` before the turns."""
    return _labelled(path, data, _NAMED_LINE)


def _labelled(path: str, data: bytes, label: re.Pattern[str]) -> Manuscript:
    turns = TurnList(path)
    speaker = ""
    said: list[str] = []
    for line in (*decode_text(path, data, turns.remarks).split("\n"), ""):
        found = label.match(line)
        if found is not None or not line.strip():
            turns.say(speaker, " ".join(said))
            said = []
        if found is not None:
            speaker = " ".join(found[1].split())
        words = line[found.end() :] if found is not None else line
        said += [words] if words.strip() else []
    return turns.manuscript()


def _split(text: str, tag: re.Pattern[str], turns: TurnList, *, first: str = "", names: Collection[str] | None = None) -> None:
    """Add the turns of a text in which tags change the speaker; a tag that is none of ``names`` stays text."""
    speaker, start = first, 0
    for found in (*tag.finditer(text), None):
        if found is not None and names is not None and found[1] not in names:
            continue
        _paragraphs(speaker, text[start : found.start() if found is not None else len(text)], turns)
        if found is not None:
            speaker, start = found[1], found.end()


def _paragraphs(speaker: str, text: str, turns: TurnList) -> None:
    for paragraph in re.split(r"\n[ \t]*\n", text):
        turns.say(speaker, paragraph)


# ---------------------------------------------------------------- recognizing


def has_persons(text: str) -> bool:
    """Return True for a dialogue in ``<Person1>`` elements."""
    return sum(1 for tag in _PERSON.finditer(text) if not tag[1]) >= 2


def has_numbers(text: str) -> bool:
    """Return True for a dialogue with ``[S1]`` at its start."""
    return _NUMBERED.match(text.lstrip()) is not None


def has_main(text: str) -> bool:
    """Return True for a story in which ``[main]`` and another name change the voice."""
    names = {found[1] for found in _BRACKET.finditer(text)}
    return _MAIN in names and len(names) > 1


def has_speaker_lines(text: str) -> bool:
    """Return True for a dialogue with ``Speaker 1:`` lines."""
    return sum(_SPEAKER_LINE.match(line) is not None for line in text.split("\n")) >= 2


def has_named_lines(text: str) -> bool:
    """Return True if nearly all paragraphs begin with ``Name:``, at least two names recur, and there are no others."""
    firsts = [*_first_lines(text)]
    found = [name[1] for line in firsts if (name := _NAMED_LINE.match(line))]
    counts = Counter(found)
    recurring = [name for name, count in counts.items() if count > 1 and name[0].isupper() and len(name.split()) <= 3]
    said = sum(counts[name] for name in recurring)
    return len(found) >= _FEWEST_TURNS and len(recurring) >= 2 and said >= _SHARE_OF_LABELS * len(firsts)


def _first_lines(text: str) -> Iterator[str]:
    """Yield the first line of each paragraph, and each line that has a label."""
    before = ""
    for line in text.split("\n"):
        if line.strip() and (not before.strip() or _NAMED_LINE.match(line)):
            yield line
        before = line
