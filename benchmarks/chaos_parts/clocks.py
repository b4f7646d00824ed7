"""The clock set back and forth, other time zones and locales between two batches: nothing is made again, what has changed is."""

from __future__ import annotations

import itertools
import os
import time

from table import Row

from chaos_parts.ground import BATCH, Room, digests, new_room

YEAR = 365 * 86400
REPORT = ("--report", "report.json")
CLOCKS = {"a year back": -YEAR, "a year on": YEAR, "an hour back": -3600, "a second back": -1}
PLACES = (
    {"TZ": "Pacific/Kiritimati"},
    {"TZ": "America/Adak"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"LC_ALL": "POSIX", "LANG": ""},
    {"LC_ALL": "tr_TR.UTF-8", "LANGUAGE": "tr"},
    {"LC_ALL": "de_DE.UTF-8", "TZ": "Asia/Kolkata"},
    {"PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"},
)
"""Places that are not installed are the plain one then, which is as the user has it there."""


def rows(quick: bool) -> list[Row]:
    with new_room() as room:
        return [
            *_clock(room, dict(itertools.islice(CLOCKS.items(), 1)) if quick else CLOCKS),
            *_places(room, PLACES[2:3] if quick else PLACES),
        ]


def _write(room: Room, edition: str) -> None:
    """Names and words with letters that are small and large in other ways, or nothing at all, in some locales."""
    for name in ("INDIGO-Iı", "größe"):
        text = f"---\ntitle: İstanbul {name}\ndate: 2001-03-04\n---\n\nIlık, größe, naïve {name}: edition {edition}.\n"
        room.write({f"content/{name}.md": text})


def _clock(room: Room, clocks: dict[str, float]) -> list[Row]:
    """By a hook in the process: the machine's own clock stays as it is, and gives the files a time to come."""
    remade = missed = 0
    for shift in clocks.values():
        room.clear()
        _write(room, "one")
        room.must(*BATCH, *REPORT)
        whole = digests(room.out, hidden=True)
        room.log.unlink()
        remade += _disturbed(room, whole, CHAOS_CLOCK=str(shift))
        # As if they had been written by a machine whose clock is ahead: the scripts, what was made, and the cache.
        for folder in (room.folder / "content", room.out, room.cache):
            for path in (*folder.rglob("*"), folder):
                os.utime(path, (time.time() + YEAR, time.time() + YEAR))
        remade += _disturbed(room, whole)
        for edition, more in (("two", {"CHAOS_CLOCK": str(shift)}), ("6tw", {}))[: len(clocks)]:
            stamps = {path: path.stat() for path in (room.folder / "content").iterdir()}
            _write(room, edition)
            for path, stamp in stamps.items():  # as long as before, and by its time not touched
                os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
            done = room.run(*BATCH, *REPORT, **more)
            missed += done.returncode != 0 or "Traceback" in done.stderr or sum(f"edition {edition}" in said for said in room.spoken()) != 2
    return [
        Row(f"clock {', '.join(clocks)}, files from the future: batches that made anything again", remade, "0", remade == 0),
        Row("  changes of the same length and time stamp that were missed", missed, "0", missed == 0),
    ]


def _places(room: Room, places: tuple[dict[str, str], ...]) -> list[Row]:
    remade = unlike = 0
    room.clear()
    _write(room, "one")
    room.must(*BATCH, *REPORT)
    whole = digests(room.out, hidden=True)
    room.log.unlink()
    for place in places:
        remade += _disturbed(room, whole, **place)
    for place in places:
        room.clear()
        done = room.run(*BATCH, *REPORT, **place)
        unlike += done.returncode != 0 or "Traceback" in done.stderr or digests(room.out, hidden=True) != whole
    return [
        Row(f"{len(places)} time zones and locales between two batches: that made anything again", remade, "0", remade == 0),
        Row("  first batches there that failed, or differ", unlike, "0", unlike == 0),
    ]


def _disturbed(room: Room, whole: object, **more: str) -> bool:
    """Whether a batch with nothing to do did anything."""
    before = {path: path.stat().st_mtime_ns for path in room.out.rglob("*")}
    done = room.run(*BATCH, *REPORT, **more)
    after = {path: path.stat().st_mtime_ns for path in room.out.rglob("*")}
    return (
        done.returncode != 0
        or "Traceback" in done.stderr
        or digests(room.out, hidden=True) != whole
        or before != after
        or bool(room.spoken())
    )
