"""What is known of the takes of a script without making anything: from the last render, else from the store of takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from voiceover import takes
from voiceover.errors import RunError
from voiceover.pipeline.job import EpisodePlan
from voiceover.pipeline.retakes import RetakeRounds
from voiceover.types import Finding, Planned


@dataclass(frozen=True, slots=True)
class Judgement:
    """The take of a line that is kept, and what was found in it."""

    address: str
    attempt: int
    attempts: tuple[str, ...]
    """The addresses of all attempts, in order, if the line was recorded again."""
    findings: tuple[Finding, ...]
    suspect: bool
    """True if there is a finding that nobody has accepted."""

    @property
    def checks(self) -> tuple[str, ...]:
        """The names of the checks that found something."""
        return tuple(dict.fromkeys(finding.check for finding in self.findings))


def last_judgements(episode: EpisodePlan, store: takes.FileStore) -> Mapping[str, Judgement]:
    """Return what is known of each line that is recorded, by the address in the plan.

    It comes from the manifest of the last render. If there is none where the episode would be written, as after a batch, the takes and
    attempts in the store are judged again, without listening to any.
    """
    if episode.previous is None:
        return _from_store(episode, store)
    found: dict[str, Judgement] = {}
    for made in episode.previous.takes:
        line = made.line
        judgement = Judgement(line.address, line.attempt, line.attempts, made.findings, made.suspect)
        found |= {line.first_address: judgement, line.address: judgement}
    return found


def _from_store(episode: EpisodePlan, store: takes.FileStore) -> Mapping[str, Judgement]:
    known = dict(store.get_many(planned.utterance.address for planned in episode.planned))
    recorded = tuple(item for item in episode.plan.items if not isinstance(item, Planned) or item.utterance.address in known)
    rounds = RetakeRounds(replace(episode, plan=replace(episode.plan, items=recorded)), store, None, lambda progress: None)
    while missing := rounds.missing(known):
        known.update(store.get_many(utterance.address for utterance, _ in missing))
        for utterance, _ in missing:
            if utterance.address not in known:
                rounds.fail(utterance, RunError(f"{utterance.source}: this attempt is not recorded"))
    judged = rounds.result()
    found: dict[str, Judgement] = {}
    for said in (planned.utterance for planned in judged.plan.planned if planned.utterance.recording is None):
        attempts = tuple(address for address in judged.attempts.get(said.address, ()) if address in known)
        checks = judged.verdicts[said.address]
        judgement = Judgement(
            said.address, said.attempt, attempts if len(attempts) > 1 else (), checks.findings, checks.is_suspect_for(said.accepted)
        )
        found[attempts[0] if attempts else said.address] = judgement
    return found
