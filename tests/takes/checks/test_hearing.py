"""What a recognizer writes down, held against the words of a line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceover.takes import compare_heard
from voiceover.takes.checks.hearing import distance
from voiceover.types import SpokenSpan

LINE = "The farmer sold his last cow in the autumn of 1999."
SPOKEN = "The farmer sold his last cow in the autumn of nineteen ninety-nine."


def checks(*heard: str, spoken: str = SPOKEN, text: str = LINE, reference: str | None = None, language: str = "en") -> list[str]:
    found = compare_heard([SpokenSpan(spoken, language)], text, heard, reference)
    return [finding.check for finding in found.findings]


@pytest.mark.parametrize(
    "heard",
    [
        "The farmer sold his last cow in the autumn of 1999.",
        "the farmer sold his last cow, in the autumn of nineteen ninety nine",
        "The farmer sold his last cow in the Autumn of 1999!",
        "The farmer sold is last cow in the autumn of 1999.",
    ],
)
def test_what_is_written_in_another_way_is_no_error(heard: str) -> None:
    assert checks(heard) == []


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        (("The nurse gave him a glass of water and a blanket.",), ["words"]),
        (("The farmer sold his last cow.",), ["missing", "words"]),
        (("his last cow in the autumn of 1999.",), ["missing"]),
        (("The farmer sold sold his last cow in the autumn of 1999.",), ["doubled"]),
        (("The farmer sold his last cow his last cow in the autumn of 1999.",), ["doubled"]),
        (("The farmer sold his cow sold his last cow in the autumn of 1999.",), ["doubled"]),
        (("The farmer the farmer sold his last cow in the autumn of 1999.",), ["doubled"]),
        (("The farmer sold his last cow in the autumn of the 1999.",), []),
        (("The farmer sold an umbrella in the autumn of 1999.",), ["words"]),
        (("The farmer sold an umbrella in the autumn of 1999.", "The farmer so this last cow in the Autumn of 1999."), []),
        (("The farmer Sol does lost cows in the autumn of 1999.",), []),
        (("",), ["missing", "words"]),
        ((), ["missing", "words"]),
    ],
)
def test_wrong_missing_and_doubled_words_are_found(heard: tuple[str, ...], expected: list[str]) -> None:
    assert checks(*heard) == expected


def test_other_words_are_named_with_those_of_the_line() -> None:
    found = compare_heard([SpokenSpan(SPOKEN, "en")], LINE, ["The farmer sold an umbrella in the autumn of 1999."])
    assert [finding.message for finding in found.findings] == ['heard "an umbrella" instead of "his last cow"']


def test_of_two_attempts_the_better_one_counts_but_a_doubled_word_stands() -> None:
    assert checks("A fireman told a vast cowl in the altar.", SPOKEN) == []
    assert checks("The farmer sold sold his last cow in the autumn of 1999.", SPOKEN) == ["doubled"]


def test_words_that_the_line_has_twice_are_not_doubled() -> None:
    assert checks("He had had enough, very very much.", spoken="He had had enough, very very much.", text="") == []


def test_a_respelling_for_speech_may_be_heard_as_it_is_displayed() -> None:
    spoken, text = "Mister win lives in worster, near the docks.", "Mr. Nguyen lives in Worcester, near the docks."
    assert checks("Mr. Nguyen lives in Worcester near the docks.", spoken=spoken, text=text) == []
    assert checks("Mister win lives in Worster near the docks.", spoken=spoken, text=text) == []


def test_words_of_the_reference_clip_are_found_and_those_of_the_line_are_not() -> None:
    clip = "The heron stands where the boats used to lie."
    assert "reference" in checks(f"the boats used to lie. {SPOKEN}", reference=clip)
    assert checks(SPOKEN, reference=clip) == []
    same = "That is where the boats used to lie."
    assert checks(same, spoken=same, text=same, reference=clip) == []


def test_a_short_line_may_differ_by_a_few_letters() -> None:
    assert checks("Why note?", spoken="Why not?", text="Why not?") == []
    assert checks("Good evening, everybody.", spoken="Why not?", text="Why not?") == ["words"]


@pytest.mark.parametrize(
    ("line", "heard"),
    [
        ("Das kostet zwölf Euro und fünfzig Cent.", "das kostet 12 Euro und 50 Cent"),
        ("今日はとても寒いです。", "今日はとても寒いです"),
    ],
)
def test_other_languages_are_folded_too(line: str, heard: str) -> None:
    language = "de" if "Euro" in line else "ja"
    assert checks(heard, spoken=line, text=line, language=language) == []


def slow_distance(first: str, second: str) -> int:
    row = list(range(len(second) + 1))
    for count, one in enumerate(first, 1):
        before, row[0] = row[0], count
        for at, other in enumerate(second, 1):
            before, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, before + (one != other))
    return row[-1]


@given(st.text("abcd\U0001f600", max_size=12), st.text("abcd\U0001f600", max_size=12))
def test_the_distance_is_that_of_the_textbook(first: str, second: str) -> None:
    assert distance(first, second) == slow_distance(first, second)
