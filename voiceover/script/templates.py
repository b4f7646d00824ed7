"""Template tags around code or comments, whose content is not text, like that of a fenced code block."""

from __future__ import annotations

import re

from markdown_it.rules_block import StateBlock

from voiceover.script.block_ends import last_line
from voiceover.script.placed import PlacedInline
from voiceover.system.lazy import lazy_pattern

REMARK = "comment"
"""The tag whose body is not code."""

_OPENING = lazy_pattern(r"\{(?P<mark>%|\{[<%])-?[ \t]*(?P<name>highlight|codeblock|mermaid|comment)\b")
_CLOSING = {
    "%": r"\{%-?[ \t]*end(?P<name>\w+)[ \t]*-?%\}[ \t]*$",
    "{<": r"\{\{<[ \t]*/[ \t]*(?P<name>\w+)[ \t]*>\}\}[ \t]*$",
    "{%": r"\{\{%[ \t]*/[ \t]*(?P<name>\w+)[ \t]*%\}\}[ \t]*$",
}
_ENDS = "template_ends"


def template_code(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A block rule: ``{% highlight py %}`` to ``{% endhighlight %}`` (Jekyll), ``{{< highlight go >}}`` to ``{{< /highlight >}}`` (Hugo).

    The closing tag ends its line. A tag that is never closed is left to the inline rule.
    """
    start = state.bMarks[start_line] + state.tShift[start_line]
    if not state.src.startswith("{", start):
        return False
    opening = _OPENING.match(state.src, start, state.eMarks[start_line])
    if opening is None:
        return False
    last = last_line(state, _ends(state, opening["mark"], opening["name"]), opening.end(), end_line)
    if last is None or any(state.sCount[line] < state.blkIndent and not state.isEmpty(line) for line in range(start_line + 1, last + 1)):
        return False
    if not silent:
        token = state.push("template_code", "", 0)
        token.info, token.map = opening["name"], [start_line, last + 1]
        token.content = state.getLines(start_line + 1, last, state.blkIndent, False) if last > start_line else ""
        state.line = last + 1
    return True


def end_of_body(state: PlacedInline, start: int, end: int) -> int:
    """Return the end of a template within a line: after its closing tag, if its body is not text."""
    opening = _OPENING.match(state.src, start, end)
    if opening is None:
        return end
    name = opening["name"]
    closings = (f"end{name} %}}", f"end{name}%}}") if opening["mark"] == "%" else (f"/{name} >}}}}", f"/{name}>}}}}", f"/{name} %}}}}")
    for closing in closings:
        if state.last(closing) >= end and (found := state.src.find(closing, end, state.posMax)) >= 0:
            return found + len(closing)
    return end


def _ends(state: StateBlock, mark: str, name: str) -> list[int]:
    """Return the positions of closing tags of ``name``, searched once per document."""
    found: dict[tuple[str, str], list[int]] = state.env.setdefault(_ENDS, {})
    if (mark, name) not in found:
        matches = re.finditer(_CLOSING[mark], state.src, re.MULTILINE)
        found[mark, name] = [match.start() for match in matches if match["name"] == name]
    return found[mark, name]
