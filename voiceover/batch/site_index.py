"""A JSON map from pages to audio files for the templates of a static site; docs/batch.md describes it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from voiceover.audio.formats import AUDIO_SUFFIXES, FORMATS
from voiceover.batch.entries import JournalEntry
from voiceover.batch.types import FoundScript
from voiceover.errors import PublishError
from voiceover.system.files import make_folder, os_errors_as, write_whole

SCHEMA = 1
_TYPES = {row.suffix: row.media_type for row in FORMATS.values()} | {
    ".vtt": "text/vtt",
    ".srt": "application/x-subrip",
    ".transcript.html": "text/html",
    ".chapters.json": "application/json+chapters",
}


def write_listing(path: Path, episodes: Iterable[tuple[FoundScript, JournalEntry]]) -> None:
    """Write the map from pages to their files if it has changed, so that programs which watch the file are not triggered needlessly.

    Raises PublishError.
    """
    pages = {found.key: _page(entry) for found, entry in episodes}
    text = json.dumps({"schema": SCHEMA, "pages": pages}, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    data = text.encode("utf-8", "replace")
    with os_errors_as(PublishError, "read the index", path):
        if path.is_file() and path.read_bytes() == data:
            return
    make_folder(path.parent, "write the index", PublishError)
    write_whole(path, data, "write the index", PublishError)


def _other_type(name: str) -> str:
    return "application/json" if name.endswith(".json") else "text/plain"


def _page(entry: JournalEntry) -> dict[str, object]:
    folder, facts = PurePosixPath(entry.stem).parent, entry.facts
    files = {}
    for file in filter(lambda file: file.is_public, entry.outputs):
        ending = file.name.removeprefix(PurePosixPath(entry.stem).name)
        files[ending.removeprefix(".")] = {
            "path": (folder / file.name).as_posix(),
            "bytes": file.bytes,
            "sha256": file.sha256,
            "type": next((kind for suffix, kind in _TYPES.items() if file.name.endswith(suffix)), _other_type(file.name)),
        }
    name = next((file.name for file in entry.outputs if file.name.endswith(AUDIO_SUFFIXES)), "")
    audio = (folder / name).as_posix() if name else ""
    return {
        "title": facts.title,
        "language": facts.language,
        "date": facts.date,
        "seconds": round(facts.seconds, 3),
        "chapters": [{"title": title, "start": start} for title, start in facts.chapters],
        "provisional": facts.provisional,
        "audio": audio,
        "url": quote(audio),
        "files": files,
    }
