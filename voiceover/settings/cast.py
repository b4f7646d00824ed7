"""Reads ``cast:``, the speakers and their voices."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from voiceover.settings.layers import OPTION_KEYS, RESERVED_NAMES
from voiceover.settings.problems import Problems
from voiceover.settings.schema import read_section
from voiceover.settings.strict_yaml import Fields, Node, Scalar
from voiceover.settings.values import is_empty, read_fields, read_gain, read_language, read_options, read_word, style_name
from voiceover.system.lazy import lazy_pattern
from voiceover.types import CastEntry, VoiceSettings

ENTRY_KEYS = ("voice", "engine", "style", "lang", "gain", *OPTION_KEYS)
MAX_NAME = 60
NOT_IN_NAMES = lazy_pattern(r"[\[\](){}|:*`<>\\\n\t]")


def read_cast(node: Node, problems: Problems, sections: Mapping[str, VoiceSettings]) -> tuple[CastEntry, ...] | None:
    """Read a mapping from names to the name of a voice, or to ``{voice, engine, style, lang, gain, speed, seed, ...}``.

    ``sections`` are the engines that may have settings in an entry, by name, with their schemas. The voice is empty if an entry names
    none. Names are compared without regard to case and in Unicode's composed form.
    """
    if not isinstance(node, Fields) or not node.entries:
        problems.error(node.source, "bad-value", "cast must be a mapping from names to voices, such as {Narrator: ada, Town: ben}")
        return None
    entries: list[CastEntry] = []
    first: dict[str, Scalar] = {}
    for key, value in node.entries:
        name = " ".join(unicodedata.normalize("NFC", key.text).split())
        if not _check_name(name, key, problems):
            continue
        earlier = first.setdefault(name.casefold(), key)
        if earlier is not key:
            message = f'"{name}" and "{earlier.text}" (at {earlier.source}) differ only in case; remove one'
            problems.error(key.source, "duplicate-name", message)
            continue
        entries.append(_read_entry(name, key, value, problems, sections))
    return tuple(entries)


def _check_name(name: str, key: Scalar, problems: Problems) -> bool:
    if not name or len(name) > MAX_NAME:
        problems.error(key.source, "bad-name", f"a name in the cast has 1 to {MAX_NAME} characters")
    elif name.casefold() in RESERVED_NAMES:
        problems.error(key.source, "reserved-name", f'"{name}" cannot be a name in the cast: it starts a cue; choose another')
    elif found := NOT_IN_NAMES.search(key.text.strip()):
        shown = repr(found[0]) if found[0].isspace() else found[0]
        problems.error(key.source, "bad-name", f"a name in the cast cannot hold {shown}, which has a meaning of its own in a label")
    else:
        return True
    return False


def _read_entry(name: str, key: Scalar, value: Node, problems: Problems, sections: Mapping[str, VoiceSettings]) -> CastEntry:
    if isinstance(value, Scalar):
        voice = "" if is_empty(value) else read_word(value, problems, f"the voice of {name}")
        return CastEntry(name, voice or "", key.source)
    own = [engine for engine in sections if engine not in ENTRY_KEYS]
    values = read_fields(value, problems, f"the entry of {name} in the cast", (*ENTRY_KEYS, *own))
    if values is None:
        return CastEntry(name, "", key.source)
    settings = {engine: read_section(engine, sections[engine], values[engine], problems, {}) for engine in own if engine in values}
    engine = read_word(values["engine"], problems, f"the engine of {name}") if "engine" in values else None
    voice = read_word(values["voice"], problems, f"the voice of {name}") if "voice" in values else None
    style = read_word(values["style"], problems, f"the style of {name}") if "style" in values else None
    language = read_language(values["lang"], problems, f"the lang of {name}") if "lang" in values else None
    gain = read_gain(values["gain"], problems, f"the gain of {name}") if "gain" in values else None
    return CastEntry(
        name,
        voice or "",
        key.source,
        language,
        style_name(style) if style else None,
        read_options(values, problems),
        gain or 0.0,
        engine,
        settings,
        {key: values[key].source for key in ("voice", "engine", *settings) if key in values},
    )
