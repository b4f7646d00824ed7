"""Episodes to open, made once by the real command, and the browser that opens them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import Chromium, started
from tests.command_parts import checked, run_here
from tests.conftest import EXAMPLES


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """One window for all tests of a module."""
    with started() as window:
        yield window


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the full show, spoken by the draft voice, and its cache."""
    folder = tmp_path_factory.mktemp("show")
    shutil.copytree(EXAMPLES, folder / "scripts_examples")
    run(folder, "render", "scripts_examples/harbour_radio.md", "--engine", "draft", "-o", "out")
    return folder


def run(folder: Path, *arguments: str, code: int = 0) -> str:
    """Run the command in a folder with a cache of its own there."""
    return checked(run_here([*arguments], folder, {"VOICEOVER_CACHE": str(folder / "cache")}), code).stdout
