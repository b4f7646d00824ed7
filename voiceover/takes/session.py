"""A recording in progress: which takes exist, what was recorded, and which lines failed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from voiceover.errors import EngineError, VoiceError, VoiceoverError
from voiceover.takes.feed import RequestFeed
from voiceover.takes.single import Request
from voiceover.types import OnProgress, Progress, Utterance

STAGE = "record"

OnFailed: TypeAlias = Callable[[Utterance, VoiceoverError], None]
"""Called with an utterance that cannot be recorded, and the error."""
OnRecorded: TypeAlias = Callable[[Utterance], None]
"""Called with an utterance whose take is stored."""
LINE_ERRORS = (EngineError, VoiceError)
"""Errors that concern one line only; any other error would also hit the next line."""


class RecordingSession:
    """One recording as its recorder sees it: where requests come from, and whom progress, takes and failures are reported to."""

    def __init__(
        self,
        tell: OnProgress,
        done: int,
        total: int,
        on_failed: OnFailed | None,
        stop: Callable[[], bool] | None,
        on_recorded: OnRecorded | None = None,
        feed: RequestFeed | None = None,
    ) -> None:
        self._tell, self._done, self._total = tell, done, total
        self._on_failed, self._stop, self._on_kept = on_failed, stop, on_recorded
        self._is_over = False
        self.feed = feed
        self.recorded: set[str] = set()
        """Addresses of the recorded takes, if there is no feed."""

    @property
    def expects_more(self) -> bool:
        """True while the feed may bring more requests."""
        return self.feed is not None and self.feed.is_open

    def new_requests(self) -> list[Sequence[Request]]:
        """Return the requests that arrived since the last call."""
        come = self.feed.take() if self.feed is not None else []
        if come:
            self._total += sum(map(len, come))
            self._tell(Progress(STAGE, self._done, self._total))
        return come

    def started(self, utterance: Utterance) -> None:
        """Report that a take was started."""
        self._tell(Progress(STAGE, self._done, self._total, f"{utterance.speaker}: {utterance.text}"))

    def recorded_take(self, utterance: Utterance) -> None:
        """Report that a take was stored."""
        if self._on_kept is not None:
            self._on_kept(utterance)
        else:
            self.recorded.add(utterance.address)
        self._done += 1
        self.started(utterance)

    def failed(self, utterance: Utterance, error: VoiceoverError) -> None:
        """Report that an utterance cannot be recorded; raise ``error`` if there is no ``on_failed``."""
        if self._on_failed is None:
            raise error
        self._on_failed(utterance, error)

    def is_stopped(self) -> bool:
        """True once no new take may be started."""
        self._is_over = self._is_over or (self._stop is not None and self._stop())
        return self._is_over
