"""Reads ``loudness:``, the loudness target of an episode."""

from __future__ import annotations

import re
from dataclasses import replace

from voiceover.settings.layers import PRESETS
from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Node, Scalar
from voiceover.settings.values import did_you_mean, parse_number, read_choice, read_fields
from voiceover.system.lazy import lazy_pattern
from voiceover.types import LoudnessTarget

TARGET_RANGE = (-40.0, -8.0, "LUFS")
CEILING_RANGE = (-20.0, 0.0, "dBTP")
_UNIT = lazy_pattern(r"\s*(?:lufs|lkfs|dbtp|dbfs|db)$", re.IGNORECASE)


def read_loudness(node: Node, problems: Problems, base: LoudnessTarget | None = None) -> LoudnessTarget | None:
    """Read a preset's name, a target in LUFS, or ``{preset, target, ceiling, mono_reference}`` over ``base`` (``podcast`` if None)."""
    if isinstance(node, Scalar):
        preset = PRESETS.get(node.text.strip().lower())
        if preset is not None:
            return preset
        if _measure(node) is None:
            hint = did_you_mean(node.text.strip(), PRESETS)
            right = f"one of {', '.join(PRESETS)}, or a target such as -16 LUFS"
            problems.error(node.source, "bad-value", f'loudness must be {right}, not "{node.text}"{hint}')
            return None
        return _with_target(PRESETS["podcast"], node, problems)
    values = read_fields(node, problems, "loudness", ("preset", "target", "ceiling", "mono_reference"))
    if values is None:
        return None
    target = base or PRESETS["podcast"]
    if "preset" in values:
        target = PRESETS[read_choice(values["preset"], problems, "preset", PRESETS) or "podcast"]
    if "target" in values:
        target = _with_target(target, values["target"], problems) or target
    if "ceiling" in values:
        ceiling = _within(values["ceiling"], problems, "ceiling", CEILING_RANGE)
        if ceiling is not None and ceiling != target.ceiling_db:
            target = replace(target, name="custom", ceiling_db=ceiling)
    if "mono_reference" in values:
        reference = read_choice(values["mono_reference"], problems, "mono_reference", ("file", "playback"))
        target = replace(target, mono_reference=reference or target.mono_reference)
    return target


def _with_target(base: LoudnessTarget, node: Node, problems: Problems) -> LoudnessTarget | None:
    lufs = _within(node, problems, "the loudness target", TARGET_RANGE)
    if lufs is None or lufs == base.integrated_lufs:
        return base if lufs is not None else None
    return LoudnessTarget("custom", lufs, base.ceiling_db, mono_reference=base.mono_reference)


def _within(node: Node, problems: Problems, what: str, limits: tuple[float, float, str]) -> float | None:
    low, high, unit = limits
    value = _measure(node)
    if value is None or not low <= value <= high:
        shown = f'"{node.text}"' if isinstance(node, Scalar) else "a list or mapping"
        problems.error(node.source, "bad-value", f"{what} must be a number from {low:g} to {high:g} {unit}, not {shown}")
        return None
    return value


def _measure(node: Node) -> float | None:
    return parse_number(_UNIT.sub("", node.text.strip())) if isinstance(node, Scalar) else None
