"""Levels of sounds and music: each is measured, and gets the gain that sets its loudness against that of the speech.

Music is measured over the whole file (integrated loudness, BS.1770-4), a sound by its loudest 400 ms (momentary loudness, EBU Tech 3341),
both as they are in the mix: with its channels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from voiceover.audio.chunks import worker_threads
from voiceover.audio.files import resampled_frames
from voiceover.audio.level_steps import BALANCE_DB, nearest_step
from voiceover.audio.limits import SOUND
from voiceover.audio.loudness import Meter, integrated_power, to_lufs
from voiceover.audio.streaming import open_sound
from voiceover.audio.unreadable import refuse
from voiceover.errors import InputError
from voiceover.mix.sound_stream import with_channels
from voiceover.types import SHORTEST_MUSIC_SECONDS, Placed, PlacedSound, SoundFile, Soundtrack

SILENT_LUFS = -70.0
"""Below this nothing is heard (the absolute gate of BS.1770)."""
NO_SPEECH_LUFS = -23.0
"""Level that sounds are set against if no speech can be measured."""
_MOMENTARY_SECONDS = 0.4
_LARGEST_SAMPLE = 1e5
"""Full scale is 1, but integers that were written as floats reach 32,768, and only their level is wrong."""


@dataclass(frozen=True, slots=True)
class MeasuredSound:
    """What was measured in a file."""

    frames: int
    """Length at the file's own sample rate, as decoded."""
    integrated_lufs: float
    momentary_lufs: float
    """Loudest 400 ms; of a shorter sound, as if silence followed."""


def measure_sounds(soundtrack: Soundtrack) -> Mapping[SoundFile, MeasuredSound]:
    """Measure the files of cues, intro and outro. Each is read once, in blocks.

    Raises InputError if a file cannot be decoded, contains NaN, is silent, or exceeds the limits of a sound whatever its header says.
    """
    return {file: measure_sound(file, soundtrack.channels) for file in soundtrack.sounds.values()}


def lengths_of(soundtrack: Soundtrack, measured: Mapping[SoundFile, MeasuredSound], sample_rate: int) -> Mapping[str, int]:
    """Return the frames of each file at ``sample_rate``, by its name in the soundtrack."""
    return {name: resampled_frames(measured[file].frames, file.sample_rate, sample_rate) for name, file in soundtrack.sounds.items()}


@lru_cache(maxsize=64)
def measure_sound(file: SoundFile, channels: int) -> MeasuredSound:
    """Measure a file as it is in a mix of ``channels``, once per process: the episodes of a batch often share one.

    Raises InputError as ``measure_sounds`` does.
    """
    stream = open_sound(file.path)
    rate, frames = stream.sample_rate, 0
    with worker_threads() as pool:
        meter = Meter(rate, channels, pool)
        for block in stream.blocks():
            if not float(np.abs(block).max(initial=0.0)) <= _LARGEST_SAMPLE:
                what = "samples far beyond full scale" if np.isfinite(block).all() else "NaN or infinity"
                raise InputError(f"{file.path}: contains {what}; export it again")
            frames += len(block)
            refuse(file.path, SOUND.length_problem(rate, stream.channels, frames))  # a header may lie
            meter.add(with_channels(block, channels))
        meter.add(np.zeros((round(_MOMENTARY_SECONDS * rate), channels), np.float32))
        meter.finish()
    momentary = meter.loudness().max_momentary_lufs
    integrated = to_lufs(integrated_power(meter.tenths[: frames * 10 // rate]))
    if not momentary > SILENT_LUFS:
        raise InputError(f"{file.path}: is silent; take another file, or remove it from the script")
    return MeasuredSound(frames, integrated if integrated > SILENT_LUFS else momentary, momentary)


def speech_lufs(placed: Iterable[Placed], channels: int) -> float:
    """Return the loudness of all speech in the mix, without the silences between and within the lines."""
    energy = seconds = 0.0
    for line in placed:
        energy += line.take.speech_power * 10 ** (line.gain_db / 10) * line.take.speech_seconds
        seconds += line.take.speech_seconds
    # The same samples in each channel add up.
    return to_lufs(channels * energy / seconds) if energy > 0 else NO_SPEECH_LUFS


def line_lufs(line: Placed, channels: int) -> float:
    """Return the loudness of one line in the mix; -inf if no speech was found in it."""
    return to_lufs(channels * line.take.speech_power * 10 ** (line.gain_db / 10))


def with_gains(sounds: Iterable[PlacedSound], measured: Mapping[SoundFile, MeasuredSound], speech: float) -> tuple[PlacedSound, ...]:
    """Return the sounds with the gain that gives each its level against the loudness of the ``speech``, in LUFS.

    Raises InputError, with the place of the cue, for music that is too short to be repeated.
    """
    found = []
    for sound in sounds:
        levels = measured[sound.file]
        seconds = levels.frames / sound.file.sample_rate
        if sound.loops and seconds < SHORTEST_MUSIC_SECONDS:
            what = f'the music "{sound.file.name}" lasts {seconds:.2f} s'
            raise InputError(f"{sound.source}: {what}; under speech it is repeated, and must last at least {SHORTEST_MUSIC_SECONDS:g} s")
        own = levels.momentary_lufs if sound.kind == "sound" else levels.integrated_lufs
        found.append(replace(sound, gain_db=nearest_step(speech + sound.level_db - own, BALANCE_DB)))
    return tuple(found)
