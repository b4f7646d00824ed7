"""The files of a clip: FLAC, and its pre-flight in ``report.json`` beside it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Protocol

from voiceover.audio.files import PcmWriter, clip_digest
from voiceover.system.files import sync_file
from voiceover.types import FloatArray
from voiceover.voices.preflight import SAMPLE_RATE
from voiceover.voices.verdicts import Report

REPORT_FILE = "report.json"
_BITS = 24
_MOST_REPORT_BYTES = 2_000_000


class Part(Protocol):
    """Where in a recording a clip was taken from."""

    @property
    def start(self) -> float | None: ...
    @property
    def stop(self) -> float | None: ...


def write_clip(path: Path, samples: FloatArray) -> str:
    """Write a clip of shape (frames,) at 24 kHz as FLAC and bring it to the disk; the SHA-256 of the file.

    Raises PublishError where it cannot be written.
    """
    with PcmWriter(path, "flac", SAMPLE_RATE, 1, bits=_BITS) as file:
        file.write(samples[:, None])
    sync_file(path)
    return clip_digest(path)


def free_name(folder: Path, style: str) -> Path:
    """A name for the clip of a style that no file has: what an older voice.yaml names must stay what it is until the new one stands."""
    stem = re.sub(r"[^a-z0-9]+", "-", style.lower()).strip("-") or "style"
    names = (f"{stem}{f'-{number}' if number > 1 else ''}.flac" for number in range(1, 10_000))
    return next(folder / name for name in names if not (folder / name).exists())


def report_text(older: Path | None, style: str, clip: str, digest: str, part: Part, report: Report) -> str:
    """``report.json`` with the report of one clip, the others kept from the file ``older``. It names no file but the clip, and no time."""
    clips = _clips(older) if older is not None else {}
    taken = {name: seconds for name, seconds in (("from", part.start), ("to", part.stop)) if seconds is not None}
    clips[style] = {"audio": clip, "sha256": digest, **({"part": taken} if taken else {}), **report.as_json()}
    return json.dumps({"clips": clips}, ensure_ascii=False, indent=2) + "\n"


def was_made(report: Path, clip: str, digest: str) -> bool:
    """Whether a clip is one that was written here, and still is; what a person put there is not ours to remove."""
    made = (one for one in _clips(report).values() if isinstance(one, dict))
    return any(one.get("audio") == clip and one.get("sha256") == digest for one in made)


def _clips(path: Path) -> dict[str, Any]:
    """The reports of a file; none where it is not there or not ours: it tells, and rules nothing."""
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
