"""Words in, words out: nothing is dropped, nothing is cut in two, sentences end where a reader ends them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.plan.parts import ADA, CLIP, CLONER, line, plan_of, texts, town
from voiceover.plan.cut import cut_sentence
from voiceover.plan.pace import Pace
from voiceover.text.pieces import SpelledSpan
from voiceover.text.sentences import sentence_starts
from voiceover.types import Span

DICKENS = (
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, it was the epoch of "
    "belief, it was the epoch of incredulity, it was the season of Light, it was the season of Darkness, it was the spring of hope, it was "
    "the winter of despair, we had everything before us, we had nothing before us, we were all going direct to Heaven"
)
BREATHLESS = (
    "When the sun had gone down behind the hills and the last of the carts had rolled across the old stone bridge the two travellers "
    "who had walked since before dawn sat down beside the road and opened the small leather bag in which they carried all the bread and "
    "cheese that was left to them and they ate without a word because there was nothing to say about a day that had gone so badly from "
    "its first hour to its last"
)


def sentences(text: str, language: str = "en") -> list[str]:
    bounds = [0, *sentence_starts(text, language), len(text)]
    return [text[start:end].strip() for start, end in pairwise(bounds)]


def parts(text: str, longest: float, language: str = "en") -> list[str]:
    return ["".join(piece.text for piece in part) for part in cut_sentence([SpelledSpan(text, text, language)], Pace(), longest)]


@pytest.mark.parametrize(
    ("language", "wanted"),
    [
        ("en", ["Dr. Smith paid $3.50 at 10:30 a.m. in the U.S. today"]),
        ("en", ["Dr. Smith paid $3.50 at 10:30 a.m. in the U.S. today.", "He left."]),
        ("en", ["“Go!” he cried.", "“Why… what?”", "She left...", "Then nothing"]),
        ("en", ['"Where are you going?" asked Mr. Fox.', '"Home!" she cried, "and fast."']),
        ("en", ["Three.Four.", "Use v2.Alpha now.", "See example.Com."]),
        ("en", ["So did I.", "Then we left."]),
        ("fr", ["M. Dupont est parti.", "Durand aussi !", "Quoi ?"]),
        ("de", ["Dr. Müller kam am 3. Mai.", "Er sagte: „Hallo.“"]),
        ("ko", ["안녕하세요.", "저는 학생입니다."]),
        ("en-GB", ["Mr. Fox ran.", "Mrs. Fox did not."]),
        ("und", ["One here.", "Two here."]),
    ],
)
def test_sentences(language: str, wanted: list[str]) -> None:
    assert sentences(" ".join(wanted), language) == wanted


@pytest.mark.parametrize(
    ("language", "wanted"),
    [
        ("zh", ["你好。", "“我是小明！”", "你呢？", "对"]),
        ("ja", ["吾輩は猫である。", "「そうか。」", "と彼は言った。", "どこ？"]),
        ("en", ["你好。", "再见。"]),
    ],
)
def test_sentences_without_spaces(language: str, wanted: list[str]) -> None:
    assert sentences("".join(wanted), language) == wanted


def test_a_paragraph_longer_than_one_call_of_the_splitter() -> None:
    one = "Dr. Smith paid $3.50 for number {} in the U.S. market."
    wanted = [one.format(number) for number in range(400)]
    assert sentences(" ".join(wanted)) == wanted


def test_a_long_sentence_is_cut_at_its_commas_into_even_parts() -> None:
    assert len(DICKENS) > 350
    found = parts(DICKENS, 20.0)
    assert "".join(found) == DICKENS
    assert all(part.rstrip().endswith(",") for part in found[:-1])
    lengths = [len(part) for part in found]
    assert max(lengths) < 2 * min(lengths)


def test_a_sentence_without_any_mark_is_cut_where_a_reader_would_breathe() -> None:
    assert len(BREATHLESS) > 400
    found = parts(BREATHLESS, 20.0)
    assert "".join(found) == BREATHLESS
    assert len(found) == 2
    assert found[1].split()[0] in {"and", "who", "that", "because", "when"}


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("one two three four five; six seven eight, nine ten", ";"),
        ("one two three four five six, seven eight nine ten", ","),
        ("one two three four (five six) seven eight nine ten", ")"),
        ("one two three four five six — seven eight nine ten", "—"),
        ("one two three four. five six seven eight nine ten", "."),
        ("one two, or three four five six: seven eight nine ten", ":"),
        ("one two three four” five six seven eight nine ten", "”"),
    ],
)
def test_the_better_mark_wins_over_the_even_space(better: str, worse: str) -> None:
    first, *rest = parts(better, 2.5)
    assert rest
    assert first.rstrip().endswith(worse)


def test_no_cut_between_an_abbreviation_and_its_name() -> None:
    for shift in range(12):
        text = "a" * shift + " and we saw with Dr. Smith and Mr. Jones and Prof. Brown and Mrs. Bell and St. James of 10 000 000 coins"
        for part in parts(text.strip(), 2.0):
            assert part.rstrip().rsplit(" ", 1)[-1] not in {"Dr.", "Mr.", "Prof.", "Mrs.", "St.", "10"}, part


ONE_BYTE_A_SECOND = Pace(bytes_per_second=1.0)


def timed(text: str, longest: float) -> list[str]:
    return ["".join(piece.text for piece in part) for part in cut_sentence([SpelledSpan(text, text, "en")], ONE_BYTE_A_SECOND, longest)]


def test_a_sentence_that_just_fits_is_whole() -> None:
    """One without a pause may take as long as an engine's window, one with a pause fifteen seconds."""
    assert timed("one two three four f", 20.0) == ["one two three four f"]
    assert len(timed("one two three four fi", 20.0)) == 2
    assert timed("one, two, three", 20.0) == ["one, two, three"]
    assert timed("one, two, three,", 20.0) == ["one, two, ", "three,"]
    assert timed("one, two, three, f", 20.0) == ["one, two, ", "three, f"]


