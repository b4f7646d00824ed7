"""IPA in the model's symbols: the vocabulary, six sentences in two accents, other languages, and what people write."""

from __future__ import annotations

import json

import pytest

from tests.engines.kokoro.network_parts import goldens_folder
from voiceover.engines.draft.phonemes import Phonemizer
from voiceover.engines.kokoro.symbols import IDS, Accent, accent_of, punctuation, spell
from voiceover.engines.kokoro.text import calls_of
from voiceover.types import SpokenSpan

SYMBOLS = {number: symbol for symbol, number in IDS.items()}
SENTENCES = json.loads((goldens_folder() / "phonemes.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def phonemizer():
    found = Phonemizer()
    yield found
    found.close()


def spelled(phonemizer: Phonemizer, text: str, language: str) -> str:
    spans = (SpokenSpan(text, language),)
    (call,) = calls_of(phonemizer.words(spans), spans)
    return "".join(SYMBOLS[number] for number in call.ids)


def test_the_table_is_the_models_own() -> None:
    assert json.loads((goldens_folder() / "vocab.json").read_text("utf-8"))["vocab"] == IDS


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda sentence: sentence["text"][:20])
def test_english_is_spelled_as_the_reference_does(phonemizer: Phonemizer, sentence: dict[str, str]) -> None:
    assert spelled(phonemizer, sentence["text"], "en-US") == sentence["kokoro_us"]
    assert spelled(phonemizer, sentence["text"], "en-GB") == sentence["kokoro_gb"]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("es", "¿Dónde está?", "dˈonde estˈa?"),
        ("fr", "Un bon vin blanc.", "œ̃ bˈɔ̃ vˈɛ̃ blˈɑ̃."),
        ("it", "Gli amici.", "ʎɪ amˈiʧɪ."),
        ("pt-BR", "Não sei.", "nˌɐ̃ʊ̃ sˈA."),
        ("hi", "आप कैसे हैं?", "ˌaːp kˈɛːseː hɛ̃?"),
    ],
)
def test_other_languages_keep_their_sounds(phonemizer: Phonemizer, language: str, text: str, expected: str) -> None:
    assert spelled(phonemizer, text, language) == expected


def test_marks_stay_where_they_are(phonemizer: Phonemizer) -> None:
    assert spelled(phonemizer, "“Yes,” he said – «no»... [go]!!", "en-US") == "“jˈɛs,” hi sˈɛd — “nˈO”… (ɡˈO)!"


@pytest.mark.parametrize(
    ("tag", "accent"),
    [("en-US", Accent.AMERICAN), ("en-CA", Accent.AMERICAN), ("en-GB", Accent.BRITISH), ("en-IN", Accent.BRITISH), ("fr-CA", Accent.OTHER)],
)
def test_each_english_has_an_accent(tag: str, accent: Accent) -> None:
    assert accent_of(tag) is accent


@pytest.mark.parametrize(
    ("written", "american", "british"),
    [
        ("wɪn", "wɪn", "wɪn"),
        ("ˈdʒəʊ.zɪf", "ʤˈQzɪf", "ʤˈQzɪf"),
        ("t͡ʃɑːd", "ʧɑd", "ʧɑːd"),
        ("ˈwɔːɾɚ", "wˈɔTəɹ", "wˈɔːtəɹ"),
        ("ˈbʌtn̩", "bˈʌtᵊn", "bˈʌtᵊn"),
        ("goʊ aʊt", "ɡO Wt", "ɡO Wt"),
        ("ˌɪn.ˈstɹʌk.ʃən", "ˌɪnstɹˈʌkʃən", "ˌɪnstɹˈʌkʃən"),
    ],
)
def test_what_people_write_is_spelled_likewise(written: str, american: str, british: str) -> None:
    assert spell(written, Accent.AMERICAN, written=True) == (american, ())
    assert spell(written, Accent.BRITISH, written=True) == (british, ())


def test_two_sounds_of_espeak_are_not_joined() -> None:
    assert spell("kˈɔː^ɹtʃɪp", Accent.AMERICAN) == ("kˈɔɹtʃɪp", ())


def test_sounds_that_the_model_lacks_are_named() -> None:
    assert spell("ʘaħ", Accent.BRITISH, written=True) == ("a", ("ʘ", "ħ"))


@pytest.mark.parametrize(
    ("between", "expected"), [("", ""), (" ", " "), ("’ ", " "), ("-", " "), (" - ", " — "), ("?!  ", "?! "), ("?????", "?")]
)
def test_what_is_between_words(between: str, expected: str) -> None:
    assert punctuation(between) == expected
