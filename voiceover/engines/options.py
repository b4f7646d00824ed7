"""Checks the options that are set for an engine against those that it declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from voiceover.engines.registry import offer, own_engines
from voiceover.errors import EngineOptionError
from voiceover.settings.schema import bad_value, parse_value, spec_named
from voiceover.settings.values import did_you_mean, listed
from voiceover.types import Options
from voiceover.types.lazy_dataclass import dataclass
from voiceover.types.schemas import OptionSpec

FLAGS_FOR_ALL = ("speed", "seed", "model")
"""Settings that every engine gets through a flag of their own."""


@dataclass(frozen=True, slots=True)
class CheckedOptions:
    """Options that the chosen engine has, with values that it accepts."""

    engine: Mapping[str, str] = field(default_factory=dict)
    """Those of the whole engine, for ``EngineContext.options``."""
    lines: Options = Options()
    """Those of every line."""


def declared_options(name: str) -> tuple[OptionSpec, ...]:
    """Return the options that the engine ``name`` declares. Raises EngineMissingError if it cannot be imported."""
    return tuple(offer(name, "OPTIONS") or ())


def check_options(name: str, given: Mapping[str, str], *, why: str | None = None) -> CheckedOptions:
    """Return the options ``given`` for the engine ``name``, checked.

    ``why`` says how the engine was chosen, if it was not named. Raises EngineOptionError for an option that the engine does not have and
    for a value that it does not accept.
    """
    if not given:
        return CheckedOptions()
    specs = declared_options(name)
    engine: dict[str, str] = {}
    lines: dict[str, Any] = {}
    for key, text in given.items():
        spec = spec_named(key, specs)
        if spec is None:
            raise EngineOptionError(_unknown(name, key, specs, why))
        value = parse_value(spec, text)
        if value is None:
            raise EngineOptionError(bad_value(key, spec, text))
        if spec.per_line:
            lines[key] = value
        else:
            engine[key] = str(value)
    return CheckedOptions(engine, Options(**lines))


def _unknown(name: str, key: str, specs: tuple[OptionSpec, ...], why: str | None) -> str:
    who = f"the engine {name}" + (f", which would speak here ({why})," if why else "")
    if key in FLAGS_FOR_ALL:
        return f'{who} has no option "{key}" of its own; use --{key}'
    names = [spec.name for spec in specs]
    there = f"Its options are {listed(names)}." if names else "It has no options."
    others = [other for other in own_engines() if other != name and spec_named(key, declared_options(other))]
    elsewhere = f" {others[0]} has it: --engine {others[0]}." if others else ""
    return f'{who} has no option "{key}"{did_you_mean(key, names) or "."} {there}{elsewhere}'
