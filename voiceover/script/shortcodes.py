"""Shortcodes of WordPress: ``[caption id="a" width="300"]words[/caption]``. The words between two are read, code is not."""

from __future__ import annotations

from markdown_it.rules_inline import StateInline

from voiceover.script.placed import PlacedInline
from voiceover.script.unspoken import push_inline
from voiceover.system.lazy import lazy_pattern

_ATTRIBUTE = r"""[\w-]++=(?:"[^"\[\]]*+"|'[^'\[\]]*+'|[^\s"'\[\]]++)"""
_SHORTCODE = lazy_pattern(
    rf"""\[(?:/(?P<closed>[A-Za-z][\w-]*+)|(?P<name>[A-Za-z][\w-]*+)(?P<attributes>(?:\s++{_ATTRIBUTE})*+)\s*+/?)\]"""
)
_WITHOUT_ATTRIBUTES = frozenset(("caption", "code", "embed", "gallery", "playlist", "sourcecode", "youtube"))
_CODE = frozenset(("code", "sourcecode"))
_LONGEST = 2000
_OPENED = "opened shortcodes"


def shortcode(state: StateInline, silent: bool) -> bool:
    """A shortcode with quoted attributes or a known name, or the end of one, in an article."""
    if not isinstance(state, PlacedInline) or state.names is not None:
        return False
    match = _SHORTCODE.match(state.src, state.pos, min(state.posMax, state.pos + _LONGEST))
    if match is None or state.src[match.end() : match.end() + 1] in ("(", ":"):
        return False
    opened: set[str] = state.env.setdefault(_OPENED, set())
    name, end = match["name"], match.end()
    if not name:
        return match["closed"] in opened and push_inline(state, end, "template", "shortcode", silent=silent)
    closing = f"[/{name}]"
    is_pair = state.last(closing) >= end
    is_known = name in _WITHOUT_ATTRIBUTES and (is_pair or name == "gallery")
    if not (is_known or '="' in match["attributes"] or "='" in match["attributes"]):
        return False
    opened.add(name)
    if is_pair and name in _CODE and (close := state.src.find(closing, end, state.posMax)) >= 0:
        return push_inline(state, close + len(closing), "code", "code", silent=silent)
    return push_inline(state, end, "template", "shortcode", silent=silent)
