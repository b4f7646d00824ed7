"""How audio files are encoded, by settings and by what a platform requires."""

from __future__ import annotations

import json
from pathlib import Path

import mutagen
import numpy as np
import pytest
import soundfile
from mutagen.mp3 import BitrateMode

from tests.conftest import Run

TALK = "\n\nAnn: Good cheese is worth a walk, and a long one too.\n\nAnn: Come with me.\n"


def write(folder: Path, front_matter: str) -> None:
    (folder / "mice.md").write_text(f"---\ntitle: The mice\ncast: {{Ann: ada}}\n{front_matter}\n---{TALK}")


def test_bitrate_and_sample_rate_are_those_of_the_settings(voiceover: Run, tmp_path: Path) -> None:
    write(tmp_path, "format: mp3, m4a, opus, flac, wav\nsample_rate: 48 kHz\nbitrate: {mp3: 128, m4a: 48}")
    done = voiceover("render", "mice.md", "--verify", "--json")
    decoded = [json.loads(line) for line in done.stdout.splitlines() if '"verify"' in line]
    assert len(decoded) == 5
    for event in decoded:
        assert event["integrated_lufs"] == pytest.approx(-16, abs=0.1), event
        assert event["true_peak_dbtp"] <= -1, event
    rates = {name: mutagen.File(tmp_path / f"mice.draft.{name}").info for name in ("mp3", "m4a", "flac", "wav")}
    assert {name: info.sample_rate for name, info in rates.items()} == dict.fromkeys(rates, 48000)
    assert rates["mp3"].bitrate == pytest.approx(128_000, rel=0.001)
    assert rates["m4a"].bitrate == 48_000
    lengths = [mutagen.File(tmp_path / f"mice.draft.{name}").info.length for name in ("mp3", "opus", "flac", "wav")]
    assert max(lengths) - min(lengths) < 0.001
    wav, rate = soundfile.read(tmp_path / "mice.draft.wav")
    assert rate == 48000
    # An hour is not made again for nothing, but it is if one of them changes.
    assert "is up to date" in voiceover("render", "mice.md").stderr
    write(tmp_path, "format: mp3, m4a, opus, flac, wav\nsample_rate: 44100\nbitrate: {mp3: 128, m4a: 48}")
    assert "is up to date" not in voiceover("render", "mice.md").stderr
    assert soundfile.info(tmp_path / "mice.draft.wav").samplerate == 44100
    assert np.abs(wav).max() <= 10 ** (-1 / 20)


@pytest.mark.parametrize("command", ["check", "plan", "render"])
@pytest.mark.parametrize(
    ("line", "formats", "message"),
    [
        ("bitrate: 100", "mp3", "bitrate: MP3 has no 100 kbps; choose from 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320"),
        ("bitrate: {m4a: 320}", "m4a", "bitrate: M4A has no 320 kbps; choose from 32 to 256"),
        ("bitrate: 320", "opus, mp3", "bitrate: Opus has no 320 kbps; choose from 16 to 256"),
    ],
)
def test_a_bitrate_that_a_format_does_not_have(voiceover: Run, tmp_path: Path, command: str, line: str, formats: str, message: str) -> None:
    write(tmp_path, f"format: {formats}\n{line}")
    done = voiceover(command, "mice.md", check=2)
    column = line.index(" ") + 2
    assert f"mice.md:5:{column}: {message}" in done.stderr + done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["mice.md"]
    # It is none of the formats that are made.
    voiceover("check", "mice.md", "--format", "flac")


