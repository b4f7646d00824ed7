"""Empty stand-ins for what the peers import and, for a step and a vocoder, never call: so no audio, training or download packages."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


class _Stub(ModuleType):
    """A module whose every name is a class of no use. It is a package, so that what lies below it can be imported too."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__: list[str] = []
        self.__spec__ = ModuleSpec(name, None, is_package=True)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


def stub(*names: str) -> None:
    """Let these modules be imported, empty."""
    for name in names:
        sys.modules[name] = _Stub(name)
