"""A nightly batch of 10,000 scripts of which ten have changed: time, memory, and what was made.

    python benchmarks/batch.py [--quick] [--json FILE]

Ten episodes are made by the command. The others are copies of one of them under names of their own, with a script and a line of the journal
each, as the command would have left them: to render them all would take a quarter of an hour. --quick renders every one of 20;
how long that takes is only told.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from table import Row, finish, options, required

from voiceover.batch.contents import stamp_of
from voiceover.batch.journal import Journal
from voiceover.batch.state import OutputState

CHANGED = 10
LIMIT_SECONDS = 30.0
LIMIT_BYTES = 300_000_000


def write_script(path: Path, number: int, edition: int = 1) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    body = f"This is page {number} in edition {edition}.\n\nIt has a second paragraph, which nobody changes.\n"
    path.write_text(f"---\ntitle: Page {number}\ndate: 2020-01-01\ntags: [a, b]\n---\n\n{body}", "utf-8")


def run(folder: Path) -> tuple[dict[str, object], float, int]:
    """The report of the command, its wall seconds and the most memory that it had, in bytes."""
    started = time.perf_counter()
    command = [
        sys.executable,
        "-m",
        "voiceover",
        "batch",
        "content",
        "-o",
        "out",
        "--engine",
        "draft",
        "--allow-draft",
        "--report",
        "report.json",
        "-q",
    ]
    process = subprocess.Popen(command, cwd=folder)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    if os.waitstatus_to_exitcode(status):
        sys.exit("the batch failed")
    unit = 1 if sys.platform == "darwin" else 1024
    return json.loads((folder / "report.json").read_bytes()), wall, usage.ru_maxrss * unit


def clone(folder: Path, numbers: range) -> None:
    """Give each of ``numbers`` a script, and the files and the journal's line of an episode that stands."""
    state = OutputState.of(folder / ".voiceover", folder / "out")
    journal = Journal(state.journal)
    model = journal.find(name_of(0))
    assert model is not None
    for number in numbers:
        name = name_of(number)
        script = folder / "content" / f"{name}.md"
        write_script(script, number)
        outputs = []
        for file in model.outputs:
            ending = file.name.removeprefix(Path(name_of(0)).name)
            copied = Path(state.path_of(name, f"{Path(name).name}{ending}"))
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(state.path_of(name_of(0), file.name), copied)
            outputs.append(replace(file, name=copied.name, stamp=stamp_of(str(copied))))
        told = f"../content/{name}.md"
        digest = hashlib.sha256(script.read_bytes()).hexdigest()
        journal.put(name, replace(model, stem=f"{name}.draft", script=told, digest=digest, outputs=tuple(outputs)))
    journal.save()


def name_of(number: int) -> str:
    return f"{number // 100:03}/page-{number}"


def rows(total: int, rendered: int) -> list[Row]:
    """The table for ``total`` scripts of which the command makes ``rendered``; the others are copies."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["VOICEOVER_CACHE"] = str(folder / "cache")
        for number in range(rendered):
            write_script(folder / "content" / f"{name_of(number)}.md", number)
        first, first_seconds, _ = run(folder)
        clone(folder, range(rendered, total))
        same, same_seconds, same_bytes = run(folder)
        for number in range(CHANGED):
            write_script(folder / "content" / f"{name_of(number)}.md", number, edition=2)
        night, night_seconds, night_bytes = run(folder)
    counts = night["counts"]
    right = counts == {**counts, "made": CHANGED, "unchanged": total - CHANGED} and night["takes"]["recorded"] == CHANGED
    return [
        Row(f"first batch of {rendered} short pages, s", first_seconds, "", first["counts"]["made"] == rendered),
        Row(f"{total} scripts, none changed, s", same_seconds, "", same["counts"]["unchanged"] == total),
        Row("  ms a script", 1000 * same_seconds / total, "", True),
        Row("  most memory, MB", same_bytes / 1e6, "under 300", same_bytes < LIMIT_BYTES),
        required(f"{total} scripts, {CHANGED} changed, s", night_seconds, "under 30", night_seconds < LIMIT_SECONDS, full=total > rendered),
        Row("  most memory, MB", night_bytes / 1e6, "under 300", night_bytes < LIMIT_BYTES),
        Row("  made and recorded what changed, and nothing else", int(right), "1", right),
    ]


def main() -> None:
    arguments = options(__doc__).parse_args()
    finish(rows(20, 20) if arguments.quick else rows(10_000, CHANGED), arguments.json)


if __name__ == "__main__":
    main()
