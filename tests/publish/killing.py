"""Kill a publish before each of its steps on the file system, and see that only whole sets of files are ever left."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from voiceover.publish import complete_pending
from voiceover.publish.commit import RECORD, stage_folder

ROOT = Path(__file__).parents[2]
_SCRIPT = """
import os, shutil, signal, sys
from pathlib import Path
from {module} import publish_new, publish_old

folder = Path(sys.argv[1])
publish_old(folder / "old")
shutil.copytree(folder / "old", folder / "new")
publish_new(folder / "new")
events = {{"os.rename", "os.remove", "os.mkdir", "os.rmdir"}}
step = 0
while True:
    step += 1
    work = folder / f"{{step:04}}"
    shutil.copytree(folder / "old", work)
    child = os.fork()
    if not child:
        left = step
        def count(event, arguments):
            global left
            if event in events and str(work) in str(arguments[0]):
                left -= 1
                if not left:
                    os.kill(os.getpid(), signal.SIGKILL)
        sys.addaudithook(count)
        publish_new(work)
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        break
"""
"""Each step is tried in a folder of its own, until a publish gets through."""


def kill_before_every_step(module: str, folder: Path) -> None:
    """Fill ``folder``: ``old`` and ``new`` by ``publish_old`` and ``publish_new`` of a module, and a numbered folder per step."""
    script = _SCRIPT.format(module=module)
    subprocess.run([sys.executable, "-W", "ignore", "-c", script, str(folder)], cwd=ROOT, check=True, timeout=100)


def killed(folder: Path) -> list[Path]:
    """The folders in which a publish was killed, in the order of the steps."""
    return sorted(path for path in folder.iterdir() if path.name.isdigit())


def visible(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def shown(folder: Path) -> dict[str, bytes]:
    """The files that a person sees."""
    return {name: data for name, data in visible(folder).items() if not name.startswith(".")}


def outcomes(crashed: Path) -> list[str]:
    """Complete what each kill left, which must give the old or the new files; return ``old``, ``completed`` or ``new`` for each step."""
    old, new = shown(crashed / "old"), shown(crashed / "new")
    found = []
    for folder in killed(crashed):
        for name, data in shown(folder).items():
            assert data in (old.get(name), new.get(name)), f"{folder.name}: {name} is half a file"
        staged = (stage_folder(folder, "town") / RECORD).exists()
        assert complete_pending(folder, "town") == staged
        assert shown(folder) in (old, new), folder.name
        assert visible(folder) == shown(folder), f"{folder.name}: something hidden was left"
        assert not complete_pending(folder, "town")
        found.append("old" if shown(folder) == old else "completed" if staged else "new")
    # First nothing has happened yet, then the next run completes the set, at last all was done.
    assert found == sorted(found, key=["old", "completed", "new"].index)
    return found
