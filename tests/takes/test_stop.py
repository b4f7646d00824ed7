"""A recording that is told to stop keeps what was begun, and begins nothing more."""

from __future__ import annotations

import functools
import multiprocessing
from pathlib import Path

import pytest

from tests.takes.parts import ada, lines, noted, only, open_tone
from voiceover.takes import FileStore, record_takes


@pytest.mark.parametrize("jobs", [1, 2])
def test_stopped_between_takes(jobs: int, tmp_path: Path) -> None:
    store = FileStore(tmp_path / "cache")
    script = lines(12)

    def stop() -> bool:
        return len(list(store.takes_folder.glob("*/*"))) >= 2

    takes = record_takes(ada(script), store, only(functools.partial(open_tone, tmp_path)), jobs, stop=stop)
    assert 2 <= len(takes) < len(script)
    # Each take that was begun is kept.
    assert set(takes) == {entry.address for entry in store.entries()}
    assert sum(len(noted(tmp_path, f"begun-{utterance.text.split()[0]}")) for utterance in script) == len(takes)
    assert multiprocessing.active_children() == []
    again = record_takes(ada(script), store, only(functools.partial(open_tone, tmp_path)), jobs, stop=lambda: False)
    assert len(again) == len(script)


def test_nothing_is_begun_where_it_is_too_late(tmp_path: Path) -> None:
    assert record_takes(ada(lines(2)), FileStore(tmp_path / "cache"), only(functools.partial(open_tone, tmp_path)), stop=lambda: True) == {}
