"""Kokoro through the commands that a user types."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Run

pytest.importorskip("onnxruntime")

SCRIPT = """---
cast: {Host: ada, Guest: {voice: mine}}
---

Host: Well, well.

Guest: Two mice.
"""
VOICE = "licence: CC0-1.0\nlanguage: en-US\n"


def write(folder: Path, script: str = SCRIPT, voice: str = f"{VOICE}kokoro: {{blend: {{ben: 0.5, cora: 0.5}}}}\n") -> None:
    (folder / "voices" / "mine").mkdir(parents=True, exist_ok=True)
    (folder / "voices" / "mine" / "voice.yaml").write_text(voice)
    (folder / "s.md").write_text(script)


@pytest.mark.slow
def test_a_dialogue_has_the_same_bytes_with_one_worker_and_two(voiceover: Run, kokoro_data: Path, tmp_path: Path) -> None:
    write(tmp_path)
    voiceover("render", "s.md", "--engine", "kokoro", "-o", "one", "--jobs", "1", "--cache-dir", "cache1")
    voiceover("render", "s.md", "--engine", "kokoro", "-o", "two", "--jobs", "2", "--cache-dir", "cache2")
    for name in ("s.mp3", "s.vtt", "s.manifest.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name
    assert '"Apache-2.0' in (tmp_path / "one" / "s.manifest.json").read_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("Host: Yes.\n\nHost: 你好。", 's.md:7:7: Kokoro cannot read Chinese characters in en-GB: "你好。"'),
        ("Host: Yes.\n\nHost: [x](say:/ʘ/).", "s.md:7:8: Kokoro has no sound for ʘ in /ʘ/; write it with other IPA symbols"),
        (
            "Guest: Hi.",
            "the voice mine has no settings for Kokoro, which speaks with voices of its own; add to its voice.yaml `kokoro: NAME`",
        ),
    ],
)
def test_what_cannot_be_spoken_is_one_line_at_its_place(
    voiceover: Run, kokoro_data: Path, tmp_path: Path, script: str, message: str
) -> None:
    write(tmp_path, SCRIPT[: SCRIPT.index("Host: Well")] + script, VOICE)
    done = voiceover("render", "s.md", "--engine", "kokoro", "-o", "out", check=None)
    assert done.returncode in (1, 2)
    assert message in done.stderr
    assert not (tmp_path / "out" / "s.mp3").exists()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("kokoro: {blend: {ada: 0.5, bne: 0.5}}", 'voices/mine/voice.yaml:3:28: kokoro: blend has no "bne"; did you mean "ben"?'),
        ("kokoro: {blend: {ada: -1, ben: 2}}", 'voices/mine/voice.yaml:3:23: kokoro: blend: the share of ada must be a number above 0, '),
        ("kokoro: adda", "voices/mine/voice.yaml:3:9: kokoro: voice must be the name of a voice of Kokoro such as ada or af_heart"),
    ],
)  # fmt: skip
def test_wrong_settings_of_a_voice_are_errors_before_anything_is_recorded(
    voiceover: Run, tmp_path: Path, settings: str, message: str
) -> None:
    write(tmp_path, voice=f"{VOICE}{settings}\n")
    assert message in voiceover("check", "s.md", check=2).stdout
