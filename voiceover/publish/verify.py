"""Measure finished files as a player decodes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from voiceover.audio.formats import AUDIO_SUFFIXES
from voiceover.audio.loudness import measure
from voiceover.publish.decoded import open_decoded
from voiceover.types import Episode, Loudness


def verify_files(paths: Iterable[Path]) -> Iterator[tuple[Path, Loudness]]:
    """Yield each audio file with the measurements of its decoded audio. Raises InputError if one cannot be read."""
    for path in paths:
        yield path, measure(open_decoded(path))


def verify_episode(episode: Episode) -> Iterator[tuple[Path, Loudness]]:
    """Measure the audio files of an episode; see ``verify_files``."""
    return verify_files(file.path for file in episode.files if file.path.suffix in AUDIO_SUFFIXES)
