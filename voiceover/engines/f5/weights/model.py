"""An F5 model of the store, ready to be loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from voiceover.tensors.named import Weights


@dataclass(frozen=True, slots=True, eq=False)
class F5Model:
    """An installed model. Tensors are in the names and layout of MLX; none are read before they are asked for."""

    name: str
    digest: str
    """Digest of all weights and the vocabulary, 64 hex digits."""
    architecture: str
    """``v0`` or ``v1``; the tensors do not reveal it."""
    preset: str
    """Name of the default sampling preset."""
    languages: frozenset[str] | None
    """Primary language subtags that it was trained on; None if unknown."""
    licence: str
    commercial: bool
    """True if the licence allows commercial use."""
    dit: Weights
    """The network that makes the mel."""
    vocoder: Weights
    duration: Weights | None
    """None if the model has no duration predictor."""
    vocab: tuple[str, ...]
    """Tokens; an id is a position."""
    bytes: int = 0
    """Size of all files."""
    folder: Path | None = None
    """Its folder in the store, where files made from it may be kept; None if it has none."""
