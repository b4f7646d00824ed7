"""Record on other machines. Everything that a worker there needs is transferred through the shared store.

A worker cannot read this machine's disk. So the model and the reference clips are uploaded to the shared store first, by SHA-256; the
worker downloads what it lacks once, and stores its takes where this machine finds them.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from voiceover import engines, takes
from voiceover.errors import EngineError, InputError, VoiceError
from voiceover.pipeline.context import engine_context, open_model_in
from voiceover.pipeline.job import OpenableEngine
from voiceover.system import folders
from voiceover.system.files import write_whole
from voiceover.system.remote_store import RemoteStore, display_url, open_remote_store
from voiceover.takes import WorkerSetup, record_on_cluster
from voiceover.types import Audio, BatchEngine, Clip, Engine, EngineInfo, Style, Utterance, Voice

if TYPE_CHECKING:
    from voiceover.models import SharedModel


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a worker on another machine needs to know; pickled."""

    store: str = field(repr=False)
    """URL of the shared store; may contain a password."""
    engine: str
    options: Mapping[str, str]
    """Options of the engine."""
    models: tuple[SharedModel, ...]
    """The model that speaks is the last one; empty if the engine has none."""
    fingerprint: str
    """The fingerprint that the engine must have there too."""


def recorder_on_cluster(opened: Mapping[str, OpenableEngine], store: takes.FileStore, address: str) -> takes.Recorder:
    """Return a recorder that uses the Ray cluster at ``address``; ``opened`` has the engine of each line by its name.

    Raises InputError if ``store`` is not a shared one.
    """
    if not isinstance(store, takes.SharedStore):
        raise InputError(
            "recording on a cluster needs a take store that all its machines can reach: --store URL (a shared folder, s3://...)"
        )
    return functools.partial(_record, opened, store, address)


def _record(
    opened: Mapping[str, OpenableEngine],
    store: takes.SharedStore,
    address: str,
    requests: Sequence[takes.Request],
    session: takes.RecordingSession,
    **how: int,
) -> None:
    sent: set[str] = set()

    def opening_of(name: str) -> Callable[[], WorkerSetup]:
        engine = opened[name]
        models = _send_model(engine.info.model, store.remote)
        return functools.partial(open_worker_setup, Assignment(store.remote.url, name, engine.options, models, engine.info.fingerprint))

    def send_clips(come: Sequence[takes.Request]) -> None:
        cloned = [(utterance, voice) for utterance, voice in come if opened[utterance.engine].info.reference_in_window]
        clips = {clip.sha256: clip for utterance, voice in cloned if (clip := voice.styles[utterance.style].clip)}
        for clip in [clip for digest, clip in clips.items() if digest not in sent]:
            _send_clip(clip, store.remote)
            sent.add(clip.sha256)

    record_on_cluster(requests, address, opening_of, session, prepare=send_clips, **how)


class RemoteEngine:
    """An engine on another machine, which has no voices: reference clips come from the shared store."""

    def __init__(self, engine: Engine, store: takes.SharedStore) -> None:
        self._engine = engine
        self._store = store
        self._clips: dict[str, Path] = {}

    @property
    def info(self) -> EngineInfo:
        return self._engine.info

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        """Speak as the engine does. Raises VoiceError if the store lacks a clip, StoreError."""
        return self._engine.speak(utterance, self._here(voice, utterance.style))

    def close(self) -> None:
        self._engine.close()

    def _here(self, voice: Voice, name: str) -> Voice:
        """Return the voice with the path of its clip on this machine."""
        style = voice.styles[name]
        if style.clip is None:
            return voice
        if style.clip.sha256 not in self._clips:
            self._clips[style.clip.sha256] = _fetched_clip(style.clip, self._store)
        here = replace(style.clip, path=self._clips[style.clip.sha256])
        return replace(voice, styles={**voice.styles, name: Style(here, style.settings)})


class RemoteBatchEngine(RemoteEngine):
    """A remote engine that speaks several utterances per call."""

    def __init__(self, engine: BatchEngine, store: takes.SharedStore) -> None:
        super().__init__(engine, store)
        self._together = engine

    @property
    def batch_size(self) -> int:
        return self._together.batch_size

    def together_key(self, utterance: Utterance, voice: Voice) -> Hashable:
        return self._together.together_key(utterance, self._here(voice, utterance.style))

    def speak_together(self, utterances: Sequence[Utterance], voices: Sequence[Voice]) -> list[Audio]:
        here = [self._here(voice, utterance.style) for utterance, voice in zip(utterances, voices, strict=True)]
        return self._together.speak_together(utterances, here)


def open_worker_setup(assignment: Assignment) -> WorkerSetup:
    """Open engine and store on this machine. Raises EngineError if it would sound different, and what store and models raise."""
    cache = folders.cache_folder()
    store = takes.SharedStore(cache, open_remote_store(assignment.store))
    takes.collect_when_due(store)
    context = engine_context(options=assignment.options)
    if assignment.models:
        from voiceover.models import fetch_models
        from voiceover.pipeline.models import model_store

        home = fetch_models(assignment.models, store.remote, model_store(), cache / "fetched" / assignment.models[-1].digest[:16])
        context = replace(context, open_model=functools.partial(open_model_in, home))
        context = replace(context, options={**context.options, "model": assignment.models[-1].name})
    engine = engines.open_engine(assignment.engine, replace(context, cache_folder=context.cache_folder / assignment.engine))
    if engine.info.fingerprint != assignment.fingerprint:
        engine.close()
        raise EngineError(
            f'its engine would sound different: it has "{engine.info.fingerprint}", but "{assignment.fingerprint}" was planned; '
            "use the same versions of voiceover and its engines on all machines, and set --backend and --precision"
        )
    if engine.info.reference_in_window:
        engine = RemoteBatchEngine(engine, store) if isinstance(engine, BatchEngine) else RemoteEngine(engine, store)
    return WorkerSetup(engine, store)


def _send_model(name: str | None, remote: RemoteStore) -> tuple[SharedModel, ...]:
    if name is None:
        return ()
    from voiceover.models import installed, push_model
    from voiceover.pipeline.models import model_store

    models = model_store()
    known = name in {record.name for record in installed(models)}
    return push_model(models, name, remote) if known else ()  # an engine may have models of its own, outside our store


def _clip_key(clip: Clip) -> str:
    return f"clips/{clip.sha256}{clip.path.suffix}"


def _send_clip(clip: Clip, remote: RemoteStore) -> None:
    if not remote.has(_clip_key(clip)):
        remote.send(clip.path, _clip_key(clip))


def _fetched_clip(clip: Clip, store: takes.SharedStore) -> Path:
    """Return the path of the verified clip on this machine; download it if need be."""
    path = store.folder / _clip_key(clip)
    with suppress(OSError):
        if _is(clip, path.read_bytes()):
            return path
    content = store.remote.read(_clip_key(clip))
    if content is None or not _is(clip, content):
        raise VoiceError(f"{display_url(store.remote.url)}/{_clip_key(clip)}: the reference clip is missing or damaged in the shared store")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content, "keep the reference clip", VoiceError)
    return path


def _is(clip: Clip, content: bytes) -> bool:
    return hashlib.sha256(content).hexdigest() == clip.sha256
