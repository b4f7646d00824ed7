"""Casting prose: who says each quotation of a chapter, written as labels into a copy, and a sheet of the speakers.

quotes       where speech begins and ends
people       names, and which of them are one person
tags         what the narration beside a quotation says
attribute    the rules, in their order; telling is what they look at
deciding     a language model, for what the rules leave open
labels, copy the labelled copy, whose words are compared with the source's
sheet        the speakers with their voices and other names
cast         all of it for the chapters of a command
"""

from __future__ import annotations

from voiceover.authoring.casting.cast import CastReport, CastRequest, ChapterCast, cast_chapters
from voiceover.authoring.casting.lines import CastLine, SpeechFound, attribute_speech

__all__ = ["CastLine", "CastReport", "CastRequest", "ChapterCast", "SpeechFound", "attribute_speech", "cast_chapters"]
