"""The commands of README and of the docs, each run as it is printed there; the network is a Hub on loopback."""

from __future__ import annotations

import json
import os
import pty
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.models import tiny
from tests.models.conftest import Shop, shop  # noqa: F401

DOCS = Path(__file__).parents[1] / "docs"
SPOKEN = "The exact words that I say in it."

pytestmark = pytest.mark.slow


def commands(page: str, heading: str) -> list[str]:
    """The command lines of a section, without what a comment says of them."""
    return [line for line in lines_of(page, heading) if line.startswith("voiceover ")]


def lines_of(page: str, heading: str) -> list[str]:
    """The lines of a section of a page that are to be typed."""
    section = f"\n{(DOCS / page).read_text('utf-8')}".split(f"\n{heading}\n", 1)[1]
    section = re.split(r"\n#{1,3} ", section, maxsplit=1)[0]
    return [line.strip() for line in section.splitlines() if line.startswith("    ")]


def run(line: str, room: Path, environment: dict[str, str], *, may_fail: bool = False) -> str:
    """Run a line of a page in ``room`` as at a terminal, where every question is answered with yes."""
    words = shlex.split(line, comments=True)
    ours, theirs = pty.openpty()
    os.write(ours, b"y\ny\n")
    try:
        done = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=room,
            stdin=theirs,
            capture_output=True,
            text=True,
            timeout=300,
            env={**os.environ, **environment},
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 0 or (may_fail and done.returncode == 1), f"{line}\n{done.stderr}\n{done.stdout}"
    return done.stdout + done.stderr


@pytest.fixture
def room(tmp_path: Path, voiceover: Run) -> Path:
    """Return what a reader of the docs has: an episode, a recording of their own voice, a fine-tune."""
    room = tmp_path / "room"
    room.mkdir()
    (room / "episode.md").write_text("---\ntitle: Mine\ncast:\n  Me: {voice: me, steps: 2}\n---\nMe: A line of speech.\n")
    voiceover("say", SPOKEN, "--speed", "0.7", "-o", "memo.wav", cwd=room)
    (room / "memo.draft.wav").rename(room / "memo.wav")
    files = tiny.swivid(tmp_path / "fine", "v1")
    shutil.copy(next(files.glob("*.safetensors")), room / "my_finetune.safetensors")
    shutil.copy(files / "vocab.txt", room / "vocab.txt")
    return room


def test_an_own_voice_and_a_model(shop: Shop, room: Path) -> None:  # noqa: F811
    catalogue = Path(shop.environment["VOICEOVER_CATALOGUE"])
    catalogue.write_text(catalogue.read_text().replace("  base:\n", "  f5-tts-mlx-4bit:\n"))
    own = commands("voices.md", "## Your own voice")
    assert [line.split()[2] for line in own] == ["add", "check", "try"]
    for line in own:
        run(line, room, shop.environment)
    model = commands("models.md", "# Models") + commands("models.md", "## Import what you have")
    said = {line.split()[2] for line in model if " models " in line}
    assert said >= {"list", "pull", "use", "import", "quantize", "info", "verify", "rm"}
    for line in model:
        # Weights without training speak noise, which the checks suspect.
        told = run(line.replace("voiceover render ", "voiceover render --allow-suspect --retakes 0 "), room, shop.environment)
        if line.startswith("voiceover render"):
            assert (room / "episode.mp3").is_file(), told  # not a draft
    whole, quick = commands("models.md", "## If you have trained weights, please send a report")
    assert "--report" in whole
    # Weights without training speak noise, which the report says.
    run(quick, room, shop.environment, may_fail=True)
    assert (room / "quick" / "report.html").is_file()
    assert (room / "quick" / "report.json").is_file()


def test_nightly(tmp_path: Path) -> None:
    room, home = tmp_path / "site", tmp_path / "home"
    (room / "content" / "posts").mkdir(parents=True)
    home.mkdir()
    for name in ("one", "gone", "posts/zwölf"):
        (room / "content" / f"{name}.md").write_text(f"---\ntitle: A page\n---\n\nThis is {Path(name).name}.\n")
    environment = {
        **os.environ,
        "HOME": str(home),
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        "VOICEOVER_CACHE": str(tmp_path / "cache"),
        "GIT_CONFIG_GLOBAL": os.devnull,
    }

    def shell(line: str) -> str:
        done = subprocess.run(["sh", "-c", line], cwd=room, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        return done.stdout + done.stderr

    if shutil.which("git") is None:
        pytest.skip("the list of changed pages comes from git")
    shell("git init -q -b main && git add . && git -c user.name=me -c user.email=me@localhost commit -q -m site")
    said = [line for line in lines_of("batch.md", "# Batches") if "<audio" not in line]
    assert {line.split()[0] for line in said} == {"echo", "voiceover", "git"}
    for line in said:
        if line.startswith("git diff"):
            (room / "content" / "posts" / "zwölf.md").write_text("---\ntitle: A page\n---\n\nThis is another.\n")
            (room / "content" / "gone.md").unlink()
        # Kokoro is not installed here, and the draft voice must be allowed.
        shell(line.replace("engine: kokoro", "engine: draft").replace("voiceover batch ", "voiceover batch --allow-draft "))
    report = json.loads((room / "report.json").read_bytes())
    assert (report["exit_code"], report["counts"]["made"]) == (0, 3)
    assert set(json.loads((room / "data" / "voiceover.json").read_bytes())["pages"]) == {"one.md", "gone.md", "posts/zwölf.md"}
    assert (room / "static" / "audio" / "posts" / "zwölf.draft.mp3").is_file()
    assert [path.name for path in (room / "out").rglob("*.mp3")] == ["zwölf.draft.mp3"]
    assert {path.suffix for path in (home / ".config" / "systemd" / "user").iterdir()} == {".service", ".timer"}


def test_the_program_of_the_api_page(tmp_path: Path) -> None:
    program = re.search(r"```python\n(.*?)```", (Path(__file__).parents[1] / "docs" / "api.md").read_text("utf-8"), re.DOTALL)
    assert program is not None
    (tmp_path / "episode.md").write_text("".join(f"This is line {number}.\n\n" for number in range(8)))
    (tmp_path / "guarded.py").write_text(program[1])
    done = subprocess.run([sys.executable, "guarded.py"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    (loudness,) = re.findall(r"episode\.draft\.mp3 8 (\S+)", done.stdout)
    assert abs(float(loudness) + 16) < 0.1
    # Without its guard it would wait for itself.
    (tmp_path / "episode.md").write_text("".join(f"This is another line {number}.\n\n" for number in range(8)))
    (tmp_path / "bare.py").write_text(re.sub(r'if __name__ == "__main__":.*', "if True:", program[1]))
    done = subprocess.run([sys.executable, "bare.py"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert 'put its code under if __name__ == "__main__":' in done.stderr
