"""Choices for takes in the plan: what they change, and what they leave alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.plan.parts import ADA, DRAFT, plan_of, texts, town
from voiceover.plan import voice_digest
from voiceover.settings.problems import Problems
from voiceover.takes import place_choices
from voiceover.types import EngineInfo, OwnRecording, Plan, RecordedLine, Severity, Source, Status, TakeChoice

PLACE = Source("town.takes.yaml", 2, 3)
LONG = (
    "The first sentence of this paragraph is long enough to fill a good part of a take by itself, as it should for the test. "
    "The second sentence is about as long as the first, so that both of them cannot be spoken together, which makes a second take of it. "
    "The third sentence is needed to see what becomes of the take after the one in the middle, which was chosen by a person who listens."
)
SEEDLESS = replace(DRAFT, name="seedless", options=frozenset({"speed"}))
FIRST, SECOND, THIRD = (f"{sentence.strip()}." for sentence in LONG.split(".")[:3])


def choice(text: str = SECOND, **more: object) -> TakeChoice:
    return TakeChoice("Narrator", text, PLACE, **more)  # type: ignore[arg-type]


def planned(*choices: TakeChoice, engine: EngineInfo = DRAFT, problems: Problems | None = None, **more: object) -> Plan:
    script = place_choices(town(LONG, "Yes.", "Oh yes. Yes."), choices, problems or Problems())
    return plan_of(script, engine, problems, **more)


def addresses(plan: Plan) -> list[str]:
    return [each.utterance.address for each in plan.planned]


def recorded(plan: Plan) -> tuple[RecordedLine, ...]:
    """What the manifest says of a plan that was rendered."""
    return tuple(
        RecordedLine(
            *(u.address, u.line_key, u.segment_key, u.speaker, u.style, u.text, u.spans, u.options, u.seed, u.attempt),
            *(voice_digest(ADA, u.style, DRAFT), u.engine, None, DRAFT.fingerprint, DRAFT.revision, 1.0),
        )
        for u in (each.utterance for each in plan.planned)
    )


@pytest.mark.parametrize("more", [{"attempt": 1}, {"seed": 7}, {"speed": 0.9}, {"say": "another second sentence"}])
def test_a_choice_changes_its_own_take_alone(more: dict[str, object]) -> None:
    before, after = planned(), planned(choice(**more))
    assert texts(before) == texts(after)
    changed = [old != new for old, new in zip(addresses(before), addresses(after), strict=True)]
    assert changed == [False, True, False, False, False]
    again = planned(choice(**more), previous=recorded(after), has=lambda address: address in addresses(after))
    assert [each.status for each in again.planned] == [Status.CACHED] * 5
    assert addresses(again) == addresses(after)


def test_an_acceptance_changes_no_take() -> None:
    before, after = planned(), planned(choice(accepted=("long",)))
    assert addresses(before) == addresses(after)
    assert [each.utterance.choice is not None for each in after.planned] == [False, True, False, False, False]


def test_without_the_choice_the_first_take_is_there_again() -> None:
    first, chosen = planned(), planned(choice(attempt=3))
    known = {*addresses(first), *addresses(chosen)}
    back = planned(previous=recorded(chosen), has=lambda address: address in known)
    assert addresses(back) == addresses(first)
    assert {each.status for each in back.planned} == {Status.CACHED}


def test_an_engine_without_seeds_speaks_the_line_as_ever() -> None:
    assert addresses(planned(engine=SEEDLESS)) == addresses(planned(choice(attempt=3), engine=SEEDLESS))
    assert addresses(planned(engine=SEEDLESS)) == addresses(planned(choice(seed=3), engine=SEEDLESS))


def test_an_own_recording_is_a_take_of_its_bytes() -> None:
    mine = OwnRecording(Path("town.takes/mine.flac"), "ab" * 32, "town.takes/mine.flac")
    plan = planned(choice(recording=mine))
    assert texts(plan) == texts(planned())
    chosen = plan.planned[1]
    assert (chosen.status, chosen.reason) == (Status.CACHED, "own recording")
    other = planned(choice(recording=replace(mine, sha256="cd" * 32))).planned[1].utterance
    assert other.address != chosen.utterance.address
    assert planned(choice(recording=mine), engine=SEEDLESS).planned[1].utterance.address == chosen.utterance.address


def test_words_within_a_sentence_and_over_two_are_cut_out() -> None:
    plan = planned(choice("so that both of them cannot be spoken together,", attempt=1))
    assert texts(plan)[1:4] == [
        SECOND.split("so that")[0].strip(),
        "so that both of them cannot be spoken together,",
        "which makes a second take of it.",
    ]
    both = planned(choice(f"{SECOND}\n {THIRD}", attempt=1))
    assert texts(both) == texts(planned())
    assert [each.utterance.attempt for each in both.planned] == [0, 1, 1, 0, 0]


def test_the_occurrence_decides() -> None:
    for number, wanted in ((1, ["Yes."]), (2, ["Yes."])):
        plan = planned(choice("Yes.", attempt=1, occurrence=number))
        assert [each.utterance.text for each in plan.planned if each.utterance.attempt] == wanted
    assert planned(choice("Yes.", attempt=1)).planned[3].utterance.attempt == 1
    assert planned(choice("Yes.", attempt=1, occurrence=2)).planned[-1].utterance.attempt == 1


def test_a_choice_within_a_number_is_told() -> None:
    for more, severity in (({"attempt": 1}, Severity.WARNING), ({"recording": OwnRecording(Path("x"), "ab", "x")}, Severity.ERROR)):
        problems = Problems()
        script = place_choices(town("It costs $1,250.50 in all."), [choice("$1,250", **more)], problems)
        plan = plan_of(script, DRAFT, problems)
        assert texts(plan) == ["It costs $1,250.50 in all."]
        assert [(problem.severity, problem.code) for problem in problems.all] == [(severity, "choice-cuts")]
