"""Reads a Fountain screenplay (fountain.io/syntax): characters speak, the action is narrated, scenes are chapters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from voiceover.authoring.importing.manuscript import Manuscript, Runs, TextRun
from voiceover.authoring.importing.plain_text import decode_text
from voiceover.authoring.importing.spoken_turns import TurnList, spoken_name
from voiceover.system.lazy import lazy_pattern

_FIELD = lazy_pattern(r"([A-Za-z][A-Za-z ]{0,40}):[ \t]*(.*)$")
_SCENE = lazy_pattern(r"(?:(?:INT|EXT|EST|INT\.?/EXT|EXT\.?/INT|I/E)[. ]|\.(?=[^\W_]))", re.IGNORECASE)
_SCENE_NUMBER = lazy_pattern(r"\s*#[\w.-]{1,20}#\s*$")
_TRANSITION = lazy_pattern(r"[^a-z]{1,60}TO:\s*$")
_EXTENSION = lazy_pattern(r"\s*\([^()]{0,60}\)")
_PARENTHETICAL = lazy_pattern(r"\s*\((.{1,200})\)\s*$")
_HINT = lazy_pattern(r"[a-z][a-z' -]{0,60}")
_BONEYARD = lazy_pattern(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_NOTE = lazy_pattern(r"\[\[(?:(?!\]\]).){0,2000}\]\]", re.DOTALL)
_EMPHASIS = lazy_pattern(r"(?<!\\)(\*{1,3})(?=[^\s*])([^*\n]{1,1000}?)(?<=[^\s*\\])\1")
_UNDERLINE = lazy_pattern(r"(?<![\w\\])_(?=\S)([^_\n]{1,1000})(?<=\S)_(?!\w)")
_ESCAPED = lazy_pattern(r"\\(?=[*_])")


def read_screenplay(path: str, data: bytes, *, whole: bool = False, depth: int | None = None) -> Manuscript:
    """Return the dialogue of a screenplay. ``whole`` and ``depth`` have no effect."""
    turns = TurnList(path)
    text = decode_text(path, data, turns.remarks)
    text = _blanked(_BONEYARD, "omitted passage", text, turns)
    text = _blanked(_NOTE, "note", text, turns)
    lines = text.split("\n")
    about, start = _title_page(lines)
    _read_body(lines, start, turns)
    author = about.get("author") or about.get("authors", "")
    return turns.manuscript(_words(about.get("title", "")), _words(author))


def _blanked(pattern: re.Pattern[str], kind: str, text: str, turns: TurnList) -> str:
    """Remove what a screenplay does not print; the numbers of lines stay."""

    def blank(found: re.Match[str]) -> str:
        turns.leave_out(kind, text.count("\n", 0, found.start()) + 1, found[0].strip("/*[] \n"))
        return "\n" * found[0].count("\n")

    return pattern.sub(blank, text)


def _title_page(lines: Sequence[str]) -> tuple[dict[str, str], int]:
    """Return the fields of the title page, and the row after it."""
    row = next((row for row, line in enumerate(lines) if line.strip()), 0)
    if not lines or _FIELD.match(lines[row]) is None or _SCENE.match(lines[row]):
        return {}, 0
    found: dict[str, str] = {}
    key = ""
    while row < len(lines) and lines[row].strip():
        field = _FIELD.match(lines[row]) if not lines[row][:1].isspace() else None
        if field is not None:
            key = field[1].strip().lower()
            found[key] = field[2].strip()
        else:
            found[key] = f"{found[key]} {lines[row].strip()}".strip()
        row += 1
    return found, row


def _words(text: str) -> str:
    return "".join(run.text for run in _runs(text)).strip()


def _read_body(lines: Sequence[str], row: int, turns: TurnList) -> None:
    action: list[str] = []

    def end_action() -> None:
        if action:
            turns.say("", _runs(" ".join(action)))
            action.clear()

    while row < len(lines):
        line = lines[row].strip()
        is_first = row == 0 or not lines[row - 1].strip()
        is_last = row + 1 >= len(lines) or not lines[row + 1].strip()
        if not line or (line.startswith("===") and not line.strip("=")):
            end_action()
        elif line.startswith("#") or (line.startswith("=") and len(line) > 1):
            end_action()
            turns.leave_out("section" if line.startswith("#") else "synopsis", row + 1, line.lstrip("#= "))
        elif is_first and _SCENE.match(line) and not line.startswith(".."):
            end_action()
            turns.scene(_SCENE_NUMBER.sub("", line.removeprefix(".")))
        elif line.startswith(">") and line.endswith("<"):
            end_action()
            turns.say("", _runs(line[1:-1].strip()))
        elif line.startswith(">") or (is_first and is_last and _TRANSITION.match(line)):
            end_action()
            turns.leave_out("transition", row + 1, line.lstrip("> "))
        elif is_first and not is_last and _is_character(line):
            end_action()
            row = _read_dialogue(lines, row, turns)
            continue
        else:
            action.append(line.removeprefix("!").removeprefix("~").strip())
        row += 1
    end_action()


def _is_character(line: str) -> bool:
    if line.startswith("@"):
        return len(line) > 1
    name = _EXTENSION.sub("", line.rstrip("^ "))
    return not line.startswith("!") and name.isupper() and len(name) <= 60 and any(letter.isalpha() for letter in name)


def _read_dialogue(lines: Sequence[str], row: int, turns: TurnList) -> int:
    """Read the lines of a character from the name on; return the row after them."""
    typed = lines[row].strip().rstrip("^ ")
    name = _EXTENSION.sub("", typed.removeprefix("@")).strip()
    speaker = name if typed.startswith("@") else spoken_name(name)
    said: list[str] = []
    hint = ""
    row += 1
    while row < len(lines) and (lines[row].strip() or (lines[row] == "  ")):
        acted = _PARENTHETICAL.match(lines[row])
        if acted is not None:
            turns.say(speaker, _runs(" ".join(said)), hint)
            said = []
            hint = acted[1].strip() if _HINT.fullmatch(acted[1].strip()) else ""
            if not hint:
                turns.leave_out("parenthetical", row + 1, acted[1])
        elif lines[row].strip():
            said.append(lines[row].strip().removeprefix("~").strip())
        row += 1
    turns.say(speaker, _runs(" ".join(said)), hint)
    return row


def _runs(text: str) -> Runs:
    """Return a line of a screenplay with its emphasis; underlined words are plain."""
    return tuple(_pieces(_UNDERLINE.sub(r"\1", " ".join(text.split()))))


def _pieces(text: str) -> Iterator[TextRun]:
    start = 0
    for found in _EMPHASIS.finditer(text):
        if found.start() > start:
            yield TextRun(_ESCAPED.sub("", text[start : found.start()]))
        yield TextRun(_ESCAPED.sub("", found[2]), "*" if len(found[1]) == 1 else "**")
        start = found.end()
    if start < len(text):
        yield TextRun(_ESCAPED.sub("", text[start:]))
