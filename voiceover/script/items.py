"""Builds the list of items: joins pieces of text into segments, one per stretch that one speaker says without a break."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import field, replace

from voiceover.script.cues import RecordedTurn
from voiceover.script.places import Place
from voiceover.script.turns import Turn
from voiceover.settings.problems import Problems
from voiceover.system.lazy import lazy_pattern
from voiceover.text.audible import is_audible
from voiceover.types import Chapter, Cue, Direction, Item, Pause, Scene, Segment, Source, Span
from voiceover.types.lazy_dataclass import dataclass

_STOPS = ".,;:!?…"
_OPENED = lazy_pattern(r"(?:(?:^|\s)[\"']|[“‘«„(])$")
"""A quotation mark or parenthesis that opens."""
_BLANKS = lazy_pattern(r"[ \t\n\r\f\v]+")


@dataclass(slots=True)
class _Open:
    """The open segment, to which text is added."""

    spans: list[Span]
    source: Source | None = None
    """Location of the first character that is not white space."""
    apart: list[Span] = field(default_factory=list)
    """Code, maths and addresses among the spans."""


class ItemList:
    """Collects the items of a document in order."""

    def __init__(self, narrator: str, problems: Problems, respelled: Collection[str] = ()) -> None:
        """``respelled`` are the entries of the lexicon."""
        self.items: list[Item] = []
        self.problems = problems
        self.narrator = Turn(narrator)
        self.turn = self.narrator
        self._paragraph = 0
        self._fresh_paragraph = True
        self._recorded_on = False
        """True if the open recorded turn has words in more than one paragraph."""
        self._open = _Open([])
        self._signs = frozenset("".join(entry for entry in respelled if not is_audible(entry))) - {" "}
        """Signs that the lexicon makes audible."""
        self._spoke = False
        """True if the current turn has a segment."""
        self._directed = False
        """True if the current turn has a direction."""
        self._directions: list[tuple[int, Direction]] = []
        """Directions of the open segment, each with the number of spans before it."""
        self._close_up = False
        """True directly after something unspoken within a line, so that a comma or full stop joins the word before it."""
        self._before_lone = self.turn
        """The turn before the one whose label is a name alone on its line."""

    # ------------------------------------------------------------ text

    def say(self, text: str, place: Place, at: int, say: str | None = None, language: str | None = None, *, apart: bool = False) -> None:
        """Add text of the current speaker that starts at offset ``at``. Code, maths and addresses are ``apart``."""
        self.say_span(Span(text, say, language), place, at, apart=apart)

    def say_span(self, span: Span, place: Place, at: int, *, apart: bool = False) -> None:
        """Add a span of the current speaker that starts at offset ``at``."""
        text = span.text
        if not text:
            return
        if self._close_up and text.strip():
            self._close_up = False
            if text[0] in " \t\n" and _OPENED.search("".join(span.text for span in self._open.spans[-1:])[-2:]):
                at += len(text) - len(text.lstrip())
                text = text.lstrip()
            if text[0] in _STOPS and self._open.spans and self._open.spans[-1].is_plain:
                self._open.spans[-1] = replace(self._open.spans[-1], text=self._open.spans[-1].text.rstrip(" \t\n"))
        if self._open.source is None:
            lead = len(text) - len(text.lstrip())
            if lead < len(text):
                self._open.source = place(at + lead)
        span = replace(span, text=text, language=span.language or self.turn.language)
        self._open.spans.append(span)
        if apart:
            self._open.apart.append(span)

    def direct(self, direction: Direction) -> None:
        """Add a direction, which does not separate the text before and after it."""
        self._directed = self._close_up = True
        self._directions.append((len(self._open.spans), direction))

    def close_up(self) -> None:
        """Let a comma or full stop that comes next join the word before it: what stood between them is not spoken."""
        self._close_up = True

    def begin_at(self, source: Source) -> None:
        """Set the location of the segment that starts here, if its first character is not from the script."""
        self._open.source = self._open.source or source

    def ends_with(self, marks: str) -> bool:
        """Return True if the last character so far is one of ``marks``."""
        text = "".join(span.text for span in self._open.spans[-3:]).rstrip()
        return text[-1:] in marks if text else False

    def is_amid_text(self) -> bool:
        """Return True if a segment is open: no pause, cue or label has followed its last word."""
        return any(span.text.strip() for span in self._open.spans)

    # ------------------------------------------------------------ structure

    def paragraph(self, *, after_blank: bool = True) -> None:
        """Start a new paragraph.

        After a blank line the speaker remains, but not the style and settings of the label, which apply to its paragraph only.
        """
        if self.turn.recording is not None and self._open.spans:
            self._open.spans.append(Span(" ", language=self.turn.language))
            self._recorded_on = True
            return
        self._flush()
        self._fresh_paragraph = True
        if after_blank and self._spoke and self.turn.recording is None:
            self.turn = self.narrator if self.turn is self.narrator else Turn(self.turn.speaker)

    def start(self, turn: Turn) -> None:
        """Start the turn of another speaker, or of the same speaker with other settings."""
        self._end_turn()
        if turn.lone:
            self._before_lone = self.turn
        self.turn = turn
        if turn.hint is not None and not turn.lone:
            self.direct(turn.hint)

    def interrupt(self, turn: Turn) -> Turn:
        """Interrupt the current turn by another one; return the turn to pass to ``resume``."""
        self._flush()
        before, self.turn, self._spoke, self._directed = self.turn, turn, False, False
        return before

    def resume(self, turn: Turn) -> None:
        """Continue a turn that was interrupted."""
        self.start(turn)
        self._spoke = True

    def record(self, recording: RecordedTurn) -> None:
        """Make the current turn a recorded one."""
        self.turn = replace(self.turn, recording=recording)

    def narrate(self) -> None:
        """Return to the narrator."""
        self.start(self.narrator)

    def add(self, item: Pause | Scene | Chapter | Cue) -> None:
        """Add an item that is not speech."""
        self._flush()
        self.items.append(item)

    def is_between_turns(self) -> bool:
        """Return True if the current speaker has no text since the label."""
        return not self._spoke and not self.is_amid_text()

    def finish(self) -> tuple[Item, ...]:
        """Return all items."""
        self._end_turn()
        return tuple(self.items)

    # ------------------------------------------------------------ segments

    def _end_turn(self) -> None:
        self._flush()
        self._fresh_paragraph = self._fresh_paragraph or self._recorded_on
        self._recorded_on = False
        recording = self.turn.recording
        if recording is not None and not self._spoke:
            message = "a recorded turn needs its words, for captions and transcript: write what is said in it"
            self.problems.error(recording.source, "bad-recording", message)
        elif self.turn.lone and not self._spoke:
            self._close_lone_name()
        elif self.turn.label is not None and not self._spoke and not self._directed:
            self.problems.warning(self.turn.label, "short-turn", f"{self.turn.speaker} has no words here; write them after the label")
        self._spoke = self._directed = False

    def _close_lone_name(self) -> None:
        """Give a name alone on its line with nothing below it to the previous speaker as text."""
        lone, self.turn = self.turn, self._before_lone
        self._open = _Open([Span(lone.lone, language=self.turn.language)], lone.label)
        self._fresh_paragraph = True
        self._flush()
        self._fresh_paragraph = True

    def _flush(self) -> None:
        opened, held = self._open, self._directions
        self._close_up = False
        if not opened.spans and opened.source is None and not held:
            return
        self._open, self._directions = _Open([]), []
        offsets: list[int] = []
        spans = collapse(opened.spans, offsets)
        if not self._add_segment(opened, spans, held, (*offsets, sum(len(span.text) for span in spans))):
            self.items.extend(direction for _, direction in held)

    def _add_segment(self, opened: _Open, spans: tuple[Span, ...], held: Sequence[tuple[int, Direction]], offsets: Sequence[int]) -> bool:
        """Add a segment, or return False if it is not audible. ``offsets`` are where the original spans start in its text."""
        source = opened.source
        if not spans or source is None:
            return False
        if not any(self._is_audible(span.pronounced) for span in spans):
            text = "".join(span.text for span in spans)
            kind = "only punctuation" if all(unicodedata.category(character)[0] in "PZC" for character in text) else "only signs"
            self.problems.unspoken(source, "punctuation", f'{kind}: "{text}"')
            return False
        turn = self.turn
        if turn.recording is not None and self._spoke:
            message = f"a recorded turn is one piece: put a label before this text, so that it is clear who says it ({turn.speaker}?)"
            self.problems.error(source, "bad-recording", message)
            return False
        if turn.lone and not self._spoke and turn.hint is not None:
            held = [(0, turn.hint), *held]
        directions = tuple(replace(direction, at=min(offsets[number], offsets[-1])) for number, direction in held)
        self._spoke = True
        if self._fresh_paragraph:
            self._paragraph += 1
            self._fresh_paragraph = False
        recording = turn.recording.path if turn.recording is not None else None
        gain_db = turn.gain_db + (turn.recording.gain_db if turn.recording is not None else 0.0)
        said = Segment(
            turn.speaker,
            spans,
            self._paragraph,
            source,
            turn.style,
            turn.options,
            gain_db,
            recording,
            tuple(opened.apart),
            style_hint=turn.hint,
            directions=directions,
        )
        self.items.append(said)
        return True

    def _is_audible(self, text: str) -> bool:
        return is_audible(text) or not self._signs.isdisjoint(text)


def collapse(spans: Iterable[Span], offsets: list[int] | None = None) -> tuple[Span, ...]:
    """Return the spans with white space collapsed and stripped, and with equal neighbours joined.

    No-break spaces are kept. The length of the text before each of ``spans`` is added to ``offsets``.
    """
    length = 0
    pieces: list[tuple[list[str], Span]] = []
    blank_before = True
    for span in spans:
        text = _BLANKS.sub(" ", span.text)
        if blank_before:
            text = text.lstrip(" ")
        if offsets is not None:
            offsets.append(length)
        length += len(text)
        if not text:
            continue
        blank_before = text.endswith(" ")
        if pieces and span.is_plain and pieces[-1][1].is_plain and pieces[-1][1].language == span.language:
            pieces[-1][0].append(text)
        else:
            pieces.append(([text], span))
    joined = [("".join(texts), span) for texts, span in pieces]
    while joined and not joined[-1][0].strip():
        joined.pop()
    if joined:
        joined[0] = joined[0][0].lstrip(), joined[0][1]
        joined[-1] = joined[-1][0].rstrip(), joined[-1][1]
    return tuple(span if span.text == text else replace(span, text=text) for text, span in joined if text)
