"""``vocab.txt``: the tokens a model knows, one a line."""

from __future__ import annotations

from pathlib import Path

from voiceover.errors import ModelError

LARGEST = 10_000_000
"""Bytes of a vocabulary."""


def read_vocab(path: Path) -> tuple[str, ...]:
    """The tokens, an id being a position; lines end in either way, and the line of a space is a token. Raises ModelError."""
    try:
        if path.stat().st_size > LARGEST:
            raise ModelError(f"{path}: too large for a vocabulary")
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error}") from error
    except UnicodeDecodeError as error:
        raise ModelError(f"{path}: not UTF-8, so not a vocabulary: {error}") from error
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    if not lines:
        raise ModelError(f"{path}: empty; a vocabulary has a token a line")
    return tuple(line.removesuffix("\r") for line in lines)


def check_vocab(tokens: tuple[str, ...], rows: int, source: Path | str) -> None:
    """Raise ModelError unless an embedding of ``rows`` rows has one for each token and one for the filler."""
    if rows != len(tokens) + 1:
        misfit = f"{len(tokens)} tokens do not fit an embedding of {rows} rows, which wants {rows - 1}"
        raise ModelError(f"{source}: {misfit}; use the model's own vocab.txt")
