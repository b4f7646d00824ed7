"""Reads the value of each key: one small reader per kind of value, and the table of keys."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import field, fields, replace
from datetime import datetime
from pathlib import Path

from voiceover.audio.formats import FORMATS
from voiceover.settings.cast import read_cast
from voiceover.settings.confine import confined
from voiceover.settings.encoding import read_bitrates, read_sample_rate
from voiceover.settings.layers import CHANNELS, MOST_RETAKES, NO_STEMS, SPLITS, STEMS
from voiceover.settings.lexicon import read_lexicon
from voiceover.settings.loudness import read_loudness
from voiceover.settings.problems import Problems
from voiceover.settings.sounds import read_bumper, read_ducking, read_sounds
from voiceover.settings.strict_yaml import Fields, Node, Scalar
from voiceover.settings.values import (
    parse_bool,
    parse_number,
    read_bool,
    read_choice,
    read_fields,
    read_integer,
    read_language,
    read_seconds,
    read_text,
    read_word,
    read_words,
)
from voiceover.system.lazy import lazy_pattern
from voiceover.text.audible import is_audible
from voiceover.types import (
    Bumper,
    CastEntry,
    Disclosure,
    Ducking,
    Gaps,
    LoudnessTarget,
    Pronunciation,
    Read,
    Settings,
    SoundEntry,
    VoiceSettings,
)
from voiceover.types.lazy_dataclass import dataclass

MAX_GAP_SECONDS = 60.0
MOST_ASSETS = 30
MOST_DISCLOSED = 300
"""Characters of a spoken disclosure: about 20 seconds."""
_DISCLOSURES = ("spoken", "metadata")
COVER_SUFFIXES = (".jpg", ".jpeg", ".png")
_DATE = lazy_pattern(r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*([Zz]|[+-]\d\d:?\d\d)?)?", re.ASCII)
NOT_YET = "not-yet"
"""Problem code for a part of the format that this version cannot render."""
_SPOKEN_OR_NOT = {"speak": "speak", "skip": "skip", "silent": "skip"}
READ_CHOICES: Mapping[str, Mapping[str, str]] = {
    "headings": _SPOKEN_OR_NOT,
    "title": _SPOKEN_OR_NOT,
    "code": _SPOKEN_OR_NOT,
    "images": {"alt": "alt", "skip": "skip"},
    "tables": _SPOKEN_OR_NOT,
    "footnotes": {"inline": "inline", "skip": "skip"},
    "directions": _SPOKEN_OR_NOT,
}


@dataclass(slots=True)
class Layer:
    """One layer of settings while it is read."""

    folder: Path
    """The folder that paths are relative to."""
    problems: Problems
    project: bool
    """True for the layer of the project file."""
    below: Settings
    """Settings so far: the layers below and the keys already read."""
    sections: Mapping[str, VoiceSettings] = field(default_factory=dict)
    """Schemas of the engines that may have settings in an entry of the cast, by name."""

    @property
    def assets(self) -> tuple[Path, ...]:
        return tuple(Path(folder) for folder in self.below.assets or ())


# ---------------------------------------------------------------- one reader for a kind of value


def _line(key: str, node: Node, layer: Layer) -> str | None:
    return read_word(node, layer.problems, key)


def _text(key: str, node: Node, layer: Layer) -> str | None:
    return read_text(node, layer.problems, key)


def _count(key: str, node: Node, layer: Layer) -> int | None:
    return read_integer(node, layer.problems, key, 0, 99_999)


def _retakes(key: str, node: Node, layer: Layer) -> int | None:
    """Read a number; ``no`` is 0."""
    if isinstance(node, Scalar) and parse_bool(node.text) is False:
        return 0
    return read_integer(node, layer.problems, key, 0, MOST_RETAKES)


def _yes_or_no(key: str, node: Node, layer: Layer) -> bool | None:
    return read_bool(node, layer.problems, key)


def _language(key: str, node: Node, layer: Layer) -> str | None:
    return read_language(node, layer.problems, key)


def _date(key: str, node: Node, layer: Layer) -> str | None:
    """Read a date, or a date and time, in ISO 8601, as written except for a space in it."""
    match = _DATE.fullmatch(node.text.strip()) if isinstance(node, Scalar) else None
    if match is not None:
        day, time, zone = match.groups()
        written: str = f"{day}T{time}{zone or ''}" if time else day
        try:
            datetime.fromisoformat(written)
        except ValueError:
            pass
        else:
            return written
    layer.problems.error(node.source, "bad-value", f"{key} must be a day such as 2026-11-20, or 2026-11-20T09:00:00Z (ISO 8601)")
    return None


def _cast(_key: str, node: Node, layer: Layer) -> tuple[CastEntry, ...] | None:
    return read_cast(node, layer.problems, layer.sections)


def _cover(key: str, node: Node, layer: Layer) -> str | None:
    text = read_word(node, layer.problems, key)
    if text is None:
        return None
    if not text.lower().endswith(COVER_SUFFIXES):
        layer.problems.error(node.source, "bad-value", f'cover must be a JPEG or PNG file, not "{text}"')
        return None
    path = confined(text, layer.folder, layer.assets, node.source, layer.problems, must_exist=True)
    return str(path) if path else None


def _sounds(key: str, node: Node, layer: Layer) -> Mapping[str, SoundEntry] | None:
    return read_sounds(key, node, layer.folder, layer.assets, layer.problems)


def _bumper(key: str, node: Node, layer: Layer) -> Bumper | None:
    return read_bumper(key, node, layer.folder, layer.assets, layer.below.sounds or {}, layer.problems)


def _ducking(key: str, node: Node, layer: Layer) -> Ducking | None:
    return read_ducking(key, node, layer.below.ducking or Ducking(), layer.problems)


def _not_yet(key: str, node: Node, layer: Layer) -> None:
    """Refuse a key that this version does not support, unless its value switches it off."""
    if not (isinstance(node, Scalar) and (parse_bool(node.text) is False or parse_number(node.text) == 0)):
        layer.problems.error(node.source, NOT_YET, f"`{key}:` is not supported yet; remove it")


def _for_the_feed(key: str, node: Node, layer: Layer) -> None:
    """Check the form of a key that only a feed uses; it does not change how the episode sounds, so it is not a setting."""
    read_word(node, layer.problems, key)


def _assets(key: str, node: Node, layer: Layer) -> tuple[str, ...] | None:
    """Read ``assets``. Only the project file may name folders outside its own: a script cannot grant itself access."""
    folders = []
    words = read_words(node, layer.problems, key) or ()
    if len(words) > MOST_ASSETS:  # each file is looked for in each of them
        layer.problems.error(node.source, "bad-value", f"{key} may be {MOST_ASSETS} folders, not {len(words)}")
        words = ()
    for text, source in words:
        if layer.project:
            folders.append(_absolute(layer.folder, text))
        elif path := confined(text, layer.folder, layer.assets, source, layer.problems):
            folders.append(str(path))
    return (*folders, *(() if layer.project else layer.below.assets or ()))


def _folders(key: str, node: Node, layer: Layer) -> tuple[str, ...] | None:
    return tuple(_absolute(layer.folder, text) for text, _ in read_words(node, layer.problems, key) or ())


def _words(key: str, node: Node, layer: Layer) -> tuple[str, ...] | None:
    return tuple(text for text, _ in read_words(node, layer.problems, key) or ())


def _lexicon(_key: str, node: Node, layer: Layer) -> Mapping[str, str | Pronunciation] | None:
    return read_lexicon(node, layer.folder, layer.assets, layer.problems)


def _disclosure(key: str, node: Node, layer: Layer) -> Disclosure | None:
    """Read ``spoken``, ``metadata``, or ``{spoken: words}``."""
    if not isinstance(node, Fields):
        word = read_choice(node, layer.problems, key, _DISCLOSURES, more="or {spoken: your own sentence}")
        return Disclosure(spoken=word == "spoken") if word else None
    value = (read_fields(node, layer.problems, key, ("spoken",)) or {}).get("spoken")
    if value is None:
        layer.problems.error(node.source, "missing-key", f"{key} as a mapping needs the sentence: {{spoken: your own sentence}}")
        return None
    words = read_word(value, layer.problems, f"{key}: spoken")
    if words is not None and (len(words) > MOST_DISCLOSED or not is_audible(words)):
        wanted = f"a sentence that can be spoken, of at most {MOST_DISCLOSED} characters"
        layer.problems.error(value.source, "bad-value", f"{key}: spoken must be {wanted}")
        return None
    return Disclosure(spoken=True, words=words) if words else None


def _loudness(_key: str, node: Node, layer: Layer) -> LoudnessTarget | None:
    return read_loudness(node, layer.problems, layer.below.loudness)


def _channels(key: str, node: Node, layer: Layer) -> str | None:
    return read_choice(node, layer.problems, key, CHANNELS)


def _gaps(key: str, node: Node, layer: Layer) -> Gaps | None:
    """Read milliseconds, or durations with a unit."""
    names = tuple(field.name for field in fields(Gaps))
    milliseconds: dict[str, int] = {}
    for name, value in (read_fields(node, layer.problems, key, names) or {}).items():
        if isinstance(value, Scalar) and parse_number(value.text) is not None:
            in_units: Node = replace(value, text=f"{value.text}ms")
        else:
            in_units = value
        seconds = read_seconds(in_units, layer.problems, f"gaps: {name}", 0.0, MAX_GAP_SECONDS)
        if seconds is not None:
            milliseconds[name] = round(seconds * 1000)
    return replace(layer.below.gaps or Gaps(), **milliseconds)


def _read(key: str, node: Node, layer: Layer) -> Read | None:
    chosen: dict[str, str] = {}
    for name, value in (read_fields(node, layer.problems, key, tuple(READ_CHOICES)) or {}).items():
        word = read_choice(value, layer.problems, f"read: {name}", READ_CHOICES[name])
        if word is not None:
            chosen[name] = READ_CHOICES[name][word]
    return replace(layer.below.read or Read(), **chosen)


def _formats(key: str, node: Node, layer: Layer) -> tuple[str, ...] | None:
    formats: dict[str, None] = {}
    for text, source in read_words(node, layer.problems, key) or ():
        word = read_choice(Scalar(text.lower().removeprefix("."), True, source), layer.problems, key, FORMATS)
        if word is not None:
            formats[word] = None
    return tuple(formats)


def _split(key: str, node: Node, layer: Layer) -> str | None:
    return read_choice(node, layer.problems, key, SPLITS)


def _stems(key: str, node: Node, layer: Layer) -> str | None:
    """Read yes, no or a format."""
    wanted = parse_bool(node.text) if isinstance(node, Scalar) else None
    if wanted is not None:
        return STEMS[0] if wanted else NO_STEMS
    return read_choice(node, layer.problems, key, STEMS, more="true or false")


def _bitrate(_key: str, node: Node, layer: Layer) -> Mapping[str, int] | None:
    return read_bitrates(node, layer.problems)


def _sample_rate(_key: str, node: Node, layer: Layer) -> int | None:
    return read_sample_rate(node, layer.problems)


def _absolute(folder: Path, text: str) -> str:
    # Unlike Path's own, this leaves the home of a user who is not there as it is.
    return os.path.realpath(folder / os.path.expanduser(text))  # noqa: PTH111


READERS: Mapping[str, Callable[[str, Node, Layer], object]] = {
    "title": _line,
    "show": _line,
    "season": _count,
    "episode": _count,
    "date": _date,
    "author": _line,
    "description": _text,
    "cover": _cover,
    "language": _language,
    "voice": _line,
    "cast": _cast,
    "sounds": _sounds,
    "assets": _assets,
    "intro": _bumper,
    "outro": _bumper,
    "ducking": _ducking,
    "intro_chapter": _line,
    "lexicon": _lexicon,
    "loudness": _loudness,
    "channels": _channels,
    "gaps": _gaps,
    "engine": _line,
    "model": _line,
    "disclosure": _disclosure,
    "commercial": _yes_or_no,
    "notes": _yes_or_no,
    "listen": _yes_or_no,
    "retakes": _retakes,
    "read": _read,
    "format": _formats,
    "bitrate": _bitrate,
    "sample_rate": _sample_rate,
    "split": _split,
    "stems": _stems,
    "short_reference": _yes_or_no,
    "feed": _not_yet,
    **dict.fromkeys(("guid", "link"), _for_the_feed),
}
PROJECT_READERS: Mapping[str, Callable[[str, Node, Layer], object]] = {"voices": _folders, "scripts": _words}
FIELD_NAMES = {"format": "formats", "bitrate": "bitrates"}
