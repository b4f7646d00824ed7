"""A project file for Reaper: one track per stem, one item per line, a marker per chapter.

The format is Reaper's own: nested blocks in angle brackets, one key and its values per line. What is left out has Reaper's defaults.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from voiceover.audio.formats import FLAC
from voiceover.publish.tags import TagChapter, one_line
from voiceover.types import Stem, Stems

_LONGEST_NAME = 200
"""Characters of a name: Reaper reads lines of limited length."""


def reaper_project(given: Stems, files: Sequence[str], chapters: Sequence[TagChapter], master_gain: float) -> str:
    """Return the project; ``files`` are the names of the stems' files, which are in its folder."""
    mix = given.mix
    lines = [
        '<REAPER_PROJECT 0.1 "7.0/voiceover" 0',
        f"  SAMPLERATE {mix.sample_rate} 1 0",
        f"  MASTER_VOLUME {master_gain:.8f} 0 -1 -1 1",
        f"  MASTER_NCH {mix.channels if mix.channels > 1 else 2} 2",
    ]
    lines += [f"  MARKER {number} {mark.start_ms / 1000:.3f} {_quoted(mark.title)} 0" for number, mark in enumerate(chapters, 1)]
    for stem, file in zip(given.stems, files, strict=True):
        lines += _track(stem, file, "FLAC" if given.format == FLAC.name else "WAVE")
    return "\n".join([*lines, ">", ""])


def _track(stem: Stem, file: str, source: str) -> Iterator[str]:
    rate = stem.stream.sample_rate
    yield "  <TRACK"
    yield f"    NAME {_quoted(stem.name)}"
    yield "    VOLPAN 1 0 -1 -1 1"
    yield "    NCHAN 2"
    for start, end, words in stem.heard:
        yield "    <ITEM"
        yield f"      POSITION {start / rate:.12f}"
        yield f"      LENGTH {(end - start) / rate:.12f}"
        yield "      LOOP 0"
        yield "      FADEIN 1 0 0 1 0 0 0"
        yield "      FADEOUT 1 0 0 1 0 0 0"
        yield f"      NAME {_quoted(words)}"
        yield f"      SOFFS {start / rate:.12f}"
        yield f"      <SOURCE {source}"
        yield f"        FILE {_quoted(file)}"
        yield "      >"
        yield "    >"
    yield "  >"


def _quoted(text: str) -> str:
    """Return a text as one value: in the first kind of quotes that it does not contain."""
    line = one_line(text)
    line = line if len(line) <= _LONGEST_NAME else f"{line[: _LONGEST_NAME - 1]}…"
    sign = next((sign for sign in "\"'`" if sign not in line), "`")
    return sign + (line.replace("`", "'") if sign in line else line) + sign
