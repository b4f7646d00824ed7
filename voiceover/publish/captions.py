"""Cues from the timeline: what is said, by whom and when, cut into pieces that can be read.

An utterance lasts up to ten seconds or more; on a screen it becomes several cues, cut at the ends of sentences and clauses where that
can be had. Within an utterance times are in proportion to what is said, from the first frame of speech to the last: a figure is a word.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from voiceover.publish.lines import Layout, Lines, cut_text
from voiceover.publish.tags import milliseconds, one_line
from voiceover.text.sentences import sentence_starts
from voiceover.types import Placed, Timeline

_WORDS = re.compile(r"\s*\S+\s*")
_A_DIGIT, _A_SIGN = 5, 7
"""Letters that are heard for one: "1999" is nineteen ninety-nine, "$" is dollars."""
_SIGNS = frozenset("$€£¥%&@#+=°")
_COMPARED = 20_000
"""Pairs of words up to which an utterance as shown is compared with what is said word by word."""


@dataclass(frozen=True, slots=True)
class Caption:
    """One cue."""

    start_ms: int
    end_ms: int
    speaker: str
    """Empty where only one speaker is heard."""
    lines: Lines
    """As a reader sees them."""
    turn: bool
    """Whether this speaker begins here."""


def captions(timeline: Timeline, layout: Layout, *, prefix: bool = False) -> tuple[Caption, ...]:
    """The cues of a timeline, in order, none empty, none overlapping another.

    ``prefix`` leaves room in the first line of a turn for the speaker's name and ``": "``.
    """
    named = len({placed.utterance.speaker for placed in timeline.placed}) > 1
    made: list[Caption] = []
    last_end, last_speaker = 0, None
    for placed in sorted(timeline.placed, key=lambda placed: placed.start_frame):
        text = one_line(placed.utterance.text)
        if not text:
            continue
        speaker = one_line(placed.utterance.speaker) if named else ""
        turn = speaker != last_speaker
        start, end = _interval(placed, timeline.sample_rate)
        room = len(speaker) + 2 if prefix and turn and speaker else 0
        sentences = frozenset(sentence_starts(text, _language(placed)))
        pieces = cut_text(text, layout, (end - start) / 1000, room, sentences=sentences)
        heard = _heard_before(text, one_line(placed.utterance.spoken))
        for begin, stop, lines in _times(text, pieces, heard, max(start, last_end), end):
            made.append(Caption(begin, stop, speaker, lines, turn))
            last_end, turn = stop, False
        last_speaker = speaker
    return tuple(made)


def _language(placed: Placed) -> str:
    """Return the language of most of an utterance."""
    letters: Counter[str] = Counter()
    for span in placed.utterance.spans:
        letters[span.language] += len(span.text)
    return letters.most_common(1)[0][0] if letters else ""


def _interval(placed: Placed, rate: int) -> tuple[int, int]:
    """Start and end of the speech in milliseconds; of the take where no speech was found in it."""
    start, end = placed.speech_start_frame, placed.speech_end_frame
    if end <= start:
        start, end = placed.start_frame, placed.end_frame
    return milliseconds(start, rate), milliseconds(end, rate)


def _times(text: str, pieces: tuple[Lines, ...], heard: list[float], start: int, end: int) -> Iterator[tuple[int, int, Lines]]:
    """The pieces of ``text`` with times in proportion to what is ``heard`` before each of its characters, each at least a millisecond."""
    end = max(end, start + len(pieces))
    borders, at = [start], 0
    for number, lines in enumerate(pieces, 1):
        for line in lines:
            at = max(text.find(line, at), at) + len(line)
        ideal = start + round((end - start) * heard[min(at, len(text))] / heard[-1])
        borders.append(min(max(ideal, borders[-1] + 1), end - (len(pieces) - number)))
    borders[-1] = end
    return ((begin, stop, lines) for (begin, stop), lines in zip(pairwise(borders), pieces, strict=True))


def _heard_before(text: str, spoken: str) -> list[float]:
    """How much of an utterance is said before each character of ``text``, which is shown, and at its end; about as many letters."""
    shown, said = _WORDS.findall(text), _WORDS.findall(spoken)
    weights: list[float] = [0.0] * len(shown)
    for kind, begin, end, first, last in _differences([word.strip() for word in shown], [word.strip() for word in said]):
        if kind == "equal":
            weights[begin:end] = map(_letters, said[first:last])
            continue
        words = range(begin, end) or range(max(begin - 1, 0), max(begin, 1))
        per_letter = sum(map(_letters, said[first:last])) / sum(len(shown[word]) for word in words)
        for word in words:
            weights[word] += per_letter * len(shown[word])
    heard = [0.0]
    for word, weight in zip(shown, weights, strict=True):
        length = len(word.rstrip())
        heard += [heard[-1] + weight * min(part / length, 1.0) for part in range(1, len(word) + 1)]
    return heard if heard[-1] else [float(index) for index in range(len(text) + 1)]


def _differences(shown: list[str], said: list[str]) -> Sequence[tuple[str, int, int, int, int]]:
    """The stretches that are equal and those that are not, as ``SequenceMatcher`` has them."""
    if len(shown) * len(said) <= _COMPARED:
        return SequenceMatcher(None, shown, said, autojunk=False).get_opcodes()
    # It takes cubic time where words come again and again; of so long a line it is enough to know where it differs.
    shorter = min(len(shown), len(said))
    head = next((index for index in range(shorter) if shown[index] != said[index]), shorter)
    tail = next((index for index in range(shorter - head) if shown[-1 - index] != said[-1 - index]), shorter - head)
    return [
        ("equal", 0, head, 0, head),
        ("replace", head, len(shown) - tail, head, len(said) - tail),
        ("equal", len(shown) - tail, len(shown), len(said) - tail, len(said)),
    ]


def _letters(word: str) -> int:
    return sum(_A_DIGIT if character.isdigit() else _A_SIGN if character in _SIGNS else 1 for character in word)
