"""Installed by pip in both ways, outside the repository: the command, the shipped voices and an episode."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]


@pytest.mark.slow
@pytest.mark.parametrize("way", ["plain", "editable"])
def test_pip_install(way: str, tmp_path: Path) -> None:
    copy = tmp_path / "source"
    copy.mkdir()
    pages = ("README.md", "LICENSE", "CHANGELOG.md", "ARCHITECTURE.md")
    for name in ("pyproject.toml", *pages, "voiceover", "voices", "scripts_examples", "docs"):
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    room = tmp_path / "venv"
    venv.create(room, with_pip=False, system_site_packages=False)
    site = next((room / "lib").glob("python*/site-packages"))
    # The dependencies are those of the running environment; only voiceover itself is what is being installed here.
    outer = [path for path in sys.path if path.endswith("site-packages")]
    # Without build isolation hatchling comes from the running environment, and no network is needed.
    command = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(room / "bin" / "python"),
        "install",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
    ]
    arguments = ["-e", str(copy)] if way == "editable" else [str(copy)]
    done = subprocess.run(
        [*command, *arguments], cwd=tmp_path, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(outer)}
    )
    assert done.returncode == 0, done.stderr
    (site / "outer.pth").write_text("\n".join(outer) + "\n", "utf-8")
    if way == "plain":
        shutil.rmtree(copy / "voices")
        shutil.rmtree(copy / "docs")
    work = tmp_path / "work"
    work.mkdir()
    script = room / "bin" / "voiceover"

    def run(*arguments: str) -> str:
        done = subprocess.run([script, *arguments], cwd=work, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert run("guide").startswith("# The script format\n")
    found = {voice["name"]: voice for voice in json.loads(run("voices", "list", "--json"))}
    assert set(found) == {"ada", "ben", "cora", "dan"}
    home = site / "voiceover" / "shipped_voices" if way == "plain" else copy / "voices"
    assert {Path(voice["folder"]).parent.resolve() for voice in found.values()} == {home.resolve()}
    assert all({"plain", "quiet", "whispering", "angry"} <= set(voice["styles"]) for voice in found.values())
    packs = (site if way == "plain" else copy) / "voiceover" / "engines" / "kokoro" / "packs"
    names = {path.name for path in packs.iterdir()}
    assert {"NOTICE", "LICENSE", *(f"{name}{style}.npz" for name in found for style in ("", "-quiet", "-whispering", "-angry"))} == names
    assert sum(path.stat().st_size for path in packs.iterdir()) < 2_000_000
    run("render", str(copy / "scripts_examples" / "town_mouse.md"))
    assert (work / "town_mouse.draft.mp3").stat().st_size > 100_000
    # The templates of the pages, with their styles and scripts, come with the package.
    for command in ("page", "review"):
        assert Path(run(command, str(copy / "scripts_examples" / "town_mouse.md"), "--engine", "draft").strip()).name.endswith(".html")
    run(
        "batch",
        str(copy / "scripts_examples" / "lighthouse.md"),
        "-o",
        "out",
        "--dry-run",
        "--engine",
        "draft",
        "--allow-draft",
        "--report",
        "night.html",
    )
