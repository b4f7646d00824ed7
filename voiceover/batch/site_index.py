"""A JSON map from pages to audio files for the templates of a static site; docs/sites.md describes it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from voiceover.audio.formats import AUDIO_SUFFIXES, FORMATS
from voiceover.batch.entries import JournalEntry
from voiceover.batch.types import FoundScript, OutputFile, WhyMissing
from voiceover.errors import OutputError, PublishError
from voiceover.system.files import make_folder, make_place, os_errors_as, write_whole

SCHEMA = 1
_VTT = ".vtt"
_TRANSCRIPT = ".transcript.html"
_CHAPTERS = ".chapters.json"
_TYPES = {row.suffix: row.media_type for row in FORMATS.values()} | {
    _VTT: "text/vtt",
    ".srt": "application/x-subrip",
    _TRANSCRIPT: "text/html",
    _CHAPTERS: "application/json+chapters",
}


def check_listing(path: Path) -> None:
    """Check before long work that the map may be written to ``path``: there is no file, or an older map. Raises OutputError."""
    make_place(path, "write the index")
    with os_errors_as(OutputError, "read the index", path):
        data = path.read_bytes() if path.is_file() else b""
    try:
        content = json.loads(data or b'{"pages": {}}')
    except (ValueError, RecursionError):
        content = None
    if not (isinstance(content, dict) and isinstance(content.get("pages"), dict)):
        raise OutputError(f"{path}: this is not an index of pages, so it is not replaced; remove it, or choose another file")


def write_listing(path: Path, scripts: Iterable[tuple[FoundScript, JournalEntry | WhyMissing]]) -> None:
    """Write the map from pages to their files if it has changed, so that programs which watch the file are not triggered needlessly.

    ``scripts`` has each page with its episode, or with the reason why there is none. Raises PublishError.
    """
    pages: dict[str, dict[str, object]] = {}
    without: dict[str, str] = {}
    for found, entry in scripts:
        if isinstance(entry, WhyMissing):
            without[found.key] = entry.value
        else:
            pages[found.key] = _page(entry)
    content = {"schema": SCHEMA, "pages": pages, "without": without}
    data = (json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode("utf-8", "replace")
    with os_errors_as(PublishError, "read the index", path):
        if path.is_file() and path.read_bytes() == data:
            return
    make_folder(path.parent, "write the index", PublishError)
    write_whole(path, data, "write the index", PublishError)


def clock(seconds: float) -> str:
    """Return a time for people: ``1:05``, ``1:01:05``."""
    whole = int(seconds)
    minutes = f"{whole // 60 % 60}:{whole % 60:02}"
    return f"{whole // 3600}:{minutes:>05}" if whole >= 3600 else minutes


def _page(entry: JournalEntry) -> dict[str, object]:
    facts = entry.facts
    public = [file for file in entry.outputs if file.is_public and not file.is_stem]
    files = {}
    for file in public:
        ending = file.name.removeprefix(PurePosixPath(entry.stem).name)
        files[ending.removeprefix(".")] = {
            "path": _path(entry, file),
            "url": _address(entry, file),
            "bytes": file.bytes,
            "sha256": file.sha256,
            "type": _type(file.name),
        }
    audio = next((_path(entry, file) for file in public if file.name.endswith(AUDIO_SUFFIXES)), "")
    return {
        "title": facts.title,
        "language": facts.language,
        "date": facts.date,
        "seconds": round(facts.seconds, 3),
        "duration": clock(facts.seconds),
        "chapters": [{"title": title, "start": start, "clock": clock(start)} for title, start in facts.chapters],
        "provisional": facts.provisional,
        "audio": audio,
        "url": quote(audio, errors="surrogateescape"),
        "players": _players(entry, public),
        "files": files,
    }


def _players(entry: JournalEntry, public: Sequence[OutputFile]) -> list[dict[str, object]]:
    """Return what a page needs for a player: one, or one for each chapter of an episode that is split into chapters."""
    sources: dict[str, list[dict[str, str]]] = {}
    for file in public:
        suffix = next((suffix for suffix in AUDIO_SUFFIXES if file.name.endswith(suffix)), "")
        if suffix:
            source = {"url": _address(entry, file), "type": _type(file.name)}
            sources.setdefault(file.name.removesuffix(suffix), []).append(source)
    addresses = {file.name: _address(entry, file) for file in public}
    titles = [title for title, _ in entry.facts.chapters] if len(sources) == len(entry.facts.chapters) > 1 else [entry.facts.title]
    return [
        {
            "title": titles[number] if number < len(titles) else stem,
            "sources": found,
            "vtt": addresses.get(f"{stem}{_VTT}"),
            "chapters": addresses.get(f"{stem}{_CHAPTERS}"),
            "transcript": addresses.get(f"{stem}{_TRANSCRIPT}"),
        }
        for number, (stem, found) in enumerate(sources.items())
    ]


def _path(entry: JournalEntry, file: OutputFile) -> str:
    """Return the path of a file below the output folder."""
    return (PurePosixPath(entry.stem).parent / file.name).as_posix()


def _address(entry: JournalEntry, file: OutputFile) -> str:
    """Return that path, encoded for the web."""
    return quote(_path(entry, file), errors="surrogateescape")


def _type(name: str) -> str:
    other = "application/json" if name.endswith(".json") else "text/plain"
    return next((kind for suffix, kind in _TYPES.items() if name.endswith(suffix)), other)
