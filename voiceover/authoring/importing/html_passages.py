"""Turns a tree of HTML into passages: paragraphs, headings, tables, with footnotes taken out and marks kept."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import unquote

from voiceover.authoring.importing.html_kinds import BLOCKS, MARKS, SILENT, SILENT_TYPES, UNLISTED, has_blocks, is_hidden, rows_of
from voiceover.authoring.importing.html_notes import NoteFinder, is_web_address
from voiceover.authoring.importing.html_tree import MarkupNode
from voiceover.authoring.importing.inline_runs import LINE_BREAK, RunList, raised
from voiceover.authoring.importing.manuscript import Omission, PassageKind, Runs, SourcePassage, TextRun
from voiceover.system.lazy import lazy_pattern

_SCENE_MARKS = lazy_pattern(r"\s*(?:[*⁂•·~#_=⁎✻✽❧☙◆◇○●–—-]\s*){1,12}")
_NUMBER_OF_NOTE = lazy_pattern(r"\s*[\[(]?(?:\d{1,4}|[*†‡§¶]{1,4})?[\])]?[.:]?\s*")
_FILE_NAME = lazy_pattern(r"\S*\.(?:png|jpe?g|gif|svg|webp|bmp|tiff?)", re.IGNORECASE)
_MOST_CELLS = 100_000


@dataclass(slots=True)
class _Frame:
    """A quote or a list item around a passage, in Markdown."""

    first: str
    """What its first line begins with."""
    rest: str
    is_used: bool = False


class PassageReader:
    """Reads documents of one manuscript."""

    def __init__(self, notes: NoteFinder) -> None:
        self._finder = notes
        self._file = ""
        self._runs = RunList()
        self._frames: list[_Frame] = []
        self._anchors: list[str] = []
        self._found: list[SourcePassage] = []
        self._note_key = ""
        """The note that is read; empty for a document."""
        self._skipped: dict[MarkupNode, str] = {}
        """Elements to leave out, with what they are."""
        self.omissions: list[Omission] = []
        self.note_files: set[str] = set()
        """Files that hold notes."""

    def skip(self, nodes: Iterable[MarkupNode], kind: str) -> None:
        """Leave out elements of the documents to come, and list them as ``kind``."""
        self._skipped |= dict.fromkeys(nodes, kind)

    def read(self, file: str, root: MarkupNode) -> tuple[SourcePassage, ...]:
        """Return the passages of a document that is the file ``file`` of the manuscript."""
        self._file, self._found, self._anchors, self._frames = file, [], [file], []
        for head in (node for node in root.walk() if node.tag == "head"):
            self.omissions += [Omission("script", file) for node in head.walk() if node.tag == "script"]
        self._flow(root)
        self._end_paragraph()
        if file in self.note_files and all(passage.kind in (PassageKind.HEADING, PassageKind.SCENE) for passage in self._found):
            self.omissions += [Omission("heading of notes", file, passage.text) for passage in self._found if passage.text]
            return ()
        return tuple(self._found)

    def note(self, key: str) -> tuple[Runs, ...]:
        """Return the paragraphs of a footnote, without its number and its link back."""
        file, block = self._finder.blocks[key]
        inner = PassageReader(self._finder)
        inner._file = file
        inner._note_key = key
        inner._children(block)
        inner._end_paragraph()
        paragraphs = [
            tuple(run for run in passage.runs if not run.note) for passage in inner._found if passage.kind is PassageKind.PARAGRAPH
        ]
        filled = [runs for runs in paragraphs if any(letter.isalnum() for run in runs for letter in run.text)]
        if filled and filled[0][0].text:
            number = _NUMBER_OF_NOTE.match(filled[0][0].text)
            start = number.end() if number is not None else 0
            if start < len(filled[0][0].text):
                filled[0] = (replace(filled[0][0], text=filled[0][0].text[start:]), *filled[0][1:])
        return tuple(filled)

    # ------------------------------------------------------------ elements

    def _flow(self, node: MarkupNode) -> None:
        if self._left_out(node):
            return
        for key in ("id", "name") if node.tag == "a" else ("id",):
            if identifier := node.attributes.get(key):
                self._anchors.append(f"{self._file}#{identifier}")
        if node.tag in BLOCKS:
            self._block(node)
        else:
            self._inline(node)

    def _children(self, node: MarkupNode) -> None:
        for child in node.children:
            if isinstance(child, str):
                self._runs.add(child)
            else:
                self._flow(child)

    def _left_out(self, node: MarkupNode) -> bool:
        """Return True for an element that is not read, and list it if it holds anything."""
        if node in self._finder.notes and not self._note_key:
            self._end_paragraph()
            self.note_files.add(self._file)
            return True
        kind = (
            self._skipped.get(node)
            or SILENT.get(node.tag)
            or next((SILENT_TYPES[word] for word in node.types() if word in SILENT_TYPES), "")
        )
        if kind:
            words = " ".join(node.text(" ").split())
            if node.tag in BLOCKS or node.tag == "nav":
                self._end_paragraph()
            if (words or node.tag != "form") and kind != "page number":
                self.omissions.append(Omission(kind, self._file, words[:200]))
            return True
        hidden = is_hidden(node)
        if hidden or (node.tag == "figcaption" and node.attributes.get("aria-hidden") == "true"):
            if hidden and (words := " ".join(node.text().split())):
                self.omissions.append(Omission("hidden passage", self._file, words[:200]))
            return True
        return node.tag in UNLISTED

    def _inline(self, node: MarkupNode) -> None:
        match node.tag:
            case "br":
                self._runs.add(LINE_BREAK)
            case "img" | "image":
                self._picture(node, inline=True)
            case "a":
                self._link(node)
            case "sup":
                self._raised(node)
            case "q":
                self._runs.add("“")
                self._children(node)
                self._runs.add("”")
            case tag if tag in MARKS:
                with self._runs.marked(MARKS[tag]):
                    self._children(node)
            case _:
                self._children(node)

    def _link(self, node: MarkupNode) -> None:
        key = self._finder.marks.get(node)
        if self._note_key and self._finder.is_back_link(self._file, node, self._note_key):
            return
        if key is not None:
            if not self._note_key:
                self._runs.add_note(key)
            return
        target = node.attributes.get("href", "")
        with self._runs.linked(target.strip() if is_web_address(target) else ""):
            self._children(node)

    def _raised(self, node: MarkupNode) -> None:
        """Read ``<sup>``: an exponent, an ordinal's letters, or a mark of a note that is not there, which is not spoken."""
        words = node.text().strip()
        if any(child.tag == "a" for child in node.walk()) or not words:
            self._children(node)
            return
        as_power = raised(words)
        if as_power and self._runs.ends_sentence():
            self.omissions.append(Omission("note mark", self._file, words))
        elif as_power:
            self._runs.add(as_power)
        else:
            self._children(node)

    def _block(self, node: MarkupNode) -> None:
        self._end_paragraph()
        match node.tag:
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
                self._children(node)
                self._end_paragraph(kind=PassageKind.HEADING, level=int(node.tag[1]))
            case "hr":
                self._add(SourcePassage(PassageKind.SCENE))
            case "pre":
                self._code(node)
            case "blockquote":
                self._within(_Frame("> ", "> "), node)
            case "ul" | "ol":
                self._list(node)
            case "li":  # outside of any list
                self._within(_Frame("- ", "  "), node)
            case "table":
                self._table(node)
            case "figure":
                self._figure(node)
            case _:
                self._children(node)
        self._end_paragraph()

    def _within(self, frame: _Frame, node: MarkupNode) -> None:
        self._frames.append(frame)
        self._children(node)
        self._end_paragraph()
        self._frames.pop()

    def _list(self, node: MarkupNode) -> None:
        number = _number(node.attributes.get("start", ""), 1)
        for child in node.children:
            if not isinstance(child, MarkupNode):
                if child.strip():
                    self._runs.add(child)
                continue
            if child.tag != "li":
                self._flow(child)
                continue
            self._end_paragraph()
            if self._left_out(child):
                continue
            if identifier := child.attributes.get("id"):
                self._anchors.append(f"{self._file}#{identifier}")
            number = _number(child.attributes.get("value", ""), number)
            marker = f"{number}. " if node.tag == "ol" and 0 <= number < 10**8 else "- "
            number += 1
            self._within(_Frame(marker, " " * len(marker)), child)
        self._end_paragraph()

    def _figure(self, node: MarkupNode) -> None:
        for child in node.children:
            if isinstance(child, MarkupNode) and child.tag == "img":
                self._picture(child, inline=False)
            elif isinstance(child, MarkupNode):
                self._flow(child)
            else:
                self._runs.add(child)

    def _picture(self, node: MarkupNode, *, inline: bool) -> None:
        alternative = " ".join(node.attributes.get("alt", "").split())
        name = posixpath.basename(unquote(node.attributes.get("src", node.attributes.get("href", "")).split("?")[0].split("#")[0]))
        if node.attributes.get("src", "").startswith("data:"):
            name = ""
        if _FILE_NAME.fullmatch(alternative):  # written by software for want of a description
            alternative = ""
        if inline and len(alternative) == 1 and alternative.isalnum():  # an initial that is drawn
            self._runs.add(alternative)
        elif alternative:
            if not inline or not self._runs.is_filled():
                self._end_paragraph()
                self._add(SourcePassage(PassageKind.PICTURE, (TextRun(alternative),), picture=name or "picture"))
            else:
                self._runs.add_picture(alternative, name or "picture")
        else:
            self.omissions.append(Omission("picture without a description", self._file, name))

    def _code(self, node: MarkupNode) -> None:
        text = node.text().strip("\n")
        if text.strip():
            self._add(SourcePassage(PassageKind.CODE, (TextRun(text.replace("\r", "")),)))

    # ------------------------------------------------------------ tables

    def _table(self, node: MarkupNode) -> None:
        caption = next((child for child in node.walk() if child.tag == "caption"), None)
        if caption is not None:
            self._children(caption)
            self._end_paragraph()
        rows = [row for row in rows_of(node) if row]
        is_layout = not rows or max(map(len, rows)) == 1 or sum(map(len, rows)) > _MOST_CELLS
        is_layout = is_layout or any(has_blocks(cell) for row in rows for cell in row)
        if is_layout:
            for row in rows:
                for cell in row:
                    self._children(cell)
                    self._end_paragraph()
            return
        has_header = all(cell.tag == "th" for cell in rows[0]) or any(child.tag == "thead" for child in node.walk())
        width = max(map(len, rows))
        cells = [tuple(self._cell(cell) for cell in row) + ((),) * (width - len(row)) for row in rows]
        self._add(SourcePassage(PassageKind.TABLE, rows=tuple(cells), has_header=has_header))

    def _cell(self, node: MarkupNode) -> Runs:
        outer, self._runs = self._runs, RunList()
        for child in node.children:
            if isinstance(child, str):
                self._runs.add(child)
            elif child.tag in BLOCKS:  # a single paragraph
                self._children(child)
                self._runs.add(" ")
            else:
                self._flow(child)
        runs, self._runs = self._runs.finish(lines=False), outer
        return runs

    # ------------------------------------------------------------ passages

    def _end_paragraph(self, kind: PassageKind = PassageKind.PARAGRAPH, level: int = 0) -> None:
        runs = self._runs.finish(lines=kind is PassageKind.PARAGRAPH)
        if not runs:
            return
        text = "".join(run.text for run in runs)
        if kind is PassageKind.PARAGRAPH and text and _SCENE_MARKS.fullmatch(text) and not any(run.note for run in runs):
            self._add(SourcePassage(PassageKind.SCENE))
        elif any(letter.isalnum() for letter in text) or any(run.note or run.mark == "!" for run in runs) or text.strip():
            self._add(SourcePassage(kind, runs, level))

    def _add(self, passage: SourcePassage) -> None:
        first = rest = ""
        if passage.kind not in (PassageKind.HEADING, PassageKind.SCENE):
            for frame in self._frames:
                first += frame.rest if frame.is_used else frame.first
                rest += frame.rest
                frame.is_used = True
        self._found.append(replace(passage, first=first, rest=rest, anchors=tuple(self._anchors)))
        self._anchors = []


def _number(typed: str, otherwise: int) -> int:
    """Return the number of a list item."""
    return int(typed) if typed.strip().isdecimal() and len(typed) < 9 else otherwise
