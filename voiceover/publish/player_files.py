"""What podcast players and sites show beside the audio: chapters and transcripts as JSON, and a transcript as a web page.

The two JSON files follow the podcast namespace: "JSON Chapters Format" 1.2.0 and "Transcripts", version 1.0.0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from html import escape
from itertools import groupby, pairwise
from types import MappingProxyType
from typing import TypeAlias

from voiceover.publish.disclosure import statement
from voiceover.publish.json_text import indented
from voiceover.publish.tags import TagChapter, milliseconds, one_line, tag_chapters
from voiceover.publish.timing import speech_interval, word_times
from voiceover.types import Metadata, Placed, Timeline
from voiceover.types.lazy_dataclass import dataclass

_STYLE = "body{max-width:40em;margin:2em auto;padding:0 1em;font:1em/1.6 sans-serif}time{color:#666;font-size:.85em}cite{font-weight:bold}"


@dataclass(frozen=True, slots=True)
class _Said:
    """An utterance with its times in milliseconds, which never overlap those of another."""

    placed: Placed
    text: str
    speaker: str
    start: int
    end: int


def chapters_json(metadata: Metadata, timeline: Timeline) -> str:
    """Return the chapters, the first from 0:00, with times in seconds; an empty text, which means no file, if there are none."""
    rows = [{"startTime": chapter.start_ms / 1000, "title": chapter.title} for chapter in tag_chapters(timeline)]
    return _json({"version": "1.2.0", "title": one_line(metadata.title), "chapters": rows}) if rows else ""


def transcript_json(metadata: Metadata, timeline: Timeline) -> str:
    """Return a segment for each utterance with speaker, times in seconds and text; ``words`` are its words, each with its own times."""
    segments = []
    for said in _said(timeline):
        segment: dict[str, object] = {"speaker": said.speaker} if said.speaker else {}
        segment |= {"startTime": said.start / 1000, "endTime": said.end / 1000, "body": said.text, "words": list(_words(said, timeline))}
        segments.append(segment)
    return _json({"version": "1.0.0", "segments": segments})


def transcript_html(metadata: Metadata, timeline: Timeline) -> str:
    """Return a page with title, a statement that the speech is synthetic, chapters, and a paragraph with its time for each of the script.

    Every text of the script is escaped, and has a direction of its own, so that a right-to-left title does not turn what follows.
    """
    title = escape(one_line(metadata.title))
    lines = [
        "<!doctype html>",
        f'<html lang="{escape(one_line(metadata.language))}">' if metadata.language else "<html>",
        '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        f"<title>{title}</title><style>{_STYLE}</style></head>",
        "<body>",
        f'<h1 dir="auto">{title}</h1>',
    ]
    if said := one_line(statement(metadata)):
        lines.append(f'<p dir="auto"><small>{escape(said)}</small></p>')
    named = len({placed.utterance.speaker for placed in timeline.placed}) > 1
    chapters, last = list(reversed(tag_chapters(timeline))), ""
    for (speaker, _), group in groupby(_said(timeline), key=lambda said: (said.speaker, said.placed.utterance.paragraph)):
        paragraph = list(group)
        while chapters and chapters[-1].start_ms <= paragraph[0].start:
            lines.append(_heading(chapters.pop()))
            last = ""
        cite = f"<cite><bdi>{escape(speaker)}</bdi></cite> " if named and speaker != last else ""
        text = escape(" ".join(said.text for said in paragraph))
        lines.append(f'<p dir="auto">{cite}{_time(paragraph[0].start)} {text}</p>')
        last = speaker
    lines += [_heading(chapter) for chapter in reversed(chapters)]
    return "\n".join([*lines, "</body>", "</html>", ""])


Writer: TypeAlias = Callable[[Metadata, Timeline], str]

PLAYER_WRITERS: Mapping[str, Writer] = MappingProxyType(
    {".chapters.json": chapters_json, ".transcript.json": transcript_json, ".transcript.html": transcript_html}
)
"""Writers by suffix; each returns the file's text for the metadata and timeline of an episode, empty if there is nothing to write."""


def _said(timeline: Timeline) -> Iterator[_Said]:
    last = 0
    for placed in sorted(timeline.placed, key=lambda placed: placed.start_frame):
        text = one_line(placed.utterance.text)
        if not text:
            continue
        start, end = (milliseconds(frame, timeline.sample_rate) for frame in speech_interval(placed))
        start = max(start, last)
        last = max(end, start + 1)
        yield _Said(placed, text, one_line(placed.utterance.speaker), start, last)


def _words(said: _Said, timeline: Timeline) -> Iterator[dict[str, object]]:
    """Yield the words of an utterance; each ends where the next one begins, and the last with the utterance."""
    found = word_times(said.placed, timeline.sample_rate)
    starts = [min(max(round(1000 * seconds), said.start), said.end) for _, seconds in found]
    places = [at for at, _ in found]
    borders = zip(pairwise([*places, len(said.text)]), pairwise([*starts, said.end]), strict=True)
    for (begin, stop), (start, end) in borders:
        yield {"startTime": start / 1000, "endTime": end / 1000, "body": said.text[begin:stop].strip()}


def _heading(chapter: TagChapter) -> str:
    return f'<h2 dir="auto"><bdi>{escape(chapter.title)}</bdi> {_time(chapter.start_ms)}</h2>'


def _time(ms: int) -> str:
    seconds = ms // 1000
    return f"<time>{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}</time>"


def _json(content: Mapping[str, object]) -> str:
    return indented(content) + "\n"
