"""How the manifests of an episode that is split into chapters, and of its chapters, name each other."""

from __future__ import annotations

from voiceover.types.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class ManifestPart:
    """A chapter of an episode that is split into chapters. It has a manifest of its own, beside this one."""

    stem: str
    """Common start of its files' names."""
    title: str
    start: float
    """Where it begins if all chapters are played one after the other, in seconds."""
    seconds: float


@dataclass(frozen=True, slots=True)
class ManifestBook:
    """The episode that a chapter with files of its own belongs to."""

    stem: str
    """Its manifest, beside this one, is ``STEM.manifest.json``."""
    title: str
    number: int
    """Which chapter this is, counted from 1."""
