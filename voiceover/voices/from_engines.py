"""What the installed engines contribute to voices. The pipeline provides it: this package knows no engine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import field, replace

from voiceover.settings.problems import Problems
from voiceover.settings.schema import read_section
from voiceover.settings.strict_yaml import Fields, Node
from voiceover.settings.values import suggest
from voiceover.system.lazy import lazy_pattern
from voiceover.types import CastEntry, SettingValue, Voice, VoiceSettings
from voiceover.types.lazy_dataclass import dataclass

_NAME = lazy_pattern(r"[a-z][a-z0-9_-]*")

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
    installed: frozenset[str] = frozenset()
    """Names of all installed engines, with or without a schema."""
    voices: Callable[[], Mapping[str, Voice]] = dict
    """Returns the voices that come with engines, by name; called only if they are needed."""
    how_to_get: Callable[[str], str | None] = _unknown
    """Returns what to do for a voice that is not there yet, as the end of a sentence; None for a name that no engine knows."""

    fault: Callable[[str], str | None] = _unknown
    """Returns why an engine cannot speak now; None if it can, or if no engine has that name."""

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

    def without_absent(self, node: Node, known: Collection[str], problems: Problems) -> Node:
        """Return a mapping without the sections of engines that are not installed, each with a warning.

        Folders of voices are shared between machines, and not every machine has every engine. Only a mapping whose key is near no known
        one is taken for such a section.
        """
        if not isinstance(node, Fields):
            return node
        kept = []
        for key, value in node.entries:
            name = key.text
            is_ours = name in known or name in self.installed or suggest(name, known) is not None
            if is_ours or not isinstance(value, Fields) or not _NAME.fullmatch(name):
                kept.append((key, value))
            else:
                message = f'the section "{name}" is not used, because no engine of that name is installed here'
                problems.warning(key.source, "absent-engine", message)
        return replace(node, entries=tuple(kept))

    def laid_over(self, engine: str, settings: Mapping[str, SettingValue], below: Mapping[str, SettingValue]) -> dict[str, SettingValue]:
        """Return ``settings`` for an engine over those of ``below``, without what they take the place of."""
        schema = self.schemas.get(engine)
        gone = {name for spec in (schema.keys if schema else ()) if spec.name in settings for name in spec.excludes}
        return {**{name: value for name, value in below.items() if name not in gone}, **settings}

    def own_settings(self, entry: CastEntry) -> list[str]:
        """Return the engines that an entry has settings for and that do not speak every voice anyway."""
        return [name for name in entry.settings if (schema := self.schemas.get(name)) is not None and schema.derive is None]

    def voice(self, name: str, engine: str | None = None) -> Voice | None:
        """Return the voice of an engine, or of ``engine``, that is called ``name`` in any case."""
        found = {known: voice for known, voice in self.voices().items() if engine in (None, voice.engine)}
        name = name.strip()
        return found.get(name) or next((voice for known, voice in found.items() if known.casefold() == name.casefold()), None)
