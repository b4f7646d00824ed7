"""The checks of an episode's takes against each other: level and pace against the median of the same voice.

Only takes of this episode count, each once. So a verdict depends neither on the order in which they were recorded, nor on the number of
workers, nor on anything else in the store.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from voiceover.takes.checks.one import usual_seconds
from voiceover.takes.checks.score import score_of
from voiceover.types import EngineInfo, Finding, Take, TakeChecks, Utterance, Voice

FEWEST_TAKES = 5
"""Fewer takes of a voice have no meaningful median."""
SHORTEST_SECONDS = 1.0
"""Level and pace of shorter speech vary too much."""
LEVEL_RANGE_DB = 8.0
PACE_RANGE = 1.6
"""Largest factor between the pace of a take and the voice's median, in either direction."""


@dataclass(frozen=True, slots=True)
class SpokenTake:
    """A take with what it was made from."""

    utterance: Utterance
    voice: Voice
    engine: EngineInfo
    take: Take


def check_episode(spoken: Iterable[SpokenTake]) -> Mapping[str, tuple[Finding, ...]]:
    """Return the findings on takes of one episode, by address; takes without findings are left out."""
    by_voice: dict[tuple[str, str, str], dict[str, SpokenTake]] = defaultdict(dict)
    for each in spoken:
        if each.take.speech_seconds >= SHORTEST_SECONDS and each.take.speech_power > 0:
            by_voice[each.utterance.engine, each.voice.name, each.utterance.style][each.take.address] = each
    found: dict[str, list[Finding]] = defaultdict(list)
    for group in by_voice.values():
        if len(group) >= FEWEST_TAKES:
            for check, measure, words, most in (
                ("level", _level_db, "it is {0:.0f} dB {1} than the voice usually is in this episode", LEVEL_RANGE_DB),
                ("pace", _length_db, "it is {2:.1f} times as {3} as the voice usually is in this episode", 20 * math.log10(PACE_RANGE)),
            ):
                _compare(group, check, measure, words, most, found)
    return {address: tuple(findings) for address, findings in found.items()}


def verdict(spoken: SpokenTake, together: tuple[Finding, ...]) -> TakeChecks:
    """Return the whole verdict on a take: its own checks, and the findings of ``check_episode`` on it."""
    own = spoken.take.checks or TakeChecks()
    findings = (*own.findings, *together)
    return TakeChecks(findings, score_of(findings))


def _compare(
    group: Mapping[str, SpokenTake],
    check: str,
    measure: Callable[[SpokenTake], float],
    words: str,
    most_db: float,
    found: dict[str, list[Finding]],
) -> None:
    measured = {address: measure(each) for address, each in group.items()}
    usual = median(measured.values())
    for address, value in measured.items():
        over = value - usual
        if abs(over) > most_db:
            loud, slow = ("louder", "slow") if over > 0 else ("softer", "fast")
            found[address].append(Finding(check, words.format(abs(over), loud, 10 ** (abs(over) / 20), slow)))


def _level_db(spoken: SpokenTake) -> float:
    return 10 * math.log10(spoken.take.speech_power)


def _length_db(spoken: SpokenTake) -> float:
    """Return 20 log10 of the speech's length relative to the usual one."""
    utterance = spoken.utterance
    style = spoken.voice.styles.get(utterance.style)
    clip = style.clip if style is not None and spoken.engine.reference_in_window else None
    return 20 * math.log10(spoken.take.speech_seconds / usual_seconds(utterance.spoken, utterance.options.speed, clip))