def test_a_word_too_long_is_cut_at_a_sign_of_its_second_half() -> None:
    word = "x" * 40 + "-" + "y" * 59
    assert timed(word, 60.0)[0] == "x" * 40 + "-"
    assert timed("x" * 20 + "-" + "y" * 79, 60.0)[0] == "x" * 20 + "-" + "y" * 39
    assert "".join(timed(word, 7.0)) == word
    # Before it is cut itself, it is parted from what stands before it, be that one character.
    assert timed("猫" + "x" * 30, 31.0) == ["猫", "x" * 30]


@pytest.mark.parametrize("number", ["5 000 000", "10 000", "5\u00a0000", "7\u202f000", "3 4"])
def test_no_cut_within_a_number(number: str) -> None:
    for shift in range(14):
        text = "a" * shift + f" and we saw {number} of them and {number} of those and {number} in all, {number} coins"
        found = timed(text.strip(), 17.0)
        assert "".join(found) == text.strip()
        assert len(found) > 3
        for before, after in pairwise(found):
            assert not (before.rstrip()[-1].isdigit() and after[0].isdigit()), (before, after)


def test_short_sentences_are_left_alone() -> None:
    assert parts("One, two; three.", 20.0) == ["One, two; three."]


def test_text_without_spaces_is_cut_between_characters_never_before_a_small_one() -> None:
    text = "ちょっとまってください" * 20
    found = parts(text, 5.0, "ja")
    assert "".join(found) == text
    assert len(found) > 5
    assert not {part[0] for part in found} & set("ょっーゃ。、")


def test_thai_vowels_stay_with_their_consonants() -> None:
    text = "ภาษาไทยเป็นภาษาที่มีระดับเสียงของคำแน่นอน" * 8
    found = parts(text, 4.0, "th")
    assert "".join(found) == text
    assert len(found) > 4
    assert not any(part[0] in "าิีึืุู็่้๊๋์ะำ" or part[-1] in "เแโใไ" for part in found[:-1])


THAI_FIRST = "เแโใไ"
"""Vowels that are written before their consonant."""
THAI_AFTER = "ะาำๅๆ" + "ัิีึืฺุู็่้๊๋์ํ๎"
"""Signs that are written after or above it."""


