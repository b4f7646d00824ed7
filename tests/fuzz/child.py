"""One process that reads inputs, and tells its parent on standard output of those that something is wrong with.

python -m tests.fuzz.child FOLDER PROGRESS SEED FIRST SECONDS INPUTS KIND...
"""

from __future__ import annotations

import json
import mmap
import os
import random
import resource
import signal
import struct
import sys
import sysconfig
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.fuzz.case import LONGEST, Files, Kind, prepare, put, restore
from tests.fuzz.kinds import KINDS
from voiceover.errors import VoiceoverError

LIMIT_SECONDS = 2.0
"""Of the processor, for one input."""
LIMIT_BYTES = 500_000_000
"""Of memory, for the whole process."""
ROOM_BYTES = 4 << 30
"""Of addresses: what would take more ends in a MemoryError, not in the end of the machine."""
PROGRESS = struct.Struct("<qqd")
"""Place of the kind in the list, number of the input, when it began (time.monotonic)."""

_WRITES = {
    "os.mkdir": 1,
    "os.rename": 2,
    "os.remove": 1,
    "os.rmdir": 1,
    "os.symlink": 2,
    "os.link": 2,
    "os.truncate": 1,
    "os.chmod": 1,
    "os.utime": 1,
}
"""Events of sys.addaudithook that change the disk, and how many of their arguments are paths."""
_LEAVES = (
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
    "socket.connect",
    "socket.getaddrinfo",
    "urllib.Request",
)
_CODE = tuple(
    os.path.realpath(path)
    for path in {
        *map(sysconfig.get_path, ("stdlib", "purelib", "platlib")),
        sys.prefix,
        sys.base_prefix,
        *([sys.pycache_prefix] if sys.pycache_prefix else []),
        Path(__file__).parents[2],
        "/usr/share/zoneinfo",
        "/dev",
        "/proc/self",
    }
)


class Fence:
    """Notes what is opened, made or taken away outside of one folder, and every program or address that is called."""

    def __init__(self, folder: Path) -> None:
        self.folder = os.path.realpath(folder)
        self.watching = False
        self.breaches: list[str] = []
        sys.addaudithook(self._hear)

    @contextmanager
    def around(self) -> Iterator[None]:
        self.breaches.clear()
        self.watching = True
        try:
            yield
        finally:
            self.watching = False

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.watching:
            return
        if event == "open":
            path, _mode, flags = arguments
            writes = isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND))
            self._look("wrote" if writes else "read", path, writes)
        elif event in _WRITES:
            # With a folder's descriptor (shutil.rmtree) the name alone says nothing.
            if not any(isinstance(found, int) and found >= 0 for found in arguments[_WRITES[event] :][-2:]) or event in (
                "os.chmod",
                "os.mkdir",
                "os.utime",
            ):
                for path in arguments[: _WRITES[event]] if event not in ("os.symlink",) else arguments[1:2]:
                    self._look(event, path, True)
        elif event in _LEAVES:
            self.breaches.append(f"{event} {arguments!r}"[:300])

    def _look(self, what: str, path: object, writes: bool) -> None:
        if not isinstance(path, (str, bytes, os.PathLike)):
            return
        real = os.path.realpath(os.fsdecode(path))
        if (real + "/").startswith(self.folder + "/") or real == os.devnull or (not writes and real.startswith(_CODE)):
            return
        self.breaches.append(f"{what} {real}")


def main() -> None:
    folder, progress, seed = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    first, seconds, inputs = int(sys.argv[4]), float(sys.argv[5]), int(sys.argv[6])
    kinds = [KINDS[name] for name in sys.argv[7:]]
    for name in ("VOICEOVER_CACHE", "VOICEOVER_CONFIG", "VOICEOVER_DATA"):  # engines look there
        os.environ[name] = str(folder / name.lower())
    os.environ["PATH"] = ""  # no ffmpeg: a program a hundred times slower than we are, with limits of its own
    said = os.fdopen(os.dup(1), "w", encoding="utf-8")
    complaints = os.fdopen(os.dup(2), "w", encoding="utf-8", errors="backslashreplace")
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)  # libmpg123 complains of every bad frame
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (ROOM_BYTES, ROOM_BYTES))
    with progress.open("r+b") as file, mmap.mmap(file.fileno(), PROGRESS.size) as shared:
        try:
            for place, kind in enumerate(kinds):
                _fuzz(kind, place, folder, shared, seed, first, seconds, inputs, said)
        except BaseException:
            complaints.write(traceback.format_exc())  # of this program, not of what it watches
            complaints.flush()
            raise


def _fuzz(
    kind: Kind, place: int, folder: Path, shared: mmap.mmap, seed: str, first: int, seconds: float, inputs: int, said: object
) -> None:
    tempfile.tempdir = None
    home = prepare(folder, kind)
    fence = _fence(home)
    standing = kind.standing()
    os.chdir(home)
    (home / "tmp").mkdir()
    tempfile.tempdir = str(home / "tmp")
    put(home, kind.make(random.Random("warm"), 100))
    with suppress(VoiceoverError):
        kind.run(home)  # what is imported late is imported now
    restore(home, kind.make(random.Random("warm"), 100), standing)
    slowest = (0.0, first)
    began, spent, number = time.monotonic(), 0.0, first
    while number - first < inputs and time.monotonic() - began < seconds:
        files = made(kind, seed, number)
        put(home, files)
        shared[:] = PROGRESS.pack(place, number, time.monotonic())
        found, taken = read_one(kind, home, fence)
        spent += taken
        slowest = max(slowest, (taken, number))
        grown = peak_bytes() > LIMIT_BYTES
        for what in [*found, *([f"memory: {peak_bytes() / 1e6:.0f} MB"] if grown else ())]:
            print(json.dumps({"kind": kind.name, "number": number, "finding": what}), file=said, flush=True)  # type: ignore[call-overload]
        restore(home, files, standing)
        number += 1
        if grown:
            break  # the peak never comes down; the parent begins anew with the next input
    report = {
        "kind": kind.name,
        "next": number,
        "seconds": time.monotonic() - began,
        "slowest": slowest,
        "peak": peak_bytes(),
        "done": not (number - first < inputs and time.monotonic() - began < seconds),
    }
    print(json.dumps(report), file=said, flush=True)  # type: ignore[call-overload]


_fences: list[Fence] = []


def _fence(home: Path) -> Fence:
    """A hook can never be taken away again, so there is one."""
    if not _fences:
        _fences.append(Fence(home))
    _fences[0].folder = os.path.realpath(home)
    return _fences[0]


def made(kind: Kind, seed: str, number: int) -> Files:
    """The files of one input, the same on every machine."""
    return kind.make(random.Random(f"{seed}/{kind.name}/{number}"), LONGEST)


def read_one(kind: Kind, home: Path, fence: Fence) -> tuple[list[str], float]:
    """What is wrong with how an input is read, and the seconds that the processor needed."""
    found = []
    began = time.process_time()
    try:
        with fence.around():
            kind.run(home)
    except VoiceoverError:
        pass
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in frames if "/voiceover/" in frame.filename] or frames
        where = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"
        found.append(f"traceback: {type(error).__name__} at {where}: {str(error)[:200]}")
    taken = time.process_time() - began
    if taken > LIMIT_SECONDS:
        found.append(f"slow: {taken:.1f} s")
    found += [f"outside: {breach}" for breach in fence.breaches]
    return found, taken


def peak_bytes() -> int:
    """The most memory that this process ever had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    main()
