"""Load modules and compile patterns when they are first used, so that a command does not wait for what it does not use."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import AnyStr, cast


def names_on_demand(package: str, homes: Mapping[str, Sequence[str]]) -> Callable[[str], object]:
    """Return a ``__getattr__`` (PEP 562) for the module ``package``.

    ``homes`` maps modules, relative to ``package``, to the names that come from them.
    """
    modules = {name: module for module, names in homes.items() for name in names}

    def load(name: str) -> object:
        module = modules.get(name)
        if module is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{module}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return load


def lazy_pattern(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return ``re.compile(pattern, flags)``, compiled when one of its methods is first used: most commands need few of all patterns."""
    return cast("re.Pattern[AnyStr]", _LazyPattern(pattern, flags))


class _LazyPattern:
    """A pattern that keeps each method of the compiled one once it was used, so that later calls cost nothing more."""

    def __init__(self, source: str | bytes, flags: int) -> None:
        self._source, self._flags = source, flags

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        found = self.__dict__[name] = getattr(re.compile(self._source, self._flags), name)
        return found
