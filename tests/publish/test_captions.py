"""Cues and transcript: nothing lost, nothing overlapping, nothing too wide."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.publish.parts import placed, small_timeline, timeline, utterance
from voiceover.publish.caption_files import SRT_LAYOUT, WEBVTT_LAYOUT, srt, transcript, webvtt
from voiceover.publish.captions import captions
from voiceover.publish.lines import Layout, cut_text
from voiceover.publish.spoken_letters import spoken_letters
from voiceover.publish.tags import one_line
from voiceover.text.sentences import sentence_starts
from voiceover.types import Source, SpokenSpan, Timeline

LONG = (
    "A Town Mouse and a Country Mouse were acquaintances. The Country Mouse one day invited his friend to come and see him at his home "
    "in the fields. The Town Mouse came, and they sat down to a dinner of barleycorns and roots."
)
CHINESE = "城里老鼠和乡下老鼠是朋友。有一天，乡下老鼠邀请他的朋友来田里的家看看他，城里老鼠来了，他们坐下来吃大麦和根茎。"
TIMES = re.compile(r"(\d\d):(\d\d):(\d\d)([.,])(\d{3}) --> (\d\d):(\d\d):(\d\d)[.,](\d{3})")


def columns(text: str) -> int:
    """By the signs that these tests use, not by the tables of the code."""
    return sum(0 if sign == "\u0301" else 2 if sign == "\U0001f600" or "\u3000" <= sign <= "\uffff" else 1 for sign in text)


def times(text: str) -> list[tuple[int, int]]:
    """Start and end of each cue in milliseconds."""
    found = []
    for match in TIMES.finditer(text):
        h1, m1, s1, _, f1, h2, m2, s2, f2 = match.groups()
        found.append(
            (((int(h1) * 60 + int(m1)) * 60 + int(s1)) * 1000 + int(f1), ((int(h2) * 60 + int(m2)) * 60 + int(s2)) * 1000 + int(f2))
        )
    return found


def blocks(text: str) -> list[list[str]]:
    """The lines of each cue behind its times."""
    return [part.strip().split("\n")[1 if "-->" in part.strip().split("\n")[0] else 2 :] for part in text.split("\n\n") if "-->" in part]


def dialogue() -> Timeline:
    entries = [
        placed(utterance(LONG, "Narrator", 0), 0.5, 13.0),
        placed(utterance("Hush.", "Town", 1), 14.0, 0.4),
        placed(utterance('"No," he said; <i>never</i> & nowhere.', "Country", 2), 14.5, 2.5),
        placed(utterance("Good cheese.", "Country", 3), 3700.0, 1.0),
    ]
    return timeline(3702.0, entries, [("The country", 0.0), ("The town", 3699.0)])


def test_webvtt() -> None:
    lines = webvtt("Mice", dialogue()).split("\n")
    assert lines[:2] == ["WEBVTT", ""]
    text = "\n".join(lines)
    assert "01:01:40.000 --> 01:01:41.000\n<v Country>Good cheese." in text
    assert '<v Country>"No," he said; &lt;i&gt;never&lt;/i&gt; &amp; nowhere.' in text
    assert all(cue[0].startswith("<v ") for cue in blocks(text))


def test_srt_names_the_speaker_where_a_turn_begins() -> None:
    text = srt("Mice", dialogue())
    cues = blocks(text)
    assert [line.split()[0] for cue in cues for line in cue if ": " in line] == ["Narrator:", "Town:", "Country:"]
    assert [int(part.split("\n")[0]) for part in text.split("\n\n")] == list(range(1, len(cues) + 1))
    assert "01:01:40,000 --> 01:01:41,000\nGood cheese.\n" in text


@pytest.mark.parametrize("write", [webvtt, srt])
def test_cues_cover_the_speech_and_never_overlap(write: object) -> None:
    found = times(write("", dialogue()))  # type: ignore[operator]
    assert found[0][0] == 500
    assert [end for start, end in found if start < 13_500][-1] == 13_500
    assert (14_000, 14_400) in found
    assert all(start < end for start, end in found)
    assert all(a[1] <= b[0] for a, b in pairwise(found))


@pytest.mark.parametrize("text", [LONG, CHINESE, "x" * 500, "word " * 80 + "end"])
@pytest.mark.parametrize(("write", "layout"), [(webvtt, WEBVTT_LAYOUT), (srt, SRT_LAYOUT)])
def test_lines_fit(text: str, write: object, layout: Layout) -> None:
    entries = [placed(utterance(text, "An Uncommonly Long Speaker Name", 0), 0.5, 12.0), placed(utterance(text, "Bob", 1), 13.0, 12.0)]
    cues = blocks(write("", timeline(26.0, entries, [])))  # type: ignore[operator]
    for cue in cues:
        assert len(cue) <= layout.lines
        shown = [re.sub(r"^<v [^>]*>", "", line) for line in cue]
        limit = layout.columns
        assert all(columns(line) <= limit for line in shown if not line.startswith("An Uncommonly")), cue
    spoken = re.sub(r"<v [^>]*>|(An Uncommonly Long Speaker Name|Bob): |\s", "", "".join("".join(cue) for cue in cues))
    assert spoken == 2 * re.sub(r"\s", "", text)


@pytest.mark.parametrize(("text", "seconds"), [(LONG, 13.0), (CHINESE, 10.0), ("word " * 40 + "end.", 16.0)])
def test_cues_can_be_read(text: str, seconds: float) -> None:
    entries = [placed(utterance(text), 0.0, seconds)]
    for layout in (WEBVTT_LAYOUT, SRT_LAYOUT):
        lengths = [caption.end_ms - caption.start_ms for caption in captions(timeline(20.0, entries, []), layout)]
        assert sum(lengths) == seconds * 1000
        assert all(1000 <= length <= 7000 for length in lengths), lengths


def cues(text: str, columns: int, lines: int, seconds: float) -> list[str]:
    starts = sentence_starts(text, "en")
    return ["|".join(cue) for cue in cut_text(text, Layout(columns, lines, 6.0), seconds, sentences=starts)]


def test_cuts_stand_at_the_ends_of_sentences_and_clauses() -> None:
    text = "We came home at last. Nobody was there, and the door stood open. So we waited."
    assert cues(text, 45, 1, 6.0) == ["We came home at last.", "Nobody was there, and the door stood open.", "So we waited."]
    assert cues(CHINESE, 32, 2, 10.0) == [
        "城里老鼠和乡下老鼠是朋友。",
        "有一天，乡下老鼠邀请他的|朋友来田里的家看看他，",
        "城里老鼠来了，他们坐|下来吃大麦和根茎。",
    ]
    assert cues(CHINESE, 16, 2, 10.0)[0] == "城里老鼠和乡下|老鼠是朋友。"
    assert cues("He met Dr. Smith and J. R. Brown in the U.S. last year, and never again.", 60, 1, 4.5) == [
        "He met Dr. Smith and J. R. Brown in the U.S. last year,",
        "and never again.",
    ]


STOPS_WITHIN = [
    ("en", "In 2023, Dr. Hill, who had been travelling with Mr. Jones and Mrs. Prof. Lee for years, came back to the house in St. Albans."),
    ("en", "They sell fruit, e.g. apples and plums, i.e. everything that grows in the garden of J. R. R. Tolkien, No. 5, or so it says."),
    (
        "en",
        "It rose by 3.5 percent in Jan. 2024 and by 0.7 in Feb. 2025, see Fig. 3 and approx. 12 more, in the U.S. and abroad vs. before.",
    ),
    (
        "de",
        "Das sind z. B. Äpfel, die Frau Dr. Müller bzw. Herr Prof. Weber im Garten von Nr. 5 am Abend d. h. nach der Arbeit gefunden hat.",
    ),
    (
        "fr",
        "Elle a vu M. Dupont et la fille de J. Martin dans la rue, p. ex. devant la maison où ils avaient vécu ensemble, puis plus rien.",
    ),
]


@pytest.mark.parametrize(("language", "text"), STOPS_WITHIN)
@pytest.mark.parametrize("layout", [WEBVTT_LAYOUT, SRT_LAYOUT, Layout(20, 2, 3.0)])
@pytest.mark.parametrize("rate", [8, 15, 25])
def test_no_cue_ends_at_a_full_stop_that_ends_no_sentence(language: str, text: str, layout: Layout, rate: int) -> None:
    said = replace(utterance(text), spans=(SpokenSpan(text, language),))
    seconds = len(text) / rate
    found = [" ".join(cue.lines) for cue in captions(timeline(60.0, [placed(said, 0.0, seconds)], []), layout)]
    assert " ".join(found) == text
    assert len(found) > 1 or (layout, rate) == (WEBVTT_LAYOUT, 25)  # six seconds hold all of it
    assert [cue for cue in found[:-1] if cue.endswith(".")] == []


def test_cuts_at_questions_ellipses_and_closing_quotes() -> None:
    text = '"Is it over?" he asked of her. "Yes," she said at last… and then she left. Well... maybe (so it seems.) He stayed.'
    said = replace(utterance(text), spans=(SpokenSpan(text, "en"),))
    found = [" ".join(cue.lines) for cue in captions(timeline(20.0, [placed(said, 0.0, 9.0)], []), Layout(45, 1, 4.0))]
    assert found[0] == '"Is it over?" he asked of her.'
    assert " ".join(found) == text
    assert "and then she left." in " ".join(found[1:3])
    assert not any(cue.endswith(("Well", "maybe (so")) for cue in found)


def test_a_sentence_is_cut_where_the_plan_cuts_it() -> None:
    text = "We met at 5 p.m. Then it rained. It was in the U.S. He left for good."
    said = replace(utterance(text), spans=(SpokenSpan(text, "en"),))
    found = [cue.lines[0] for cue in captions(timeline(20.0, [placed(said, 0.0, 8.0)], []), Layout(45, 1, 2.5))]
    assert found == ["We met at 5 p.m.", "Then it rained.", "It was in the U.S.", "He left for good."]


@pytest.mark.parametrize(
    "text", [CHINESE, "「もう終わり？」と彼は言った。「はい…」と彼女は答え、（静かに）去って行った、そして誰もいなくなった。"]
)
@pytest.mark.parametrize("layout", [Layout(columns, lines, 3.0) for columns in (10, 17, 32) for lines in (1, 2)])
def test_no_chinese_or_japanese_line_begins_with_a_closing_mark(text: str, layout: Layout) -> None:
    said = replace(utterance(text), spans=(SpokenSpan(text, "ja"),))
    shown = [line for cue in captions(timeline(20.0, [placed(said, 0.0, 12.0)], []), layout) for line in cue.lines]
    assert "".join(shown) == text
    assert not [line for line in shown if line[0] in "。，、！？…」』）"]
    assert not [line for line in shown if line[-1] in "「『（"]


CHINESE_MARKS = "他说：“走吧！”（静静地）她点了点头，“好的……”然后——谁也没有说话。《城里的老鼠》、〈乡下的老鼠〉都在；真的吗？真的！"


@pytest.mark.parametrize("columns", range(8, 33))
@pytest.mark.parametrize("text", [CHINESE, CHINESE_MARKS, "“走，” 他说。 “来！” 她说： 好。"])
def test_no_chinese_line_begins_with_a_closing_mark_or_ends_with_an_opening_one(text: str, columns: int) -> None:
    for lines in (1, 2, 3):
        shown = [line for cue in cut_text(text, Layout(columns, lines, 3.0), 12.0, sentences=sentence_starts(text, "zh")) for line in cue]
        assert "".join(shown).replace(" ", "") == text.replace(" ", "")
        assert len(shown) > 1
        assert not [line for line in shown if line[0] in "。，、！？；：…—”）》〉"], shown
        if columns >= 12:  # else there are marks in a row that fill a line
            assert not [line for line in shown if line[-1] in "“（《〈"], shown


def test_a_chinese_line_may_end_between_a_closing_quote_and_an_opening_bracket() -> None:
    assert cues("“走吧”（她走）", 8, 2, 2.0) == ["“走吧”|（她走）"]
    assert cues("她走了“走吧”", 6, 2, 2.0) == ["她走了|“走吧”"]


def test_lines_are_of_even_length_and_words_whole() -> None:
    assert cues("his friend to come and see", 24, 2, 2.0) == ["his friend to|come and see"]
    assert cues("short", 32, 2, 0.5) == ["short"]
    assert cues("the word incomprehensibilities is long", 24, 3, 3.0) == ["the word|incomprehensibilities|is long"]


def test_one_speaker_is_not_named() -> None:
    entries = [placed(utterance("One."), 0.0, 1.0), placed(utterance("Two.", paragraph=1), 2.0, 1.0)]
    line = timeline(3.0, entries, [])
    assert "<v" not in webvtt("", line)
    assert "Town" not in srt("", line) + transcript("Title", line)


@pytest.mark.parametrize(
    ("first", "second", "said", "share"),
    [
        ("Nothing is here but words.", "They met in their home.", None, 0.53),
        ("They met in 1999.", "It was so good to be there.", None, 0.55),
        ("It cost $5.", "It cost a lot of money.", None, 0.48),
        ("You find it at https://example.com/a/very/long/path-of-words.html.", "And here.", "You find it at example.com. And here.", 0.73),
        ("It was ex.", "It was good to hear.", "It was the quick brown fox that jumps over. It was good to hear.", 0.68),
    ],
)
def test_a_cue_comes_when_it_is_said_not_in_proportion_to_what_is_shown(first: str, second: str, said: str | None, share: float) -> None:
    shown = f"{first} {second}"
    line = utterance(shown) if said is None else replace(utterance(shown), spans=(SpokenSpan(said, "en"),))
    found = captions(timeline(12.0, [placed(line, 0.0, 10.0)], []), Layout(65, 1, 6.0))
    (border,) = [caption.start_ms for caption in found if caption.lines[0].startswith(second[:8]) and caption.start_ms]
    assert border == pytest.approx(10_000 * share, abs=300)
    assert found[-1].end_ms == 10_000


@pytest.mark.parametrize(
    "text", ["incomprehensibilities of it a b", "a b and of incomprehensibilities", "x" * 100, "… … … … … … … …", LONG]
)
@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.002, 0.004, 0.01])
def test_a_cue_lasts_a_millisecond_at_least_and_overlaps_none(text: str, seconds: float) -> None:
    found = captions(timeline(9.0, [placed(utterance(text), 1.0, seconds, edge=0.0)], []), Layout(8, 1, 6.0))
    assert len(found) > 1
    assert found[0].start_ms == 1000
    assert found[-1].end_ms == 1000 + max(round(1000 * seconds), len(found))
    assert all(caption.start_ms < caption.end_ms for caption in found)
    assert all(one.end_ms == other.start_ms for one, other in pairwise(found))


def test_what_nothing_is_said_of_is_timed_by_its_length() -> None:
    silent = replace(utterance("» » » » » » » »"), spans=())
    found = captions(timeline(9.0, [placed(silent, 0.0, 8.0)], []), Layout(3, 1, 1.0))
    assert [caption.lines for caption in found] == [("» »",)] * 4
    assert [caption.end_ms for caption in found] == pytest.approx([1600, 3733, 5867, 8000], abs=20)


def test_a_line_ends_where_its_last_wide_character_no_longer_fits() -> None:
    assert cues("ab城里老鼠", 10, 2, 2.0) == ["ab城里老鼠"]
    assert cues("ab城里老鼠", 9, 2, 2.0) == ["ab城里|老鼠"]
    assert cues("a word", 6, 2, 2.0) == ["a word"]
    assert cues("a word", 5, 2, 2.0) == ["a|word"]


def test_a_line_of_thousands_of_words_is_timed_soon() -> None:
    shown, said = "a " * 20_000 + "end.", "a b " * 40_000 + "end."
    line = replace(utterance(shown), spans=(SpokenSpan(said, "en"),))
    found = captions(timeline(9000.0, [placed(line, 0.0, 8000.0)], []), SRT_LAYOUT)
    assert found[-1].end_ms == 8_000_000


@pytest.mark.parametrize("count", [30, 1200])
def test_a_word_that_is_spelled_out_moves_no_word_after_it(count: int) -> None:
    """A line of a thousand words is compared only from its two ends."""
    words = [f"word{chr(97 + number % 26)}{'x' * (number % 5)}" for number in range(count)]
    half = count // 2
    shown, said = " ".join([*words[:half], "5", *words[half:]]), " ".join([*words[:half], "five hundred thousand", *words[half:]])
    heard = spoken_letters(shown, said).shown
    assert len(heard) == len(shown) + 1
    assert heard[-1] == pytest.approx(len(said))
    start = len(" ".join(words[:half])) + 1
    assert heard[start] == pytest.approx(start)
    assert heard[start + 2] - heard[start] == pytest.approx(len("five hundred thousand "))
    for back in (1, 2, 7):  # words from the end
        rest = " ".join(words[-back:])
        assert heard[-1] - heard[len(shown) - len(rest)] == pytest.approx(len(rest))


def test_what_would_be_markup_in_subrip_is_none() -> None:
    text = srt("", timeline(10.0, [placed(utterance(r"<i>a</i> --> {\an8} 1 < 2 <b"), 0.0, 5.0)], []))
    shown = text.split("\n", 2)[2]
    assert not re.search(r"<[a-z/]|-->|\{\\", shown)
    assert shown.replace("\u200b", "").split() == [r"<i>a</i>", r"-->", r"{\an8}", r"1", r"<", r"2", r"<b"]


def test_a_heading_that_is_spoken_stands_once_in_the_transcript() -> None:
    texts = ("They live.", "In town", "It is late.", "In the field", "In the field")
    said = [placed(utterance(text, "Ann", number, line=10 + number), number, 0.5) for number, text in enumerate(texts)]
    line = timeline(5.0, said, [("In town", 1.0), ("In the field", 3.0)])
    marks = tuple(replace(mark, source=Source("a/script.md", at, 1)) for mark, at in zip(line.chapters, (11, 9), strict=True))
    # The last two are a line that has the words of its silent heading, and another.
    assert transcript("Mice", replace(line, chapters=marks)) == (
        "# Mice\n\nThey live.\n\n## In town\n\nIt is late.\n\n## In the field\n\nIn the field\n\nIn the field\n"
    )


def test_transcript() -> None:
    entries = [
        placed(utterance("First sentence.", "Narrator", 0), 0.1, 1.0),
        placed(utterance("Second\nsentence.", "Narrator", 0), 1.5, 1.0),
        placed(utterance("New paragraph.", "Narrator", 1), 3.0, 1.0),
        placed(utterance("Mine!", "Town", 2), 5.0, 1.0),
        placed(utterance("城。", "Town", 3), 7.0, 1.0),
        placed(utterance("里。", "Town", 3), 8.5, 1.0),
    ]
    text = transcript("Mice", timeline(10.0, entries, [("One", 0.0), ("Two", 5.0), ("Empty", 10.0)]))
    assert text == (
        "# Mice\n\n## One\n\nNarrator: First sentence. Second sentence.\n\nNew paragraph.\n\n"
        "## Two\n\nTown: Mine!\n\n城。里。\n\n## Empty\n"
    )


def test_a_take_without_speech_and_one_without_words() -> None:
    silent = placed(utterance("Unheard."), 1.0, 0.0)
    wordless = placed(utterance("  "), 3.0, 1.0)
    (cue,) = captions(timeline(5.0, [silent, wordless], []), SRT_LAYOUT)
    assert (cue.lines, cue.start_ms < cue.end_ms) == (("Unheard.",), True)


def test_the_small_timeline_of_the_other_tests() -> None:
    assert [(c.start_ms, c.end_ms, c.turn) for c in captions(small_timeline(), SRT_LAYOUT)] == [(100, 900, True), (1000, 1900, True)]


@settings(max_examples=150, deadline=None)
@given(
    st.text(st.sampled_from("ab Wz.,!?\"'()… 城里。，「」안녕é\u0301\U0001f600-"), min_size=1, max_size=300).map(one_line).filter(bool),
    st.floats(0.0, 40.0),
    st.integers(0, 40),
    st.sampled_from([SRT_LAYOUT, WEBVTT_LAYOUT, Layout(4, 2, 1.0)]),
)
def test_no_text_is_ever_lost(text: str, seconds: float, room: int, layout: Layout) -> None:
    pieces = cut_text(text, layout, seconds, room, sentences=sentence_starts(text, "en"))
    assert "".join("".join(lines) for lines in pieces).replace(" ", "") == text.replace(" ", "")
    for number, lines in enumerate(pieces):
        assert lines
        assert all(lines)
        assert len(lines) <= layout.lines
        assert all(columns(line) <= layout.columns for line in lines)
        assert number or columns(lines[0]) <= layout.columns - min(room, layout.columns // 2)
