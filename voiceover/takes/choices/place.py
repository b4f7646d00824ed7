"""Finds the passages that choices are for: by speaker, words and occurrence, so that no engine, machine or cache matters."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from voiceover.settings.problems import Problems
from voiceover.settings.values import MOST_HINTS
from voiceover.takes.choices.read import squeezed
from voiceover.text.pieces import tidy
from voiceover.types import ChosenPassage, Script, Segment, Severity, TakeChoice
from voiceover.types.lazy_dataclass import dataclass

GONE = "choice-without-line"
"""Problem code of a choice whose words are not in the script any more."""
_APART = "\0"
"""Stands between two segments; no script contains it."""
_WITHOUT_SPACES = 0x2E80
"""From this code point on, letters are those of writing systems without spaces between words (CJK)."""
_MOST_COMPARED = 2000
"""Segments that are compared with the words of a choice that has no line, and characters of each."""
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Passage:
    """A place in a script."""

    segment: int
    """Index in ``Script.segments``."""
    start: int
    """Index in the segment's tidied text of the first character."""
    end: int


class Passages:
    """The places in a script where each speaker says something."""

    def __init__(self, script: Script) -> None:
        self._segments = script.segments
        self._spoken: dict[str, _Spoken] = {}
        self._found: dict[tuple[str, str], list[Passage]] = {}

    def find(self, speaker: str, text: str) -> list[Passage]:
        """Return the places where ``speaker`` says ``text``, in order: whole words, whatever white space is between them."""
        key = (speaker.casefold(), squeezed(text))
        if key not in self._found:
            if key[0] not in self._spoken:
                self._spoken[key[0]] = _Spoken(self._segments, key[0])
            self._found[key] = list(self._spoken[key[0]].find(key[1]))
        return self._found[key]

    def occurrence(self, segment: int, start: int, text: str) -> int | None:
        """Return which occurrence of ``text`` begins at a place, counted from 1; None if it does not begin there."""
        found = self.find(self._segments[segment].speaker, text)
        places = [(passage.segment, passage.start) for passage in found]
        return places.index((segment, start)) + 1 if (segment, start) in places else None


class _Spoken:
    """Everything that one speaker says, without white space."""

    def __init__(self, segments: Sequence[Segment], speaker: str) -> None:
        letters: list[str] = []
        self._places: list[tuple[int, int]] = []
        """Segment and index in its tidied text, per letter."""
        self._begins: list[bool] = []
        """True for each letter with which a word begins, or that is no letter of a word."""
        for number, segment in enumerate(segments):
            if segment.speaker.casefold() != speaker:
                continue
            before = ""
            for index, letter in enumerate(tidy_text(segment)):
                if not letter.isspace():
                    letters.append(letter)
                    self._places.append((number, index))
                    self._begins.append(_parts_words(before, letter))
                before = letter
            letters.append(_APART)
            self._places.append((number, -1))
            self._begins.append(True)
        self._letters = "".join(letters)

    def find(self, text: str) -> Iterator[Passage]:
        at = self._letters.find(text) if text else -1
        while at >= 0:
            stop = at + len(text)
            if self._begins[at] and self._begins[stop]:
                segment, start = self._places[at]
                yield Passage(segment, start, self._places[stop - 1][1] + 1)
                at = stop - 1
            at = self._letters.find(text, at + 1)


def tidy_text(segment: Segment) -> str:
    """Return the text of a segment, tidied span by span, as the plan cuts it."""
    return "".join(tidy(span.text) for span in segment.spans)


def place_choices(script: Script, choices: Sequence[TakeChoice], problems: Problems) -> Script:
    """Return the script with each choice in the segment that it is for.

    A choice whose words are not in the script any more is dropped with a warning in ``problems``, with its nearest line; it is an error if
    it is an own recording.
    """
    if not choices:
        return script
    passages, segments = Passages(script), script.segments
    chosen: dict[int, list[ChosenPassage]] = defaultdict(list)
    for choice in choices:
        found = passages.find(choice.speaker, choice.text)
        if choice.occurrence <= len(found):
            passage = found[choice.occurrence - 1]
            chosen[passage.segment].append(ChosenPassage(passage.start, passage.end, choice))
        else:
            _report_gone(choice, len(found), script, problems)
    placed = {id(segments[number]): _in_order(found, problems) for number, found in chosen.items()}
    items = (replace(item, chosen=placed[id(item)]) if isinstance(item, Segment) and id(item) in placed else item for item in script.items)
    return replace(script, items=tuple(items))


def _in_order(chosen: list[ChosenPassage], problems: Problems) -> tuple[ChosenPassage, ...]:
    """Return passages of one segment by their places; one that overlaps an earlier one is an error."""
    ordered: list[ChosenPassage] = []
    for passage in sorted(chosen, key=lambda passage: (passage.start, -passage.end)):
        if ordered and passage.start < ordered[-1].end:
            other = ordered[-1].choice
            message = f'"{_short(passage.choice.text)}" is within words for which {other.source} has a choice; remove one of the two'
            problems.error(passage.choice.source, "overlapping-choices", message)
        else:
            ordered.append(passage)
    return tuple(ordered)


def _report_gone(choice: TakeChoice, count: int, script: Script, problems: Problems) -> None:
    severity = Severity.WARNING if choice.recording is None else Severity.ERROR
    times = "once" if count == 1 else f"{count} times"
    what = f'"{_short(choice.text)}" {times} only, not {choice.occurrence} times' if count else f'"{_short(choice.text)}" any more'
    lost = "what was chosen for it is not used" if choice.recording is None else f"its recording {choice.recording.name} has no line"
    nearest = _nearest(choice, script) if len(problems.found) < MOST_HINTS else None
    hint = ""
    if nearest is not None:
        hint = f'; the nearest line is {nearest.source}: {nearest.speaker}: "{_short(nearest.text)}"'
    name = shlex.quote(script.path)
    cure = f"voiceover takes forget {name} --gone removes it"
    if choice.recording is not None and nearest is not None:
        file = shlex.quote(str(Path(script.path).parent / choice.recording.name))
        cure = f"voiceover retake {name} {nearest.source.line} --audio {file} uses it there, {cure}"
    problems.add(choice.source, severity, GONE, f"{choice.speaker} does not say {what}, so {lost}{hint} ({cure})")


def _nearest(choice: TakeChoice, script: Script) -> Segment | None:
    """Return the segment that shares most words with a choice, preferably of its speaker; None if no segment shares any."""
    wanted = _words(choice.text)
    best: tuple[float, Segment | None] = (0.0, None)
    for segment in script.segments[:_MOST_COMPARED]:
        words = _words(segment.text)
        share = len(wanted & words) / max(len(wanted | words), 1)
        share *= 1.0 if segment.speaker.casefold() == choice.speaker.casefold() else 0.8
        best = max(best, (share, segment), key=lambda pair: pair[0])
    return best[1]


def _words(text: str) -> set[str]:
    words = text[:_MOST_COMPARED].casefold().split()
    return set(words) if len(words) > 1 else set(text[:_MOST_COMPARED].casefold())


def _parts_words(before: str, letter: str) -> bool:
    """True if a word may end before ``letter``."""
    within = before.isalnum() and letter.isalnum()
    return not within or ord(letter) >= _WITHOUT_SPACES or ord(before) >= _WITHOUT_SPACES


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
