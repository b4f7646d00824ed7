"""The takes of a script as a list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from voiceover.pipeline.context import open_store
from voiceover.pipeline.job import Job
from voiceover.pipeline.judgements import Judgement, last_judgements
from voiceover.pipeline.render import plan_episode
from voiceover.pipeline.take_lines import TakeLine, take_lines
from voiceover.types import Status


@dataclass(frozen=True, slots=True)
class ListedTake:
    """A take of a script, as it is in the store and in the episode that was last rendered."""

    line: TakeLine
    address: str
    """Address of the attempt that was kept; of the first one if the episode has not been rendered."""
    path: Path | None
    """Its WAV file; None if it is not recorded."""
    bytes: int
    seconds: float | None
    judgement: Judgement | None
    """What is known of it; None if it is not recorded, or an own recording."""

    @property
    def text(self) -> str:
        return self.line.planned.utterance.text

    @property
    def flags(self) -> tuple[str, ...]:
        """What was chosen for it and found in it, in words."""
        choice = self.line.planned.utterance.choice
        flags = [] if choice is None else list(replace(choice, accepted=()).in_words)
        judgement = self.judgement
        if judgement is not None and judgement.attempts:
            flags.append(f"attempt {judgement.attempt} of {len(judgement.attempts)} kept")
        if self.line.planned.status is Status.KEPT:
            flags.append(self.line.planned.reason)
        if judgement is not None and judgement.findings:
            flags.append(f"{'suspect' if judgement.suspect else 'accepted'}: {', '.join(judgement.checks)}")
        return tuple(flags)

    def as_json(self) -> dict[str, object]:
        """Return the take as JSON values."""
        said = self.line.planned.utterance
        return {
            "number": self.line.number,
            "address": self.address,
            "path": str(self.path) if self.path else None,
            "bytes": self.bytes if self.path else None,
            "seconds": self.seconds,
            "source": str(said.source),
            "place": self.line.place,
            "speaker": said.speaker,
            "text": said.text,
            "attempts": list(self.judgement.attempts) if self.judgement else [],
            "suspect": self.judgement is not None and self.judgement.suspect,
            "findings": list(self.judgement.checks) if self.judgement else [],
            "flags": list(self.flags),
        }


def listed_takes(job: Job) -> tuple[ListedTake, ...]:
    """Return the takes of a script in order, with what is known of them. Raises ScriptError."""
    episode = plan_episode(job)
    store = open_store(job.cache_folder)
    judged = last_judgements(episode, store)
    rows = []
    for line in take_lines(episode):
        known = judged.get(line.planned.utterance.address)
        address = line.planned.utterance.address if known is None else known.address
        path = store.path(address) if store.has(address) else None
        seconds = store.seconds(address) if path is not None else None
        rows.append(ListedTake(line, address, path, path.stat().st_size if path else 0, seconds, known))
    return tuple(rows)
