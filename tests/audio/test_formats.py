"""The table of audio formats, and what takes its values from it."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from voiceover.audio.formats import AUDIO_SUFFIXES, DEFAULT_FORMATS, FORMATS, OTHER_SUFFIXES, RECORDING_SUFFIXES
from voiceover.cli import voiceover
from voiceover.settings.layers import PRESETS


def test_names_are_keys_and_suffixes() -> None:
    assert [row.name for row in FORMATS.values()] == list(FORMATS)
    assert tuple(f".{name}" for name in FORMATS) == AUDIO_SUFFIXES
    assert set(DEFAULT_FORMATS) <= set(FORMATS)


def test_a_suffix_is_either_written_or_only_read() -> None:
    assert not OTHER_SUFFIXES & set(AUDIO_SUFFIXES)
    assert set(RECORDING_SUFFIXES) <= OTHER_SUFFIXES | set(AUDIO_SUFFIXES)


def test_the_help_page_names_every_format_and_loudness_preset() -> None:
    words = {word.rstrip(",.") for word in CliRunner().invoke(voiceover, ["render", "--help"]).output.split()}
    assert set(FORMATS) | set(AUDIO_SUFFIXES) | set(PRESETS) <= words


def test_the_documentation_names_every_format() -> None:
    root = Path(__file__).parents[2]
    text = "".join(path.read_text("utf-8").lower() for path in (root / "README.md", *(root / "docs").glob("*.md")))
    assert [name for name in FORMATS if name not in text] == []
