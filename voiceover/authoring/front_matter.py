"""Add a cast to the front matter of a text, which otherwise stays as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from voiceover.errors import InputError
from voiceover.settings.strict_yaml import Fields
from voiceover.system.lazy import lazy_pattern

_OWN = "voiceover"
_PLAIN = lazy_pattern(r"[^\W\d_][\w.’'-]*(?: [\w.’'-]+)*")


def with_cast(path: Path, front: str, node: Fields | None, cast: Mapping[str, str], more: tuple[str, ...] = ()) -> str:
    """Return the front matter ``front``, empty if there is none, with the cast and the lines ``more``.

    ``cast`` maps names to voices, which may be empty. Raises InputError, naming ``path``, if the front matter cannot take them.
    """
    entries = (f"  {yaml_word(name)}:{f' {yaml_word(voice)}' if voice else ''}" for name, voice in cast.items())
    added = ("cast:", *entries, *more)
    lines = front.splitlines()
    if not any(line.strip() for line in lines):
        return "\n".join(("---", *added, "---", "", ""))
    last = max(row for row, line in enumerate(lines) if line.strip())
    if lines[last].strip() not in ("---", "..."):
        raise InputError(
            f"{path}:1:1: the front matter is TOML or JSON; write it as YAML, between lines ---, so that the cast can be added"
        )
    if node is not None and node.get(_OWN) is not None:
        raise InputError(f"{path}:1:1: the front matter has a map {_OWN}: already; move its keys to the top, so that the cast can be added")
    # Within our own map, the keys around it stay those of the page.
    nested = (f"{_OWN}:", *(f"  {line}" for line in added))
    return "\n".join((*lines[:last], *nested, *lines[last:], ""))


def yaml_word(text: str) -> str:
    """Return a name as a scalar of YAML, in quotes where it needs them."""
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
