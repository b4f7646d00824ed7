"""Sections of voice.yaml for engines: the short form, weights by name, settings that exclude each other, and synthetic voices."""

from __future__ import annotations

from pathlib import Path

import pytest

from voiceover.settings.problems import Problems
from voiceover.settings.schema import weights_of
from voiceover.types import Kind, OptionSpec, Severity, Voice, VoiceSettings
from voiceover.voices import FromEngines
from voiceover.voices.voice_file import parse_voice

NAMES = ("warm", "cold", "bright")
SCHEMA = VoiceSettings(
    (
        OptionSpec("preset", "A sound.", Kind.CHOICE, NAMES, excludes=("mix",), expected="the name of a preset such as warm"),
        OptionSpec("mix", "Sounds with their shares.", Kind.WEIGHTS, NAMES, excludes=("preset",)),
        OptionSpec("speed", "Pace.", Kind.NUMBER, low=0.5, high=2),
    ),
    short="preset",
    for_synthetic=lambda name, language: {"preset": "cold"} if (name, language) == ("ann", "en-GB") else {},
)


def read(text: str, folder: str = "ann") -> tuple[Voice | None, list[str]]:
    problems = Problems()
    voice = parse_voice(f"licence: CC0-1.0\n{text}", Path(folder), FromEngines({"chord": SCHEMA}), problems)
    found = [f"{each.source.line}:{each.source.column}: {each.message}" for each in problems.all]
    assert bool(voice) == all(each.severity is not Severity.ERROR for each in problems.all)
    return voice, found


def settings(text: str, style: str = "", folder: str = "ann") -> dict[str, object]:
    voice, found = read(text, folder)
    assert voice is not None, found
    assert found == []
    return dict(voice.styles[style].settings.get("chord", {}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("chord: warm", {"preset": "warm"}),
        ("chord: WARM", {"preset": "warm"}),
        ("chord: {preset: warm, speed: 1.2}", {"preset": "warm", "speed": 1.2}),
        ("chord: {mix: {warm: 0.7, cold: 0.3}}", {"mix": "cold 0.3 warm 0.7"}),
        ("chord: {mix: {Cold: .30, warm: 0.70}}", {"mix": "cold 0.3 warm 0.7"}),
        ("chord: {mix: {warm: 0.333, cold: 0.333, bright: 0.333}}", {"mix": "bright 0.333333 cold 0.333333 warm 0.333333"}),
        ("chord:", {}),
    ],
)
def test_what_a_section_says(text: str, expected: dict[str, object]) -> None:
    assert settings(text) == expected


def test_shares_come_back_as_numbers() -> None:
    assert weights_of("cold 0.3 warm 0.7") == {"cold": 0.3, "warm": 0.7}


def test_shares_that_do_not_sum_to_one_are_scaled_with_a_remark() -> None:
    voice, found = read("chord: {mix: {warm: 3, cold: 1}}")
    assert voice is not None
    assert voice.styles[""].settings["chord"] == {"mix": "cold 0.25 warm 0.75"}
    assert found == ["2:14: chord: mix: the shares sum to 4; each is divided by that"]


def test_a_style_keeps_what_it_does_not_change() -> None:
    text = (
        "chord: {preset: warm, speed: 1.2}\nstyles:\n  low: {chord: cold}\n  both: {chord: {mix: {warm: 1}}}\n  same: {chord: {speed: 2}}\n"
    )
    assert settings(text, "low") == {"preset": "cold", "speed": 1.2}
    assert settings(text, "both") == {"mix": "warm 1", "speed": 1.2}
    assert settings(text, "same") == {"preset": "warm", "speed": 2}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("chord: worm", '2:8: chord: preset must be the name of a preset such as warm, not "worm"; did you mean "warm"?'),
        ("chord: [warm]", "2:8: chord must be a mapping with the keys preset, mix, speed, not a list"),
        ("chord: {mix: warm}", '2:14: chord: mix must be a mapping from names to their shares, not "warm"'),
        ("chord: {mix: [warm]}", "2:14: chord: mix must be a mapping from names to their shares, not a list"),
        ("chord: {mix: {}}", "2:14: chord: mix must be a mapping from names to their shares, not empty"),
        ("chord: {mix: {worm: 1}}", '2:15: chord: mix has no "worm"; did you mean "warm"?'),
        ("chord: {mix: {warm: 0}}", '2:21: chord: mix: the share of warm must be a number above 0, not "0"'),
        ("chord: {mix: {warm: -1, cold: 2}}", '2:21: chord: mix: the share of warm must be a number above 0, not "-1"'),
        ("chord: {mix: {warm: .nan}}", '2:21: chord: mix: the share of warm must be a number above 0, not ".nan"'),
        ("chord: {mix: {warm: .inf}}", '2:21: chord: mix: the share of warm must be a number above 0, not ".inf"'),
        ("chord: {mix: {warm: 9999999999}}", '2:21: chord: mix: the share of warm must be a number above 0, not "9999999999"'),
        ("chord: {mix: {warm: half}}", '2:21: chord: mix: the share of warm must be a number above 0, not "half"'),
        ("chord: {mix: {warm: [1]}}", "2:21: chord: mix: the share of warm must be a number above 0, not a list or a mapping"),
        ("chord: {mix: {warm: 1, Warm: 1}}", '2:24: chord: mix has "warm" twice'),
        ("chord: {preset: warm, mix: {cold: 1}}", "2:28: chord: preset and mix exclude each other; keep one of them"),
        ("chord: {mixx: {cold: 1}}", '2:9: unknown key "mixx"; did you mean "mix"?'),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_section_is_an_error_at_its_place(text: str, message: str) -> None:
    voice, found = read(text)
    assert voice is None
    assert found == [message]


def test_a_synthetic_voice_has_settings_without_a_section() -> None:
    assert settings("synthetic: true\nlanguage: en-GB") == {"preset": "cold"}
    assert settings("synthetic: true\nlanguage: en-GB\nchord: warm") == {"preset": "warm"}
    assert settings("synthetic: true\nlanguage: en-GB\nchord: {mix: {warm: 1}}") == {"mix": "warm 1"}
    assert settings("synthetic: true\nlanguage: en-GB", folder="bob") == {}
    assert settings("language: en-GB") == {}
