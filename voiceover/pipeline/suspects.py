"""The suspect takes of a finished episode, by their lines in the script."""

from __future__ import annotations

from collections.abc import Sequence

from voiceover import publish
from voiceover.pipeline.job import EpisodePlan
from voiceover.pipeline.take_lines import TakeLine, take_lines
from voiceover.types import Finding
from voiceover.types.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class SuspectTake:
    """A take in which a check found something that nobody has accepted."""

    line: TakeLine
    findings: tuple[Finding, ...]
    attempts: int
    """How often it was recorded."""

    def in_words(self, script: object) -> str:
        """Return its place with what was found in it, on one line."""
        found = "; ".join(finding.message for finding in self.findings)
        return f"{script}:{self.line.place}: {found}{f' (the best of {self.attempts} attempts)' if self.attempts > 1 else ''}"


def suspect_takes(episode: EpisodePlan) -> tuple[SuspectTake, ...]:
    """Return the suspect takes of an episode whose files exist, in order, as its manifest has them."""
    manifest = publish.read_manifest(episode.place.last_manifest)
    if manifest is None or not manifest.suspect:
        return ()
    return tuple(
        SuspectTake(line, made.findings, max(len(made.line.attempts), 1))
        for line, made in zip(take_lines(episode), manifest.takes, strict=False)
        if made.suspect
    )


def suspects_in_words(suspects: Sequence[SuspectTake], script: object) -> str:
    """Return ``2 suspect takes: episode.md:41, :88``; empty if there are none."""
    if not suspects:
        return ""
    places = ", ".join(f"{'' if number else script}:{suspect.line.place}" for number, suspect in enumerate(suspects))
    return f"{len(suspects)} suspect take{'' if len(suspects) == 1 else 's'}: {places}"


def without_seeds(suspects: Sequence[SuspectTake], episode: EpisodePlan) -> tuple[str, ...]:
    """Return the engines of suspect takes that cannot be recorded again, since they have no seeds."""
    engines = (episode.plan.engine_of(suspect.line.planned.utterance) for suspect in suspects)
    return tuple(sorted({engine.name for engine in engines if not engine.has_seeds}))
