"""Read manifests. A damaged one counts as missing, since everything in it can be computed again."""

from __future__ import annotations

import json
import logging
import math
from base64 import b64decode
from pathlib import Path
from typing import Any, TypeVar

from voiceover.publish.commit import file_digest, home_of, is_file_name, manifest_path
from voiceover.publish.credits import Credit
from voiceover.publish.manifest import (
    SCHEMA,
    Manifest,
    ManifestDisclosure,
    ManifestEngine,
    ManifestFile,
    ManifestTake,
    ManifestVoice,
)
from voiceover.publish.manifest_parts import ManifestBook, ManifestPart
from voiceover.publish.manifest_sounds import ManifestRecording, ManifestSound
from voiceover.system.lazy import lazy_pattern
from voiceover.types import (
    Episode,
    EpisodeChapter,
    EpisodePart,
    Finding,
    Loudness,
    LoudnessReport,
    LoudnessTarget,
    MusicReport,
    Options,
    Profile,
    RecordedLine,
    SpokenSpan,
)

_LANGUAGE = lazy_pattern(r"[A-Za-z0-9-]{0,35}")
"""Characters and length of a BCP 47 tag (RFC 5646, 4.4.1)."""
_log = logging.getLogger(__name__)

T = TypeVar("T")


def read_manifest(path: Path) -> Manifest | None:
    """Return the manifest at ``path``; None if there is none, or if it cannot be read, which is logged as a warning."""
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        _log.warning("%s: the manifest cannot be read (%s); the episode will be rendered again", path, error)
        return None
    try:
        return _manifest(content)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        _log.warning("%s: the manifest is damaged or of another version (%s); the episode will be rendered again", path, error)
        return None


def intact_episode(manifest: Manifest, folder: Path, stem: str, state: Path | None = None) -> Episode | None:
    """Return the episode of STEM.manifest.json if all files that it lists are unchanged; else None.

    They are in ``folder``; manifests are in ``state`` if that is given.
    """
    files = []
    try:
        for file in manifest.files:
            found = file_digest(home_of(file.name, folder, state) / file.name, file.name.rpartition("/")[0])
            if (found.bytes, found.sha256) != (file.bytes, file.sha256):
                return None
            files.append(found)
        files.append(file_digest(manifest_path(folder, stem, state)))
    except OSError:
        return None
    parts = []
    for part in manifest.parts:
        own = read_manifest(manifest_path(folder, part.stem, state))
        if own is None:
            return None
        parts.append(EpisodePart(part.stem, part.title, part.start, part.seconds, own.loudness))
    return Episode(tuple(files), manifest.seconds, manifest.loudness, manifest.chapters, tuple(parts), manifest.music)


def _manifest(content: Any) -> Manifest:
    if content["schema"] != SCHEMA:
        raise ValueError(f"schema {content['schema']!r}")
    return Manifest(
        recipe=_as(str, content["recipe"]),
        title=_as(str, content["title"]),
        seconds=_number(content["seconds"]),
        engines=tuple(_engine(engine) for engine in _as(list, _engines(content))),
        voices=tuple(_voice(voice) for voice in _as(list, content["voices"])),
        takes=tuple(_take(take) for take in _as(list, content["takes"])),
        loudness=_report(content["loudness"]),
        files=tuple(_file(file) for file in _as(list, content["files"])),
        versions={_as(str, name): _as(str, version) for name, version in content["versions"].items()},
        chapters=tuple(_chapter(chapter) for chapter in _as(list, content.get("chapters", []))),
        script=_as(str, content.get("script", "")),
        suspect=bool(content.get("suspect")),
        retakes=_as(int, content.get("retakes", 0)),
        disclosure=_disclosure(content["disclosure"]) if "disclosure" in content else None,
        credits=tuple(_credit(credit) for credit in _as(list, content.get("credits", []))),
        author=_as(str, content.get("author", "")),
        language=_language(content.get("language", "")),
        show=_as(str, content.get("show", "")),
        parts=tuple(_part(part) for part in _as(list, content.get("parts", []))),
        book=_book(content["book"]) if "book" in content else None,
        sounds=tuple(_sound(sound) for sound in _as(list, content.get("sounds", []))),
        recordings=tuple(_recording(recording) for recording in _as(list, content.get("recordings", []))),
        music=_music(content["music"]) if "music" in content else None,
    )


