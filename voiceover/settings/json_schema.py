"""JSON Schemas of voiceover.yaml, show.yaml and YAML scripts, so that editors complete and check them.

They are made from the tables of keys that the readers use. A schema is more lenient than a reader: it knows forms, not files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from voiceover.audio.formats import FORMATS, LOSSY, SAMPLE_RATES
from voiceover.settings import keys
from voiceover.settings.cast import ENTRY_KEYS
from voiceover.settings.encoding import BITRATE_RANGE
from voiceover.settings.layers import CHANNELS, DURATIONS, METHODS, MOST_RETAKES, OPTION_KEYS, OPTION_RANGES, PRESETS, SPLITS, STEMS
from voiceover.settings.reader import PAGE_KEYS
from voiceover.settings.show import show_schema
from voiceover.settings.sounds import BUMPER_KEYS, DUCKING_KEYS, SOUND_KEYS
from voiceover.types import Gaps

Schema = dict[str, Any]
DRAFT = "https://json-schema.org/draft/2020-12/schema"
_SCALAR: Schema = {"type": ["string", "number", "boolean"]}
"""A text; YAML takes what looks like a number for one, and the readers take both."""
_TEXT: Schema = {"type": ["string", "number"]}
_WORDS: Schema = {"type": ["string", "array"], "items": {"type": "string"}}
_SWITCH: Schema = {"type": ["boolean", "string"]}
_DURATION: Schema = {"type": ["string", "number"]}


def _one_of(values: Mapping[str, Any] | tuple[str, ...], **more: Any) -> Schema:
    return {"enum": list(values), **more}


def _object(properties: Mapping[str, Any], *, closed: bool = True) -> Schema:
    return {"type": "object", "properties": dict(properties), **({"additionalProperties": False} if closed else {})}


def _option(name: str) -> Schema:
    if name == "seed":
        return {"type": "integer", "minimum": 0}
    if name in ("method", "duration"):
        return _one_of(METHODS if name == "method" else DURATIONS)
    low, high = OPTION_RANGES[name]
    return {"type": "integer" if name == "steps" else "number", "minimum": low, "maximum": high}


_OPTIONS = {name: _option(name) for name in OPTION_KEYS}
_ENTRY = _object({**dict.fromkeys(ENTRY_KEYS, _TEXT), "gain": _DURATION, **_OPTIONS}, closed=False)
"""An entry of the cast; engines add sections of their own."""
_KBPS: Schema = {
    "anyOf": [
        {"type": "integer", "minimum": BITRATE_RANGE[0], "maximum": BITRATE_RANGE[1]},
        {"type": "string", "pattern": r"^\s*\d+\s*(k|$)"},
    ]
}
_SOUND: Schema = {"anyOf": [{"type": "string"}, {**_object(dict.fromkeys(SOUND_KEYS, _TEXT)), "required": ["file"]}]}
_BUMPER: Schema = {
    "anyOf": [{"type": "string"}, {**_object({**dict.fromkeys(BUMPER_KEYS, _DURATION), "file": {"type": "string"}}), "required": ["file"]}]
}
_BY_READER: Mapping[Callable[..., object], Schema] = {
    keys._line: _TEXT,
    keys._text: _TEXT,
    keys._count: {"type": "integer", "minimum": 0, "maximum": 99_999},
    keys._retakes: {"anyOf": [{"type": "integer", "minimum": 0, "maximum": MOST_RETAKES}, {"enum": [False, "no", "off"]}]},
    keys._yes_or_no: _SWITCH,
    keys._language: {"type": "string", "pattern": "^[A-Za-z]{2,4}([-_][A-Za-z0-9]{1,8})*$"},
    keys._date: {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d"},
    keys._cast: {"type": "object", "minProperties": 1, "additionalProperties": {"anyOf": [{"type": ["string", "null"]}, _ENTRY]}},
    keys._cover: {"type": "string", "pattern": r"\.([jJ][pP][eE]?[gG]|[pP][nN][gG])$"},
    keys._sounds: {"type": "object", "additionalProperties": _SOUND},
    keys._bumper: _BUMPER,
    keys._ducking: _object(dict.fromkeys(DUCKING_KEYS, _DURATION)),
    keys._assets: _WORDS,
    keys._folders: _WORDS,
    keys._words: _WORDS,
    keys._lexicon: {"type": ["string", "object"]},
    keys._loudness: {
        "anyOf": [
            {"type": ["string", "number"]},
            _object({"preset": _one_of(PRESETS), "target": _TEXT, "ceiling": _TEXT, "mono_reference": _one_of(("file", "playback"))}),
        ]
    },
    keys._channels: _one_of(CHANNELS),
    keys._gaps: _object({field.name: _DURATION for field in fields(Gaps)}),
    keys._read: _object({name: _one_of(choices) for name, choices in keys.READ_CHOICES.items()}),
    keys._formats: {"anyOf": [{"type": "string"}, {"type": "array", "items": _one_of(FORMATS)}]},
    keys._split: _one_of(SPLITS),
    keys._stems: {"anyOf": [{"type": "boolean"}, _one_of((*STEMS, "yes", "no", "on", "off"))]},
    keys._bitrate: {"anyOf": [_KBPS, _object(dict.fromkeys(LOSSY, _KBPS))]},
    keys._sample_rate: {"anyOf": [{"enum": [*SAMPLE_RATES, 44.1, 48]}, {"type": "string", "pattern": r"^\s*(44\.?1|48)"}]},
    keys._disclosure: {"anyOf": [_one_of(("spoken", "metadata")), {**_object({"spoken": _TEXT}), "required": ["spoken"]}]},
    keys._not_yet: {"not": {}, "description": "Not supported yet."},
    keys._for_the_feed: _TEXT,
}
"""The schema of each kind of value, by its reader."""


def project_schema() -> Schema:
    """Return the JSON Schema of the project file, voiceover.yaml."""
    return {"$schema": DRAFT, "title": "voiceover.yaml", **_object({**_settings(), **_of(keys.PROJECT_READERS)})}


def script_schema() -> Schema:
    """Return the JSON Schema of a script in YAML, and of the front matter of one in Markdown."""
    segment = {"type": ["string", "object"]}
    properties = {**dict.fromkeys(sorted(PAGE_KEYS), _SCALAR), **_settings(), "segments": {"type": "array", "items": segment}}
    own = {"voiceover": {"type": "object", "description": "The keys above, apart from those of a site."}, "params": {"type": "object"}}
    return {"$schema": DRAFT, "title": "a script of voiceover", **_object({**properties, **own})}


SCHEMAS: Mapping[str, Callable[[], Schema]] = {
    "voiceover": project_schema,
    "show": lambda: {"$schema": DRAFT, "title": "show.yaml", **show_schema()},
    "script": script_schema,
}
"""Makes each schema, by the name of what it describes."""


def _settings() -> Schema:
    return {**_of(keys.READERS), **_OPTIONS}


def _of(readers: Mapping[str, Callable[..., object]]) -> Schema:
    return {name: _BY_READER[reader] for name, reader in readers.items()}
