"""The timeline: positions of takes and chapters, computed in whole frames.

A gap is the silence inserted between the kept parts of two takes (see ``edges``); up to 60 ms at the edge of each take adds to it.
The gap between two takes is:

    if the script has pauses there  the longest of them
    otherwise the longest of        ``scene`` or ``chapter``, after a scene break or chapter mark
                                    ``turn`` before another speaker, else ``paragraph`` before a new paragraph, else ``sentence``

Before the first take and after the last there is silence only if the script has a pause there. A chapter begins with the first frame of
its first take, so the gap before it belongs to the previous chapter. The first chapter begins at 0: lines before the first heading become
a chapter of their own, or join the first one if they last less than ``OPENING_SECONDS``, as a spoken title does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from voiceover.errors import StoreError
from voiceover.mix.edges import kept_range, to_frames
from voiceover.types import OPENING_SECONDS, Chapter, ChapterMark, Gaps, Pause, Placed, PlanItem, Planned, Scene, Take, Timeline, Utterance


def lay_out(
    items: Sequence[PlanItem],
    takes: Mapping[str, Take],
    gaps: Gaps,
    sample_rate: int,
    balance_db: Mapping[str, float],
    opening: str = "",
) -> Timeline:
    """Place the takes of a plan's items on a timeline.

    ``items`` are those of the plan, ``takes`` the takes by address, ``gaps`` the silences between them, ``sample_rate`` the timeline's,
    ``balance_db`` the gains by ``Utterance.level_group``, and ``opening`` the title of the chapter before the first heading.

    Raises StoreError if a take is missing.
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
        take = _take_of(utterance, takes)
        start, end = kept_range(take)
        rate = None if take.sample_rate == sample_rate else sample_rate
        placed.append(Placed(utterance, take, frame, start, end, balance_db.get(utterance.level_group, 0.0) + utterance.gain_db, rate))
        frame = placed[-1].end_frame
        between = []
    frame += gap_frames(placed[-1].utterance if placed else None, between, None, gaps, sample_rate)
    return Timeline(sample_rate, frame, tuple(placed), _from_the_start(chapters, placed, sample_rate, opening), opening)


def opening_seconds(items: Sequence[PlanItem], takes: Mapping[str, Take], gaps: Gaps, sample_rate: int) -> float:
    """Return the length of the lines before the first chapter; estimated for lines without a take, 0 without such lines or chapters."""
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
        if take is None:
            seconds = utterance.estimate_seconds
        else:
            start, stop = kept_range(take)
            seconds = (stop - start) / take.sample_rate
        end += gap_frames(before, between, utterance, gaps, sample_rate) / sample_rate + seconds
        before, between = utterance, []
    return 0.0


def gap_frames(
    before: Utterance | None, between: Sequence[Pause | Scene | Chapter], after: Utterance | None, gaps: Gaps, sample_rate: int
) -> int:
    """Return the frames of silence between two utterances; None stands for the start or end of the episode."""
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
    """Mark the last chapter of ``between``. The plan has warned of those before it, since they are empty."""
    found = [item for item in between if isinstance(item, Chapter)]
    if found:
        chapters.append(ChapterMark(found[-1].title, frame, found[-1].source))


def _from_the_start(chapters: Sequence[ChapterMark], placed: Sequence[Placed], sample_rate: int, opening: str) -> tuple[ChapterMark, ...]:
    """Return the chapters, changed so that the first one begins at 0."""
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


def _take_of(utterance: Utterance, takes: Mapping[str, Take]) -> Take:
    take = takes.get(utterance.address)
    if take is None:
        raise StoreError(f"{utterance.source}: the take of this line is missing; render again to record it")
    return take
