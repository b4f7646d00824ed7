"""The files of a clip: FLAC, and the results of its checks in ``report.json`` beside it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Protocol

from voiceover.audio.clip_header import clip_digest
from voiceover.audio.files import PcmWriter
from voiceover.system.files import sync_file
from voiceover.types import FloatArray
from voiceover.voices.preflight import SAMPLE_RATE
from voiceover.voices.verdicts import ClipReport

REPORT_FILE = "report.json"
_BITS = 24
_MOST_REPORT_BYTES = 2_000_000


class ClipRange(Protocol):
    """The part of a recording that a clip was taken from."""

    @property
    def start(self) -> float | None: ...
    @property
    def stop(self) -> float | None: ...


def write_clip(path: Path, samples: FloatArray) -> str:
    """Write a clip of shape (frames,) at 24 kHz as FLAC, sync it to disk and return the SHA-256 of the file.

    Raises PublishError if it cannot be written.
    """
    with PcmWriter(path, "flac", SAMPLE_RATE, 1, bits=_BITS) as file:
        file.write(samples[:, None])
    sync_file(path)
    return clip_digest(path)


def free_name(folder: Path, style: str) -> Path:
    """Return an unused file name for the clip of a style: the old voice.yaml and its clips must stay valid until the new one exists."""
    stem = re.sub(r"[^a-z0-9]+", "-", style.lower()).strip("-") or "style"
    names = (f"{stem}{f'-{number}' if number > 1 else ''}.flac" for number in range(1, 10_000))
    return next(folder / name for name in names if not (folder / name).exists())


def report_text(older: Path | None, style: str, clip: str, digest: str, part: ClipRange, report: ClipReport) -> str:
    """Return ``report.json`` with the report of one clip added to those in the file ``older``, without other file names and times."""
    clips = _clips(older) if older is not None else {}
    taken = {name: seconds for name, seconds in (("from", part.start), ("to", part.stop)) if seconds is not None}
    clips[style] = {"audio": clip, "sha256": digest, **({"part": taken} if taken else {}), **report.as_json()}
    return json.dumps({"clips": clips}, ensure_ascii=False, indent=2) + "\n"


def was_made(report: Path, clip: str, digest: str) -> bool:
    """True if a clip was written here and is unchanged; a file that a person put there must not be removed."""
    made = (one for one in _clips(report).values() if isinstance(one, dict))
    return any(one.get("audio") == clip and one.get("sha256") == digest for one in made)


def _clips(path: Path) -> dict[str, Any]:
    """Return the reports in a file; none if it is missing or not valid, since it is only informative."""
    try:
        if not path.is_file():
            return {}
        with path.open("rb") as file:
            data = file.read(_MOST_REPORT_BYTES + 1)
        found = json.loads(data.decode("utf-8")) if len(data) <= _MOST_REPORT_BYTES else None
    except (OSError, ValueError, RecursionError):
        return {}
    clips = found.get("clips") if isinstance(found, dict) else None
    return dict(clips) if isinstance(clips, dict) else {}
