"""Reads values by the schemas that engines declare."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Items, Node, Scalar
from voiceover.settings.values import did_you_mean, parse_bool, parse_integer, parse_number, read_fields
from voiceover.types.schemas import Kind, OptionSpec, SettingValue, VoiceSettings

_LONGEST_SHOWN = 60


def parse_value(spec: OptionSpec, text: str) -> SettingValue | None:
    """Return the value that ``text`` is for ``spec``; None if it is not one."""
    word = text.strip()
    if spec.kind is Kind.SWITCH:
        answer = parse_bool(word)
        return None if answer is None else "yes" if answer else "no"
    if spec.kind is Kind.CHOICE:
        return word.lower() if word.lower() in spec.choices else None
    if spec.kind is Kind.TEXT:
        good = word and "\n" not in word and (not spec.pattern or re.fullmatch(spec.pattern, word, re.ASCII))
        return word if good else None
    number = parse_integer(word) if spec.kind is Kind.INTEGER else parse_number(word)
    if number is None or (spec.low is not None and number < spec.low) or (spec.high is not None and number > spec.high):
        return None
    return number


def describe_values(spec: OptionSpec) -> str:
    """Return what a value of ``spec`` must be, as the end of a sentence: "a whole number from 1 to 64"."""
    if spec.kind is Kind.SWITCH:
        return "yes or no"
    if spec.kind is Kind.CHOICE:
        return f"one of {', '.join(spec.choices)}"
    if spec.kind is Kind.TEXT:
        return spec.wanted or "a text on one line"
    what = "a whole number" if spec.kind is Kind.INTEGER else "a number"
    low = None if spec.low is None else f"{spec.low:g}" if spec.low < 1e6 else str(int(spec.low))
    high = None if spec.high is None else f"{spec.high:g}" if spec.high < 1e6 else str(int(spec.high))
    if low is not None and high is not None:
        return f"{what} from {low} to {high}"
    if low is not None:
        return f"{what}, {low} or more"
    return what if high is None else f"{what}, {high} or less"


def bad_value(what: str, spec: OptionSpec, text: str) -> str:
    """Return the message for a value that ``parse_value`` does not accept."""
    shown = text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"
    got = f'"{shown}"' if text else "empty"
    hint = did_you_mean(text.strip(), spec.choices) if spec.kind is Kind.CHOICE and text else ""
    return f"{what} must be {describe_values(spec)}, not {got}{hint}"


def read_section(
    engine: str, schema: VoiceSettings, node: Node | None, problems: Problems, below: Mapping[str, SettingValue]
) -> dict[str, SettingValue]:
    """Return the settings of a voice for ``engine``: those of its section in voice.yaml over ``below``.

    Unknown keys and bad values are errors at their places.
    """
    settings = dict(below)
    specs = {spec.name: spec for spec in schema.keys}
    values = read_fields(node, problems, engine, tuple(specs)) if node is not None else None
    for key, value in (values or {}).items():
        read = _read_value(f"{engine}: {key}", specs[key], value, problems)
        if read is not None:
            settings[key] = read
    return settings


def _read_value(what: str, spec: OptionSpec, node: Node, problems: Problems) -> SettingValue | None:
    value = parse_value(spec, node.text) if isinstance(node, Scalar) else None
    if value is None:
        if isinstance(node, Scalar):
            message = bad_value(what, spec, node.text)
        else:
            message = f"{what} must be {describe_values(spec)}, not {'a list' if isinstance(node, Items) else 'a mapping'}"
        problems.error(node.source, "bad-value", message)
    return value


def spec_named(name: str, specs: Sequence[OptionSpec]) -> OptionSpec | None:
    """Return the option called ``name``; None if there is none."""
    return next((spec for spec in specs if spec.name == name), None)
