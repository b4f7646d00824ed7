"""Levels and lengths of finished files, by the real command and outside tools: every preset, two voices, the writer's pauses."""

from __future__ import annotations

import json
import re
import subprocess
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.conftest import Run
from tests.pipeline.test_render import measured
from voiceover.audio.loudness import speech_power, to_lufs

TALE = """
## One

Ann: The river is low this morning, and the heron stands where the boats used to lie. [pause 1.234s] Rain will come before noon.

Bob: Then shut the gate, and bring the washing in before it starts. I shall see to the hens.

Bob: They never come when they are called.

---

Ann (whispering): Hush. Somebody is standing behind the curtain, and I think he has heard us.

## Two

Ann: Nobody was there at all.

[pause 2s]
"""
GAPS = [1.234, 0.45, 0.6, 1.2, 1.5]


def write(folder: Path, loudness: str = "podcast", more: str = "") -> Path:
    script = folder / "tale.md"
    script.write_text(f"---\nloudness: {loudness}\ncast: {{Ann: ada, Bob: {{voice: ben{more}}}}}\n---\n{TALE}", "utf-8")
    return script


@pytest.mark.parametrize(
    ("loudness", "level", "ceiling"),
    [
        pytest.param("spotify", -14, -1, marks=pytest.mark.slow),
        pytest.param("ebu", -23, -1, marks=pytest.mark.slow),
        ("{preset: podcast, mono_reference: playback}", -19, -1),
        pytest.param("{target: -18, ceiling: -3}", -18, -3, marks=pytest.mark.slow),
    ],
)
def test_every_target_is_met_in_every_format(
    loudness: str, level: float, ceiling: float, voiceover: Run, tmp_path: Path, ffmpeg: str
) -> None:
    voiceover("render", write(tmp_path, loudness), "--format", "mp3,wav")
    for suffix in ("mp3", "wav"):
        found, peak = measured(ffmpeg, tmp_path / f"tale.draft.{suffix}")
        assert found == pytest.approx(level, abs=0.1001), suffix
        assert peak <= ceiling, suffix


@pytest.mark.slow
def test_an_audiobook_for_acx(voiceover: Run, tmp_path: Path, ffmpeg: str) -> None:
    voiceover("render", write(tmp_path, "acx"))
    done = subprocess.run(
        [ffmpeg, "-hide_banner", "-nostats", "-i", tmp_path / "tale.draft.mp3", "-af", "astats=measure_perchannel=none", "-f", "null", "-"],
        capture_output=True,
        text=True,
        check=True,
    )
    read = {key: float(value) for key, value in re.findall(r"(RMS level|Peak level|Noise floor) dB: (\S+)", done.stderr)}
    assert -23 <= read["RMS level"] <= -18
    assert read["Peak level"] <= -3
    assert read["Noise floor"] < -60


def test_gaps_and_pauses_are_exact_and_silent(voiceover: Run, tmp_path: Path) -> None:
    voiceover("render", write(tmp_path), "--format", "wav")
    samples, rate = soundfile.read(tmp_path / "tale.draft.wav")
    manifest = json.loads((tmp_path / "tale.draft.manifest.json").read_text("utf-8"))
    takes = manifest["takes"]
    assert [round(after["start"] - before["end"], 3) for before, after in pairwise(takes)] == pytest.approx(GAPS, abs=0.0011)
    for before, after in pairwise(takes):
        assert not samples[round(before["end"] * rate) + 25 : round(after["start"] * rate) - 25].any()
    assert takes[0]["start"] == 0
    assert not samples[-2 * rate :].any()
    assert len(samples) == pytest.approx((takes[-1]["end"] + 2) * rate, abs=12)
    # Nothing else was added: kept takes, gaps and the pause at the end.
    kept = sum(take["end"] - take["start"] for take in takes)
    assert len(samples) / rate == pytest.approx(kept + sum(GAPS) + 2, abs=0.006)


def test_voices_are_balanced_and_the_writers_gain_and_whisper_stay(voiceover: Run, tmp_path: Path) -> None:
    levels = {}
    for more in ("", ", gain: -6dB"):
        voiceover("render", write(tmp_path, "ebu", more), "--format", "wav")
        samples, rate = soundfile.read(tmp_path / "tale.draft.wav", dtype="float32")
        manifest = json.loads((tmp_path / "tale.draft.manifest.json").read_text("utf-8"))
        found: dict[tuple[str, str], list[float]] = {}
        for take in manifest["takes"]:
            power, seconds = speech_power(samples[round(take["start"] * rate) : round(take["end"] * rate)], rate)
            sums = found.setdefault((take["speaker"], take["style"]), [0.0, 0.0])
            sums[0] += power * seconds
            sums[1] += seconds
        levels[more] = {key: to_lufs(energy / seconds) for key, (energy, seconds) in found.items()}
    plain, lowered = levels.values()
    # Ann's own level is the mean over her styles.
    assert plain["Bob", ""] == pytest.approx(plain["Ann", ""], abs=2.0)
    assert plain["Ann", "whispering"] < plain["Ann", ""] - 3
    difference = (plain["Bob", ""] - plain["Ann", ""]) - (lowered["Bob", ""] - lowered["Ann", ""])
    assert difference == pytest.approx(6.0, abs=0.1)


def test_one_word_is_an_episode(voiceover: Run, tmp_path: Path) -> None:
    script = tmp_path / "word.md"
    script.write_text("No.\n", "utf-8")
    voiceover("render", script, "--format", "mp3,wav,flac")
    lengths = {suffix: soundfile.info(tmp_path / f"word.draft.{suffix}").duration for suffix in ("mp3", "wav", "flac")}
    assert 0.1 < lengths["wav"] < 1.0
    assert all(length == pytest.approx(lengths["wav"], abs=0.0001) for length in lengths.values())
    assert np.abs(soundfile.read(tmp_path / "word.draft.wav")[0]).max() > 0.05
