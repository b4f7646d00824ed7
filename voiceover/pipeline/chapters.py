"""The chapters of an episode as plans of their own, for files of each chapter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from voiceover import mix
from voiceover.types import OPENING_SECONDS, Chapter, Cue, Gaps, Plan, PlanItem, Planned, PlannedRecording, Soundtrack, Take
from voiceover.types.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class ChapterPlan:
    """What is spoken in a chapter."""

    number: int
    """Counted from 1."""
    title: str
    plan: Plan
    """Its cast is that of its own lines, so that nothing in it depends on another chapter."""


def chapter_plans(whole: Plan, takes: Mapping[str, Take], gaps: Gaps, opening: str) -> tuple[ChapterPlan, ...]:
    """Return the chapters of a plan that have lines; they are those that the timeline of the whole would have.

    What comes before the first heading is a chapter with the title ``opening``, or begins the first one if it is short
    (``OPENING_SECONDS``). ``takes`` are the takes by address, ``gaps`` the silences between them.
    """
    before: list[PlanItem] = []
    titled: list[tuple[str, list[PlanItem]]] = []
    for item in whole.items:
        if isinstance(item, Chapter):
            titled.append((item.title, [item]))
        else:
            (titled[-1][1] if titled else before).append(item)
    spoken = [(title, items) for title, items in titled if _has_lines(items)]
    if _has_lines(before):
        if spoken and mix.opening_seconds(whole.items, takes, gaps, whole.sample_rate, whole.soundtrack) < OPENING_SECONDS:
            title, items = spoken[0]
            spoken[0] = (title, [*before, *items])
        else:
            spoken.insert(0, (opening, before))
    last = len(spoken)
    return tuple(
        ChapterPlan(number, title, _plan_of(items, whole, _soundtrack_of(items, whole.soundtrack, intro=number == 1, outro=number == last)))
        for number, (title, items) in enumerate(spoken, 1)
    )


def _has_lines(items: list[PlanItem]) -> bool:
    return any(isinstance(item, Planned | PlannedRecording) for item in items)


def _plan_of(items: list[PlanItem], whole: Plan, soundtrack: Soundtrack | None) -> Plan:
    said = [item.utterance for item in items if isinstance(item, Planned)]
    cast = {utterance.speaker: whole.cast[utterance.speaker] for utterance in said}
    cast |= {item.utterance.speaker: whole.cast[item.utterance.speaker] for item in items if isinstance(item, PlannedRecording)}
    engines = {utterance.engine: whole.engines[utterance.engine] for utterance in said}
    return Plan(tuple(items), engines, cast, soundtrack)


def _soundtrack_of(items: list[PlanItem], whole: Soundtrack | None, *, intro: bool, outro: bool) -> Soundtrack | None:
    """Return the files that are played in a chapter; the intro belongs to the first, the outro to the last."""
    if whole is None:
        return None
    first, last = whole.intro if intro else None, whole.outro if outro else None
    named = {item.name for item in items if isinstance(item, Cue)} | {bumper.sound for bumper in (first, last) if bumper is not None}
    said = {item.file.name for item in items if isinstance(item, PlannedRecording)}
    sounds = {name: file for name, file in whole.sounds.items() if name in named}
    recordings = {name: file for name, file in whole.recordings.items() if file.name in said}
    return replace(whole, sounds=sounds, recordings=recordings, intro=first, outro=last)
