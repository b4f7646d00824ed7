"""Turns: speaker and settings until the next label or heading."""

from __future__ import annotations

import re
from collections.abc import Iterable

from voiceover.script.cues import RecordedTurn
from voiceover.script.labels import Label, fold
from voiceover.script.places import Place
from voiceover.settings.layers import OPTION_KEYS
from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Node, Scalar
from voiceover.settings.values import did_you_mean, read_gain, read_options, style_name
from voiceover.system.lazy import lazy_pattern
from voiceover.types import Direction, Options, Source
from voiceover.types.lazy_dataclass import dataclass

SETTING_KEYS = (*OPTION_KEYS, "gain")
"""Settings that may follow the style in a label, and may be keys of a segment in YAML."""

_KEYED = lazy_pattern(r"([^\W\d]\w*)(?:\s*[:=]\s*|\s+)(\S.*)", re.DOTALL)
_GAIN = lazy_pattern(r"[-+−]?[\d.]+\s*db", re.IGNORECASE)
_VALUE = lazy_pattern(r"[-+−.\d]")


@dataclass(frozen=True, slots=True)
class Turn:
    """The speaker and settings of a turn."""

    speaker: str
    style: str | None = None
    options: Options = Options()
    gain_db: float = 0.0
    language: str | None = None
    recording: RecordedTurn | None = None
    label: Source | None = None
    """Location of the label that starts it; None if there is none."""
    lone: str = ""
    """The label as typed if it is a name alone on its line; if no words follow below, it is text."""
    hint: Direction | None = None
    """A style if the voice has it, else a direction."""


def narrator_of(names: Iterable[str]) -> str:
    """Return the speaker of unlabelled text: ``narrator`` if it is in the cast, else ``main``, else the first."""
    by_key = {fold(name): name for name in reversed(tuple(names))}
    return by_key.get("narrator") or by_key.get("main") or next(reversed(by_key.values()))


def labelled_turn(label: Label, at: int, place: Place, problems: Problems) -> Turn:
    """Return the turn of a label at offset ``at``; ``place`` locates offsets in its content."""
    style: str | None = None
    values: dict[str, Node] = {}
    piece_at = label.settings_at
    for number, piece in enumerate(label.settings.split(",")):
        text = " ".join(piece.split())
        source = place(piece_at + len(piece) - len(piece.lstrip()))
        start, piece_at = piece_at, piece_at + len(piece) + 1
        if not text:
            continue
        key, value = _setting(text)
        if key is None and number == 0:
            style = style_name(text)
        elif key not in SETTING_KEYS:
            word = key or text
            hint = did_you_mean(word, SETTING_KEYS, problems) or f"; the settings after a style are {', '.join(SETTING_KEYS)}"
            problems.error(source, "unknown-setting", f'unknown setting "{word}"{hint}')
        elif key in values:
            problems.error(source, "unknown-setting", f'"{key}" is given twice')
        else:
            values[key] = Scalar(value, True, place(start + max(piece.rfind(value.split()[0]), 0)))
    gain = read_gain(values["gain"], problems, "gain") if "gain" in values else None
    for text, time_at in label.times:
        problems.unspoken(place(time_at), "time", f"time {text}")
    beside = Direction(label.hint, place(label.hint_at), beside_label=True) if label.hint else None
    return Turn(label.speaker, style, read_options(values, problems), gain or 0.0, label=place(at), lone=label.lone, hint=beside)


def _setting(text: str) -> tuple[str | None, str]:
    """Split a setting into key and value; the key is empty for a word that may be a style."""
    if _GAIN.fullmatch(text):
        return "gain", text
    keyed = _KEYED.fullmatch(text)
    if keyed and (keyed[1].lower() in SETTING_KEYS or _VALUE.match(keyed[2])):
        return keyed[1].lower(), keyed[2]
    return None, text
