"""How the files of an episode say that its speech is synthetic, and by what: in words for people, as keys and values for programs.

Tags (ID3, RIFF, Vorbis), manifest and notes take the words from here. There is no field for this in ID3, RIFF or Vorbis comments, so the
names are those in common use, with the terms of IPTC's "Digital Source Type" NewsCodes. Nothing is hidden in the samples: no watermark.
"""

from __future__ import annotations

from collections.abc import Sequence

from voiceover.types import Metadata

_SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
TRAINED, BY_RULES = "trainedAlgorithmicMedia", "algorithmicMedia"
"""IPTC's terms for what a trained model has made, and for what rules alone have made, like the stand-in voice."""
WITH_TRAINED, COMPOSITE = "compositeWithTrainedAlgorithmicMedia", "composite"
"""IPTC's terms for either with other elements: recordings of people, music, sounds."""


def statement(metadata: Metadata) -> str:
    """Return the sentence for people; empty if only recordings are heard."""
    if not is_synthetic(metadata):
        return ""
    spoken_by = speaks(metadata)
    by = f" ({spoken_by})" if spoken_by else ""
    if metadata.provisional:
        return f"DRAFT, not for publication: spoken by the stand-in voice{by}."
    if metadata.recorded:
        return f"The voices in this recording are synthetic{by}, except in recorded turns by {_listed(metadata.recorded)}."
    return f"The voices in this recording are synthetic{by}."


def is_synthetic(metadata: Metadata) -> bool:
    """True if an engine speaks; False if every turn is a recording, of which only its author knows how it was made."""
    return bool(speaks(metadata)) or not metadata.recorded


def speaks(metadata: Metadata) -> str:
    """Return the name of what speaks: models, or engines that have none."""
    return metadata.model or metadata.engine


def source_type(metadata: Metadata) -> str:
    """Return the IPTC digital source type as a URI; empty if only recordings are heard."""
    if not is_synthetic(metadata):
        return ""
    if metadata.mixed:
        return _SOURCE_TYPES + (COMPOSITE if metadata.by_rules else WITH_TRAINED)
    return _SOURCE_TYPES + (BY_RULES if metadata.by_rules else TRAINED)


def marks(metadata: Metadata) -> tuple[tuple[str, str], ...]:
    """Return the statement for programs, as keys and values without empty ones; none if only recordings are heard."""
    if not is_synthetic(metadata):
        return ()
    found = [("AI_GENERATED", "true"), ("digitalSourceType", source_type(metadata)), ("AI_MODEL", speaks(metadata))]
    if metadata.provisional:
        found.append(("DRAFT", "true"))
    return tuple((key, value) for key, value in found if value)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
