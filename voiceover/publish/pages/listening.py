"""The page for listeners: a player with a waveform, chapters, and a transcript that follows the speech."""

from __future__ import annotations

from base64 import b64encode
from bisect import bisect_right
from dataclasses import dataclass

from voiceover.publish.credits import credit_line
from voiceover.publish.manifest import Manifest
from voiceover.publish.pages.said import SaidLine, SaidParagraph, paragraphs, said_lines
from voiceover.publish.pages.template import HERE, page_text, relative_url
from voiceover.publish.pages.waveform import bars
from voiceover.publish.tags import one_line
from voiceover.types import Profile

SPEAKER_COLOURS = 8
"""How many colours the style has for speakers; further speakers begin again with the first."""
AUDIO_HERE = "AUDIO-IN-BASE64"
"""Marks the place of embedded audio: the last occurrence of this in a page."""
_MOST_BARS = 1500


@dataclass(frozen=True, slots=True)
class _Section:
    """A chapter with what is said in it."""

    title: str
    start: float
    paragraphs: tuple[SaidParagraph, ...]


def listening_page(
    manifest: Manifest,
    audio: str,
    profile: Profile | None,
    transcript: bytes = b"",
    description: str = "",
    *,
    embedded: str = "",
) -> str:
    """Return the page of an episode.

    - ``audio``: name of the audio file, which is beside the page.
    - ``embedded``: the media type of the audio, if it will be put in the place of ``AUDIO_HERE``, in base64, instead.
    - ``profile``: peaks over time; without them the page has a plain bar in place of the waveform.
    - ``transcript``: the content of the episode's ``.transcript.json``.
    - ``description``: what search engines and messengers show of the page.
    """
    lines = said_lines(manifest, transcript)
    speakers = tuple(dict.fromkeys(line.speaker for line in lines))
    colours = {speaker: number % SPEAKER_COLOURS for number, speaker in enumerate(speakers)}
    values = {
        "title": one_line(manifest.title) or "Untitled",
        "show": one_line(manifest.show),
        "author": one_line(manifest.author),
        "description": one_line(description),
        "language": manifest.language,
        "seconds": manifest.seconds,
        "audio": relative_url(audio),
        "embedded": embedded,
        "here": AUDIO_HERE,
        "file": audio,
        "chapters": [{"title": one_line(chapter.title), "start": chapter.start_seconds} for chapter in manifest.chapters],
        "sections": _sections(manifest, paragraphs(lines)),
        "speakers": speakers if len(speakers) > 1 else (),
        "colours": colours,
        "statement": manifest.disclosure.statement if manifest.disclosure else "",
        "credits": [credit_line(credit) for credit in manifest.credits],
    }
    data = {
        "seconds": manifest.seconds,
        "bars": b64encode(bars(profile, _MOST_BARS)).decode() if profile is not None else "",
        "chapters": [chapter.start_seconds for chapter in manifest.chapters],
        "lines": [_line_data(line, colours[line.speaker]) for line in lines],
    }
    return page_text(HERE / "listening.html", values, data)


def _sections(manifest: Manifest, said: tuple[SaidParagraph, ...]) -> list[_Section]:
    """Return the paragraphs by chapter; those before the first chapter, or of an episode without any, come first, without a title."""
    starts = [chapter.start_seconds for chapter in manifest.chapters]
    groups: list[list[SaidParagraph]] = [[] for _ in range(len(starts) + 1)]
    for paragraph in said:
        # What begins within a tenth of a second of a chapter belongs to it.
        groups[bisect_right(starts, paragraph.lines[0].start + 0.1)].append(paragraph)
    opening = [_Section("", 0.0, tuple(groups[0]))] if groups[0] else []
    rest = zip(manifest.chapters, groups[1:], strict=True)
    return [*opening, *(_Section(one_line(chapter.title), chapter.start_seconds, tuple(group)) for chapter, group in rest)]


def _line_data(line: SaidLine, colour: int) -> list[object]:
    """Return what the script of the page needs of a line, in hundredths of a second.

    The start, the end, the speaker's colour, and the times of its words from the start of the line; then where the words begin in the
    text, unless white space alone says so.
    """
    start = round(line.start * 100)
    times = " ".join(str(max(round(seconds * 100) - start, 0)) for _, seconds in line.words)
    row: list[object] = [start, round(line.end * 100), colour, times]
    places = [at for at, _ in line.words]
    if places != _words_between_spaces(line.text):
        # JavaScript counts UTF-16 units.
        row.append(" ".join(str(len(line.text[:at].encode("utf-16-le", "surrogatepass")) // 2) for at in places))
    return row


def _words_between_spaces(text: str) -> list[int]:
    """Return where the words begin as the script of the page finds them."""
    found = [0] if text else []
    found += [at + 1 for at, sign in enumerate(text) if sign == " "]
    return found
