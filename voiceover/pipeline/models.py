"""The user's models with the families that the installed engines know."""

from __future__ import annotations

from pathlib import Path

from voiceover import engines, models, takes
from voiceover.system import folders
from voiceover.types.models import ModelFamily


def model_families() -> tuple[ModelFamily, ...]:
    """Return the families of all installed engines, voiceover's own first, and that of the recognizers."""
    return (*(family for _, family in engines.offers("MODEL_FAMILY")), takes.WHISPER)


def model_store(data: Path | None = None) -> models.ModelStore:
    """Return the models in the data folder ``data``, the user's own by default."""
    return models.ModelStore(data or folders.data_folder(), model_families())


def can_use(engine: str, name: str) -> bool:
    """Return True if the model ``name`` is of the engine's family, or if the engine has no family, so that only it can tell.

    Raises ModelError if the engine has a family and there is no such model.
    """
    family: ModelFamily | None = engines.offer(engine, "MODEL_FAMILY")
    if family is None:
        return True
    store = model_store()
    found = models.owner(models.find(store, name), store.families)
    return found is not None and found.name == family.name
