"""Reads an EPUB by its reading order and table of contents."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from voiceover.authoring.importing.archive import Archive
from voiceover.authoring.importing.chapters import ChapterCut, OutlinePoint, cut_into_chapters, letters, outline_of_headings, texts_of
from voiceover.authoring.importing.contents_pages import contents_in
from voiceover.authoring.importing.epub_package import (
    ContentsEntry,
    EpubPackage,
    contents_of_navigation,
    contents_of_ncx,
    landmarks_in,
    read_package,
    refuse_protected,
)
from voiceover.authoring.importing.html_notes import NoteFinder, address_in
from voiceover.authoring.importing.html_passages import PassageReader
from voiceover.authoring.importing.html_tree import MarkupNode, MarkupParser
from voiceover.authoring.importing.manuscript import Artwork, Manuscript, ManuscriptPart, Omission, PassageKind, SourcePassage
from voiceover.authoring.importing.titles import heading_from_title, is_title_page, untitled
from voiceover.errors import InputError

MAX_PAGE_BYTES = 8 * 1024 * 1024
MAX_COVER_BYTES = 10 * 1024 * 1024
_MOST_WORDS = 2000
"""A page with more words is text, whatever the book says that it is."""
_LEFT_OUT = {
    "cover": "cover page",
    "titlepage": "title page",
    "title-page": "title page",
    "halftitlepage": "title page",
    "halftitle-page": "title page",
    "copyright-page": "copyright page",
    "toc": "table of contents",
    "loi": "list of illustrations",
    "lot": "list of tables",
    "index": "index",
}
"""Pages that nobody wants read aloud, by EPUB's names for them, with ours."""


def read_epub(path: str, data: bytes, *, whole: bool = False, depth: int | None = None) -> Manuscript:
    """Return the book in ``data``.

    With ``whole``, title page, copyright page, index and the like are kept; ``depth`` is the number of levels of the table of contents
    that are chapters. Raises InputError if the file is encrypted, damaged or hostile.
    """
    archive = Archive(path, data)
    refuse_protected(archive)
    package = read_package(archive)
    return _Book(archive, package, whole=whole).manuscript(depth)


