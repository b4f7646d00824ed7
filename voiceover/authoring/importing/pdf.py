"""Reads the text of a PDF that has some: paragraphs put together again, chapters by its bookmarks."""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pypdf
from pypdf.errors import PyPdfError

from voiceover.authoring.importing.chapters import OutlinePoint, letters
from voiceover.authoring.importing.manuscript import Manuscript, Omission, PassageKind, SourcePassage
from voiceover.authoring.importing.paragraphs import SCENE, ends_paragraph, passages_of_block, runs_of, words_in
from voiceover.authoring.importing.sections import parts_of, without_title_page
from voiceover.errors import InputError
from voiceover.system.lazy import lazy_pattern

MAX_PDF_BYTES = 256 * 1024 * 1024
_MOST_PAGES = 5000
_MOST_LETTERS = 16 * 1024 * 1024
_EDGE_LINES = 2
"""Lines at the top and bottom of a page that may be its header or footer."""
_FEWEST_REPEATS = 3
_PAGE_NUMBER = lazy_pattern(r"\W*(?:page\s+)?(?:\d{1,4}|[ivxlc]{1,8})(?:\s*(?:/|of)\s*\d{1,4})?\W*", re.IGNORECASE)
_DIGITS = lazy_pattern(r"\d+")
_MOST_LINES_OF_TITLE = 3


def read_pdf(path: str, data: bytes, *, whole: bool = False, depth: int | None = None) -> Manuscript:
    """Return the text of a PDF, without headers, footers and page numbers unless ``whole``.

    Raises InputError if it is encrypted, damaged, or holds pictures of pages only.
    """
    if len(data) > MAX_PDF_BYTES:
        raise InputError(f"{path}: this PDF has {len(data) / 1e6:.0f} MB; PDFs of up to {MAX_PDF_BYTES // 1024**2} MB are read")
    omissions: list[Omission] = []
    with _errors(path):
        document = pypdf.PdfReader(io.BytesIO(data))
        if document.is_encrypted and not document.decrypt(""):
            raise InputError(f"{path}: this PDF is encrypted; save a copy without a password")
        pages = _pages(path, document)
        bookmarks = [*_bookmarks(document, document.outline, 1)]
        metadata: Any = document.metadata or {}
        about = {key: " ".join(str(metadata.get(f"/{key}") or "").split()) for key in ("Title", "Author")}
    if not any(letters(line) for lines in pages for line in lines):
        raise InputError(f"{path}: this PDF holds no text, only pictures of pages; run text recognition (OCR) on it first")
    if not whole:
        _drop_edges(pages, omissions)
    passages = [*_passages(pages, bookmarks)]
    if not whole:
        passages = [*without_title_page(passages, about["Title"], about["Author"], omissions)]
    parts = parts_of(passages, about["Title"], depth, omissions, outline=_outline(passages, bookmarks))
    remark = "the text of a PDF has no marked paragraphs, footnotes or tables: read the scripts before you render them"
    return Manuscript(parts, about["Title"], about["Author"], omissions=tuple(omissions), remarks=(remark,))


@contextmanager
def _errors(path: str) -> Iterator[None]:
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)  # pypdf reports each oddity of a file
    try:
        yield
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError, NotImplementedError) as error:
        raise InputError(f"{path}: this PDF is damaged or of a kind that cannot be read; print it to a new PDF") from error
    except pypdf.errors.DependencyError as error:
        raise InputError(f"{path}: this PDF is encrypted; save a copy without a password") from error
    finally:
        logging.disable(before)


def _pages(path: str, document: Any) -> list[list[str]]:
    if len(document.pages) > _MOST_PAGES:
        raise InputError(f"{path}: this PDF has {len(document.pages)} pages; up to {_MOST_PAGES} are read")
    found, size = [], 0
    for page in document.pages:
        text = page.extract_text()
        size += len(text)
        if size > _MOST_LETTERS:
            raise InputError(f"{path}: the text of this PDF has over {_MOST_LETTERS // 1024**2} million letters; this is no ordinary file")
        found.append([line for line in text.replace("\0", "").split("\n") if line.strip()])
    return found


