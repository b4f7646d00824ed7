"""Commands whose options come from the installed families of models besides their own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from voiceover.cli.given_paths import GivenPath
from voiceover.cli.help import GroupedCommand

if TYPE_CHECKING:
    from voiceover.types.models import ModelFamily, ModelOption


class FamilyCommand(GroupedCommand):
    """A command of ``voiceover models`` that takes the options of all families; the engines are imported when it is used."""

    _families: tuple[ModelFamily, ...] | None = None
    _all: list[click.Parameter]

    @property
    def params(self) -> list[click.Parameter]:
        """Return the command's own parameters and those of the families."""
        from voiceover.pipeline.models import model_families

        families = model_families()
        if families != self._families:  # otherwise the same list: click compares its items, and adds to it for a while
            self._families = families
            self._all = [*self.own_params, *map(_parameter, _options(self.name or "", families).values())]
        return self._all

    @params.setter
    def params(self, own: list[click.Parameter]) -> None:
        self.own_params, self._families = own, None


def family_options(command: click.Command, values: Mapping[str, Any]) -> dict[str, str]:
    """Return the family options that were given, by the names that the families use. Raises UsageError for exclusive ones."""
    from voiceover.pipeline.models import model_families

    options = _options(command.name or "", model_families())
    given = {}
    for option in options.values():
        value = values.get(_variable(option))
        if value not in (None, False):
            given[option.name] = "yes" if value is True else str(value)
    for option in options.values():
        clash = [f"--{name}" for name in option.excludes if name in given]
        if option.name in given and clash:
            raise click.UsageError(f"with --{option.name}, leave {' and '.join(f'--{name}' for name in option.excludes)} out")
    return given


def _options(command: str, families: tuple[ModelFamily, ...]) -> dict[str, ModelOption]:
    """Return the options of a command by name; if two families have the same, the first one's text counts."""
    found: dict[str, ModelOption] = {}
    for family in families:
        for option in family.options:
            if command in option.commands:
                found.setdefault(option.name, option)
    return found


def _variable(option: ModelOption) -> str:
    return f"family_{option.name.replace('-', '_')}"


def _parameter(option: ModelOption) -> click.Parameter:
    kind: Any = GivenPath(click.Path(path_type=Path)) if option.kind == "path" else click.Choice(option.choices) if option.choices else str
    if option.kind == "flag":
        return click.Option([f"--{option.name}", _variable(option)], is_flag=True, help=option.help)
    return click.Option([f"--{option.name}", _variable(option)], type=kind, help=option.help)
