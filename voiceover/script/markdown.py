"""The Markdown parser: markdown-it's commonmark preset with tables, footnotes, maths, and the inline rules of scripts."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block import reference as commonmark_reference
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.dollarmath.index import math_block_dollar, math_inline_dollar
from mdit_py_plugins.footnote import footnote_plugin

from voiceover.script import brackets
from voiceover.script.attributes import HEADING
from voiceover.script.cues import starts_cue
from voiceover.script.dialects import add_dialects
from voiceover.script.directions import mark_directions
from voiceover.script.html import Marks, long_tag, rewrite_html
from voiceover.script.hyphens import DOCUMENT
from voiceover.script.labels import Names
from voiceover.script.link_targets import ScriptMarkdown
from voiceover.script.maths import is_price
from voiceover.script.mdx import EXPRESSIONS
from voiceover.script.placed import CAST, DIRECTIONS, ITEM, LABELS, TAGS, PlacedInlineParser, carry_places
from voiceover.script.tags import braces, is_speakers, tag, tag_paragraph
from voiceover.script.templates import template_code
from voiceover.system.lazy import lazy_pattern

MAX_NESTING = 100
"""Deepest nesting of blocks; markdown-it drops deeper content."""

_SILENT_CONTEXTS = frozenset(("heading_open", "th_open", "td_open"))
_DEFINITION = lazy_pattern(r"\[([^\[\]\n]{1,200})\]:(?P<angled>[\s>]*<)?")
_ADDRESS = lazy_pattern(r"[A-Za-z][\w.+-]*:\S|\.*$|.*(?:[/#<]|\{[{%]|(?<!\.)\.\w)", re.DOTALL)
"""Start of a link's target: a scheme, a path, a file name or a fragment, none of which occur in prose."""
_TARGET = lazy_pattern(r"\[[^\[\]\n]{1,200}\]:[ \t]*<?(\S+)")
_USE = lazy_pattern(r"\[([^\[\]]{1,200})\](?![:(])")
_USES = "uses of definitions"
_MATHS_END = lazy_pattern(r"\$\$\s*(?:\([^)$]+\)\s*)?$")
"""End of the last line of a block of maths, with or without a label."""
_MATHS_ENDS = "ends of maths"
_INLINE_RULES = ("label", "task_box", "bracket", "unpaired", "template")
_MARKDOWN_RULES = (
    "escape",
    "backticks",
    "emphasis",
    "link",
    "image",
    "autolink",
    "strikethrough",
    "footnote_inline",
    "footnote_ref",
    "unpaired",
)
"""Markdown rules that are disabled within HTML, where their marks are text."""
_dollar = math_inline_dollar(allow_space=False, allow_digits=False, allow_double=True)
_dollars = math_block_dollar()


def parse_blocks(text: str, names: Names | None, *, mdx: bool = False) -> tuple[list[Token], EnvType]:
    """Return the tokens of a document without front matter, and its definitions. With ``names`` None, nothing is a label."""
    env: EnvType = {CAST: names, DOCUMENT: text, EXPRESSIONS: mdx}
    return _parser().parse(text, env), env


def parse_line(text: str, names: Names | None) -> tuple[list[Token], EnvType]:
    """Return the inline tokens of a separate text, such as a value in YAML, and its footnotes."""
    env: EnvType = {CAST: names, DIRECTIONS: True}
    tokens = _parser().parseInline(text, env)
    return tokens[0].children or [], env


def footnotes_in(env: EnvType) -> Mapping[int, Mapping[str, object]]:
    """Return markdown-it's records of inline footnotes, by number."""
    found: Mapping[int, Mapping[str, object]] = env.get("footnotes", {}).get("list", {})
    return found


def definitions_in(env: EnvType) -> list[Mapping[str, object]]:
    """Return markdown-it's records of link definitions, with those that repeat a label last."""
    return [*env.get("references", {}).values(), *env.get("duplicate_refs", ())]


@cache
def _parser() -> MarkdownIt:
    md = ScriptMarkdown()
    md.inline = PlacedInlineParser()
    md.configure("commonmark", options_update={"maxNesting": MAX_NESTING})
    md.enable("table").disable(["lheading", "code"])
    md.use(footnote_plugin, move_to_end=False)
    md.use(dollarmath_plugin, allow_space=False, allow_digits=False)
    md.inline.ruler.at("math_inline", _maths)
    md.block.ruler.at("math_block", _maths_block)
    md.block.ruler.before("html_block", "long_tag", long_tag)
    md.block.ruler.before("fence", "template_code", template_code, {"alt": ["paragraph", "blockquote", "list"]})
    for name in _INLINE_RULES:
        md.inline.ruler.before("text", name, getattr(brackets, name))
    md.inline.ruler.after("html_inline", "component", brackets.component)
    for name, rule in (("tag", tag), ("braces", braces)):
        md.inline.ruler.before("text", name, rule)
    md.block.ruler.before("html_block", "tag_paragraph", tag_paragraph)
    md.inline.ruler2.before("fragments_join", "mark_directions", mark_directions)
    md.inline.ruler2.before("fragments_join", "carry_places", carry_places)
    add_dialects(md)
    md.block.ruler.at("reference", _reference)
    md.core.ruler.at("inline", _inline)
    md.core.ruler.after("inline", "html", _html)
    return md


