"""The review of a finished episode: its takes as the last render left them, with their recordings in the store."""

from __future__ import annotations

import logging
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from voiceover import publish, takes
from voiceover.errors import VoiceoverError
from voiceover.pipeline.context import open_store
from voiceover.pipeline.job import Job
from voiceover.pipeline.pages import Finished, check_ours
from voiceover.pipeline.profiles import profile_of
from voiceover.pipeline.render import plan_episode
from voiceover.pipeline.take_lines import TakeLine, take_lines
from voiceover.system import folders
from voiceover.system.files import write_whole
from voiceover.types import Options

_LINES = dict[tuple[str, str], deque[TakeLine]]

_log = logging.getLogger(__name__)


def write_reviews(job: Job, episodes: Sequence[Finished], commands: publish.ReviewCommands) -> tuple[Path, ...]:
    """Write the review of each episode beside its audio and return the paths.

    Raises InputError if its audio is not there, OutputError if a file of that name is none of our pages.
    """
    for episode in episodes:
        check_ours(episode.review)
    lines, store = _lines(job), open_store(job.cache_folder)
    for episode in episodes:
        audio, manifest = episode.audio, episode.manifest
        profile = profile_of(manifest, episode.folder / audio.name, audio.sha256, folders.cache_folder(job.cache_folder))
        found = [_take(number, take, lines, store) for number, take in enumerate(manifest.takes, 1)]
        text = publish.review_page(manifest, audio.name, profile, found, commands, episode.transcript)
        write_whole(episode.review, text.encode("utf-8", "replace"), "write the page")
    return tuple(episode.review for episode in episodes)


def _lines(job: Job) -> _LINES:
    """Return the lines of the script by speaker and words, in order; none if the episode cannot be planned here."""
    found: _LINES = defaultdict(deque)
    try:
        planned = take_lines(plan_episode(job))
    except VoiceoverError as error:  # its engine may be on another machine
        _log.warning("the review has no places in the script: %s", error)
        return found
    for line in planned:
        found[line.planned.utterance.speaker, line.planned.utterance.text].append(line)
    return found


def _take(number: int, made: publish.ManifestTake, lines: _LINES, store: takes.FileStore) -> publish.ReviewTake:
    line = made.line
    places = lines.get((line.speaker, line.text))
    here = places.popleft() if places else None
    model = f", {line.model}" if line.model and line.model != line.engine else ""
    return publish.ReviewTake(
        number=number,
        place=here.place if here is not None and here.segment is not None else "",
        speaker=line.speaker,
        voice=made.voice,
        style=line.style,
        engine=f"{line.engine} r{line.revision}{model}",
        seed=line.seed,
        options=_in_words(line.options),
        text=line.text,
        spoken="".join(span.text for span in line.spoken),
        changes=here.planned.respellings if here is not None else (),
        start=made.start_seconds,
        end=made.end_seconds,
        audio=_recording(line.address, store),
        suspect=made.suspect,
        findings=made.findings,
        attempts=tuple(_attempt(at, address, line.address, made, store) for at, address in enumerate(line.attempts, 1)),
        own=bool(made.recording),
    )


def _attempt(number: int, address: str, kept: str, made: publish.ManifestTake, store: takes.FileStore) -> publish.ReviewAttempt:
    stored = store.get(address) if takes.is_address(address) else None
    checks = stored.checks if stored is not None else None
    findings = made.findings if address == kept else checks.findings if checks is not None else ()
    return publish.ReviewAttempt(
        number=number,
        kept=address == kept,
        audio=_recording(address, store),
        seconds=stored.frames / stored.sample_rate if stored is not None else None,
        findings=findings,
        score=checks.score if checks is not None else None,
    )


def _recording(address: str, store: takes.FileStore) -> str:
    """Return the URL of a recording in the store, wherever the page is opened on this machine; empty if it is not there.

    A manifest may be a stranger's: what is no address names no file.
    """
    return store.path(address).as_uri() if takes.is_address(address) and store.has(address) else ""


def _in_words(options: Options) -> str:
    return ", ".join(f"{name} {value}" for name, value in asdict(options).items() if value is not None)
