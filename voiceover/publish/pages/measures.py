"""What an episode measures, by speaker and by gap, from the levels that the master was measured with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log10
from statistics import median

from voiceover.publish.pages.said import SaidLine
from voiceover.publish.pages.waveform import STEPS_PER_SECOND
from voiceover.types import Profile

_RELATIVE_GATE_LU = 10.0
_LEAST_GAP_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class SpeakerShare:
    """How much one speaker says, and how loud."""

    name: str
    takes: int
    seconds: float
    share: float
    """Of all that is said, from 0 to 1."""
    lufs: float | None
    """Loudness in the episode, music included; None if it is silent, or was not measured."""
    apart_lu: float | None
    """Loudness compared with that of everything that is said."""


@dataclass(frozen=True, slots=True)
class Gap:
    """The silence, or the music, between two lines."""

    seconds: float
    start: float
    """Seconds of the episode."""


@dataclass(frozen=True, slots=True)
class GapFigures:
    """The gaps of an episode."""

    median: float
    shortest: Gap
    longest: tuple[Gap, ...]
    """Some of the longest, in order of length."""


def speaker_shares(lines: Sequence[SaidLine], profile: Profile | None) -> tuple[SpeakerShare, ...]:
    """Return the speakers in the order in which they are first heard."""
    names = dict.fromkeys(line.speaker for line in lines)
    total = sum(line.end - line.start for line in lines) or 1.0
    whole = _loudness(lines, profile)
    found = []
    for name in names:
        own = [line for line in lines if line.speaker == name]
        seconds = sum(line.end - line.start for line in own)
        lufs = _loudness(own, profile)
        apart = lufs - whole if lufs is not None and whole is not None else None
        found.append(SpeakerShare(name, len(own), seconds, seconds / total, lufs, apart))
    return tuple(found)


def gaps_of(lines: Sequence[SaidLine], most: int = 3) -> GapFigures | None:
    """Return the gaps between lines; None if there are none."""
    found = [
        Gap(after.start - before.end, before.end) for before, after in pairwise(lines) if after.start - before.end >= _LEAST_GAP_SECONDS
    ]
    if not found:
        return None
    ordered = sorted(found, key=lambda gap: -gap.seconds)
    return GapFigures(median(gap.seconds for gap in found), ordered[-1], tuple(ordered[:most]))


def _loudness(lines: Iterable[SaidLine], profile: Profile | None) -> float | None:
    """Return the loudness of lines in LUFS, without their pauses: steps that are 10 LU below the mean do not count."""
    if profile is None:
        return None
    powers: list[float] = []
    for line in lines:
        steps = profile.levels[round(line.start * STEPS_PER_SECOND) : max(round(line.end * STEPS_PER_SECOND), 0)]
        powers += [10 ** ((step / 4 - 63.75) / 10) for step in steps if step]
    if not powers:
        return None
    gate = sum(powers) / len(powers) / 10 ** (_RELATIVE_GATE_LU / 10)
    kept = [power for power in powers if power > gate]
    return 10 * log10(sum(kept) / len(kept))
