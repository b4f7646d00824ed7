"""Adapting articles: text that was made to be read, rewritten to be heard, by rules or by a language model whose answers are checked.

rules      lists, tables, code and footnotes as sentences
sections   parts that fit a model's context window
prompting  its instructions, which are files
checks     what an answer must keep, and must not hold
adapt      all of it for one article
"""

from __future__ import annotations

from voiceover.authoring.adapting.adapt import STYLES, AdaptReport, AdaptRequest, SectionResult, adapt_article
from voiceover.authoring.adapting.prompting import read_prompt

__all__ = ["STYLES", "AdaptReport", "AdaptRequest", "SectionResult", "adapt_article", "read_prompt"]
