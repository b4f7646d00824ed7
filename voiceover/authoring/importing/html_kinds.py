"""The elements of HTML by how they are read: blocks, marks, and what is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from voiceover.authoring.importing.html_tree import MarkupNode
from voiceover.system.lazy import lazy_pattern

SILENT = {
    "script": "script",
    "svg": "drawing",
    "math": "formula",
    "iframe": "frame",
    "object": "object",
    "embed": "object",
    "audio": "recording",
    "video": "recording",
    "canvas": "drawing",
    "form": "form",
    "input": "form",
    "button": "form",
    "select": "form",
    "textarea": "form",
    "nav": "navigation",
    "s": "struck passage",
    "del": "struck passage",
    "strike": "struck passage",
}
"""Elements that are not read, with what they are called where they are listed."""
UNLISTED = frozenset(("head", "link", "meta", "style", "template", "title", "rp", "rt", "col", "colgroup", "source", "track", "base"))
_BLOCK_NAMES = """
address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer h1 h2 h3 h4 h5 h6 header
hgroup hr html li main ol p pre section summary table tbody td tfoot th thead tr ul
"""
BLOCKS = frozenset(_BLOCK_NAMES.split())
MARKS = {
    **dict.fromkeys(("em", "i", "cite", "dfn", "var"), "*"),
    **dict.fromkeys(("strong", "b"), "**"),
    **dict.fromkeys(("code", "kbd", "samp", "tt"), "`"),
}
SILENT_TYPES = {"pagebreak": "page number", "toc": "navigation", "landmarks": "navigation", "page-list": "navigation"}
_HIDDEN_STYLE = lazy_pattern(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)


def is_hidden(node: MarkupNode) -> bool:
    """Return True for an element that a browser does not show."""
    return "hidden" in node.attributes or _HIDDEN_STYLE.search(node.attributes.get("style", "")) is not None


def rows_of(table: MarkupNode) -> Iterator[list[MarkupNode]]:
    """Yield the cells of each row of a table, not those of tables within it."""
    waiting = [child for child in table.children if isinstance(child, MarkupNode)]
    while waiting:
        node = waiting.pop(0)
        if node.tag == "tr":
            yield [cell for cell in node.children if isinstance(cell, MarkupNode) and cell.tag in ("td", "th")]
        elif node.tag in ("thead", "tbody", "tfoot"):
            waiting[:0] = [child for child in node.children if isinstance(child, MarkupNode)]


def has_blocks(cell: MarkupNode) -> bool:
    """True if a cell holds more than one paragraph of text, as in a table that only arranges a page."""
    blocks = [node for node in cell.walk() if node is not cell and node.tag in BLOCKS]
    return len(blocks) > 1 or any(node.tag not in ("p", "div") for node in blocks)
