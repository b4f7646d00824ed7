"""Recorded turns as takes: decoded once, measured like what an engine spoke, and kept in the store by the digest of the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from voiceover.errors import InputError
from voiceover.takes.store import TakeStore
from voiceover.types import Audio, PlannedRecording, SoundFile, Take

QUIETEST_PEAK = 1e-4
"""A recording of which no sample is larger (-80 dBFS) is silent."""


def adopt_recordings(recordings: Iterable[PlannedRecording], store: TakeStore) -> Mapping[str, Take]:
    """Return the takes of recorded turns by address; decode the files whose take is not in ``store``.

    Raises InputError, with the place of the turn, as ``read_recording`` does; StoreError if the store fails.
    """
    found: dict[str, Take] = {}
    for recording in recordings:
        address = recording.utterance.address
        if address not in found:
            found[address] = store.get(address) or store.put(address, _read(recording), {"recorded": recording.file.name})
    return found


def _read(recording: PlannedRecording) -> Audio:
    try:
        return read_recording(recording.file)
    except InputError as error:
        raise InputError(f"{recording.utterance.source}: {error}") from error


def read_recording(file: SoundFile) -> Audio:
    """Decode the file of a recorded turn, its channels averaged.

    Raises InputError if it cannot be read, is silent or exceeds the limits.
    """
    import numpy as np

    from voiceover.audio.limits import TURN
    from voiceover.audio.streaming import read_mono

    audio = read_mono(file.path, TURN)
    if float(np.max(np.abs(audio.samples), initial=0.0)) < QUIETEST_PEAK:
        raise InputError(f"{file.path}: is silent, although words are said in it")
    return audio
