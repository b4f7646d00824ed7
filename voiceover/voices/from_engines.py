"""What the installed engines contribute to voices. The pipeline provides it: this package knows no engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from voiceover.settings.problems import Problems
from voiceover.settings.schema import read_section
from voiceover.settings.strict_yaml import Node
from voiceover.types import SettingValue, Voice, VoiceSettings

EngineSettings = dict[str, dict[str, SettingValue]]
"""Settings of a style by the engine's name, as in ``Style.settings``."""


def _unknown(name: str) -> str | None:
    del name
    return None


@dataclass(frozen=True, slots=True)
class FromEngines:
    """Schemas for voice.yaml, and voices."""

    schemas: Mapping[str, VoiceSettings] = field(default_factory=dict)
    """Schema of a voice's settings, by the engine's name."""
    voices: Callable[[], Mapping[str, Voice]] = dict
    """Returns the voices that come with engines, by name; called only if they are needed."""
    how_to_get: Callable[[str], str | None] = _unknown
    """Returns what to do for a voice that is not there yet, as the end of a sentence; None for a name that no engine knows."""

    def derived(self, name: str) -> EngineSettings:
        """Return the settings that engines derive from a voice's name."""
        return {engine: dict(schema.derive(name)) for engine, schema in self.schemas.items() if schema.derive is not None}

    def for_synthetic(self, name: str, language: str) -> EngineSettings:
        """Return the settings that engines have for a voice whose clips a machine spoke."""
        schemas = {engine: schema.for_synthetic for engine, schema in self.schemas.items() if schema.for_synthetic is not None}
        return {engine: found for engine, made in schemas.items() if (found := dict(made(name, language)))}

    def read(self, values: Mapping[str, Node], below: EngineSettings, problems: Problems) -> EngineSettings:
        """Return the settings of a style: its engine sections among ``values``, over ``below``."""
        settings = {}
        for engine, schema in self.schemas.items():
            found = read_section(engine, schema, values.get(engine), problems, below.get(engine, {}))
            if found:
                settings[engine] = found
        return settings

    def voice(self, name: str) -> Voice | None:
        """Return the voice of an engine that is called ``name`` in any case."""
        found = self.voices()
        name = name.strip()
        return found.get(name) or next((voice for known, voice in found.items() if known.casefold() == name.casefold()), None)
