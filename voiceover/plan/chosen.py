"""Passages for which a person chose something: cut out of their segment, so that the choice is for these words, whatever speaks them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from voiceover.settings.problems import Problems
from voiceover.text.pieces import SpelledSpan, cut_pieces, seen, tidy
from voiceover.types import ChosenPassage, EngineInfo, Options, Planned, Severity, TakeChoice
from voiceover.types.lazy_dataclass import dataclass

FIRST_ATTEMPT = 0


@dataclass(frozen=True, slots=True)
class ChosenPart:
    """A part of a segment, and what was chosen for its sound."""

    pieces: tuple[SpelledSpan, ...]
    choice: TakeChoice | None = None


def chosen_parts(pieces: Sequence[SpelledSpan], chosen: Iterable[ChosenPassage], problems: Problems) -> list[ChosenPart]:
    """Cut the pieces of a segment at its chosen passages. Choices that do not decide the sound cut nothing.

    A passage that begins or ends within a piece which is spoken as a whole, such as a number, cannot be cut out: an error in ``problems``
    if there is an own recording for it, else a warning.
    """
    deciding = [passage for passage in chosen if passage.choice.decides_sound]
    if not deciding:
        return [ChosenPart(tuple(pieces))]
    text, whole = "".join(piece.text for piece in pieces), _within_whole(pieces)
    wanted: dict[tuple[int, int], TakeChoice] = {}
    for passage in deciding:
        span = (passage.start, _after_space(text, passage.end))
        if whole.isdisjoint(span):
            wanted[span] = passage.choice
        else:
            severity = Severity.WARNING if passage.choice.recording is None else Severity.ERROR
            message = (
                f'"{passage.choice.text}" begins or ends within words that are spoken as a whole, such as a number; choose a whole sentence'
            )
            problems.add(passage.choice.source, severity, "choice-cuts", message)
    parts: list[ChosenPart] = []
    start = 0
    for part in cut_pieces(pieces, sorted({position for span in wanted for position in span})):
        end = start + sum(len(piece.text) for piece in part)
        choice = wanted.get((start, end))
        parts.append(ChosenPart(part if choice is None else _spelled(part, choice), choice))
        start = end
    return parts


def chosen_options(options: Options, choice: TakeChoice | None, engine: EngineInfo) -> Options:
    """Return the options of a part, of which a choice decides speed and seed if ``engine`` uses them."""
    if choice is None:
        return options
    chosen = Options(
        speed=choice.speed if "speed" in engine.options else None,
        seed=choice.seed if engine.has_seeds else None,
    )
    return chosen.over(options)


def chosen_attempt(choice: TakeChoice | None, engine: EngineInfo) -> int:
    """Return the number of the try that was chosen; an engine without seeds would give the same take again."""
    return choice.attempt if choice is not None and choice.attempt is not None and engine.has_seeds else FIRST_ATTEMPT


def with_acceptance(planned: Sequence[Planned], chosen: Sequence[ChosenPassage]) -> tuple[Planned, ...]:
    """Return the lines of one segment with the choices that only accept a take of exactly their words."""
    accepted = {_squeezed(passage.choice.text): passage.choice for passage in chosen if not passage.choice.decides_sound}
    if not accepted:
        return tuple(planned)
    return tuple(
        replace(each, utterance=replace(each.utterance, choice=choice))
        if (choice := accepted.get(_squeezed(each.utterance.text))) is not None
        else each
        for each in planned
    )


def _spelled(part: tuple[SpelledSpan, ...], choice: TakeChoice) -> tuple[SpelledSpan, ...]:
    if choice.say is None:
        return part
    say = tidy(choice.say)
    return (SpelledSpan(seen(part), say, part[0].language, whole=True, chosen=say, rule="say"),)


def _within_whole(pieces: Iterable[SpelledSpan]) -> set[int]:
    """Return the positions in the joined text at which it cannot be cut."""
    found: set[int] = set()
    start = 0
    for piece in pieces:
        end = start + len(piece.text)
        if piece.whole:
            found.update(range(start + 1, end))
        start = end
    return found


def _after_space(text: str, end: int) -> int:
    """Return the index of the first character from ``end`` on that is not white space: a space belongs to what precedes it."""
    return end + len(text[end:]) - len(text[end:].lstrip())


def _squeezed(text: str) -> str:
    return "".join(tidy(text).split())
