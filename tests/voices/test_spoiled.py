"""The pre-flight on recordings that were spoiled in one way: a pause, an offset, opposite channels, a narrow band, a room that rings."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Run
from tests.voice_parts import BOTH, RATE, SENTENCES, SHIPPED, WORDS, in_room, save, sentence, shipped_clip, silence, with_pause
from tests.voices.test_preflight import look, spoiled, verdict
from voiceover.audio.files import read_audio, resample
from voiceover.audio.speech_detection import find_pauses
from voiceover.types import FloatArray
from voiceover.voices.verdicts import Level

# ---------------------------------------------------------------- pauses


@pytest.mark.parametrize("noise_db", [-90.0, -60.0, -45.0])
@pytest.mark.parametrize("seconds", [0.8, 3.0])
def test_a_pause_is_named_with_its_place_and_cut(seconds: float, noise_db: float) -> None:
    whole = with_pause(seconds, noise_db)
    examined = look(whole, BOTH)
    found = verdict(examined, "pauses")
    starts = 0.5 + len(sentence(0)) / RATE - 0.9
    assert found.level is Level.REMARK
    assert found.figure == pytest.approx(seconds + 0.1, abs=0.2)
    start = float(found.message.split(" at ")[1].split(" to ")[0])
    assert start == pytest.approx(starts, abs=0.2)
    unbroken = look(with_pause(0.3, noise_db), BOTH).report.seconds
    assert examined.report.seconds == pytest.approx(unbroken, abs=0.2)
    assert not find_pauses(examined.samples, 24_000)


def test_a_pause_within_a_sentence_is_not_one_of_breath() -> None:
    assert verdict(look(sentence()), "pauses").level is Level.OK
    assert verdict(look(with_pause(0.2), BOTH), "pauses").level is Level.OK


def test_a_click_within_a_pause_does_not_hide_it() -> None:
    whole = with_pause(3.0)
    middle = round((0.5 + len(sentence(0)) / RATE - 0.9 + 1.5) * RATE)
    whole[middle : middle + 200] += 0.2
    assert verdict(look(whole, BOTH), "pauses").figure == pytest.approx(3.1, abs=0.2)


def test_a_recording_that_is_only_too_long_by_its_pauses_is_taken() -> None:
    examined = look(with_pause(6.0), BOTH)
    assert not examined.report.refused
    assert examined.report.seconds < 12


def test_nothing_but_the_pause_is_lost() -> None:
    whole, short = look(with_pause(3.0), BOTH).samples, look(with_pause(0.3), BOTH).samples
    energy = [float(np.sum(np.square(samples, dtype=np.float64))) for samples in (whole, short)]
    assert energy[0] == pytest.approx(energy[1], rel=0.01)


def test_voices_check_names_a_pause_and_adding_again_takes_it_out(voiceover: Run, tmp_path: Path) -> None:
    folder = tmp_path / "voices/zoe"
    folder.mkdir(parents=True)
    save(folder / "a.wav", with_pause(2.0))
    (folder / "voice.yaml").write_text(f"consent: self\nreference: {{audio: a.wav, text: '{BOTH}'}}\n", "utf-8")
    found = json.loads(voiceover("voices", "check", "zoe", "--json").stdout)[0]["clips"]["plain"]
    assert [each["verdict"] for each in found["checks"] if each["check"] == "pauses"] == ["remark"]
    made = (
        "voices",
        "add",
        "zoe",
        "--audio",
        "voices/zoe/a.wav",
        "--text",
        BOTH,
        "--to-folder",
        "voices",
        "--replace",
        "--consent",
        "self",
    )
    assert "pauses: remark" in voiceover(*made).stdout
    again = json.loads(voiceover("voices", "check", "zoe", "--json").stdout)[0]["clips"]["plain"]
    assert [each["verdict"] for each in again["checks"] if each["check"] == "pauses"] == ["ok"]
    assert again["seconds"] < found["seconds"] - 1.3


# ---------------------------------------------------------------- an offset


@pytest.mark.parametrize("offset", [0.2, -0.05, 0.01])
def test_an_offset_is_removed_before_anything_is_judged(offset: float) -> None:
    clean, shifted = look(sentence()), look(sentence() + np.float32(offset))
    assert spoiled(shifted) == {"offset": Level.REMARK}
    assert verdict(shifted, "offset").figure == pytest.approx(abs(offset), rel=0.02)
    assert len(shifted.samples) == len(clean.samples)
    assert np.abs(shifted.samples - clean.samples).max() < 1e-3


def test_an_offset_is_removed_where_an_editor_put_digital_silence_around() -> None:
    inner = sentence() + np.float32(0.1)
    shifted = look(np.concatenate((silence(2.0), inner, silence(2.0))))
    assert verdict(shifted, "offset").figure == pytest.approx(0.1, rel=0.05)
    assert abs(float(shifted.samples.mean())) < 0.002


def test_opposite_offsets_of_two_channels_are_both_removed() -> None:
    both = np.stack((sentence() + 0.1, sentence() - 0.1), axis=1).astype(np.float32)
    assert spoiled(look(both)) == {"channels": Level.REMARK, "offset": Level.REMARK}


def test_an_offset_does_not_hide_a_pause() -> None:
    assert verdict(look(with_pause(3.0) + np.float32(0.1), BOTH), "pauses").level is Level.REMARK


def test_a_stored_clip_has_no_offset(voiceover: Run, tmp_path: Path) -> None:
    save(tmp_path / "a.wav", sentence() + np.float32(0.1))
    voiceover("voices", "add", "zoe", "--audio", "a.wav", "--text", WORDS, "--consent", "self", "--to-folder", "voices")
    stored = read_audio(tmp_path / "voices/zoe/plain.flac").samples
    reference = look(sentence()).samples
    assert float(stored.mean()) == pytest.approx(float(reference.mean()), abs=1e-4)


# ---------------------------------------------------------------- channels


@pytest.mark.parametrize(
    ("right", "level"), [(-1.0, Level.REFUSAL), (-0.95, Level.REFUSAL), (-0.7, Level.REFUSAL), (-0.4, Level.REMARK), (-0.2, Level.REMARK)]
)
def test_channels_that_cancel_each_other_are_told_as_such(right: float, level: Level) -> None:
    examined = look(np.stack((sentence(), right * sentence()), axis=1))
    found = verdict(examined, "channels")
    assert found.level is level
    assert "cancel each other" in found.message
    if level is Level.REMARK:
        alone = look(sentence())
        assert np.array_equal(examined.samples, alone.samples)


@pytest.mark.parametrize("right", [1.0, 0.5, 0.2])
def test_channels_that_agree_do_not_cancel(right: float) -> None:
    assert "cancel" not in verdict(look(np.stack((sentence(), right * sentence()), axis=1)), "channels").message


def test_channels_with_unlike_noise_do_not_cancel() -> None:
    noise = [np.random.default_rng(seed).standard_normal(len(sentence())).astype(np.float32) for seed in (1, 2)]
    pair = np.stack([sentence() + 0.003 * one for one in noise], axis=1)
    assert "cancel" not in verdict(look(pair), "channels").message
    length = min(len(sentence(0)), len(sentence(1)))
    apart = np.stack((sentence(0)[:length], sentence(1)[:length]), axis=1)
    assert "cancel" not in verdict(look(apart), "channels").message


def test_channels_that_cancel_in_one_band_are_told_as_such() -> None:
    spectrum = np.fft.rfft(sentence())
    hz = np.fft.rfftfreq(len(sentence()), 1 / RATE)
    turned = np.fft.irfft(np.where(hz < 600, -spectrum, spectrum), len(sentence())).astype(np.float32)
    found = verdict(look(np.stack((sentence(), turned), axis=1)), "channels")
    assert found.level is Level.REMARK
    assert "partly cancel each other" in found.message


def test_many_unlike_channels_do_not_cancel() -> None:
    noise = np.random.default_rng(4).standard_normal((len(sentence()), 8)).astype(np.float32)
    loud = np.abs(sentence())[:, None]
    assert "cancel" not in verdict(look(0.5 * noise * loud), "channels").message


# ---------------------------------------------------------------- a narrow band


def filtered(samples: FloatArray, low: float, high: float) -> FloatArray:
    hz = np.fft.rfftfreq(len(samples), 1 / RATE)
    kept = np.where((hz >= low) & (hz <= high), np.fft.rfft(samples), 0)
    return np.fft.irfft(kept, len(samples)).astype(np.float32)


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
@pytest.mark.parametrize("noise_db", [-80.0, -60.0])
def test_a_telephone_is_remarked_whatever_the_rate(rate: int, noise_db: float) -> None:
    narrow = in_room(filtered(sentence(), 300, 3400), noise_db)
    found = verdict(look(resample(narrow, RATE, rate), rate=rate), "band")
    assert found.level is Level.REMARK
    assert "telephone" in found.message


@pytest.mark.parametrize(("low", "high"), [(0, 22_050), (150, 22_050), (0, 7_500), (0, 5_500)])
@pytest.mark.parametrize("index", [0, 1, 2, 3])
def test_a_wider_band_is_none_of_a_telephone(low: float, high: float, index: int) -> None:
    assert verdict(look(in_room(filtered(sentence(index), low, high)), SENTENCES[index]), "band").level is Level.OK


# ---------------------------------------------------------------- a room that rings


def in_hall(samples: FloatArray, rate: int, rt60: float, *, direct: bool = True) -> FloatArray:
    """``samples`` in a room that decays by 60 dB in ``rt60`` seconds, as loud as the direct sound, or without that."""
    t = np.arange(round(1.2 * rt60 * rate)) / rate
    room = np.random.default_rng(1).standard_normal(len(t)) * 10 ** (-3 * t / rt60)
    room /= np.sqrt(np.sum(room**2))
    room[0] += float(direct)
    size = 1 << (len(samples) + len(room)).bit_length()
    wet = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(room, size), size)[: len(samples) + len(room)]
    return (0.5 * wet / np.abs(wet).max()).astype(np.float32)


@pytest.mark.parametrize("index", [0, 1, 2, 3])
@pytest.mark.parametrize("direct", [True, False])
@pytest.mark.parametrize("rt60", [1.2, 1.5, 2.0])
def test_a_strongly_reverberant_room_is_remarked(rt60: float, direct: bool, index: int) -> None:
    found = verdict(look(in_room(in_hall(sentence(index), RATE, rt60, direct=direct), -65), SENTENCES[index]), "reverb")
    assert found.level is Level.REMARK


@pytest.mark.parametrize("index", [0, 1, 2, 3])
@pytest.mark.parametrize("noise_db", [-75.0, -55.0])
@pytest.mark.parametrize("rt60", [0.0, 0.2, 0.3])
def test_a_dry_or_slightly_reverberant_room_is_not(rt60: float, noise_db: float, index: int) -> None:
    wet = in_hall(sentence(index), RATE, rt60) if rt60 else sentence(index)
    assert verdict(look(in_room(wet, noise_db), SENTENCES[index]), "reverb").level is Level.OK


@pytest.mark.parametrize(("voice", "style"), SHIPPED)
def test_the_shipped_clips_are_as_good_as_they_were(voice: str, style: str) -> None:
    clip = shipped_clip(voice, style)
    audio = read_audio(clip.path)
    found = spoiled(look(audio.samples, clip.text, audio.sample_rate))
    assert not {"pauses", "offset", "band", "reverb"} & set(found)
