"""The draft engine: languages, and text in several of them."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.draft_parts import digest, pitch_of, utterance_of, voice_of
from voiceover.engines.draft import DraftEngine
from voiceover.engines.draft.engine import join_pieces
from voiceover.engines.draft.languages import ALIASES, LANGUAGES, NAMES, voice_for
from voiceover.engines.draft.pieces import Piece, cut_pieces
from voiceover.engines.draft.process import EspeakProcess
from voiceover.errors import EngineError
from voiceover.types import SpokenSpan


@pytest.fixture(scope="module")
def engine() -> Iterator[DraftEngine]:
    engine = DraftEngine()
    yield engine
    engine.close()


def espeak_data() -> Path:
    spec = importlib.util.find_spec("espeakng_loader")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "espeak-ng-data"


def test_the_table_of_languages_is_that_of_the_wheel() -> None:
    data = espeak_data()
    found = set()
    for path in (path for path in (data / "lang").rglob("*") if path.is_file()):
        named = [line.split()[1] for line in path.read_text("utf-8").splitlines() if line.startswith("dictionary ")]
        dictionary = named[0] if named else path.name.split("-")[0]
        if (data / f"{dictionary}_dict").exists():
            found.add(path.name)
    assert set(NAMES) == found
    assert set(ALIASES.values()) <= found


@pytest.mark.parametrize(
    ("tag", "voice"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("en-US", "en-US"),
        ("EN_us", "en-US"),
        ("en-AU", "en"),
        ("en-CA", "en-US"),
        ("de-AT", "de"),
        ("pt", "pt"),
        ("pt-BR", "pt-BR"),
        ("pt-PT", "pt"),
        ("zh", "cmn"),
        ("zh-Hans-CN", "cmn"),
        ("zh-HK", "yue"),
        ("no", "nb"),
        ("nn-NO", "nb"),
        ("es", "es"),
        ("es-ES", "es"),
        ("es-MX", "es-419"),
        ("fr-CH", "fr-CH"),
        ("fr-CA", "fr"),
        ("sr-Latn", "sr"),
        ("tlh", None),
        ("e", None),
        ("", None),
    ],
)
def test_a_tag_finds_its_voice(tag: str, voice: str | None) -> None:
    assert voice_for(tag) == voice
    if voice is not None:
        assert tag.lower()[:2] in LANGUAGES


def test_every_language_speaks() -> None:
    """One request a language, in one process; what the wheel's data has must give sound."""
    process = EspeakProcess()
    mute = []
    try:
        for name in NAMES:
            request = {
                "pieces": [{"voice": f"{name}+f3", "text": "ana 12", "pause": False}],
                "rate": 175,
                "pitch": 50,
                "range": 50,
                "seed": 1,
            }
            if np.max(np.abs(process.speak(request)[0])) < 1000:
                mute.append(name)
    finally:
        process.close()
    assert mute == []


def test_an_unknown_language_is_an_error_that_says_which_are_there(engine: DraftEngine) -> None:
    with pytest.raises(EngineError, match=r'^contract\.md:3:1: espeak-ng has no language "tlh"; it has .*de.*en.*zh'):
        engine.speak(utterance_of("Hello ", ("nuqneH", "tlh")), voice_of())


def test_a_span_is_spoken_in_its_language_by_the_same_voice(engine: DraftEngine) -> None:
    voice = voice_of(variant="f3")
    english, german = (engine.speak(utterance_of("He said ", ("Straßenbahn", tag), ", and left."), voice) for tag in ("en-GB", "de"))
    assert digest(english) != digest(german)
    assert pitch_of(german) == pytest.approx(pitch_of(english), rel=0.2)


def test_spans_are_cut_where_the_language_changes_and_marks_stay_with_their_words() -> None:
    spans = [
        SpokenSpan("She said ", "en"),
        SpokenSpan("bonjour", "fr"),
        SpokenSpan(", twice. ", "en"),
        SpokenSpan("Then ", "EN"),
        SpokenSpan("adieu", "fr"),
        SpokenSpan("!", "en"),
    ]
    assert cut_pieces(spans) == (
        Piece("She said", "en", pause=False),
        Piece("bonjour,", "fr", pause=True),
        Piece("twice. Then", "en", pause=False),
        Piece("adieu!", "fr", pause=False),
    )


def test_a_mark_that_opens_or_belongs_to_a_word_stays_with_it() -> None:
    spans = [
        SpokenSpan("Tom", "en"),
        SpokenSpan("¿Qué?", "es"),
        SpokenSpan("(he asked)", "en"),
        SpokenSpan("Max", "de"),
        SpokenSpan("'s", "en"),
    ]
    assert [piece.text for piece in cut_pieces(spans)] == ["Tom", "¿Qué?", "(he asked)", "Max", "'s"]


def test_pieces_are_joined_without_a_click() -> None:
    step = np.full(1000, 16_384, np.int16)
    joined = join_pieces([step, step], gain=1.0)
    assert joined.shape == (2000,)
    assert joined.dtype == np.float32
    assert np.max(np.abs(np.diff(joined, prepend=0, append=0))) < 0.01
    assert joined[500] == 0.5
