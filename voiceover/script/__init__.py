"""Parsing: turns Markdown or YAML into a Script.

Text is interpreted only here; ``plan`` spells it for speech.
"""

from __future__ import annotations

from voiceover.script.episode_page import EpisodePage, read_episode_page
from voiceover.script.load import load_script
from voiceover.script.not_scripts import url_message
from voiceover.script.outline import Outline, OutlineBlock, OutlineItem, OutlineKind, read_outline
from voiceover.script.page import RULES as PAGE_RULES
from voiceover.script.page import Page, moment_of, read_page, utc_moment_of
from voiceover.script.prose import Prose, ProseParagraph, read_prose
from voiceover.script.source_text import MAX_BYTES
from voiceover.script.suffixes import JSON_SUFFIX, MARKDOWN_SUFFIXES, YAML_SUFFIXES

__all__ = [
    "JSON_SUFFIX",
    "MARKDOWN_SUFFIXES",
    "MAX_BYTES",
    "PAGE_RULES",
    "YAML_SUFFIXES",
    "EpisodePage",
    "Outline",
    "OutlineBlock",
    "OutlineItem",
    "OutlineKind",
    "Page",
    "Prose",
    "ProseParagraph",
    "load_script",
    "moment_of",
    "read_episode_page",
    "read_outline",
    "read_page",
    "read_prose",
    "url_message",
    "utc_moment_of",
]
