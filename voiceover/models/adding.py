"""Adds a model to the store: its family checks everything in place, then the files are copied, then the model gets its name."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

from voiceover.errors import ModelError
from voiceover.models.copying import OnProgress, belongs, copied, place_parts
from voiceover.models.record import weights_digest
from voiceover.models.store import ModelStore, check_new_name, find, install, installed, model_folder, models_folder
from voiceover.models.voices import save_voice
from voiceover.system.files import os_errors_as, staging_folder
from voiceover.types.lazy_dataclass import dataclass
from voiceover.types.models import BundledVoice, ModelFamily, ModelRecord, ModelRequest, PreparedModel, StoredFile


@dataclass(frozen=True, slots=True)
class AddedModel:
    """A model or vocoder that was added to the store."""

    record: ModelRecord
    voice: BundledVoice | None = None
    """A reference clip that came with it; a voice of the user's was made from it if its words came too."""
    remarks: tuple[str, ...] = ()
    """Lines for the user."""


def add_model(
    family: ModelFamily,
    request: ModelRequest,
    store: ModelStore,
    *,
    replace_existing: bool | None = None,
    move: bool = False,
    default: bool = True,
    progress: OnProgress | None = None,
) -> AddedModel:
    """Check a model and add it to the store.

    family              the family that recognized it
    request             the model; what is in the store is added here
    replace_existing    True to replace an installed model of the same name; None if the user has no such choice
    move                move the files instead of copying them
    default             make it the default model if there is none
    progress            receives the bytes copied so far

    Raises ModelError for whatever does not fit, and for a full disk.
    """
    check_new_name(store, request.name, request.kind, replace=replace_existing)
    request = replace(request, installed=installed(store), find=lambda name: find(store, name))
    with staging_folder(models_folder(store.folder), request.name, ModelError) as room:
        prepared = family.prepare(request, room / "scratch")
        staged = room / "model"
        placed, files = place_parts(prepared.parts, staged, request.name, move, progress)
        voice = prepared.voice
        if voice is not None:
            voice, more = _keep_clip(voice, staged)
            files |= more
        record = _record(family, request, prepared, placed, files)
        install(staged, record, store, replace=bool(replace_existing), default=default)
    if voice is not None:
        voice = save_voice(voice.moved(model_folder(store.folder, record.name)), store.folder, record.name, record.licence)
    return AddedModel(record, voice, prepared.remarks)


def _record(
    family: ModelFamily,
    request: ModelRequest,
    prepared: PreparedModel,
    placed: dict[str, str],
    files: dict[str, StoredFile],
) -> ModelRecord:
    hashes = {
        role: tuple(files[name].sha256 for name in files if belongs(name, placed[role]))
        for role, part in prepared.parts.items()
        if part.in_digest
    }
    record = ModelRecord(
        **asdict(prepared.completed or request.facts),
        name=request.name,
        kind=prepared.kind,
        parts=placed,
        files=files,
        digest=weights_digest({**hashes, **prepared.facts}, prepared.tokens),
        layout=prepared.layout,
        source=request.source,
    )
    return record if family.owns(record) else replace(record, family=family.name)


def _keep_clip(voice: BundledVoice, staged: Path) -> tuple[BundledVoice, dict[str, StoredFile]]:
    """Copy the clip of a voice beside the model."""
    name = f"voice/{voice.clip.name}"
    with os_errors_as(ModelError, "keep the reference clip", staged):
        (staged / "voice").mkdir(exist_ok=True)
        stored = copied(voice.clip, staged / name)
    return BundledVoice(voice.name, Path(name), voice.text), {name: stored}
