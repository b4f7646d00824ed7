"""Files by their content, and when a stamp may stand in for it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from voiceover.batch import contents
from voiceover.batch.contents import ABSENT, SMALL_BYTES, UNSETTLED, FileDigests


def test_a_large_file_is_read_again_when_anything_of_it_is_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"a" * (SMALL_BYTES + 1))
    later = time.time_ns() + 10_000_000_000
    # It has only just been written: its stamp proves nothing yet.
    assert len(FileDigests().record(str(path), later)) == 1
    monkeypatch.setattr(contents.time, "time_ns", lambda: later)
    stamped = FileDigests().record(str(path), later)
    state = path.stat()
    assert stamped[1:] == [state.st_size, state.st_ino, state.st_mtime_ns, state.st_ctime_ns]
    # The stamp is believed: what it says is not what is in the file.
    assert FileDigests().digest(str(path), ["another", *stamped[1:]]) == "another"
    path.write_bytes(b"b" * (SMALL_BYTES + 1))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert FileDigests().digest(str(path), stamped) not in (stamped[0], ABSENT)


def test_a_small_file_is_always_read(tmp_path: Path) -> None:
    path = tmp_path / "small"
    path.write_bytes(b"words")
    state = path.stat()
    assert FileDigests().digest(str(path), ["another", state.st_size, state.st_ino, state.st_mtime_ns, state.st_ctime_ns]) != "another"


def test_a_file_that_changed_while_it_was_used_proves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "file"
    began = time.time_ns()
    tmp_path.joinpath("another").touch()
    assert FileDigests().record(str(path), began) == [UNSETTLED]
    path.write_text("now it is there")
    assert FileDigests().record(str(path), began) == [UNSETTLED]
    seen_before = FileDigests()
    digest = seen_before.digest(str(path))
    assert seen_before.record(str(path), time.time_ns() + 1_000_000_000) == [digest]
    path.write_text("another content, and the first one again")
    path.write_text("now it is there")
    assert seen_before.record(str(path), began) == [UNSETTLED]
