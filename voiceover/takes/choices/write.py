"""Changes ``NAME.takes.yaml`` as a person would: only the lines of one entry, with all comments and other lines left as they are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from voiceover.errors import InputError, OutputError, SettingsError
from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Fields, Items, Scalar, read_yaml
from voiceover.system.files import os_errors_as, write_whole
from voiceover.system.lazy import lazy_pattern
from voiceover.system.locks import one_of
from voiceover.takes.choices.read import TAKES, WORDS, choices_file, passage_key, read_text_of
from voiceover.types import Source, TakeChoice
from voiceover.types.lazy_dataclass import dataclass

_HEADER = "# Choices for takes of the script beside this file. `voiceover retake` and `voiceover takes` change it, and so may you.\n"
_MARGIN = "  "
_UNSAFE = lazy_pattern("[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""What YAML wants escaped, apart from what JSON escapes."""
_LINE_ENDS = lazy_pattern(r"(?<=\n)|(?<=\r)(?!\n)")

Key = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class _Entry:
    passage: TakeChoice | None
    """None if it does not say for which passage it is."""
    line: int
    """Index of its first line."""
    column: int
    """Column of its first key, counted from 1."""
    audio: str | None

    @property
    def key(self) -> Key | None:
        return None if self.passage is None else passage_key(self.passage)


class ChoicesFile:
    """The choices for a script while they are changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        problems = Problems()
        text = read_text_of(path, problems) or ""
        self._entries = _entries(text, path, problems)
        if problems.errors:
            raise SettingsError(problems.errors)
        self._lines = [line for line in _LINE_ENDS.split(text) if line]

    @property
    def audio(self) -> frozenset[str]:
        """The paths of all own recordings, as written."""
        return frozenset(entry.audio for entry in self._entries if entry.audio is not None)

    @property
    def passages(self) -> tuple[TakeChoice, ...]:
        """The passages of all entries without what was chosen for them, so that one whose recording is gone counts, too."""
        return tuple(entry.passage for entry in self._entries if entry.passage is not None)

    def change(self, removed: Iterable[TakeChoice], added: TakeChoice | None = None) -> None:
        """Write the file without ``removed`` and with ``added``, which takes the place of an entry for the same passage.

        A file without entries and without comments of its own is removed. Raises InputError if the entries are in a form that cannot be
        changed line by line, OutputError if the file cannot be written.
        """
        put = None if added is None else passage_key(added)
        gone = {passage_key(choice) for choice in removed} - {put}
        lines = list(self._lines)
        block = [] if added is None else _lines_of(added)
        placed = added is None
        for number in reversed(range(len(self._entries))):
            entry = self._entries[number]
            if entry.key is None or (entry.key not in gone and entry.key != put):
                continue
            stop = self._entries[number + 1].line if number + 1 < len(self._entries) else len(lines)
            while stop > entry.line + 1 and self._lines[stop - 1].strip()[:1] in ("", "#"):
                stop -= 1  # blank lines and comments belong to what follows
            ours = entry.key == put
            lines[entry.line : stop] = _indented(block, " " * (entry.column - 3)) if ours else []
            placed = placed or ours
        wanted = [entry.key for entry in self._entries if entry.key not in gone]
        if not placed:
            lines = self._with_last(lines, block)
            wanted.append(put)
        self._write("".join(lines), wanted)

    def _with_last(self, lines: list[str], block: list[str]) -> list[str]:
        if self._entries:
            margin = " " * (self._entries[0].column - 3)
        else:  # an empty file, or an empty list
            lines, margin = [_HEADER, f"{TAKES}:\n"], _MARGIN
        if lines and not lines[-1].endswith(("\n", "\r")):
            lines[-1] += "\n"
        return [*lines, *_indented(block, margin)]

    def _write(self, text: str, wanted: list[Key | None]) -> None:
        problems = Problems()
        entries = _entries(text, self.path, problems)
        if [entry.key for entry in entries] != wanted or problems.errors:
            raise InputError(f"{self.path}: its entries are not written one key per line, so they can only be changed in an editor")
        self._entries, self._lines = entries, [line for line in _LINE_ENDS.split(text) if line]
        if not wanted and text.replace(_HEADER, "").strip() == f"{TAKES}:":
            with os_errors_as(OutputError, f"remove the {WORDS}", self.path):
                self.path.unlink(missing_ok=True)
            return
        write_whole(self.path.resolve(), text.encode("utf-8"), f"write the {WORDS}")


@contextmanager
def changing_choices(script: Path) -> Iterator[ChoicesFile]:
    """Yield the choices for ``script``, which no other process changes meanwhile.

    Raises SettingsError if the file cannot be read, OutputError if the folder cannot be written.
    """
    path = choices_file(script)
    with one_of(path.parent, path.name, 1):
        yield ChoicesFile(path)


def _entries(text: str, path: Path, problems: Problems) -> list[_Entry]:
    node = read_yaml(text, str(path), problems)
    items = node.get(TAKES) if isinstance(node, Fields) else None
    if not isinstance(items, Items):
        if node is not None and not (isinstance(node, Fields) and [key.text for key, _ in node.entries] == [TAKES]):
            problems.error(Source(str(path)), "bad-value", f"this is not a file of {WORDS}: it has other keys than {TAKES}")
        return []
    return [_entry(item) for item in items.items if isinstance(item, Fields)]


def _entry(item: Fields) -> _Entry:
    texts = {key.text: value.text.strip() for key, value in item.entries if isinstance(value, Scalar)}
    passage: TakeChoice | None = None
    if texts.get("speaker") and texts.get("text"):
        occurrence = texts.get("occurrence", "1")
        number = int(occurrence) if occurrence.isascii() and occurrence.isdigit() and len(occurrence) < 7 else 1
        passage = TakeChoice(texts["speaker"], texts["text"], item.source, max(number, 1))
    return _Entry(passage, item.source.line - 1, item.source.column, texts.get("audio"))


def _lines_of(choice: TakeChoice) -> list[str]:
    """Return the lines of an entry, without margin."""
    values: dict[str, object] = {
        "speaker": choice.speaker,
        "text": choice.text,
        "occurrence": choice.occurrence if choice.occurrence > 1 else None,
        "attempt": choice.attempt,
        "seed": choice.seed,
        "speed": choice.speed,
        "say": choice.say,
        "audio": None if choice.recording is None else choice.recording.name,
        "accept": f"[{', '.join(choice.accepted)}]" if choice.accepted else None,
    }
    lines = [f"{key}: {_quoted(value) if key != 'accept' else value}" for key, value in values.items() if value is not None]
    return [f"- {lines[0]}", *(f"  {line}" for line in lines[1:])]


def _quoted(value: object) -> str:
    """Return a value as YAML on one line: JSON's quotes are YAML's, too."""
    if not isinstance(value, str):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def _indented(block: list[str], margin: str) -> list[str]:
    return [f"{margin}{line}\n" for line in block]
