"""Reads values by the schemas that engines declare."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Fields, Items, Node, Scalar
from voiceover.settings.values import did_you_mean, is_empty, parse_bool, parse_integer, parse_number, read_fields
from voiceover.types.schemas import Kind, OptionSpec, SettingValue, VoiceSettings

_LONGEST_SHOWN = 60
_SMALLEST_SHARE, _LARGEST_SHARE = 1e-6, 1e6
_ROUNDING = 1e-3
"""Largest difference from 1 that the sum of typed shares, such as three times 0.333, may have."""


def parse_value(spec: OptionSpec, text: str) -> SettingValue | None:
    """Return the value that ``text`` is for ``spec``; None if it is not one."""
    word = text.strip()
    if spec.kind is Kind.SWITCH:
        answer = parse_bool(word)
        return None if answer is None else "yes" if answer else "no"
    if spec.kind is Kind.CHOICE:
        return word.lower() if word.lower() in spec.choices else None
    if spec.kind is Kind.WEIGHTS:
        return None  # a mapping
    if spec.kind is Kind.TEXT:
        good = word and "\n" not in word and (not spec.pattern or re.fullmatch(spec.pattern, word, re.ASCII))
        return word if good else None
    number = parse_integer(word) if spec.kind is Kind.INTEGER else parse_number(word)
    if number is None or (spec.low is not None and number < spec.low) or (spec.high is not None and number > spec.high):
        return None
    return number


def describe_values(spec: OptionSpec) -> str:
    """Return what a value of ``spec`` must be, as the end of a sentence: "a whole number from 1 to 64"."""
    words = {
        Kind.SWITCH: "yes or no",
        Kind.CHOICE: spec.expected or f"one of {', '.join(spec.choices)}",
        Kind.TEXT: spec.expected or "a text on one line",
        Kind.WEIGHTS: "a mapping from names to their shares",
    }
    if spec.kind in words:
        return words[spec.kind]
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
    for key, value in _values(engine, schema, node, problems).items():
        spec = spec_named(key, schema.keys)
        read = None if spec is None else _read_value(f"{engine}: {key}", spec, value, problems)
        if spec is not None and read is not None:
            settings = {other: kept for other, kept in settings.items() if other not in spec.excludes}
            settings[key] = read
    return settings


def _values(engine: str, schema: VoiceSettings, node: Node | None, problems: Problems) -> Mapping[str, Node]:
    """Return the values of a section by key."""
    if node is None or is_empty(node):
        return {}
    if schema.short and isinstance(node, Scalar):
        return {schema.short: node}
    values = read_fields(node, problems, engine, tuple(spec.name for spec in schema.keys)) or {}
    for spec in schema.keys:
        clash = next((other for other in spec.excludes if spec.name in values and other in values), None)
        if clash is not None:
            problems.error(values[clash].source, "bad-value", f"{engine}: {spec.name} and {clash} exclude each other; keep one of them")
            return {}
    return values


def _read_value(what: str, spec: OptionSpec, node: Node, problems: Problems) -> SettingValue | None:
    if spec.kind is Kind.WEIGHTS and isinstance(node, Fields):
        return _read_weights(what, spec, node, problems)
    value = parse_value(spec, node.text) if isinstance(node, Scalar) else None
    if value is None:
        if isinstance(node, Scalar):
            message = bad_value(what, spec, node.text)
        else:
            message = f"{what} must be {describe_values(spec)}, not {'a list' if isinstance(node, Items) else 'a mapping'}"
        problems.error(node.source, "bad-value", message)
    return value


# ---------------------------------------------------------------- weights


def weights_of(value: str) -> dict[str, float]:
    """Return the shares by name in a value of the kind WEIGHTS; they sum to 1."""
    names = value.split()
    return {name: float(share) for name, share in zip(names[::2], names[1::2], strict=True)}


def weights_value(weights: Mapping[str, float]) -> str:
    """Return weights as a value of a setting: names in alphabetical order, each with its share of the sum, to six digits."""
    total = math.fsum(weights.values())
    return " ".join(f"{name} {weights[name] / total:.6g}" for name in sorted(weights))


def _read_weights(what: str, spec: OptionSpec, node: Fields, problems: Problems) -> str | None:
    weights: dict[str, float] = {}
    bad = False
    for key, value in node.entries:
        name = key.text.strip().lower()
        if name not in spec.choices:
            hint = did_you_mean(name, spec.choices, problems) or "."
            problems.error(key.source, "bad-value", f'{what} has no "{key.text}"{hint}')
            bad = True
            continue
        number = parse_number(value.text) if isinstance(value, Scalar) else None
        if number is None or not _SMALLEST_SHARE <= number <= _LARGEST_SHARE:
            shown = f'"{value.text}"' if isinstance(value, Scalar) else "a list or a mapping"
            problems.error(value.source, "bad-value", f"{what}: the share of {key.text} must be a number above 0, not {shown}")
            bad = True
        elif name in weights:
            problems.error(key.source, "duplicate-name", f'{what} has "{name}" twice')
            bad = True
        else:
            weights[name] = number
    if bad or not weights:
        if not bad:
            problems.error(node.source, "bad-value", f"{what} must be {describe_values(spec)}, not empty")
        return None
    total = math.fsum(weights.values())
    if abs(total - 1.0) > _ROUNDING:
        problems.warning(node.source, "scaled-weights", f"{what}: the shares sum to {total:g}; each is divided by that")
    return weights_value(weights)


def spec_named(name: str, specs: Sequence[OptionSpec]) -> OptionSpec | None:
    """Return the option called ``name``; None if there is none."""
    return next((spec for spec in specs if spec.name == name), None)
