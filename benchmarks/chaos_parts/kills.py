"""``kill -9`` of a whole batch at random moments, each followed by the same command."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from table import Row

from chaos_parts.ground import BATCH, Digests, Room, digests, halves, new_room, pages

STAGES = ("before the first take", "while recording", "between takes and files", "while finishing", "behind the last file")


@dataclass(frozen=True, slots=True)
class Whole:
    """A batch that nobody killed."""

    files: Digests
    before: Digests
    """Files that stood when it began."""
    seconds: float
    takes_before: int
    takes: int
    """In the cache at its end."""

    @property
    def steps(self) -> int:
        """Takes and finished episodes, over which the kills are spread, however slow the machine is at the moment."""
        return self.takes - self.takes_before + sum(name.endswith(".mp3") for name in self.files)


def rows(quick: bool) -> list[Row]:
    """Every second kill falls into a first batch, the others into one where each of the episodes has changed."""
    kills, count, workers = (2, 2, 1) if quick else (200, 20, 2)
    command = (*BATCH, "--jobs", str(workers))
    chance = random.Random(20)
    wrong = unlike = most_twice = tried = 0
    stages: Counter[str] = Counter()
    with new_room() as room:
        first, changed = _undisturbed(room, count, command)
        while sum(stages.values()) < kills:
            whole = (first, changed)[tried % 2]
            tried += 1
            _prepare(room, whole, count)
            process = room.start(*command)
            if tried % 8 < 2:  # while it starts, mostly
                time.sleep(chance.random() * whole.seconds / 2)
            else:
                _wait(process, room, chance.uniform(0, whole.steps))
                time.sleep(chance.uniform(0, 0.05))
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            if process.returncode != -signal.SIGKILL:
                continue  # it was over before
            stages[_stage(room, whole)] += 1
            wrong += len(halves(room.out, whole.files, whole.before))
            done = room.run(*command)
            unlike += done.returncode != 0 or "Traceback" in done.stderr or _files(room) != changed.files
            most_twice = max(most_twice, sum(times - 1 for times in Counter(room.spoken()).values()))
    return [
        Row(f"{kills} kill -9 in batches of {count} episodes: files neither whole nor absent", wrong, "0", wrong == 0),
        *(Row(f"  of them {stage}", stages[stage], "", True) for stage in STAGES),
        Row(f"  most takes recorded twice, {workers} workers", most_twice, f"at most {workers}", most_twice <= workers),
        Row("  reruns that failed, or whose files are not the undisturbed run's", unlike, "0", unlike == 0),
    ]


def _wait(process: subprocess.Popen[str], room: Room, steps: float) -> None:
    """Until the batch has taken so many steps, or has ended."""
    old = {path.stat().st_ino for path in room.out.glob("*.mp3")}
    takes = _takes(room)
    while process.poll() is None:
        made = sum(path.stat().st_ino not in old for path in room.out.glob("*.mp3"))
        if _takes(room) - takes + made >= steps:
            return
        time.sleep(0.005)


def _stage(room: Room, whole: Whole) -> str:
    """How far a killed run had come, by what it left."""
    if room.out.is_dir():
        stand = digests(room.out)
        wanted = [name for name, digest in whole.files.items() if whole.before.get(name) != digest and not name.startswith("state/")]
        made = sum(stand.get(name) == whole.files[name] for name in wanted)
        begun = any(path.is_dir() for path in room.state.rglob(".*"))
        if made or begun:
            return STAGES[4] if made == len(wanted) and not begun else STAGES[3]
    takes = _takes(room)
    return STAGES[0] if takes <= whole.takes_before else STAGES[1] if takes < whole.takes else STAGES[2]


def _files(room: Room) -> Digests:
    """What listeners get, with all that is hidden there, and the manifests and what is hidden beside them."""
    (kept,) = room.state.glob("out-*/episodes")
    return {**digests(room.out, hidden=True), **{f"state/{name}": digest for name, digest in digests(kept, hidden=True).items()}}


def _takes(room: Room) -> int:
    return len(list(room.cache.glob("takes/*/*")))


def _undisturbed(room: Room, count: int, command: Sequence[str]) -> tuple[Whole, Whole]:
    """A first batch of the second edition, and one of it where the first edition stands, which is kept aside."""
    room.write(pages(count, edition=1))
    room.must(*command)
    before, takes_before = _files(room), _takes(room)
    for folder in (room.out, room.state, room.cache):
        shutil.copytree(folder, _aside(room, folder))
    found = []
    for stand, takes in (({}, 0), (before, takes_before)):
        whole = Whole({}, stand, 0.0, takes, 0)
        _prepare(room, whole, count)
        started = time.perf_counter()
        room.must(*command)
        found.append(replace(whole, files=_files(room), seconds=time.perf_counter() - started, takes=_takes(room)))
    if found[0].files != found[1].files:
        raise SystemExit("two undisturbed batches differ")
    return found[0], found[1]


def _prepare(room: Room, whole: Whole, count: int) -> None:
    """What stood before the batch ``whole``, and the second edition of its scripts."""
    room.clear()
    room.write(pages(count, edition=2))
    if whole.before:
        for folder in (room.out, room.state, room.cache):
            shutil.copytree(_aside(room, folder), folder)


def _aside(room: Room, folder: Path) -> Path:
    return room.folder / "aside" / folder.name
