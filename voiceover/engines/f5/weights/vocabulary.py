"""Reads ``vocab.txt``: the tokens of a model, one per line."""

from __future__ import annotations

from pathlib import Path

from voiceover.errors import ModelError

LARGEST = 10_000_000
"""Bytes; larger files are not read."""


def read_vocab(path: Path) -> tuple[str, ...]:
    """Read the tokens; an id is a position, and a line with a space is a token. Lines may end in LF or CRLF. Raises ModelError."""
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
        raise ModelError(f"{path}: empty; a vocabulary has one token per line")
    return tuple(line.removesuffix("\r") for line in lines)


def check_vocab(tokens: tuple[str, ...], rows: int, source: Path | str) -> None:
    """Raise ModelError unless an embedding of ``rows`` rows has one for each token and one for the filler."""
    if rows != len(tokens) + 1:
        misfit = f"{len(tokens)} tokens do not fit an embedding of {rows} rows, which needs {rows - 1}"
        raise ModelError(f"{source}: {misfit}; use the model's own vocab.txt")
