"""The chapters of an episode as plans of their own, for files of each chapter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from voiceover import mix
from voiceover.types import OPENING_SECONDS, Chapter, Gaps, Plan, PlanItem, Planned, Take


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
        if spoken and mix.opening_seconds(whole.items, takes, gaps, whole.sample_rate) < OPENING_SECONDS:
            title, items = spoken[0]
            spoken[0] = (title, [*before, *items])
        else:
            spoken.insert(0, (opening, before))
    return tuple(ChapterPlan(number, title, _plan_of(items, whole)) for number, (title, items) in enumerate(spoken, 1))


def _has_lines(items: list[PlanItem]) -> bool:
    return any(isinstance(item, Planned) for item in items)


def _plan_of(items: list[PlanItem], whole: Plan) -> Plan:
    said = [item.utterance for item in items if isinstance(item, Planned)]
    cast = {utterance.speaker: whole.cast[utterance.speaker] for utterance in said}
    engines = {utterance.engine: whole.engines[utterance.engine] for utterance in said}
    return Plan(tuple(items), engines, cast)
