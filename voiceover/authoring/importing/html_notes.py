"""Finds the footnotes of HTML documents: links that are note marks, and the blocks that they lead to."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote, urlsplit

from voiceover.authoring.importing.html_tree import MarkupNode
from voiceover.system.lazy import lazy_pattern

_NOTE_TYPES = frozenset(("footnote", "endnote", "rearnote", "note"))
_NOTE_NAME = lazy_pattern(r"(?:foot|end|rear|side)[-_ ]?notes?\b|\bfn\d|^_?(?:ftn|edn)\d", re.IGNORECASE)
_MARK = lazy_pattern(r"[\[({]?\s*(?:\d{1,4}|[a-z]|[ivxlc]{1,6}|[*†‡§¶#]{1,4})\s*[.:]?[\])}]?", re.IGNORECASE)
_BACK = lazy_pattern(
    r"[\[({]?\s*(?:[←↩↑⤴⏎^⇑▲]\ufe0e?\s*)?(?:\d{1,4}|[a-z]|[ivxlc]{1,6}|[*†‡§¶#]{1,4}|back|return)?\s*[.:]?[\])}]?", re.IGNORECASE
)
_BLOCKS = frozenset(("aside", "dd", "div", "dl", "li", "p", "section"))
_MOST_LEVELS = 6
"""Between the target of a mark and the block that is its note."""
_MOST_BESIDE = 200
"""Elements of a paragraph among which the target of a link back is looked for."""
_LONGEST_NOTE = 20_000
"""Characters; a longer block that a mark leads to is a chapter."""


class NoteFinder:
    """The footnotes of all documents of a manuscript."""

    def __init__(self, documents: Mapping[str, MarkupNode]) -> None:
        """``documents`` are the roots by the name of their file."""
        self._parents: dict[MarkupNode, MarkupNode] = {}
        self._names = {root: name for name, root in documents.items()}
        self._ids: dict[str, MarkupNode] = {}
        for name, root in documents.items():
            for node in root.walk():
                for child in node.children:
                    if isinstance(child, MarkupNode):
                        self._parents[child] = node
                for key in ("id", "name") if node.tag == "a" else ("id",):
                    if identifier := node.attributes.get(key):
                        self._ids.setdefault(f"{name}#{identifier}", node)
        self.marks: dict[MarkupNode, str] = {}
        """The key of the note of each link that is a mark."""
        self.notes: dict[MarkupNode, str] = {}
        """The key of each block that is a note."""
        self.blocks: dict[str, tuple[str, MarkupNode]] = {}
        """File and block of each note, by key."""
        for name, root in documents.items():
            self._find_in(name, root)

    def is_back_link(self, file: str, link: MarkupNode, key: str) -> bool:
        """True for a link from a note to its mark, which is not part of its text."""
        target = self._ids.get(address_in(file, link.attributes.get("href", "")))
        is_sign = _BACK.fullmatch(link.text().strip()) is not None
        return is_sign and (target is None or any(self.marks.get(node) == key for node in self._near(target)))

    def _find_in(self, name: str, root: MarkupNode) -> None:
        for link in root.walk():
            target = link.attributes.get("href", "") if link.tag == "a" else ""
            is_named = "noteref" in link.types()
            if not target or not (is_named or _MARK.fullmatch(link.text().strip())):
                continue
            address = address_in(name, target)
            found = self._ids.get(address)
            block = self._note_block(found, link, name, is_named=is_named) if found is not None else None
            # A link back to a mark looks like a mark itself; it comes later.
            if block is not None and not any(above in self.notes for above in self._ancestors(link)):
                key = self.notes.setdefault(block, address)
                self.blocks.setdefault(key, (address.partition("#")[0], block))
                self.marks[link] = key

    def _note_block(self, target: MarkupNode, link: MarkupNode, name: str, *, is_named: bool) -> MarkupNode | None:
        """Return the block that is the note of a mark, or None if its target is something else, such as a chapter."""
        block = next((node for node in self._upwards(target) if node.types() & _NOTE_TYPES), None)
        if block is None:
            block = next((node for node in self._upwards(target) if node.tag in _BLOCKS), None)
            if block is None or any(node is block for node in self._ancestors(link)) or len(block.text()) > _LONGEST_NOTE:
                return None
            if not is_named and not _is_called_note(block) and not self._leads_back(block, link, name):
                return None
        return None if any(node is block for node in self._ancestors(link)) else block

    def _leads_back(self, block: MarkupNode, link: MarkupNode, name: str) -> bool:
        """True if the block has a link to the mark or to something close around it."""
        near = {f"{name}#{identifier}" for node in self._near(link) for identifier in _identifiers(node)}
        file = self._file(block)
        links = (node for node in block.walk() if node.tag == "a" and "href" in node.attributes)
        return any(address_in(file, node.attributes["href"]) in near and _BACK.fullmatch(node.text().strip()) for node in links)

    def _file(self, node: MarkupNode) -> str:
        return self._names.get(next(reversed((node, *self._ancestors(node)))), "")

    def _near(self, node: MarkupNode) -> Iterator[MarkupNode]:
        """Yield an element, those within it, the ones beside it, and its ancestors up to its paragraph."""
        yield from node.walk()
        for level, above in enumerate(self._ancestors(node)):
            if level == 0:
                yield from (child for child in above.children[:_MOST_BESIDE] if isinstance(child, MarkupNode))
            yield above
            if above.tag in _BLOCKS:
                return

    def _upwards(self, node: MarkupNode) -> Iterator[MarkupNode]:
        yield node
        for level, above in enumerate(self._ancestors(node)):
            if level >= _MOST_LEVELS:
                return
            yield above

    def _ancestors(self, node: MarkupNode) -> Iterator[MarkupNode]:
        above = self._parents.get(node)
        while above is not None:
            yield above
            above = self._parents.get(above)


def _identifiers(node: MarkupNode) -> Iterator[str]:
    for key in ("id", "name"):
        if node.attributes.get(key):
            yield node.attributes[key]


def _is_called_note(block: MarkupNode) -> bool:
    return any(_NOTE_NAME.search(block.attributes.get(key, "")) is not None for key in ("id", "class"))


def address_in(file: str, target: str) -> str:
    """Return ``FILE#ID`` or ``FILE`` for a link within a manuscript; empty if it leads elsewhere."""
    try:
        parts = urlsplit(target.strip())
    except ValueError:
        return ""
    if parts.scheme or parts.netloc:
        return ""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(file), unquote(parts.path))) if parts.path else file
    return f"{path}#{unquote(parts.fragment)}" if parts.fragment else path


def is_web_address(target: str) -> bool:
    """True for an address that a listener could open."""
    return re.match(r"https?://[^\s<>]+$", target.strip(), re.IGNORECASE) is not None
