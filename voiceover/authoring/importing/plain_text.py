"""Reads plain text: paragraphs between blank lines, chapters by their headings, and the frame of Project Gutenberg around a book."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from voiceover.authoring.importing.chapters import CHAPTER_NAME, PART_NAME
from voiceover.authoring.importing.manuscript import Manuscript, Omission, PassageKind, SourcePassage
from voiceover.authoring.importing.paragraphs import passages_of_block, runs_of, words_in
from voiceover.authoring.importing.sections import parts_of, without_title_page
from voiceover.authoring.importing.text_notes import take_notes
from voiceover.errors import InputError
from voiceover.system.lazy import lazy_pattern

MAX_TEXT_BYTES = 16 * 1024 * 1024
MAX_BLOCKS = 200_000
"""Paragraphs of one text: several times those of the longest novels."""
_FRAME_START = lazy_pattern(r"^\*{3} ?START OF TH(?:E|IS) PROJECT GUTENBERG EBOOK[^\n]*\n", re.MULTILINE)
_FRAME_END = lazy_pattern(r"^\*{3} ?END OF TH(?:E|IS) PROJECT GUTENBERG EBOOK", re.MULTILINE)
_FIELD = lazy_pattern(r"^(Title|Author|Language): *([^\n]+)", re.MULTILINE)
_LANGUAGES = {"english": "en", "german": "de", "french": "fr", "spanish": "es", "italian": "it", "portuguese": "pt", "dutch": "nl"}
_HEADING = lazy_pattern(
    r"(?:chapter|part|book|volume|act|scene|kapitel|teil|buch|chapitre|partie|livre|cap[ií]tulo|parte|libro|capitolo)\s+(?:[ivxlc]+|\d+|\w+)\b"
    r"|(?:prologue|epilogue|preface|foreword|introduction|afterword|prolog|epilog|vorwort|nachwort|prólogo|epílogo|préface)\W*$",
    re.IGNORECASE,
)
_LONGEST_HEADING = 80
_FEWEST_HEADINGS = 2
_PART_LEVEL, _CHAPTER_LEVEL, _SECTION_LEVEL = 1, 2, 3
_BLANKS_ABOVE = 2
_WIDEST_LINE = 100
"""Characters; longer lines were not broken to fit a page."""
_ENDS_SENTENCE = frozenset('.,;:!?…”’")]*')


def decode_text(path: str, data: bytes, remarks: list[str]) -> str:
    """Return the text of a file in UTF-8, UTF-16 with a mark, or else Windows-1252. Raises InputError for binary data."""
    if len(data) > MAX_TEXT_BYTES:
        raise InputError(f"{path}: this text has {len(data) / 1e6:.0f} MB; texts of up to {MAX_TEXT_BYTES // 1024**2} MB are read")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    else:
        try:
            text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
        except UnicodeDecodeError as error:
            if b"\0" in data:
                raise InputError(f"{path}: this is not a text, and no format that can be imported") from error
            text = data.decode("cp1252", "replace")
            remarks.append("it is not UTF-8, so it was read as Windows-1252; look whether accents are right")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError(f"{path}:{line}: this is not a text (binary data at line {line})")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")


def read_plain_text(path: str, data: bytes, *, whole: bool = False, depth: int | None = None) -> Manuscript:
    """Return the paragraphs of a text file. With ``whole``, the licence of Project Gutenberg around a book is kept."""
    remarks: list[str] = []
    omissions: list[Omission] = []
    text = decode_text(path, data, remarks)
    about: dict[str, str] = {}
    if not whole:
        text, about = _without_frame(text, omissions)
    passages, notes = take_notes(_marked_headings([*_passages(path, text)]))
    title, author = about.get("Title", ""), about.get("Author", "")
    if not whole and title:
        passages = without_title_page(passages, title, author, omissions)
    parts = parts_of(passages, title, depth, omissions, notes=notes.__getitem__)
    if not parts:
        raise InputError(f"{path}: this file holds no text")
    language = _LANGUAGES.get(about.get("Language", "").casefold(), "")
    return Manuscript(parts, title, author, language, omissions=tuple(omissions), remarks=tuple(remarks))


def _without_frame(text: str, omissions: list[Omission]) -> tuple[str, dict[str, str]]:
    """Return a text without header and licence of Project Gutenberg, and what the header says."""
    start = _FRAME_START.search(text)
    if start is None:
        return text, {}
    end = _FRAME_END.search(text, start.end())
    about = {field[1]: " ".join(field[2].split()) for field in _FIELD.finditer(text[: start.start()])}
    omissions.append(Omission("header of Project Gutenberg", "line 1", " ".join(text[:200].split())))
    if end is not None:
        line = text.count("\n", 0, end.start()) + 1
        omissions.append(Omission("licence of Project Gutenberg", f"line {line}", " ".join(text[end.start() : end.start() + 200].split())))
    return text[start.end() : end.start() if end is not None else len(text)], about


def _passages(path: str, text: str) -> Iterator[tuple[SourcePassage, bool]]:
    """Yield the passages, each with True if it stands apart as a heading does: one line with two blank ones above it."""
    lines = text.split("\n")
    known = words_in(text)
    filled = sorted(len(line.rstrip()) for line in lines if line.strip())
    usual = filled[len(filled) * 9 // 10] if filled else 0
    blocks = [*_blocks(lines)]
    is_broken = usual <= _WIDEST_LINE and any(len(block) > 1 for block, _ in blocks)
    if len(blocks) > MAX_BLOCKS:
        raise InputError(f"{path} has more paragraphs than any real book; it is not read")
    for block, blanks in blocks:
        if is_broken:
            is_apart = len(block) == 1 and blanks >= _BLANKS_ABOVE
            yield from ((passage, is_apart) for passage in passages_of_block(block, usual, known))
        else:  # each line is a paragraph
            yield from ((passage, False) for line in block for passage in passages_of_block([line], 0, known))


def _blocks(lines: Sequence[str]) -> Iterator[tuple[list[str], int]]:
    """Yield lines without a blank one between them, with the number of blank lines above them."""
    block: list[str] = []
    blanks, above = 0, 0
    for line in (*lines, ""):
        if line.strip():
            above = above if block else blanks
            block.append(line)
            blanks = 0
        else:
            if block:
                yield block, above
                block = []
            blanks += 1


def _marked_headings(passages: Sequence[tuple[SourcePassage, bool]]) -> tuple[SourcePassage, ...]:
    """Return the passages with lines such as ``CHAPTER I``, and lines that stand apart, as headings, if there are several."""
    marked: list[SourcePassage] = []
    count = 0
    for passage, is_apart in passages:
        level = _heading_level(passage, is_apart=is_apart)
        count += level > 0
        text = " ".join(passage.text.split())
        marked.append(SourcePassage(PassageKind.HEADING, runs_of(text), level) if level else passage)
    return tuple(marked) if count >= _FEWEST_HEADINGS else tuple(passage for passage, _ in passages)


def _heading_level(passage: SourcePassage, *, is_apart: bool) -> int:
    """Return the level of a heading, 0 for anything else."""
    text = passage.text
    if passage.kind is not PassageKind.PARAGRAPH or passage.first or len(text) > _LONGEST_HEADING or text.count("\n") > 1:
        return 0
    if _HEADING.match(text) is not None and not text.rstrip().endswith((",", ";")):
        is_part = PART_NAME.match(text) is not None and CHAPTER_NAME.match(text) is None
        return _PART_LEVEL if is_part else _CHAPTER_LEVEL
    return _SECTION_LEVEL if is_apart and text.rstrip()[-1:] not in _ENDS_SENTENCE else 0
