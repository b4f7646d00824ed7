"""Two batches on one folder, and many renders of one script, at once: one works, all end right."""

from __future__ import annotations

import json
import time
from collections import Counter

from table import Row

from chaos_parts.ground import BATCH, LIMIT_SECONDS, Digests, Room, digests, ended, new_room, pages


def rows(quick: bool) -> list[Row]:
    renders = 2 if quick else 10
    with new_room() as room:
        return [*_batches(room, 1 if quick else 20), *_renders(room, renders, 1 if quick else 10)]


def _batches(room: Room, times: int) -> list[Row]:
    room.write(pages(2))
    room.must(*BATCH)
    whole = digests(room.out, hidden=True)
    codes: Counter[tuple[int, ...]] = Counter()
    wrong = 0
    for number in range(times):
        room.clear()
        go = room.folder / "go"
        go.unlink(missing_ok=True)
        processes = []
        for _ in range(2):
            processes.append(room.start(*BATCH, CHAOS_UNTIL=str(go)))
            time.sleep(number / times)  # at once, and later and later
        # However late one of them looks, the other is at its first line until then.
        limit = time.monotonic() + LIMIT_SECONDS / 2
        while all(process.poll() is None for process in processes) and time.monotonic() < limit:
            time.sleep(0.05)
        go.touch()
        done = [ended(process) for process in processes]
        codes[tuple(sorted(one.returncode for one in done))] += 1
        wrong += _wrong(room, whole) or any("Traceback" in one.stderr for one in done)
    right = codes[0, 4]
    return [
        Row(f"two batches on one folder at once, {times} times: one worked, one ended with 4", right, f"{times}", right == times),
        Row("  files that differ, or a take recorded twice", wrong, "0", wrong == 0),
    ]


def _renders(room: Room, count: int, times: int) -> list[Row]:
    command = ("render", "content/page-0.md", "-o", "out", "--engine", "chaos", "--json")
    room.clear()
    room.must(*command)
    whole = digests(room.out, hidden=True)
    wrong = failed = made = 0
    for _ in range(times):
        room.clear()
        done = [ended(process) for process in [room.start(*command) for _ in range(count)]]
        failed += sum(one.returncode != 0 or "Traceback" in one.stderr for one in done)
        made += sum(json.loads(one.stdout.splitlines()[-1])["made"] for one in done if not one.returncode)
        wrong += _wrong(room, whole)
    return [
        Row(f"{count} renders of one script at once, {times} times: made the files", made, f"{times}", made == times),
        Row("  ended with another code than 0", failed, "0", failed == 0),
        Row("  files that differ, or a take recorded twice", wrong, "0", wrong == 0),
    ]


def _wrong(room: Room, whole: Digests) -> bool:
    return digests(room.out, hidden=True) != whole or len(room.spoken()) != len(set(room.spoken()))
