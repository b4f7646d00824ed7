"""Recorded turns in a plan: their words are planned like those of a line, and their take is the file."""

from __future__ import annotations

import hashlib

from voiceover.plan.layers import language_of, language_tag
from voiceover.text.lexicon import Lexicon
from voiceover.text.normalize import spell_span
from voiceover.text.pieces import seen, spoken_spans
from voiceover.types import DEFAULT_STYLE, CastEntry, Options, PlannedRecording, Segment, Settings, SoundFile, Utterance, Voice

_REVISION = 1
"""Increase this when the same file would give another take."""


def recorded_turn(segment: Segment, file: SoundFile, entry: CastEntry | None, settings: Settings, voice: Voice) -> PlannedRecording:
    """Return the recorded turn of ``segment``. Its gains are those of segment and cast entry: the voice's own is not for a recording.

    Numbers are spelled for the ear as for an engine, since the times of words are found from what is heard.
    """
    own = language_of(entry, settings, voice)
    lexicon = Lexicon(settings.lexicon or {})
    pieces = [
        piece
        for span in segment.spans
        for piece in spell_span(span, language_tag(span.language) if span.language else own, lexicon, phonemes=False, raw=False)
    ]
    utterance = Utterance(
        address=hashlib.sha256(f"recorded turn {_REVISION} {file.sha256}".encode()).hexdigest(),
        line_key="",
        segment_key="",
        speaker=segment.speaker,
        voice=file.name,
        style=DEFAULT_STYLE,
        spans=spoken_spans(pieces),
        text=seen(pieces),
        options=Options(),
        seed=0,
        attempt=0,
        gain_db=segment.gain_db + (entry.gain_db if entry else 0.0),
        paragraph=segment.paragraph,
        estimate_seconds=file.seconds,
        source=segment.source,
    )
    return PlannedRecording(utterance, file)
