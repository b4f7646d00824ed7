"""The cache read-only, deleted and damaged, between runs and during them: what is damaged is never heard."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from table import Row

from chaos_parts.disks import can_mount, lock, unmount
from chaos_parts.ground import BATCH, Digests, Room, digests, ended, halves, new_room, pages, unclear

Damage = Callable[[Path, list[Path], random.Random], None]


def truncate(path: Path, others: list[Path], chance: random.Random) -> None:
    os.truncate(path, chance.randrange(max(path.stat().st_size, 1)))


def flip(path: Path, others: list[Path], chance: random.Random) -> None:
    """One bit, in place."""
    with path.open("r+b") as file:
        at = chance.randrange(max(path.stat().st_size, 1))
        file.seek(at)
        byte = file.read(1) or b"\0"
        file.seek(at)
        file.write(bytes([byte[0] ^ 1 << chance.randrange(8)]))


def swap(path: Path, others: list[Path], chance: random.Random) -> None:
    """With another file of the same name where there is one."""
    alike = [other for other in others if other.name == path.name and other != path]
    other = chance.choice(alike or others)
    mine, its = path.read_bytes(), other.read_bytes()
    path.write_bytes(its)
    other.write_bytes(mine)


DAMAGES: tuple[Damage, ...] = (truncate, flip, swap)


def rows(quick: bool) -> list[Row]:
    count = 1 if quick else 3
    chance = random.Random(3)
    with new_room() as room:
        room.write(pages(count))
        started = time.perf_counter()
        room.must(*BATCH)
        span = time.perf_counter() - started
        whole = digests(room.out, hidden=True)
        room.log.unlink()
        aside = room.folder / "aside"
        shutil.copytree(room.cache, aside)
        found = [*_read_only(room, whole), *_between(room, aside, whole, chance, quick)]
        found += _mixing(room, chance, 1 if quick else 20)
        if not quick:
            found += [*_during(room, aside, whole, chance, span, 30), *_deleted(room, whole, chance, span, 30)]
    return found


def _again(room: Room, cache: Path | None = None) -> None:
    """Nothing made, and the cache as in ``cache``."""
    room.clear()
    if cache is not None:
        shutil.copytree(cache, room.cache)


def _read_only(room: Room, whole: Digests) -> list[Row]:
    """A full cache is as good to read; an empty one is told of."""
    if not can_mount() and os.geteuid() == 0:
        return [Row("read-only cache", None, "", True, "root reads and writes everything, and cannot mount here")]
    with _locked(room.cache):
        shutil.rmtree(room.out)
        done = room.run(*BATCH)
        full = int(done.returncode != 0 or "Traceback" in done.stderr or digests(room.out, hidden=True) != whole or bool(room.spoken()))
    _again(room)
    room.cache.mkdir()
    with _locked(room.cache):
        empty = room.run(*BATCH)
        # As an ordinary user without a disk of one's own the folder's permissions have it.
        said = unclear(empty, (1,), lambda line: "read-only" in line or "permission denied" in line)
    how = "a read-only disk" if can_mount() else "permissions"
    return [
        Row(f"cache read-only ({how}), all takes in it: runs that failed, or differ", full, "0", full == 0),
        Row(
            "  and empty: ends without a clear error, with files",
            int(bool(said or halves(room.out))),
            "0",
            not said and not halves(room.out),
        ),
    ]


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    if can_mount():
        lock(folder)
    else:
        _permit(folder, 0o555, 0o444)
    try:
        yield
    finally:
        if can_mount():
            unmount(folder)
        else:
            _permit(folder, 0o755, 0o644)


def _permit(folder: Path, folders: int, files: int) -> None:
    for path in [folder, *sorted(folder.rglob("*"))] if folders & 0o200 else [*sorted(folder.rglob("*"), reverse=True), folder]:
        path.chmod(folders if path.is_dir() else files)


def _between(room: Room, aside: Path, whole: Digests, chance: random.Random, quick: bool) -> list[Row]:
    """Each file of the cache by itself, then all at once, in each of the ways, and then the episodes are made from what is there."""
    wrong = heard_of = tried = 0
    names = sorted(path.relative_to(aside) for path in aside.rglob("*") if path.is_file())
    takes = {name.parent for name in names if name.parts[0] == "takes"}
    for damage in (chance.choice(DAMAGES),) if quick else DAMAGES:
        for chosen in ([] if quick else [[name] for name in names]) + [names]:
            _again(room, aside)
            files = [room.cache / name for name in names]
            for name in chosen:
                damage(room.cache / name, files, chance)
            now = {path: path.read_bytes() for path in files}
            damaged = {name.parent for name in names if name.parent in takes and now[room.cache / name] != (aside / name).read_bytes()}
            done = room.run(*BATCH)
            tried += 1
            wrong += done.returncode != 0 or "Traceback" in done.stderr or digests(room.out, hidden=True) != whole
            heard_of += len(room.spoken()) != len(damaged)
    ways = "truncated, a bit flipped, swapped"
    return [
        Row(f"cache files {ways}, {'all' if quick else 'each and all'}, {tried} runs: failed, or differ", wrong, "0", wrong == 0),
        Row("  runs that recorded more or less than the damaged takes", heard_of, "0", heard_of == 0),
    ]


def _during(room: Room, aside: Path, whole: Digests, chance: random.Random, span: float, runs: int) -> list[Row]:
    """Three files are damaged at a random moment of a run, every second time of one that finds all its takes."""
    heard = unclear_ends = unmended = well = 0
    for number in range(runs):
        _again(room, aside if number % 2 else None)
        process = room.start(*BATCH, "--jobs", "2")
        time.sleep((number + chance.random()) / runs * span)
        _vandalize(room.cache, chance)
        done = ended(process)
        well += done.returncode == 0
        heard += len(halves(room.out, whole)) if room.out.exists() else 0
        unclear_ends += bool(_unclear(done, room))
        unmended += room.run(*BATCH).returncode != 0 or digests(room.out, hidden=True) != whole
    return [
        Row(f"cache damaged in the midst of {runs} runs: files in which it is heard", heard, "0", heard == 0),
        Row("  runs that came to their end all the same", well, "", True),
        Row("  that failed without a clear error", unclear_ends, "0", unclear_ends == 0),
        Row("  reruns that failed, or differ", unmended, "0", unmended == 0),
    ]


def _vandalize(folder: Path, chance: random.Random) -> None:
    for _ in range(3):
        files = sorted(folder.glob("takes/*/*/take.wav")) if chance.random() < 0.8 else [p for p in folder.rglob("*") if p.is_file()]
        with suppress(OSError, IndexError, ValueError):
            chance.choice(DAMAGES)(chance.choice(files), files, chance)


def _unclear(done: subprocess.CompletedProcess[str], room: Room) -> str:
    return "" if done.returncode == 0 and "Traceback" not in done.stderr else unclear(done, (1,), lambda line: "take" in line)


def _mixing(room: Room, chance: random.Random, runs: int) -> list[Row]:
    """Takes are damaged when all of them have been checked, and are being read for the mix."""
    heard = unclear_ends = unmended = 0
    lines = "\n\n".join(f"This is line {line} of a long one." for line in range(60))
    room.write({"long.md": f"---\ntitle: Long\n---\n\n{lines}\n"})
    command = ("render", "long.md", "-o", "long", "--engine", "chaos", "--json")
    out = room.folder / "long"
    room.must(*command)
    whole = digests(out, hidden=True)
    for number in range(runs):
        shutil.rmtree(out)
        process = room.start(*command)
        assert process.stdout is not None
        for line in process.stdout:
            if '"master"' in line:
                break
        time.sleep(number / runs * 0.3)
        takes = sorted(room.cache.glob("takes/*/*/take.wav"))
        for _ in range(len(takes) // 2):
            chance.choice(DAMAGES)(chance.choice(takes), takes, chance)
        done = ended(process)
        heard += len(halves(out, whole))
        unclear_ends += bool(_unclear(done, room))
        unmended += room.run(*command).returncode != 0 or digests(out, hidden=True) != whole
    return [
        Row(f"takes damaged while they are mixed, {runs} renders: files in which it is heard", heard, "0", heard == 0),
        Row("  renders that failed without a clear error", unclear_ends, "0", unclear_ends == 0),
        Row("  reruns that failed, or differ", unmended, "0", unmended == 0),
    ]


def _deleted(room: Room, whole: Digests, chance: random.Random, span: float, runs: int) -> list[Row]:
    wrong = silent = unmended = 0
    for number in range(runs):
        _again(room)
        process = room.start(*BATCH, "--jobs", "2")
        time.sleep((number + chance.random()) / runs * span)
        shutil.rmtree(room.cache, ignore_errors=True)
        done = ended(process)
        wrong += len(halves(room.out, whole)) if room.out.exists() else 0
        silent += bool(_unclear(done, room))
        unmended += room.run(*BATCH).returncode != 0 or digests(room.out, hidden=True) != whole
    return [
        Row(f"cache deleted in the midst of {runs} runs: files not whole", wrong, "0", wrong == 0),
        Row("  runs that failed without a clear error", silent, "0", silent == 0),
        Row("  reruns that failed, or differ", unmended, "0", unmended == 0),
    ]
