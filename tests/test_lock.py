"""The lock of the development environment: all that pyproject.toml asks for, on every Python and system, by hash and from no place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements-dev.lock"
EXTRAS = ("dev", "media", "store", "ray")
SYSTEMS = {
    "Linux on x86-64": {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64"},
    "Linux on arm64": {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "aarch64"},
    "macOS": {"sys_platform": "darwin", "platform_system": "Darwin", "platform_machine": "arm64"},
}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


def asked() -> Iterator[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for text in (*project["dependencies"], *(text for extra in EXTRAS for text in project["optional-dependencies"][extra])):
        yield Requirement(text)


@cache
def locked() -> tuple[tuple[Requirement, tuple[str, ...]], ...]:
    """Every entry with its hashes."""
    text = re.sub(r"^#.*\n", "", LOCK.read_text("utf-8"), flags=re.MULTILINE).replace("\\\n", " ")
    found = []
    for line in text.splitlines():
        entry, *hashes = line.split("--hash=")
        found.append((Requirement(entry), tuple(each.strip() for each in hashes)))
    return tuple(found)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_what_is_asked_for_is_locked(python: str, system: str) -> None:
    """Where this fails, pyproject.toml was changed and the lock was not: just lock."""
    place = {**SYSTEMS[system], "os_name": "posix", "python_version": python, "python_full_version": f"{python}.0", "extra": ""}
    place |= {"implementation_name": "cpython", "platform_python_implementation": "CPython"}
    pins: dict[str, str] = {}
    for entry, _ in locked():
        if entry.marker is None or entry.marker.evaluate(place):
            (pin,) = entry.specifier
            assert pin.operator == "=="
            assert canonicalize_name(entry.name) not in pins, f"{entry.name} is pinned twice"
            pins[canonicalize_name(entry.name)] = pin.version
    wrong = [
        f"{wanted}: locked is {pins.get(canonicalize_name(wanted.name), 'nothing')}"
        for wanted in asked()
        if (wanted.marker is None or wanted.marker.evaluate(place))
        and not (
            canonicalize_name(wanted.name) in pins
            and wanted.specifier.contains(Version(pins[canonicalize_name(wanted.name)]), prereleases=True)
        )
    ]
    assert wrong == []


def test_every_entry_has_hashes_and_no_place() -> None:
    assert len(locked()) > 50
    assert [entry.name for entry, hashes in locked() if not hashes] == []
    assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for _, hashes in locked() for each in hashes)
    assert [entry.name for entry, _ in locked() if entry.url] == []
    text = LOCK.read_text("utf-8")
    assert re.findall(r"https?:|file:|--\w*index|--find-links|--trusted", text) == []