def _engines(content: Any) -> Any:
    if content.get("synthetic") is False:
        return []
    return content.get("engines") or [content["engine"]]


def _disclosure(content: Any) -> ManifestDisclosure:
    return ManifestDisclosure(
        statement=_as(str, content["statement"]), source_type=_as(str, content["source_type"]), spoken=_as(str, content["spoken"])
    )


def _credit(content: Any) -> Credit:
    return Credit(
        kind=_as(str, content["kind"]),
        name=_as(str, content["name"]),
        speakers=tuple(_as(str, name) for name in _as(list, content["speakers"])),
        licence=_optional(str, content["licence"]),
        consent=_as(bool, content["consent"]),
        commercial=_as(bool, content["commercial"]),
        words=_as(str, content.get("words", "")),
    )


def _part(content: Any) -> ManifestPart:
    return ManifestPart(_stem(content["stem"]), _as(str, content["title"]), _number(content["start"]), _number(content["seconds"]))


def _book(content: Any) -> ManifestBook:
    return ManifestBook(_stem(content["stem"]), _as(str, content["title"]), _as(int, content["number"]))


def _language(value: Any) -> str:
    if not _LANGUAGE.fullmatch(_as(str, value)):
        raise ValueError(f"{value!r:.60} is not a language")
    return str(value)


def _stem(value: Any) -> str:
    """Return the start of file names in the manifest's own folder."""
    stem = _as(str, value)
    if not stem or Path(stem).name != stem or "\0" in stem:
        raise ValueError(f"a file outside the folder: {stem!r}")
    return stem


def _sound(content: Any) -> ManifestSound:
    return ManifestSound(
        kind=_as(str, content["kind"]),
        name=_as(str, content["name"]),
        sha256=_as(str, content["sha256"]),
        start=_number(content["start"]),
        end=_number(content["end"]),
        level_db=_number(content["level_db"]),
        gain_db=_number(content["gain_db"]),
        line=_optional(int, content["line"]),
    )


def _recording(content: Any) -> ManifestRecording:
    return ManifestRecording(
        speaker=_as(str, content["speaker"]),
        text=_as(str, content["text"]),
        file=_as(str, content["file"]),
        sha256=_as(str, content["sha256"]),
        start=_number(content["start"]),
        end=_number(content["end"]),
        gain_db=_number(content["gain_db"]),
        line=_as(int, content["line"]),
    )


def _music(content: Any) -> MusicReport:
    return MusicReport(**{_as(str, name): _number(value) for name, value in content.items()})


def _chapter(content: Any) -> EpisodeChapter:
    return EpisodeChapter(_as(str, content["title"]), _number(content["start"]))


def _engine(content: Any) -> ManifestEngine:
    return ManifestEngine(
        name=_as(str, content["name"]),
        revision=_as(int, content["revision"]),
        fingerprint=_as(str, content["fingerprint"]),
        model=_optional(str, content["model"]),
        licence=_optional(str, content["licence"]),
        provisional=_as(bool, content["provisional"]),
        speakers=tuple(_as(str, name) for name in _as(list, content.get("speakers", []))),
        repeatable=_as(bool, content.get("repeatable", True)),
    )


def _voice(content: Any) -> ManifestVoice:
    return ManifestVoice(
        name=_as(str, content["name"]),
        speakers=tuple(_as(str, name) for name in _as(list, content["speakers"])),
        digests={_as(str, style): _as(str, digest) for style, digest in content["digests"].items()},
        licence=_optional(str, content["licence"]),
        consent=_optional(str, content["consent"]),
    )


