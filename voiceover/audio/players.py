"""Play a finished audio file through a player that is installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from voiceover.audio.files import PcmWriter, open_audio
from voiceover.audio.formats import WAV
from voiceover.errors import RunError
from voiceover.system.files import os_error_words

_STOP_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Player:
    """A program that plays the file that is its last argument, and ends when it has played it."""

    name: str
    arguments: tuple[str, ...] = ()
    """What keeps it from opening a window, reading keys and printing."""
    only_wav: bool = False
    """True if it plays WAV everywhere but other formats only in newer versions; aplay plays their bytes as noise."""


PLAYERS = (
    Player("afplay"),
    Player("paplay", only_wav=True),
    Player("pw-play", only_wav=True),
    Player("aplay", ("-q",), only_wav=True),
    Player("ffplay", ("-nodisp", "-autoexit", "-loglevel", "error")),
    Player("mpv", ("--no-video", "--really-quiet", "--no-terminal")),
)
"""In the order in which they are tried: those of macOS, PulseAudio, PipeWire, ALSA, FFmpeg, and mpv."""


class Playing:
    """A file that is being played from the moment that this is made.

    Players are tried in order until one succeeds: one that is installed may find no sound server. Those that cannot be trusted with the
    file's format come last and get a copy in WAV. A player has no standard input, so it never waits for a key. Leaving the ``with`` block
    stops it.
    """

    def __init__(self, path: Path) -> None:
        """Start to play ``path``. Raises RunError if no player is installed or none can be started."""
        self._path = path.absolute()  # a name that starts with a dash is no option then
        foreign = path.suffix.lower() != WAV.suffix
        found = [(player, program) for player in PLAYERS if (program := shutil.which(player.name))]
        self._left = sorted(found, key=lambda pair: foreign and pair[0].only_wav)
        if not self._left:
            names = ", ".join(player.name for player in PLAYERS)
            raise RunError(f"{path}: not played; no player is installed (tried: {names})")
        self._reasons: list[str] = []
        self._folder = tempfile.TemporaryDirectory(prefix="voiceover-")
        self._process: subprocess.Popen[bytes] | None = None
        self._name = ""
        try:
            self._start_next()
        except BaseException:
            self.stop()
            raise

    def running(self) -> bool:
        """Return False once the file has been played. Raises RunError if all players have failed."""
        if self._process is None:
            return False
        code = self._process.poll()
        if code is None:
            return True
        return self._has_failed(code)

    def wait(self) -> None:
        """Return when the file has been played. Raises RunError if all players have failed."""
        while self._process is not None:
            self._has_failed(self._process.wait())

    def stop(self) -> None:
        """Stop the player and remove its copy; may be called twice."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _has_failed(self, code: int) -> bool:
        """Look at the exit code of a player; return True if the next one plays now."""
        self._process = None
        if code == 0:
            return False
        said = (self._errors.read_text("utf-8", "replace") if self._errors.is_file() else "").strip().splitlines()
        self._reasons.append(f"{self._name}: {said[-1].strip() if said else f'ended with {code}'}")
        self._start_next()
        return True

    def _start_next(self) -> None:
        while self._left:
            player, program = self._left.pop(0)
            self._name = player.name
            try:
                file = self._in_wav() if player.only_wav else self._path
                with self._errors.open("wb") as errors:
                    self._process = subprocess.Popen(
                        [program, *player.arguments, str(file)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors
                    )
            except OSError as error:
                self._reasons.append(f"{player.name}: {os_error_words(error)}")
            else:
                return
        raise RunError(f"{self._path}: not played ({'; '.join(self._reasons)})")

    @property
    def _errors(self) -> Path:
        return Path(self._folder.name) / "errors"

    def _in_wav(self) -> Path:
        """Return the file if it is a WAV file, else a copy that is one."""
        if self._path.suffix.lower() == WAV.suffix:
            return self._path
        copy = Path(self._folder.name) / f"{self._path.stem}{WAV.suffix}"
        if not copy.is_file():
            source = open_audio(self._path)
            with PcmWriter(copy, WAV.name, source.sample_rate, source.channels) as out:
                for block in source.blocks():
                    out.write(block)
        return copy
