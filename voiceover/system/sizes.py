"""Sizes in bytes as text."""

from __future__ import annotations


def size_in_words(count: int) -> str:
    """Return a number of bytes in a unit that fits: B, kB, MB, GB or TB."""
    if count < 1000:
        return f"{count} B"
    amount, places = float(count), 1
    for unit in ("kB", "MB", "GB", "TB"):
        amount /= 1000
        places = 1 if unit in ("kB", "MB") else 2
        if round(amount, places) < 1000:
            break
    return f"{amount:.{places}f} {unit}"
