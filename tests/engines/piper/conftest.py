"""The voice joe in a store of its own, and an engine that speaks it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines.piper.piper_parts import context_of, joe, run
from voiceover.engines.piper.engine import PiperEngine


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with joe, imported by the user's command."""
    network = joe()
    folder = tmp_path_factory.mktemp("piper")
    code, told = run("models", "import", network, "--name", "joe", "--licence", "CC0-1.0", data=folder)
    assert (code, "joe: en-US, medium, 22,050 Hz" in told) == (0, True), told
    return folder


@pytest.fixture(scope="session")
def engine(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PiperEngine]:
    engine = PiperEngine(context_of(data, tmp_path_factory.mktemp("cache")))
    yield engine
    engine.close()
