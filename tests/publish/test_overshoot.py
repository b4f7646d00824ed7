"""An encoder that overshoots: the file that a listener gets stays under the ceiling."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.audio.ebu_signals import music_like
from tests.publish.parts import Master, decode, manifest_input, metadata, placed, report, timeline, tone, utterance
from tests.sound_parts import ArrayStream
from voiceover.audio.level_steps import step_up
from voiceover.audio.loudness import measure
from voiceover.master import master_mix
from voiceover.publish import publish_episode, read_manifest
from voiceover.publish.overshoot import decoded_level
from voiceover.settings.layers import PRESETS
from voiceover.types import Encoding, OnProgress

RATE = 44100
CEILING_DB = -1.0


def over(path: Path, ceiling_db: float) -> float:
    return decoded_level(path, ceiling_db, 0.0).over_db


@dataclass(frozen=True)
class Stubborn(Master):
    """A master that does not get any lower, and notes how much it was asked to."""

    asked: list[float] = field(default_factory=list)

    def lowered(self, by_db: float, on_progress: OnProgress | None = None, /) -> Stubborn:
        self.asked.append(by_db)
        return replace(self)


def test_what_overshoots_is_made_again_lower(tmp_path: Path) -> None:
    mix = ArrayStream(music_like(8, RATE), RATE)
    master = master_mix(mix, PRESETS["spotify"], headroom_db=0.0)
    line = timeline(8.0, [placed(utterance("La"), 0.1, 0.8, RATE)], [], RATE)
    episode = publish_episode(master, line, metadata(), ("mp3", "flac"), tmp_path, "town", manifest_input(line))
    assert measure(master).true_peak_dbtp > -1.2  # as high as it may be: any encoder goes over that
    heard = measure(ArrayStream(decode(tmp_path / "town.mp3", 2), RATE))
    assert heard.true_peak_dbtp <= CEILING_DB
    assert heard.integrated_lufs == pytest.approx(-14.0, abs=0.1)
    assert episode.report.reached
    assert episode.report.after.true_peak_dbtp < master.report.after.true_peak_dbtp - 0.1
    manifest = read_manifest(tmp_path / "town.manifest.json")
    assert manifest is not None
    assert manifest.loudness == episode.report
    assert over(tmp_path / "town.flac", CEILING_DB) == 0


def test_what_cannot_be_had_is_said(tmp_path: Path) -> None:
    loud = Stubborn(tone(2.0, level=1.0))
    line = timeline(2.0, [placed(utterance("La"), 0.1, 0.8)], [])
    episode = publish_episode(loud, line, metadata(), ("mp3",), tmp_path, "town", manifest_input(line))
    assert not episode.report.reached
    by = over(tmp_path / "town.mp3", CEILING_DB)
    assert f"the MP3's true peak is {CEILING_DB + by:.2f} dB, over the ceiling of -1 dB" in episode.report.note
    # Each time by twice what it was over, and some hundredths, in steps of 0.05 dB.
    assert loud.asked == pytest.approx([step_up(2 * by + 0.05) * times for times in (1, 2, 3)])


def test_what_stays_under_is_encoded_once(tmp_path: Path) -> None:
    line = timeline(2.0, [placed(utterance("La"), 0.1, 0.8)], [])
    quiet = Master(tone(2.0, level=0.8))  # it has no ``lowered``
    episode = publish_episode(quiet, line, metadata(), ("mp3",), tmp_path, "town", manifest_input(line))
    assert episode.report == report()


@pytest.mark.parametrize("channels", [1, 2])
def test_the_overshoot_is_that_of_the_true_peak(tmp_path: Path, channels: int) -> None:
    # At a quarter of the rate and between the samples: the true peak is 3.01 dB over the samples'.
    wave = np.sin(2 * np.pi * (np.arange(25 * 48000) / 4 + 1 / 8)) * 10 ** (-6 / 20)
    samples = np.zeros((len(wave), channels), np.float32)
    samples[:, -1] = wave * np.hanning(len(wave))
    path = tmp_path / "tone.wav"
    soundfile.write(path, samples, 48000, "FLOAT")
    assert over(path, -8.0) == pytest.approx(2.0, abs=0.02)
    assert over(path, -5.0) == 0


SPEECH = Path(__file__).parents[2] / "docs" / "lighthouse.mp3"


@pytest.mark.parametrize(
    ("name", "bitrate", "channels"),
    [("m4a", None, 1), ("m4a", 32, 1), ("m4b", None, 2), ("opus", None, 1), ("opus", 32, 1), ("opus", None, 2), ("mp3", None, 1)],
)
def test_a_decoded_file_has_the_loudness_of_the_target_and_stays_under_its_ceiling(
    tmp_path: Path, name: str, bitrate: int | None, channels: int
) -> None:
    samples, rate = soundfile.read(SPEECH, frames=9 * RATE, dtype="float32")
    mix = ArrayStream(np.repeat(samples[:, None], channels, 1), rate)
    master = master_mix(mix, PRESETS["spotify"], headroom_db=0.5)
    line = timeline(9.0, [placed(utterance("La"), 0.1, 0.8, RATE)], [], RATE)
    encoding = Encoding({name: bitrate} if bitrate else {})
    episode = publish_episode(master, line, metadata(), (name, "flac"), tmp_path, "town", manifest_input(line), encoding=encoding)
    rate = 48000 if name == "opus" else 44100
    heard = measure(ArrayStream(decode(tmp_path / f"town.{name}", channels), rate))
    assert heard.integrated_lufs == pytest.approx(-14.0, abs=0.1)
    assert heard.true_peak_dbtp <= CEILING_DB
    assert episode.report.reached
    # The gain is that file's own.
    assert measure(ArrayStream(decode(tmp_path / "town.flac", channels), RATE)).integrated_lufs == pytest.approx(-14.0, abs=0.06)


def test_a_file_that_stays_too_quiet_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from voiceover.publish import levelled

    monkeypatch.setattr(levelled, "MOST_ENCODINGS", 1)
    line = timeline(2.0, [placed(utterance("La"), 0.1, 0.8)], [])
    master = Master(tone(2.0, level=0.1))
    episode = publish_episode(master, line, metadata(), ("opus",), tmp_path, "town", manifest_input(line))
    assert not episode.report.reached
    assert re.search(r"the Opus is \d\.\d\d LU quieter than the master", episode.report.note)
