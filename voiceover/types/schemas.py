"""Schemas in which an engine declares its options and the settings that a voice may have for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeAlias

from voiceover.types.lazy_dataclass import dataclass

SettingValue: TypeAlias = str | int | float


class Kind(StrEnum):
    """What a value is."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    CHOICE = "choice"
    SWITCH = "switch"
    """Yes or no; the value is the word ``yes`` or ``no``."""
    WEIGHTS = "weights"
    """A mapping from names to their shares; the value is a text that ``voiceover.settings.schema.weights_of`` reads."""


@dataclass(frozen=True, slots=True)
class OptionSpec:
    """One option of an engine, or one setting of a voice for an engine."""

    name: str
    """As people type it, such as ``gpu-batch``."""
    help: str
    """One sentence."""
    kind: Kind = Kind.TEXT
    choices: tuple[str, ...] = ()
    """Values of a CHOICE, or names in WEIGHTS, in lower case."""
    low: float | None = None
    """Lowest INTEGER or NUMBER."""
    high: float | None = None
    """Highest INTEGER or NUMBER."""
    default: str | None = None
    """What applies if it is not set, in words; shown in the help, and applied by the engine."""
    per_line: bool = False
    """True for an option of each line: a field of ``Options``, which scripts can set, too. False for one of the whole engine."""
    pattern: str = ""
    """Regular expression that a TEXT must match as a whole."""
    expected: str = ""
    """What ``pattern`` or a long list of ``choices`` asks for, in words, such as "the name of a preset"."""
    excludes: tuple[str, ...] = ()
    """Settings of a voice that this one takes the place of; both in one section are an error."""


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """Schema of an engine's section in voice.yaml."""

    keys: tuple[OptionSpec, ...]
    derive: Callable[[str], Mapping[str, SettingValue]] | None = None
    """Returns settings for what voice.yaml leaves out, from the voice's name; with it every voice has settings for the engine."""
    short: str = ""
    """The key that a section means which is a single value: with ``preset``, ``name: warm`` is ``name: {preset: warm}``."""
    for_synthetic: Callable[[str, str], Mapping[str, SettingValue]] | None = None
    """Returns settings for a voice whose clips a machine spoke, and whose voice.yaml has no section, from its name and language."""
