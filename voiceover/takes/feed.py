"""Requests that arrive while a recording runs: added by one thread, taken by the recorder's."""

from __future__ import annotations

from collections.abc import Sequence
from queue import SimpleQueue

from voiceover.takes.single import Request


class RequestFeed:
    """A queue of requests with a file descriptor that a recorder can wait on together with its workers' pipes."""

    def __init__(self) -> None:
        from multiprocessing.connection import Pipe  # slow to import

        self._pending: SimpleQueue[Sequence[Request]] = SimpleQueue()
        self.wakeup, self._waker = Pipe(duplex=False)
        """Readable when requests were added or the feed was closed, until ``clear_wakeup``."""
        self.is_open = True
        """True while more requests may come."""

    def put(self, requests: Sequence[Request]) -> None:
        """Add ``requests``; none of them may be in the feed or being recorded already."""
        self._pending.put(requests)
        self._wake()

    def close(self) -> None:
        """Declare that no more requests will come."""
        self.is_open = False
        self._wake()

    def take(self) -> list[Sequence[Request]]:
        """Return what was added since the last call, as it was added."""
        taken: list[Sequence[Request]] = []
        while not self._pending.empty():
            taken.append(self._pending.get_nowait())
        return taken

    def clear_wakeup(self) -> None:
        """Make ``wakeup`` unreadable until something new happens; what was added stays for ``take``."""
        while self.wakeup.poll():
            self.wakeup.recv_bytes()

    def _wake(self) -> None:
        self._waker.send_bytes(b"!")
