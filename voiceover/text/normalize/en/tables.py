"""Tables of words, in a form that is easy to read and to extend: ``km: kilometer | m: meter``."""

from __future__ import annotations


def table(text: str) -> dict[str, str]:
    """Return a table of what is written and what is said for it; entries are separated by ``|``."""
    entries = (entry.strip().partition(": ") for entry in text.replace("\n", " ").split(" | "))
    return {written: said.strip() for written, _, said in entries}


def words(text: str) -> frozenset[str]:
    """Return the words of a list."""
    return frozenset(text.split())