def _inline(state: StateCore) -> None:
    """markdown-it's own rule, with labels only where a turn can start: not in headings, tables or footnotes."""
    before = earlier = ""
    footnotes = 0
    for token in state.tokens:
        if token.type == "inline":
            state.env[LABELS] = None if footnotes or before in _SILENT_CONTEXTS else state.env[CAST]
            state.env[HEADING] = before == "heading_open"
            state.env[DIRECTIONS] = before not in _SILENT_CONTEXTS
            state.env[ITEM] = (earlier, before) == ("list_item_open", "paragraph_open")
            token.children = state.md.inline.parse(token.content, state.md, state.env, [])
        elif token.type == "footnote_reference_open":
            footnotes += 1
        elif token.type == "footnote_reference_close":
            footnotes -= 1
        earlier, before = before, token.type


def _html(state: StateCore) -> None:
    """Convert HTML to Markdown tokens."""
    if "<" not in state.src:
        return

    def parse(content: str, tags: Marks | None, labels: bool, is_markdown: bool) -> list[Token]:
        state.env[LABELS], state.env[ITEM], state.env[TAGS] = state.env[CAST] if labels else None, False, tags or {}
        state.env[DIRECTIONS] = labels
        inline = state.md.inline if tags is None else _html_lines(is_markdown)
        return inline.parse(content, state.md, state.env, [])

    state.tokens = rewrite_html(state.tokens, parse, lambda text, at: is_speakers(state.env[CAST], state.env, text, at))


@cache
def _html_lines(is_markdown: bool) -> PlacedInlineParser:
    """Return the inline rules for HTML: entities and those of scripts. Markdown syntax is text there, except in components."""
    inline = PlacedInlineParser()
    inline.ruler, inline.ruler2 = deepcopy(_parser().inline.ruler), deepcopy(_parser().inline.ruler2)
    inline.ruler.at("html_inline", brackets.html_tag)
    inline.ruler.disable(["component"] if is_markdown else ["component", *_MARKDOWN_RULES])
    return inline


def _maths(state: StateInline, silent: bool) -> bool:
    """The plugin's rule with three fixes: it does not wrap around to the last character, extend beyond a bracket, or match prices."""
    src, start = state.src, state.pos
    if src[start] != "$":
        return False
    try:
        if start == 0:
            state.src = src + " "
        if not _dollar(state, True):
            return False
        end, state.pos = state.pos, start
        if end > state.posMax or is_price(src[start + 1 : end - 1], src[end : end + 1]):
            return False
        return _dollar(state, silent)
    finally:
        state.src = src


def _maths_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """The plugin's rule, which scans everything after an opening mark; it is run only if there is a closing one."""
    start, end = state.bMarks[start_line] + state.tShift[start_line], state.eMarks[start_line]
    if not state.src.startswith("$$", start):
        return False
    first = state.src[start:end].strip()
    if len(first) <= 3 or _MATHS_END.search(first) is None:
        ends: list[int] | None = state.env.get(_MATHS_ENDS)
        if ends is None:
            lines = range(len(state.eMarks) - 1)  # of the whole document, of which a quotation is a part
            ends = state.env[_MATHS_ENDS] = [line for line in lines if _MATHS_END.search(state.src, state.bMarks[line], state.eMarks[line])]
        after = bisect_right(ends, start_line)
        if after == len(ends) or ends[after] >= end_line:
            return False
    return bool(_dollars(state, start_line, end_line, silent))


def _reference(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A link definition, unless it is a speaker's ``[Name]: ...``, a cue's ``[pause 1s]: ...``, or ``[Guest]: Yes.`` in a script."""
    start = state.bMarks[start_line] + state.tShift[start_line]
    match = _DEFINITION.match(state.src, start)
    names: Names | None = state.env[CAST]
    if match is not None:
        label = match[1]
        if starts_cue(label) and label.strip().isalpha() is False:
            return False
        if names is not None and ("|" in label or names.find(label) is not None or names.near(label) is not None):
            return False
    if match is None or names is None or match["angled"] or silent:
        return commonmark_reference(state, start_line, end_line, silent)
    known = len(state.env.setdefault("references", {}))
    if not commonmark_reference(state, start_line, end_line, silent):
        return False
    definitions = state.env["references"] if len(state.env["references"]) > known else state.env["duplicate_refs"]
    newest = next(reversed(definitions)) if isinstance(definitions, dict) else -1
    if not _is_said(state, start_line, match[1], unquote(definitions[newest]["href"])):
        return True
    del definitions[newest]
    state.line = start_line
    return False


def _is_said(state: StateBlock, line: int, label: str, target: str) -> bool:
    """Return True if the target of a definition is spoken text: not an address, and not used by a link unless it ends a sentence."""
    if _ADDRESS.match(target) or _defines_below(state, line):
        return False
    uses: set[str] | None = state.env.get(_USES)
    if uses is None:
        uses = state.env[_USES] = {normalizeReference(use[1]) for use in _USE.finditer(state.src)}
    return not target[-1].isalnum() or normalizeReference(label) not in uses


def _defines_below(state: StateBlock, line: int) -> bool:
    """Return True if one of the next lines, up to a blank one, defines a link's address: then this line is a definition too."""
    for below in range(line + 1, state.lineMax):
        if state.isEmpty(below):
            break
        other = _TARGET.match(state.src, state.bMarks[below] + state.tShift[below], state.eMarks[below])
        if other is None:
            break
        if _ADDRESS.match(other[1]):
            return True
    return False
