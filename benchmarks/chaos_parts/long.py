"""An episode of twelve hours: memory as for one hour, and its length to the sample."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import soundfile
from table import Row, required

from chaos_parts.engine import RATE
from chaos_parts.ground import COMMAND, NOISE, Room, new_room

LINES = 900
GAP_MS = 250
MOST_GROWTH = 1.15
MOST_LINE_KB = 6.0
MOST_GROWN = 0.027 / 12
"""Silence that the borders of pieces may add, as a share: less than a frame of MP3 at each, which are at least 12 s apart."""


def rows(quick: bool) -> list[Row]:
    """Beside one of an hour: as many lines that are longer, and as long a one in more lines: what the sound takes, and what the words."""
    hours, lines = (12, LINES) if not quick else (3, LINES // 150)
    with new_room() as room:
        room.write({"voiceover.yaml": f"gaps: {{sentence: {GAP_MS}, paragraph: {GAP_MS}, turn: {GAP_MS}, chapter: {GAP_MS}}}\n"})
        short, long, dense = _made(room, lines, 4), _made(room, lines, 4 * hours), _made(room, 4 * lines, 1)
    growth, line_kb = long[0] / short[0], (dense[0] - short[0]) / (3 * lines) / 1e3
    made = (short, long, dense)
    off = next((each[2] for each in made if not 0 <= each[2] <= MOST_GROWN * each[1]), 0)
    told = max(abs(each[3]) for each in made)
    length = long[1] / RATE / 3600
    return [
        Row(f"{length / hours:.3g} h in {lines} lines: most memory, MB", short[0] / 1e6, "", True),
        Row(f"{length:.3g} h in as many: most memory, MB", long[0] / 1e6, "", True),
        required("  ratio", growth, f"at most {MOST_GROWTH}", growth <= MOST_GROWTH, not quick),
        required("  memory for a line more, kB", line_kb, f"at most {MOST_LINE_KB:g}", line_kb <= MOST_LINE_KB, not quick),
        Row("  samples of the FLAC, decoded", long[1], "", True),
        Row("  more or less than its parts and borders of pieces have, samples", off, "0", off == 0),
        Row("  more or less than its manifest says, ms", told, "at most 0.5", told <= 0.5),
    ]


def _made(room: Room, lines: int, seconds: float) -> tuple[int, int, int, float]:
    """An episode of ``lines`` that take ``seconds`` each with the silence behind them.

    Most memory of its process in bytes, its samples, how many more they are than those of its parts,
    and how far its manifest, which counts milliseconds, is from them, in ms.
    """
    name = f"long-{lines}-{seconds}"
    room.write({f"{name}.md": "".join(_script(lines, seconds - GAP_MS / 1000))})
    command = [*COMMAND, "render", f"{name}.md", "-o", "out", "--engine", "chaos", "--format", "mp3,flac", "-q", *NOISE]
    process = subprocess.Popen(command, cwd=room.folder, env=room.environment())
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"the render of {lines} lines failed")
    decoded = 0
    with soundfile.SoundFile(room.out / f"{name}.flac") as file:
        while count := len(file.read(1 << 20, dtype="int16")):
            decoded += count
    parts = round(lines * seconds * RATE) - GAP_MS * RATE // 1000
    manifest = json.loads((room.out / f"{name}.manifest.json").read_bytes())
    off = max(abs(manifest["seconds"] - decoded / RATE), abs(manifest["takes"][-1]["end"] - decoded / RATE))
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024), decoded, decoded - parts, round(1000 * off, 3)


def _script(lines: int, seconds: float) -> Iterator[str]:
    yield "---\ntitle: Long\ncast: {Ann: ada}\n---\n\n"
    for line in range(lines):
        if line % 90 == 0:
            yield f"## Chapter {line // 90 + 1}\n\n"
        yield f"Ann: Hum {seconds} seconds as line number {line}.\n\n"
