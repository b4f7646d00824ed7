"""Scripts, voices, clips, lexicons and covers that somebody rewrites all the time while batches run: right for one content, or an error."""

from __future__ import annotations

import io
import random
import struct
import threading
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from table import Row

from chaos_parts.ground import Digests, Room, digests, new_room, unclear
from voiceover.audio.files import write_wav_float

COMMAND = ("batch", "content", "-o", "out", "--engine", "hears", "-q")
HEAD = "---\ntitle: A page\nvoice: eve\ncover: cover.png\nlexicon: words.yaml\n---\n\n"
PAGE = HEAD + "This is edition {} of Ghent.\n\n" + "It has more.\n\n" * 5
VOICE = "language: en\nlicence: CC0-1.0\nreference: {{audio: clip.wav, text: {}}}\n"


def clip(pitch: float) -> bytes:
    file = io.BytesIO()
    write_wav_float(file, (0.3 * np.sin(np.arange(16000) * pitch)).astype(np.float32), 8000)
    return file.getvalue()


def picture(grey: int) -> bytes:
    """A PNG of 8 by 8 pixels."""
    size, lines = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0), (b"\0" + bytes([grey]) * 8) * 8
    chunks = ((b"IHDR", size), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    packed = (struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


CONTENTS: Mapping[str, tuple[bytes, bytes]] = {
    "content/page.md": (PAGE.format("one").encode(), PAGE.format("two").encode()),
    "voices/eve/clip.wav": (clip(0.1), clip(0.2)),
    "voices/eve/voice.yaml": (VOICE.format("These are words.").encode(), VOICE.format("Those were words.").encode()),
    "content/words.yaml": (b"Ghent: gent\n", b"Ghent: hent\n"),
    "content/cover.png": (picture(20), picture(200)),
}


@dataclass(slots=True)
class Found:
    """Counted."""

    runs: int = 0
    failed: int = 0
    mixed: int = 0
    unclear: int = 0
    unmended: int = 0


def rows(quick: bool) -> list[Row]:
    chance = random.Random(8)
    found = Found()
    with new_room() as room:
        for name in list(CONTENTS)[: 1 if quick else None]:
            wholes = _undisturbed(room, name)
            for number in range(1 if quick else 24):
                _look(room, name, wholes, number % 2 == 0, random.Random(chance.random()), found)
    what = "script, voice, clip, lexicon or cover"
    return [
        Row(f"{what} rewritten all the time, {found.runs} batches: made of mixed contents", found.mixed, "0", found.mixed == 0),
        Row("  batches that failed", found.failed, "", True),
        Row("  without a clear error", found.unclear, "0", found.unclear == 0),
        Row("  reruns in peace that failed, or are not of the last content", found.unmended, "0", found.unmended == 0),
    ]


def _look(room: Room, name: str, wholes: tuple[Digests, Digests], atomic: bool, chance: random.Random, found: Found) -> None:
    """One batch while ``name`` is rewritten, and one in peace; every third is one that finds an episode there."""
    if chance.random() < 2 / 3:
        room.clear()
    last = chance.randrange(2)
    with _rewritten(room.folder / name, CONTENTS[name], atomic, last, chance):
        done = room.run(*COMMAND)
    found.runs += 1
    stand = digests(room.out)
    # Half a file may well be a script, of which the episode is then.
    found.mixed += atomic and bool(stand) and stand not in wholes
    if done.returncode:
        found.failed += 1
        # A script that is empty at the moment is none.
        told = (Path(name).name, "page.md", "no scripts in content")
        found.unclear += bool(unclear(done, (1, 2), lambda line: any(words in line for words in told)))
    again = room.run(*COMMAND)
    found.unmended += again.returncode != 0 or digests(room.out, hidden=True) != wholes[last]


def _undisturbed(room: Room, name: str) -> tuple[Digests, Digests]:
    """The files for each of the contents of ``name``."""
    made = []
    for number in (0, 1):
        room.clear()
        for each, contents in CONTENTS.items():
            path = room.folder / each
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(contents[number if each == name else 0])
        room.must(*COMMAND)
        made.append(digests(room.out, hidden=True))
    return made[0], made[1]


@contextmanager
def _rewritten(path: Path, contents: tuple[bytes, bytes], atomic: bool, last: int, chance: random.Random) -> Iterator[None]:
    """Somebody writes both contents to ``path`` in turn, without an end; behind the block it has that of ``last``."""
    over = threading.Event()

    def write(data: bytes) -> None:
        if atomic:
            aside = path.with_name(".new")
            aside.write_bytes(data)
            aside.replace(path)
            return
        with path.open("wb") as file:
            file.write(data[: len(data) // 2])
            file.flush()
            over.wait(chance.uniform(0, 0.002))
            file.write(data[len(data) // 2 :])

    def work() -> None:
        turn = 0
        while not over.wait(chance.uniform(0, 0.01)):
            write(contents[turn % 2])
            turn += 1
        write(contents[last])

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
