"""Adds the syntax of other Markdown dialects to the parser; each rule is described in its module."""

from __future__ import annotations

from collections.abc import Callable

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from voiceover.script import (
    attributes,
    citations,
    containers,
    critic,
    definitions,
    highlights,
    hyphens,
    link_targets,
    mdx,
    notes,
    shortcodes,
    tex,
    wiki,
)

_EVERYWHERE = ["paragraph", "reference", "blockquote", "list"]
_BLOCKS: tuple[tuple[str, Callable[[StateBlock, int, int, bool], bool], list[str]], ...] = (
    ("mdx", mdx.statement, []),
    ("comment_block", wiki.comment_block, _EVERYWHERE),
    ("container", containers.colons, _EVERYWHERE),
    ("fenced", containers.fenced, _EVERYWHERE),
    ("slashes", containers.slashes, _EVERYWHERE),
    ("admonition", containers.admonition, _EVERYWHERE),
    ("alert", containers.alert, []),
    ("attributes", attributes.attribute_lines, _EVERYWHERE),
    ("contents", wiki.contents, []),
    ("snippet", containers.snippet, _EVERYWHERE),
    ("abbreviation", definitions.abbreviation, _EVERYWHERE),
    ("commands", tex.commands, _EVERYWHERE),
    ("formula", tex.formula_block, ["paragraph", "blockquote", "list"]),
    ("definition", definitions.definition, ["paragraph"]),
)
_INLINE: dict[str, tuple[Callable[[StateInline, bool], bool], ...]] = {
    "[": (link_targets.cross_reference, wiki.wiki_link, attributes.span, citations.citation, shortcodes.shortcode),
    "!": (wiki.embed,),
    "{": (mdx.comment, critic.change, attributes.attributes, mdx.expression),
    "%": (wiki.comment,),
    "^": (wiki.block_id,),
    "=": (highlights.highlight,),
    ":": (containers.colons_within, containers.directive, highlights.emoji),
    "\\": (tex.formula,),
    "<": (link_targets.templated_tag,),
}
"""Rules by their first character."""


def add_dialects(md: MarkdownIt) -> None:
    """Add the rules before those that would treat their marks as text."""
    for name, block_rule, interrupts in _BLOCKS:
        md.block.ruler.before("fence", name, block_rule, {"alt": interrupts})
    md.inline.ruler.before("bracket", "dialects", _dialects)
    md.enable("strikethrough")
    md.inline.ruler2.after("balance_pairs", "highlights", highlights.pair_highlights)
    md.inline.ruler2.after("fragments_join", "hyphens", hyphens.join_words)
    md.inline.ruler2.after("hyphens", "notes", notes.read_notes)


def _dialects(state: StateInline, silent: bool) -> bool:
    return any(rule(state, silent) for rule in _INLINE.get(state.src[state.pos], ()))
