"""Own recordings: the copies beside the script, and their takes."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

import numpy as np

from voiceover.audio.decode import readable
from voiceover.audio.files import PcmWriter, open_audio
from voiceover.audio.limits import OWN_RECORDING
from voiceover.audio.speech_detection import find_speech
from voiceover.audio.unreadable import refuse
from voiceover.errors import InputError, OutputError
from voiceover.system.files import make_folder, move_into_place, os_errors_as, sync_file, temporary_name
from voiceover.takes.check import SILENCE_PEAK
from voiceover.takes.store import TakeStore
from voiceover.types import Audio, FloatArray, Take, Utterance

_SUFFIX = ".flac"
_BITS = 24
_DIGITS = 12
"""Digits of the SHA-256 in the name of a copy: what still has them is as it was written."""
_MOST_LETTERS = 40


def recordings_folder(script: Path) -> Path:
    """Return the folder for copies of own recordings; it need not exist."""
    return script.with_name(f"{script.stem}.takes")


def check_header(path: Path) -> None:
    """Raise InputError if ``path`` cannot be an own recording by what its header says."""
    stream = open_audio(path)
    refuse(path, OWN_RECORDING.size_problem(path.stat().st_size))
    refuse(path, OWN_RECORDING.format_problem(stream.sample_rate, stream.channels))
    refuse(path, OWN_RECORDING.length_problem(stream.sample_rate, stream.channels, stream.frames))


def copy_recording(recording: Path, script: Path, text: str) -> str:
    """Copy a recording of the words ``text`` beside ``script``, as mono FLAC; return the path of the copy relative to the script's folder.

    ``recording`` may have any format that libsndfile or a decoder here reads. Raises InputError if it is not audio, silent or too long,
    OutputError if the copy cannot be written.
    """
    audio = _read(recording)
    folder = recordings_folder(script)
    make_folder(folder, "copy the recording")
    if not Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(script.parent)):
        raise OutputError(f"{folder}: is a link to a folder outside the script's; recordings are not copied there")
    temporary = temporary_name(folder / f"recording{_SUFFIX}")
    with os_errors_as(OutputError, "copy the recording", folder):
        try:
            with PcmWriter(temporary, "flac", audio.sample_rate, 1, bits=_BITS) as file:
                file.write(audio.samples[:, None])
            sync_file(temporary)
            words = "-".join(re.findall(r"[a-z0-9]+", text.lower()))[:_MOST_LETTERS].strip("-") or "line"
            final = folder / f"{words}-{_digits(temporary)}{_SUFFIX}"
            move_into_place(temporary, final)
        finally:
            temporary.unlink(missing_ok=True)
    return f"{folder.name}/{final.name}"


def drop_copies(script: Path, names: Collection[str], used: Collection[str]) -> None:
    """Remove the copies ``names``, relative to the script's folder, unless they are in ``used`` or were not made here as they are now."""
    folder = recordings_folder(script)
    for name in set(names) - set(used):
        path = script.parent / name
        if path.parent != folder or path.suffix != _SUFFIX or path.is_symlink() or not path.is_file():
            continue
        with suppress(OSError):
            if path.stem.endswith(f"-{_digits(path)}"):
                path.unlink()
    with suppress(OSError):
        folder.rmdir()  # if nothing is left in it


def keep_recording(utterance: Utterance, store: TakeStore) -> Take:
    """Return the take of an utterance with an own recording; store it first if the store lacks it. Raises InputError and StoreError."""
    recording, choice = utterance.recording, utterance.choice
    if recording is None or choice is None:
        raise ValueError(f"{utterance.source}: there is no own recording for this utterance")
    take = store.get(utterance.address)
    if take is not None:
        return take
    try:
        audio = _read(recording.path)
    except InputError as error:
        raise InputError(f"{choice.source}: {error}") from error
    if _sha256(recording.path) != recording.sha256:
        raise InputError(f"{choice.source}: {recording.name} has changed since it was read; run again")
    about = {"text": utterance.text, "spoken": [span.record for span in utterance.spans], "recording": recording.sha256}
    return store.put(utterance.address, audio, about)


def _read(path: Path) -> Audio:
    """Return a whole recording at its own sample rate, its channels averaged. Raises InputError."""
    with os_errors_as(InputError, "read the recording", path):
        if path.is_file():
            refuse(path, OWN_RECORDING.size_problem(path.stat().st_size))
    blocks, frames = [], 0
    with readable(path, OWN_RECORDING.seconds + 1.0) as sound:
        stream = open_audio(sound)
        refuse(path, OWN_RECORDING.format_problem(stream.sample_rate, stream.channels))
        refuse(path, OWN_RECORDING.length_problem(stream.sample_rate, stream.channels, stream.frames))
        for block in stream.blocks():
            blocks.append(block.mean(axis=1, dtype=np.float32))
            frames += len(block)
            refuse(path, OWN_RECORDING.length_problem(stream.sample_rate, stream.channels, frames))  # a header may lie
    samples: FloatArray = np.concatenate(blocks) if blocks else np.empty(0, np.float32)
    if not np.isfinite(samples).all():
        raise InputError(f"{path}: contains NaN or infinity; export it again")
    peak = float(np.max(np.abs(samples), initial=0.0))
    if peak > 1.0:  # beyond full scale, which the copy cannot hold
        samples = samples * np.float32(1.0 / peak)
    speech = find_speech(samples, stream.sample_rate)
    if peak < SILENCE_PEAK or speech.end <= speech.start:
        raise InputError(f"{path}: holds only silence; record the words of the line")
    return Audio(samples, stream.sample_rate)


def _digits(path: Path) -> str:
    return _sha256(path)[:_DIGITS]


def _sha256(path: Path) -> str:
    with os_errors_as(InputError, "read the recording", path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
