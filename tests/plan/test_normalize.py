"""Text for the ear, and the writer's lexicon over it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.plan.parts import DRAFT, line, only, plan_of, spoken, town
from voiceover.settings.problems import Problems
from voiceover.text.lexicon import Lexicon
from voiceover.text.normalize import shorten_url, spell_span
from voiceover.text.pieces import spoken_spans, tidy
from voiceover.types import Pronunciation, Settings, Severity, Span, SpokenSpan


@pytest.mark.parametrize(
    ("seen", "heard"),
    [
        ("It’s “quoted” — isn’t it…?", "It’s “quoted” — isn’t it…?"),
        (
            "Paid $3.50 at 10:30, 5% of 1,000 on 3/4.",
            "Paid three dollars and fifty cents at ten thirty, five percent of one thousand on three quarters.",
        ),
        ("cafe\u0301 and two\n\tlines", "caf\u00e9 and two lines"),
        ("co\u00adoperate\u200b and\ufeff go\x07", "cooperate and go"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("a\u200db", "ab"),
        ("10\u202f000 coins and 5\u00a0percent", "ten thousand coins and five percent"),
        ("\ufb01ne non\u2011stop", "fine non-stop"),
        ("Great \U0001f389! Next", "Great! Next"),
        ("I \u2764\ufe0f it", "I it"),
        ("Hello\U0001f600World\U0001f389, \U0001f600\U0001f389and go", "Hello World, and go"),
        ("Done.\U0001f600Next (\U0001f600so) हिन्दी\U0001f600है", "Done. Next (so) हिन्दी है"),
        (
            "Family \U0001f468\u200d\U0001f469\u200d\U0001f467 and \U0001f44d\U0001f3fd flag \U0001f1e9\U0001f1ea here",
            "Family and flag here",
        ),
        ("1\ufe0f\u20e3 one, F\u266f, \u00a9 2020, 20 \u00b0C", "one one, F\u266f, \u00a9 twenty twenty, twenty degrees Celsius"),
        ("No!!!!!! Wait.......", "No!!! Wait..."),
        ("See https://www.example.com/a/b?c=d.", "See example dot com."),
        ("See www.example.com/offer, now", "See example dot com slash offer, now"),
        ("(https://en.wikipedia.org/wiki/A_(b)) and more", "(en dot wikipedia dot org) and more"),
        ("请看https://example.com吧", "请看example dot com吧"),
        ("Write to me@www.example.com", "Write to me at W.W.W dot example dot com"),
        ("file_name and a * b", "file name and a * b"),
    ],
)
def test_spelled_for_the_ear(seen: str, heard: str) -> None:
    assert spoken(seen) == heard


@pytest.mark.parametrize(
    ("address", "short"),
    [
        ("http://localhost:8000/x", "localhost/x"),
        ("https://user:word@example.com/", "example.com"),
        ("https://example.com/free-trial", "example.com/free-trial"),
        ("https://example.com/x?y=1", "example.com"),
        ("https://example.com/p/123", "example.com"),
    ],
)
def test_addresses(address: str, short: str) -> None:
    assert shorten_url(address) == short


def test_a_picture_between_words_of_the_lexicon_parts_them() -> None:
    pieces = spell_span(Span("Nguyen\U0001f600Nguyen\U0001f600!"), "en", Lexicon({"Nguyen": "win"}))
    assert [span.text for span in spoken_spans(pieces)] == ["win win!"]


def test_the_reader_still_sees_what_was_typed() -> None:
    plan = plan_of(town("Great \U0001f389! See https://www.example.com/a/b, \ufb01ne."))
    assert only(plan).utterance.text == "Great \U0001f389! See https://www.example.com/a/b, \ufb01ne."


@pytest.mark.parametrize("text", ["\U0001f389", "...", "—", " ", "“”", "\u200b"])
def test_a_line_that_says_nothing_is_listed_and_left_out(text: str) -> None:
    problems = Problems()
    assert plan_of(town("One.", text), problems=problems).planned[1:] == ()
    assert [(p.severity, p.source.line) for p in problems.found] == [(Severity.UNSPOKEN, 2)]


@given(st.text(max_size=80))
def test_pieces_always_add_up_to_the_text(text: str) -> None:
    pieces = list(spell_span(Span(text), "en", Lexicon({"a": "b", "the end": "z", "0": "nought"})))
    assert "".join(piece.text for piece in pieces) == tidy(text)
    assert all(piece.whole or piece.text == piece.spoken for piece in pieces)


LEXICON = {
    "Nguyen": "win",
    "gif": "jif",
    "US": "U S",
    "US Army": "United States Army",
    "new york": "noo york",
    "C++": "see plus plus",
    "don't": "do not",
    "银行": "yin hang",
    "서울": "seoul",
}


@pytest.mark.parametrize(
    ("seen", "heard"),
    [
        ("Nguyen, NGUYEN and Nguyen's", "win, NGUYEN and win's"),
        ("GIF, Gif, gifs and a gif.", "jif, jif, gifs and a jif."),
        ("All of us in the US and the US Army.", "All of us in the U S and the United States Army."),
        ("New  York, NEW\nYORK, New Yorker, New-York", "noo york, noo york, New Yorker, New-York"),
        ("C++ and C+ and c++", "see plus plus and C+ and C plus plus"),
        ("I don’t and don't", "I do not and do not"),
        ("我去银行了", "我去yin hang了"),
        ("서울은 크다", "seoul은 크다"),
        ("gif-gif", "jif-jif"),
    ],
)
def test_lexicon(seen: str, heard: str) -> None:
    assert spoken(seen, lexicon=LEXICON) == heard


def test_an_indic_word_is_not_found_within_another() -> None:
    assert spoken("हिन्दी हिन", lexicon={"हिन": "x"}) == "हिन्दी x"


def test_the_lexicon_leaves_the_writers_own_spelling_alone() -> None:
    assert spoken(Span("Nguyen", say="a gif"), " and a gif", lexicon=LEXICON) == "a gif and a jif"


def test_the_lexicon_holds_in_foreign_spans_and_addresses() -> None:
    plan = plan_of(town(line("See ", Span("le gif", language="FR_ca"), " on https://gif.org/x/y"), settings=Settings(lexicon=LEXICON)))
    assert [(span.text, span.language) for span in only(plan).utterance.spans] == [
        ("See ", "en"),
        ("le jif", "fr-CA"),
        (" on jif.org", "en"),
    ]


PHONEMIC = replace(DRAFT, name="phonemic", speaks_phonemes=True)


def test_ipa_reaches_engines_that_speak_phonemes_in_spans_of_its_own() -> None:
    settings = Settings(lexicon={"gif": Pronunciation(ipa="d^ʒɪf"), "Ann": Pronunciation("Anne", "æn"), "tom": "thom"})
    script = town(line("A gif, ", Span("Nguyen", ipa="wɪn"), ", Ann and Tom."), settings=settings)
    said = only(plan_of(script, PHONEMIC)).utterance
    assert [(span.text, span.phonemes) for span in said.spans] == [
        ("A ", None),
        ("gif", "d^ʒɪf"),
        (", ", None),
        ("Nguyen", "wɪn"),
        (", ", None),
        ("Ann", "æn"),
        (" and thom.", None),
    ]
    assert said.text == "A gif, Nguyen, Ann and Tom."


def test_other_engines_speak_the_spelling_beside_the_ipa_or_the_word_as_written() -> None:
    settings = Settings(lexicon={"gif": Pronunciation(ipa="d^ʒɪf"), "Ann": Pronunciation("Anne", "æn"), "Bo": "beau"})
    script = town(line("A gif, a gif, ", Span("Nguyen", ipa="wɪn"), ", Ann and ", Span("Bo", ipa="boʊ"), "."), settings=settings)
    problems = Problems()
    assert only(plan_of(script, problems=problems)).utterance.spans == (SpokenSpan("A gif, a gif, Nguyen, Anne and beau.", "en"),)
    assert {(problem.severity, str(problem.source)) for problem in problems.found} == {(Severity.WARNING, "town.md:1:1")}
    assert [problem.message.partition("; ")[0] for problem in problems.found] == [
        'the engine draft does not speak IPA, so "gif" is read as written',
        'the engine draft does not speak IPA, so "Nguyen" is read as written',
    ]
    assert problems.found[1].message.endswith("give a spelling too: lexicon: {Nguyen: {say: ..., ipa: wɪn}}")


def test_signs_with_ipa_are_spoken() -> None:
    assert only(plan_of(town(line(Span("☃", ipa="snoʊmæn"))), PHONEMIC)).utterance.spans == (SpokenSpan("☃", "en", "snoʊmæn"),)
    assert plan_of(town(line(Span("☃", ipa="snoʊmæn")))).planned == ()
