"""Pages of finished episodes: found by the script, built from what the render has stored, and written beside the audio."""

from __future__ import annotations

import logging
import os
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from voiceover import publish
from voiceover.audio.formats import AUDIO_SUFFIXES, FORMATS
from voiceover.errors import InputError, OutputError, ScriptError, VoiceoverError
from voiceover.pipeline.check import check_job
from voiceover.pipeline.episode import target_paths
from voiceover.pipeline.job import Job
from voiceover.pipeline.output import OutputPaths
from voiceover.pipeline.profiles import profile_of
from voiceover.system import folders
from voiceover.system.files import os_errors_as, whole_file

MOST_EMBEDDED_BYTES = 300_000_000
"""Size of the largest audio file that a page can have inside: browsers hold the whole page in memory."""
_MOST_TRANSCRIPT_BYTES = 100_000_000
_HEAD_BYTES = 4096
_OURS = b'<meta name="generator" content="voiceover '
_EMBEDDED = b', embedded">'
_PIECE_BYTES = 3 << 18
_REVIEW = ".review"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished episode, or a chapter with files of its own."""

    folder: Path
    stem: str
    manifest: publish.Manifest
    description: str = ""
    """What the script says of it."""

    @property
    def audio(self) -> publish.ManifestFile:
        """The audio file that a page plays: the one that most browsers can. Raises InputError if it is not there as it was rendered."""
        files = {Path(file.name).suffix.lower(): file for file in self.manifest.files if not file.is_stem}
        found = next((files[suffix] for suffix in AUDIO_SUFFIXES if suffix in files), None)
        if found is None:
            raise InputError(f"{self.folder / self.stem}: this episode has no audio file; render it again")
        path = self.folder / found.name
        try:
            size = path.stat().st_size if path.is_file() else None
        except OSError:
            size = None
        if size is None:
            raise InputError(f"{path}: there is no such file, although the episode has one; render it again")
        if size != found.bytes:
            raise InputError(f"{path}: changed since it was rendered; render the episode again")
        return found

    @property
    def page(self) -> Path:
        """The page for listeners."""
        return self.folder / f"{self.stem}.html"

    @property
    def review(self) -> Path:
        """The page for producers."""
        return self.folder / f"{self.stem}{_REVIEW}.html"

    @property
    def transcript(self) -> bytes:
        """The content of the transcript with the times of words; empty if there is none."""
        path = self.folder / f"{self.stem}.transcript.json"
        with suppress(OSError):
            if path.is_file() and path.stat().st_size <= _MOST_TRANSCRIPT_BYTES:
                return path.read_bytes()
        return b""


def finished_episode(job: Job) -> tuple[Finished, ...]:
    """Return the finished episode of a script; of one that is split into chapters, each chapter.

    One of the draft voice is returned only if there is no other. Raises ScriptError, and InputError if there is none.
    """
    checked = check_job(job)
    if checked.errors:
        raise ScriptError(checked.errors)
    target = target_paths(job, checked.settings)
    for place in (target, target.draft):
        if found := finished_at(place, checked.settings.description or ""):
            return found
    raise InputError(
        f"{job.script}: there is no finished episode in {target.folder}; run `voiceover render` first, or name its folder with -o"
    )


def finished_at(place: OutputPaths, description: str = "") -> tuple[Finished, ...]:
    """Return the episode at ``place``, or its chapters; nothing if there is none."""
    manifest = publish.read_manifest(place.last_manifest)
    if manifest is None:
        return ()
    if not manifest.parts:
        return (Finished(place.folder, place.stem, manifest, description),)
    parts = ((part.stem, publish.read_manifest(publish.find_manifest(place.folder, part.stem, place.state))) for part in manifest.parts)
    return tuple(Finished(place.folder, stem, own, description) for stem, own in parts if own is not None)


def write_listening_pages(episodes: Sequence[Finished], cache_folder: Path | None = None, *, embed: bool = False) -> tuple[Path, ...]:
    """Write the page of each episode and return their paths; with ``embed`` the audio is inside.

    Raises InputError if its audio is not there, OutputError if a file of that name is none of our pages.
    """
    for episode in episodes:
        check_ours(episode.page)
    return tuple(_write(episode, folders.cache_folder(cache_folder), embed=embed) for episode in episodes)


def refresh_listening_pages(place: OutputPaths, description: str = "", cache_folder: Path | None = None) -> None:
    """Write the pages of an episode that has changed again, if it has any: they would show old words beside new audio."""
    if not place.split and not is_ours(place.folder / f"{place.stem}.html"):
        return
    if place.split:
        _drop_pages_of_gone_chapters(place)
    for episode in finished_at(place, description):
        head = _head(episode.page)
        if _OURS in head:
            try:
                _write(episode, folders.cache_folder(cache_folder), embed=_EMBEDDED in head)
            except VoiceoverError as error:
                _log.warning("the page is that of the last render: %s", error)


def _drop_pages_of_gone_chapters(place: OutputPaths) -> None:
    with suppress(OSError):
        for page in place.folder.glob("*.html"):
            stem = page.stem.removesuffix(_REVIEW)
            if is_ours(page) and not publish.find_manifest(place.folder, stem, place.state).exists():
                page.unlink()


def is_ours(page: Path) -> bool:
    """Return True for a page that voiceover made."""
    return _OURS in _head(page)


def check_ours(page: Path) -> None:
    """Raise OutputError if a page would replace a file that is none."""
    if os.path.lexists(page) and not is_ours(page):
        raise OutputError(f"{page}: this is not a page that voiceover made; move it, or rename it")


def _head(page: Path) -> bytes:
    try:
        with page.open("rb") as file:
            return file.read(_HEAD_BYTES) if page.is_file() and not page.is_symlink() else b""
    except OSError:
        return b""


def _write(episode: Finished, cache_folder: Path, *, embed: bool) -> Path:
    audio, manifest = episode.audio, episode.manifest
    path = episode.folder / audio.name
    if embed and audio.bytes > MOST_EMBEDDED_BYTES:
        most = f"{MOST_EMBEDDED_BYTES // 1_000_000} MB"
        raise InputError(f"{path}: too large to embed ({audio.bytes // 1_000_000} MB of at most {most}); leave out --embed")
    profile = profile_of(manifest, path, audio.sha256, cache_folder)
    media_type = next(kind.media_type for kind in FORMATS.values() if kind.suffix == path.suffix.lower())
    text = publish.listening_page(
        manifest, audio.name, profile, episode.transcript, episode.description, embedded=media_type if embed else ""
    )
    with whole_file(episode.page, "write the page") as file:
        before, here, after = text.rpartition(publish.AUDIO_HERE) if embed else (text, "", "")
        file.write(before.encode("utf-8", "replace"))
        if here:
            for piece in _pieces(path):
                file.write(piece)
        file.write(after.encode("utf-8", "replace"))
    return episode.page


def _pieces(path: Path) -> Iterator[bytes]:
    with os_errors_as(InputError, "read the audio", path), path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):  # a multiple of three bytes, so that the pieces make one text
            yield b64encode(piece)
