"""The functions of the store with the families of the installed engines, for tests that have a data folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from voiceover import models
from voiceover.engines.f5.weights.quantizing import QuantizeOptions
from voiceover.models import AddedModel, CatalogueRow, Download, ImportOptions, ModelRecord, ModelStore, SharedModel
from voiceover.models.catalogue import read_catalogue as read_rows
from voiceover.pipeline.models import model_families, model_store
from voiceover.system.remote_store import RemoteStore
from voiceover.types.models import QuantizeRow

__all__ = ["AddedModel", "ImportOptions", "ModelRecord", "ModelStore", "QuantizeOptions"]


def user_says(
    name: str | None = None,
    arch: str | None = None,
    *,
    languages: frozenset[str] | None = None,
    licence: str | None = None,
    like: str | None = None,
    replace: bool = False,
    **of_family: object,
) -> ImportOptions:
    """What a user says about a model; ``architecture`` is the long name of ``arch``."""
    named = {"arch": arch or of_family.pop("architecture", None), **of_family}
    return ImportOptions(name, languages, licence, like, replace, {key: str(value) for key, value in named.items() if value is not None})


def of_quantize(how: QuantizeOptions) -> dict[str, str]:
    """The flags that mean ``how``."""
    return {"rowwise": "yes"} if how.rowwise else {"bits": str(how.bits), "group": str(how.group_size)}


def import_model(path: Path, said: ImportOptions, data: Path) -> AddedModel:
    return models.import_model(path, said, model_store(data))


def open_model(data: Path, name: str | None = None, family: str | None = None) -> Any:
    return models.open_model(model_store(data), name, family)


def installed(data: Path) -> tuple[ModelRecord, ...]:
    return models.installed(model_store(data))


def damaged(data: Path) -> tuple[str, ...]:
    return models.damaged(model_store(data))


def find(data: Path, name: str) -> ModelRecord:
    return models.find(model_store(data), name)


def default_name(data: Path) -> str | None:
    return models.default_name(model_store(data))


def use(data: Path, name: str) -> ModelRecord:
    return models.use(model_store(data), name)


def remove(data: Path, name: str) -> ModelRecord | None:
    return models.remove(model_store(data), name)


def verify_model(data: Path, name: str) -> list[models.ModelFinding]:
    return list(models.verify_model(model_store(data), name))


def quantize_model(
    name: str, how: QuantizeOptions, data: Path, *, new_name: str | None = None
) -> tuple[AddedModel, tuple[QuantizeRow, ...]]:
    return models.quantize_model(name, of_quantize(how), model_store(data), new_name=new_name)


def import_full(path: Path, how: QuantizeOptions, data: Path, *, architecture: str, new_name: str | None = None) -> ModelRecord:
    return models.import_full(path, {**of_quantize(how), "arch": architecture}, model_store(data), new_name=new_name)


def plan_pull(name: str, data: Path) -> tuple[Download, ...]:
    return models.plan_pull(name, model_store(data))


def pull(downloads: tuple[Download, ...], data: Path) -> tuple[AddedModel, ...]:
    return models.pull(downloads, model_store(data))


def push_model(data: Path, name: str, remote: RemoteStore) -> tuple[SharedModel, ...]:
    return models.push_model(model_store(data), name, remote)


def fetch_models(shared: tuple[SharedModel, ...], remote: RemoteStore, data: Path, spare: Path) -> Path:
    return models.fetch_models(shared, remote, model_store(data), spare)


def catalogue() -> Mapping[str, CatalogueRow]:
    return models.catalogue(model_families())


def find_row(name: str) -> CatalogueRow:
    return models.find_row(name, model_families())


def models_speaking(language: str) -> tuple[str, ...]:
    return models.models_speaking(language, model_families())


def read_catalogue(path: Path) -> Mapping[str, CatalogueRow]:
    return read_rows(path, model_families())