def _bookmarks(document: Any, entries: Sequence[Any], level: int) -> Iterator[tuple[str, int, int]]:
    """Yield title, page from 0 and level of each bookmark."""
    for entry in entries:
        if isinstance(entry, list):
            yield from _bookmarks(document, entry, level + 1)
            continue
        page = document.get_destination_page_number(entry)
        title = " ".join(str(entry.title or "").split())
        if page is not None and page >= 0 and letters(title):
            yield title, page, level


def _drop_edges(pages: list[list[str]], omissions: list[Omission]) -> None:
    """Remove lines at the edges of pages that are page numbers, or repeat on many pages but for their numbers."""
    counts = Counter(key for lines in pages for key in {_edge_key(line) for line in (*lines[:_EDGE_LINES], *lines[-_EDGE_LINES:])})
    least = max(_FEWEST_REPEATS, len(pages) // 5)
    for number, lines in enumerate(pages, 1):
        for edge in (-1, 0):
            for _ in range(_EDGE_LINES):
                if lines and (_PAGE_NUMBER.fullmatch(lines[edge]) or counts[_edge_key(lines[edge])] >= least):
                    omissions.append(Omission("header, footer or page number", f"page {number}", lines.pop(edge).strip()))


def _edge_key(line: str) -> str:
    return _DIGITS.sub("0", letters(line))


def _passages(pages: Sequence[Sequence[str]], bookmarks: Sequence[tuple[str, int, int]]) -> Iterator[SourcePassage]:
    """Yield the passages of all pages; a bookmark's words on its page are a heading with the anchor ``NUMBER`` of the bookmark."""
    lengths = sorted(len(line.rstrip()) for lines in pages for line in lines)
    width = lengths[len(lengths) * 9 // 10] if lengths else 0
    known = words_in("\n".join(line for lines in pages for line in lines))
    block: list[str] = []
    for page, lines in enumerate(pages):
        waiting = [(number, title, level) for number, (title, on, level) in enumerate(bookmarks) if on == page]
        at = 0
        while at < len(lines):
            found = next(((entry, count) for entry in waiting if (count := _heading_lines(lines, at, entry[1]))), None)
            if found is not None:
                yield from passages_of_block(block, 0, known)
                block = []
                (number, title, level), count = found
                waiting.remove(found[0])
                yield SourcePassage(PassageKind.HEADING, runs_of(title), level, anchors=(str(number),))
                at += count
                continue
            line = lines[at]
            if block and (SCENE.fullmatch(line) or SCENE.fullmatch(block[-1]) or ends_paragraph(block[-1], line, width)):
                yield from passages_of_block(block, 0, known)
                block = []
            block.append(line)
            at += 1
    yield from passages_of_block(block, 0, known)


def _heading_lines(lines: Sequence[str], at: int, title: str) -> int:
    """Return over how many lines from ``at`` a title goes; 0 if it is not there."""
    wanted = letters(title)
    said = ""
    for count in range(1, _MOST_LINES_OF_TITLE + 1):
        if at + count > len(lines):
            return 0
        said += letters(lines[at + count - 1])
        if said == wanted:
            return count
        if not wanted.startswith(said):
            return 0
    return 0


def _outline(passages: Sequence[SourcePassage], bookmarks: Sequence[tuple[str, int, int]]) -> list[OutlinePoint] | None:
    """Return the outline of the bookmarks whose headings were found; None if there are none."""
    places = {int(anchor): index for index, passage in enumerate(passages) for anchor in passage.anchors}
    top: list[OutlinePoint] = []
    opened: list[tuple[int, OutlinePoint]] = []
    for number, (title, _, level) in enumerate(bookmarks):
        if number not in places:
            continue
        point = OutlinePoint(title, places[number])
        while opened and opened[-1][0] >= level:
            opened.pop()
        (opened[-1][1].within if opened else top).append(point)
        opened.append((level, point))
    return top or None
