"""Every kind of hostile input gives a result or an error of ours; benchmarks/fuzz.py reads very many, and watches time, memory and disk."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.case import Kind, load, prepare, put, restore, save
from tests.fuzz.child import Fence, read_one
from tests.fuzz.kinds import KINDS
from voiceover.errors import VoiceoverError

SHORT = 3_000
"""Bytes of the longest text here."""
EXAMPLES = settings().max_examples // 8


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("PATH", "")
    monkeypatch.chdir(tmp_path)
    yield tmp_path


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_an_input_gives_a_result_or_an_error_of_ours(name: str, home: Path) -> None:
    kind = KINDS[name]
    folder = prepare(home / "room", kind)
    standing = kind.standing()

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(st.randoms(use_true_random=False))
    def read(rng: random.Random) -> None:
        files = kind.make(rng, SHORT)
        put(folder, files)
        try:
            with suppress(VoiceoverError):
                kind.run(folder)
        finally:
            restore(folder, files, standing)

    read()


@pytest.mark.parametrize("name", KINDS)
def test_an_input_is_the_same_for_the_same_seed(name: str) -> None:
    first, second = (KINDS[name].make(random.Random("seed"), SHORT) for _ in range(2))
    assert first == second


def test_an_input_that_failed_is_kept_and_read_again(tmp_path: Path) -> None:
    kind = KINDS["bundle"]
    files = kind.make(random.Random("x"), SHORT)
    save(tmp_path / "kept.json", kind, files, {"seed": "x"})
    assert load(tmp_path / "kept.json") == ("bundle", files)


def test_what_is_wrong_is_seen(tmp_path: Path) -> None:
    """The watcher itself: an exception, a file read outside of the folder, one made there, a program that is called."""

    def run(folder: Path) -> None:
        (folder / "../outside/secret").read_bytes()
        (folder / "made").mkdir()
        (folder / "made").rename(folder.parent / "moved")
        (folder.parent / "written").write_text("x")
        raise ZeroDivisionError("no")

    kind = Kind("careless", lambda rng, longest: {}, run)
    home = prepare(tmp_path / "room", kind)
    found, taken = read_one(kind, home, Fence(home))
    assert found[0].startswith("traceback: ZeroDivisionError at test_fuzz.py")
    assert [breach.partition(" /")[0] for breach in found[1:]] == ["outside: read", "outside: os.rename", "outside: wrote"]
    assert taken < 60