class _Book:
    """One EPUB while it is read."""

    def __init__(self, archive: Archive, package: EpubPackage, *, whole: bool) -> None:
        self.archive = archive
        self.package = package
        self.whole = whole
        self.parser = MarkupParser(archive.path)
        self.omissions: list[Omission] = []
        self.remarks: list[str] = []
        self.pages: dict[str, MarkupNode] = {}
        """The pages by file, in reading order; those outside of it may hold notes."""
        self.first: SourcePassage | None = None
        """The first passage that is read."""
        self.outside: set[str] = set()
        self.navigation = self._optional(package.navigation)
        for item, is_linear in package.spine:
            if not item.is_page:
                self.omissions.append(Omission("page that is no text", item.name, item.media_type))
            elif item.name not in self.pages:
                self.pages[item.name] = self.parser.parse(archive.read(item.name, MAX_PAGE_BYTES), item.name)
                if not is_linear and not whole:
                    self.outside.add(item.name)
        if package.navigation in self.pages and not whole:
            self.outside.add(package.navigation)

    def manuscript(self, depth: int | None) -> Manuscript:
        finder = NoteFinder(self.pages)
        reader = PassageReader(finder)
        kinds = self._kinds()
        passages: list[SourcePassage] = []
        for name, root in self.pages.items():
            kind = kinds.get(name, "")
            if name in self.outside or kind:
                self._leave_out(name, root, kind or "page outside the reading order")
                continue
            if not self.whole:
                reader.skip(contents_in(root), "table of contents")
            passages += reader.read(name, root)
        self.omissions += reader.omissions
        self.first = passages[0] if passages else None
        cuts = (
            (ChapterCut(self.package.title, tuple(passages)),)
            if depth == 0
            else cut_into_chapters(passages, self._outline(passages), depth)
        )
        parts = [part for cut in cuts if (part := self._part(cut, reader)) is not None]
        if not parts:
            raise InputError(f"{self.archive.path}: the pages of this book hold no words; it may consist of pictures (scanned pages)")
        noted = {run.note for part in parts for passage in part.passages for run in passage.runs if run.note}
        self._list_lost_notes(finder, noted)
        package = self.package
        return Manuscript(
            tuple(parts),
            package.title,
            package.author,
            package.language,
            package.description,
            self._cover(),
            omissions=tuple(self.omissions),
            remarks=tuple(self.remarks),
        )

    # ------------------------------------------------------------ pages

    def _optional(self, name: str) -> MarkupNode | None:
        """Return the navigation document, which a book can be read without."""
        try:
            return self.parser.parse(self.archive.read(name, MAX_PAGE_BYTES), name) if name else None
        except InputError as error:
            self.remarks.append(f"its table of contents was not used: {error}")
            return None

    def _kinds(self) -> Mapping[str, str]:
        """Return what each page is that is left out, by file."""
        if self.whole:
            return {}
        named = {**self.package.guide}
        if self.navigation is not None:
            named |= landmarks_in(self.navigation, self.package.navigation)
        found = {}
        for name, root in self.pages.items():
            kind = next((_LEFT_OUT[word] for word in (*_types_of(root), named.get(name, "")) if word in _LEFT_OUT), "")
            words = _body(root).text(" ").split()
            if len(words) > _MOST_WORDS:
                kind = ""
            elif not kind and words and self._is_title_page(words):
                kind = "title page"
            if kind:
                found[name] = kind
        return found

    def _is_title_page(self, words: Sequence[str]) -> bool:
        return is_title_page(words, self.package.title, self.package.said)

    def _leave_out(self, name: str, root: MarkupNode, kind: str) -> None:
        self.omissions.append(Omission(kind, name, " ".join(_body(root).text(" ").split())[:200]))

    # ------------------------------------------------------------ chapters

    def _outline(self, passages: Sequence[SourcePassage]) -> list[OutlinePoint]:
        places: dict[str, int] = {}
        for index, passage in enumerate(passages):
            for anchor in passage.anchors:
                places.setdefault(anchor, index)
        outline = _points(self._contents(), places)
        if outline:
            return outline
        self.remarks.append("it has no table of contents, so its chapters are those of its headings")
        by_heading = outline_of_headings(passages)
        files = [(anchor, index) for anchor, index in places.items() if "#" not in anchor]
        return by_heading or [OutlinePoint("", index, file) for file, index in files]

    def _contents(self) -> tuple[ContentsEntry, ...]:
        package = self.package
        if self.navigation is not None and (entries := contents_of_navigation(self.navigation, package.navigation)):
            return entries
        try:
            return contents_of_ncx(self.archive, package.ncx) if package.ncx else ()
        except InputError as error:
            self.remarks.append(f"its table of contents was not used: {error}")
            return ()

    def _part(self, cut: ChapterCut, reader: PassageReader) -> ManuscriptPart | None:
        """Return a chapter; None if it holds no text, such as a page of nothing but footnotes."""
        is_text = any(passage.kind in (PassageKind.PARAGRAPH, PassageKind.TABLE) for passage in cut.passages)
        files = {anchor.partition("#")[0] for passage in cut.passages for anchor in passage.anchors}
        if not is_text and (not cut.passages or files & reader.note_files or not any(letters(passage.text) for passage in cut.passages)):
            return None
        words = [word for passage in cut.passages for text in texts_of(passage) for word in text.split()]
        if not self.whole and self.package.title and cut.passages[0] is self.first and self._is_title_page(words):
            self.omissions.append(Omission("title page", min(files, default=""), " ".join(words)[:200]))
            return None
        title = cut.title or untitled(cut.passages, self.package.title)
        passages = heading_from_title(title, cut.passages)
        keys = dict.fromkeys(run.note for passage in passages for run in passage.runs if run.note)
        return ManuscriptPart(title, passages, tuple((key, reader.note(key)) for key in keys))

    def _list_lost_notes(self, finder: NoteFinder, noted: set[str]) -> None:
        for key, (file, block) in finder.blocks.items():
            if key not in noted:
                self.omissions.append(Omission("footnote without a mark", file, " ".join(block.text(" ").split())[:200]))

    # ------------------------------------------------------------ cover

    def _cover(self) -> Artwork | None:
        name = self.package.cover or self._cover_by_page()
        if not name:
            return None
        try:
            data = self.archive.read(name, MAX_COVER_BYTES)
        except InputError as error:
            self.remarks.append(f"the cover was not used: {error}")
            return None
        suffix = ".png" if data.startswith(b"\x89PNG\r\n") else ".jpg" if data.startswith(b"\xff\xd8\xff") else ""
        if not suffix:
            self.omissions.append(Omission("cover that is neither JPEG nor PNG", name))
        return Artwork(data, suffix) if suffix else None

    def _cover_by_page(self) -> str:
        """Return the picture on the cover page of a book that does not name it elsewhere."""
        page = next((file for file, kind in self.package.guide.items() if kind == "cover" and file in self.pages), "")
        for node in self.pages[page].walk() if page else ():
            source = node.attributes.get("src") or node.attributes.get("href") or ""
            if node.tag in ("img", "image") and re.search(r"\.(?:jpe?g|png)$", source, re.IGNORECASE):
                return address_in(page, source)
        return ""


def _body(root: MarkupNode) -> MarkupNode:
    return next((node for node in root.walk() if node.tag == "body"), root)


def _types_of(root: MarkupNode) -> frozenset[str]:
    """Return what a page says that it is: on its body, or on the only element in that."""
    body = _body(root)
    inner = [child for child in body.children if isinstance(child, MarkupNode)]
    return body.types() | (inner[0].types() if len(inner) == 1 else frozenset())


def _points(entries: Sequence[ContentsEntry], places: Mapping[str, int]) -> list[OutlinePoint]:
    """Return the entries that lead to passages which are read; the others are replaced by those below them."""
    found: list[OutlinePoint] = []
    for entry in entries:
        within = _points(entry.within, places)
        file = entry.address.partition("#")[0]
        start = places.get(entry.address, places.get(file))
        if start is None and entry.address == "" and within:
            start, file = within[0].start, within[0].file
        if start is None:
            found += within
        else:
            found.append(OutlinePoint(entry.title, start, file, within))
    return sorted(found, key=lambda point: point.start)
