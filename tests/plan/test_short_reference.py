"""Short lines are spoken with the short clip of a voice that has one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.plan.parts import ADA, CLIP, CLONER, DRAFT, TOP, line, recorded, stored, town
from voiceover.plan import another_attempt, build_plan, voice_digest
from voiceover.settings.problems import Problems
from voiceover.types import CastEntry, Clip, EngineInfo, Plan, Settings, Status, Style, Voice

LONG_CLIP = replace(CLIP, seconds=7.5)
SHORT = Clip(Path("short.wav"), "y" * 45, "c1-short", 3.5)
WITHOUT = replace(ADA, styles={**ADA.styles, "": Style(LONG_CLIP, {})})
WITH = replace(ADA, styles={**ADA.styles, "": Style(replace(LONG_CLIP, short=SHORT), {})})
WORDS = "You live here no better than the ants."
MANY = "My poor dear friend, you live here no better than the ants, and that is all that there is to say about it, I think, is it not?"
NO_SETTINGS, OFF = Settings(), Settings(short_reference=False)
ALONE = (CastEntry("Narrator", "ada", TOP),)


def plan(voice: Voice, engine: EngineInfo = CLONER, settings: Settings = NO_SETTINGS, **more: Any) -> Plan:
    script = town(line(WORDS), line(MANY), cast=ALONE)
    more.setdefault("has", lambda address: False)
    return build_plan(script, {"Narrator": voice}, settings, {"Narrator": engine}, Problems(), **more)


def addresses(voice: Voice, **more: Any) -> list[str]:
    return [planned.utterance.address for planned in plan(voice, **more).planned]


def test_a_line_that_gains_has_the_short_clip_and_no_other_line_changes() -> None:
    before, after = plan(WITHOUT), plan(WITH)
    short, long = after.planned
    assert (short.utterance.short_reference, long.utterance.short_reference) == (True, False)
    assert short.utterance.address != before.planned[0].utterance.address
    assert long.utterance.address == before.planned[1].utterance.address
    assert [after.voice_of(each.utterance).styles[""].clip for each in after.planned] == [SHORT, replace(LONG_CLIP, short=SHORT)]
    assert short.utterance.estimate_seconds == before.planned[0].utterance.estimate_seconds
    again = another_attempt(short.utterance, after.voice_of(short.utterance), CLONER, 1)
    assert again.address not in (*addresses(WITH), *addresses(WITHOUT))
    assert another_attempt(again, after.voice_of(again), CLONER, 0).address == short.utterance.address


def test_it_is_switched_off_by_a_setting_and_no_matter_to_engines_that_do_not_clone() -> None:
    assert addresses(WITH, settings=OFF) == addresses(WITHOUT)
    assert addresses(WITH, engine=DRAFT) == addresses(WITHOUT, engine=DRAFT)
    assert voice_digest(WITH, "", CLONER) == voice_digest(WITHOUT, "", CLONER)
    little = replace(WITH, styles={"": Style(replace(CLIP, seconds=4.5, short=SHORT), {})})
    assert not any(planned.utterance.short_reference for planned in plan(little).planned)  # it would save next to nothing


def test_takes_are_found_again_and_a_change_of_mind_counts() -> None:
    first = plan(WITH)
    again = plan(WITH, has=stored(first), previous=recorded(first))
    assert [each.status for each in again.planned] == [Status.CACHED, Status.CACHED]
    off = plan(WITH, has=stored(first), previous=recorded(first), settings=OFF)
    assert [each.status for each in off.planned] == [Status.VOICE_CHANGED, Status.CACHED]
