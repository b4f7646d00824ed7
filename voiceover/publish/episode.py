"""Publish an episode: write all of its files from a master and its timeline, or none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from voiceover.audio.chunks import worker_threads
from voiceover.audio.formats import FORMATS
from voiceover.audio.packets import encoder_problem
from voiceover.errors import InputError, PublishError
from voiceover.publish.caption_files import CAPTION_WRITERS
from voiceover.publish.commit import check_output, commit_stage, file_digest, home_of, manifest_path, new_stage
from voiceover.publish.cover import read_cover
from voiceover.publish.credits import CREDITS_SUFFIX, credits_of, credits_text
from voiceover.publish.levelled import Mastered, encode_levelled
from voiceover.publish.manifest import Manifest, ManifestInput, episode_chapters, make_manifest
from voiceover.publish.manifest_json import manifest_pieces
from voiceover.publish.manifest_read import read_manifest
from voiceover.publish.notes import notes_texts
from voiceover.publish.player_files import PLAYER_WRITERS
from voiceover.publish.stems import write_stems
from voiceover.publish.tags import episode_tags
from voiceover.publish.taken_over import take_over_episode
from voiceover.system.files import os_errors_as
from voiceover.types import Encoding, Episode, EpisodeFile, Link, Metadata, MusicReport, OnProgress, Stems, Timeline

NO_WISHES = Encoding()


def check_request(formats: Sequence[str], metadata: Metadata, encoding: Encoding = NO_WISHES) -> None:
    """Check before any work that formats and bitrates exist and the cover can be used. Raises InputError."""
    if not formats:
        raise InputError(f"no audio format given; choose from {', '.join(FORMATS)}")
    for name in formats:
        if name not in FORMATS:
            raise InputError(f"unknown audio format {name!r}; choose from {', '.join(FORMATS)}")
        kind = FORMATS[name]
        if problem := encoder_problem(kind):
            raise InputError(problem)
        bitrate = encoding.bitrates.get(name)
        if bitrate is not None and bitrate not in kind.bitrates:
            raise InputError(f"{bitrate} kbps is not a bitrate of {kind.label}; choose from {kind.bitrate_choice}")
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
    encoding: Encoding = NO_WISHES,
    links: Sequence[Link] | None = None,
    state: Path | None = None,
    music: MusicReport | None = None,
    stems: Stems | None = None,
) -> Episode:
    """Write the audio files of an episode, its captions (.vtt, .srt), transcripts (.txt, .transcript.json, .transcript.html), chapters
    (.chapters.json), credits (.credits.txt) and manifest (.manifest.json).

    - ``master``, ``timeline``, ``metadata``: the mastered stream, mono or stereo, and what captions and tags are made from.
    - ``formats``: names of audio formats.
    - ``folder``, ``stem``: where the files go, and the start of their names; ``stem`` ends in ``.draft`` for a stand-in voice.
    - ``given``: what else the manifest records.
    - ``on_progress``: called with the progress.
    - ``links``: those of the script, to write show notes (.notes.md, .notes.html) too; None for no notes.
    - ``encoding``: bitrates and sample rate of the audio files.
    - ``state``: the folder, which must exist, for the manifest and unfinished files; None to keep them in ``folder``, too.
    - ``music``: how far the music stays under the speech; None without music under it.
    - ``stems``: what to write into the folder ``STEM.stems`` for editors; None for nothing.

    The caller must hold the episode's lock, in ``state`` if that is given. If the true peak of a finished lossy file exceeds the target's
    ceiling, master and files are made again at a lower level; the report says if that was not enough. All files appear together (see
    ``commit``). Files that only the last manifest lists, such as the WAV of an earlier render, are removed unless they were changed. Equal
    input gives equal bytes.

    Raises OutputError and InputError before any work, PublishError if a file cannot be written, LockHeldError if another run holds the
    episode in ``folder``; the last episode is then untouched.
    """
    names = tuple(dict.fromkeys(formats))
    check_request(names, metadata, encoding)
    check_output(folder, stem)
    with new_stage(folder, stem, state) as stage:
        made, files = stage_episode(stage, stem, master, timeline, metadata, names, manifest, on_progress, encoding, links, music, stems)
        last = last_manifest(folder, stem, state)
        old = {file.name: file.sha256 for file in last.files} if last else {}
        commit_stage(folder, stem, [file.name for file in files], old, state)
    return Episode(committed(files, folder, state), timeline.seconds, made.loudness, episode_chapters(timeline), music=music)


def stage_episode(
    stage: Path,
    stem: str,
    master: Mastered,
    timeline: Timeline,
    metadata: Metadata,
    formats: Sequence[str],
    manifest: ManifestInput,
    on_progress: OnProgress | None,
    encoding: Encoding,
    links: Sequence[Link] | None = None,
    music: MusicReport | None = None,
    stems: Stems | None = None,
) -> tuple[Manifest, list[EpisodeFile]]:
    """Write the files of ``publish_episode`` into the folder ``stage``; return the manifest, and the files with the manifest last."""
    tags = episode_tags(metadata, timeline, read_cover(metadata.cover, metadata.cover_sha256) if metadata.cover else None)
    paths = {name: stage / f"{stem}.{name}" for name in formats}
    tracks, projects = write_stems(stage, stem, stems, tags, on_progress) if stems is not None else ([], {})
    with worker_threads(1) as thread:
        # Texts depend on no sample, and an encoder leaves Python's lock to them.
        written = thread.give(lambda where: _write_texts(where, stem, timeline, metadata, manifest, links, projects), stage)
        report = encode_levelled(master, tags, paths, encoding, on_progress)
        texts = written.result()
    with os_errors_as(PublishError, "read the finished files", stage):
        files = [file_digest(path) for path in (*paths.values(), *texts)]
        files += [file_digest(path, path.parent.name) for path in (*tracks, *projects)]
    made = make_manifest(manifest, timeline, metadata, report, files, music)
    return made, [*files, stage_manifest(stage, stem, made)]


def _write_texts(
    stage: Path,
    stem: str,
    timeline: Timeline,
    metadata: Metadata,
    manifest: ManifestInput,
    links: Sequence[Link] | None,
    projects: Mapping[Path, str],
) -> list[Path]:
    """Write captions, transcripts, credits, notes and ``projects``; return the paths of the first ones, without the projects."""
    texts = {stage / f"{stem}{suffix}": write(metadata.title, timeline) for suffix, write in CAPTION_WRITERS.items()}
    texts[stage / f"{stem}{CREDITS_SUFFIX}"] = credits_text(credits_of(manifest.plan), metadata)
    if links is not None:
        texts |= {stage / f"{stem}{suffix}": text for suffix, text in notes_texts(manifest.plan, timeline, metadata, links).items()}
    players = {stage / f"{stem}{suffix}": write(metadata, timeline) for suffix, write in PLAYER_WRITERS.items()}
    texts |= {path: text for path, text in players.items() if text}
    for path, text in {**texts, **projects}.items():
        write_text(path, [text])
    return list(texts)


def stage_manifest(stage: Path, stem: str, manifest: Manifest) -> EpisodeFile:
    """Write a manifest into the folder ``stage``."""
    record = manifest_path(stage, stem)
    write_text(record, manifest_pieces(manifest))
    return file_digest(record)


def last_manifest(folder: Path, stem: str, state: Path | None) -> Manifest | None:
    """Return the manifest that a commit will replace; another run may have written it since this one was planned."""
    if state is not None:
        take_over_episode(folder, stem, state)
    return read_manifest(manifest_path(folder, stem, state))


def committed(files: Iterable[EpisodeFile], folder: Path, state: Path | None) -> tuple[EpisodeFile, ...]:
    """Return staged files as they are after the commit into ``folder``."""
    return tuple(replace(file, path=home_of(file.name, folder, state) / file.name) for file in files)


def write_text(path: Path, pieces: Iterable[str]) -> None:
    """Write a text file in UTF-8, in pieces. Raises PublishError."""
    with os_errors_as(PublishError, "write the file", path), path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(pieces)
