"""Block rules for boxes around text: ``:::note Title``, ``!!! note "Title"``, ``=== "Tab"`` and ``> [!NOTE]``.

The mark is not spoken, the title is a separate paragraph, and the body is read like any other text.
"""

from __future__ import annotations

from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from voiceover.script.placed import PlacedInline
from voiceover.script.spoken import shown
from voiceover.script.unspoken import line_of, push_block, push_inline, push_paragraph
from voiceover.system.lazy import lazy_pattern

_NAMED = lazy_pattern(r"[^\W\d_][\w-]*+")
_TITLE = lazy_pattern(r"""\btitle[ \t]*=[ \t]*(?:"([^"]*)"|'([^']*)'|“([^”]*)”)""")
_BRACES = lazy_pattern(r"""\{(?:[^{}"']|"[^"]*+"|'[^']*+')*+\}""")
_OBJECT = lazy_pattern(r"[A-Za-z_]\w*+(?:\.\w++)++")
"""An mkdocstrings object; the indented lines below it are options."""
_END = lazy_pattern(r":{3,}[ \t]*(?=\n|\Z)")
_OPTION = lazy_pattern(r":[A-Za-z][\w-]*:(?:[ \t]|$)")
_ADMONITION = lazy_pattern(
    r"""(?:!!!|\?\?\?\+?)[ \t]*+(?P<kind>[^\W\d_][\w-]*+(?:[ \t]+[\w-]++)*+)?[ \t]*(?P<quoted>"(?P<title>.*)"|“(?P<curly>[^”]*)”)?[ \t]*$"""
)
_SLASHES = lazy_pattern(r"/{3,}(?:[ \t]+(?P<kind>[a-z][\w-]*+)[ \t]*(?:\|(?P<title>.*))?)?$")
_SETTING = lazy_pattern(r"[a-z_]+:(?:[ \t]|$)")
_HEADING = lazy_pattern(r"#{1,6}[ \t]+(?=[^\s#])")
_CLOSING_HASHES = lazy_pattern(r"[ \t]#+$")
_TAB = lazy_pattern(r"""===[!+]?[ \t]*["“](?P<title>.+)["”][ \t]*$""")
_ALERT = lazy_pattern(r"\[!(?P<kind>[^\W\d_][\w /-]*+)(?:\|[^\]]*)?\][+-]?\\?(?P<title>[ \t].*)?$")
_SNIPPET = lazy_pattern(r"""-+8<-+(?:[ \t]+(?P<file>"[^"]+"|'[^']+'))?[ \t]*$""")
_MOST_FILES = 50
"""Lines between two marks of snippets."""
_KINDS = """
abstract attention bug caution danger error example failure hint important info note question quote seealso success summary tip todo warning
"""
_ADMONITIONS = frozenset(_KINDS.split())
_FENCE = lazy_pattern(r"(?P<mark>`{3,}|~{3,})[ \t]*(?:\{(?P<braced>[a-z-]+)\}|ad-(?P<name>[a-z-]+))[ \t]*(?P<title>.*?)[ \t]*$")
_FENCED = _ADMONITIONS | {"admonition", "dropdown", "sidebar", "topic"}
_FENCE_OPTION = lazy_pattern(r"(?::[A-Za-z][\w-]*:|(?:title|collapse|icon|color):)[ \t]*(?P<value>.*)$")
_ARGUMENT = lazy_pattern(r"[\d \t]+|\S+\.\w{2,5}")
"""What is no title: the columns of a grid, or the name of a file."""
_DIRECTIVE = lazy_pattern(r"::?[a-z][\w-]*+(?=[\[{])")
_INDENT = 4
"""Spaces before the body of an admonition."""
_OPEN = "open containers"
_OPEN_SLASHES = "open containers of PyMdown"


