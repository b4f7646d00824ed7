"""Write the stems of an episode, with labels and a project for editors, into a folder ``STEM.stems`` of their own.

The samples of all stems are rounded together, so that their sum is the mix rounded to 24 bits: each stem is the difference of two rounded
partial sums. Where a stem is silent, it is digitally silent.
"""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voiceover.audio.files import db_to_gain, gain_to_db
from voiceover.audio.formats import FORMATS, WAV
from voiceover.errors import PublishError
from voiceover.publish.audio_file import AudioFileSpec, FileEncoder
from voiceover.publish.encode import open_encoder
from voiceover.publish.lossless import BITS
from voiceover.publish.reaper import reaper_project
from voiceover.publish.tags import Tags, milliseconds, one_line
from voiceover.system.files import os_errors_as
from voiceover.text.file_names import file_name_of
from voiceover.types import STEMS_SUFFIX, OnProgress, Progress, Stem, Stems

LABELS_SUFFIX, PROJECT_SUFFIX = ".labels.txt", ".rpp"
_FULL_SCALE = 1 << (BITS - 1)
_MOST_BYTES = (1 << 32) - (1 << 20)
"""Samples in a WAV file, with room for its tags."""

_SLICE_FRAMES = 1 << 14
"""Frames that are rounded at once: with many speakers, whole blocks of all stems would take much memory."""

_LONGEST_FILE_NAME = 255 - len("._99.flac.plain")
"""Bytes of a file's name, less those of its end while it is written."""

_log = logging.getLogger(__name__)


def write_stems(stage: Path, stem: str, given: Stems, tags: Tags, on_progress: OnProgress | None) -> tuple[list[Path], dict[Path, str]]:
    """Write the audio of the stems below the folder ``stage``; return its files, and the texts of the other files by path.

    If one of them or their sum would clip, all are lowered alike, in tenths of a dB; the master fader of the project makes up for it.
    Raises PublishError.
    """
    folder = stage / f"{stem}{STEMS_SUFFIX}"
    mix = given.mix
    if given.format == WAV.name and mix.frames * mix.channels * BITS // 8 > _MOST_BYTES:
        raise PublishError(f"{folder}: a WAV file holds 4 GiB, and these stems are longer; set `stems: flac`")
    with os_errors_as(PublishError, "make a folder for the stems", folder):
        folder.mkdir()
    specs = [
        AudioFileSpec(
            FORMATS[given.format],
            folder / f"{stem}.{name}.{given.format}",
            replace(tags, title=" - ".join(filter(None, (tags.title, one_line(each.name)))), cover=None),
            mix.sample_rate,
            mix.channels,
            0,
            mix.frames,
        )
        for each, name in zip(given.stems, _names(given.stems, stem), strict=True)
    ]
    gain_db = 0.0
    while (peak := _write(given, specs, gain_db, on_progress)) >= _FULL_SCALE:
        gain_db -= (math.floor(10 * gain_to_db(peak / _FULL_SCALE)) + 1) / 10
    if gain_db:
        _log.warning("%s: the stems are %.1f dB below the mix, so that none clips; the project file makes up for it", folder.name, -gain_db)
    paths = [spec.path for spec in specs]
    project = reaper_project(given, [path.name for path in paths], tags.chapters, db_to_gain(-gain_db))
    return paths, {folder / f"{stem}{LABELS_SUFFIX}": _labels(given, tags), folder / f"{stem}{PROJECT_SUFFIX}": project}


def _names(stems: Sequence[Stem], stem: str) -> list[str]:
    """Return for each stem what its file name has after ``stem``, from its own name; no two are equal."""
    room = max(_LONGEST_FILE_NAME - len(os.fsencode(stem)), 1)
    names: list[str] = []
    for number, each in enumerate(stems, 1):
        plain = name = file_name_of(each.name, f"speaker_{number}")[:room]
        count = 1
        while name in names:
            count += 1
            name = f"{plain}_{count}"
        names.append(name)
    return names


def _write(given: Stems, specs: Sequence[AudioFileSpec], gain_db: float, on_progress: OnProgress | None) -> float:
    """Write the audio of all stems, block by block; return the largest sample of them and of the mix, in steps of 24 bits."""
    mix, gain, peak, done = given.mix, db_to_gain(gain_db), 0.0, 0
    with ExitStack() as opened:
        encoders: list[FileEncoder] = []
        for spec in specs:
            with os_errors_as(PublishError, "write the stem", spec.path):
                encoders.append(opened.enter_context(closing(open_encoder(spec))))
        for whole, *blocks in zip(mix.blocks(), *(each.stream.blocks() for each in given.stems), strict=True):
            for start in range(0, len(whole), _SLICE_FRAMES):
                piece = slice(start, start + _SLICE_FRAMES)
                parts = np.array([block[piece] for block in blocks], np.float64)
                levels, highest = _rounded(parts * gain, whole[piece].astype(np.float64) * gain)
                peak = max(peak, highest)
                for encoder, spec, level in zip(encoders, specs, levels, strict=True):
                    with os_errors_as(PublishError, "write the stem", spec.path):
                        encoder.write((level / _FULL_SCALE).astype(np.float32))
            done += len(whole)
            if on_progress is not None:
                on_progress(Progress("publish", done / mix.sample_rate, mix.frames / mix.sample_rate, "stems"))
        for encoder, spec in zip(encoders, specs, strict=True):
            with os_errors_as(PublishError, "write the stem", spec.path):
                encoder.finish()
    return peak


def _rounded(parts: NDArray[np.float64], whole: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return the samples of the stems as whole steps of 24 bits whose sum is that of ``whole``, and the largest of all."""
    sums = np.rint(np.cumsum(parts, axis=0) * _FULL_SCALE)
    levels = np.diff(sums, axis=0, prepend=0.0)
    target = np.rint(whole * _FULL_SCALE)
    # The mix was added up in 32-bit floats, which may round to the next step.
    rest = target - sums[-1]
    if rest.any():
        loudest = np.abs(parts).argmax(axis=0)[None]
        np.put_along_axis(levels, loudest, np.take_along_axis(levels, loudest, 0) + rest, 0)
    return levels, float(max(np.abs(levels).max(initial=0.0), np.abs(target).max(initial=0.0)))


def _labels(given: Stems, tags: Tags) -> str:
    """Return chapters and everything that is heard as a label track of Audacity: start, end and words, by tabs."""
    rate = given.mix.sample_rate
    rows = [(chapter.start_ms, chapter.start_ms, f"Chapter: {chapter.title}") for chapter in tags.chapters]
    rows += [
        (milliseconds(start, rate), milliseconds(end, rate), f"{each.name}: {words}")
        for each in given.stems
        for start, end, words in each.heard
    ]
    return "".join(f"{start / 1000:.3f}\t{end / 1000:.3f}\t{one_line(words)}\n" for start, end, words in sorted(rows))
