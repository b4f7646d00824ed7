"""Which layer decides: options, language, style and gain of a segment, resolved."""

from __future__ import annotations

from dataclasses import dataclass, fields

from voiceover.settings.layers import DEFAULT_LANGUAGE
from voiceover.types import DEFAULT_STYLE, CastEntry, EngineInfo, Options, Segment, Settings, Voice

_DEFAULTS = Options(speed=1.0, seed=0)


@dataclass(frozen=True, slots=True)
class Resolved:
    """What holds for a segment."""

    style: str
    language: str
    """BCP 47 tag of its spans that name none."""
    options: Options
    """Only what the engine hears."""
    gain_db: float
    unavailable: tuple[str, str, str] | None
    """Option, value and reason of what is asked for and cannot be done."""


def resolve(segment: Segment, entry: CastEntry | None, settings: Settings, voice: Voice, *, engine: EngineInfo, flags: Options) -> Resolved:
    """The layers in their order: flags, segment, cast entry, settings, voice, default. Gains add up."""
    cast_options = entry.options if entry else Options()
    layers = (flags, segment.options, cast_options, settings.options, Options(speed=voice.speed), _DEFAULTS)
    options = Options()
    for layer in layers:
        options = options.over(layer)
    unavailable = next((known for known in engine.unavailable if getattr(options, known[0]) == known[1]), None)
    heard = {field.name: getattr(options, field.name) for field in fields(Options) if field.name in engine.options}
    return Resolved(
        style=next((style for style in (segment.style, entry.style if entry else None) if style is not None), DEFAULT_STYLE),
        language=language_of(entry, settings, voice),
        options=Options(**heard),
        gain_db=segment.gain_db + (entry.gain_db if entry else 0.0) + voice.gain_db,
        unavailable=unavailable,
    )


def language_of(entry: CastEntry | None, settings: Settings, voice: Voice) -> str:
    """BCP 47 tag in which a speaker says what names no language of its own."""
    language = (entry.language if entry else None) or settings.language or voice.language or DEFAULT_LANGUAGE
    return _with_accent(language_tag(language), language_tag(voice.language or DEFAULT_LANGUAGE))


def _with_accent(language: str, of_voice: str) -> str:
    """A language without a region is spoken with the voice's own: ``en`` by an ``en-US`` voice is ``en-US``."""
    return of_voice if "-" not in language and of_voice.partition("-")[0] == language else language


def language_tag(tag: str) -> str:
    """A BCP 47 tag in the case that RFC 5646, section 2.1.1 recommends (``en-gb`` as ``en-GB``), so that one language has one spelling."""
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
