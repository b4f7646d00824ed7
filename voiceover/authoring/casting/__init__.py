"""Casting prose: who says each quotation of a chapter, written as labels into a copy, and a sheet of the speakers.

quotes      where speech begins and ends
people      names, and which of them are one person
tags        what the narration beside a quotation says
attribute   the rules, in their order
"""

from __future__ import annotations

from voiceover.authoring.casting.lines import CastLine, SpeechFound, attribute_speech

__all__ = ["CastLine", "SpeechFound", "attribute_speech"]
