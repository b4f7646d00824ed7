"""The draft engine: what the real espeak-ng is heard to say, the same always."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.draft_parts import A, B, Settings, digest, longest_silence, pitch_of, utterance_of, voice_of
from voiceover.engines.draft import DraftEngine, Sound, read_sound
from voiceover.engines.draft.pieces import Piece, cut_pieces
from voiceover.errors import EngineError
from voiceover.types import DEFAULT_STYLE, Audio, SpokenSpan, Style, Voice


@pytest.fixture(scope="module")
def engine() -> Iterator[DraftEngine]:
    engine = DraftEngine()
    yield engine
    engine.close()


PROGRAM = """
import hashlib, sys
sys.path.insert(0, {root!r})
from voiceover.engines.draft import DraftEngine
from tests.draft_parts import digest, utterance_of, voice_of
engine = DraftEngine()
for text in sys.argv[1:]:
    for settings in ({{}}, {{"variant": "f3", "pitch": 60}}, {{"variant": "whisperf"}}):
        print(digest(engine.speak(utterance_of(text), voice_of(**settings))))
engine.close()
"""


def test_a_b_a_is_the_same_in_two_processes_at_once() -> None:
    program = PROGRAM.format(root=str(Path(__file__).parents[3]))
    orders = ((A, B, A), (B, B, A))
    running = [
        subprocess.Popen([sys.executable, "-c", program, *order], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for order in orders
    ]
    outputs = [process.communicate(timeout=60) for process in running]
    assert [error for _, error in outputs] == ["", ""]
    first, second = (output.split() for output, _ in outputs)
    assert first[:3] == first[6:] == second[6:]
    assert first[3:6] == second[:3] == second[3:6]
    assert len(set(first)) == 6


def test_two_hundred_other_utterances_change_nothing(engine: DraftEngine) -> None:
    voice = voice_of(variant="f3")
    before = digest(engine.speak(utterance_of(A), voice))
    for number in range(200):
        engine.speak(utterance_of("word " * (number % 7 + 1), seed=number), voice_of(variant=("whisper", "m3", "f3")[number % 3]))
    assert digest(engine.speak(utterance_of(A), voice)) == before


def test_the_seed_is_heard_where_a_voice_has_breath(engine: DraftEngine) -> None:
    takes = [digest(engine.speak(utterance_of(A, seed=seed), voice_of(variant="whisper"))) for seed in (1, 2, 1, 2**62 + 5)]
    assert takes[0] == takes[2]
    assert len(set(takes)) == 3


def test_pitch_range_rate_and_volume_are_heard(engine: DraftEngine) -> None:
    def spoken(**settings: float) -> Audio:
        return engine.speak(utterance_of(A), voice_of(**settings))

    assert pitch_of(spoken(pitch=80)) > 1.2 * pitch_of(spoken(pitch=20))
    assert spoken(rate=100).seconds > 1.5 * spoken(rate=200).seconds
    assert np.max(np.abs(spoken(volume=50).samples)) == pytest.approx(0.5 * np.max(np.abs(spoken(volume=100).samples)), rel=1e-6)
    assert digest(spoken(range=10)) != digest(spoken(range=90))


def test_settings_have_fallbacks_and_limits() -> None:
    assert read_sound(Voice("v", Path(), "en", {DEFAULT_STYLE: Style(None)}), DEFAULT_STYLE) == Sound()
    assert read_sound(voice_of(variant="none", pitch=300, rate=1, volume=-2), DEFAULT_STYLE) == Sound("", pitch=99, rate=20, volume=0)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"variant": "f9"}, 'variant "f9"; it has .*f1, f2'),
        ({"pitch": "high"}, "pitch is 'high'; .*0 to 99"),
        ({"rate": float("nan")}, "rate is nan"),
    ],
)
def test_a_setting_that_cannot_be_used_is_an_error(engine: DraftEngine, settings: Settings, words: str) -> None:
    with pytest.raises(EngineError, match=f"^contract.md:3:1: .*{words}"):
        engine.speak(utterance_of(A), voice_of(**settings))


def test_an_unknown_style_is_an_error(engine: DraftEngine) -> None:
    voice = Voice("vera", Path(), "en", {DEFAULT_STYLE: Style(None), "quiet": Style(None)})
    with pytest.raises(EngineError, match='voice "vera" has no style "loud"; it has: quiet'):
        read_sound(voice, "loud")


@pytest.mark.parametrize(("speed", "least", "most"), [(0.3, 2.6, 3.9), (0.5, 1.7, 2.4), (2.0, 0.4, 0.6), (3.0, 0.28, 0.42)])
def test_speed_scales_the_length_even_beyond_the_librarys_own_rates(engine: DraftEngine, speed: float, least: float, most: float) -> None:
    """espeak-ng goes from 80 to 450 words a minute: 0.46 to 2.6 times its normal rate."""
    plain = engine.speak(utterance_of(A), voice_of())
    scaled = engine.speak(utterance_of(A, speed=speed), voice_of())
    assert least < scaled.seconds / plain.seconds < most
    assert pitch_of(scaled) == pytest.approx(pitch_of(plain), rel=0.25)


@pytest.mark.parametrize(
    ("unit", "language", "count"),
    [
        ("word ", "en-GB", 80),  # 400 characters without a full stop
        ("word ", "en-GB", 1000),
        (A + " ", "en-GB", 85),  # 5 kB of sentences
        ("a", "en-GB", 600),  # one endless word
        ("Strassenbahn ", "de", 60),
        ("7345 ", "en-GB", 80),
        ("BBC ", "en-GB", 120),
        ("железнодорожный ", "ru", 60),
        ("日本語を話しますか", "ja", 100),
        ("こんにちは", "ja", 100),
        ("你好吗", "zh", 200),
        ("नमस्ते", "hi", 80),
        ("สวัสดีครับผมชื่อสมชาย", "th", 60),
    ],
)
def test_a_long_text_comes_out_whole(engine: DraftEngine, unit: str, language: str, count: int) -> None:
    """espeak-ng by itself loses the end of a word of more than 200 phonemes and of a clause of more than 1,000."""
    short, long = (engine.speak(utterance_of((unit * part, language)), voice_of(rate=400)).seconds for part in (6, count))
    assert long / short > 0.85 * count / 6


@pytest.mark.parametrize(
    "text", [f"{A} {B} " * 8, "one two, three " * 90, "你好吗" * 150, "स्ते" * 60, "x" * 500, "(a)..." * 60, "日本語、" * 99]
)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_no_character_is_lost_when_a_text_is_cut(text: str, language: str) -> None:
    pieces = cut_pieces([SpokenSpan(text, language)])
    assert "".join("".join(piece.text for piece in pieces).split()) == "".join(text.split())
    assert not any(unicodedata.category(word[0])[0] == "M" for piece in pieces for word in piece.text.split())


def test_a_usual_sentence_is_not_cut() -> None:
    assert cut_pieces([SpokenSpan(f"{A} {B} {A}", "en")]) == (Piece(f"{A} {B} {A}", "en", pause=False),)


def test_markup_is_not_obeyed(engine: DraftEngine) -> None:
    said = engine.speak(utterance_of('one <break time="5s"/> two'), voice_of())
    assert longest_silence(said) < 1.0
    tagged, plain = (engine.speak(utterance_of(text), voice_of()) for text in ("<b>one</b> two", "one two"))
    assert tagged.seconds > 1.5 * plain.seconds  # the letters of the tags are spoken


def test_phonemes_are_not_obeyed(engine: DraftEngine) -> None:
    """As phonemes this is "hello", which takes half as long."""
    marked, plain, hello = (engine.speak(utterance_of(text), voice_of()).seconds for text in ("[[h@l'oU]]", "h@l'oU", "hello"))
    assert marked > 0.85 * plain > 1.5 * hello


def test_control_characters_are_not_obeyed(engine: DraftEngine) -> None:
    """espeak-ng takes Ctrl-A, a number and a letter as a command: 9S would be nine words a minute, 0A silence."""
    commanded, spelled = (engine.speak(utterance_of(text), voice_of()) for text in ("\x010A hello there", " 0A hello there"))
    assert digest(commanded) == digest(spelled)
    assert digest(engine.speak(utterance_of("one\x00 two"), voice_of())) == digest(engine.speak(utterance_of("one  two"), voice_of()))
    assert digest(engine.speak(utterance_of("one\ud800 two"), voice_of())) == digest(engine.speak(utterance_of("one two"), voice_of()))


@pytest.mark.parametrize("text", ["", " ", "...", "?!", "\u2014", "\x01\x02"])
def test_an_utterance_without_words_is_an_error(engine: DraftEngine, text: str) -> None:
    with pytest.raises(EngineError, match=r"contract\.md:3:1: there are no words"):
        engine.speak(utterance_of(text), voice_of())
