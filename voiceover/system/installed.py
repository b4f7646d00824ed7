"""Entry points and versions of installed packages, from the files that installers write.

``importlib.metadata`` reads the same, but its import alone takes longer than most of what a command does.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_SUFFIXES = (".dist-info", ".egg-info")


class EntryPoint(NamedTuple):
    """What a package offers to another one: an attribute of a module."""

    name: str
    module: str
    attribute: str
    package: str
    """Normalized name of the package that offers it."""

    @property
    def value(self) -> str:
        """The module and the attribute as the package wrote them."""
        return f"{self.module}:{self.attribute}"


def entry_points(group: str) -> list[EntryPoint]:
    """Return the entry points of ``group``, of all packages on ``sys.path`` in its order."""
    found = []
    for package, folder in _packages():
        try:
            text = (folder / "entry_points.txt").read_text("utf-8")
        except (OSError, ValueError):
            continue
        if group in text:
            found += list(_in_group(text, group, package))
    return found


def installed_version(name: str) -> str | None:
    """Return the version of a package; None if it is not installed."""
    for package, folder in _packages():
        if package == _normalized(name):
            for file in ("METADATA", "PKG-INFO"):
                try:
                    lines = (folder / file).read_text("utf-8", "replace").splitlines()
                except OSError:
                    continue
                return next((line.partition(":")[2].strip() for line in lines if line.startswith("Version:")), None)
    return None


def installed_file(package: str, file: str) -> Path | None:
    """Return the path of a file that a package installed beside its metadata; None if it is not there."""
    found = (folder.parent / file for name, folder in _packages() if name == _normalized(package))
    return next((path for path in found if path.is_file()), None)


def _packages() -> Iterator[tuple[str, Path]]:
    """Yield each package, by its normalized name, with the folder of its metadata; of two of one name the first on the path."""
    seen = set()
    for place in sys.path:
        try:
            names = sorted(os.listdir(place or "."))  # noqa: PTH208 - a path for each name would take most of the time
        except OSError:
            continue
        for entry in names:
            if entry.endswith(_SUFFIXES):
                name = _normalized(entry.rpartition(".")[0].partition("-")[0])
                if name not in seen:
                    seen.add(name)
                    yield name, Path(place, entry)


def _in_group(text: str, group: str, package: str) -> Iterator[EntryPoint]:
    inside = False
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            inside = line == f"[{group}]"
        elif inside and line and not line.startswith("#"):
            name, _, value = line.partition("=")
            module, _, attribute = value.partition("[")[0].partition(":")
            yield EntryPoint(name.strip(), module.strip(), attribute.strip(), package)


def _normalized(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")
