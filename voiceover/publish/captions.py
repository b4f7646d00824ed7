"""Caption cues from the timeline: words, speaker and times, in pieces that are short enough to read.

An utterance of ten seconds or more becomes several cues, cut at the ends of sentences and clauses if possible. Times within an utterance
are proportional to the spoken text, from the first frame of speech to the last; a number counts as the words it is read as.
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
"""Letters that are spoken for one character: "1999" is nineteen ninety-nine, "$" is dollars."""
_SIGNS = frozenset("$€£¥%&@#+=°")
_COMPARED = 20_000
"""Largest number of word pairs for which displayed and spoken text are compared word by word."""


@dataclass(frozen=True, slots=True)
class Caption:
    """A caption cue."""

    start_ms: int
    end_ms: int
    speaker: str
    """Name of the speaker; empty if the episode has only one."""
    lines: Lines
    """Lines as displayed."""
    turn: bool
    """True if the speaker's turn begins here."""


def captions(timeline: Timeline, layout: Layout, *, prefix: bool = False) -> tuple[Caption, ...]:
    """Return the cues of a timeline in order; none is empty or overlaps another.

    With ``prefix``, the first line of a turn leaves room for the speaker's name and ``": "``.
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
        letters = _letters_before(text, one_line(placed.utterance.spoken))
        for begin, stop, lines in _times(text, pieces, letters, max(start, last_end), end):
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
    """Return start and end of the speech in milliseconds, or of the take if no speech was found in it."""
    start, end = placed.speech_start_frame, placed.speech_end_frame
    if end <= start:
        start, end = placed.start_frame, placed.end_frame
    return milliseconds(start, rate), milliseconds(end, rate)


def _times(text: str, pieces: tuple[Lines, ...], letters: list[float], start: int, end: int) -> Iterator[tuple[int, int, Lines]]:
    """Yield the pieces of ``text`` with their times, in proportion to the letters spoken before each character; at least 1 ms each."""
    end = max(end, start + len(pieces))
    borders, at = [start], 0
    for number, lines in enumerate(pieces, 1):
        for line in lines:
            at = max(text.find(line, at), at) + len(line)
        ideal = start + round((end - start) * letters[min(at, len(text))] / letters[-1])
        borders.append(min(max(ideal, borders[-1] + 1), end - (len(pieces) - number)))
    borders[-1] = end
    return ((begin, stop, lines) for (begin, stop), lines in zip(pairwise(borders), pieces, strict=True))


def _letters_before(text: str, spoken: str) -> list[float]:
    """Return how many letters are spoken before each character of the displayed ``text``, and in all; approximate."""
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
    letters = [0.0]
    for word, weight in zip(shown, weights, strict=True):
        length = len(word.rstrip())
        letters += [letters[-1] + weight * min(part / length, 1.0) for part in range(1, len(word) + 1)]
    return letters if letters[-1] else [float(index) for index in range(len(text) + 1)]


def _differences(shown: list[str], said: list[str]) -> Sequence[tuple[str, int, int, int, int]]:
    """Yield the stretches that are equal and those that differ, in the form of ``SequenceMatcher``."""
    if len(shown) * len(said) <= _COMPARED:
        return SequenceMatcher(None, shown, said, autojunk=False).get_opcodes()
    # SequenceMatcher takes cubic time on repetitive text; for so long a line it is enough to find where the difference starts and ends.
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
