"""Words as calls of the network: where they are cut, and what cannot be spoken."""

from __future__ import annotations

import pytest

from voiceover.engines.draft.phonemes import PhonemeWord
from voiceover.engines.kokoro.choices import LONGEST_IDS
from voiceover.engines.kokoro.symbols import IDS
from voiceover.engines.kokoro.text import Call, calls_of, check_readable
from voiceover.errors import EngineError
from voiceover.types import SpokenSpan

SYMBOLS = {number: symbol for symbol, number in IDS.items()}


def words(*said: str, after: str = " ") -> list[PhonemeWord]:
    """Words of ten letters of text each; what follows ``|`` is the mark after a word."""
    parts = [(ipa, mark or after) for ipa, _, mark in (each.partition("|") for each in said)]
    return [PhonemeWord(ipa, 10 * number, mark, "en-GB") for number, (ipa, mark) in enumerate(parts)]


def spoken(call: Call) -> str:
    return "".join(SYMBOLS[number] for number in call.ids)


def test_an_utterance_is_one_call_with_a_place_for_each_word() -> None:
    (call,) = calls_of(words("ˈbeta", "mu|, “", "nu|.”"), ())
    assert spoken(call) == "ˈbAta mu, “nu.”"
    assert call.words == ((0, 0), (6, 10), (11, 20))
    assert call.ends == "."


def test_words_that_espeak_speaks_as_one_have_no_blank_between_them() -> None:
    (call,) = calls_of([PhonemeWord("ʌv", 0, "", "en-US"), PhonemeWord("ðə", 3, ".", "en-US")], ())
    assert spoken(call) == "ʌvðə."
    assert call.words == ((0, 0), (2, 3))


def test_the_first_word_may_follow_a_mark() -> None:
    (call,) = calls_of([PhonemeWord("nu", 1, "”", "en-US", before="“")], ())
    assert (spoken(call), call.words) == ("“nu”", ((1, 1),))


@pytest.mark.parametrize(
    ("mark", "expected"),
    [("", ""), ("|, ", ","), ("|. ", ".")],
)
def test_a_long_utterance_is_cut_at_its_marks(mark: str, expected: str) -> None:
    said = ["banana"] * 75
    said[40] += mark
    calls = calls_of(words(*said, "banana|."), ())
    assert [call.ends for call in calls] == [expected, "."]
    assert all(1 <= len(call.ids) <= LONGEST_IDS for call in calls)
    assert [position for call in calls for _, position in call.words] == list(range(0, 760, 10))


def test_a_stop_is_a_better_place_than_a_later_comma() -> None:
    said = ["banana"] * 75
    said[40] += "|. "
    said[50] += "|, "
    assert len(calls_of(words(*said), ())[0].words) == 41


def test_a_word_longer_than_a_call_is_cut() -> None:
    calls = calls_of(words("na" * 700), ())
    assert len(calls) > 1
    assert "".join(map(spoken, calls)) == "na" * 700
    assert all(len(call.ids) <= LONGEST_IDS for call in calls)


def test_marks_alone_are_no_word() -> None:
    assert calls_of([PhonemeWord("ˈ", 0, ".", "en-US")], ()) == ()


def test_sounds_of_the_writer_that_the_model_lacks_are_an_error() -> None:
    spans = (SpokenSpan("Say ", "en-GB"), SpokenSpan("x", "en-GB", "ʘa"))
    with pytest.raises(EngineError, match="Kokoro has no sound for ʘ in /ʘa/; write it with other IPA symbols"):
        calls_of([PhonemeWord("seɪ", 0, " ", "en-GB"), PhonemeWord("ʘa", 4, "", "en-GB")], spans)
    assert spoken(calls_of([PhonemeWord("ʘa", 0, "", "en-GB")], spans)[0]) == "a"  # espeak-ng's own are left out


def test_letters_of_another_writing_system_are_an_error_unless_some_can_be_read() -> None:
    with pytest.raises(EngineError, match='Kokoro cannot read Chinese characters in en-US: "你好"; write them in Latin letters'):
        check_readable((SpokenSpan("你好", "en-US"),))
    check_readable((SpokenSpan("π and 你好", "en-US"),))
    check_readable((SpokenSpan("नमस्ते", "hi"),))
    check_readable((SpokenSpan("WhatsApp", "hi"),))
    check_readable((SpokenSpan("你好", "en-US", "niː haʊ"),))
    check_readable((SpokenSpan("123", "en-US"),))
