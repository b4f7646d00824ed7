"""How to install an optional dependency: from the checkout, since voiceover is not on a package index."""

from __future__ import annotations


def how_to_install(extra: str) -> str:
    """Return the command that installs an extra of ``pyproject.toml``, as the end of a message."""
    return f"in the voiceover checkout, run: pip install '.[{extra}]'"
