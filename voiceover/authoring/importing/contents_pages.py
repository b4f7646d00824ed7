"""Finds tables of contents within HTML: blocks of nearly nothing but links to other places of the same manuscript."""

from __future__ import annotations

from voiceover.authoring.importing.html_notes import is_web_address
from voiceover.authoring.importing.html_tree import MarkupNode

_BLOCKS = frozenset(("body", "blockquote", "div", "dl", "ol", "section", "table", "ul"))
_FEWEST_LINKS = 4
_SHARE = 0.75
"""Share of the letters that are in links."""


def contents_in(root: MarkupNode, fewest: int = _FEWEST_LINKS, share: float = _SHARE, *, web: bool = False) -> frozenset[MarkupNode]:
    """Return the outermost blocks with at least ``fewest`` links that hold at least ``share`` of the letters.

    Links to the web count only with ``web``.
    """
    counts: dict[MarkupNode, tuple[int, int, int]] = {}
    for node in reversed([*root.walk()]):  # children come before their parents
        letters = sum(sum(map(str.isalnum, child)) for child in node.children if isinstance(child, str))
        linked, links = 0, 0
        for child in node.children:
            if isinstance(child, MarkupNode):
                more, more_linked, more_links = counts[child]
                letters, linked, links = letters + more, linked + more_linked, links + more_links
        if node.tag == "a" and node.attributes.get("href") and (web or not is_web_address(node.attributes["href"])):
            linked, links = letters, 1
        counts[node] = (letters, linked, links)
    found: list[MarkupNode] = []
    waiting = [root]
    while waiting:
        node = waiting.pop()
        letters, linked, links = counts[node]
        if node.tag in _BLOCKS and links >= fewest and linked >= letters * share:
            found.append(node)
        elif links >= fewest:
            waiting.extend(child for child in node.children if isinstance(child, MarkupNode))
    return frozenset(found)
