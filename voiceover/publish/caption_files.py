"""Caption and transcript files: WebVTT, SubRip and plain text, all from the same timeline."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from types import MappingProxyType
from typing import TypeAlias

from voiceover.publish.captions import Caption, captions
from voiceover.publish.lines import Layout
from voiceover.publish.tags import one_line
from voiceover.types import Timeline

WEBVTT_LAYOUT = Layout(columns=65, lines=2, seconds=6.0)
"""Line length that podcast directories accept."""
SRT_LAYOUT = Layout(columns=32, lines=2, seconds=6.0)
"""Line length that the transcript specification of the podcast namespace requires."""
_SRT_MARKUP = re.compile(r"<(?=[/!A-Za-z])|\{(?=\\)|--(?=>)")


def webvtt(title: str, timeline: Timeline) -> str:
    """Return captions as W3C WebVTT, with the speaker of each cue as a voice span."""
    cues = [f"{_clock(cue, '.')}\n{_voice(cue)}{_escape(_joined(cue))}\n" for cue in captions(timeline, WEBVTT_LAYOUT)]
    return "\n".join(["WEBVTT\n", *cues])


def srt(title: str, timeline: Timeline) -> str:
    """Return captions as SubRip; each turn starts with the speaker's name."""
    cues = []
    for number, cue in enumerate(captions(timeline, SRT_LAYOUT, prefix=True), 1):
        prefix = f"{cue.speaker}: " if cue.turn and cue.speaker else ""
        cues.append(f"{number}\n{_clock(cue, ',')}\n{_broken(prefix + _joined(cue))}\n")
    return "\n".join(cues)


def transcript(title: str, timeline: Timeline) -> str:
    """Return a plain-text transcript: title and chapters as headings, one line per paragraph, the speaker's name at each turn."""
    named = len({placed.utterance.speaker for placed in timeline.placed}) > 1
    blocks = [f"# {one_line(title)}"]
    chapters = sorted(timeline.chapters, key=lambda mark: mark.start_frame, reverse=True)
    last, heading = "", None
    in_order = sorted(timeline.placed, key=lambda placed: placed.start_frame)
    for (speaker, _), group in groupby(in_order, key=lambda placed: (placed.utterance.speaker, placed.utterance.paragraph)):
        paragraph = list(group)
        while chapters and chapters[-1].start_frame + chapters[-1].lead_frames <= paragraph[0].speech_start_frame:
            mark = chapters.pop()
            blocks.append(f"## {one_line(mark.title)}")
            last, heading = "", mark.source
        text = _paragraph(one_line(placed.utterance.text) for placed in paragraph)
        if text and paragraph[0].utterance.source != heading:  # a spoken heading is already there
            blocks.append(f"{one_line(speaker)}: {text}" if named and last != speaker else text)
            last = speaker
    blocks += [f"## {one_line(mark.title)}" for mark in reversed(chapters)]
    return "\n\n".join(blocks) + "\n"


Writer: TypeAlias = Callable[[str, Timeline], str]

CAPTION_WRITERS: Mapping[str, Writer] = MappingProxyType({".vtt": webvtt, ".srt": srt, ".txt": transcript})
"""Writers by suffix; each returns the file's text for a title and a timeline."""


def _clock(cue: Caption, point: str) -> str:
    return f"{_timestamp(cue.start_ms, point)} --> {_timestamp(cue.end_ms, point)}"


def _timestamp(total_ms: int, point: str) -> str:
    seconds, ms = divmod(total_ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{ms:03}"


def _voice(cue: Caption) -> str:
    return f"<v {_escape(cue.speaker)}>" if cue.speaker else ""


def _joined(cue: Caption) -> str:
    return "\n".join(cue.lines)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _broken(text: str) -> str:
    """Return ``text`` without anything that reads as a tag or a time; since SubRip has no escapes, a zero-width space breaks them up."""
    return _SRT_MARKUP.sub("\\g<0>\u200b", text)


def _paragraph(texts: Iterable[str]) -> str:
    whole = ""
    for text in filter(None, texts):
        whole += text if not whole or _joins_without_space(whole, text) else f" {text}"
    return whole


def _joins_without_space(left: str, right: str) -> bool:
    """Return the separator between two sentences: none in Chinese and Japanese, else a space."""
    return _is_unspaced(left[-1]) and _is_unspaced(right[0])


def _is_unspaced(character: str) -> bool:
    return "\u3000" <= character <= "\u30ff" or "\u4e00" <= character <= "\u9fff" or "\uff00" <= character <= "\uff65"