@pytest.mark.parametrize(
    "text",
    [
        "ภาษาไทยเป็นภาษาที่มีระดับเสียงของคำแน่นอน",
        "เขาไปโรงเรียนแต่เช้าใครก็ไม่เห็นเธอเดินเข้าไปในแม่น้ำ",
        "โอ้แม่เจ้าไม่เคยเห็นอะไรแบบนี้เลยใช่ไหม",
        "ะาแเโใไกก",
    ],
)
@pytest.mark.parametrize("longest", [1.5, 2.0, 2.7, 4.0, 9.0])
def test_thai_vowels_stay_with_their_consonants_at_any_length(text: str, longest: float) -> None:
    for shift in range(4):
        typed = "ก" * shift + text * 20
        found = parts(typed, longest, "th")
        assert "".join(found) == typed
        assert len(found) > 1
        for before, after in pairwise(found):
            assert before[-1] not in THAI_FIRST, (before[-4:], after[:4])
            assert after[0] not in THAI_AFTER, (before[-4:], after[:4])


@pytest.mark.parametrize("longest", [4.0, 5.0, 6.3, 8.0, 10.0])
@pytest.mark.parametrize("said", ["ein sehr langer Name", "ein Name, der nicht endet; und noch"])
def test_a_whole_piece_is_in_one_part_and_the_text_around_it_is_cut_as_ever(longest: float, said: str) -> None:
    plain = "and then we saw it again while they were out, "
    for before in range(5):
        for name in ("so, long name", "x" * 30, "some; name — with: marks, in it. And more"):
            pieces = [
                SpelledSpan(plain * before, plain * before, "en"),
                SpelledSpan(name, said, "de", whole=True),
                SpelledSpan(" " + plain * 3, " " + plain * 3, "en"),
            ]
            found = cut_sentence(pieces, Pace(), longest)
            assert "".join(piece.text for part in found for piece in part) == plain * before + name + " " + plain * 3
            assert [piece for part in found for piece in part if piece.whole] == [pieces[1]]
            assert all(sum(Pace().seconds(piece.spoken) for piece in part) <= longest * 1.001 for part in found)
            # No word is cut, on either side of it.
            assert {word for part in found for piece in part if not piece.whole for word in piece.text.split()} <= set(plain.split())


def test_a_whole_piece_longer_than_a_part_is_not_cut() -> None:
    pieces = [
        SpelledSpan("we saw ", "we saw ", "en"),
        SpelledSpan("it, all of it", "word, " * 60, "en", whole=True),
        SpelledSpan(" and that was that", " and that was that", "en"),
    ]
    found = cut_sentence(pieces, Pace(), 5.0)
    assert ["".join(piece.text for piece in part) for part in found if pieces[1] in part] in (
        ["it, all of it"],
        ["it, all of it "],
        ["we saw it, all of it"],
    )


def test_a_word_is_cut_only_where_it_alone_is_too_long() -> None:
    found = parts("so " + "x" * 500 + " it is", 10.0)
    assert "".join(found) == "so " + "x" * 500 + " it is"
    assert all(Pace().seconds(part) <= 10.0 for part in found)
    assert "it is" in found[-1]


@given(st.lists(st.text("abc,;:.—-\"')(é", min_size=1, max_size=12), min_size=1, max_size=80), st.floats(1.5, 30))
def test_words_in_are_words_out(words: list[str], longest: float) -> None:
    # a word that is too long by itself may have to be cut
    assume(all(len(parts(word, longest)) == 1 for word in words))
    text = " ".join(words)
    found = parts(text, longest)
    assert "".join(found) == text
    # a dash without spaces is a place to breathe too
    assert [word for part in found for word in part.replace("—", "— ").split()] == text.replace("—", "— ").split()
    assert all(Pace().seconds(part) <= longest * 1.001 for part in found)