def colons(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """``:::note Title``, ``:::tip[Title]``, ``::: {.callout title="Title"}``, ``:::{note} Title``, and the ``:::`` that ends them."""
    line = line_of(state, start_line)
    if not line.startswith(":::"):
        return False
    rest = line.lstrip(":").strip()
    if rest.endswith(":::"):
        rest = rest.rstrip(":").rstrip()
    title = _colon_title(rest) if rest else ""
    if title is None:
        return False
    if silent:
        return True
    after = start_line + 1
    if rest.startswith("{"):
        while after < end_line and state.sCount[after] >= state.blkIndent and _OPTION.match(line_of(state, after)):
            after += 1
    elif _OBJECT.fullmatch(rest):
        while after < end_line and state.sCount[after] >= state.blkIndent + _INDENT:
            after += 1
    is_open = state.env.get(_OPEN, 0)
    state.env[_OPEN] = is_open + 1 if rest else max(is_open - 1, 0)
    if rest or not is_open:
        push_block(state, start_line, after, "container", f"mark of a container {shown(line)}")
    state.line = after
    if title and not (rest.startswith("{") and _ARGUMENT.fullmatch(title)):
        push_paragraph(state, start_line, title)
    elif "callout" in rest:
        _read_heading(state, after, end_line)
    return True


def fenced(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A fence around prose: ```` ```{note} ```` of MyST, and ```` ```ad-tip ```` of a plug-in of Obsidian."""
    line = line_of(state, start_line)
    match = _FENCE.match(line) if line.startswith(("```", "~~~")) else None
    if match is None or not (match["name"] or match["braced"] in _FENCED):
        return False
    end = start_line + 1
    while end < end_line and not _closes(state, end, match["mark"]):
        if state.sCount[end] < state.blkIndent and not state.isEmpty(end):
            return False
        end += 1
    if end == end_line:
        return False
    if silent:
        return True
    first, title = start_line + 1, match["title"]
    while first < end and (option := _FENCE_OPTION.match(line_of(state, first))):
        title = option["value"] if option[0].startswith("title:") else title
        first += 1
    push_block(state, start_line, first, "container", f"mark of a box {shown(line)}")
    if title:
        push_paragraph(state, start_line, title)
    if state.level + 2 < state.md.options.maxNesting:
        _read_body(state, first, end, state.blkIndent)
    state.line = end + 1
    return True


def _closes(state: StateBlock, line: int, mark: str) -> bool:
    text = line_of(state, line).rstrip()
    return len(text) >= len(mark) and not text.strip(mark[0])


def directive(state: StateInline, silent: bool) -> bool:
    """``:abbr[HTML]{title="x"}`` and on a line of its own ``::video[Title]``: the name of a directive, whose text is read."""
    match = _DIRECTIVE.match(state.src, state.pos, state.posMax)
    if match is None or not isinstance(state, PlacedInline):
        return False
    src, end, is_leaf = state.src, match.end(), match[0].startswith("::")
    if is_leaf and not state.at_line_start():
        return False
    if not is_leaf and state.pos and (src[state.pos - 1].isalnum() or src[state.pos - 1] == ":"):
        return False
    close = state.pairs.get(end, -1) if src[end] == "[" else state.braces.get(end, -1)
    if not end < close < state.posMax or (not is_leaf and src[end] == "[" and src[close + 1 : close + 2] != "{"):
        return False
    return push_inline(state, end, "container", "mark of a directive", silent=silent)


def colons_within(state: StateInline, silent: bool) -> bool:
    """``:::`` on a line of a paragraph that is indented so far that no block can start there."""
    before = state.pos
    while before and state.src[before - 1] in " \t":
        before -= 1
    match = _END.match(state.src, state.pos, state.posMax) if before and state.src[before - 1] == "\n" else None
    if match is None:
        return False
    is_open = state.env.get(_OPEN, 0)
    if is_open and not silent:
        state.env[_OPEN] = is_open - 1
        state.pos = match.end()
        return True
    return push_inline(state, match.end(), "container", "mark of a container", silent=silent)


def _read_heading(state: StateBlock, line: int, end_line: int) -> None:
    """Treat the heading at the start of a Quarto callout as its title, not as a chapter."""
    while line < end_line and state.isEmpty(line):
        line += 1
    text = line_of(state, line).rstrip() if line < end_line and state.sCount[line] >= state.blkIndent else ""
    if heading := _HEADING.match(text):
        push_paragraph(state, line, _CLOSING_HASHES.sub("", text[heading.end() :]).rstrip())
        state.line = line + 1


def slashes(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """``/// note | Title`` and the ``///`` that ends it, of PyMdown."""
    line = line_of(state, start_line)
    match = _SLASHES.match(line) if line.startswith("///") else None
    if match is None:
        return False
    is_open = state.env.get(_OPEN_SLASHES, 0)
    if match["kind"] is None and not is_open:
        return False
    if silent:
        return True
    state.env[_OPEN_SLASHES] = is_open + (1 if match["kind"] else -1)
    state.line = start_line + 1
    if match["kind"]:
        after = start_line + 1
        while after < end_line and state.sCount[after] >= state.blkIndent + _INDENT and _SETTING.match(line_of(state, after)):
            after += 1
        push_block(state, start_line, after, "container", f"mark of a container {shown(line)}")
        if title := (match["title"] or "").strip():
            push_paragraph(state, start_line, title)
    return True


def snippet(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """``--8<-- "file.md"`` of PyMdown, or the names of files between two such marks: text from another file, which is not read."""
    line = line_of(state, start_line)
    match = _SNIPPET.match(line) if line.startswith("-") else None
    if match is None:
        return False
    last = start_line
    if not match["file"]:
        last = next((at for at in range(start_line + 1, min(end_line, start_line + _MOST_FILES)) if _is_snippet_end(state, at)), -1)
        if last < 0:
            return False
    if not silent:
        push_block(state, start_line, last + 1, "template", f"include {shown(state.src[state.bMarks[start_line] : state.eMarks[last]])}")
    return True


def _is_snippet_end(state: StateBlock, line: int) -> bool:
    match = _SNIPPET.match(line_of(state, line))
    return match is not None and not match["file"]


def _colon_title(rest: str) -> str | None:
    """Return the title after the colons, empty if there is none; None if this does not open a container."""
    braces = _BRACES.match(rest)
    if braces is not None:
        inner, after = braces[0], rest[braces.end() :]
    else:
        name = _NAMED.match(rest)
        if name is None:
            return None
        inner, after = "", rest[name.end() :]
        if _OBJECT.fullmatch(rest):
            return ""
        if after and after[0] not in " \t[{":
            return None
    after = after.strip()
    if after.startswith("[") and "]" in after:
        title, _, after = after[1:].rpartition("]")
        if title.strip():
            return title.strip()
    if braces := _BRACES.match(after):
        inner, after = braces[0], after[braces.end() :]
    if after.strip():
        return after.strip()
    named = _TITLE.search(inner)
    return next((title for title in named.groups() if title), "").strip() if named else ""


def admonition(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """``!!! note "Title"``, ``??? note`` and ``=== "Tab"``, with the indented lines below."""
    line = line_of(state, start_line)
    if not line.startswith(("!!!", "???", "===")):
        return False
    match = _TAB.match(line) or _ADMONITION.match(line)
    if match is None:
        return False
    indent = state.sCount[start_line] + _INDENT
    first = start_line + 1
    while first < end_line and state.isEmpty(first):
        first += 1
    has_body = first < end_line and state.sCount[first] >= indent
    if not has_body and line[0] != "=" and not match["quoted"] and (match["kind"] or "").partition(" ")[0].lower() not in _ADMONITIONS:
        return False
    if silent:
        return True
    push_block(state, start_line, start_line + 1, "container", f"mark of an admonition {shown(line)}")
    title = match["title"] or (match["curly"] if line[0] != "=" else "") or ""
    if title.strip():
        push_paragraph(state, start_line, title.strip().replace('\\"', '"'))
    if has_body and state.level + 2 < state.md.options.maxNesting:
        _read_body(state, first, end_line, indent)
    return True


def _read_body(state: StateBlock, first: int, end_line: int, indent: int) -> None:
    """Parse the indented lines as blocks, so that lists and code in them are recognized."""
    end = first
    for line in range(first, end_line):
        if state.sCount[line] >= indent:
            end = line + 1
        elif not state.isEmpty(line):
            break
    before = state.blkIndent, state.lineMax, state.parentType
    state.push("admonition_open", "div", 1).map = [first, end]
    state.blkIndent, state.lineMax, state.parentType = indent, end, "root"
    state.md.block.tokenize(state, first, end)
    state.blkIndent, state.lineMax, state.parentType = before
    state.push("admonition_close", "div", -1)
    state.line = end


def alert(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """``[!NOTE]`` as the first line of a block quote, with or without a title. An alert is not a quotation, so the speaker stays."""
    if not state.src.startswith("[!", state.bMarks[start_line] + state.tShift[start_line]):
        return False
    if not state.tokens or state.tokens[-1].type != "blockquote_open":
        return False
    line = line_of(state, start_line)
    match = _ALERT.match(line)
    if match is None:
        return False
    if not silent:
        state.tokens[-1].meta["alert"] = True
        push_block(state, start_line, start_line + 1, "container", f"mark of an alert {shown(line[: line.index(']') + 1])}")
        if title := (match["title"] or "").strip():
            push_paragraph(state, start_line, title)
    return True
