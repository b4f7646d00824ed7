"""MDX: ``import`` and ``export``, ``{/* comments */}``, and in ``.mdx`` files ``{expressions}``.

Statements are recognized by their form, in any Markdown file, so that prose such as "import taxes are high" remains text.
"""

from __future__ import annotations

from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from voiceover.script.placed import PlacedInline
from voiceover.script.spoken import shown
from voiceover.script.unspoken import line_of, push_block, push_inline
from voiceover.system.lazy import lazy_pattern

EXPRESSIONS = "expressions"
"""Key of ``env``: True in a ``.mdx`` file."""

_NAME = r"[A-Za-z_$][\w$]*+"
_STATEMENT = lazy_pattern(
    rf"""import\s+(?:type\s+)?(?:(?:{_NAME}|\*\s+as\s+{_NAME})(?:\s*,\s*(?:\{{|\*))?|\{{)"""
    rf"""|import\s*["'][^"'\n]+["'];?\s*$"""
    rf"""|export\s+(?:const|let|var)\s+(?:{_NAME}\s*(?:[=:;]|$)|[\[{{])"""
    rf"""|export\s+(?:default\s+)?(?:async\s+)?function\b\s*\*?\s*(?:{_NAME})?\s*[(<]"""
    rf"""|export\s+(?:default\s+)?class\s+{_NAME}(?:\s+extends\s+[\w$.]+)?\s*\{{"""
    rf"""|export\s+(?:type|interface|enum)\s+{_NAME}[^\n]{{0,200}}[={{]"""
    r"""|export\s+default\s+(?:[({\[<]|[\w$.]+\s*(?:;|$|\(|=>))"""
    r"""|export\s*(?:\{|\*\s*(?:as\s+\w+\s+)?from\s*["'])"""
)
_FROM = lazy_pattern(r"""\bfrom\s*["'][^"'\n]+["']\s*(?:with\s*\{[^{}\n]*\}\s*)?;?\s*(?://[^\n]*)?$""")
_TOKENS = lazy_pattern(r"""\\.|//|["'`{}()\[\]]""")
_QUOTES = frozenset("\"'`")
_OPENING = frozenset("{([")
_CLOSING = frozenset("})]")
_LONGEST = 400
"""Most lines per statement."""
_LITERAL = lazy_pattern(r"""\{\s*(?:"([^"\n{}]*)"|'([^'\n{}]*)'|`([^`$\n{}]*)`)\s*\}""")
_COMMENT = lazy_pattern(r"\{\s*/\*")
_LOOKED_AHEAD = "lines looked ahead"
_MOST_LOOKED_AHEAD = 20_000
"""Most lines of a document to search in vain for the end of statements."""


def statement(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """An ``import`` or ``export`` at the start of a block, with its continuation lines."""
    if silent or state.tShift[start_line] or state.blkIndent or state.level:
        return False
    start = state.bMarks[start_line]
    if not state.src.startswith(("import", "export"), start):
        return False
    line = line_of(state, start_line)
    if not _STATEMENT.match(line):
        return False
    last = _last_line(state, start_line, end_line)
    if line.startswith("import") and not line[6:].lstrip().startswith(('"', "'")):
        text = state.src[start : state.eMarks[last]]
        if not _FROM.search(text[-500:]):
            return False
    push_block(state, start_line, last + 1, "mdx", f"MDX {shown(state.src[start : state.eMarks[last]])}")
    return True


def _last_line(state: StateBlock, start_line: int, end_line: int) -> int:
    """Return the last line of the statement: all brackets are closed, and neither it nor the next line continues the statement."""
    depth, is_quoted = 0, False
    vain = state.env.get(_LOOKED_AHEAD, 0)
    limit = min(end_line, start_line + _LONGEST) if vain < _MOST_LOOKED_AHEAD else start_line + 1
    for line in range(start_line, limit):
        text = state.src[state.bMarks[line] : state.eMarks[line]]
        depth, is_quoted = _open_after(text, depth, is_quoted)
        if depth > 0 or is_quoted:
            continue
        following = state.src[state.bMarks[line + 1] : state.eMarks[line + 1]] if line + 1 < limit else ""
        goes_on = text.rstrip().endswith(("=", ",", "+", "&&", "||", "?", "=>", "import", "from")) or following.lstrip().startswith(
            (".", "?", "&&", "||", "from ")
        )
        if not (goes_on and following.strip()):
            return line
    # The brackets are never closed, so the statement ends before the first blank line.
    state.env[_LOOKED_AHEAD] = vain + limit - start_line
    line = start_line
    while line + 1 < end_line and not state.isEmpty(line + 1):
        line += 1
    return line


def _open_after(text: str, depth: int, is_quoted: bool) -> tuple[int, bool]:
    """How many brackets are open behind a line of a statement, and whether a string in backticks is."""
    quote, before, at = "`" if is_quoted else "", depth, 0
    for mark in _TOKENS.finditer(text):
        sign = mark[0]
        if quote:
            if sign == quote:
                quote = ""
        elif sign == "//":
            break
        elif sign in _QUOTES:
            quote, before, at = sign, depth, mark.start()
        else:
            depth += (sign in _OPENING) - (sign in _CLOSING)
    if quote in ("'", '"'):  # an apostrophe
        rest = text[at:]
        depth = before + sum(map(rest.count, _OPENING)) - sum(map(rest.count, _CLOSING))
    return depth, quote == "`"


def comment(state: StateInline, silent: bool) -> bool:
    """``{/* remark */}`` within a line."""
    opening = _COMMENT.match(state.src, state.pos, state.posMax)
    if opening is None or not isinstance(state, PlacedInline) or state.last("*/}") < opening.end():
        return False
    close = state.src.find("*/}", opening.end(), state.posMax)
    return close >= 0 and push_inline(state, close + 3, "comment", "comment", silent=silent)


def expression(state: StateInline, silent: bool) -> bool:
    """``{props.year}`` in a ``.mdx`` file: a template, or text if it is a string."""
    if not state.env.get(EXPRESSIONS) or not isinstance(state, PlacedInline):
        return False
    src, start = state.src, state.pos
    literal = _LITERAL.match(src, start, state.posMax)
    if literal is not None:
        if not silent:
            state.append_pending(next(text for text in literal.groups() if text is not None))
        state.pos = literal.end()
        return True
    close = state.braces.get(start, -1)
    if not 0 < close < state.posMax:
        return False
    inner = src[start + 1 : min(close, start + 200)].strip()
    if not inner or (state.names is not None and state.names.find(inner) is not None):
        return False
    return push_inline(state, close + 1, "template", "expression", silent=silent)
