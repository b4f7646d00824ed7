"""How the plan spells its lines for speech: what the engine wants, what changed, and what stays recorded."""

from __future__ import annotations

from dataclasses import replace

from tests.plan.parts import DRAFT, line, only, plan_of, recorded, stored, town
from voiceover.settings.problems import Problems
from voiceover.types import CastEntry, Respelling, Settings, Severity, Source, Span, Status

RAW = replace(DRAFT, wants_raw_text=True)
"""An engine that reads numbers by itself; its plans are also those of a version without rules."""
TALK = ("Dr. Hill paid $3.50.", "He came at 10:30 a.m. on May 3.", "Nothing to change here.")


def test_an_engine_that_reads_numbers_by_itself_gets_the_raw_text() -> None:
    plan = plan_of(town("Dr. Hill paid $3.50 \U0001f600 on https://www.example.com/x?y."), RAW)
    assert only(plan).utterance.spoken == "Dr. Hill paid $3.50 on example.com."


def test_a_new_rule_records_nothing_again() -> None:
    before = plan_of(town(*TALK), RAW)
    again = plan_of(town(*TALK), previous=recorded(before), has=stored(before))
    assert [(planned.status, planned.reason) for planned in again.planned] == [
        (Status.KEPT, "kept: spelled by older rules"),
        (Status.KEPT, "kept: spelled by older rules"),
        (Status.CACHED, "cached"),
    ]
    assert again.to_record == ()
    assert again.planned[0].utterance.spoken == "Dr. Hill paid $3.50."
    assert again.planned[0].respellings == ()


def test_only_an_edited_line_is_spelled_by_the_new_rules() -> None:
    before = plan_of(town(*TALK), RAW)
    again = plan_of(town("Dr. Hill paid $4.", *TALK[1:]), previous=recorded(before), has=stored(before))
    assert [utterance.spoken for utterance in again.to_record] == ["Doctor Hill paid four dollars."]


def test_long_lines_that_were_packed_by_older_estimates_are_kept_too() -> None:
    long = "It was 1999, and the bill was $1,250,000.75 for 12,345 lamps of 100 W each. " * 8
    before = plan_of(town(long), RAW)
    again = plan_of(town(long), previous=recorded(before), has=stored(before))
    assert {planned.status for planned in again.planned} == {Status.KEPT}
    refreshed = plan_of(town(long), previous=recorded(before), has=stored(before), refresh=True)
    assert refreshed.to_record != ()


def test_each_change_is_named() -> None:
    settings = Settings(lexicon={"SQL": "sequel"})
    planned = only(plan_of(town(line("Dr. Hill paid $5 for SQL, ", Span("Nguyen", say="win"), " said \U0001f600."), settings=settings)))
    assert planned.utterance.spoken == "Doctor Hill paid five dollars for sequel, win said."
    assert planned.respellings == (
        Respelling("Dr.", "Doctor", "title"),
        Respelling("$5", "five dollars", "money"),
        Respelling("SQL", "sequel", "lexicon"),
        Respelling("Nguyen", "win", "say"),
        Respelling("\U0001f600", "", "picture"),
    )


def test_no_utterance_ends_within_what_a_rule_has_read() -> None:
    sentence = "Dr. Hill, of St. Louis, paid No. 5 exactly 3.5 million dollars, e.g. in Jan. 2024 at 5 p.m. on 12 Oak St. in the U.S. "
    plan = plan_of(town(sentence * 3))
    for planned in plan.planned:
        assert not planned.utterance.text.endswith(("Dr.", "St. Louis, paid No.", "3.", "e.g.", "Jan."))


def test_a_language_without_rules_is_told_once() -> None:
    problems = Problems()
    cast = (CastEntry("Narrator", "ada", Source("town.md"), language="sw"),)
    script = town("Miaka 5.", "Miaka 6.", "Sawa.", cast=cast)
    assert [planned.utterance.spoken for planned in plan_of(script, problems=problems).planned] == ["Miaka 5.", "Miaka 6.", "Sawa."]
    assert [(problem.severity, problem.message) for problem in problems.found] == [
        (Severity.WARNING, 'there are no rules for numbers in "sw", so the engine draft gets them as written')
    ]
