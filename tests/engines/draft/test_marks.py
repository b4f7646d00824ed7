"""When each word of the draft voice begins."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tests.draft_parts import utterance_of, voice_of
from voiceover.engines.draft import DraftEngine
from voiceover.engines.draft.marks import find_marks
from voiceover.engines.draft.pieces import Piece
from voiceover.types import Audio, Mark


@pytest.fixture(scope="module")
def engine() -> Iterator[DraftEngine]:
    engine = DraftEngine()
    yield engine
    engine.close()


def words_at(audio: Audio, text: str) -> list[str]:
    """Each word that has a mark, up to the next blank."""
    return [text[mark.position :].split(maxsplit=1)[0] for mark in audio.marks]


def onsets(audio: Audio) -> list[int]:
    """The frames at which speech begins after a pause of 30 ms or more."""
    loud = np.flatnonzero(np.abs(audio.samples) > 0.01)
    gaps = np.flatnonzero(np.diff(loud) > 0.03 * audio.sample_rate)
    return [int(loud[0]), *(int(loud[gap + 1]) for gap in gaps)]


def test_every_word_has_a_mark_at_its_place(engine: DraftEngine) -> None:
    text = "  “Well” — l’été in 1999, 'quote' it has well-known AT&T for $25 (and so on)…"
    marked = words_at(engine.speak(utterance_of(text), voice_of()), text)
    wanted = ["Well”", "l’été", "in", "1999,", "quote'", "it", "has", "well-known", "AT&T", "for", "$25", "and", "so", "on)…"]
    # espeak-ng speaks "it has" and the like as one word, which then has one mark
    assert [word for word in wanted if word in marked] == marked
    assert len(marked) >= len(wanted) - 2


@pytest.mark.parametrize("speed", [0.3, 1.0, 2.0, 3.5])
def test_a_word_after_a_pause_begins_where_its_mark_is(engine: DraftEngine, speed: float) -> None:
    """At 42 words a minute samples are stretched, at 490 shortened; there the pauses are too short to be found, but the first."""
    text = "One, then; nein, low, more, all."
    audio = engine.speak(utterance_of("One, then; ", ("nein, ", "de"), "low, more, all.", speed=speed), voice_of(rate=140))
    assert "".join(text[mark.position] for mark in audio.marks) == "Otnlma"
    found = onsets(audio)
    assert len(found) == (6 if speed < 3 else 3)
    for mark, onset in zip(audio.marks, found, strict=False):
        assert abs(mark.frame - onset) < 0.06 * audio.sample_rate


def test_marks_are_in_order_and_within_the_samples(engine: DraftEngine) -> None:
    spans = ("Hello \x01 there, ", ("le monde, ", "fr"), "...", ("你好世界", "zh"), " and \u00a0so on. ", ("मैं घर", "hi"))
    utterance = utterance_of(*spans, speed=1.3)
    audio = engine.speak(utterance, voice_of())
    assert len(audio.marks) >= 10
    assert utterance.spoken[audio.marks[2].position :].startswith("le monde")
    for before, after in zip(audio.marks, audio.marks[1:], strict=False):
        assert before.position < after.position
        assert before.frame <= after.frame < len(audio.samples)


def test_events_within_a_word_and_out_of_order_are_left_out() -> None:
    pieces = (Piece("in 1999.", "en", pause=True), Piece("well-known 10:30", "en", pause=False))
    words = [[(0, 0), (3, 50), (4, 60), (5, 70)], [(0, 0), (5, 20), (11, 10), (14, 90), (99, 95)]]
    assert find_marks("\x01in  1999. well-known 10:30", pieces, words, [100, 100]) == (
        Mark(1, 0),
        Mark(5, 50),
        Mark(11, 100),
        Mark(16, 120),
    )