def _take(content: Any) -> ManifestTake:
    options = Options(**{name: _option(value) for name, value in content["options"].items()})
    line = RecordedLine(
        address=_as(str, content["address"]),
        line_key=_as(str, content["line_key"]),
        segment_key=_as(str, content["segment_key"]),
        speaker=_as(str, content["speaker"]),
        style=_as(str, content["style"]),
        text=_as(str, content["text"]),
        spoken=tuple(
            SpokenSpan(_as(str, span["text"]), _as(str, span["language"]), _optional(str, span.get("phonemes")))
            for span in _as(list, content["spoken"])
        ),
        options=options,
        seed=_as(int, content["seed"]),
        attempt=_as(int, content["attempt"]),
        voice_digest=_as(str, content["voice_digest"]),
        engine=_as(str, content["engine"]),
        model=_optional(str, content["model"]),
        fingerprint=_as(str, content["fingerprint"]),
        revision=_as(int, content["revision"]),
        seconds=_number(content["seconds"]),
        attempts=_attempts(content),
    )
    words = tuple((_as(int, at), _number(seconds)) for at, seconds in _as(list, content.get("words", [])))
    start, end = _number(content["start"]), _number(content["end"])
    findings = tuple(_finding(finding) for finding in _as(list, content.get("findings", [])))
    suspect, recording = bool(content.get("suspect")), _as(str, content.get("recording", ""))
    return ManifestTake(line, _as(str, content["voice"]), _as(int, content["line"]), start, end, words, findings, suspect, recording)


def _attempts(content: Any) -> tuple[str, ...]:
    attempts = tuple(_as(str, address) for address in _as(list, content.get("attempts", [])))
    if attempts and content["address"] not in attempts:
        raise ValueError("the take is none of the attempts at it")
    return attempts


def _finding(content: Any) -> Finding:
    begin, end = (None if content.get(name) is None else _number(content[name]) for name in ("begin_seconds", "end_seconds"))
    return Finding(_as(str, content["check"]), _as(str, content["message"]), begin, end)


def _report(content: Any) -> LoudnessReport:
    target = content["target"]
    rms = target["rms_dbfs"]
    return LoudnessReport(
        target=LoudnessTarget(
            name=_as(str, target["name"]),
            integrated_lufs=None if target["integrated_lufs"] is None else _number(target["integrated_lufs"]),
            ceiling_db=_number(target["ceiling_db"]),
            rms_dbfs=None if rms is None else (_number(rms[0]), _number(rms[1])),
            noise_floor_dbfs=None if target["noise_floor_dbfs"] is None else _number(target["noise_floor_dbfs"]),
            mono_reference=_as(str, target["mono_reference"]),
        ),
        before=_loudness(content["before"]),
        after=_loudness(content["after"]),
        gain_db=_level(content["gain_db"]),
        limited_db=_level(content["limited_db"]),
        reached=_as(bool, content["reached"]),
        note=_as(str, content["note"]),
        profile=_profile(content["profile"]) if "profile" in content else None,
    )


def _profile(content: Any) -> Profile:
    peaks, levels = (b64decode(_as(str, content[name]), validate=True) for name in ("peaks", "levels"))
    if len(peaks) != len(levels):
        raise ValueError("as many peaks as levels belong to a profile")
    return Profile(peaks, levels)


def _loudness(content: Any) -> Loudness:
    return Loudness(**{_as(str, name): _level(value) for name, value in content.items()})


def _file(content: Any) -> ManifestFile:
    name = _as(str, content["name"])
    if not is_file_name(name):
        raise ValueError(f"a file outside the folder: {name!r}")
    return ManifestFile(name, _as(int, content["bytes"]), _as(str, content["sha256"]))


def _as(kind: type[T], value: Any) -> T:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"{value!r:.60} is not {kind.__name__}")
    return value


def _optional(kind: type[T], value: Any) -> T | None:
    return None if value is None else _as(kind, value)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise TypeError(f"{value!r:.60} is not a number")
    return float(value)


def _level(value: Any) -> float:
    """Return a level; null stands for -inf (silence), which JSON cannot express."""
    return -math.inf if value is None else _number(value)


def _option(value: Any) -> Any:
    if not isinstance(value, (int, float, str)):
        raise TypeError(f"{value!r:.60} is not an option")
    return value
