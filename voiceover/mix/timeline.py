"""Where everything lies: arithmetic on whole frames, nothing else.

A gap is the silence put between what is kept of two takes (see ``edges``), so a listener hears it and up to 60 ms of each take's own edge.
Between two takes stands one gap:

    a pause of the writer           the longest of them, in place of any other gap
    else the longest of             scene break or chapter mark between them: ``scene``, ``chapter``
                                    another speaker: ``turn``; the same in a new paragraph: ``paragraph``; else ``sentence``

Before the first take and after the last there is silence only where the writer put a pause. A chapter begins with the first frame of its
first take, so the gap before it ends the chapter before. The first chapter begins at 0: lines before the first heading become a chapter of
their own, or join the first one if they take less than ``OPENING_SECONDS`` (a spoken title).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from voiceover.errors import StoreError
from voiceover.mix.edges import kept_range, to_frames
from voiceover.types import Chapter, ChapterMark, Gaps, Pause, Placed, PlanItem, Planned, Scene, Take, Timeline, Utterance

OPENING_SECONDS = 10.0
"""Lines before the first heading that take less than this are no chapter of their own."""


def lay_out(
    items: Sequence[PlanItem],
    takes: Mapping[str, Take],
    gaps: Gaps,
    sample_rate: int,
    balance_db: Mapping[str, float],
    opening: str = "",
) -> Timeline:
    """Place the takes of ``items``; ``takes`` by address, ``balance_db`` by the name of the voice.

    ``opening`` is the title of the chapter before the first heading. Raises StoreError where a take is missing or has another sample rate.
    """
    placed: list[Placed] = []
    chapters: list[ChapterMark] = []
    between: list[Pause | Scene | Chapter] = []
    frame = 0
    for item in items:
        if not isinstance(item, Planned):
            between.append(item)
            continue
        utterance = item.utterance
        frame += gap_frames(placed[-1].utterance if placed else None, between, utterance, gaps, sample_rate)
        _mark_chapter(chapters, between, frame if placed else 0)
        take = _take_of(utterance, takes, sample_rate)
        start, end = kept_range(take)
        placed.append(Placed(utterance, take, frame, start, end, balance_db.get(utterance.voice, 0.0) + utterance.gain_db))
        frame = placed[-1].end_frame
        between = []
    frame += gap_frames(placed[-1].utterance if placed else None, between, None, gaps, sample_rate)
    return Timeline(sample_rate, frame, tuple(placed), _from_the_start(chapters, placed, sample_rate, opening))


def opening_seconds(items: Sequence[PlanItem], takes: Mapping[str, Take], gaps: Gaps, sample_rate: int) -> float:
    """Return how long the lines before the first chapter last, by estimate where there is no take; 0 if there are none or no chapter."""
    end = 0.0
    before: Utterance | None = None
    between: list[Pause | Scene | Chapter] = []
    for item in items:
        if isinstance(item, Chapter):
            return end
        if not isinstance(item, Planned):
            between.append(item)
            continue
        utterance = item.utterance
        take = takes.get(utterance.address)
        start, stop = kept_range(take) if take else (0, round(utterance.estimate_seconds * sample_rate))
        end += (gap_frames(before, between, utterance, gaps, sample_rate) + stop - start) / sample_rate
        before, between = utterance, []
    return 0.0


def gap_frames(
    before: Utterance | None, between: Sequence[Pause | Scene | Chapter], after: Utterance | None, gaps: Gaps, sample_rate: int
) -> int:
    """Frames of silence between two utterances, or at an end of the episode where one of them is None."""
    pauses = [_pause_frames(item, sample_rate) for item in between if isinstance(item, Pause)]
    if pauses:
        return max(pauses)
    if before is None or after is None:
        return 0
    if before.speaker != after.speaker:
        longest = gaps.turn
    elif before.paragraph != after.paragraph:
        longest = gaps.paragraph
    else:
        longest = gaps.sentence
    if any(isinstance(item, Scene) for item in between):
        longest = max(longest, gaps.scene)
    if any(isinstance(item, Chapter) for item in between):
        longest = max(longest, gaps.chapter)
    return to_frames(longest, sample_rate)


def _pause_frames(pause: Pause, sample_rate: int) -> int:
    microseconds = round(pause.seconds * 1_000_000)
    return (microseconds * sample_rate + 500_000) // 1_000_000


def _mark_chapter(chapters: list[ChapterMark], between: Sequence[Pause | Scene | Chapter], frame: int) -> None:
    """Mark the last chapter of ``between``; those before it hold nothing, which the plan has said."""
    found = [item for item in between if isinstance(item, Chapter)]
    if found:
        chapters.append(ChapterMark(found[-1].title, frame, found[-1].source))


def _from_the_start(chapters: Sequence[ChapterMark], placed: Sequence[Placed], sample_rate: int, opening: str) -> tuple[ChapterMark, ...]:
    """Return the chapters with one that begins at 0."""
    if not chapters or not chapters[0].start_frame:
        return tuple(chapters)
    first = chapters[0]
    end = max(take.end_frame for take in placed if take.start_frame < first.start_frame)
    if end < OPENING_SECONDS * sample_rate:
        return (replace(first, start_frame=0, lead_frames=first.start_frame), *chapters[1:])
    said = placed[0].utterance
    # A spoken title is the heading of its chapter in the transcript.
    source = said.source if said.text.strip().rstrip(".") == opening.rstrip(".") else None
    return (ChapterMark(opening, 0, source), *chapters)


def _take_of(utterance: Utterance, takes: Mapping[str, Take], sample_rate: int) -> Take:
    take = takes.get(utterance.address)
    if take is None:
        raise StoreError(f"{utterance.source}: the take of this line is missing; render again to record it")
    if take.sample_rate != sample_rate:
        rates = f"{take.sample_rate} Hz, the episode {sample_rate} Hz"
        raise StoreError(f"{utterance.source}: the take of this line has {rates}; --refresh records it again")
    return take
