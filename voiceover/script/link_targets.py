"""Links whose target is a template: ``[text]({{< ref "x.md" >}})``, ``[label]: {% post_url x %}``, ``<a href="{{< ref "x.md" >}}">``.

Markdown ends a target at the first space, and an attribute at the first quote; here a template is an inseparable part of either.
"""

from __future__ import annotations

from markdown_it import MarkdownIt, helpers
from markdown_it.common.utils import normalizeReference
from markdown_it.rules_inline import StateInline

from voiceover.script.placed import PlacedInline
from voiceover.script.unspoken import push_inline
from voiceover.system.lazy import lazy_pattern

_TEMPLATE = r"(?:\{\{[^{}]{0,500}+\}\}|\{%(?:[^%{}]|%(?!\})){0,500}+%\})"
_HOLDS = lazy_pattern(_TEMPLATE)
_BARE = lazy_pattern(rf"(?:{_TEMPLATE}|[^\s()<{{]|\{{|\([^\s()]{{0,500}}+\))++")
_ANGLED = lazy_pattern(rf"<((?:{_TEMPLATE}|[^<>\n{{]|\{{)*+)>")
_TAG = lazy_pattern(
    rf"""<[A-Za-z][\w:-]*+(?=[\s/])(?:{_TEMPLATE}|"(?:{_TEMPLATE}|[^"<>])*+"|'(?:{_TEMPLATE}|[^'<>])*+'|[^<>"'{{]|\{{)*+>"""
)
_ADDRESS = lazy_pattern(rf"<{_TEMPLATE}(?:{_TEMPLATE}|[^\s<>{{}}])*+>")
_LONGEST_TAG = 4000
_OBJECT = lazy_pattern(r"\[[A-Za-z_][\w-]*+(?:\.[\w-]++)++\]")


class _Helpers:
    """markdown-it's helpers, with targets that may contain templates."""

    parseLinkLabel = staticmethod(helpers.parseLinkLabel)  # noqa: N815
    parseLinkTitle = staticmethod(helpers.parseLinkTitle)  # noqa: N815

    @staticmethod
    def parseLinkDestination(string: str, pos: int, maximum: int) -> object:  # noqa: N802
        """Parse the target that starts at ``pos``."""
        found = helpers.parseLinkDestination(string, pos, maximum)
        if found.ok and "{{" not in found.str and "{%" not in found.str:
            return found
        angled = string.startswith("<", pos) and not string.startswith("<{", pos - 1)
        match = (_ANGLED if angled else _BARE).match(string, pos, maximum)
        if match is None or not _HOLDS.search(match[0]):
            return found
        found.ok, found.pos, found.str = True, match.end(), match[1] if angled else match[0]
        return found


class ScriptMarkdown(MarkdownIt):
    """markdown-it that leaves targets with templates unchanged."""

    def __init__(self) -> None:
        super().__init__("commonmark")
        self.helpers = _Helpers  # type: ignore[assignment]

    def normalizeLink(self, url: str) -> str:  # noqa: N802
        """Encode the target of a link."""
        return url if _HOLDS.search(url) else super().normalizeLink(url)


def templated_tag(state: StateInline, silent: bool) -> bool:
    """An HTML tag with templates in its attributes, or a template as an address in ``<`` and ``>``."""
    address = _ADDRESS.match(state.src, state.pos, state.posMax)
    if address is not None:
        return push_inline(state, address.end(), "link-target", "link target", silent=silent)
    match = _TAG.match(state.src, state.pos, min(state.posMax, state.pos + _LONGEST_TAG))
    if match is None or not _HOLDS.search(match[0]):
        return False
    if not silent:
        state.push("html_inline", "", 0).content = match[0]
    state.pos = match.end()
    return True


def cross_reference(state: StateInline, silent: bool) -> bool:
    """``[words][package.Class]`` of mkdocstrings, which finds the target elsewhere: its words."""
    if not isinstance(state, PlacedInline) or state.linkLevel:
        return False
    src, start = state.src, state.pos
    close = state.pairs.get(start, -1)
    target = _OBJECT.match(src, close + 1, state.posMax) if start < close < state.posMax else None
    if target is None or (start and (src[start - 1].isalnum() or src[start - 1] in "])")):
        return False
    name, words = target[0][1:-1], src[start + 1 : close]
    if normalizeReference(name) in state.env.get("references", {}) or not words.strip():
        return False
    if state.names is not None and state.names.find(words.partition("|")[0]) is not None:
        return False
    if silent:
        state.pos = target.end()
        return True
    stop = state.posMax
    state.push("link_open", "a", 1).attrs = {"href": name}
    state.pos, state.posMax = start + 1, close
    state.linkLevel += 1
    state.md.inline.tokenize(state)
    state.linkLevel -= 1
    state.push("link_close", "a", -1)
    state.pos, state.posMax = target.end(), stop
    return True