@given(st.text("ab .!?,…。、你好「」\n\u00a0猫", max_size=300))
@settings(max_examples=200)
def test_every_character_of_a_line_is_in_its_utterances(text: str) -> None:
    found = texts(plan_of(town(text), CLONER))
    if found:
        assert "".join("".join(found).split()) == "".join(text.split())
    else:
        assert not any(character.isalnum() for character in text)


@given(st.lists(st.sampled_from(["Hello", "Dr. Smith,", "no.", "well —", "so;", "you?", "10:30", "U.S."]), min_size=1, max_size=120))
def test_every_word_of_a_line_is_in_its_utterances(words: list[str]) -> None:
    assert " ".join(texts(plan_of(town(" ".join(words)), CLONER))).split() == " ".join(words).split()


def test_a_tail_without_punctuation_is_spoken() -> None:
    assert texts(plan_of(town("Hello there. This tail has no stop"))) == ["Hello there. This tail has no stop"]


def test_the_writers_own_spelling_is_never_cut_and_keeps_its_language() -> None:
    name = Span("the long name", say="ein sehr langer Name, der nicht endet, und noch mehr", language="de")
    words = "and then we saw it again while they were out, "
    plan = plan_of(town(line(words * 4, name, ", " + words * 4, name, " " + words * 4)), CLONER)
    assert len(plan.planned) > 2
    german = [span.text.strip() for planned in plan.planned for span in planned.utterance.spans if span.language == "de"]
    assert german == [name.say, name.say]


def test_a_foreign_span_is_cut_like_any_other_and_stays_foreign() -> None:
    text = "voilà une phrase très longue, "
    plan = plan_of(town(line("He said: ", Span(text * 20, language="fr"))), CLONER)
    languages = [[span.language for span in planned.utterance.spans] for planned in plan.planned]
    assert languages[0] == ["en", "fr"]
    assert len(languages) > 2
    assert all(found == ["fr"] for found in languages[1:])


def test_no_utterance_is_longer_than_the_window_beside_the_clip() -> None:
    room = CLONER.window_seconds - CLIP.seconds - 1
    plan = plan_of(town(BREATHLESS, DICKENS, "word " * 300, "长" * 900), CLONER)
    assert ADA.styles[""].clip is CLIP
    assert all(planned.utterance.estimate_seconds <= room for planned in plan.planned)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Then came Ms. Hill. She sat.", ["Then came Ms. Hill.", "She sat."]),
        (
            "There were approx. 12 of them, see Vol. 3 and figs. 4 and 5. Yes.",
            ["There were approx. 12 of them, see Vol. 3 and figs. 4 and 5.", "Yes."],
        ),
        ("We met on Mon. and on Tues. in town. Good.", ["We met on Mon. and on Tues. in town.", "Good."]),
        ("we sat. then we ate. it was good.", ["we sat.", "then we ate.", "it was good."]),
        (
            "I called Ed. 12 of them came. I saw Max. then Sun. came.",
            ["I called Ed.", "12 of them came.", "I saw Max.", "then Sun.", "came."],
        ),
        ("Is it over? yes. It is.", ["Is it over?", "yes.", "It is."]),
        ("Turn up the volume. 12 is enough.", ["Turn up the volume.", "12 is enough."]),
    ],
)
def test_abbreviations_end_no_sentence(text: str, sentences: list[str]) -> None:
    starts = [0, *sentence_starts(text, "en"), len(text)]
    assert [text[begin:end].strip() for begin, end in pairwise(starts)] == sentences


@pytest.mark.parametrize(
    ("before", "between", "tied"),
    [(50, 40, True), (50, 36, True), (50, 33, False), (50, 24, False)],
)
def test_a_tied_place_is_worth_a_part_of_almost_the_whole_length(before: int, between: int, tied: bool) -> None:
    """A number may be cut between its parts at the middle if the next space is at nine tenths, where the rest is hardly a part."""
    text = "x" * before + "\u00a0" + "x" * between + " " + "x" * (98 - before - between)
    assert len(text) == 100
    first = parts(text, 0.98 * Pace().seconds(text))[0]
    assert len(first) == (before + 1 if tied else before + between + 2)
