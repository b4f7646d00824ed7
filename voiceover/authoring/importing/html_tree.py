"""Parses HTML and XHTML into a plain tree, however broken it is. Nothing in it is run, expanded or fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.entities import html5
from itertools import chain
from typing import Any

from lxml import etree

from voiceover.errors import InputError
from voiceover.system.lazy import lazy_pattern

MAX_ELEMENTS = 500_000
"""Most elements of one manuscript: five times those of the longest novels."""
_DEEPEST = 120
"""Most levels of nesting: three times those of real pages."""
_DECLARATION = lazy_pattern(r"\s*<\?xml[^>]*\?>")
_ENCODING = lazy_pattern(rb"<\?xml[^>]{0,200}?encoding=[\"']([\w.:-]+)|<meta[^>]{0,200}?charset=[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_ENTITY = lazy_pattern(r"&(\w{2,40};)")
_DEFINES_ENTITIES = lazy_pattern(r"<!ENTITY\b", re.IGNORECASE)
_OF_XML = frozenset(("amp;", "lt;", "gt;", "quot;", "apos;"))
_IS_XHTML = lazy_pattern(r"\s*(?:<\?xml\b|(?:<!--.{0,2000}?-->\s*)*<!DOCTYPE[^>]*XHTML|[^<]*<html[^>]*xmlns=)", re.IGNORECASE | re.DOTALL)
_EPUB_TYPE = "{http://www.idpf.org/2007/ops}type"
_HEAD_BYTES = 2048


@dataclass(slots=True, eq=False)
class MarkupNode:
    """An element with its children; text is a plain string among them."""

    tag: str
    """Local name in lower case."""
    attributes: dict[str, str] = field(default_factory=dict)
    """By local name; EPUB's own attribute is ``epub:type``."""
    children: list[MarkupNode | str] = field(default_factory=list)

    def walk(self) -> Iterator[MarkupNode]:
        """Yield the element and all elements within it, in order."""
        waiting: list[MarkupNode | str] = [self]
        while waiting:
            node = waiting.pop()
            if isinstance(node, MarkupNode):
                yield node
                waiting.extend(reversed(node.children))

    def text(self, between: str = "") -> str:
        """Return all text within the element as it is typed, with ``between`` where an element begins or ends, and line breaks."""
        parts: list[str] = []
        waiting: list[MarkupNode | str] = [self]
        while waiting:
            node = waiting.pop()
            if isinstance(node, str):
                parts.append(node)
            elif node.tag == "br":
                parts.append("\n")
            else:
                waiting.extend(reversed(node.children))
        return between.join(parts)

    def types(self) -> frozenset[str]:
        """Return what EPUB and ARIA call the element, such as ``footnote``, without ``doc-``."""
        words = f"{self.attributes.get('epub:type', '')} {self.attributes.get('role', '')}".lower().split()
        return frozenset(word.removeprefix("doc-") for word in words)


class MarkupParser:
    """Parses the documents of one manuscript, with one limit for all of them."""

    def __init__(self, path: str) -> None:
        """``path`` is the name for messages."""
        self.path = path
        self._left = MAX_ELEMENTS

    def parse(self, data: bytes | str, name: str = "") -> MarkupNode:
        """Return the root element of a document; ``name`` is its file within the manuscript, for messages.

        Raises InputError if the document defines entities or has more elements than any real one.
        """
        text = data if isinstance(data, str) else decode_markup(data)
        where = f"{self.path}: {name}" if name else self.path
        start = text[: text.find(">", text.lower().find("<html")) + 1] if "<!entity" in text.lower() else ""
        if _DEFINES_ENTITIES.search(start):
            raise InputError(f"{where} defines entities, which can read other files or fill the memory; it is not read")
        is_xhtml = _IS_XHTML.match(text) is not None
        text = _DECLARATION.sub("", text, count=1) if text.lstrip()[:5] == "<?xml" else text
        text = "".join(letter for letter in text if letter >= " " or letter in "\t\n\r") if _has_controls(text) else text
        root = _parsed_xml(_ENTITY.sub(_character, text)) if is_xhtml else None
        if root is None:
            root = _parsed_html(text)
        if root is None:
            raise InputError(f"{where} holds no HTML; it is empty or damaged")
        return self._plain(root, where)

    def _plain(self, root: Any, where: str) -> MarkupNode:
        top = MarkupNode("")
        opened = [top]
        for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
            if event == "start":
                self._left -= 1
                if self._left < 0:
                    raise InputError(f"{where} has more elements than any real book or page; it is not read")
                if len(opened) > _DEEPEST:
                    raise InputError(f"{where} has elements nested over {_DEEPEST} deep, as no real book or page has; it is not read")
                node = MarkupNode(_name(element.tag), {_attribute(key): str(value) for key, value in element.attrib.items()})
                opened[-1].children.append(node)
                if element.text:
                    node.children.append(element.text)
                opened.append(node)
                continue
            if event == "end":
                opened.pop()
            if element.tail and len(opened) > 1:
                opened[-1].children.append(element.tail)
        return next(child for child in top.children if isinstance(child, MarkupNode))


def _has_controls(text: str) -> bool:
    return any(chr(number) in text for number in chain(range(9), (11, 12), range(14, 32)))


def _name(tag: object) -> str:
    return str(tag).rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""


def _attribute(key: object) -> str:
    return "epub:type" if key in (_EPUB_TYPE, "epub:type") else str(key).rpartition("}")[2].lower()


def _character(found: re.Match[str]) -> str:
    """Return the character of an entity of HTML that XML does not know."""
    return found[0] if found[1] in _OF_XML else html5.get(found[1], found[0])


def _parsed_xml(text: str) -> Any:
    """Return the root, or None if the text is not well-formed XML; HTML's rules then find more of it."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, encoding="utf-8")
    try:
        return etree.fromstring(text.lstrip().encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _parsed_html(text: str) -> Any:
    parser = etree.HTMLParser(no_network=True, huge_tree=False, encoding="utf-8")
    try:
        return etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def decode_markup(data: bytes) -> str:
    """Return the text of a document in the encoding that it names, else UTF-8, else Windows-1252."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.removeprefix(b"\xef\xbb\xbf").decode(encoding, "replace")
    named = _ENCODING.search(data[:_HEAD_BYTES])
    encodings = [(named[1] or named[2]).decode("ascii")] if named else []
    for encoding in (*encodings, "utf-8"):
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("cp1252", "replace")
