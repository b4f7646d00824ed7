"""Holds each script against its source: our own reader must accept it and speak the words of the source, in order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from voiceover.authoring.importing.inline_runs import PICTURE_MARK
from voiceover.authoring.importing.manuscript import PassageKind, Runs, SourcePassage
from voiceover.authoring.importing.markdown_text import CAREFUL, LITERAL
from voiceover.authoring.importing.script_files import ScriptFile
from voiceover.errors import InputError, ScriptError
from voiceover.script import MAX_BYTES, load_script
from voiceover.settings.problems import Problems
from voiceover.system.lazy import lazy_pattern
from voiceover.types import Direction, Item, Segment

_SHOWN = 40
_COVER_LINE = lazy_pattern(r"^cover: .*$", re.MULTILINE)


def verified_text(file: ScriptFile, path: str) -> tuple[str, str]:
    """Return the text of a script and a remark, which is empty if the script speaks exactly the words of its source.

    Passages that are not read as they should be are written again with more signs escaped. Raises ScriptError if the script has errors
    even then, InputError if it would be larger than a script may be; ``path`` is the source, for messages.
    """
    # Before anything is escaped and compared, which takes long for such a text.
    if sum(len(passage.text) for passage in file.passages) > MAX_BYTES:
        raise _too_large(path, file)
    care: dict[int, int] = {}
    expected = spoken_letters(_heard(file), title=file.title if file.speaks_title else "")
    text = file.text(care)
    if len(text.encode()) > MAX_BYTES:
        raise _too_large(path, file)
    found, problems = _read(file, text)
    if found == expected and not problems.errors:
        return text, ""
    for index in range(len(file.passages)):
        level = _care_for(file, index)
        if level:
            care[index] = level
    text = file.text(care)
    found, problems = _read(file, text)
    if problems.errors:
        raise ScriptError(problems.errors)
    return text, "" if found == expected else _difference(file.name, expected, found)


def _too_large(path: str, file: ScriptFile) -> InputError:
    most = MAX_BYTES // 1024**2
    return InputError(f"{path}: the chapter {file.name} is larger than the {most} MB of a script; divide it by headings")


def _heard(file: ScriptFile) -> tuple[SourcePassage, ...]:
    """Return the passages that are spoken: headings are silent in a script with a cast."""
    return tuple(passage for passage in file.passages if not file.speakers or passage.kind is not PassageKind.HEADING)


def spoken_letters(passages: Iterable[SourcePassage], title: str = "") -> str:
    """Return the letters and digits that are spoken of passages."""
    return _letters("".join((title, *(piece for passage in passages for piece in _spoken(passage)))))


def _spoken(passage: SourcePassage) -> Iterator[str]:
    match passage.kind:
        case PassageKind.HEADING | PassageKind.PARAGRAPH:
            yield _said(passage.runs)
        case PassageKind.TABLE:
            header, body = (passage.rows[0], passage.rows[1:]) if passage.has_header else ((), passage.rows)
            if not body:
                header, body = (), passage.rows
            for row in body:
                for number, cell in enumerate(row):
                    if any(letter.isalnum() for letter in _said(cell)):
                        yield (_said(header[number]) if number < len(header) else "") + _said(cell)


def _said(runs: Runs) -> str:
    return "".join(run.text for run in runs if run.mark != PICTURE_MARK)


def _care_for(file: ScriptFile, index: int) -> int:
    """Return how much to escape in a passage so that it is read as it should be by itself; 0 if nothing more than usual."""
    passage = file.passages[index]
    expected = spoken_letters([passage])
    if not expected or (file.speakers and passage.kind is PassageKind.HEADING):
        return 0
    for level in (0, CAREFUL, LITERAL):
        front = [line for line in file.front if not line.startswith("read:")]
        block = file.block(index, level)
        if passage.kind is PassageKind.HEADING:  # at a level that is never that of the title
            block = f"###{block.lstrip('#')}"
        text = "\n\n".join(("\n".join(("---", *front, "read: {title: skip}", "---")), block, *file.notes, ""))
        found, problems = _read(file, text)
        if found == expected and not problems.errors:
            return level
    return LITERAL


def _read(file: ScriptFile, text: str) -> tuple[str, Problems]:
    """Return the letters that our reader speaks of a script, and its problems. The cover is not in its place yet."""
    problems = Problems()
    checked = _COVER_LINE.sub("# cover", text, count=1) if file.names_cover else text
    script = load_script(Path(file.name), problems, data=checked.encode())
    if script is None:
        return "", problems
    return _letters("".join(_text(item, directions=file.has_directions) for item in script.items)), problems


def _text(item: Item, *, directions: bool) -> str:
    """Return what an item says; with ``directions``, also the stage directions in it, which are part of a dialogue."""
    if isinstance(item, Direction):
        return item.text if directions and not item.beside_label else ""
    if not isinstance(item, Segment):
        return ""
    pieces, start = [], 0
    for direction in item.directions if directions else ():
        pieces += [item.text[start : direction.at], "" if direction.beside_label else direction.text]
        start = direction.at
    return "".join((*pieces, item.text[start:]))


def _letters(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKC", text).casefold() if letter.isalnum())


def _difference(name: str, expected: str, found: str) -> str:
    at = next(
        (index for index, (one, other) in enumerate(zip(expected, found, strict=False)) if one != other), min(len(expected), len(found))
    )
    near = expected[max(at - _SHOWN // 2, 0) : at + _SHOWN // 2]
    return f'{name}: the words that are read differ from those of the source near "{near}"; compare them'
