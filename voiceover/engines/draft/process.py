"""Client of the process in ``espeak.py``: starts it, sends requests, and restarts it if it dies."""

from __future__ import annotations

import contextlib
import json
import os
import select
import struct
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from voiceover.errors import EngineError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COMMAND = (sys.executable, "-P", str(Path(__file__).with_name("espeak.py")))
"""-P: this folder's modules are not on its search path, nor is the current folder."""

ANSWER_SECONDS = 120.0
"""Timeout of a request; a minute of speech takes about 0.1 s."""

CLOSE_SECONDS = 5.0


class EspeakProcess:
    """The espeak-ng process, started with the first request.

    It ends with ``close``, with this object, and, as its stdin ends then, with this process however that dies.
    """

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self._command = tuple(command)
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._words: IO[bytes] | None = None
        self._stop: weakref.finalize[[subprocess.Popen[bytes], IO[bytes], int], EspeakProcess] | None = None

    def speak(self, request: dict[str, Any]) -> tuple[list[NDArray[np.int16]], list[list[tuple[int, int]]]]:
        """Return the samples and the words of each piece of a request (see ``espeak.py`` for its form).

        A process that dies is started again once. Raises EngineError, without a place, when that dies too or the request is refused.
        """
        import numpy as np

        header, samples = self._ask(request)
        ends = np.cumsum(header["lengths"], dtype=np.int64)
        words = [[(position, frame) for position, frame in piece] for piece in header["words"]]
        return np.split(np.frombuffer(samples, dtype="<i2"), ends[:-1]), words

    def phonemes(self, texts: Sequence[tuple[str, str]]) -> list[str]:
        """Return espeak-ng's IPA of each (voice, text), all in one request. Raises as ``speak`` does."""
        header, _ = self._ask({"phonemes": [{"voice": voice, "text": text} for voice, text in texts]})
        phonemes: list[str] = header["phonemes"]
        return phonemes

    def _ask(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Return both frames of the reply to a request, restarting the process once."""
        body = json.dumps(request).encode()
        for attempt in (1, 2):
            try:
                header, samples = self._exchange(body)
            except TimeoutError as error:
                self.close()
                raise EngineError(f"espeak-ng's process gave {error}") from error
            except (OSError, EOFError) as error:
                words = self._last_words() or str(error)
                self.close()
                if attempt == 2:
                    raise EngineError(f"espeak-ng's process died twice: {words}") from error
                continue
            except BaseException:
                # Half an answer may be in the pipe: the next request would be given this one's samples.
                self.close()
                raise
            break
        if header["spent"]:
            self.close()
        if header["error"] is not None:
            raise EngineError(header["error"])
        return header, samples

    def close(self) -> None:
        """End the process; the next request starts another."""
        if self._stop is not None:
            self._stop()
        self._process = self._words = self._stop = None

    def _exchange(self, body: bytes) -> tuple[dict[str, Any], bytes]:
        process = self._running()
        if process.stdin is None or process.stdout is None:
            raise EOFError("it has no pipes")
        process.stdin.write(struct.pack("<I", len(body)) + body)
        process.stdin.flush()
        deadline = time.monotonic() + ANSWER_SECONDS
        header = _read_frame(process.stdout.fileno(), deadline)
        return json.loads(header), _read_frame(process.stdout.fileno(), deadline)

    def _running(self) -> subprocess.Popen[bytes]:
        """Return the process; start it if this process has none: the one that a fork inherits belongs to its parent."""
        if self._process is not None and self._owner == os.getpid():
            return self._process
        words = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
        try:
            # In a group of its own, so that Ctrl-C reaches this process alone, which then closes the pipe.
            process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=words, close_fds=True, process_group=0
            )
        except BaseException:
            words.close()
            raise
        if self._stop is not None:
            self._stop.detach()
        self._process, self._words, self._owner = process, words, os.getpid()
        self._stop = weakref.finalize(self, _stop, process, words, self._owner)
        return process

    def _last_words(self) -> str:
        """Return the last line that the dead process wrote to stderr."""
        if self._words is None:
            return ""
        if self._process is not None:
            _end(self._process)
        self._words.seek(0)
        lines = self._words.read().decode(errors="replace").strip().splitlines()
        code = "" if self._process is None else f"exit code {self._process.returncode}"
        return f"{lines[-1].strip()} ({code})" if lines else code


def _read_frame(descriptor: int, deadline: float) -> bytes:
    (length,) = struct.unpack("<I", _read(descriptor, 4, deadline))
    return _read(descriptor, length, deadline)


def _read(descriptor: int, length: int, deadline: float) -> bytes:
    """Read ``length`` bytes. Raises EOFError at the end of the pipe, TimeoutError after the deadline."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    body = bytearray()
    while len(body) < length:
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(1000 * left):
            raise TimeoutError(f"no answer within {ANSWER_SECONDS:.0f} s")
        block = os.read(descriptor, length - len(body))
        if not block:
            raise EOFError("it ended in the middle of an answer")
        body += block
    return bytes(body)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close the process's stdin, which ends it, and wait until it has ended."""
    if process.stdin is not None:
        with contextlib.suppress(OSError):  # nothing reads what was left to write
            process.stdin.close()
    try:
        process.wait(CLOSE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _stop(process: subprocess.Popen[bytes], words: IO[bytes], owner: int) -> None:
    if os.getpid() == owner:
        _end(process)
    if process.stdout is not None:
        process.stdout.close()
    words.close()
