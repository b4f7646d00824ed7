"""An entry of the journal, and its JSON. A journal may come with somebody else's project, so an entry of another shape counts as none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, field, fields
from pathlib import PurePosixPath
from typing import Any, TypeVar

from voiceover.batch.types import EpisodeFacts, OutputFile
from voiceover.publish import is_file_name
from voiceover.script import Page
from voiceover.types.lazy_dataclass import dataclass

SCHEMA = 1

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """An episode as it was when it was last planned."""

    stem: str
    """Path of its files below the output folder, without extensions."""
    script: str
    """This and all paths here are relative to the output folder."""
    digest: str
    """SHA-256 of the script."""
    page: Page
    """The front matter that decides when it is published."""
    asked: Mapping[str, str]
    """Other things it depends on: version, options, model."""
    project: str | None
    voices: Mapping[str, str]
    """Folder of each voice, by name."""
    inputs: Mapping[str, list[Any]]
    """Digest and stamp of every other file that was read or found missing (see ``contents``)."""
    outputs: tuple[OutputFile, ...] = ()
    facts: EpisodeFacts = field(default_factory=EpisodeFacts)
    silent: str = ""
    """Why nothing in it is spoken; empty if something is."""
    left: bool = False
    """True if the outputs are orphaned: the episode now has files of another name, or none."""


def entry_bytes(entry: JournalEntry) -> bytes:
    """Return an entry as JSON in one line."""
    text = json.dumps({"schema": SCHEMA, **asdict(entry)}, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogateescape")


def stem_of(data: bytes) -> str:
    """Return the stem of an entry. Raises ValueError, KeyError or TypeError for what is none, and for one that leads out of its folder."""
    content = json.loads(data.decode("utf-8", "surrogateescape"))
    if content["schema"] != SCHEMA:
        raise ValueError(f"schema {content['schema']!r:.20}")
    stem = _as(str, content["stem"])
    if not stem or stem.startswith("/") or ".." in PurePosixPath(stem).parts or "\0" in stem:
        raise ValueError(f"a path outside the folder: {stem!r:.60}")
    return stem


def entry_of(data: bytes) -> JournalEntry | None:
    """Return the entry in ``data``; None if it has another shape."""
    with suppress(ValueError, KeyError, TypeError, AttributeError):
        return _decoded(json.loads(data.decode("utf-8", "surrogateescape")))
    return None


def _decoded(content: dict[str, Any]) -> JournalEntry:
    facts = dict(content["facts"])
    chapters = tuple((_as(str, title), _number(start)) for title, start in facts.pop("chapters"))
    loudness, peak = (None if (level := facts.pop(name)) is None else _number(level) for name in ("integrated_lufs", "true_peak_dbtp"))
    return JournalEntry(
        stem=_as(str, content["stem"]),
        script=_as(str, content["script"]),
        digest=_as(str, content["digest"]),
        page=_plain(Page(True), content["page"]),
        asked=_texts(content["asked"]),
        project=None if content["project"] is None else _as(str, content["project"]),
        voices=_texts(content["voices"]),
        inputs={path: [_as(str, digest), *stamp] for path, (digest, *stamp) in _as(dict, content["inputs"]).items()},
        outputs=tuple(map(_file, _as(list, content["outputs"]))),
        facts=_plain(EpisodeFacts(integrated_lufs=loudness, true_peak_dbtp=peak, chapters=chapters), facts),
        silent=_as(str, content["silent"]),
        left=_as(bool, content["left"]),
    )


def _file(content: dict[str, Any]) -> OutputFile:
    name = _as(str, content["name"])
    if not is_file_name(name):
        raise ValueError(f"a file outside the folder: {name!r:.60}")
    stamp = tuple(_as(int, number) for number in content["stamp"])
    return OutputFile(name, _as(int, content["bytes"]), _as(str, content["sha256"]), stamp)


def _plain(default: T, content: dict[str, Any]) -> T:
    """Return a dataclass with the values of ``content``, which must have the types of those in ``default``."""
    found = {}
    for each in fields(default):  # type: ignore[arg-type]
        value = getattr(default, each.name)
        if each.name in content:
            found[each.name] = _number(content[each.name]) if isinstance(value, float) else _as(type(value), content[each.name])
        else:
            found[each.name] = value
    if content.keys() - found.keys():
        raise ValueError("unknown fields")
    return type(default)(**found)


def _texts(content: Any) -> Mapping[str, str]:
    return {_as(str, name): _as(str, text) for name, text in _as(dict, content).items()}


def _as(kind: type[T], value: Any) -> T:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"{value!r:.60} is not {kind.__name__}")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{value!r:.60} is not a number")
    return float(value)
