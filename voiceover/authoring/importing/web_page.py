"""Reads the main text of a web page, or the whole page."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape
from typing import Any

import trafilatura

from voiceover.authoring.importing.chapters import letters
from voiceover.authoring.importing.contents_pages import contents_in
from voiceover.authoring.importing.html_notes import NoteFinder
from voiceover.authoring.importing.html_passages import PassageReader
from voiceover.authoring.importing.html_tree import MarkupNode, MarkupParser, decode_markup
from voiceover.authoring.importing.manuscript import Manuscript
from voiceover.authoring.importing.sections import parts_of, without_title_page
from voiceover.authoring.importing.titles import is_title_page
from voiceover.errors import InputError
from voiceover.system.lazy import lazy_pattern

MAX_PAGE_BYTES = 16 * 1024 * 1024
_BOOK_BYTES = 2 * 1024 * 1024
"""A page with so much text beside its menus is a book: it is taken whole, since looking for its main text would take minutes."""
_MENU_LINKS, _MENU_SHARE = 2, 0.9
_MOST_OF_IT = 0.9
"""Share of the main text that an element holds if the rest of the page lies around it."""
_SHORTEST = 12
"""Letters of a paragraph by which the main text is found."""
_BESIDE = frozenset(("aside", "footer", "header", "nav"))
_BESIDE_NAMES = lazy_pattern(
    r"\b(?:share|sharing|social|related|recommended|comments?|newsletter|subscribe|promo|advert\w*|cookies?|breadcrumbs?|sidebar|menu)\b"
)
_LEAVES = frozenset(
    ("p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "td", "th", "pre", "blockquote", "dd", "dt", "figcaption", "div", "section")
)
_DROPPED = frozenset(("script", "style", "svg", "template", "noscript", "iframe", "form"))
_VOID = frozenset(("br", "hr", "img", "meta", "link", "input", "source", "col", "wbr"))


def read_web_page(path: str, data: bytes, *, whole: bool = False, depth: int | None = None) -> Manuscript:
    """Return the main text of a page, without menus, comments and advertisements; with ``whole``, everything on it.

    Raises InputError if there is none.
    """
    if len(data) > MAX_PAGE_BYTES:
        raise InputError(f"{path}: this page has {len(data) / 1e6:.0f} MB; pages of up to {MAX_PAGE_BYTES // 1024**2} MB are read")
    root = MarkupParser(path).parse(decode_markup(data))
    body = next((node for node in root.walk() if node.tag == "body"), root)
    menus = frozenset[MarkupNode]() if whole else contents_in(body, _MENU_LINKS, _MENU_SHARE, web=True)
    pruned = "".join(_html(root, menus))
    about = _metadata(pruned)
    title, author = about.get("title", ""), about.get("author", "")
    finder = NoteFinder({"": root})
    reader = PassageReader(finder)
    main = body
    if not whole:
        reader.skip(menus, "menu")
        kept = _kept_letters(pruned) if len(pruned) <= _BOOK_BYTES else None
        if kept is not None:
            main = _main(body, kept)
            reader.skip(_beside(main, kept, finder), "passage beside the text")
        reader.skip(_title_blocks(main, title, " ".join((author, *about.values()))), "title page")
    passages = reader.read("", main)
    if not any(letters(passage.text) for passage in passages):
        advice = "" if whole else "; --whole takes everything on the page"
        raise InputError(f"{path}: no main text was found on this page, only menus and the like{advice}")
    omissions = reader.omissions
    passages = passages if whole else without_title_page(passages, title, " ".join(about.values()), omissions)
    parts = parts_of(passages, title, depth, omissions, notes=reader.note)
    remarks = () if whole else _share_remark(body, main)
    language = root.attributes.get("lang", "")
    return Manuscript(parts, title, author, language, about.get("description", ""), omissions=tuple(omissions), remarks=remarks)


def _share_remark(body: MarkupNode, main: MarkupNode) -> tuple[str, ...]:
    taken, there = len(main.text(" ").split()), len(body.text(" ").split())
    return (f"its main text has {taken:,} of the {there:,} words on the page; --whole takes all",) if taken < there else ()


def _metadata(page: str) -> Mapping[str, str]:
    with _quiet():
        found: Any = trafilatura.extract_metadata(page)
    if found is None:
        return {}
    values = {name: getattr(found, name, None) for name in ("title", "author", "description", "date", "sitename")}
    return {name: " ".join(value.split()) for name, value in values.items() if isinstance(value, str)}


def _kept_letters(page: str) -> frozenset[str]:
    """Return the letters of each paragraph that trafilatura takes for main text."""
    with _quiet():
        found: Any = trafilatura.bare_extraction(page, fast=True, favor_recall=True, include_comments=False)
    lines = (found.text or "").split("\n") if found is not None else ()
    return frozenset(said for line in lines if len(said := letters(line)) >= _SHORTEST)


def _leaves(root: MarkupNode) -> Iterator[MarkupNode]:
    """Yield the elements that hold text themselves, not only in paragraphs within them."""
    for node in root.walk():
        if node.tag in _LEAVES and any(_is_text(child) for child in node.children):
            yield node


def _is_text(child: MarkupNode | str) -> bool:
    return child.strip() != "" if isinstance(child, str) else child.tag not in _LEAVES


def _weights(root: MarkupNode, kept: frozenset[str]) -> Mapping[MarkupNode, int]:
    """Return how many letters of the main text each element holds."""
    own = {node: len(said) for node in _leaves(root) if (said := letters(node.text())) in kept}
    found: dict[MarkupNode, int] = {}
    for node in reversed([*root.walk()]):
        below = sum(found[child] for child in node.children if isinstance(child, MarkupNode))
        found[node] = max(own.get(node, 0), below)
    return found


def _main(body: MarkupNode, kept: frozenset[str]) -> MarkupNode:
    """Return the innermost element that holds nearly all of the main text."""
    weights = _weights(body, kept)
    node = body
    while weights[body]:
        inner = max((child for child in node.children if isinstance(child, MarkupNode)), key=lambda child: weights[child], default=None)
        if (
            inner is None
            or inner.tag in ("p", "li", "td", "blockquote", "table", "ul", "ol")
            or weights[inner] < _MOST_OF_IT * weights[body]
        ):
            break
        node = inner
    return node


def _beside(main: MarkupNode, kept: frozenset[str], finder: NoteFinder) -> Iterator[MarkupNode]:
    """Yield the elements within the main text that hold nothing of it, such as links to share the page."""
    weights = _weights(main, kept)
    for node in main.walk():
        names = f"{node.attributes.get('class', '')} {node.attributes.get('id', '')}".replace("_", "-").lower()
        is_beside = node.tag in _BESIDE or (names.strip() and _BESIDE_NAMES.search(names.replace("-", " ")) is not None)
        if is_beside and weights[node] == 0 and node not in finder.notes and node is not main:
            yield node


def _title_blocks(main: MarkupNode, title: str, metadata: str) -> Iterator[MarkupNode]:
    """Yield the block at the top that holds title, author and date."""
    for node in main.walk():
        if node.tag == "header" and is_title_page(node.text(" ").split(), title, metadata):
            yield node


def _html(node: MarkupNode, menus: frozenset[MarkupNode]) -> Iterator[str]:
    """Write a tree as HTML, without menus and what no reader sees."""
    if node in menus or (node.tag in _DROPPED and node.attributes.get("type") != "application/ld+json"):
        return
    written = "".join(f' {name}="{escape(value)}"' for name, value in node.attributes.items() if ":" not in name)
    yield f"<{node.tag}{written}>"
    for child in node.children:
        if isinstance(child, str):
            yield child if node.tag == "script" else escape(child, quote=False)
        else:
            yield from _html(child, menus)
    if node.tag not in _VOID:
        yield f"</{node.tag}>"


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what trafilatura logs about pages from the terminal."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
