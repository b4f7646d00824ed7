"""Reads ``sounds``, ``intro``, ``outro`` and ``ducking``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from voiceover.settings.confine import confined, is_file
from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Fields, Node
from voiceover.settings.values import did_you_mean, is_empty, read_fields, read_gain, read_seconds, read_word
from voiceover.types import Bumper, Ducking, SoundEntry

SOUND_KEYS = ("file", "licence", "credit")
BUMPER_KEYS = ("file", "overlap", "fade")
LONGEST_OVERLAP_SECONDS = 60.0
DEEPEST_DUCKING_DB = 60.0
DUCKING_SECONDS: Mapping[str, tuple[float, float]] = {
    "attack": (0.005, 5.0),
    "hold": (0.0, 10.0),
    "release": (0.02, 10.0),
    "lookahead": (0.0, 5.0),
}
"""Shortest and longest time of each key of ``ducking``; a change of level at once would click."""
DUCKING_KEYS = ("depth", *DUCKING_SECONDS)


def read_sounds(key: str, node: Node, folder: Path, assets: Sequence[Path], problems: Problems) -> Mapping[str, SoundEntry] | None:
    """Read sounds by name; each value is a file, or ``{file, licence, credit}``. A missing file is reported where the sound is used."""
    if not isinstance(node, Fields):
        problems.error(node.source, "bad-value", f"{key} must be a mapping from names to files, such as {{door: sounds/door.wav}}")
        return None
    sounds: dict[str, SoundEntry] = {}
    for name, value in node.entries:
        what = f'"{name.text}" in {key}'
        fields = (read_fields(value, problems, what, SOUND_KEYS) or {}) if isinstance(value, Fields) else {"file": value}
        if "file" not in fields:
            problems.error(value.source, "missing-key", f'{what} needs "file"')
            continue
        words = {key: read_word(fields[key], problems, f"{what}: {key}") or "" for key in SOUND_KEYS[1:] if key in fields}
        text = read_word(fields["file"], problems, what)
        path = confined(text, folder, assets, value.source, problems) if text is not None else None
        if path is not None:
            sounds[name.text.strip()] = SoundEntry(str(path), **words)
    return sounds


def read_bumper(
    key: str, node: Node, folder: Path, assets: Sequence[Path], known: Mapping[str, SoundEntry], problems: Problems
) -> Bumper | None:
    """Read the intro or outro: a name of ``known`` sounds, a path, or ``{file, overlap, fade}`` with either."""
    file, seconds = node, {}
    if isinstance(node, Fields):
        values = read_fields(node, problems, key, BUMPER_KEYS) or {}
        if is_empty(values.get("file")):
            problems.error(node.source, "missing-key", f'{key} needs "file"')
            return None
        file = values["file"]
        for name in ("overlap", "fade"):
            if name in values:
                seconds[name] = read_seconds(values[name], problems, f"{key}: {name}", 0.0, LONGEST_OVERLAP_SECONDS)
    text = read_word(file, problems, key)
    if text is None:
        return None
    sound = _known_or_path(key, text, file, folder, assets, known, problems)
    return Bumper(sound, seconds.get("overlap"), seconds.get("fade") or 0.0) if sound is not None else None


def read_ducking(key: str, node: Node, below: Ducking, problems: Problems) -> Ducking | None:
    """Read ``{depth, attack, hold, release, lookahead}`` over the ducking of the layer ``below``."""
    values = read_fields(node, problems, key, DUCKING_KEYS)
    if values is None:
        return None
    read: dict[str, float] = {}
    if "depth" in values:
        depth = read_gain(values["depth"], problems, f"{key}: depth", 0.0, DEEPEST_DUCKING_DB)
        read |= {} if depth is None else {"depth_db": depth}
    for name, (low, high) in DUCKING_SECONDS.items():
        if name in values:
            seconds = read_seconds(values[name], problems, f"{key}: {name}", low, high)
            read |= {} if seconds is None else {f"{name}_seconds": seconds}
    return replace(below, **read)


def _known_or_path(
    key: str, text: str, node: Node, folder: Path, assets: Sequence[Path], known: Mapping[str, SoundEntry], problems: Problems
) -> str | None:
    if text in known:
        if not is_file(Path(known[text].path)):
            problems.error(node.source, "missing-file", f'{key}: the file of the sound "{text}" is missing: {known[text].path}')
        return text
    if "/" in text or Path(text).suffix:
        path = confined(text, folder, assets, node.source, problems, must_exist=True)
        return str(path) if path else None
    hint = did_you_mean(text, known, problems) or "; give it under sounds, or name a file"
    problems.error(node.source, "unknown-sound", f'{key}: there is no sound "{text}"{hint}')
    return None
