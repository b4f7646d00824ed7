"""An F5 model of the store, ready to be loaded."""

from __future__ import annotations

from pathlib import Path

from voiceover.engines.f5.choices import Architecture
from voiceover.tensors.named import Weights
from voiceover.types.lazy_dataclass import dataclass
from voiceover.types.models import ModelFacts


@dataclass(frozen=True, slots=True, eq=False)
class F5Model:
    """An installed model. Tensors are in the names and layout of MLX; none are read before they are asked for."""

    name: str
    digest: str
    """Digest of all weights and the vocabulary, 64 hex digits."""
    facts: ModelFacts
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

    @property
    def architecture(self) -> Architecture:
        """Which of F5's networks it is; the tensors do not reveal it."""
        return Architecture(self.facts.architecture or "")
