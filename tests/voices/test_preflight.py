"""The pre-flight: what it says of recordings that are good, and of those that are spoiled in one way."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tests.voice_parts import RATE, SENTENCES, WORDS, in_room, melody, sentence, silence, speech_rms
from voiceover.types import FloatArray
from voiceover.voices.preflight import Examined, examine
from voiceover.voices.recording import Recording
from voiceover.voices.verdicts import ClipVerdict, Level, relative_cost


def look(samples: FloatArray, text: str = WORDS, rate: int = RATE, start: float = 0.0) -> Examined:
    shaped = samples[:, None] if samples.ndim == 1 else samples
    return examine(Recording(shaped.astype(np.float32), rate, start), text)


def verdict(examined: Examined, check: str) -> ClipVerdict:
    return next(each for each in examined.report.verdicts if each.check == check)


def spoiled(examined: Examined) -> dict[str, Level]:
    return {each.check: each.level for each in examined.report.verdicts if each.level is not Level.OK}


def test_a_good_recording_passes_everything():
    examined = look(sentence())
    assert spoiled(examined) == {}
    assert examined.report.worst is Level.OK
    assert not examined.report.refused
    assert {each.check for each in examined.report.verdicts} == {
        *("speech", "length", "pauses", "channels", "offset", "rate", "band", "clipping", "noise", "music", "reverb", "edges", "level"),
        "words",
    }


def test_the_clip_is_the_speech_at_24_khz_with_next_to_nothing_around():
    whole = sentence()
    examined = look(whole)
    spoken = len(whole) / RATE - 1.0
    assert examined.report.seconds == pytest.approx(len(examined.samples) / 24_000)
    assert spoken - 0.2 < examined.report.seconds < spoken + 0.2
    assert examined.samples[0] == examined.samples[-1] == 0


def test_a_clip_never_passes_full_scale():
    loud = sentence() * np.float32(1.02 / np.abs(sentence()).max())
    assert np.abs(look(loud).samples).max() <= 1.0


@pytest.mark.parametrize(("seconds", "level"), [(1.2, Level.REFUSAL), (2.4, Level.REMARK)])
def test_a_short_recording(seconds, level):
    start = round(0.5 * RATE)
    part = np.concatenate((silence(0.3), sentence()[start : start + round(seconds * RATE)], silence(0.3)))
    found = verdict(look(in_room(part)), "length")
    assert found.level is level
    assert found.figure == pytest.approx(seconds, abs=0.2)


def long_recording() -> FloatArray:
    return np.concatenate([part for index in range(4) for part in (sentence(index), silence(0.2))])


def test_a_long_recording_is_refused_with_its_silences_and_its_cleanest_cuts():
    recording = in_room(long_recording())
    ends = np.cumsum([len(sentence(index)) / RATE + 0.2 for index in range(4)])
    report = look(recording, " ".join(SENTENCES), start=100.0).report
    length = next(each for each in report.verdicts if each.check == "length")
    assert length.level is Level.REFUSAL
    assert length.figure == pytest.approx(len(recording) / RATE - 1.2, abs=0.2)
    # The silence between two sentences is half a second, 0.2 s and half a second.
    for end in ends[:-1]:
        assert any(start < 100 + end < stop and 1.0 < stop - start < 1.5 for start, stop in report.silences)
    assert 1 <= len(report.cuts) <= 3
    for cut in report.cuts:
        assert 4 <= cut.seconds <= 8
        assert cut.start >= 100
        assert f"--from {cut.start:.2f}s --to {cut.stop:.2f}s" in length.message
    for cut, other in pairwise(sorted(report.cuts, key=lambda each: each.start)):
        assert cut.stop <= other.start


def test_each_cut_passes_with_the_words_of_the_part():
    recording = in_room(long_recording())
    ends = np.cumsum([0.0, *(len(sentence(index)) / RATE + 0.2 for index in range(4))])
    for cut in look(recording).report.cuts:
        inside = [index for index in range(4) if cut.start < ends[index] + 0.6 and ends[index + 1] - 0.8 < cut.stop]
        part = recording[round(cut.start * RATE) : round(cut.stop * RATE)]
        assert inside
        assert not look(part, " ".join(SENTENCES[index] for index in inside)).report.refused


def test_a_noisy_stretch_is_not_among_the_cleanest_cuts():
    noisy = sentence(1) + 0.02 * np.random.default_rng(1).standard_normal(len(sentence(1))).astype(np.float32)
    recording = np.concatenate((sentence(0), noisy, sentence(2), sentence(3)))
    start, stop = len(sentence(0)) / RATE, (len(sentence(0)) + len(noisy)) / RATE
    cuts = look(recording).report.cuts
    assert cuts
    assert all(cut.stop <= start + 0.5 or cut.start >= stop - 0.5 for cut in cuts)


def test_a_long_recording_without_a_pause_has_no_cuts():
    speech = sentence()[round(0.6 * RATE) : round(4.0 * RATE)]
    report = look(np.concatenate([speech] * 5)).report
    assert report.refused
    assert all(stop - start < 0.5 for start, stop in report.silences)


def test_a_long_recording_without_a_cut_still_lists_its_silences():
    speech = np.concatenate([sentence()[round(0.6 * RATE) : round(4.0 * RATE)]] * 3)  # without a pause, and longer than any cut
    report = look(in_room(np.concatenate((speech, silence(1.0), speech))), start=100.0).report
    assert report.refused
    assert report.cuts == ()
    pause = 100 + len(speech) / RATE + 0.5
    assert [start < pause < stop for start, stop in report.silences].count(True) == 1
    message = next(each.message for each in report.verdicts if each.check == "length")
    longest = max(report.silences, key=lambda gap: gap[1] - gap[0])
    assert f"{longest[0]:.2f} to {longest[1]:.2f} s" in message
    assert "--from" not in message


@pytest.mark.parametrize(("gain", "level"), [(1.6, Level.REMARK), (12.0, Level.REFUSAL)])
@pytest.mark.parametrize("after", [1.0, 0.4])
def test_clipping_is_seen_even_after_the_level_was_lowered(gain, level, after):
    whole = sentence() / np.abs(sentence()).max()
    found = verdict(look(np.clip(gain * whole, -1, 1) * np.float32(after)), "clipping")
    assert found.level is level
    assert found.figure == pytest.approx(np.mean(np.abs(gain * whole) >= 1), rel=0.3, abs=1e-4)


@pytest.mark.parametrize(("snr", "level"), [(45, Level.OK), (18, Level.REMARK), (6, Level.REFUSAL)])
def test_noise_is_measured_against_the_speech(snr, level):
    speech = sentence()
    noise = np.random.default_rng(5).standard_normal(len(speech)).astype(np.float32)
    found = verdict(look(speech + noise * np.float32(speech_rms(speech) * 10 ** (-snr / 20))), "noise")
    assert found.level is level
    assert found.figure == pytest.approx(snr, abs=3)


def test_digital_silence_around_a_noisy_recording_does_not_hide_its_noise():
    speech = sentence()
    noise = np.random.default_rng(5).standard_normal(len(speech)).astype(np.float32)
    noisy = speech + noise * np.float32(speech_rms(speech) * 10 ** (-18 / 20))
    found = verdict(look(np.concatenate((silence(3), noisy, silence(3)))), "noise")
    assert found.level is Level.REMARK
    assert found.figure == pytest.approx(18, abs=3)


def test_music_is_refused():
    assert spoiled(look(melody(6.0)))["music"] is Level.REFUSAL


@pytest.mark.parametrize("under_db", [-10, -20])
def test_music_under_speech_is_remarked(under_db):
    speech = sentence()
    bed = np.resize(melody(6.0), len(speech))
    gain = speech_rms(speech) / np.sqrt(np.mean(bed**2)) * 10 ** (under_db / 20)
    assert spoiled(look(speech + gain * bed))["music"] in {Level.REMARK, Level.REFUSAL}


def test_a_hum_is_no_speech():
    t = np.arange(6 * RATE) / RATE
    report = look((0.1 * np.sin(2 * np.pi * 100 * t)).astype(np.float32)).report
    assert [each.check for each in report.verdicts] == ["speech"]
    assert report.refused


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0, np.float32),
        np.zeros(5 * RATE, np.float32),
        0.1 * np.random.default_rng(1).standard_normal(5 * RATE).astype(np.float32),
        np.full(5 * RATE, 0.5, np.float32),
    ],
    ids=["empty", "silence", "noise", "constant"],
)
def test_a_recording_without_speech_is_refused(samples):
    examined = look(samples)
    assert examined.report.refused
    assert verdict(examined, "speech").level is Level.REFUSAL
    assert not len(examined.samples)


def test_two_channels_are_mixed_and_that_is_said():
    examined = look(np.stack((sentence(), 0.5 * sentence()), axis=1))
    assert spoiled(examined) == {"channels": Level.REMARK}
    assert verdict(examined, "channels").figure == 2
    assert np.abs(examined.samples).max() == pytest.approx(0.75 * np.abs(look(sentence()).samples).max(), rel=0.001)


def test_an_empty_channel_does_not_make_the_clip_quieter():
    examined = look(np.stack((np.zeros_like(sentence()), sentence()), axis=1))
    assert spoiled(examined) == {"channels": Level.REMARK}
    assert "only 2" in verdict(examined, "channels").message
    assert speech_rms(examined.samples) == pytest.approx(speech_rms(look(sentence()).samples), rel=0.01)


def test_channels_that_cancel_each_other_are_refused():
    assert spoiled(look(np.stack((sentence(), -0.95 * sentence()), axis=1)))["channels"] is Level.REFUSAL


def test_a_telephone_rate_is_remarked():
    assert spoiled(look(sentence()[::6], rate=RATE // 6)).get("rate") is Level.REMARK


@pytest.mark.parametrize(("first", "last"), [(2.0, 0.0), (0.0, 2.0)])
def test_a_cut_within_a_word_is_remarked(first, last):
    whole = sentence()
    loud = np.flatnonzero(np.abs(whole) > 0.1)
    start = loud[np.searchsorted(loud, first * RATE)] if first else 0
    stop = loud[np.searchsorted(loud, len(whole) - last * RATE)] if last else len(whole)
    found = verdict(look(whole[start:stop]), "edges")
    assert found.level is Level.REMARK
    assert ("begins" in found.message, "ends" in found.message) == (bool(first), bool(last))


def test_a_very_quiet_recording_is_remarked():
    assert spoiled(look(sentence() * np.float32(0.01)))["level"] is Level.REMARK


@pytest.mark.parametrize(
    ("text", "level"),
    [
        (WORDS, Level.OK),
        (WORDS[:40], Level.REMARK),
        ("The river.", Level.REFUSAL),
        (" ".join(SENTENCES[:2]), Level.REMARK),
        (" ".join(SENTENCES), Level.REFUSAL),
    ],
)
def test_words_that_do_not_fit_the_length_are_seen(text, level):
    found = verdict(look(sentence(), text), "words")
    assert found.level is level
    assert found.figure == pytest.approx(len(text) / len(WORDS), rel=0.25)  # times the usual pace


@pytest.mark.parametrize("speed", [0.8, 1.3])
def test_slow_and_fast_speakers_are_not_refused(speed):
    assert not look(sentence(0, speed)).report.refused


def test_chinese_words_are_reckoned_by_their_own_pace():
    # 18 characters are about the four seconds that the sentence lasts; as Latin letters they would be one.
    assert verdict(look(sentence(), "今天早上河水很低，苍鹭站在以前停船的地方"), "words").level is Level.OK


def test_what_a_clip_costs():
    assert relative_cost(11.2) == pytest.approx(1.4, abs=0.05)
    assert relative_cost(5.0) == 1.0
    report = look(sentence()).report
    assert report.cost == (
        f"{report.seconds:.1f} s of reference: a 10 s line takes {(report.seconds + 10) / 15:.1f} times as long as with 5 s"
    )


def test_the_same_recording_gives_the_same_clip():
    assert np.array_equal(look(sentence()).samples, look(sentence()).samples)
