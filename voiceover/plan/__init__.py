"""Planning: turns script, cast and engines into a plan.

Sentences are spelled for speech and packed into utterances, each with the content address of its take.
"""

from __future__ import annotations

from voiceover.plan.attempts import another_attempt
from voiceover.plan.build import EMPTY_CHAPTER, build_plan
from voiceover.plan.foreign_text import check_alphabets
from voiceover.plan.key import voice_digest
from voiceover.plan.layers import language_of
from voiceover.plan.summary import PlanSummary, summarize
from voiceover.text.normalize import RULES

__all__ = [
    "EMPTY_CHAPTER",
    "RULES",
    "PlanSummary",
    "another_attempt",
    "build_plan",
    "check_alphabets",
    "language_of",
    "summarize",
    "voice_digest",
]
