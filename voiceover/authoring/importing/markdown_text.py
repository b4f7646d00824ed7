"""Writes passages as Markdown of the script format, so that the reader speaks the words of the source and nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from voiceover.authoring.importing.inline_runs import PICTURE_MARK
from voiceover.authoring.importing.manuscript import PassageKind, Runs, SourcePassage, TextRun
from voiceover.system.lazy import lazy_pattern

PLAIN, CAREFUL, LITERAL = range(3)
"""How much is escaped: what is markup nearly always; parentheses and emphasis too; every sign."""
_SIGNS = lazy_pattern(
    r"\\(?=[(\[])"  # two backslashes would start a formula
    r"|[\\*`\[{<]"
    r"|(?<![^\W_])_|_(?![^\W_])"
    r"|~(?=~)|=(?==)|%(?=%)|(?<!\S)\^(?=\S)|:(?=:)"
    r"|:(?=[a-z0-9_+-]{1,40}:)"
    r"|&(?=#?\w{1,40};)"
    r"|\$"
)
_IN_BRACKETS = lazy_pattern(r"\[(?=[A-Za-z♪][A-Za-z ,'’♪-]{1,60}\](?![(\[:|]))")
_LINE_STARTS = lazy_pattern(
    r"(?P<mark>#{1,6}(?=\s|$)|[>|]|[-+](?=\s|$)|[-=_]{2,}|:(?=\s|:)|[!?]{3}|/{3}|\+{3})|(?P<number>\d{1,9})(?P<stop>[.)])(?=\s|$)"
)
_HEADING_END = lazy_pattern(r"#+$")
_PUNCTUATION = lazy_pattern(r"[!-/:-@\[-`{-~]")
_FILE_SIGNS = lazy_pattern(r"[^\w.-]+")
_TARGET_SIGNS = lazy_pattern(r"[\s<>()\\]")
_TICKS = lazy_pattern(r"`+")


def write_passage(passage: SourcePassage, notes: Mapping[str, str], care: int = PLAIN, *, name: str = "", acted: bool = False) -> str:
    """Return a passage as Markdown, on one line or several.

    ``notes`` are the labels of footnotes by key; ``name`` is the speaker in a script, and empty in an article. With ``acted``, words in
    brackets may be stage directions.
    """
    match passage.kind:
        case PassageKind.HEADING:
            words = _inline(passage.runs, notes, care, lines=False)
            text = f"{'#' * passage.level} {_HEADING_END.sub(_escape_hashes, words)}"
        case PassageKind.SCENE:
            text = "---"
        case PassageKind.CODE:
            text = _fenced(passage.text)
        case PassageKind.PICTURE:
            text = _picture(passage.text, passage.picture)
        case PassageKind.TABLE:
            text = _table(passage, notes, care)
        case PassageKind.PARAGRAPH if name:
            label = f"{name} [{passage.hint}]" if passage.hint else name
            text = f"**{label}:** {_inline(passage.runs, notes, care, lines=True, acted=acted)}"
        case PassageKind.PARAGRAPH:
            text = _safe_starts(_inline(passage.runs, notes, care, lines=True, acted=acted))
    return _prefixed(passage, text)


def _escape_hashes(found: re.Match[str]) -> str:
    return f"\\{found[0]}"


def write_note(label: str, paragraphs: Sequence[Runs]) -> str:
    """Return the definition of a footnote."""
    written = [_safe_starts(_inline(runs, {}, PLAIN, lines=False)) for runs in paragraphs] or [""]
    return f"[^{label}]: " + "\n\n    ".join(written)


def _prefixed(passage: SourcePassage, text: str) -> str:
    first, *rest = text.split("\n")
    return "\n".join((passage.first + first, *((passage.rest + line).rstrip() for line in rest)))


def escaped(text: str, care: int = PLAIN, *, acted: bool = False) -> str:
    """Return text in which no sign is markup. With ``acted``, words in brackets may be stage directions and stay as they are."""
    if care == LITERAL:
        return _PUNCTUATION.sub(lambda found: "&#92;" if found[0] == "\\" else f"\\{found[0]}", text)
    kept = {found.start() for found in _IN_BRACKETS.finditer(text)} if acted and care == PLAIN else set()
    prices = text.count("$") < 2

    def escape(found: re.Match[str]) -> str:
        sign = found[0]
        if found.start() in kept or (sign == "$" and prices):
            return sign
        if sign == "\\" and text[found.end() : found.end() + 1] in ("(", "["):
            return "&#92;"
        if sign == "*" and text[found.start() - 1 : found.start()].isspace() and text[found.end() : found.end() + 1].isspace():
            return sign
        if sign == "<" and not re.match(r"[A-Za-z/!?{]", text[found.end() : found.end() + 1]):
            return sign
        return "&amp;" if sign == "&" else f"\\{sign}"

    written = _SIGNS.sub(escape, text)
    return re.sub(r"[()]", r"\\\g<0>", written) if care == CAREFUL else written


def _inline(runs: Runs, notes: Mapping[str, str], care: int, *, lines: bool, acted: bool = False) -> str:
    parts: list[str] = []
    for number, run in enumerate(runs):
        if run.note:
            parts.append(f"[^{notes[run.note]}]" if run.note in notes else "")
            continue
        if run.mark == PICTURE_MARK:
            parts.append(_picture(run.text, run.target))
            continue
        before, after = _neighbour(runs, number, -1), _neighbour(runs, number, 1)
        parts.append(_run(run, before, after, care, acted=acted))
    text = "".join(parts)
    return text.replace("\n", "\\\n") if lines else text.replace("\n", " ")


def _neighbour(runs: Runs, number: int, step: int) -> str:
    """Return the character directly before or after a run; a space at an end of the paragraph."""
    at = number + step
    while 0 <= at < len(runs):
        if runs[at].text:
            return runs[at].text[-1 if step < 0 else 0]
        if runs[at].note:
            return " " if step < 0 else "["
        at += step
    return " "


def _run(run: TextRun, before: str, after: str, care: int, *, acted: bool) -> str:
    text = run.text
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    core = text[start:end]
    if not core:
        return text
    written = escaped(core, care, acted=acted)
    before, after = text[start - 1] if start else before, text[end] if end < len(text) else after
    is_apart = not before.isalnum() and not after.isalnum() and "\n" not in core
    if run.mark == "`" and care == PLAIN and is_apart and "`" not in core:
        written = f"`{core}`"
    elif run.mark in ("*", "**") and care == PLAIN and is_apart and core[0].isalnum() and core[-1].isalnum():
        written = f"{run.mark}{written}{run.mark}"
    if run.target and care < LITERAL and "\n" not in core and not _TARGET_SIGNS.search(run.target):
        written = f"[{written.replace(']', f'{chr(92)}]')}]({run.target})"
    return f"{text[:start]}{written}{text[end:]}"


def _safe_starts(text: str) -> str:
    """Escape what a line would begin a block with."""
    return "\n".join(_LINE_STARTS.sub(_escape_start, line, count=1) if _LINE_STARTS.match(line) else line for line in text.split("\n"))


def _escape_start(found: re.Match[str]) -> str:
    return f"{found['number']}\\{found['stop']}" if found["number"] else f"\\{found['mark']}"


def _fenced(code: str) -> str:
    longest = max((len(ticks) for ticks in _TICKS.findall(code)), default=0)
    fence = "`" * max(longest + 1, 3)
    return f"{fence}\n{code}\n{fence}"


def _picture(alternative: str, name: str) -> str:
    file = _FILE_SIGNS.sub("-", name).strip("-") or "picture"
    return f"![{escaped(alternative).replace(']', f'{chr(92)}]')}]({file})"


def _table(passage: SourcePassage, notes: Mapping[str, str], care: int) -> str:
    rows = [[_inline(cell, notes, care, lines=False).replace("|", "\\|") for cell in row] for row in passage.rows]
    header = rows.pop(0) if passage.has_header else [""] * len(rows[0])
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
