"""Reads a DOCX: its styles say what is a heading, a quote or code; tracked changes count as accepted, comments are left out."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import mammoth

from voiceover.authoring.importing.archive import Archive
from voiceover.authoring.importing.html_notes import NoteFinder
from voiceover.authoring.importing.html_passages import PassageReader
from voiceover.authoring.importing.html_tree import MarkupNode, MarkupParser
from voiceover.authoring.importing.manuscript import Manuscript, Omission
from voiceover.authoring.importing.sections import parts_of, without_title_page
from voiceover.authoring.importing.xml_parts import attribute, children, descendants, local, read_xml, words
from voiceover.errors import InputError
from voiceover.system.lazy import lazy_pattern

_DOCUMENT = "word/document.xml"
_CONTENT_TYPES = "[Content_Types].xml"
_PROPERTIES = "docProps/core.xml"
_MAX_DOCUMENT_BYTES = 64 * 1024 * 1024
_PARTS = ("word/", "_rels/", "docProps/")
_RULE = "***"
"""Text of a scene break, which stands for a rule across the page."""
_STYLES = """
p[style-name='Title'] => p.voiceover-title:fresh
p[style-name='Subtitle'] => p.voiceover-title:fresh
p[style-name='Author'] => p.voiceover-title:fresh
p[style-name='Date'] => p.voiceover-title:fresh
p[style-name='Quote'] => blockquote > p:fresh
p[style-name='Intense Quote'] => blockquote > p:fresh
p[style-name='Block Text'] => blockquote > p:fresh
p[style-name='Quotations'] => blockquote > p:fresh
p[style-name='Source Code'] => pre:separator('\\n')
p[style-name='HTML Preformatted'] => pre:separator('\\n')
p[style-name='Preformatted Text'] => pre:separator('\\n')
p[style-name='toc 1'] => !
p[style-name='toc 2'] => !
p[style-name='toc 3'] => !
p[style-name='TOC Heading'] => !
comment-reference => !
"""
_HEIGHT = lazy_pattern(r"(?:^|;)\s*height:(\d{1,5}(?:\.\d{1,5})?)pt")
_MOST_THICKNESS = 4.0
"""Points."""
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def read_word_document(path: str, data: bytes, *, whole: bool = False, depth: int | None = None) -> Manuscript:
    """Return the text of a DOCX. With ``whole``, title, author and date at its top are kept.

    Raises InputError if the file is encrypted, damaged or hostile.
    """
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputError(f"{path}: this document is encrypted, or in the format before DOCX; save it as DOCX without a password")
    archive = Archive(path, data)
    if _DOCUMENT not in archive:
        raise InputError(f"{path}: this is not a Word document: {_DOCUMENT} is missing")
    omissions: list[Omission] = []
    remarks: list[str] = []
    safe = _safe_copy(archive, omissions, remarks)
    try:
        html = mammoth.convert_to_html(io.BytesIO(safe), style_map=_STYLES, convert_image=mammoth.images.img_element(_no_bytes)).value
    except Exception as error:  # whatever mammoth raises for a document that is not as its standard says
        raise InputError(f"{path}: this document is damaged; open it in a word processor and save it again") from error
    root = MarkupParser(path).parse(f"<html><body>{html}</body></html>")
    title, author, language, description = _properties(archive)
    title = title or _styled_title(root)
    finder = NoteFinder({"": root})
    reader = PassageReader(finder)
    if not whole:
        reader.skip(_title_nodes(root), "title page")
    passages = reader.read("", root)
    omissions += reader.omissions
    if not whole:
        passages = without_title_page(passages, title, author, omissions)
    parts = parts_of(passages, title, depth, omissions, notes=reader.note)
    if not parts:
        raise InputError(f"{path}: this document holds no text")
    return Manuscript(parts, title, author, language, description, omissions=tuple(omissions), remarks=tuple(remarks))


def _no_bytes(_image: object) -> dict[str, str]:
    """Leave the bytes of pictures where they are."""
    return {"src": "picture"}


# ---------------------------------------------------------------- the parts


def _safe_copy(archive: Archive, omissions: list[Omission], remarks: list[str]) -> bytes:
    """Return a DOCX with the parts that hold text, read within limits, without entities, and with tracked changes accepted."""
    copy = io.BytesIO()
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as safe:
        for name in archive.names:
            is_xml = name.endswith((".xml", ".rels"))
            if not is_xml or not (name == _CONTENT_TYPES or name.startswith(_PARTS)):
                continue
            content = archive.read(name, _MAX_DOCUMENT_BYTES)
            root = read_xml(archive.path, name, content)
            if name.startswith("word/") and not name.endswith(".rels"):
                _accept_changes(root, remarks if name == _DOCUMENT else [])
                _mark_rules(root)
                # mammoth passes over them without a word.
                omissions += [Omission("formula", name, words(formula)[:200]) for formula in descendants(root, "oMath")]
                if name == "word/comments.xml":
                    omissions += [Omission("comment", name, words(comment)[:200]) for comment in children(root, "comment")]
                elif "/header" in name or "/footer" in name:
                    omissions += [Omission("header or footer", name, words(root)[:200])] if words(root) else []
                content = ElementTree.tostring(root, "utf-8")
            safe.writestr(zipfile.ZipInfo(name), content)
    return copy.getvalue()


def _accept_changes(root: Element, remarks: list[str]) -> None:
    """Remove what was deleted or moved away, and keep what was inserted or moved here (ECMA-376, part 1, section 17.13.5)."""
    counts: Counter[str] = Counter()
    for parent in root.iter():
        for child in [*parent]:
            kind = local(child)
            if kind in ("ins", "moveTo"):
                counts["insertion"] += 1
                child.tag = f"{_W}ins"
            elif kind in ("del", "moveFrom"):
                counts["deletion"] += 1
                parent.remove(child)
    found = [f"{count} {kind}{'' if count == 1 else 's'}" for kind, count in sorted(counts.items())]
    if found:
        remarks.append(f"its tracked changes count as accepted: {' and '.join(found)}")


def _mark_rules(root: Element) -> None:
    """Put a scene break in the place of a horizontal rule, which Word draws as a shape."""
    for picture in [*descendants(root, "pict")]:
        if any(attribute(shape, "hr") in ("t", "true", "1") or _is_flat(shape) for shape in descendants(picture, "rect")):
            picture.clear()
            picture.tag = f"{_W}t"
            picture.text = _RULE


def _is_flat(shape: Element) -> bool:
    """Return True for a rectangle without text that is as high as a line is thick."""
    height = _HEIGHT.search(attribute(shape, "style"))
    return height is not None and float(height[1]) < _MOST_THICKNESS and next(descendants(shape, "textbox"), None) is None


# ---------------------------------------------------------------- what it says about itself


def _properties(archive: Archive) -> tuple[str, str, str, str]:
    """Return title, author, language and description."""
    found = {"title": "", "creator": "", "language": "", "description": ""}
    if _PROPERTIES in archive:
        for node in read_xml(archive.path, _PROPERTIES, archive.read(_PROPERTIES)):
            if local(node) in found:
                found[local(node)] = words(node)
    return found["title"], found["creator"], found["language"] or _styled_language(archive), found["description"]


def _styled_language(archive: Archive) -> str:
    """Return the language of the default style."""
    if "word/styles.xml" not in archive:
        return ""
    root = read_xml(archive.path, "word/styles.xml", archive.read("word/styles.xml"))
    defaults = next(descendants(root, "docDefaults"), None)
    language = next(descendants(defaults, "lang"), None) if defaults is not None else None
    return attribute(language, "val") if language is not None else ""


def _title_nodes(root: MarkupNode) -> tuple[MarkupNode, ...]:
    return tuple(node for node in root.walk() if node.attributes.get("class") == "voiceover-title")


def _styled_title(root: MarkupNode) -> str:
    return next((" ".join(node.text().split()) for node in _title_nodes(root)), "")
