"""An episode of twelve hours: memory as for one hour, and its length to the sample."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import soundfile
from table import Row

from chaos_parts.engine import RATE
from chaos_parts.ground import COMMAND, Room, new_room

LINES_AN_HOUR = 900
"""As in speech: a line, with the silence behind it, is four seconds long."""
LINE_SECONDS, GAP_MS = 3.75, 250
MOST_GROWTH = 1.15


def rows(quick: bool) -> list[Row]:
    hours = (1 / 60, 1 / 20) if quick else (1.0, 12.0)
    with new_room() as room:
        room.write({"voiceover.yaml": f"gaps: {{sentence: {GAP_MS}, paragraph: {GAP_MS}, turn: {GAP_MS}, chapter: {GAP_MS}}}\n"})
        short, long = (_made(room, round(each * LINES_AN_HOUR)) for each in hours)
    growth = long[0] / short[0]
    flat = growth <= MOST_GROWTH
    return [
        Row(f"{hours[0]:.3g} h: most memory, MB", short[0] / 1e6, "", True),
        Row(f"{hours[1]:.3g} h: most memory, MB", long[0] / 1e6, "", True),
        Row("  ratio", growth, f"at most {MOST_GROWTH}", flat),
        Row("  samples of the FLAC, decoded", long[1], "", True),
        Row("  more than its parts have, samples", long[1] - long[2], "0", long[1] == long[2] and short[1] == short[2]),
        Row("  more than its manifest says, ms", long[3], "0", long[3] == 0 and short[3] == 0),
    ]


def _made(room: Room, lines: int) -> tuple[int, int, int, float]:
    """An episode of ``lines``: most memory of its process in bytes; its samples, those of its parts; how far its manifest is off, in ms."""
    room.write({f"long-{lines}.md": "".join(_script(lines))})
    command = [*COMMAND, "render", f"long-{lines}.md", "-o", "out", "--engine", "chaos", "--format", "mp3,flac", "-q"]
    process = subprocess.Popen(command, cwd=room.folder, env=room.environment())
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"the render of {lines} lines failed")
    decoded = 0
    with soundfile.SoundFile(room.out / f"long-{lines}.flac") as file:
        while count := len(file.read(1 << 20, dtype="int16")):
            decoded += count
    parts = round(lines * LINE_SECONDS * RATE) + (lines - 1) * GAP_MS * RATE // 1000
    manifest = json.loads((room.out / f"long-{lines}.manifest.json").read_bytes())
    off = max(abs(manifest["seconds"] - parts / RATE), abs(manifest["takes"][-1]["end"] - parts / RATE))
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024), decoded, parts, round(1000 * off, 3)


def _script(lines: int) -> Iterator[str]:
    yield "---\ntitle: Long\ncast: {Ann: ada}\n---\n\n"
    for line in range(lines):
        if line % 90 == 0:
            yield f"## Chapter {line // 90 + 1}\n\n"
        yield f"Ann: Hum {LINE_SECONDS} seconds as line number {line} of the whole episode.\n\n"
