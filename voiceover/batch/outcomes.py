"""What is told of an episode when it is over, and what the next batch is to know of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from voiceover.batch.changes import ChangeDetector
from voiceover.batch.contents import stamp_of
from voiceover.batch.episode import ActiveEpisode, facts_of, log_of, notes_of, takes_in_words
from voiceover.batch.journal import Journal
from voiceover.batch.types import FoundScript, Outcome, OutputFile, ScriptStatus
from voiceover.errors import StoreError, VoiceoverError
from voiceover.types import Episode

log = logging.getLogger(__name__)


class OutcomeReporter:
    """Tells of each episode how it went, and notes what stands."""

    def __init__(self, changes: ChangeDetector, journal: Journal, tell: Callable[[Outcome], None]) -> None:
        self._changes, self._journal = changes, journal
        self.outcome = tell
        self.any_failed = False
        self.store_failures = 0
        """Episodes one after the other that failed because a take store did."""

    def made(self, active: ActiveEpisode, finished: Episode) -> None:
        self.store_failures = 0
        speech = sum(take.frames / take.sample_rate for take in active.takes.values())
        why = f"{active.why}; {takes_in_words(active.episode)}"
        self._stands(active, finished, ScriptStatus.MADE, why, speech, len(active.own), len(active.takes) - len(active.own))

    def unchanged(self, active: ActiveEpisode, standing: Episode) -> None:
        lines = active.episode.previous.lines if active.episode.previous else ()
        why = f"{active.why}, and nothing that is heard or read"
        self._stands(active, standing, ScriptStatus.UNCHANGED, why, sum(line.seconds for line in lines), 0, len(active.addresses))

    def silent(self, found: FoundScript, reason: str, asked: set[str], since_ns: int) -> None:
        """There is nothing to hear; ``asked`` and ``since_ns`` are as with ``ChangeDetector.entry_of``."""
        old = self._journal.find(found.name)
        outputs = old.outputs if old is not None and old.stem == found.name else ()
        entry = self._changes.entry_of(found, found.name, asked, {}, since_ns)
        self._journal.put(found.name, replace(entry, silent=reason, outputs=outputs, left=bool(outputs)))
        self.outcome(Outcome(found, ScriptStatus.SKIPPED, reason))

    def failed(self, found: FoundScript, error: Exception, wall_seconds: float = 0.0) -> None:
        self.any_failed = True
        self.store_failures = self.store_failures + 1 if isinstance(error, StoreError) else 0
        code = error.exit_code if isinstance(error, VoiceoverError) else 1
        words = str(error) if isinstance(error, VoiceoverError) else f"{found.script}: {type(error).__name__}: {error}"
        if not isinstance(error, VoiceoverError):
            # Whatever it is, the other episodes are to be made; where it came from is for whoever mends it.
            log.error("%s", words, exc_info=error)
        self.outcome(Outcome(found, ScriptStatus.FAILED, words, wall_seconds=wall_seconds, exit_code=code))

    def unfinished(self, active: ActiveEpisode) -> None:
        self.outcome(Outcome(active.found, ScriptStatus.UNFINISHED, "stopped before its end", wall_seconds=active.wall_seconds))

    def _stands(
        self, active: ActiveEpisode, finished: Episode, ending: ScriptStatus, why: str, speech_seconds: float, recorded: int, reused: int
    ) -> None:
        facts = facts_of(active, finished, speech_seconds)
        files = tuple(OutputFile(file.path.name, file.bytes, file.sha256, stamp_of(str(file.path))) for file in finished.files)
        self._journal.put(active.found.name, replace(active.entry, outputs=files, facts=facts))
        self.outcome(
            Outcome(
                active.found,
                ending,
                why,
                active.entry.stem,
                recorded=recorded,
                reused=reused,
                wall_seconds=active.wall_seconds,
                facts=facts,
                files=files,
                notes=notes_of(active.episode, finished),
                log=log_of(active.episode, finished),
            )
        )
