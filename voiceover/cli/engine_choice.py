"""The type of a flag whose values voiceover's own engines declare. The engines are loaded only when the flag is used or shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    _Type = click.ParamType[str]
else:
    _Type = click.ParamType


class EngineChoice(_Type):
    """One of the values that an option of voiceover's own engines accepts."""

    name = "choice"

    def __init__(self, option: str) -> None:
        self._option = option

    @property
    def _choice(self) -> click.Choice[str]:
        from voiceover.engines import declared_options, own_engines

        specs = (spec for name in own_engines() for spec in declared_options(name))
        return click.Choice(next((spec.choices for spec in specs if spec.name == self._option), ()))

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str | None:
        context: dict[str, Any] = {} if ctx is None else {"ctx": ctx}  # click 8.1 has none
        return self._choice.get_metavar(param, **context)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        return list(self._choice.shell_complete(ctx, param, incomplete))

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return self._choice.convert(value, param, ctx)
