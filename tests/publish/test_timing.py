"""When words are heard: at the engine's marks, at the silences of the take, or in proportion to the text."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.publish.parts import placed, timeline, utterance
from voiceover.publish import word_times
from voiceover.publish.caption_files import SRT_LAYOUT, WEBVTT_LAYOUT
from voiceover.publish.captions import captions
from voiceover.publish.lines import Layout
from voiceover.publish.tags import one_line
from voiceover.types import Mark, Placed, SpokenSpan

RATE = 1000
"""So that frames are milliseconds."""


def said(
    text: str, spoken: str | None = None, language: str = "en", *, seconds: float = 10.0, start: float = 0.0, edge: float = 0.0
) -> Placed:
    line = replace(utterance(text), spans=(SpokenSpan(text if spoken is None else spoken, language),))
    return placed(line, start, seconds, RATE, edge)


def with_marks(entry: Placed, *marks: tuple[str, int]) -> Placed:
    """Mark words of the spoken text, found from left to right, at frames of the take."""
    found, at = [], 0
    for word, frame in marks:
        at = entry.utterance.spoken.index(word, at)
        found.append(Mark(at, frame))
        at += len(word)
    return replace(entry, take=replace(entry.take, marks=tuple(found)))


def with_silences(entry: Placed, *silences: tuple[int, int]) -> Placed:
    return replace(entry, take=replace(entry.take, silences=silences))


def heard(entry: Placed) -> list[tuple[str, float]]:
    """The displayed words with their times."""
    text = one_line(entry.utterance.text)
    return [(text[at:].split()[0], seconds) for at, seconds in word_times(entry, RATE)]


def test_words_are_heard_at_their_marks() -> None:
    entry = with_marks(said("Hush, said the cat.", start=20.0, edge=0.1), ("Hush", 150), ("said", 2000), ("the", 2900), ("cat", 3000))
    assert heard(entry) == [("Hush,", 20.05), ("said", 21.9), ("the", 22.8), ("cat.", 22.9)]


def test_a_trimmed_take_is_heard_earlier() -> None:
    entry = with_marks(said("Hush, cat.", edge=0.1), ("Hush", 100), ("cat", 600))
    trimmed = replace(entry, take_start=40, start_frame=5000)
    assert heard(trimmed) == [("Hush,", 5.06), ("cat.", 5.56)]


@pytest.mark.parametrize(
    ("text", "spoken", "language", "marks", "expected"),
    [
        (
            "It cost $5 in 1999, no more.",
            "It cost five dollars in nineteen ninety-nine, no more.",
            "en",
            [("It", 0), ("cost", 200), ("five", 700), ("dollars", 900), ("in", 1500), ("nineteen", 1700), ("ninety", 2300), ("no", 4000)],
            [("It", 0.0), ("cost", 0.2), ("$5", 0.7), ("in", 1.5), ("1999,", 1.7), ("no", 4.0), ("more.", 4.0 + 6.0 * 3 / 8)],
        ),
        (
            "See https://example.com/a/very/long-path.html now.",
            "See example.com now.",
            "en",
            [("See", 0), ("example", 500), ("now", 3000)],
            [("See", 0.0), ("https://example.com/a/very/long-path.html", 0.5), ("now.", 3.0)],
        ),
        (
            "“Dr. Nguyen,” she said, “left.”",
            "“doctor win,” she said, “left.”",
            "en",
            [("doctor", 100), ("win", 1500), ("she", 4000), ("said", 4400), ("left", 7000)],
            [("“Dr.", 0.1), ("Nguyen,”", 1.5), ("she", 4.0), ("said,", 4.4), ("“left.”", 7.0)],
        ),
        (
            "Great 🎉! Go on.",
            "Great! Go on.",
            "en",
            [("Great", 0), ("Go", 3000), ("on", 5000)],
            [("Great", 0.0), ("Go", 3.0), ("on.", 5.0)],
        ),
        (
            "Am 3. Mai kam er.",
            "Am dritten Mai kam er.",
            "de",
            [("Am", 0), ("dritten", 800), ("Mai", 2000), ("kam", 5000), ("er", 6000)],
            [("Am", 0.0), ("3.", 0.8), ("Mai", 2.0), ("kam", 5.0), ("er.", 6.0)],
        ),
        (
            "Il dit : « Oui, merci. » Puis rien.",
            "Il dit : « Oui, merci. » Puis rien.",
            "fr",
            [("Il", 0), ("dit", 300), ("Oui", 2500), ("merci", 3500), ("Puis", 7000), ("rien", 7500)],
            [("Il", 0.0), ("dit", 0.3), ("Oui,", 2.5), ("merci.", 3.5), ("Puis", 7.0), ("rien.", 7.5)],
        ),
        (
            "¿Vienes? ¡Sí, ya voy!",
            "¿Vienes? ¡Sí, ya voy!",
            "es",
            [("Vienes", 0), ("Sí", 4000), ("ya", 6000), ("voy", 6500)],
            [("¿Vienes?", 0.0), ("¡Sí,", 4.0), ("ya", 6.0), ("voy!", 6.5)],
        ),
        (
            "قال: 5 فئران، ثم سكت.",
            "قال: خمسة فئران، ثم سكت.",
            "ar",
            [("قال", 0), ("خمسة", 2000), ("فئران", 3000), ("ثم", 6000), ("سكت", 7000)],
            [("قال:", 0.0), ("5", 2.0), ("فئران،", 3.0), ("ثم", 6.0), ("سكت.", 7.0)],
        ),
        ("שלום, עולם.", "שלום, עולם.", "he", [("שלום", 0), ("עולם", 6000)], [("שלום,", 0.0), ("עולם.", 6.0)]),
        ("चूहा भागा। वह डर गया।", "चूहा भागा। वह डर गया।", "hi", [("चूहा", 0), ("भागा", 900), ("वह", 5000), ("डर", 5500), ("गया", 6000)],
         [("चूहा", 0.0), ("भागा।", 0.9), ("वह", 5.0), ("डर", 5.5), ("गया।", 6.0)]),
    ],
)  # fmt: skip
def test_what_is_displayed_differs_from_what_is_spoken(
    text: str, spoken: str, language: str, marks: list[tuple[str, int]], expected: list[tuple[str, float]]
) -> None:
    assert heard(with_marks(said(text, spoken, language), *marks)) == expected


def test_chinese_has_a_time_for_each_character() -> None:
    text = "老鼠来了，他们吃饭。"
    entry = with_marks(said(text, language="zh"), ("老鼠", 0), ("来", 1000), ("了", 1400), ("他们", 4000), ("吃饭", 6000))
    times = dict(word_times(entry, RATE))
    assert [text[at] for at in times] == list("老鼠来了他们吃饭")
    assert [times[text.index(sign)] for sign in "老鼠来了他们吃"] == [0.0, 0.5, 1.0, 1.4, 4.0, 5.0, 6.0]


def test_a_respelled_word_moves_no_other_character_in_chinese() -> None:
    entry = with_marks(
        said("重庆在3号，他来。", "虫庆在三号，他来。", "zh"),
        ("虫", 0),
        ("庆", 500),
        ("在", 2000),
        ("三", 3000),
        ("号", 3500),
        ("他", 7000),
    )
    times = dict(word_times(entry, RATE))
    assert [times[index] for index in (0, 1, 2, 3, 4, 6)] == [0.0, 0.5, 2.0, 3.0, 3.5, 7.0]


def test_words_without_a_mark_share_the_time_to_the_next_one() -> None:
    entry = with_marks(said("one of them went"), ("one", 0), ("of", 1000), ("went", 3100))
    # "of " and "them " share 2.1 s by their letters, 3 and 5.
    assert heard(entry) == [("one", 0.0), ("of", 1.0), ("them", pytest.approx(1.7875)), ("went", 3.1)]


def test_marks_outside_the_speech_are_at_its_ends() -> None:
    entry = with_marks(said("one two three", edge=0.5), ("one", 100), ("two", 3000), ("three", 10_900))
    assert heard(entry) == [("one", 0.0), ("two", 2.5), ("three", 10.0)]


def test_words_after_a_comma_come_after_the_silence() -> None:
    # 8 s of speech in 10 s; "aaaa bbbb" are expected to last half of it, and the silence is at 5 s.
    entry = with_silences(said("aaaa bbbb, cccc dddd"), (5000, 7000))
    assert heard(entry) == [("aaaa", 0.0), ("bbbb,", 2.5), ("cccc", 7.0), ("dddd", 8.5)]


def test_a_short_silence_within_a_word_moves_nothing() -> None:
    entry = with_silences(said("aaaa bbbb cccc dddd", seconds=2.0), (700, 760))
    # 1.94 s of speech, a quarter of it for each word.
    assert heard(entry) == [("aaaa", 0.0), ("bbbb", 0.485), ("cccc", pytest.approx(1.03)), ("dddd", pytest.approx(1.515, abs=0.001))]


def test_each_silence_goes_to_the_sign_that_makes_it() -> None:
    text = "If you want to go fast, go alone. If you want to go far, go together. That, at least, is what they say."
    silences = [(1260, 1510), (2150, 2450), (3410, 3660), (4210, 4610), (4890, 5090), (5670, 5870)]
    entry = with_silences(said(text, seconds=7.4), *silences)
    times = dict(word_times(entry, RATE))
    starts = [text.index(words) for words in ("go alone", "If you want to go far", "go together", "That", "at least", "is what")]
    assert [times[start] for start in starts] == [1.51, 2.45, 3.66, 4.61, 5.09, 5.87]


def test_without_marks_and_silences_words_share_the_speech_by_their_letters() -> None:
    assert heard(said("aaa bbb ccc ddd", seconds=15.0)) == [("aaa", 0.0), ("bbb", 4.0), ("ccc", 8.0), ("ddd", 12.0)]


def test_a_line_without_words_has_no_word_times() -> None:
    assert word_times(said("… — …", ""), RATE) == ()


LINES = [
    ("en", "The committee met on Thursday, at 10:30, to discuss the budget of $4,500, “the roof” and the music; it reached no decision."),
    ("de", "Am 24. Dezember, so heißt es, kamen „die Mäuse“ aus der Stadt zurück: müde, satt, und mit 3 Stück Käse im Gepäck, sagte er."),
    ("fr", "Elle dit : « Venez, mes amis, il y a 12 gâteaux ! » Puis, sans attendre, elle ferma la porte, éteignit la lampe et se tut."),
    ("ar", "دعا فأر المدينة صديقه، فأر الحقل، إلى العشاء؛ فجاء في الساعة 8، وأكلا الجبن والخبز، ثم سمعا صوتا عند الباب، فهربا معا."),
    ("zh", "城里老鼠和乡下老鼠是朋友。有一天，“来吧！”他说，城里老鼠来了，他们坐下来吃大麦和根茎。"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text"), LINES)
@pytest.mark.parametrize("layout", [SRT_LAYOUT, WEBVTT_LAYOUT, Layout(14, 1, 2.0)])
def test_cues_begin_at_the_marks_of_their_first_words(language: str, text: str, layout: Layout) -> None:
    entry = said(text, language=language, seconds=12.0, start=3.0, edge=0.06)
    # The words are far from their place by letters: the first half of them takes a fifth of the time.
    starts = [word.start() for word in re.finditer(r"[\w$]+" if language != "zh" else r"\w", text)]
    half = len(starts) // 2
    frames = [60 + 2400 * index // half if index < half else 2460 + 9000 * (index - half) // half for index in range(len(starts))]
    marked = replace(entry, take=replace(entry.take, marks=tuple(map(Mark, starts, frames))))
    at = 0
    found = captions(timeline(20.0, [marked], [], RATE), layout)
    assert len(found) > 1
    for cue in found[1:]:
        at = text.index(cue.lines[0], at + 1)
        first = next(index for index, start in enumerate(starts) if start >= at)
        assert cue.start_ms == 3000 - 60 + frames[first], cue.lines
    assert (found[0].start_ms, found[-1].end_ms) == (3000, 15_000)


TEXTS = st.text(st.sampled_from('ab Wz5$.,!?"“”()…— 城里。，안é\u0301\U0001f600\u05d0'), max_size=60)


@settings(max_examples=100, deadline=None)
@given(TEXTS, TEXTS, st.lists(st.integers(0, 9000), max_size=60), st.lists(st.integers(1, 8999), max_size=12, unique=True))
def test_times_never_fall_and_lie_in_the_speech(text: str, spoken: str, frames: list[int], borders: list[int]) -> None:
    entry = said(text, spoken, seconds=9.0, start=1.0)
    marks = tuple(Mark(position, frame) for position, frame in zip(range(len(spoken)), sorted(frames), strict=False))
    ends = sorted(borders)
    silences = tuple(zip(ends[::2], ends[1::2], strict=False))
    for take in (replace(entry.take, marks=marks), replace(entry.take, silences=silences)):
        found = word_times(replace(entry, take=take), RATE)
        assert all(a[0] < b[0] and a[1] <= b[1] for a, b in pairwise(found))
        assert all(0 <= at < len(one_line(text)) and 1.0 <= seconds <= 10.0 for at, seconds in found)


def test_a_line_of_thousands_of_words_and_silences_is_timed_soon() -> None:
    text = ", ".join(["word"] * 1500)
    entry = with_silences(said(text, seconds=1500.0), *((1000 * number + 800, 1000 * number + 990) for number in range(1499)))
    times = [seconds for _, seconds in word_times(entry, RATE)]
    assert sum(abs(seconds - number) < 0.05 for number, seconds in enumerate(times)) > 1490
