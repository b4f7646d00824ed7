"""Reads the package of an EPUB: metadata, reading order and table of contents (EPUB 3.3, sections 5 and 7; OPF 2.0.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from xml.etree.ElementTree import Element

from voiceover.authoring.importing.archive import Archive
from voiceover.authoring.importing.html_notes import address_in
from voiceover.authoring.importing.html_tree import MarkupNode
from voiceover.authoring.importing.xml_parts import attribute, children, descendants, local, read_xml, words
from voiceover.errors import InputError

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_FONT_OBFUSCATION = frozenset(("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"))
"""Algorithms that scramble embedded fonts and no text (EPUB 3.3, section 4.2.6; Adobe's older one)."""
_PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml", "text/x-oeb1-document")
_LONGEST_DESCRIPTION = 1000


@dataclass(frozen=True, slots=True)
class PackageItem:
    """A file that the package names."""

    name: str
    """Its name in the archive."""
    media_type: str
    properties: frozenset[str]

    @property
    def is_page(self) -> bool:
        """True for a document with text."""
        return self.media_type in _PAGES or self.name.lower().endswith((".htm", "html"))


@dataclass(frozen=True, slots=True)
class ContentsEntry:
    """An entry of the table of contents."""

    title: str
    address: str
    """``FILE`` or ``FILE#ID``; empty for a heading without a link."""
    within: tuple[ContentsEntry, ...] = ()


@dataclass(slots=True)
class EpubPackage:
    """The package of a book."""

    name: str
    """The file in the archive that describes it."""
    title: str = ""
    author: str = ""
    language: str = ""
    description: str = ""
    said: str = ""
    """The text of all metadata, to recognize a title page."""
    items: dict[str, PackageItem] = field(default_factory=dict)
    """By identifier."""
    spine: list[tuple[PackageItem, bool]] = field(default_factory=list)
    """The files in reading order; False for those outside of it."""
    guide: dict[str, str] = field(default_factory=dict)
    """Kind of a page, such as ``cover``, by its file."""
    cover: str = ""
    """File of the cover picture; empty if there is none."""
    ncx: str = ""
    """File of the table of contents of EPUB 2."""

    @property
    def navigation(self) -> str:
        """File of the table of contents of EPUB 3."""
        return next((item.name for item in self.items.values() if "nav" in item.properties), "")


def refuse_protected(archive: Archive) -> None:
    """Raise InputError if more than fonts is encrypted."""
    if _ENCRYPTION not in archive:
        return
    for data in descendants(read_xml(archive.path, _ENCRYPTION, archive.read(_ENCRYPTION)), "EncryptedData"):
        methods = {attribute(method, "Algorithm") for method in children(data, "EncryptionMethod")}
        if not methods or not methods <= _FONT_OBFUSCATION:
            advice = "its text cannot be read; import a copy without copy protection"
            raise InputError(f"{archive.path}: this book is encrypted (DRM), so {advice}")


def read_package(archive: Archive) -> EpubPackage:
    """Read the package of the first book in the archive. Raises InputError if there is none, or no reading order."""
    path = archive.path
    if _CONTAINER not in archive:
        raise InputError(f"{path}: this is not an EPUB: {_CONTAINER} is missing")
    container = read_xml(path, _CONTAINER, archive.read(_CONTAINER))
    name = next((attribute(root, "full-path") for root in descendants(container, "rootfile") if attribute(root, "full-path")), "")
    if not name or name not in archive:
        raise InputError(f"{path}: {_CONTAINER} names no package that is in this file; it is incomplete")
    root = read_xml(path, name, archive.read(name))
    package = EpubPackage(name)
    for manifest in children(root, "manifest"):
        for item in children(manifest, "item"):
            href = address_in(name, attribute(item, "href"))
            properties = frozenset(attribute(item, "properties").split())
            package.items[attribute(item, "id")] = PackageItem(href, attribute(item, "media-type"), properties)
    spines = [*children(root, "spine")]
    for spine in spines:
        toc = package.items.get(attribute(spine, "toc"))
        package.ncx = toc.name if toc is not None else ""
        for reference in children(spine, "itemref"):
            found = package.items.get(attribute(reference, "idref"))
            if found is not None:
                package.spine.append((found, attribute(reference, "linear") != "no"))
    if not any(item.is_page for item, _ in package.spine):
        raise InputError(f"{path}: {name}: the book has no reading order (spine) with pages in it; convert it again")
    if not package.ncx:
        package.ncx = next((item.name for item in package.items.values() if item.media_type == "application/x-dtbncx+xml"), "")
    for guide in children(root, "guide"):
        for reference in children(guide, "reference"):
            package.guide[address_in(name, attribute(reference, "href")).partition("#")[0]] = attribute(reference, "type").lower()
    for metadata in children(root, "metadata"):
        _read_metadata(package, metadata)
    return package


def _read_metadata(package: EpubPackage, metadata: Element) -> None:
    nodes = [node for node in metadata.iter() if node is not metadata]
    roles = {attribute(node, "refines").removeprefix("#"): words(node) for node in nodes if attribute(node, "property") == "role"}
    package.said = " ".join(words(node) for node in nodes)
    authors = []
    for node in nodes:
        text = words(node)
        match local(node):
            case "title":
                package.title = package.title or text
            case "creator" if (attribute(node, "role") or roles.get(attribute(node, "id"), "aut")) == "aut":
                authors += [text] if text else []
            case "language":
                package.language = package.language or text
            case "description":
                plain = " ".join(unescape(re.sub(r"<[^<>]{0,500}>", " ", text)).split())
                package.description = package.description or plain[:_LONGEST_DESCRIPTION]
            case "meta" if attribute(node, "name") == "cover":
                named = package.items.get(attribute(node, "content"))
                package.cover = named.name if named is not None else package.cover
    package.author = ", ".join(dict.fromkeys(authors))
    marked = next((item.name for item in package.items.values() if "cover-image" in item.properties), "")
    package.cover = marked or package.cover


def landmarks_in(root: MarkupNode, name: str) -> Mapping[str, str]:
    """Return the kinds of pages that the navigation document of EPUB 3 names, by file."""
    found: dict[str, str] = {}
    for nav in (node for node in root.walk() if node.tag == "nav" and "landmarks" in node.types()):
        for link in (node for node in nav.walk() if node.tag == "a"):
            for kind in link.types():
                found[address_in(name, link.attributes.get("href", "")).partition("#")[0]] = kind
    return found


def contents_of_navigation(root: MarkupNode, name: str) -> tuple[ContentsEntry, ...]:
    """Return the table of contents of an EPUB 3."""
    navs = [node for node in root.walk() if node.tag == "nav"]
    nav = next((node for node in navs if "toc" in node.types()), navs[0] if navs else None)
    top = next((node for node in nav.walk() if node.tag in ("ol", "ul")), None) if nav is not None else None
    return tuple(_entries(top, name)) if top is not None else ()


def _entries(listed: MarkupNode, name: str) -> Iterator[ContentsEntry]:
    for item in (child for child in listed.children if isinstance(child, MarkupNode) and child.tag == "li"):
        below = [child for child in item.children if isinstance(child, MarkupNode)]
        inner = next((child for child in below if child.tag in ("ol", "ul")), None)
        head = next((node for child in below if child is not inner for node in child.walk() if node.tag in ("a", "span")), None)
        link = next((node for child in below if child is not inner for node in child.walk() if node.tag == "a"), head)
        title = " ".join(link.text().split()) if link is not None else ""
        address = address_in(name, link.attributes.get("href", "")) if link is not None and link.attributes.get("href") else ""
        yield ContentsEntry(title, address, tuple(_entries(inner, name)) if inner is not None else ())


def contents_of_ncx(archive: Archive, name: str) -> tuple[ContentsEntry, ...]:
    """Return the table of contents of an EPUB 2."""
    root = read_xml(archive.path, name, archive.read(name))
    top = next(descendants(root, "navMap"), None)
    return tuple(_points(top, name, 0)) if top is not None else ()


def _points(parent: Element, name: str, level: int) -> Iterator[ContentsEntry]:
    for point in children(parent, "navPoint"):
        label = next(children(point, "navLabel"), None)
        content = next(children(point, "content"), None)
        source = attribute(content, "src") if content is not None else ""
        within = tuple(_points(point, name, level + 1)) if level < 20 else ()
        yield ContentsEntry(words(label) if label is not None else "", address_in(name, source) if source else "", within)
