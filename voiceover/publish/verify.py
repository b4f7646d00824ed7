"""Measure finished files as a player decodes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from voiceover.audio.chunks import worker_threads
from voiceover.audio.formats import AUDIO_SUFFIXES
from voiceover.audio.loudness import Meter, measure
from voiceover.publish.decoded import open_decoded
from voiceover.types import Episode, Loudness, Profile


def verify_files(paths: Iterable[Path]) -> Iterator[tuple[Path, Loudness]]:
    """Yield each audio file with the measurements of its decoded audio. Raises InputError if one cannot be read."""
    for path in paths:
        yield path, measure(open_decoded(path))


def verify_episode(episode: Episode) -> Iterator[tuple[Path, Loudness]]:
    """Measure the audio files of an episode, but not its stems; see ``verify_files``."""
    return verify_files(file.path for file in episode.files if file.path.suffix in AUDIO_SUFFIXES and not file.subfolder)


def decoded_profile(path: Path) -> Profile:
    """Return peaks and loudness over time of a finished file. Raises InputError if it cannot be read."""
    stream = open_decoded(path)
    with worker_threads() as pool:
        meter = Meter(stream.sample_rate, stream.channels, pool)
        meter.add_all(stream.blocks())
        meter.finish()
    return meter.profile()
