"""BCP 47 language tags and the voices of espeak-ng that speak them.

The names are those of espeak-ng 1.52's ``lang`` files whose dictionary is in its data; a test compares this table with the wheel's data.
"""

from __future__ import annotations

from voiceover.errors import EngineError

NAMES = """
    af am an ar as az ba be bg bn bpy bs ca ca-ba ca-nw ca-va chr cmn cmn-Latn-pinyin cs cv cy da de el en en-029
    en-GB-scotland en-GB-x-gbclan en-GB-x-gbcwmd en-GB-x-rp en-Shaw en-US en-US-nyc eo es es-419 et eu fa fa-Latn fi fr
    fr-BE fr-CH ga gd gn grc gu hak haw he hi hr ht hu hy hyw ia id io is it ja jbo ka kk kl kn ko kok ku ky la lb lfn
    lt ltg lv mi mk ml mr ms mt mto my nb nci ne nl nog om or pa pap piqd pl pt pt-BR py qdb qu quc qya ro ru ru-LV
    ru-cl sd shn si sjn sk sl smj sq sr sv sw ta te th ti tk tn tr tt ug uk ur uz vi vi-VN-x-central vi-VN-x-south yue
    yue-Latn-jyutping
""".split()  # noqa: SIM905 - a list literal takes a line each
"""espeak-ng's own names, which are BCP 47 except for case and the few in ``ALIASES``."""

ALIASES = {
    "ca-valencia": "ca-va",
    "cmn-latn": "cmn-Latn-pinyin",
    "en-ca": "en-US",
    "en-bb": "en-029",
    "en-jm": "en-029",
    "en-scotland": "en-GB-scotland",
    "en-tt": "en-029",
    "hbs": "hr",
    "hy-arevmda": "hyw",
    "in": "id",
    "iw": "he",
    "mo": "ro",
    "nn": "nb",
    "no": "nb",
    "sh": "hr",
    "yue-latn": "yue-Latn-jyutping",
    "zh": "cmn",
    "zh-hak": "hak",
    "zh-hk": "yue",
    "zh-hant-hk": "yue",
    "zh-latn": "cmn-Latn-pinyin",
    "zh-mo": "yue",
    "zh-yue": "yue",
}
"""Tags that espeak-ng names differently, in lower case; Nynorsk is spoken as Bokmål."""

LATIN_AMERICA = ("ar", "bo", "cl", "co", "cr", "cu", "do", "ec", "gt", "hn", "mx", "ni", "pa", "pe", "pr", "py", "sv", "us", "uy", "ve")
"""Regions whose Spanish is es-419."""

_VOICES = {name.lower(): name for name in NAMES} | ALIASES | {f"es-{region}": "es-419" for region in LATIN_AMERICA}

LANGUAGES = frozenset(tag.partition("-")[0] for tag in _VOICES)
"""Primary subtags of the supported languages."""


def voice_for(tag: str) -> str | None:
    """Return espeak-ng's voice for a BCP 47 tag, else for the tag without its last subtag, and so on (RFC 4647, 3.4 lookup).

    None if espeak-ng does not have the language.
    """
    subtags = tag.lower().replace("_", "-").split("-")
    for count in range(len(subtags), 0, -1):
        voice = _VOICES.get("-".join(subtags[:count]))
        if voice is not None:
            return voice
    return None


def espeak_voice(tag: str) -> str:
    """Return espeak-ng's voice for a BCP 47 tag. Raises EngineError, which names all languages, if there is none."""
    voice = voice_for(tag)
    if voice is None:
        raise EngineError(f'espeak-ng has no language "{tag}"; it has {", ".join(sorted(LANGUAGES))}')
    return voice
