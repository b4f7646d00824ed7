"""A shared place: on a folder of this machine, and on one that fails as servers do."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.local import LocalFileSystem

from voiceover.errors import InputError, StoreError
from voiceover.system import remote_store
from voiceover.system.remote_store import ATTEMPTS, RemoteStore, display_url, open_remote_store


class Failing(LocalFileSystem):
    """A folder whose server fails at the first ``failures`` questions."""

    protocol = "failing"
    failures = 0
    asked = 0

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **options: object) -> object:
        Failing.asked += 1
        if Failing.asked <= Failing.failures:
            raise OSError("503 Service Unavailable: please reduce your request rate")
        return super().cat_file(path, start, end)


fsspec.register_implementation("failing", Failing, clobber=True)


@pytest.fixture
def place(tmp_path: Path) -> RemoteStore:
    return open_remote_store(str(tmp_path / "shared"))


def test_what_is_written_is_read(place: RemoteStore, tmp_path: Path) -> None:
    assert place.read("models/a/b") is None
    assert not place.has("models/a/b")
    place.write("models/a/b", b"one")
    place.write("models/a/b", b"two")
    assert place.read("models/a/b") == b"two"
    assert place.has("models/a/b")
    (tmp_path / "file").write_bytes(b"three")
    place.send(tmp_path / "file", "models/c")
    assert place.fetch("models/c", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"three"
    assert not place.fetch("models/d", tmp_path / "none")
    names = sorted(path.relative_to(tmp_path).as_posix() for path in (tmp_path / "shared").rglob("*") if path.is_file())
    assert names == ["shared/models/a/b", "shared/models/c", f"shared/{remote_store.MARK}"]


def test_a_place_is_the_same_however_it_is_named(place: RemoteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place.write("x", b"one")
    monkeypatch.chdir(tmp_path)
    assert open_remote_store("shared").read("x") == open_remote_store(f"file://{tmp_path}/shared/").read("x") == b"one"


def test_a_server_that_fails_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_store, "FIRST_WAIT_SECONDS", 0.001)
    (tmp_path / "x").write_bytes(b"one")
    Failing.asked, Failing.failures = 0, ATTEMPTS - 1
    assert RemoteStore(f"failing://{tmp_path}").read("x") == b"one"
    assert Failing.asked == ATTEMPTS
    Failing.asked, Failing.failures = 0, 1000
    with pytest.raises(StoreError, match=rf"cannot read the shared store after {ATTEMPTS} attempts: 503 Service Unavailable"):
        RemoteStore(f"failing://{tmp_path}").read("x")
    assert Failing.asked == ATTEMPTS


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "is not a store"),
        ("s3://", "is not a store"),
        ("nosuch://place", "cannot be used as a store"),
    ],
)
def test_a_url_that_cannot_be_used(url: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        open_remote_store(url)


def test_a_folder_that_cannot_be_one(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"cannot (read|write) the shared store: .*not a folder"):
        open_remote_store(str(tmp_path / "file" / "below"))


@pytest.mark.parametrize(("content", "why"), [(b"{", "is damaged"), (b"[]", "is damaged"), (b'{"format": 2}', "the store has format 2")])
def test_a_place_of_another_format(content: bytes, why: str, place: RemoteStore) -> None:
    place.write(remote_store.MARK, content)
    with pytest.raises(InputError, match=why):
        open_remote_store(place.url)


def test_a_password_is_not_shown() -> None:
    assert display_url("sftp://me:secret@host/takes?key=1") == "sftp://host/takes"
    assert display_url("file:///mnt/me@home") == "/mnt/me@home"


WRITER = """
import sys
from voiceover.system.remote_store import RemoteStore
place = RemoteStore(sys.argv[1])
print("go", flush=True)
while True:
    for letter in b"ab":
        place.write("x", bytes([letter]) * 3_000_000)
"""


@pytest.mark.slow
def test_a_writer_that_is_killed_leaves_a_whole_file(place: RemoteStore) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITER, place.url], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        deadline = time.monotonic() + 10
        seen = set()
        while len(seen) < 2 and time.monotonic() < deadline:
            seen.add(place.read("x"))
            seen.discard(None)
        writer.kill()
    assert seen == {b"a" * 3_000_000, b"b" * 3_000_000}
    assert place.read("x") in seen
