"""Citations of Pandoc: ``[@knuth1984, p. 33; see @doe99]``. They are marks of notes; ``@knuth1984`` within a sentence is text."""

from __future__ import annotations

from markdown_it.rules_inline import StateInline

from voiceover.script.placed import PlacedInline
from voiceover.script.unspoken import push_inline
from voiceover.system.lazy import lazy_pattern

_KEY = lazy_pattern(r"(?:^|[\s;(-])@(?:\{[^{}]+\}|\w[\w:.#$%&+?<>~/-]*)")
_LONGEST = 500


def citation(state: StateInline, silent: bool) -> bool:
    """Brackets around the key of a source. ``[@ann]`` may be a person: a key has a figure in it, or more follows it."""
    if not isinstance(state, PlacedInline):
        return False
    close = state.pairs.get(state.pos, -1)
    if not state.pos < close < min(state.posMax, state.pos + _LONGEST) or state.src[close + 1 : close + 2] in ("(", "[", ":", "{"):
        return False
    content = state.src[state.pos + 1 : close]
    if "@" not in content or "|" in content or content in state.env.get("references", {}):
        return False
    key = _KEY.search(content)
    if key is None or not (any(map(str.isdigit, key[0])) or content[key.end() :].lstrip().startswith((",", ";"))):
        return False
    return push_inline(state, close + 1, "note", "citation", silent=silent)
