"""The engine with its real weights: the contract, the same bytes, words where they are heard, and what it refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnxruntime")

from tests.engines.contract_parts import check_rules
from tests.models.stores import open_model
from voiceover.engines.contract import check_offers, make_utterance
from voiceover.engines.kokoro import MODEL_FAMILY, make, ready, speaks
from voiceover.engines.kokoro.engine import KokoroEngine
from voiceover.engines.kokoro.weights.family import KokoroModel
from voiceover.errors import EngineError, ModelError
from voiceover.types import EngineContext, Options, SpokenSpan, Style, Voice


def voice(**settings: str | float) -> Voice:
    return Voice("cora", None, "en-US", {"": Style(None, {"kokoro": settings or {"voice": "cora"}})}, licence="CC0-1.0")


@pytest.fixture(scope="module")
def model(kokoro_store: Path) -> KokoroModel:
    found: KokoroModel = open_model(kokoro_store, None, "kokoro")
    return found


@pytest.fixture(scope="module")
def engine(model: KokoroModel, kokoro_graphs: Path) -> Iterator[KokoroEngine]:
    found = KokoroEngine(model, kokoro_graphs)
    yield found
    found.close()


def test_words_begin_where_they_are_marked(engine: KokoroEngine) -> None:
    text = "Stop. Two cats"
    audio = engine.speak(make_utterance(text, "en-US"), voice())
    assert [mark.position for mark in audio.marks] == [0, 6, 10]
    assert all(mark.frame % 600 == 0 for mark in audio.marks)
    level = np.abs(audio.samples)
    stop, two, _ = (mark.frame for mark in audio.marks)
    near = 1440  # 60 ms
    assert level[: stop - near].max() < 0.02 < level[stop : stop + near].max()
    assert level[two - 2 * near : two - near].max() < 0.02 < level[two : two + near].max()


def test_the_same_line_gives_the_same_bytes_at_another_speed_other_ones(
    engine: KokoroEngine, model: KokoroModel, kokoro_graphs: Path
) -> None:
    line = make_utterance("The mice ran.", "en-US")
    once = engine.speak(line, voice())
    fast = engine.speak(replace(line, options=Options(speed=1.5)), voice())
    other = KokoroEngine(model, kokoro_graphs)
    assert other.speak(line, voice()).samples.tobytes() == once.samples.tobytes()
    other.close()
    assert 1.2 * fast.seconds < once.seconds
    assert engine.speak(line, voice(voice="cora", speed=1.5)).samples.tobytes() == fast.samples.tobytes()


def test_a_blend_sounds_like_neither_of_its_voices(engine: KokoroEngine) -> None:
    line = make_utterance("Mice.", "en-US")
    ada, ben, both = (
        engine.speak(line, voice(**settings)).samples for settings in ({"voice": "ada"}, {"voice": "ben"}, {"blend": "ada 0.5 ben 0.5"})
    )
    assert both.tobytes() not in (ada.tobytes(), ben.tobytes())
    assert engine.speak(line, voice(blend="ada 1")).samples.tobytes() == ada.tobytes()


def test_plain_english_has_the_accent_of_the_voice(engine: KokoroEngine) -> None:
    plain = engine.speak(make_utterance("Water.", "en"), voice())
    assert plain.samples.tobytes() == engine.speak(make_utterance("Water.", "en-US"), voice()).samples.tobytes()
    assert plain.samples.tobytes() != engine.speak(make_utterance("Water.", "en-GB"), voice()).samples.tobytes()


def test_given_phonemes_are_spoken(engine: KokoroEngine) -> None:
    given = replace(make_utterance(""), spans=(SpokenSpan("Nguyen", "en-US", "ˈwɪn"),))
    assert engine.speak(given, voice()).samples.tobytes() == engine.speak(make_utterance("win", "en-US"), voice()).samples.tobytes()


@pytest.mark.parametrize(
    ("settings", "text", "message"),
    [
        ({"speed": 1.0}, "Hi.", "the voice cora has no settings for Kokoro, which speaks with voices of its own; add to its voice.yaml"),
        ({"voice": "af_heart"}, "Hi.", "the voice af_heart of Kokoro is not installed; get it: voiceover models pull kokoro"),
        ({"voice": "adda"}, "Hi.", 'Kokoro has no voice "adda"; did you mean "ada"?'),
        ({"voice": "ada", "speed": 9.0}, "Hi.", "the voice cora: the kokoro setting speed is 9.0; it must be 0.5 to 2"),
        ({"voice": "ada"}, "—", 'there are no phonemes for "—" in en'),
        ({"voice": "ada"}, "你好", "Kokoro cannot read Chinese characters in en"),
    ],
)
def test_what_it_cannot_speak_is_an_error_at_its_place(
    engine: KokoroEngine, settings: dict[str, str | float], text: str, message: str
) -> None:
    with pytest.raises(EngineError, match=f"^contract.md:3:1: {re.escape(message)}"):
        engine.speak(make_utterance(text), voice(**settings))


def test_a_pack_that_cannot_be_used_is_an_error(model: KokoroModel, tmp_path: Path) -> None:
    (tmp_path / "af_sky.bin").write_bytes(bytes(1000))
    (tmp_path / "am_puck.bin").write_bytes(np.full((510, 256), np.nan, "<f4").tobytes())
    engine = KokoroEngine(replace(model, packs={path.stem: path for path in tmp_path.glob("*.bin")}), tmp_path)
    with pytest.raises(ModelError, match=r"af_sky\.bin: 1,000 bytes; a voice of Kokoro has 522,240, 510 styles of 256 numbers"):
        engine.speak(make_utterance("Hi."), voice(voice="af_sky"))
    with pytest.raises(ModelError, match=r"am_puck\.bin: contains NaN or infinity"):
        engine.speak(make_utterance("Hi."), voice(blend="ada 0.5 am_puck 0.5"))
    engine.close()


def context_of(folder: Path, tmp_path: Path) -> EngineContext:
    return EngineContext(tmp_path / "cache", open_model=lambda name, family: open_model(folder, name, family))


def test_which_voices_it_speaks_and_why_not(kokoro_data: Path, tmp_path: Path) -> None:
    context = context_of(kokoro_data, tmp_path)
    assert ready(context) is None
    assert speaks(context, voice(), "en-GB") is None
    assert speaks(context, voice(), "pt-BR") is None
    assert speaks(context, voice(), "de") == "Kokoro does not speak de"
    assert "add to its voice.yaml `kokoro: NAME`" in (speaks(context, voice(speed=1.0), "en") or "")
    assert speaks(context, voice(blend="ada 0.5 af_sky 0.5"), "en") == (
        "the voice af_sky of Kokoro is not installed; get it: voiceover models pull kokoro"
    )
    assert speaks(context, replace(voice(), engine="tone"), "en") == "the voice cora comes with the engine tone"


def test_without_weights_it_is_not_ready(tmp_path: Path) -> None:
    context = context_of(tmp_path / "data", tmp_path)
    assert MODEL_FAMILY.packaged() is None  # the tests hide the packages
    assert ready(context) == "no model is installed; get one: voiceover models pull kokoro"
    with pytest.raises(ModelError, match="no model is installed"):
        make(context)


def test_what_it_offers_is_sound(kokoro_data: Path, tmp_path: Path) -> None:
    check_offers("kokoro", context_of(kokoro_data, tmp_path))


@pytest.mark.slow
def test_it_keeps_the_contract(model: KokoroModel, kokoro_graphs: Path) -> None:
    check_rules(lambda: KokoroEngine(model, kokoro_graphs), voice(), "voiceover.engines.kokoro.network.Network")


@pytest.mark.slow
def test_a_sentence_without_a_comma_that_is_longer_than_a_call_is_spoken_in_parts(
    engine: KokoroEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, most in (("LONGEST_IDS", 40), ("COMFORTABLE_IDS", 30)):  # a tenth of what the network takes, in a tenth of the time
        monkeypatch.setattr(f"voiceover.engines.kokoro.text.{name}", most)
    calls = []
    monkeypatch.setattr(engine, "_part", lambda call, *how: calls.append(call) or KokoroEngine._part(engine, call, *how))
    audio = engine.speak(make_utterance(" ".join(["wonderful"] * 9), "en-US"), voice())
    assert len(calls) > 2
    assert max(len(call.ids) for call in calls) <= 40
    assert [mark.position for mark in audio.marks] == list(range(0, 90, 10))
    steps = np.diff([mark.frame for mark in audio.marks])
    assert steps.min() > 0.2 * 24_000
    assert steps.max() < 1.0 * 24_000  # no pause of half a second where it was cut
