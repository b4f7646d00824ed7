"""What the rows share: a room with scripts, output and cache, the command in a process of its own, and files compared by SHA-256."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
LIMIT_SECONDS = 300
COMMAND = (sys.executable, "-m", "voiceover")
BATCH = ("batch", "content", "-o", "out", "--engine", "chaos")
NOISE = ("--allow-suspect", "--retakes", "0")
"""The engine speaks noise, which the checks of takes suspect."""
Digests = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Room:
    """A folder with ``content``, ``out`` and ``cache``."""

    folder: Path

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def state(self) -> Path:
        """What batches keep beside the project file."""
        return self.folder / ".voiceover"

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    @property
    def log(self) -> Path:
        """What the engine was asked to speak, a line each."""
        return self.folder / "spoken.log"

    def environment(self, **more: str) -> dict[str, str]:
        """With the engines of the benchmark installed."""
        path = os.pathsep.join(filter(None, (str(self.folder / "engines"), os.environ.get("PYTHONPATH", ""))))
        own = {"PYTHONPATH": path, "VOICEOVER_CACHE": str(self.cache), "CHAOS_LOG": str(self.log)}
        # Compiled once, where the environment has it otherwise: what is measured are many short runs.
        own |= {"HOME": str(self.folder), "VOICEOVER_DATA": str(self.folder / "data"), "PYTHONDONTWRITEBYTECODE": ""}
        return {**os.environ, **own, **more}

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        """The command in a process group of its own."""
        return subprocess.Popen(
            [*COMMAND, *arguments, *(NOISE if arguments[0] in ("render", "batch") else ())],
            cwd=self.folder,
            env=self.environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return ended(self.start(*arguments, **more))

    def must(self, *arguments: str, **more: str) -> None:
        """``run`` where all has to go well, or the whole benchmark ends."""
        done = self.run(*arguments, **more)
        if done.returncode:
            sys.exit(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}")

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")

    def clear(self) -> None:
        """Nothing made, nothing kept, nothing spoken."""
        for folder in (self.out, self.state, self.cache):
            shutil.rmtree(folder, ignore_errors=True)
        self.log.unlink(missing_ok=True)

    def spoken(self) -> list[str]:
        return self.log.read_text("utf-8").splitlines() if self.log.exists() else []


def ended(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """A process at its end; one that does not come to it ends the benchmark."""
    try:
        output, errors = process.communicate(timeout=LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        sys.exit(f"{process.args} hangs")
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


@contextmanager
def new_room() -> Iterator[Room]:
    with tempfile.TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True) as name:
        room = Room(Path(name).resolve())
        place = room.folder / "engines"
        information = place / "voiceover_chaos-1.0.dist-info"
        information.mkdir(parents=True)
        shutil.copyfile(HERE / "engine.py", place / "chaos_engine.py")
        shutil.copyfile(HERE / "hook.py", place / "sitecustomize.py")
        (information / "METADATA").write_text("Metadata-Version: 2.1\nName: voiceover_chaos\nVersion: 1.0\n", "utf-8")
        points = "[voiceover.engines]\nchaos = chaos_engine:make\nhears = chaos_engine:make_hears\n"
        (information / "entry_points.txt").write_text(points, "utf-8")
        # Short silences: what is made is to be little.
        room.write({"voiceover.yaml": "gaps: {sentence: 50, paragraph: 50, turn: 50, chapter: 50}\n"})
        yield room


def pages(count: int, edition: int = 1, paragraphs: int = 2) -> dict[str, str]:
    """Articles of which one paragraph is another in each edition; no two lines are alike."""
    made = {}
    for number in range(count):
        lines = [f"This is line {line} of page {number}." for line in range(paragraphs - 1)]
        lines.append(f"Page {number} ends with edition {edition}.")
        made[f"content/page-{number}.md"] = f"---\ntitle: Page {number}\n---\n\n" + "\n\n".join(lines) + "\n"
    return made


def digests(folder: Path, hidden: bool = False) -> Digests:
    """SHA-256 of every file below ``folder`` by its path, without the hidden ones unless they are wanted."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if not path.is_dir() and (hidden or not any(part.startswith(".") for part in name.parts)):
            found[name.as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
        elif path.is_dir() and hidden and path.name.startswith("."):
            found[name.as_posix()] = "a folder"
    return found


def halves(folder: Path, *whole: Digests) -> list[str]:
    """Files that are none of those of the undisturbed runs ``whole``."""
    return [name for name, digest in digests(folder).items() if digest not in (each.get(name) for each in whole)]


def unclear(done: subprocess.CompletedProcess[str], codes: Sequence[int], says: Callable[[str], bool]) -> str:
    """Why the end of a failed command is not one that tells the user what went wrong; empty where it does."""
    if "Traceback" in done.stderr:
        return "a traceback"
    if done.returncode not in codes:
        return f"exit code {done.returncode}"
    if not any(says(line) for line in done.stderr.splitlines()):
        return "no line that says why"
    return ""
