"""The two files of a take: the WAV, and the JSON with its measurements and what is said in it.

What measures samples is imported when a take is recorded: a plan only looks at which takes there are.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from voiceover.takes.checks.revision import CHECKS_REVISION
from voiceover.types import Audio, Finding, Heard, Mark, Take, TakeChecks

WAV_NAME = "take.wav"
JSON_NAME = "take.json"
SCHEMA = 1
WRONG_WAV = "the WAV file was changed after recording"
_MEASURED = tuple(field.name for field in fields(Take) if field.name not in ("path", "marks", "silences", "checks", "heard"))


def encode_wav(audio: Audio) -> bytes:
    """Encode a take as a float WAV; equal samples give equal bytes."""
    from voiceover.audio.files import write_wav_float

    file = io.BytesIO()
    write_wav_float(file, audio.samples, audio.sample_rate)
    return file.getvalue()


def measure(address: str, path: Path, audio: Audio, wav: bytes) -> Take:
    """Measure a take that will be stored at ``path``. If no speech is found its edges are those of the file, so that nothing is cut off.

    Silences are looked for only if the engine has not marked the words: the times of words are then estimated from them.
    """
    import numpy as np

    from voiceover.audio.loudness import speech_power
    from voiceover.audio.speech_detection import find_silences, find_speech

    speech = find_speech(audio.samples, audio.sample_rate)
    found = speech.end > speech.start
    silences: tuple[tuple[int, int], ...] = ()
    if found and not audio.marks:
        quiet = find_silences(audio.samples, audio.sample_rate)
        silences = tuple((start, end) for start, end in quiet if start > speech.start and end < speech.end)
    power, seconds = speech_power(audio.samples, audio.sample_rate, speech)
    return Take(
        address=address,
        path=path,
        sample_rate=audio.sample_rate,
        frames=len(audio.samples),
        speech_start=int(speech.start) if found else 0,
        speech_end=int(speech.end) if found else len(audio.samples),
        speech_power=float(power),
        speech_seconds=float(seconds),
        peak=float(np.max(np.abs(audio.samples), initial=0.0)),
        sha256=hashlib.sha256(wav).hexdigest(),
        marks=audio.marks,
        silences=silences,
    )


def encode_json(take: Take, about: Mapping[str, object]) -> bytes:
    """Encode the JSON beside the WAV. It contains its own checksum, because a wrong edge would cut into speech."""
    measured = {name: value for name, value in asdict(take).items() if name in _MEASURED}
    optional: dict[str, object] = {}
    if take.marks:
        optional["marks"] = [[mark.position, mark.frame] for mark in take.marks]
    if take.silences:
        optional["silences"] = [list(silence) for silence in take.silences]
    if take.checks is not None:
        findings = [[each.check, each.message, each.begin_seconds, each.end_seconds] for each in take.checks.findings]
        edges = None if take.checks.edges_db is None else list(take.checks.edges_db)
        optional["checks"] = {"revision": CHECKS_REVISION, "score": take.checks.score, "edges_db": edges, "findings": findings}
    if take.heard is not None:
        optional["heard"] = asdict(take.heard)
    record: dict[str, object] = {"schema": SCHEMA, **measured, **optional, "about": dict(about)}
    return (json.dumps({**record, "checksum": _checksum(record)}, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode(
        "utf-8", "surrogatepass"
    )


def decode_json(data: bytes, path: Path) -> tuple[Take, Mapping[str, Any]]:
    """Return the take at ``path`` and what is said in it. Raises ValueError if the JSON is not what ``encode_json`` wrote."""
    record = json.loads(data.decode("utf-8", "surrogatepass"))
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        raise ValueError("unknown schema")
    if record.pop("checksum", None) != _checksum(record):
        raise ValueError("wrong checksum")
    marks = tuple(Mark(int(position), int(frame)) for position, frame in record.get("marks", ()))
    silences = tuple((int(start), int(end)) for start, end in record.get("silences", ()))
    measured = {name: record[name] for name in _MEASURED}
    return Take(path=path, marks=marks, silences=silences, checks=_checks(record), heard=_heard(record), **measured), record["about"]


def _checks(record: Mapping[str, Any]) -> TakeChecks | None:
    """Return the stored checks; None if there are none, or if another version wrote them: a recording must not be lost for its checks."""
    try:
        checks = record["checks"]
        if checks["revision"] != CHECKS_REVISION:
            return None
        edges = None if checks["edges_db"] is None else (float(checks["edges_db"][0]), float(checks["edges_db"][1]))
        return TakeChecks(tuple(_finding(*finding) for finding in checks["findings"]), float(checks["score"]), edges)
    except (KeyError, ValueError, TypeError, IndexError):
        return None


def _finding(check: object, message: object, begin: float | None, end: float | None) -> Finding:
    times = (None if seconds is None else float(seconds) for seconds in (begin, end))
    return Finding(str(check), str(message), *times)


def _heard(record: Mapping[str, Any]) -> Heard | None:
    try:
        return Heard(str(record["heard"]["model"]), tuple(map(str, record["heard"]["words"])))
    except (KeyError, TypeError):
        return None


def verify_wav(take: Take) -> None:
    """Raise ValueError if the WAV is not the one that was measured, OSError if it cannot be read."""
    with take.path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != take.sha256:
            raise ValueError(WRONG_WAV)


def _checksum(record: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
