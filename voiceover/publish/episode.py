"""From a master and its timeline to the files of an episode, all at once or not at all."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from voiceover.audio.formats import FORMATS
from voiceover.errors import InputError, PublishError
from voiceover.publish.caption_files import CAPTION_WRITERS
from voiceover.publish.commit import check_output, commit_stage, drop_stage, file_digest, open_stage
from voiceover.publish.cover import read_cover
from voiceover.publish.encode import encode_files
from voiceover.publish.manifest import SUFFIX, ManifestInput, episode_chapters, make_manifest, manifest_pieces
from voiceover.publish.manifest_read import read_manifest
from voiceover.publish.mp3_frames import BITRATES
from voiceover.publish.overshoot import overshoot_db
from voiceover.publish.tags import Tags, episode_tags
from voiceover.system.files import os_errors_as
from voiceover.types import AudioStream, Episode, EpisodeFile, LoudnessReport, Metadata, OnProgress, Progress, Timeline

_log = logging.getLogger(__name__)

MOST_ENCODINGS = 4
_SPARE_DB, _STEP = 0.05, 2.0
"""An encoding is done again lower by more than it overshot: of what the peaks come down by, half or less arrives behind the encoder."""


class Mastered(AudioStream, Protocol):
    """A stream that was mastered."""

    @property
    def report(self) -> LoudnessReport: ...

    def lowered(self, by_db: float, on_progress: OnProgress | None = None, /) -> Mastered:
        """The same programme at the same loudness, its peaks ``by_db`` lower."""
        ...


def check_request(formats: Sequence[str], metadata: Metadata, bitrate: int | None = None) -> None:
    """See, before any work, that the formats are known and the cover can be used. Raises InputError."""
    if not formats:
        raise InputError(f"no format to write; there are {', '.join(FORMATS)}")
    for name in formats:
        if name not in FORMATS:
            raise InputError(f"unknown format {name!r}; there are {', '.join(FORMATS)}")
    if bitrate is not None and bitrate not in BITRATES:
        raise InputError(f"{bitrate} kbps is not a bit rate of MP3; there are {', '.join(map(str, BITRATES))}")
    if metadata.cover is not None:
        read_cover(metadata.cover, metadata.cover_sha256)


def publish_episode(
    master: Mastered,
    timeline: Timeline,
    metadata: Metadata,
    formats: Sequence[str],
    folder: Path,
    stem: str,
    manifest: ManifestInput,
    on_progress: OnProgress | None = None,
    *,
    bitrate: int | None = None,
) -> Episode:
    """Write STEM.mp3 (or wav, flac), .vtt, .srt, .txt and .manifest.json into ``folder``.

    Mono or stereo. ``bitrate`` is the MP3's in kbps, by default 96 for mono and 128 for stereo. The caller holds the episode's lock and
    gives a ``stem`` that says ``.draft`` where it must. Where the true peak of the finished MP3 is over the target's ceiling, master and
    files are made again, lower; the report says so where that is not enough.

    All files appear together (see ``stage``), and files that the last manifest lists and this one does not, such as the WAV of a render
    that asked for one, go, unless somebody changed them. Equal input gives equal bytes.

    Raises OutputError and InputError before any work, PublishError where a file cannot be made; the last episode is then untouched.
    """
    names = tuple(dict.fromkeys(formats))
    check_request(names, metadata, bitrate)
    check_output(folder, stem)
    tags = episode_tags(metadata, timeline, read_cover(metadata.cover, metadata.cover_sha256) if metadata.cover else None)
    stage = open_stage(folder, stem)
    try:
        paths = {name: stage / f"{stem}.{name}" for name in names}
        report = _encode(master, tags, paths, bitrate, on_progress)
        texts = {stage / f"{stem}{suffix}": write(metadata.title, timeline) for suffix, write in CAPTION_WRITERS.items()}
        for path, text in texts.items():
            _write(path, [text])
        with os_errors_as(PublishError, "read the finished files", stage):
            files = [file_digest(path) for path in (*paths.values(), *texts)]
        record = stage / f"{stem}{SUFFIX}"
        _write(record, manifest_pieces(make_manifest(manifest, timeline, metadata, report, files)))
        files.append(file_digest(record))
        last = read_manifest(folder / record.name)
        old = {file.name: file.sha256 for file in last.files} if last else {}
        commit_stage(folder, stem, [file.path.name for file in files], old)
    finally:
        drop_stage(folder, stem)
    done = tuple(EpisodeFile(folder / file.path.name, file.bytes, file.sha256) for file in files)
    return Episode(done, timeline.seconds, report, episode_chapters(timeline))


def _encode(master: Mastered, tags: Tags, paths: Mapping[str, Path], bitrate: int | None, on_progress: OnProgress | None) -> LoudnessReport:
    """Encode until the decoded peaks of a lossy file stay under the ceiling; the report of the master that was encoded."""
    ceiling_db = master.report.target.ceiling_db
    lower_db = 0.0
    for left in reversed(range(MOST_ENCODINGS)):
        current = master.lowered(lower_db, on_progress) if lower_db else master
        encode_files(current, tags, paths, bitrate, _reporter(current, on_progress))
        over_db = overshoot_db(paths["mp3"], ceiling_db) if "mp3" in paths else 0.0
        if over_db <= 0:
            break
        _log.info("%s: its peaks are %.2f dB over the ceiling after encoding", paths["mp3"].name, over_db)
        if not left:
            note = f"the MP3's true peak is {ceiling_db + over_db:.2f} dB, over the ceiling of {ceiling_db:g} dB, as the encoder overshoots"
            return replace(current.report, reached=False, note="; ".join(filter(None, (current.report.note, note))))
        lower_db += _STEP * over_db + _SPARE_DB
    return current.report


def _reporter(master: AudioStream, on_progress: OnProgress | None) -> Callable[[int], None]:
    total = master.frames / master.sample_rate

    def report(frames: int) -> None:
        if on_progress is not None:
            on_progress(Progress("publish", frames / master.sample_rate, total))

    return report


def _write(path: Path, pieces: Iterable[str]) -> None:
    with os_errors_as(PublishError, "write the file", path), path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(pieces)
