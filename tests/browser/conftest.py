"""Episodes to open, made once by the real command, and the browser that opens them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import Chromium, started
from tests.command_parts import checked, run_here
from tests.conftest import EXAMPLES
from tests.shared import shared_folder


@pytest.fixture(scope="session")
def window() -> Iterator[Chromium]:
    """One window for all tests of a process: it takes seconds to open."""
    with started() as window:
        yield window


@pytest.fixture
def chromium(window: Chromium) -> Iterator[Chromium]:
    yield window
    window.driver.get("about:blank")  # what plays or draws would go on while other tests run


@pytest.fixture(scope="session")
def show(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the full show, spoken by the draft voice, its page and its cache; no test changes it."""

    def make(folder: Path) -> None:
        shutil.copytree(EXAMPLES, folder / "scripts_examples")
        run(folder, "render", "scripts_examples/harbour_radio.md", "--engine", "draft", "-o", "out")
        run(folder, "page", "scripts_examples/harbour_radio.md", "-o", "out")

    return shared_folder(tmp_path_factory, "show", make)


@pytest.fixture
def own_show(show: Path, tmp_path: Path) -> Path:
    """A copy of the show that a test may change."""
    return Path(shutil.copytree(show, tmp_path / "show"))


def run(folder: Path, *arguments: str, code: int = 0) -> str:
    """Run the command in a folder with a cache of its own there."""
    return checked(run_here([*arguments], folder, {"VOICEOVER_CACHE": str(folder / "cache")}), code).stdout
