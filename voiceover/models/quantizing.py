"""Makes a smaller model from one in full precision. The family does the arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from voiceover.errors import ModelError
from voiceover.models.adding import AddedModel, add_model
from voiceover.models.copying import check_space
from voiceover.models.families import require_owner
from voiceover.models.importing import ImportOptions, check_options, import_model, name_of, recognize
from voiceover.models.store import ModelStore, check_new_name, find, installed, model_folder, models_folder
from voiceover.system.files import os_errors_as, staging_folder
from voiceover.types.models import MODEL, ModelFamily, ModelRecord, ModelRequest, QuantizeRow, QuantizingFamily


def import_full(path: Path, options: Mapping[str, str], store: ModelStore, *, new_name: str | None = None) -> ModelRecord:
    """Import the model at ``path`` after checking that it can be quantized and that the new model's name is free.

    Raises ModelError.
    """
    family, found = recognize(path, store)
    check_options(family, "quantize", options)
    plan = _quantizing(family, str(path)).plan_quantize(found.weights, options, {})
    name = name_of(path)
    made = new_name or f"{name}-{plan.suffix}"
    if made.casefold() == name.casefold():
        raise ModelError(f'"{made}" will be the name of the model in full precision, which is imported first; give another --name')
    check_new_name(store, made, MODEL)
    if any(record.name == name for record in installed(store)):
        raise ModelError(f"there is a model {name} already; to quantize that one: voiceover models quantize {name}")
    return import_model(path, ImportOptions(family=import_only(options, store)), store).record


def import_only(options: Mapping[str, str], store: ModelStore) -> dict[str, str]:
    """Return the options that are for the import of a model, not for its quantizing."""
    names = {option.name for family in store.families for option in family.options if "import" in option.commands}
    return {name: value for name, value in options.items() if name in names}


def quantize_model(
    name: str, options: Mapping[str, str], store: ModelStore, *, new_name: str | None = None
) -> tuple[AddedModel, tuple[QuantizeRow, ...]]:
    """Add a model made from ``name`` to the store; return it with a table of what happened to its tensors.

    ``options`` are the family's own. Raises ModelError, also for a model that is quantized already.
    """
    record = find(store, name)
    if record.kind != MODEL:
        raise ModelError(f"{record.name} is a vocoder; only models are quantized")
    family = _quantizing(require_owner(record, store.families), record.name)
    check_options(family, "quantize", options)
    folder = model_folder(store.folder, record.name)
    parts = {role: folder / path for role, path in record.parts.items()}
    weights = parts[family.weights_role]
    plan = family.plan_quantize(weights, options, parts)
    made_name = new_name or f"{record.name}-{plan.suffix}"
    check_new_name(store, made_name, MODEL)
    with staging_folder(models_folder(store.folder), f"{record.name}-{plan.suffix}", ModelError) as room:
        check_space(room, 2 * sum(row.after for row in plan.rows), "quantize the model")
        with os_errors_as(ModelError, "write the quantized model", room):
            made = family.quantize(weights, options, record.name, room)
        request = ModelRequest(
            name=made_name,
            source=f"{record.name} ({record.source})",
            kind=MODEL,
            files={**{role: (path,) for role, path in parts.items()}, family.weights_role: (made,)},
            facts=replace(record.facts, note=f"{record.name}, quantized here."),
        )
        return add_model(family, request, store), plan.rows


def _quantizing(family: ModelFamily, what: str) -> QuantizingFamily:
    if not isinstance(family, QuantizingFamily):
        raise ModelError(f"{what}: a model of {family.name}, which cannot be quantized")
    return family
