"""Every voice at the same loudness, by one gain."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.audio.ebu_signals import speech_like
from tests.mix.parts import plan, recorded, said, take, voice
from voiceover.audio.files import write_wav_float
from voiceover.audio.loudness import speech_power, to_lufs
from voiceover.mix import mix_takes
from voiceover.mix.balance import balance_voices
from voiceover.types import Gaps, Planned, Take, Voice

RATE = 24_000


def spoken(address: str, lufs: float, seconds: float = 10.0) -> Take:
    return take(address, 1000, (0, 1000), speech_power=10 ** ((lufs + 0.691) / 10), speech_seconds=seconds)


def gains(lines: list[Planned], takes: list[Take], voices: dict[str, Voice] | None = None, hears_clip: bool = False) -> dict[str, float]:
    built = plan(*lines, rate=1000, voices=voices, hears_clip=hears_clip)
    return balance_voices([line.utterance for line in lines], {t.address: t for t in takes}, built.cast, built.engines)


def clip(folder: Path, lufs: float) -> Path:
    samples = speech_like(6, RATE)[:, 0]
    gain = 10 ** ((lufs - to_lufs(speech_power(samples, RATE)[0])) / 20)
    write_wav_float(folder / "clip.wav", samples * np.float32(gain), RATE)
    return folder / "clip.wav"


def test_one_voice_needs_no_balance() -> None:
    assert gains([said("a"), said("b")], [spoken("a", -20), spoken("b", -30)]) == {"ann": 0.0}


def test_two_voices_meet_between_by_how_long_they_speak() -> None:
    assert gains([said("a"), said("b", "Ben")], [spoken("a", -20), spoken("b", -26)]) == {"ann": -3.0, "ben": 3.0}
    assert gains([said("a"), said("b", "Ben")], [spoken("a", -20, 30), spoken("b", -26, 10)]) == {"ann": -1.5, "ben": 4.5}


def test_levels_are_averaged_by_energy() -> None:
    lines = [said("a"), said("b"), said("c", "Ben")]
    # -20 and silence-like -60 for as long: half the energy, -23.01.
    found = gains(lines, [spoken("a", -20), spoken("b", -60), spoken("c", -23.01, 20)])
    assert found == {"ann": pytest.approx(0, abs=0.01), "ben": pytest.approx(0, abs=0.01)}


def test_two_speakers_with_one_voice_have_one_gain() -> None:
    lines = [said("a"), said("b", "Twin", voice="ann"), said("c", "Ben")]
    found = gains(lines, [spoken("a", -20), spoken("b", -20), spoken("c", -29, 10)])
    assert found == {"ann": -3.0, "ben": 6.0}


def test_no_gain_beyond_12_db() -> None:
    found = gains([said("a"), said("b", "Ben")], [spoken("a", -20, 100), spoken("b", -50, 4)])
    assert found == {"ann": -12.0, "ben": 12.0}  # as near to each other as they can come


def test_a_soft_voice_that_says_little_is_not_left_behind() -> None:
    """Their mean is near the loud one: 17.5 dB would be wanted of the soft one alone, and both together have them."""
    found = gains([said("a"), said("b", "Ben")], [spoken("a", -20, 95), spoken("b", -38, 5)])
    assert found == {"ann": -6.0, "ben": 12.0}
    found = gains([said("a"), said("b", "Ben")], [spoken("a", -20, 5), spoken("b", -38, 95)])
    assert found == {"ann": -12.0, "ben": 6.0}


def test_a_whisper_stays_a_whisper(tmp_path: Path) -> None:
    loud = speech_like(5, RATE)[:, 0]
    parts = {"plain": loud, "whisper": loud[: RATE * 2] * np.float32(0.1), "other": loud * np.float32(0.3)}
    takes = {}
    for name, samples in parts.items():
        power, seconds = speech_power(samples, RATE)
        takes[name] = recorded(tmp_path, name, samples, (0, len(samples)), RATE, speech_power=power, speech_seconds=seconds)
    lines = [said("plain"), said("whisper", style="whispering"), said("other", "Ben")]
    mix = mix_takes(plan(*lines, rate=RATE), takes, Gaps())
    plain, whisper, other = mix.timeline.placed
    assert plain.gain_db == whisper.gain_db != other.gain_db
    samples = np.concatenate(list(mix.blocks()))[:, 0]
    levels = {
        placed.utterance.address: to_lufs(speech_power(samples[placed.start_frame : placed.end_frame], RATE)[0])
        for placed in mix.timeline.placed
    }
    assert levels["whisper"] == pytest.approx(levels["plain"] - 20, abs=1.5)
    # Ann's level is the mean over both styles.
    assert levels["other"] == pytest.approx(levels["plain"], abs=1.5)


def test_under_3_s_the_clip_that_the_engine_hears_serves(tmp_path: Path) -> None:
    voices = {"ben": voice("ben", clip(tmp_path, -26.0))}
    lines = [said("a"), said("b", "Ben")]
    takes = [spoken("a", -20, 97.1), spoken("b", -40, 2.9)]
    found = gains(lines, takes, voices, hears_clip=True)
    assert found["ben"] - found["ann"] == pytest.approx(6.0, abs=0.05)
    found = gains(lines, [takes[0], spoken("b", -40, 3.0)], voices, hears_clip=True)
    assert found["ben"] == 12.0


def test_without_a_clip_that_counts_the_few_words_do(tmp_path: Path) -> None:
    lines = [said("a"), said("b", "Ben")]
    takes = [spoken("a", -20, 98), spoken("b", -26, 2)]
    own = gains(lines, takes)
    assert own["ben"] - own["ann"] == pytest.approx(6.0)
    path = clip(tmp_path, -20.0)
    assert gains(lines, takes, {"ben": voice("ben", path)}, hears_clip=False) == own
    path.unlink()
    assert gains(lines, takes, {"ben": voice("ben", path)}, hears_clip=True) == own


def test_silence_has_no_gain() -> None:
    silent = take("s", 1000, (0, 0), speech_power=0.0, speech_seconds=0.0)
    assert gains([said("s")], [silent]) == {"ann": 0.0}
    assert gains([said("s"), said("b", "Ben")], [silent, spoken("b", -33)]) == {"ann": 0.0, "ben": 0.0}
    assert gains([], []) == {}
