"""Resolve options, language, style and gain of a segment through all layers of settings."""

from __future__ import annotations

from dataclasses import fields

from voiceover.settings.layers import DEFAULT_LANGUAGE
from voiceover.types import DEFAULT_STYLE, CastEntry, EngineInfo, Options, Segment, Settings, Voice
from voiceover.types.lazy_dataclass import dataclass

_DEFAULTS = Options(speed=1.0, seed=0)


@dataclass(frozen=True, slots=True)
class Resolved:
    """The resolved settings of a segment."""

    style: str
    language: str
    """BCP 47 tag of spans without a language of their own."""
    options: Options
    """Only the options that the engine uses."""
    gain_db: float
    unavailable: tuple[str, str, str] | None
    """Option, value and reason, if the segment asks for a value that is not available."""


def resolve(segment: Segment, entry: CastEntry | None, settings: Settings, voice: Voice, *, engine: EngineInfo, flags: Options) -> Resolved:
    """Resolve the settings of a segment.

    Layers, from the strongest: ``flags``, ``segment``, cast ``entry``, ``settings``, ``voice``, defaults. Gains are added. Only the options
    that ``engine`` uses are resolved.
    """
    cast_options = entry.options if entry else Options()
    layers = (flags, segment.options, cast_options, settings.options, Options(speed=voice.speed), _DEFAULTS)
    options = Options()
    for layer in layers:
        options = options.over(layer)
    unavailable = next((known for known in engine.unavailable if getattr(options, known[0]) == known[1]), None)
    used = {field.name: getattr(options, field.name) for field in fields(Options) if field.name in engine.options}
    return Resolved(
        style=next((style for style in (segment.style, entry.style if entry else None) if style is not None), DEFAULT_STYLE),
        language=language_of(entry, settings, voice),
        options=Options(**used),
        gain_db=segment.gain_db + (entry.gain_db if entry else 0.0) + voice.gain_db,
        unavailable=unavailable,
    )


def language_of(entry: CastEntry | None, settings: Settings, voice: Voice) -> str:
    """Return the BCP 47 tag of a speaker's text that has no language of its own."""
    language = (entry.language if entry else None) or settings.language or voice.language or DEFAULT_LANGUAGE
    return _with_accent(language_tag(language), language_tag(voice.language or DEFAULT_LANGUAGE))


def _with_accent(language: str, of_voice: str) -> str:
    """Add the voice's region to a language without one: ``en`` spoken by an ``en-US`` voice is ``en-US``."""
    return of_voice if "-" not in language and of_voice.partition("-")[0] == language else language


def language_tag(tag: str) -> str:
    """Return a BCP 47 tag in the case that RFC 5646, section 2.1.1 recommends (``en-GB``), so that each language has one spelling."""
    primary, *rest = tag.strip().replace("_", "-").split("-")
    cased = [primary.lower()]
    for index, part in enumerate(rest):
        after_single = any(len(before) == 1 for before in (primary, *rest[:index]))
        if len(part) == 2 and not after_single:
            cased.append(part.upper())
        elif len(part) == 4 and part.isalpha() and not after_single:
            cased.append(part.title())
        else:
            cased.append(part.lower())
    return "-".join(cased)
