"""Retakes: a line whose take is suspect is recorded again with the next seed, and the best attempt is kept.

All first attempts are judged together, then all second ones, and so on. So the result depends on the episode alone, not on the order in
which its takes were recorded, or by how many workers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, MutableMapping
from dataclasses import replace

from voiceover import plan, takes
from voiceover.errors import UnusableTakeError, VoiceoverError
from voiceover.pipeline.job import EpisodePlan
from voiceover.types import Listener, OnProgress, Plan, PlanItem, Planned, Status, Take, TakeChecks, Utterance
from voiceover.types.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class _Attempt:
    utterance: Utterance
    checks: TakeChecks


@dataclass(frozen=True, slots=True)
class Judged:
    """The takes of an episode that are kept, and the verdicts on them."""

    plan: Plan
    """The plan, each line with the attempt that is kept."""
    verdicts: Mapping[str, TakeChecks]
    """By address; an own recording has none."""
    attempts: Mapping[str, tuple[str, ...]]
    """The addresses of all attempts at a line that was recorded again, in order, by the address of the one that is kept."""


class RetakeRounds:
    """The rounds in which the lines of an episode are judged and recorded again."""

    def __init__(self, episode: EpisodePlan, store: takes.FileStore, listener: Listener | None, on_progress: OnProgress) -> None:
        """``listener`` judges takes by ear, too; ``on_progress`` is told while it does."""
        self._episode, self._store, self._most = episode, store, episode.retakes
        self._listener, self._on_progress = listener, on_progress
        self._lines: dict[str, list[Planned]] = defaultdict(list)
        """The lines that share a take, by the address of the first attempt."""
        for planned in episode.plan.planned:
            if planned.utterance.recording is None:
                self._lines[planned.utterance.address].append(planned)
        self._tried: dict[str, list[_Attempt]] = {first: [] for first in self._lines}
        self._asked = {first: [first] for first in self._lines}
        """The addresses of all attempts at each line, also of those that cannot be recorded."""
        self._now = {first: lines[0].utterance for first, lines in self._lines.items()}
        """The attempt at each line that counts in this round."""
        self._open = set(self._lines)
        """The lines that this round judges."""
        self._failed: dict[str, VoiceoverError] = {}
        """Attempts that cannot be recorded, by address."""
        self._round = 0
        self.is_over = not self._lines
        """True once every line has a take that is kept."""

    def missing(self, known: MutableMapping[str, Take]) -> list[takes.Request]:
        """Return the attempts that are needed next and are not in ``known``, the takes by address; judge those that are there."""
        while not self.is_over:
            wanted = [self._now[first] for first in self._lines if first in self._open]
            missing = [said for said in wanted if said.address not in known and said.address not in self._failed]
            if missing:
                return [(said, self._episode.plan.voice_of(said)) for said in missing]
            self._judge(known)
        return []

    def fail(self, utterance: Utterance, error: VoiceoverError) -> None:
        """Note that an attempt cannot be recorded; then the others count."""
        self._failed[utterance.address] = error

    def has_failed(self, utterance: Utterance) -> bool:
        """True if an attempt is known not to be recorded."""
        return utterance.address in self._failed

    def may_try_again(self, utterance: Utterance, error: VoiceoverError) -> bool:
        """True if ``error`` says that the first attempt at a line is unusable, and another seed may help."""
        return isinstance(error, UnusableTakeError) and self._most > 0 and self._may_be_retaken(utterance.address)

    def result(self) -> Judged:
        """Return what was found; to be called when the rounds are over."""
        best = {first: min(tried, key=_score) for first, tried in self._tried.items()}
        return Judged(
            _with_attempts(self._episode.plan, {first: attempt.utterance for first, attempt in best.items()}),
            {attempt.utterance.address: attempt.checks for attempt in best.values()},
            {best[first].utterance.address: tuple(asked) for first, asked in self._asked.items() if len(asked) > 1},
        )

    def _judge(self, known: MutableMapping[str, Take]) -> None:
        from voiceover.pipeline.verdicts import verdicts_of  # numpy

        current = {first: self._counting(first) for first in self._lines}
        heard = replace(self._episode, plan=_with_attempts(self._episode.plan, current))
        verdicts = verdicts_of(heard, known, self._store, self._listener, self._on_progress)
        self._round += 1
        again = set()
        for first in (each for each in self._lines if each in self._open):
            said = self._now[first]
            if said.address not in self._failed:
                self._tried[first].append(_Attempt(said, verdicts[said.address]))
            best = min(self._tried[first], key=_score, default=None)
            # An acceptance counts at the end only: it is for the attempt that was kept, which must be found again.
            is_bad = best is None or best.checks.suspect
            if is_bad and self._round <= self._most and self._may_be_retaken(first):
                again.add(first)
                self._now[first] = self._attempt(first, self._round)
                self._asked[first].append(self._now[first].address)
            elif best is None:
                raise self._failed[first]
            else:
                self._now[first] = best.utterance
        self._open = again
        self.is_over = not again

    def _counting(self, first: str) -> Utterance | None:
        """Return the attempt at a line that counts in this round; None if there is no take of it."""
        if self._now[first].address not in self._failed:
            return self._now[first]
        best = min(self._tried[first], key=_score, default=None)
        return None if best is None else best.utterance

    def _may_be_retaken(self, first: str) -> bool:
        """True if another seed may help, and a person has not chosen this very take; a kept one of an older version stays, too."""
        engine = self._episode.plan.engine_of(self._lines[first][0].utterance)
        chosen = any(planned.utterance.choice is not None and planned.utterance.choice.decides_sound for planned in self._lines[first])
        can_be_better = engine.has_seeds and not engine.provisional
        return can_be_better and not chosen and all(planned.status is not Status.KEPT for planned in self._lines[first])

    def _attempt(self, first: str, number: int) -> Utterance:
        said = self._lines[first][0].utterance
        return plan.another_attempt(said, self._episode.plan.voice_of(said), self._episode.plan.engine_of(said), number)


def _score(attempt: _Attempt) -> float:
    return attempt.checks.score


def _with_attempts(planned: Plan, attempts: Mapping[str, Utterance | None]) -> Plan:
    """Return the plan with other attempts, by the address of the first one; without the lines whose attempt is None."""
    items: list[PlanItem] = []
    for item in planned.items:
        if not isinstance(item, Planned) or item.utterance.address not in attempts:
            items.append(item)
        elif (chosen := attempts[item.utterance.address]) is not None:
            said = replace(item.utterance, address=chosen.address, seed=chosen.seed, attempt=chosen.attempt)
            items.append(replace(item, utterance=said))
    return replace(planned, items=tuple(items))
