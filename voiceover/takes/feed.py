"""Requests that come while a recording goes on: put in by one thread, taken out by the recorder's."""

from __future__ import annotations

from collections.abc import Sequence
from queue import SimpleQueue

from voiceover.takes.single import Request


class RequestFeed:
    """A way in for requests, with a bell that a recorder can wait for."""

    def __init__(self) -> None:
        from multiprocessing.connection import Pipe  # slow to import

        self._coming: SimpleQueue[Sequence[Request]] = SimpleQueue()
        self.bell, self._string = Pipe(duplex=False)
        """Can be read from when there is news, until ``hush``."""
        self.is_open = True
        """Whether more may come."""

    def put(self, requests: Sequence[Request]) -> None:
        """Have ``requests`` recorded, each once: none of them is to be on its way already."""
        self._coming.put(requests)
        self._ring()

    def close(self) -> None:
        """Nothing comes any more."""
        self.is_open = False
        self._ring()

    def take(self) -> list[Sequence[Request]]:
        """What has come since, as it was put in."""
        taken: list[Sequence[Request]] = []
        while not self._coming.empty():
            taken.append(self._coming.get_nowait())
        return taken

    def hush(self) -> None:
        """Have the bell say nothing until there is more news; what it has told of is there for ``take``."""
        while self.bell.poll():
            self.bell.recv_bytes()

    def _ring(self) -> None:
        self._string.send_bytes(b"!")
