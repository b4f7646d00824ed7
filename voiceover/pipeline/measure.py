"""Measure the finished files of an episode as a player decodes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from voiceover import publish
from voiceover.pipeline.job import Rendered
from voiceover.types import Loudness


def verify(rendered: Rendered) -> Iterator[tuple[Path, Loudness]]:
    """Yield each audio file of an episode with its loudness, measured after decoding."""
    return publish.verify_episode(rendered.episode)
