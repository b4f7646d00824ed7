"""Reads XML of containers strictly: no document type with entities, nothing from outside."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from voiceover.errors import InputError

MAX_XML_ELEMENTS = 500_000
"""Limit per file."""
_DEEPEST = 200
"""Levels. Code that walks a tree later recurses once per level."""


def read_xml(path: str, name: str, data: bytes) -> Element:
    """Return the root of an XML file of the container at ``path``.

    Raises InputError if it is damaged, defines entities, or has more elements or levels than any real file.
    """
    builder = _LimitedBuilder(f"{path}: {name}")
    parser = DefusedXMLParser(target=builder, forbid_dtd=False, forbid_entities=True, forbid_external=True)
    try:
        parser.feed(data)
        root: Element = parser.close()
    except DefusedXmlException as error:
        raise InputError(f"{path}: {name} defines entities, which can read other files or fill the memory; it is not read") from error
    except ParseError as error:
        line, column = error.position
        raise InputError(f"{path}: {name}:{line}:{column + 1}: this is not XML; the file is damaged") from error
    except (ValueError, LookupError, RecursionError) as error:  # an unknown encoding, very deep nesting
        raise InputError(f"{path}: {name} cannot be read as XML; the file is damaged") from error
    return root


class _LimitedBuilder(TreeBuilder):
    """Builds a tree up to a number of elements and levels."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self._where = where
        self._left = MAX_XML_ELEMENTS
        self._level = 0

    def start(self, tag: str, attrs: dict[str, str]) -> Element:
        self._left -= 1
        self._level += 1
        if self._left < 0:
            raise InputError(f"{self._where} has more elements than any real file; it is not read")
        if self._level > _DEEPEST:
            raise InputError(f"{self._where} has elements nested over {_DEEPEST} deep, as no real file has; it is not read")
        return super().start(tag, attrs)

    def end(self, tag: str) -> Element:
        self._level -= 1
        return super().end(tag)


def local(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: Element, name: str) -> Iterator[Element]:
    """Yield the direct children with a local name."""
    return (child for child in element if local(child) == name)


def descendants(element: Element, name: str) -> Iterator[Element]:
    """Yield all elements below with a local name, in order."""
    return (child for child in element.iter() if local(child) == name)


def words(element: Element) -> str:
    """Return the text of an element on one line."""
    return " ".join("".join(element.itertext()).split())


def attribute(element: Element, name: str) -> str:
    """Return an attribute by its local name, whatever its namespace; empty if there is none."""
    if name in element.attrib:
        return element.attrib[name]
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")
