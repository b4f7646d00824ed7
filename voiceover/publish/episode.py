"""From a master and its timeline to the files of an episode, all at once or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from voiceover.errors import InputError, PublishError
from voiceover.files import os_errors_as
from voiceover.publish.caption_files import CAPTION_WRITERS
from voiceover.publish.cover import read_cover
from voiceover.publish.encode import FORMATS, encode_files
from voiceover.publish.manifest import SUFFIX, ManifestInput, make_manifest, manifest_text
from voiceover.publish.manifest_read import read_manifest
from voiceover.publish.mp3_frames import BITRATES
from voiceover.publish.stage import check_output, commit_stage, drop_stage, file_digest, open_stage
from voiceover.publish.tags import episode_tags
from voiceover.types import AudioStream, Episode, EpisodeFile, LoudnessReport, Metadata, OnProgress, Progress, Timeline


class Mastered(AudioStream, Protocol):
    """A stream that was mastered."""

    @property
    def report(self) -> LoudnessReport: ...


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
        read_cover(metadata.cover)


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
    gives a ``stem`` that says ``.draft`` where it must. All files appear together (see ``stage``), and files that the last manifest lists
    and this one does not, such as the WAV of a render that asked for one, go, unless somebody changed them. Equal input gives equal bytes.

    Raises OutputError and InputError before any work, PublishError where a file cannot be made; the last episode is then untouched.
    """
    names = tuple(dict.fromkeys(formats))
    check_request(names, metadata, bitrate)
    check_output(folder, stem)
    tags = episode_tags(metadata, timeline, read_cover(metadata.cover) if metadata.cover else None)
    stage = open_stage(folder, stem)
    try:
        paths = {name: stage / f"{stem}.{name}" for name in names}
        encode_files(master, tags, paths, bitrate, _reporter(master, on_progress))
        texts = {stage / f"{stem}{suffix}": write(metadata.title, timeline) for suffix, write in CAPTION_WRITERS.items()}
        for path, text in texts.items():
            _write(path, text)
        with os_errors_as(PublishError, "read the finished files", stage):
            files = [file_digest(path) for path in (*paths.values(), *texts)]
        record = stage / f"{stem}{SUFFIX}"
        _write(record, manifest_text(make_manifest(manifest, timeline, metadata, master.report, files)))
        files.append(file_digest(record))
        last = read_manifest(folder / record.name)
        old = {file.name: file.sha256 for file in last.files} if last else {}
        commit_stage(folder, stem, [file.path.name for file in files], old)
    finally:
        drop_stage(folder, stem)
    done = tuple(EpisodeFile(folder / file.path.name, file.bytes, file.sha256) for file in files)
    return Episode(done, timeline.seconds, master.report)


def _reporter(master: AudioStream, on_progress: OnProgress | None) -> Callable[[int], None]:
    total = master.frames / master.sample_rate

    def report(frames: int) -> None:
        if on_progress is not None:
            on_progress(Progress("publish", frames / master.sample_rate, total))

    return report


def _write(path: Path, text: str) -> None:
    with os_errors_as(PublishError, "write the file", path):
        path.write_text(text, encoding="utf-8", newline="\n")
