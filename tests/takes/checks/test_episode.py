"""The checks of an episode's takes against each other, on takes that are only described."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.takes.parts import INFO, VOICE, line
from voiceover.takes import SpokenTake, check_episode, verdict
from voiceover.types import Finding, Take, TakeChecks

RATE = 16_000
COUNTS = ("six", "ten", "two", "four", "nine", "five")
PEOPLE = ("uncle", "sister", "father", "mother", "cousin", "nephew")
TIMES = ("morning", "evening", "summer", "winter", "autumn", "spring")
TEXTS = [f"There are {word} steps between the street and the old door" for word in COUNTS]
TEXTS += [f"My {word} repairs clocks in a small shop beside the station" for word in PEOPLE]
TEXTS += [f"In the {word} the whole street smelled of fresh bread" for word in TIMES]
SECONDS = 2.7
"""The usual time of these words, about."""


def take(text: str, seconds: float = SECONDS, power: float = 0.01, edges: tuple[float, float] = (-90.0, -90.0)) -> SpokenTake:
    said = line(text)
    frames = round((seconds + 0.4) * RATE)
    made = Take(said.address, Path("take.wav"), RATE, frames, 3200, frames - 3200, power, seconds, 0.5, "0" * 64)
    checks = TakeChecks((), 0.0, edges)
    return SpokenTake(said, VOICE, INFO, Take(*(getattr(made, name) for name in made.__slots__[:-2]), checks))


def others() -> list[SpokenTake]:
    return [take(text) for text in TEXTS]


def found(odd: SpokenTake) -> list[str]:
    """The checks that find something in one odd take among others; the others must have no findings."""
    findings = check_episode([*others(), odd])
    assert findings.keys() <= {odd.take.address}
    return [finding.check for finding in findings.get(odd.take.address, ())]


@pytest.mark.parametrize(
    ("odd", "checks"),
    [
        (take("The key was exactly where the old man had said"), []),
        (take("The key was exactly where the old man had said", power=0.0005), ["level"]),
        (take("The key was exactly where the old man had said", power=0.2), ["level"]),
        (take("The key was exactly where the old man had said", seconds=1.2), ["pace"]),
        (take("The key was exactly where the old man had said", seconds=5.0), ["pace"]),
        (take("The key was exactly where the old man had said", edges=(-30.0, -90.0)), ["start-cut"]),
        (take("The key was exactly where the old man had said", edges=(-90.0, -30.0)), ["end-cut"]),
        (take("The key was exactly where the old man had said", edges=(-50.0, -50.0)), []),
        (take("The key was exactly where the old man had said", seconds=1.95, edges=(-50.0, -90.0)), ["start-cut"]),
        (take("Yes", seconds=0.9, power=0.0005), []),
    ],
)
def test_a_take_is_held_against_the_others_of_its_voice(odd: SpokenTake, checks: list[str]) -> None:
    assert found(odd) == checks


def test_a_voice_that_always_begins_at_once_is_not_cut() -> None:
    loud = [take(text, edges=(-30.0, -90.0)) for text in TEXTS]
    assert check_episode(loud) == {}


def test_the_edges_of_few_takes_tell_nothing() -> None:
    assert check_episode([*others()[:9], take("The key was exactly where the old man had said", edges=(-30.0, -30.0))]) == {}


def test_few_takes_tell_nothing() -> None:
    assert check_episode([*others()[:3], take("The key was exactly where the old man had said", seconds=9.0)]) == {}
    assert check_episode([]) == {}


def test_the_verdict_depends_on_neither_order_nor_repetition() -> None:
    odd = [
        take("The key was exactly where the old man had said", seconds=1.2),
        take("Keep the receipt if the coat does not fit", power=0.2),
    ]
    usual = check_episode([*others(), *odd])
    assert {address: [each.check for each in findings] for address, findings in usual.items()} == {
        odd[0].take.address: ["pace"],
        odd[1].take.address: ["level"],
    }
    for seed in range(5):
        spoken = [*others(), *odd, odd[0], odd[0], *others()[:2]]
        random.Random(seed).shuffle(spoken)
        assert check_episode(spoken) == usual


def test_a_verdict_has_its_own_findings_first_and_none_twice() -> None:
    spoken = take("There are six steps")
    own = (Finding("clipped", "x"), Finding("start-cut", "y"))
    judged = SpokenTake(spoken.utterance, VOICE, INFO, Take(*(getattr(spoken.take, n) for n in Take.__slots__[:-2]), TakeChecks(own, 13.0)))
    found = verdict(judged, [Finding("start-cut", "z"), Finding("level", "w")])
    assert [(finding.check, finding.message) for finding in found.findings] == [("clipped", "x"), ("start-cut", "y"), ("level", "w")]
    assert (found.suspect, found.score) == (True, 14.0)
    assert not TakeChecks().suspect