def test_a_key_of_an_article_that_means_something_else_is_not_used(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("---\ntitle: My radio\nbitrate: 100\nsample_rate: 8000\n---\n\nIt plays.\n")
    done = voiceover("render", "page.md")
    assert "page.md:3:10: warning: bitrate: MP3 has no 100 kbps" in done.stderr
    assert "(not used)" in done.stderr
    assert mutagen.File(tmp_path / "page.draft.mp3").info.bitrate == pytest.approx(96_000, rel=0.001)


def test_acx_gets_its_room_tone_its_bitrate_and_the_figures_beside_the_limits(voiceover: Run, tmp_path: Path) -> None:
    write(tmp_path, "loudness: acx\nformat: mp3, flac")
    done = voiceover("render", "mice.md")
    told = [line.removeprefix("mice.md: ") for line in done.stderr.splitlines() if "ACX" in line]
    assert told[0] == "ACX refuses synthetic narration unless it has authorized it: ask ACX before you submit this"
    samples, rate = soundfile.read(tmp_path / "mice.draft.flac")
    rms = 20 * np.log10(np.sqrt(np.mean(samples**2)))
    assert -23 <= rms <= -18
    peak = 20 * np.log10(np.abs(samples).max())
    assert f"RMS {rms:.1f} dB (-23 to -18), peak {peak:.1f} dB (at most -3), noise floor -" in told[1]
    assert "(at most -60)" in told[1]
    assert "silence before the first sound 0.75 s (0.5 to 1), after the last 2.00 s (1 to 5), length 0.1 min (at most 120)" in told[2]
    assert "not met" not in done.stderr
    quiet = [20 * np.log10(np.sqrt(np.mean(part**2))) for part in (samples[: round(0.7 * rate)], samples[-round(1.9 * rate) :])]
    assert all(-85 < level < -62 for level in quiet)
    info = mutagen.File(tmp_path / "mice.draft.mp3").info
    assert (info.sample_rate, info.bitrate_mode) == (44100, BitrateMode.CBR)
    assert info.bitrate == pytest.approx(192_000, rel=0.001)
    event = json.loads(voiceover("render", "mice.md", "-o", "again", "--json").stdout.splitlines()[-1])
    assert event["platform"] == told[1:]
    assert (tmp_path / "again/mice.draft.mp3").read_bytes() == (tmp_path / "mice.draft.mp3").read_bytes()
    assert "ACX refuses" in voiceover("plan", "mice.md").stdout


def test_acx_says_what_is_not_met(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "mice.md").write_text(f"---\ncast: {{Ann: ada}}\nloudness: acx\nformat: flac\n---{TALK}\n\n[pause 6s]\n")
    done = voiceover("render", "mice.md")
    assert "after the last 6.00 s (1 to 5: not met)" in done.stderr
    assert "ACX takes MP3 files" in done.stderr


def test_acx_has_its_silence_around_music_too(voiceover: Run, tmp_path: Path) -> None:
    time = np.arange(3 * 44100) / 44100
    tune = (0.3 * np.sin(2 * np.pi * 330 * time))[:, None].repeat(2, 1)
    soundfile.write(tmp_path / "tune.wav", tune, 44100)
    write(tmp_path, "loudness: acx\nformat: flac\nsounds: {tune: tune.wav}\nintro: tune\noutro: tune")
    done = voiceover("render", "mice.md")
    assert "silence before the first sound 0.75 s (0.5 to 1), after the last 2.00 s (1 to 5)" in done.stderr
    samples, rate = soundfile.read(tmp_path / "mice.draft.flac")
    assert samples.shape[1] == 2
    levels = [20 * np.log10(np.sqrt(np.mean(samples[round(a * rate) : round(b * rate)] ** 2))) for a, b in ((0.0, 0.74), (0.8, 2.0))]
    assert levels[0] < -60 < -40 < levels[1]
    intro, outro = json.loads((tmp_path / "mice.draft.manifest.json").read_text())["sounds"]
    assert intro["start"] == 0.75
    assert outro["end"] == pytest.approx(len(samples) / rate - 2, abs=0.01)


def test_stereo_is_in_every_format(voiceover: Run, tmp_path: Path) -> None:
    write(tmp_path, "channels: stereo\nformat: mp3, m4a, opus, flac, wav")
    done = voiceover("render", "mice.md", "--verify", "--json")
    for event in (json.loads(line) for line in done.stdout.splitlines() if '"verify"' in line):
        assert event["integrated_lufs"] == pytest.approx(-16, abs=0.1), event
        assert event["true_peak_dbtp"] <= -1, event
    found = {name: mutagen.File(tmp_path / f"mice.draft.{name}").info for name in ("mp3", "m4a", "opus", "flac", "wav")}
    assert {name: info.channels for name, info in found.items()} == dict.fromkeys(found, 2)
    assert found["mp3"].bitrate == pytest.approx(128_000, rel=0.001)
    assert found["m4a"].bitrate == 128_000


def test_other_targets_have_no_platform(voiceover: Run, tmp_path: Path) -> None:
    write(tmp_path, "loudness: podcast")
    assert "ACX" not in voiceover("render", "mice.md").stderr
