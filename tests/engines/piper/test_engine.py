"""Piper with a real voice: its goldens, its word times, the same bytes, and lines that it cannot speak."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.engines.contract_parts import check_rules
from tests.engines.piper.piper_parts import CASES, context_of, golden_arrays, joe, line, run, voice_of
from voiceover.engines.draft.phonemes import Phonemizer
from voiceover.engines.piper import fit_voice, how_to_get, speaks
from voiceover.engines.piper.config import read_config
from voiceover.engines.piper.engine import PiperEngine
from voiceover.engines.piper.network import PiperNetwork, Scales
from voiceover.engines.piper.symbols import LONGEST_STRETCH, stretches_of
from voiceover.engines.registry import engine_voices
from voiceover.errors import EngineError, VoiceError
from voiceover.pipeline.context import open_model_in
from voiceover.types import Audio, SpokenSpan

ARRAYS = golden_arrays()
TEXT = "We were a little late, but nobody seemed to mind."
SHORT = "Nobody seemed to mind."


@pytest.fixture(scope="module")
def network() -> PiperNetwork:
    return PiperNetwork(joe(), 1)


@pytest.mark.parametrize("name", CASES)
def test_the_network_agrees_with_its_goldens(network: PiperNetwork, name: str) -> None:
    wanted = ARRAYS[f"{name}.audio_i16"] / 32767
    ids = ARRAYS[f"{name}.input"][0].tolist()
    samples, lengths = network.speak(ids, Scales(*ARRAYS[f"{name}.scales"].tolist()), ((7, 0), (7, 1)))
    assert (lengths // 256).tolist() == ARRAYS[f"{name}.durations"].tolist()
    assert len(samples) == CASES[name]["samples"] == len(wanted)
    assert np.corrcoef(samples, wanted)[0, 1] > 0.99


@pytest.mark.parametrize("name", CASES)
def test_text_becomes_the_ids_of_the_goldens(name: str) -> None:
    config = read_config(Path(f"{joe()}.json"))
    phonemizer = Phonemizer()
    try:
        (stretch,) = stretches_of(phonemizer.words([SpokenSpan(CASES[name]["text"], "en-US")]), config)
    finally:
        phonemizer.close()
    assert stretch.ids == ARRAYS[f"{name}.input"][0].tolist()


@pytest.mark.slow
def test_contract(data: Path, tmp_path: Path) -> None:
    check_rules(lambda: PiperEngine(context_of(data, tmp_path)), voice_of(), "voiceover.engines.piper.engine.PiperNetwork")


def test_the_same_samples_in_every_session_and_order(data: Path, engine: PiperEngine, tmp_path: Path) -> None:
    utterance, voice = line(SHORT), voice_of(voice="joe")
    first = engine.speak(utterance, voice)
    engine.speak(line("Something else."), voice)
    assert engine.speak(utterance, voice).samples.tobytes() == first.samples.tobytes()
    other = PiperEngine(context_of(data, tmp_path))
    try:
        assert other.speak(utterance, voice).samples.tobytes() == first.samples.tobytes()
        assert other.speak(line(SHORT, seed=8), voice).samples.tobytes() != first.samples.tobytes()
    finally:
        other.close()


def words_at(audio: Audio, text: str) -> list[str]:
    return [text[mark.position :].split(maxsplit=1)[0] for mark in audio.marks]


def test_every_word_begins_where_its_mark_is(engine: PiperEngine) -> None:
    text = "Well, “no” — of the twelve cats. Dogs! All in 1999, (nobody) minds."
    audio = engine.speak(line(text), voice_of(voice="joe"))
    assert words_at(audio, text) == [
        *("Well,", "no”", "of", "the", "twelve", "cats.", "Dogs!", "All", "in", "1999,", "nobody)", "minds."),
    ]
    for before, after in pairwise(audio.marks):
        assert before.frame < after.frame < len(audio.samples)
    # two sentences are 0.2 s apart, and a word begins within 0.1 s of it
    sound = np.flatnonzero(audio.samples)
    after_silence = sound[1:][np.diff(sound) >= 4410]
    assert len(after_silence) == 2
    for frame, mark in zip(after_silence, (audio.marks[6], audio.marks[7]), strict=True):
        assert 0 <= mark.frame - frame < 2205
        assert np.abs(audio.samples[mark.frame : mark.frame + 4410]).max() > 0.05


def test_ipa_of_the_writer_is_spoken(engine: PiperEngine) -> None:
    voice = voice_of(voice="joe")
    spoken = engine.speak(line("So, ", ("Nguyen", "en-US", "wˈɪn"), "."), voice)
    assert spoken.samples.tobytes() == engine.speak(line("So, win."), voice).samples.tobytes()
    assert spoken.samples.tobytes() != engine.speak(line("So, Nguyen."), voice).samples.tobytes()


def test_settings_of_a_voice_and_speed_are_heard(engine: PiperEngine) -> None:
    plain = engine.speak(line(SHORT), voice_of(voice="joe", noise=0, noise_w=0))
    slow = engine.speak(line(SHORT), voice_of(voice="joe", noise=0, noise_w=0, length=2))
    slowed = engine.speak(line(SHORT, speed=0.5), voice_of(voice="joe", noise=0, noise_w=0))
    assert plain.samples.tobytes() == engine.speak(line(SHORT, seed=99), voice_of(voice="JOE", noise=0, noise_w=0)).samples.tobytes()
    assert slow.samples.tobytes() == slowed.samples.tobytes()
    assert 1.6 < len(slow.samples) / len(plain.samples) < 2.4
    two = [len(engine.speak(line("So. So."), voice_of(voice="joe", noise_w=0, pause=pause)).samples) for pause in (0, 1)]
    assert two[1] - two[0] == 22_050


def test_a_sentence_without_an_end_is_cut_between_words(engine: PiperEngine) -> None:
    text = "so they went on " * 40 + "and " + "a" * 400
    config = read_config(Path(f"{joe()}.json"))
    phonemizer = Phonemizer()
    try:
        words = phonemizer.words([SpokenSpan(text, "en-US")])
    finally:
        phonemizer.close()
    stretches = stretches_of(words, config)
    assert sum(len(word.ipa.replace("^", "")) for word in words) > 600
    assert len(stretches) >= 3
    assert all(len(stretch.ids) <= 2 * LONGEST_STRETCH + 3 for stretch in stretches)
    assert [position for stretch in stretches for position, _ in stretch.starts] == [word.position for word in words]
    assert engine.speak(line("so they went on " * 25), voice_of(voice="joe", length=0.25)).seconds > 2


def test_phonemes_that_the_voice_lacks_are_left_out(engine: PiperEngine) -> None:
    voice = voice_of(voice="joe")
    odd = engine.speak(line(("Hello", "en-US", "həlˈoʊ˥"), " there."), voice)
    assert odd.samples.tobytes() == engine.speak(line(("Hello", "en-US", "həlˈoʊ"), " there."), voice).samples.tobytes()


@pytest.mark.parametrize(
    ("spans", "settings", "said"),
    [
        (("… —",), {}, 'the Piper voice joe has no phonemes for "… —"'),
        ((("tone", "en-US", "˥"),), {}, 'the Piper voice joe has no phonemes for "tone"'),
        (("Hello.",), {"voice": "anna"}, 'no Piper voice "anna" is installed; installed: joe (en-US); others: voiceover models list --all'),
        (("Hello.",), {"voice": "joe", "speaker": 1}, "the Piper voice joe has no speaker 1; it has 0 to 0"),
        ((("Guten Tag.", "de"),), {}, 'no Piper voice for "de" is installed; installed: joe (en-US)'),
        (("Hello ", ("nuqneH", "tlh")), {"voice": "joe"}, 'espeak-ng has no language "tlh"'),
    ],
)
def test_what_cannot_be_spoken_is_an_error_at_its_place(
    engine: PiperEngine, spans: tuple[str | tuple[str, ...], ...], settings: dict[str, str | float], said: str
) -> None:
    utterance = line(*spans)
    with pytest.raises(EngineError) as caught:
        engine.speak(utterance, voice_of(**settings))
    assert str(caught.value).startswith(f"{utterance.source}: {said}")


def test_a_foreign_word_is_spoken_with_the_phonemes_of_its_language(engine: PiperEngine) -> None:
    voice = voice_of(voice="joe")
    french = engine.speak(line("He said ", ("bonjour", "fr"), "."), voice)
    assert french.samples.tobytes() != engine.speak(line("He said bonjour."), voice).samples.tobytes()
    assert [mark.position for mark in french.marks] == [0, 3, 8]


def test_voices_are_listed(data: Path, tmp_path: Path) -> None:
    code, told = run("voices", "list", data=data)
    assert (code, "joe          en-US  Piper, medium quality" in told) == (0, True), told
    brought = engine_voices(context_of(data, tmp_path), "piper")["joe"]
    assert brought.styles[""].settings["piper"] == {"voice": "joe"}


def test_it_says_which_voices_it_speaks_and_how_to_get_others(data: Path, tmp_path: Path) -> None:
    context = context_of(data, tmp_path)
    brought = engine_voices(context, "piper")["joe"]
    assert speaks(context, brought, "en-GB") is None
    assert speaks(context, voice_of(), "en") is None
    assert speaks(context, brought, "de") == "the Piper voice joe speaks en-US, not de"
    assert 'no Piper voice for "de" is installed' in str(speaks(context, voice_of(), "de"))
    assert 'no Piper voice "anna" is installed' in str(speaks(context, voice_of(voice="anna"), "en"))
    none = 'no Piper voice for "en" is installed; get one: voiceover models pull piper/NAME (names: voiceover models list --all)'
    assert speaks(context_of(tmp_path / "empty", tmp_path), voice_of(), "en") == none
    assert speaks(context, replace(voice_of(), engine="kokoro"), "en") == "the voice v comes with the engine kokoro"
    assert how_to_get(context, "Thorsten") == "get it: voiceover models pull piper/thorsten"
    assert how_to_get(context, "ada") is None


def test_a_cast_names_a_voice(data: Path, tmp_path: Path) -> None:
    script = tmp_path / "a.md"
    script.write_text("---\nengine: piper\ncast: {Ann: joe}\n---\n\nAnn: Hello there, [Nguyen](say:/wɪn/), my friend.\n", "utf-8")
    code, told = run("render", script, "-o", tmp_path / "out", data=data)
    assert (code, "IPA" in told) == (0, False), told
    manifest = json.loads((tmp_path / "out" / "a.manifest.json").read_text("utf-8"))
    assert "piper" in json.dumps(manifest)
    assert "Hello there, Nguyen, my friend." in (tmp_path / "out" / "a.vtt").read_text("utf-8")
    script.write_text("---\nengine: piper\ncast: {Ann: joe}\nlanguage: de\n---\n\nAnn: Guten Tag allerseits.\n", "utf-8")
    code, told = run("check", script, data=data)
    assert (code, "does not speak" in told) == (2, True), told


def test_a_take_depends_on_the_model_that_speaks_it(data: Path, tmp_path: Path) -> None:
    context = context_of(data, tmp_path)
    model = open_model_in(data, "joe", "piper").digest
    brought = fit_voice(context, engine_voices(context, "piper")["joe"]).voice
    assert brought.styles[""].settings["piper"] == {"voice": "joe", "model": model}
    assert len(str(fit_voice(context, voice_of()).voice.styles[""].settings["piper"]["model"])) == 64
    with pytest.raises(VoiceError, match='voice "v": no Piper voice "anna" is installed; installed: joe'):
        fit_voice(context, voice_of(voice="anna"))
