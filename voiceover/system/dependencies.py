"""Which files a piece of work asks for, so that it can be known later whether one of them has changed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

_asked: ContextVar[set[str] | None] = ContextVar("asked", default=None)


def add_dependency(path: Path) -> None:
    """Say that what comes of this work depends on the file at ``path``, or on there being none."""
    asked = _asked.get()
    if asked is not None:
        asked.add(os.path.abspath(path))  # noqa: PTH100 - links are followed when the file is read, so that a new target is seen


@contextmanager
def recorded_dependencies() -> Iterator[set[str]]:
    """The absolute paths of the files that the block asks for, those that are not there included; filled while it runs."""
    asked: set[str] = set()
    token = _asked.set(asked)
    try:
        yield asked
    finally:
        _asked.reset(token)
