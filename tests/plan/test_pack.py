"""Sentences in utterances: about ten seconds, by their own segment alone, and undisturbed by what comes later."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.plan.parts import CLIP, CLONER, DRAFT, faster, line, plan_of, texts, town
from voiceover.plan.pace import Pace, longest_seconds, pace_of
from voiceover.plan.pack import FULL_SECONDS, TARGET_SECONDS, Sentence, pack
from voiceover.text.pieces import SpelledSpan
from voiceover.types import Chapter, EngineInfo, Pause, Scene, Source

HERE = Source("town.md")


def packed(*seconds: float, longest: float = 20.0) -> list[list[float]]:
    """Sentences of so many seconds, as they were packed."""
    sentences = [Sentence((SpelledSpan(str(length), str(length), "en"),), length, True) for length in seconds]
    return [[float(piece.text) for piece in part] for part in pack(sentences, longest)]


def test_sentences_are_packed_to_about_ten_seconds() -> None:
    assert packed(4, 4, 4, 4, 4) == [[4, 4], [4, 4], [4]]
    assert packed(11, 3) == [[11], [3]]


def test_a_very_short_sentence_joins_what_is_before_it() -> None:
    assert packed(5, 5, 1, 4) == [[5, 5, 1], [4]]
    assert packed(18, 1) == [[18, 1]]
    assert packed(1, 11) == [[1, 11]]


def test_but_not_past_the_window_nor_without_end() -> None:
    assert packed(9.5, 1, longest=10) == [[9.5], [1]]
    assert all(sum(part) <= FULL_SECONDS for part in packed(*[1.0] * 60))


@given(st.lists(st.floats(0.1, 30), min_size=1, max_size=40), st.lists(st.floats(0.1, 30), max_size=10), st.floats(3, 40))
def test_what_comes_later_leaves_earlier_utterances_alone(kept: list[float], edited: list[float], longest: float) -> None:
    before, after = packed(*kept, longest=longest), packed(*kept, *edited, longest=longest)
    assert before[:-1] == after[: len(before) - 1]
    assert [length for part in after for length in part] == [*kept, *edited]


@given(st.lists(st.floats(0.1, 30), min_size=1, max_size=40), st.floats(3, 40))
def test_an_utterance_is_within_the_window_unless_one_sentence_is_not(seconds: list[float], longest: float) -> None:
    for part in packed(*seconds, longest=longest):
        assert len(part) == 1 or sum(part) <= max(min(longest, max(FULL_SECONDS, part[0] + 1.5)), TARGET_SECONDS if longest > 10 else 0)


def test_what_says_nothing_joins_a_neighbour_and_alone_is_nothing() -> None:
    dots, word = Sentence((SpelledSpan("...", "...", "en"),), 20.0, False), Sentence((SpelledSpan("go", "go", "en"),), 9.0, True)
    assert pack([dots, dots], 20.0) == []
    assert pack([dots, word, dots, word], 20.0) == [dots.pieces + word.pieces + dots.pieces, word.pieces]


@pytest.mark.parametrize("between", [None, Pause(1.0, HERE), Scene(HERE), Chapter("Two", HERE)])
def test_nothing_is_packed_across_segments(between: Pause | Scene | Chapter | None) -> None:
    items = [line("One."), *([between] if between else []), line("Two.")]
    plan = plan_of(town(*items))
    assert texts(plan) == ["One.", "Two."]
    assert [item for item in plan.items if item in items] == ([between] if between else [])


def test_an_edit_records_at_most_the_rest_of_its_paragraph() -> None:
    paragraph = [f"Here is sentence number {number}, which takes some seconds to say." for number in range(1, 9)]
    edited = [*paragraph[:5], "This one is quite another.", *paragraph[6:]]
    old = plan_of(town("Before.", " ".join(paragraph), "After."))
    new = plan_of(town("Before.", " ".join(edited), "After."))
    before, after = ([planned.utterance.address for planned in plan.planned] for plan in (old, new))
    untouched = next(number for number, text in enumerate(texts(old)) if "number 6" in text)
    assert untouched >= 2
    assert before[:untouched] == after[:untouched]
    assert before[-1] == after[-1]
    assert before[untouched] != after[untouched]


def test_a_line_on_top_changes_no_other() -> None:
    lines = ["First line of it.", "Second line of it.", "Third line of it."]
    old, new = plan_of(town(*lines)), plan_of(town("A new one.", *lines))
    assert [p.utterance.address for p in old.planned] == [p.utterance.address for p in new.planned][1:]


def test_pace_of_a_voice_is_that_of_its_clip_where_the_engine_hears_it() -> None:
    slow = replace(CLIP, seconds=10.0)
    assert pace_of(slow, 1.0, CLONER).seconds("x" * 75) == pytest.approx(10.0)
    assert pace_of(slow, 2.0, CLONER).seconds("x" * 75) == pytest.approx(5.0)
    assert pace_of(slow, 1.0, CLONER).seconds("你" * 25) == pytest.approx(10.0)
    assert pace_of(slow, 1.0, DRAFT) == pace_of(CLIP, 1.0, DRAFT) == pace_of(None, 1.0, CLONER) == Pace()


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("The quick brown fox jumps over the lazy dog near the river bank today, as it does.", 4.5, 7.0),
        ("吾輩は猫である。名前はまだ無い。", 2.0, 3.5),
        ("今天天气很好，我们去公园散步吧。", 2.8, 4.0),
        ("1984", 0.8, 1.6),
        ("", 0.0, 0.0),
    ],
)
def test_a_guessed_pace_is_that_of_plain_speech(text: str, low: float, high: float) -> None:
    assert low <= Pace().seconds(text) <= high
    assert sum(Pace().each(text)) == pytest.approx(Pace().seconds(text))
    assert Pace(speed=2.0).seconds(text) == pytest.approx(Pace().seconds(text) / 2)


def test_room_in_the_window() -> None:
    assert longest_seconds(CLIP, CLONER) == 30 - 5 - 1
    assert longest_seconds(None, DRAFT) <= DRAFT.window_seconds
    assert longest_seconds(replace(CLIP, seconds=40.0), CLONER) > 0


def test_a_slower_voice_gets_fewer_words_an_utterance() -> None:
    text = "A short sentence of some words. " * 10
    normal = plan_of(town(line(text)))
    slow = plan_of(town(line(text, options=faster(0.5))))
    assert len(slow.planned) > len(normal.planned)


PROSE = st.lists(
    st.sampled_from(
        [
            "Yes.",
            "Dr. Smith paid $3.50 at 10:30 a.m. in the U.S. today.",
            "He said: “Go now!” and left, then came back, and slept.",
            "word " * 70 + "end.",
            "Wait… what?",
            "你好。我们走吧。",
            "\U0001f389",
            " — ",
        ]
    ),
    max_size=10,
)


@given(PROSE, PROSE, st.sampled_from([DRAFT, CLONER]))
def test_what_is_written_on_leaves_all_but_the_last_utterance_alone(written: list[str], added: list[str], engine: EngineInfo) -> None:
    before, after = texts(plan_of(town(" ".join(written)), engine)), texts(plan_of(town(" ".join(written + added)), engine))
    finished = before[:-1]
    assert after[: len(finished)] == finished
