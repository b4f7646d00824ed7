"""Read the text of a script file, or report why it cannot be read."""

from __future__ import annotations

from pathlib import Path

from voiceover.script.not_scripts import NotAScript, binary_kind, text_kind, url_message
from voiceover.settings.problems import Problems
from voiceover.settings.values import did_you_mean
from voiceover.system.files import os_error_words
from voiceover.types import Source

MAX_BYTES = 4 * 1024 * 1024
"""Largest script: 4 MB, about 70 hours of speech."""

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK = b"\xef\xbb\xbf"


def read_source(path: Path, problems: Problems, data: bytes | None = None) -> str | None:
    """Return the text with ``\\n`` as line endings and without a byte order mark; None, with an error, if it cannot be read.

    ``data`` is the content if it does not come from a file, cut to at most ``MAX_BYTES`` + 1 bytes.
    """
    start = Source(str(path))
    data = _read(path, start, problems) if data is None else _within_limit(path, data, start, problems)
    if data is None:
        return None
    if data.startswith(_UTF16_MARKS) or _looks_like_utf16(data):
        problems.error(start, "not-utf-8", "this is UTF-16 text; save the file as UTF-8")
        return None
    data = data.removeprefix(_UTF8_MARK)
    if (nul := data.find(b"\0")) >= 0:
        place = _place(path, data, nul)
        problems.error(place, "nul-byte", f"this is not a text file (binary data at line {place.line})")
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"byte 0x{data[error.start]:02X} is not UTF-8 text; save the file as UTF-8"
        problems.error(_place(path, data, error.start), "not-utf-8", message)
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return None if _refused(path, text_kind(text, path), problems) else text


def _refused(path: Path, kind: NotAScript | None, problems: Problems) -> bool:
    if kind is not None:
        problems.error(Source(str(path), kind.line), "not-a-script", kind.message)
    return kind is not None


def _read(path: Path, start: Source, problems: Problems) -> bytes | None:
    try:
        if path.is_dir():
            problems.error(start, "not-a-file", "this is a folder; name a script in it")
        elif not path.exists():
            problems.error(start, "missing-file", url_message(str(path)) or f"there is no such file{_neighbour(path)}")
        elif not path.is_file():
            problems.error(start, "not-a-file", "this is not a regular file")
        else:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
            return _within_limit(path, data, start, problems)
    except OSError as error:
        problems.error(start, "unreadable-file", f"the script cannot be read: {os_error_words(error)}")
    return None


def _within_limit(path: Path, data: bytes, start: Source, problems: Problems) -> bytes | None:
    if _refused(path, binary_kind(data, path), problems):
        return None
    if len(data) <= MAX_BYTES:
        return data
    problems.error(start, "too-large", f"a script is at most {MAX_BYTES // 1024**2} MB; split this one into episodes")
    return None


def _neighbour(path: Path) -> str:
    try:
        names = [other.name for other in path.parent.iterdir() if other.is_file()] if path.parent.is_dir() else []
    except OSError:
        return ""
    return did_you_mean(path.name, names)


def _looks_like_utf16(data: bytes) -> bool:
    """Return True if every second byte of the beginning is NUL, as in UTF-16 Latin text without a byte order mark."""
    head = data[:64]
    return len(head) >= 4 and (not any(head[0::2]) or not any(head[1::2])) and any(head)


def _place(path: Path, data: bytes, index: int) -> Source:
    """Return the location of a byte, in characters."""
    before = data[:index].decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return Source(str(path), before.count("\n") + 1, len(before) - before.rfind("\n"))
