"""Phonemes from espeak-ng: every word of the text keeps its sounds, its place and its marks."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from voiceover.engines.draft.alignment import align
from voiceover.engines.draft.phonemes import PhonemeWord, Phonemizer
from voiceover.errors import EngineError
from voiceover.types import SpokenSpan

SENTENCES = Path(__file__).parents[2] / "goldens" / "kokoro" / "phonemes.json"


@pytest.fixture(scope="module")
def phonemizer() -> Iterator[Phonemizer]:
    phonemizer = Phonemizer()
    yield phonemizer
    phonemizer.close()


def spans_of(*spans: str | tuple[str, str] | tuple[str, str, str]) -> tuple[SpokenSpan, ...]:
    return tuple(SpokenSpan(span, "en-US") if isinstance(span, str) else SpokenSpan(*span) for span in spans)


def joined(words: tuple[PhonemeWord, ...]) -> str:
    return "".join(word.before + word.ipa + word.after for word in words).replace("^", "")


def placed(words: tuple[PhonemeWord, ...], text: str) -> list[tuple[str, str]]:
    """Each word as it is written, up to the next blank, and its phonemes."""
    return [(text[word.position :].split(maxsplit=1)[0], word.ipa.replace("^", "")) for word in words]


def test_sentences_are_spelled_as_in_the_goldens(phonemizer: Phonemizer) -> None:
    for sentence in json.loads(SENTENCES.read_text("utf-8")):
        assert joined(phonemizer.words(spans_of(sentence["text"]))) == sentence["espeak_us"]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en-US", "the end of the line", "ðɪ|ˈɛnd|ʌv|ðə|lˈaɪn"),
        ("en-US", "I am in the box", "aɪ|ɐm|ɪn|ðə|bˈɑːks"),
        ("en-US", "it has been that it was", "ɪt|hˈæz|biːn|ðˌɐɾ|ɪt|wʌz"),
        ("en-US", "in 1999, said Ann", "ɪn|nˈaɪntiːnhˈʌndɹɪd nˈaɪnti nˈaɪn|sˈɛd|ˈæn"),
        ("en-US", "at 3.14 or 25,000", "æt|θɹˈiː pɔɪnt wˈʌn fˈɔːɹ|ɔːɹ|twˈɛnti fˈaɪv θˈaʊzənd"),
        ("en-US", "well-known—said the U.S. chief", "wˈɛlnˈoʊn|sˈɛd|ðə|jˌuːˈɛs|tʃˈiːf"),
        ("en-US", "e.g. Dr. Smith’s ‘house’", "ˌiːdʒˈiː|dˈɑːktɚ|smˈɪθz|hˈaʊs"),
        ("en-US", "NASA's and IBM's", "nˈæsɐz|ænd|ˌaɪbˌiːˈɛmz"),
        ("en-US", "a smile 😀 here", "ɐ|smˈaɪl|ɡɹˈɪnɪŋ fˈeɪs|hˈɪɹ"),
        ("fr", "Les enfants ont l’habitude d’aller à l’école", "le-z|ɑ̃fˈɑ̃z|ˈɔ̃|labitˈyd|dalˈe|a|lekˈɔl"),
        ("fr", "aujourd’hui, Facebook", "oʒuʁdyˈi|fˈeɪsbʊk"),
        ("de", "der 3. Mai z. B. war", "dɛɾ|dɾˈɪtə|mˈaɪ|tsˈɛt|bˈeː|vɑːɾ"),
        ("es", "¿Dónde está el niño?", "dˈonde|estˈa|el|nˈiɲo"),
        ("it", "C'è un gatto", "tʃe|ʊn|ɡˈatːo"),
        ("pt-BR", "Eu não sei", "eʊ|nˌɐ̃ʊ̃|sˈeɪ"),
        ("hi", "मैं घर जा रहा हूँ।", "mɛ̃|ɡʰˈʌɾ|ɟˈaː|ɾˌəhaː|hũ"),
    ],
)
def test_every_word_of_the_text_gets_its_own_phonemes(phonemizer: Phonemizer, language: str, text: str, expected: str) -> None:
    words = phonemizer.words(spans_of((text, language)))
    assert "|".join(word.ipa.replace("^", "") for word in words) == unicodedata.normalize("NFD", expected)


def test_a_word_knows_its_place_and_the_marks_around_it(phonemizer: Phonemizer) -> None:
    text = "“Wait… ‘Dr. Hill’ (1999)?” said  Ann—really!"
    words = phonemizer.words(spans_of(text))
    assert [(word.before, text[word.position], word.after) for word in words] == [
        ("“", "W", "… ‘"),
        ("", "D", " "),
        ("", "H", "’ ("),
        ("", "1", ")?” "),
        ("", "s", " "),
        ("", "A", "—"),
        ("", "r", "!"),
    ]


def test_words_spoken_as_one_have_nothing_between_them(phonemizer: Phonemizer) -> None:
    words = phonemizer.words(spans_of("of the box"))
    assert [(word.ipa, word.after) for word in words] == [("ʌv", ""), ("ðə", " "), ("bˈɑːks", "")]


def test_spans_in_several_languages_and_with_given_phonemes(phonemizer: Phonemizer) -> None:
    spans = spans_of("Hello ", ("le monde", "fr"), ", and ", ("Nguyen Van", "en-US", "wɪn vʌn"), "'s son, un", "believable.")
    text = "".join(span.text for span in spans)
    words = phonemizer.words(spans)
    assert joined(words) == "həlˈoʊ lə- mˈɔ̃d, ænd wɪn vʌnz sˈʌn, ʌnbᵻlˈiːvəbəl."
    assert [word.language for word in words] == ["en-US", "fr", "fr", "en-US", "en-US", "en-US", "en-US", "en-US", "en-US"]
    assert placed(words, text)[-2:] == [("son,", "sˈʌn"), ("unbelievable.", "ʌnbᵻlˈiːvəbəl")]


def test_signs_with_given_phonemes_are_a_word(phonemizer: Phonemizer) -> None:
    words = phonemizer.words(spans_of("A ", ("☃—", "en-US", "snoʊmæn"), " box"))
    assert [(word.position, word.ipa) for word in words[1:]] == [(2, "snoʊmæn"), (5, "bˈɑːks")]


@pytest.mark.parametrize(("given", "expected"), [("a b c", ["a", "b c"]), ("a", ["a"]), ("a b", ["a", "b"])])
def test_given_phonemes_are_shared_out_word_by_word(phonemizer: Phonemizer, given: str, expected: list[str]) -> None:
    words = phonemizer.words(spans_of("So ", ("one two", "en-US", given), "."))
    assert [word.ipa for word in words[1:]] == expected
    assert words[-1].after == "."


def test_a_word_does_not_depend_on_what_was_spelled_before(phonemizer: Phonemizer) -> None:
    line = spans_of("The use of it, to read it.")
    fresh = Phonemizer()
    try:
        fresh.words(spans_of(("le monde", "fr")))
        fresh.words(spans_of("They use a record to record the"))
        assert fresh.words(line) == phonemizer.words(line)
    finally:
        fresh.close()


@pytest.mark.parametrize("text", ["", " ", "...!?", "— “” —", "\x00\x01"])
def test_text_without_words_has_none(phonemizer: Phonemizer, text: str) -> None:
    assert phonemizer.words(spans_of(text)) == ()


def test_text_without_an_end_loses_nothing(phonemizer: Phonemizer) -> None:
    many = phonemizer.words(spans_of("so they say " * 400))
    assert [word.position for word in many] == [12 * line + start for line in range(400) for start in (0, 3, 8)]
    endless = phonemizer.words(spans_of("ab" * 500 + " end"))
    assert endless[-1].position == 1001
    assert sum(len(word.ipa) for word in endless) > 1000


def test_an_unknown_language_is_an_error_that_names_the_known(phonemizer: Phonemizer) -> None:
    with pytest.raises(EngineError, match='no language "tlh"; it has af, am'):
        phonemizer.words(spans_of(("nuqneH", "tlh")))


@pytest.mark.parametrize(
    ("alone", "together", "expected"),
    [
        (["ʌv", "ðiː", "kˈæt"], ["ʌvðə", "kˈæt"], ["ʌv", "ðə", "kˈæt"]),
        (["wˈʌn", "", "tˈuː"], ["wˈʌn", "tˈuː"], ["wˈʌn", "", "tˈuː"]),
        (["wˈʌn", "θɹˈiː", "tˈuː"], ["wˈʌn", "tˈuː"], ["wˈʌn", "θɹˈiː", "tˈuː"]),
        (["ɐ", "twˈɛnti fˈaɪv", "bˈiː"], ["ɐ", "twˈɛnti", "fˈaɪv", "biː"], ["ɐ", "twˈɛnti fˈaɪv", "biː"]),
        (["a"], ["xyz", "a"], ["xyz a"]),
        ([], [], []),
    ],
)
def test_sounds_go_to_their_word(alone: list[str], together: list[str], expected: list[str]) -> None:
    assert align(alone, together)[0] == expected
