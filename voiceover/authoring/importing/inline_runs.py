"""Collects the text of a paragraph with its markup, and collapses white space as a browser does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from voiceover.authoring.importing.manuscript import Runs, TextRun
from voiceover.system.lazy import lazy_pattern

LINE_BREAK = "\x0b"
"""Stands for ``<br>`` while text is collected; never in text itself."""
PICTURE_MARK = "!"
"""``TextRun.mark`` of a picture within a line; its text is not spoken."""
_BLANKS = lazy_pattern(r"[ \t\n\r\f]+")
_AROUND_BREAK = lazy_pattern(r"[ \u00a0]*\x0b[ \x0b\u00a0]*")
_STOPS = frozenset(".!?…。！？,;:”’»」』\"')]%")
_FLAT = "0123456789+-=()ni−"
_RAISED = str.maketrans(_FLAT, "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ⁻")


def raised(text: str) -> str:
    """Return a short text of digits in Unicode's superscript characters; empty if it has others."""
    is_power = 0 < len(text) <= 4 and set(text) <= set(_FLAT) and (text in ("n", "i") or text.strip("+-−").isdecimal())
    return text.translate(_RAISED) if is_power else ""


class RunList:
    """The runs of a paragraph in the making."""

    def __init__(self) -> None:
        self._runs: list[TextRun] = []
        self._mark = ""
        self._target = ""

    def add(self, text: str) -> None:
        """Add text with the markup that is open."""
        if text != LINE_BREAK:
            text = text.replace(LINE_BREAK, " ")
        self._runs.append(TextRun(text, self._mark, self._target))

    def add_note(self, key: str) -> None:
        """Add the mark of a footnote."""
        self._runs.append(TextRun("", note=key))

    def add_picture(self, alternative: str, name: str) -> None:
        """Add a picture within a line."""
        self._runs.append(TextRun(alternative, PICTURE_MARK, name))

    @contextmanager
    def marked(self, mark: str) -> Iterator[None]:
        """Give a markup to what is added within; the outermost one counts."""
        before, self._mark = self._mark, self._mark or mark
        yield
        self._mark = before

    @contextmanager
    def linked(self, target: str) -> Iterator[None]:
        """Make what is added within a link, unless ``target`` is empty."""
        before, self._target = self._target, self._target or target
        yield
        self._target = before

    def is_filled(self) -> bool:
        """True if there is anything but white space."""
        return any(run.note or run.text.strip() for run in self._runs)

    def ends_sentence(self) -> bool:
        """True if the text so far ends with a stop, a comma or a closing quote."""
        text = "".join(run.text for run in self._runs[-3:]).rstrip()
        return text[-1:] in _STOPS if text else False

    def finish(self, *, lines: bool) -> Runs:
        """Return the runs, and start over. With ``lines``, line breaks of the source stay as line feeds."""
        runs, self._runs = self._runs, []
        merged: list[TextRun] = []
        for run in runs:
            last = merged[-1] if merged else None
            if last is not None and (last.mark, last.target, last.note) == (run.mark, run.target, run.note) and run.mark != PICTURE_MARK:
                merged[-1] = TextRun(last.text + run.text, run.mark, run.target, run.note)
            else:
                merged.append(run)
        return _trimmed(merged, "\n" if lines else " ")


def _trimmed(runs: list[TextRun], line_break: str) -> Runs:
    """Collapse white space across runs, and remove it at both ends and around line breaks."""
    found: list[TextRun] = []
    before = "\n"  # the last character so far; white space after white space is dropped
    for run in runs:
        text = run.text if run.mark == PICTURE_MARK else _AROUND_BREAK.sub("\n", _BLANKS.sub(" ", run.text))
        if before in " \n" and run.mark != PICTURE_MARK:
            text = text.lstrip(" \u00a0" if before == "\n" else " ")
        if text.startswith("\n") and found:
            found[-1] = _with(found[-1], found[-1].text.rstrip(" "))
        if text or run.note:
            found.append(_with(run, text))
        before = text[-1:] or before
    while found and not found[-1].note and found[-1].mark != PICTURE_MARK and not (text := found[-1].text.rstrip(" \n")):
        found.pop()
    if found and not found[-1].note:
        found[-1] = _with(found[-1], found[-1].text.rstrip(" \n"))
    return tuple(_with(run, run.text.replace("\n", line_break)) if not run.note else run for run in found)


def _with(run: TextRun, text: str) -> TextRun:
    return TextRun(text, run.mark, run.target, run.note)


def plain(text: str) -> Runs:
    """Return a text without markup as runs, with white space collapsed."""
    words = re.sub(r"\s+", " ", text).strip()
    return (TextRun(words),) if words else ()
