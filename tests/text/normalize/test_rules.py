"""Words for the ear: the cases of each language, and what holds of any text."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.text.normalize.cases import CASES, cases_of
from voiceover.text.lexicon import Lexicon
from voiceover.text.normalize import LANGUAGES, has_rules, spell_span, spell_text
from voiceover.text.normalize.languages import rules_of
from voiceover.text.pieces import spoken_spans, tidy
from voiceover.types import Span

TAGS = {"en": "en-US"}
FOLDERS = sorted(path.name for path in CASES.iterdir())
AT_LEAST = {"en": 400, "ja": 20, "zh": 20}
WORDS = (
    "Bo",
    "read",
    "5",
    "$3",
    "no.",
    "km",
    "NASA",
    "1999",
    "x",
    "=",
    "10:30",
    "and,",
    "café.",
    "Dr.",
    "Hill",
    "12%",
    "a_b",
    "e.g.",
    "THE",
)


def said(text: str, language: str = "en-US") -> str:
    return "".join(span.text for span in spoken_spans(spell_text(text, language)))


def all_cases() -> Iterator[tuple[str, str, str, str]]:
    for folder in FOLDERS:
        for place, displayed, spoken in cases_of(folder):
            yield folder, place, displayed, spoken


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_case_is_spoken_as_written_by_hand(folder: str) -> None:
    language = TAGS.get(folder, folder)
    wrong = [
        (place, said(displayed, language), spoken) for place, displayed, spoken in cases_of(folder) if said(displayed, language) != spoken
    ]
    assert wrong == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_is_spoken_is_not_spelled_again(folder: str) -> None:
    language = TAGS.get(folder, folder)
    changed = [(spoken, said(spoken, language)) for _, _, spoken in cases_of(folder) if said(spoken, language) != spoken]
    assert changed == []


def test_each_language_has_its_cases() -> None:
    assert {folder.partition("-")[0] for folder in FOLDERS} == set(LANGUAGES)
    for folder in LANGUAGES:
        assert len(list(cases_of(folder))) >= AT_LEAST.get(folder, 40), folder
    sentences = [place for place, _, _ in cases_of("en") if place.startswith("sentences")]
    assert len(sentences) >= 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_rule_has_a_case(language: str) -> None:
    tested = set()
    for folder in (folder for folder in FOLDERS if folder.partition("-")[0] == language):
        for _, displayed, _ in cases_of(folder):
            tested |= {piece.rule for piece in spell_text(displayed, TAGS.get(folder, folder))}
            tested |= {piece.rule for piece in spell_span(Span(displayed), TAGS.get(folder, folder), Lexicon({}), phonemes=True)}
    assert {rule.name for rule in rules_of(language)} - tested == set()


@given(st.text(alphabet=st.sampled_from("aeKMxI .,:/-–#@_()%$€£°²½’'\"+=<>αש😀0123456789\u00a0"), max_size=60), st.sampled_from(LANGUAGES))
def test_nothing_displayed_is_lost_and_no_digit_is_left(text: str, language: str) -> None:
    pieces = spell_text(text, language)
    assert "".join(piece.text for piece in pieces) == tidy(text)
    assert all(piece.whole or piece.text == piece.spoken for piece in pieces)
    assert not any(character in "0123456789" for piece in pieces for character in piece.spoken)


@given(st.lists(st.sampled_from(WORDS), max_size=12))
def test_no_word_is_lost(words: list[str]) -> None:
    spoken = said(" ".join(words)).casefold()
    for word in ("bo", "hill", "nasa", "café"):
        assert spoken.count(word) >= sum(word in one.casefold() for one in words)


HARD = {
    "letters": "a" * 100_000,
    "capitals": "A" * 100_000,
    "digits": "1" * 50_000,
    "ones": "1," * 50_000,
    "dots": "1." * 50_000,
    "dotted letters": "a." * 50_000,
    "dashes": "-" * 100_000,
    "ranges": "1-" * 50_000,
    "slashes": "a/" * 50_000,
    "underscores": "a_" * 50_000,
    "signs": "$" * 100_000,
    "spaces": " " * 100_000,
    "times": "1:" * 50_000,
    "quotes": "'" * 100_000,
    "at": "a@" * 50_000,
    "brackets": "O(" * 50_000,
    "months": "May 1 " * 10_000,
    "romans": "I" * 100_000,
    "money": "$1 " * 20_000,
    "hex": "a1" * 50_000,
    "powers": "2^" * 50_000,
}


@pytest.mark.parametrize("name", HARD)
def test_hard_text_takes_time_in_proportion(name: str) -> None:
    start = time.process_time()
    pieces = spell_text(HARD[name], "en-US")
    assert time.process_time() - start < 10.0  # a search that tries everything twice would take minutes
    assert "".join(piece.text for piece in pieces) == tidy(HARD[name])


@pytest.mark.parametrize("text", ["a", "5", "$", "😀", "שלום", "٣", "", " ", ".", "م 5 م"])
def test_tiny_and_foreign_text(text: str) -> None:
    assert "".join(piece.text for piece in spell_text(text, "en")) == tidy(text)


def test_right_to_left_words_stay_where_they_are() -> None:
    assert said("The word שלום means peace, 5 times.") == "The word שלום means peace, five times."


def test_a_language_without_rules_is_passed_through() -> None:
    assert not has_rules("sw")
    assert said("Nina umri wa miaka 5, 😀 sawa.", "sw") == "Nina umri wa miaka 5, sawa."


def test_other_languages_load_no_english_rules() -> None:
    code = (
        "import sys; from voiceover.text.normalize import spell_text; spell_text('Es sind 5 Tage.', 'sw');"
        "print([name for name in sys.modules if 'normalize.en' in name or 'rbnf' in name])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_the_lexicon_is_looked_up_before_the_rules_and_once() -> None:
    lexicon = Lexicon({"SQL": "sequel 5", "$5": "a fiver", "sequel": "x"})
    pieces = list(spell_span(Span("SQL costs $5 or $6."), "en", lexicon))
    assert "".join(piece.spoken for piece in pieces) == "sequel 5 costs a fiver or six dollars."
    assert [piece.rule for piece in pieces if piece.rule] == ["lexicon", "lexicon", "money"]


def test_british_english_counts_and_dates_its_way() -> None:
    assert said("105 on 04/07/2024", "en-GB") == "one hundred and five on the fourth of July, twenty twenty-four"


def test_a_word_that_only_its_sounds_tell_apart_is_given_in_ipa() -> None:
    spans = spoken_spans(spell_span(Span("They play live music."), "en-US", Lexicon({}), phonemes=True))
    assert [(span.text, span.phonemes) for span in spans] == [("They play ", None), ("live", "lˈaɪv"), (" music.", None)]
