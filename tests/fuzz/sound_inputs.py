"""Recordings: reference clips, sounds, guests."""

from __future__ import annotations

import random
from pathlib import Path

from tests.fuzz.case import Files, Kind, check_error
from tests.fuzz.mutate import mutated
from tests.fuzz.settings_inputs import clip
from voiceover.audio.decode import readable
from voiceover.audio.files import open_audio, read_audio
from voiceover.errors import VoiceoverError

_FORMS = (
    ('WAV', 'PCM_16'), ('WAV', 'FLOAT'), ('WAV', 'ULAW'), ('WAV', 'IMA_ADPCM'), ('FLAC', 'PCM_16'), ('OGG', 'VORBIS'), ('OGG', 'OPUS'),
    ('MP3', 'MPEG_LAYER_III'), ('AIFF', 'PCM_16'), ('CAF', 'PCM_16'), ('CAF', 'ALAC_16'), ('W64', 'PCM_16'), ('AU', 'PCM_16'),
    ('RF64', 'PCM_16'), ('SVX', 'PCM_16'), ('NIST', 'PCM_16'), ('VOC', 'PCM_16'),
)  # fmt: skip
_PIECES = (
    b'RIFF', b'RF64', b'WAVE', b'fmt ', b'data', b'fact', b'LIST', b'fLaC', b'OggS', b'ID3\x04', b'FORM', b'AIFF', b'SSND', b'caff',
    b'\xff\xfb\x90\x00', b'\xff\xff\xff\xff', b'\x00\x00\x00\x00', b'\xff\xff\xff\x7f', b'ftypM4A ', b'#!AMR\n',
)  # fmt: skip


def _make(rng: random.Random, _longest: int) -> Files:
    data = clip(*rng.choice(_FORMS))
    if rng.random() < 0.7:  # in the header, where everything is decided
        head = rng.choice((16, 48, 128))
        data = mutated(rng, data[:head], _PIECES, 3) + data[head:]
    else:
        data = mutated(rng, data, _PIECES)
    return {"clip.wav": data}


def _run(folder: Path) -> None:
    path = folder / "clip.wav"
    try:
        with readable(path) as found:
            stream = open_audio(found)
            if stream.channels < 1 or stream.sample_rate < 1 or stream.frames < 0 or stream.seconds < 0:
                raise AssertionError(f"impossible: {stream}")
            list(stream.blocks(10, 1000))
            frames = sum(len(block) for block in stream.blocks())
            if len(read_audio(found).samples) != frames:
                raise AssertionError(f"read {frames} in blocks and another number at once")
    except VoiceoverError as error:
        check_error(error, folder)
        raise


KINDS = (Kind("sound", _make, _run),)
