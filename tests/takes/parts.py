"""An engine that sings: a tone for each word, by the words and the seed alone. Some words make it misbehave.

It stands in a file of its own because recording processes import it by name.
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from voiceover.errors import EngineError, EngineMissingError
from voiceover.takes import OpenerOf
from voiceover.types import Audio, EngineInfo, Options, Source, SpokenSpan, Style, Utterance, Voice

RATE = 16000
WORD_SECONDS = 0.2
INFO = EngineInfo("tone", 1, "tone r1", RATE, 30.0, False)
VOICE = Voice("ada", Path("ada"), "en", {"": Style(None)}, licence="CC0-1.0")


def line(text: str, number: int = 1, **changes: object) -> Utterance:
    """An utterance of the speaker Ada, on line ``number`` of ``play.md``."""
    address = hashlib.sha256(text.encode()).hexdigest()
    seconds = WORD_SECONDS * len(text.split())
    utterance = Utterance(
        *(address, "", "", "Ada", "ada", "", (SpokenSpan(text, "en"),), text, Options(speed=1.1), 7, 0, 0.0, number, seconds),
        Source("play.md", number),
    )
    return replace(utterance, **changes)  # type: ignore[arg-type]


def lines(count: int) -> list[Utterance]:
    """Utterances of one to three words, no two alike."""
    return [line(f"line{n}" + " more" * (n % 3), n) for n in range(1, count + 1)]


def ada(utterances: Iterable[Utterance]) -> list[tuple[Utterance, Voice]]:
    """The utterances, each to be spoken by the voice ada."""
    return [(utterance, VOICE) for utterance in utterances]


def tones(text: str, seed: int = 7) -> Audio:
    """What the engine makes of ``text``."""
    time_axis = np.arange(round(WORD_SECONDS * RATE)) / RATE
    words = []
    for word in text.split():
        pitch = 200 + hashlib.sha256(f"{word} {seed}".encode()).digest()[0]
        words.append(0.3 * np.sin(2 * np.pi * pitch * time_axis) * np.hanning(len(time_axis)))
    return Audio(np.concatenate(words).astype(np.float32), RATE)


class ToneEngine:
    """Knows the words ``together``, ``slow``, ``nap``, ``cores``, ``fail``, ``break``, ``die``, ``die-once`` and ``leave``."""

    info = INFO

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._note("opened")

    def _note(self, what: str) -> None:
        with (self.folder / what).open("a") as file:
            file.write(f"{os.getpid()}\n")

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        words = utterance.text.split()
        self._note(f"begun-{words[0]}")
        if "slow" in words:
            time.sleep(60)
        if "nap" in words:
            time.sleep(0.05)
        if "cores" in words:
            with (self.folder / "cores").open("a") as file:
                file.write(f"{os.environ['VOICEOVER_THREADS']} {os.environ['OMP_NUM_THREADS']}\n")
        if "together" in words:  # with another worker
            self._note("together")
            wait_for(lambda: len(set(noted(self.folder, "together"))) > 1)
        if "fail" in words:
            raise EngineError("no such sound")
        if "break" in words:
            raise ZeroDivisionError("oops")
        if "die" in words or ("die-once" in words and not (self.folder / "died").exists()):
            self._note("died")
            os.kill(os.getpid(), signal.SIGKILL)
        if "leave" in words and not (self.folder / "left").exists():  # a child that keeps the pipes open, and die
            (self.folder / "left").write_text(str(subprocess.Popen(["sleep", "60"], close_fds=False).pid))
            os.kill(os.getpid(), signal.SIGKILL)
        return tones(utterance.text, utterance.seed)

    def close(self) -> None:
        self._note("closed")


def open_tone(folder: Path) -> ToneEngine:
    return ToneEngine(folder)


def only(open_engine: Callable[[], Any]) -> OpenerOf:
    """The one engine of a recording, whatever it is called."""
    return lambda name: open_engine


def open_missing() -> ToneEngine:
    raise EngineMissingError("the engine tone is not installed; pip install tone")


def open_dead() -> ToneEngine:
    os._exit(9)


def noted(folder: Path, what: str) -> list[int]:
    """The processes that noted ``what``, in order."""
    path = folder / what
    return [int(word) for word in path.read_text().split()] if path.exists() else []


def wait_for(condition: object, seconds: float = 20.0) -> None:
    """Until ``condition()`` is true."""
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """A folder and all in it without the right to write, for root too (who is nobody meanwhile)."""
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    for each in folders:
        each.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        for each in folders:
            each.chmod(0o755)


def alive(process: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{process}/stat")
    return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


class ChoirEngine(ToneEngine):
    """Speaks up to three lines of as many words together; ``solo`` has no key, ``clash`` cannot be spoken with others."""

    batch_size = 3

    def together_key(self, utterance: Utterance, voice: Voice) -> int:
        if "solo" in utterance.text:
            raise EngineError("no such key")
        return len(utterance.text.split())

    def speak_together(self, utterances: Sequence[Utterance], voices: Sequence[Voice]) -> list[Audio]:
        assert len(utterances) == len(voices) > 1
        self._note(f"together-{'-'.join(utterance.text.split()[0] for utterance in utterances)}")
        if any("clash" in utterance.text for utterance in utterances):
            raise EngineError("they do not go together")
        return [self.speak(utterance, voice) for utterance, voice in zip(utterances, voices, strict=True)]


def open_choir(folder: Path) -> ChoirEngine:
    return ChoirEngine(folder)
