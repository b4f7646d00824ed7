"""Another attempt at a line: the same words by the same engine with another seed."""

from __future__ import annotations

from dataclasses import replace

from voiceover.plan.chosen import FIRST_ATTEMPT
from voiceover.plan.key import address_of, seed_of, voice_digest
from voiceover.types import EngineInfo, RecordedLine, Utterance, Voice


def another_attempt(utterance: Utterance, voice: Voice, engine: EngineInfo, attempt: int) -> Utterance:
    """Return ``utterance`` with the seed and address of the attempt with this number, the first being 0.

    Its keys stay, since the writer chose nothing else.
    """
    seed = seed_of(utterance.spans, utterance.options, attempt)
    address = address_of(engine, voice_digest(voice, utterance.style, engine), utterance.spans, utterance.options, seed)
    return replace(utterance, address=address, seed=seed, attempt=attempt)


def first_attempt(line: RecordedLine) -> RecordedLine:
    """Return a line of a manifest as its first attempt, if it was recorded again because that was bad."""
    if not line.attempts:
        return line
    return replace(
        line, address=line.first_address, attempt=FIRST_ATTEMPT, seed=seed_of(line.spoken, line.options, FIRST_ATTEMPT), attempts=()
    )
