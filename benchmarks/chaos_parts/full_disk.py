"""A disk that is full at each write in turn: a clear error, the old files as they were, and a rerun with room completes."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from table import Row

from chaos_parts.disks import can_mount, mount, resize, unmount
from chaos_parts.ground import Digests, Room, digests, new_room, pages, unclear

COMMANDS = {
    "render": ("render", "content/page-0.md", "-o", "disk/out", "--engine", "chaos", "-q"),
    "batch": ("batch", "content", "-o", "disk/out", "--engine", "chaos", "-q", "--report", "disk/out/report.json"),
}
REPORT = "report.json"
Run = Callable[[bool], subprocess.CompletedProcess[str]]


@dataclass(frozen=True, slots=True)
class Case:
    """A command, and what of it lies on the disk that is full."""

    what: str
    where: str
    """``cache``, ``out`` or ``both``; the rest is beside it."""
    unit: str
    """In what the disk is short: ``pages`` or ``inodes``; or ``writes``, where they are refused by a hook in place of a disk."""
    step: int = 1


@dataclass(slots=True)
class Found:
    """What is wrong, counted."""

    runs: int = 0
    refused: int = 0
    """Runs that met the full disk."""
    unclear: int = 0
    touched: int = 0
    incomplete: int = 0


def rows(quick: bool) -> list[Row]:
    units = ("pages", "inodes") if can_mount() else ("writes",)
    cases = [Case(what, where, unit) for what in COMMANDS for where in ("cache", "out", "both") for unit in units]
    # Every write of a render; of the others it is enough to be refused every third page, as every file of theirs is made for itself.
    cases = [replace(case, step=3) if case.unit == "pages" and case != Case("render", "both", "pages") else case for case in cases]
    if quick:
        cases = [Case("render", "both", units[-1], 24)]
    found = Found()
    with new_room() as room:
        for case in cases:
            _fill(room, case, found)
    how = "small disks in memory, short of pages or of inodes" if can_mount() else "by a hook that refuses the opening of files"
    return [
        Row(f"disk full at each write ({how}): runs", found.runs, "", True),
        Row("  of them refused", found.refused, "at least 1", found.refused > 0),
        Row("  without a clear error of one line an episode, or with remains", found.unclear, "0", found.unclear == 0),
        Row("  old files touched, or sets neither old nor new", found.touched, "0", found.touched == 0),
        Row("  reruns with room that failed, or differ", found.incomplete, "0", found.incomplete == 0),
    ]


def _fill(room: Room, case: Case, found: Found) -> None:
    """More and more room, until the command has what it needs."""
    count = 2 if case.what == "batch" else 1
    editions = [_undisturbed(room, case, count, edition) for edition in (1, 2)]
    old, new = editions
    for left in itertools.count(0, case.step):
        with _disk(room, case, left) as run:
            done = run(True)
            found.runs += 1
            _judge(room, case, done, old, new, found)
            again = run(False)
            stand = {name: digest for name, digest in digests(room.folder / "disk/out", hidden=True).items() if name != REPORT}
            found.incomplete += again.returncode != 0 or stand != new
        if done.returncode == 0 and "full" not in done.stderr:
            return
        found.refused += 1


def _judge(room: Room, case: Case, done: subprocess.CompletedProcess[str], old: Digests, new: Digests, found: Found) -> None:
    out, cache = room.folder / "disk/out", room.folder / "disk/cache"
    stand = {name: digest for name, digest in digests(out).items() if name != REPORT}
    if done.returncode == 0:
        found.touched += stand != new
        return
    lines = done.stderr.splitlines()
    most = 1 if case.what == "render" else 3
    wrong = unclear(done, (1, 2), lambda line: "the disk is full" in line) or (len(lines) > most and "too many lines") or ""
    if not wrong and cache.exists() and list(cache.glob("new/*")):
        wrong = "remains in the cache"
    if wrong:
        print(f"{case}: {wrong}: {done.stderr}")
    found.unclear += bool(wrong)
    whole = True
    for episode in {name.split(".")[0] for name in new}:
        now, before, then = ({name: files[name] for name in files if name.split(".")[0] == episode} for files in (stand, old, new))
        whole = whole and now in (before, then)
    found.touched += not whole or (case.what == "render" and stand != old)


def _undisturbed(room: Room, case: Case, count: int, edition: int) -> Digests:
    """The first edition is kept aside."""
    shutil.rmtree(room.folder / "disk", ignore_errors=True)
    room.write(pages(count, edition))
    room.must(*COMMANDS[case.what], VOICEOVER_CACHE=str(room.folder / "disk/cache"))
    (room.folder / "disk/out" / REPORT).unlink(missing_ok=True)
    if edition == 1:
        shutil.rmtree(room.folder / "old", ignore_errors=True)
        shutil.copytree(room.folder / "disk/out", room.folder / "old")
    return digests(room.folder / "disk/out", hidden=True)


@contextmanager
def _disk(room: Room, case: Case, left: int) -> Iterator[Run]:
    """The old edition made, the new one to be made, and the folders of ``case`` on a disk of their own, by links.

    Gives the command, with ``left`` of room on the disk or with as much as it likes.
    """
    disk, full = room.folder / "disk", room.folder / "full"
    shutil.rmtree(disk, ignore_errors=True)
    disk.mkdir()
    mounts = case.unit != "writes"
    if mounts:
        mount(full)
        (full / "other").write_bytes(b"x")  # a size of 0 would be one without a limit
    for name in ("out", "cache"):
        if case.where in (name, "both"):
            (full / name).mkdir(parents=True)
            (disk / name).symlink_to(full / name)
    shutil.copytree(room.folder / "old", disk / "out", dirs_exist_ok=True)

    def run(is_full: bool) -> subprocess.CompletedProcess[str]:
        more = {"VOICEOVER_CACHE": str(disk / "cache")}
        if not mounts:
            more |= {"CHAOS_FULL": str(full), "CHAOS_LEFT": str(left)} if is_full else {}
        elif is_full:
            state = os.statvfs(full)
            used = state.f_blocks - state.f_bfree if case.unit == "pages" else state.f_files - state.f_ffree
            resize(full, **{case.unit: used + left})
        else:
            resize(full)
        return room.run(*COMMANDS[case.what], **more)

    try:
        yield run
    finally:
        if mounts:
            unmount(full)
        else:
            shutil.rmtree(full)
