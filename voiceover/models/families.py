"""Which family a model belongs to. The families come from the engines; this package knows them by their protocol only."""

from __future__ import annotations

from collections.abc import Sequence

from voiceover.errors import ModelError
from voiceover.types.models import ModelFamily, ModelRecord


def owner(record: ModelRecord, families: Sequence[ModelFamily]) -> ModelFamily | None:
    """Return the family of a record, None if its engine is not installed."""
    if record.family is not None:
        return next((family for family in families if family.name == record.family), None)
    return next((family for family in families if family.owns(record)), None)


def require_owner(record: ModelRecord, families: Sequence[ModelFamily]) -> ModelFamily:
    """Return the family of a record. Raises ModelError if its engine is not installed."""
    family = owner(record, families)
    if family is None:
        what = f"a model of {record.family}" if record.family else "a model of an unknown kind"
        raise ModelError(f"{record.name} is {what}, and no installed engine can use it; install the engine, or remove the model")
    return family
