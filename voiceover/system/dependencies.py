"""Which files a result depends on, and results that are computed once while files are taken to be unchanged."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TypeVar, cast

_Result = TypeVar("_Result")

_paths: ContextVar[set[str] | None] = ContextVar("paths", default=None)
_results: ContextVar[dict[Hashable, tuple[object, frozenset[str]]] | None] = ContextVar("results", default=None)


def add_dependency(path: Path) -> None:
    """Record that the current work depends on the file at ``path``, or on its absence."""
    paths = _paths.get()
    if paths is not None:
        paths.add(os.path.abspath(path))  # noqa: PTH100 - links are followed when the file is read, so that a new target is seen


@contextmanager
def recorded_dependencies() -> Iterator[set[str]]:
    """Yield the absolute paths of the files that the block depends on, missing ones included; the set is filled while it runs."""
    paths: set[str] = set()
    token = _paths.set(paths)
    try:
        yield paths
    finally:
        _paths.reset(token)


@contextmanager
def unchanged_files() -> Iterator[None]:
    """Take all files to be unchanged for the block, so that ``once`` computes each result only once: for a dry run of many scripts."""
    token = _results.set({})
    try:
        yield
    finally:
        _results.reset(token)


def once(key: Hashable, compute: Callable[[], _Result]) -> _Result:
    """Return ``compute()``; within ``unchanged_files``, return the result of the first call with an equal ``key``.

    The dependencies of a remembered result count for every caller. An exception is not remembered.
    """
    known = _results.get()
    if known is None:
        return compute()
    if key not in known:
        with recorded_dependencies() as paths:
            result = compute()
        known[key] = result, frozenset(paths)
    found, needed = known[key]
    for path in needed:
        add_dependency(Path(path))
    return cast("_Result", found)
