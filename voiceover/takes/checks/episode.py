"""The checks of an episode's takes against each other: edges, level and pace, each against what is usual for the same voice.

Only takes of this episode count, each once. So a verdict depends neither on the order in which they were recorded, nor on the number of
workers, nor on anything else in the store.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from voiceover.audio.faults.edges import end_cut, start_cut
from voiceover.takes.checks.one import clip_of, usual_seconds
from voiceover.types import EngineInfo, Finding, Take, Utterance, Voice

FEWEST_TAKES = 5
"""Nothing is usual for a voice with fewer takes."""
FEWEST_EDGES = 16
"""No edge is usual for a voice with fewer: some engines begin most takes with silence, and others with the first sound at once."""
SHORTEST_SECONDS = 1.0
"""Level and pace of words that usually take less vary too much."""
LEVEL_RANGE_DB = 8.0
FASTEST, SLOWEST = 0.72, 1.35
"""Length of the speech relative to what is usual for the voice."""
OVERHEAD_SECONDS = 0.2
"""What every utterance takes besides its words: the last syllable is drawn out."""
USUAL_SHARE = 0.9
"""Share of a voice's takes whose edges are usual for it."""
LEAST_USUAL_DB = -65.0
"""Lower edges are silent in every take."""
CUT_MARGIN_DB = 25.0
"""An edge that is louder than usual by more than this is cut."""
SHORT_MARGIN_DB = 5.0
SHORT = 0.9
"""So is one that is a little louder, in a take that is shorter than this share of the usual length."""


@dataclass(frozen=True, slots=True)
class SpokenTake:
    """A take with what it was made from."""

    utterance: Utterance
    voice: Voice
    engine: EngineInfo
    take: Take

    @property
    def usual_seconds(self) -> float:
        """The usual length of its words, by text and speed alone."""
        clip = clip_of(self.utterance, self.voice, self.engine)
        return usual_seconds(self.utterance.spoken, self.utterance.options.speed, clip)

    @property
    def length(self) -> float:
        """The length of its speech relative to the usual one."""
        return self.take.speech_seconds / (self.usual_seconds + OVERHEAD_SECONDS)


def check_episode(spoken: Iterable[SpokenTake]) -> Mapping[str, tuple[Finding, ...]]:
    """Return the findings on takes of one episode, by address; takes without findings are left out.

    Each take must have its own checks.
    """
    by_voice: dict[tuple[str, str, str], dict[str, SpokenTake]] = defaultdict(dict)
    for each in spoken:
        by_voice[each.utterance.engine, each.voice.name, each.utterance.style][each.take.address] = each
    found: dict[str, tuple[Finding, ...]] = {}
    for group in by_voice.values():
        usable = [each for each in group.values() if each.take.speech_power > 0 and each.take.speech_seconds > 0]
        if len(usable) >= FEWEST_TAKES:
            usual = _usual(usable)
            findings = {each.take.address: (*_edges(each, usual), *_manner(each, usual)) for each in usable}
            found |= {address: its for address, its in findings.items() if its}
    return found


@dataclass(frozen=True, slots=True)
class _Usual:
    """What is usual for a voice in an episode."""

    edges_db: tuple[float, float]
    """Levels that most of its edges do not exceed."""
    level_db: float
    length: float


def _usual(takes: Sequence[SpokenTake]) -> _Usual:
    edges = [each.take.checks.edges_db for each in takes if each.take.checks is not None and each.take.checks.edges_db is not None]
    # A short word is as good for the edges as a long line; if all lines are short, they are compared with each other.
    long = [each for each in takes if each.usual_seconds >= SHORTEST_SECONDS] or list(takes)
    starts, ends = (sorted(pair[side] for pair in edges) for side in (0, 1))
    return _Usual(
        (_most(starts), _most(ends)),
        median(10 * math.log10(each.take.speech_power) for each in long),
        median(each.length for each in long),
    )


def _most(levels: Sequence[float]) -> float:
    """Return the level that ``USUAL_SHARE`` of the sorted levels do not exceed; full scale if there are too few."""
    return max(levels[math.ceil(USUAL_SHARE * len(levels)) - 1], LEAST_USUAL_DB) if len(levels) >= FEWEST_EDGES else 0.0


def _edges(each: SpokenTake, usual: _Usual) -> list[Finding]:
    edges = each.take.checks.edges_db if each.take.checks is not None else None
    if edges is None:
        return []
    margin = SHORT_MARGIN_DB if each.length < SHORT * usual.length else CUT_MARGIN_DB
    found = [start_cut()] if edges[0] > usual.edges_db[0] + margin else []
    if edges[1] > usual.edges_db[1] + margin:
        found.append(end_cut(each.take.frames / each.take.sample_rate))
    return found


def _manner(each: SpokenTake, usual: _Usual) -> list[Finding]:
    """Return the findings on level and pace."""
    if each.usual_seconds < SHORTEST_SECONDS:
        return []
    found = []
    over = 10 * math.log10(each.take.speech_power) - usual.level_db
    if abs(over) > LEVEL_RANGE_DB:
        how = "louder" if over > 0 else "softer"
        found.append(Finding("level", f"it is {abs(over):.0f} dB {how} than this voice usually is in the episode"))
    length = each.length / usual.length
    if not FASTEST <= length <= SLOWEST:
        how = "fast" if length < 1 else "slow"
        found.append(Finding("pace", f"it is {max(length, 1 / length):.1f} times as {how} as this voice usually is in the episode"))
    return found
