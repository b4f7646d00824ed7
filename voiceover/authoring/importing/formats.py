"""The formats that can be imported, and how a file is recognized as one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePath
from typing import Protocol, cast

from voiceover.authoring.importing import tagged_dialogue
from voiceover.authoring.importing.manuscript import Manuscript
from voiceover.errors import InputError
from voiceover.script import JSON_SUFFIX, YAML_SUFFIXES
from voiceover.system.extras import how_to_install
from voiceover.system.lazy import lazy_pattern

_HERE = "voiceover.authoring.importing"
EXTRA = "import"
_HEAD = 200_000
"""Bytes or characters by which a format is recognized."""
_HTML = lazy_pattern(r"\s*(?:<\?xml\b[^>]*\?>\s*|<!--.{0,2000}?-->\s*){0,8}<(?:!doctype\s+html\b|html\b)", re.IGNORECASE | re.DOTALL)
_WEBVTT = lazy_pattern(r"\ufeff?WEBVTT(?:[ \t]|\n|$)")
_TIME = r"(?:\d{1,4}:)?\d{1,2}:\d{2}"
_CAPTIONS = lazy_pattern(rf"\s*(?:\d+\s*\n)?\s*{_TIME}[.,]\d{{1,3}}[ \t]*-->[ \t]*{_TIME}")
_SCENE = lazy_pattern(r"^(?:INT|EXT|EST|INT\.?/EXT|I/E)\.[ \t]", re.MULTILINE)
_FRONT_MATTER_CAST = lazy_pattern(r"\s*---[ \t]*\n(?:[^\n]*\n){0,100}?cast:")


class Reader(Protocol):
    """Reads the content of a file; ``path`` is the name for messages."""

    def __call__(self, path: str, data: bytes, *, whole: bool = False, depth: int | None = None) -> Manuscript: ...


@dataclass(frozen=True, slots=True)
class ImportFormat:
    """A format that can be imported."""

    name: str
    """As the option ``--from`` takes it."""
    what: str
    """What it is, for help pages."""
    module: str
    reader: str
    """Name of the function in ``module``."""
    suffixes: tuple[str, ...] = ()

    def load(self) -> Reader:
        """Return its reader. Raises InputError if the packages that it needs are not installed."""
        try:
            return cast("Reader", getattr(import_module(f"{_HERE}.{self.module}"), self.reader))
        except ModuleNotFoundError as error:
            message = f"to import {self.what}, {error.name} is needed; {how_to_install(EXTRA)}"
            raise InputError(message) from error


IMPORT_FORMATS = {
    each.name: each
    for each in (
        ImportFormat("epub", "EPUB books", "epub", "read_epub", (".epub",)),
        ImportFormat("docx", "Word documents", "word_document", "read_word_document", (".docx", ".docm")),
        ImportFormat("html", "web pages", "web_page", "read_web_page", (".html", ".htm", ".xhtml")),
        ImportFormat("pdf", "PDFs with text", "pdf", "read_pdf", (".pdf",)),
        ImportFormat("captions", "SRT and WebVTT captions", "captions", "read_captions", (".srt", ".vtt")),
        ImportFormat("fountain", "screenplays in Fountain", "screenplay", "read_screenplay", (".fountain", ".spmd")),
        ImportFormat("story", "stories with [name] before each voice", "tagged_dialogue", "read_bracketed"),
        ImportFormat("story-settings", "TOML settings of such a story", "tagged_dialogue", "read_story_settings", (".toml",)),
        ImportFormat("dia", "dialogues with [S1] and [S2]", "tagged_dialogue", "read_numbered"),
        ImportFormat("vibevoice", "dialogues with Speaker 1:", "tagged_dialogue", "read_speaker_lines"),
        ImportFormat("podcastfy", "dialogues with <Person1>", "tagged_dialogue", "read_persons"),
        ImportFormat("dialogue", "dialogues with Name:", "tagged_dialogue", "read_named_lines"),
        ImportFormat("turns", "lists of turns in JSON or YAML", "turn_records", "read_turn_records", (JSON_SUFFIX, *YAML_SUFFIXES)),
        ImportFormat("text", "plain text", "plain_text", "read_plain_text", (".txt", ".text")),
    )
}
"""Formats by name, those that are recognized by their first bytes first."""


def _is_records(text: str) -> bool:
    """Return True for JSON, by its first signs."""
    start = text.lstrip()
    return start[:1] == "{" or (start[:1] == "[" and start[1:].lstrip()[:1] in ("{", "[", '"'))


_BY_CONTENT: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("captions", lambda text: _WEBVTT.match(text) is not None or _CAPTIONS.match(text) is not None),
    ("html", lambda text: _HTML.match(text) is not None),
    ("turns", _is_records),
    ("podcastfy", tagged_dialogue.has_persons),
    ("dia", tagged_dialogue.has_numbers),
    ("story", tagged_dialogue.has_main),
    ("vibevoice", tagged_dialogue.has_speaker_lines),
    ("fountain", lambda text: _SCENE.search(text) is not None),
    ("dialogue", tagged_dialogue.has_named_lines),
)
"""How texts are recognized, in this order."""
_CONVERTED = {
    ".odt": "an OpenDocument text; save it as DOCX",
    ".rtf": "an RTF document; save it as DOCX",
    ".doc": "a document of the format before DOCX; save it as DOCX",
    ".mobi": "a Kindle book; convert it to EPUB",
    ".azw3": "a Kindle book; convert it to EPUB",
    ".fb2": "a FictionBook; convert it to EPUB",
    ".tex": "a LaTeX document; convert it with: pandoc paper.tex -o paper.epub",
}


def recognize(path: str, data: bytes) -> ImportFormat:
    """Return the format of a file by its content and, for text, its suffix. Raises InputError if it is none."""
    suffix = PurePath(path).suffix.lower()
    if data.startswith(b"PK\x03\x04"):
        return _container(path, data)
    if b"%PDF-" in data[:1024]:
        return IMPORT_FORMATS["pdf"]
    if data.startswith(b"\xd0\xcf\x11\xe0") and suffix in IMPORT_FORMATS["docx"].suffixes:
        return IMPORT_FORMATS["docx"]  # encrypted, as its reader says
    if suffix in _CONVERTED:
        raise InputError(f"{path}: this is {_CONVERTED[suffix]}, then import that")
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    text = data[:_HEAD].decode(encoding, "replace").replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    if (
        suffix in (".md", ".markdown")
        and "\0" not in text
        and (_FRONT_MATTER_CAST.match(text) or not any(test(text) for _, test in _BY_CONTENT))
    ):
        raise InputError(f"{path}: this is Markdown, which needs no import: voiceover check {path}")
    by_suffix = next((each for each in IMPORT_FORMATS.values() if suffix in each.suffixes and each.name != "text"), None)
    if by_suffix is not None:
        return by_suffix
    return IMPORT_FORMATS[next((name for name, test in _BY_CONTENT if test(text)), "text")]


def _container(path: str, data: bytes) -> ImportFormat:
    if b"mimetypeapplication/epub+zip" in data[:200] or b"META-INF/container.xml" in data:
        return IMPORT_FORMATS["epub"]
    if b"word/document.xml" in data:
        return IMPORT_FORMATS["docx"]
    if b"mimetypeapplication/vnd.oasis.opendocument.text" in data[:200]:
        raise InputError(f"{path}: this is an OpenDocument text; save it as DOCX or EPUB, then import that")
    raise InputError(f"{path}: this is a ZIP file, but neither an EPUB nor a Word document; unpack it and import what is in it")
