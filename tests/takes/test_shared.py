"""Takes that several machines share: each machine is a cache folder, the shared place another folder."""

from __future__ import annotations

import functools
import io
import zipfile
from pathlib import Path

import pytest

from tests.takes.parts import ada, line, lines, noted, only, open_missing, open_tone
from voiceover.errors import StoreError
from voiceover.system.remote_store import RemoteStore, open_remote_store
from voiceover.takes import FileStore, SharedStore, record_takes

TEXT = "one two"
ADDRESS = line(TEXT).address


def machine(tmp_path: Path, name: str) -> SharedStore:
    return SharedStore(tmp_path / name, open_remote_store(str(tmp_path / "shared")))


def recorded(tmp_path: Path, store: FileStore, text: str = TEXT) -> int:
    """How often the engine spoke for the takes of ``text`` to stand in ``store``."""
    before = len(noted(tmp_path, f"begun-{text.split(maxsplit=1)[0]}"))
    takes = record_takes(ada([line(text)]), store, only(functools.partial(open_tone, tmp_path)))
    assert takes[line(text).address].path.is_relative_to(store.folder)
    return len(noted(tmp_path, f"begun-{text.split(maxsplit=1)[0]}")) - before


def shared_file(tmp_path: Path) -> Path:
    return tmp_path / "shared" / "takes" / ADDRESS[:2] / f"{ADDRESS[2:]}.take"


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_one_machine_recorded_no_other_records(jobs: int, tmp_path: Path) -> None:
    script = lines(3)
    first = record_takes(ada(script), machine(tmp_path, "a"), only(functools.partial(open_tone, tmp_path)), jobs)
    second = record_takes(ada(script), machine(tmp_path, "b"), only(open_missing))
    assert [take.path.read_bytes() for take in first.values()] == [take.path.read_bytes() for take in second.values()]
    assert [take.speech_power for take in first.values()] == [take.speech_power for take in second.values()]
    assert FileStore(tmp_path / "b").get_many(second) == dict(second)


def test_the_shared_file_can_be_opened_by_hand(tmp_path: Path) -> None:
    recorded(tmp_path, machine(tmp_path, "a"))
    with zipfile.ZipFile(shared_file(tmp_path)) as archive:
        assert archive.namelist() == ["take.wav", "take.json"]
        assert archive.read("take.wav") == FileStore(tmp_path / "a").path(ADDRESS).read_bytes()


def flipped(content: bytes) -> bytes:
    return content[:5000] + bytes([content[5000] ^ 1]) + content[5001:]


def compressed(content: bytes) -> bytes:
    """The same two files, in a way that could hold a bomb."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            after.writestr(name, before.read(name))
    return file.getvalue()


@pytest.mark.parametrize(
    "damage",
    [lambda content: b"", lambda content: content[:-100], lambda content: content[: len(content) // 2], flipped, compressed],
    ids=["empty", "end lost", "half", "one bit", "compressed"],
)
def test_a_damaged_shared_take_is_recorded_again_and_mended(damage: object, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    recorded(tmp_path, machine(tmp_path, "a"))
    file = shared_file(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(damage(whole))  # type: ignore[operator]
    assert recorded(tmp_path, machine(tmp_path, "b")) == 1
    assert "damaged take in the shared store, will be recorded again" in caplog.text
    assert file.read_bytes() == whole
    assert recorded(tmp_path, machine(tmp_path, "c")) == 0


def test_the_take_of_another_line_is_not_taken_for_this_one(tmp_path: Path) -> None:
    a = machine(tmp_path, "a")
    recorded(tmp_path, a, "other")
    a.remote.write(f"takes/{ADDRESS[:2]}/{ADDRESS[2:]}.take", shared_content(tmp_path, line("other").address))
    assert recorded(tmp_path, machine(tmp_path, "b")) == 1


def shared_content(tmp_path: Path, address: str) -> bytes:
    return (tmp_path / "shared" / "takes" / address[:2] / f"{address[2:]}.take").read_bytes()


def test_a_damaged_take_here_is_fetched_again(tmp_path: Path) -> None:
    a = machine(tmp_path, "a")
    recorded(tmp_path, a)
    a.path(ADDRESS).write_bytes(b"")
    assert recorded(tmp_path, a) == 0


def test_what_could_not_be_sent_is_sent_later(tmp_path: Path) -> None:
    a = machine(tmp_path, "a")
    takes = tmp_path / "shared" / "takes"
    takes.touch()
    with pytest.raises(StoreError, match="cannot read the shared store"):
        a.get(ADDRESS)
    takes.unlink()
    FileStore(tmp_path / "a").put(ADDRESS, open_tone(tmp_path).speak(line(TEXT), ada([line(TEXT)])[0][1]), {})
    assert not a.remote.has(f"takes/{ADDRESS[:2]}/{ADDRESS[2:]}.take")
    assert recorded(tmp_path, a) == 0
    assert recorded(tmp_path, machine(tmp_path, "b")) == 0


def test_a_take_here_is_not_asked_for_again(tmp_path: Path) -> None:
    recorded(tmp_path, machine(tmp_path, "a"))
    (tmp_path / "shared").rename(tmp_path / "gone")
    (tmp_path / "shared").touch()
    assert recorded(tmp_path, SharedStore(tmp_path / "a", RemoteStore(f"file://{tmp_path}/shared"))) == 0


def test_which_stand(tmp_path: Path) -> None:
    a, b = machine(tmp_path, "a"), machine(tmp_path, "b")
    script = [line(f"line {n}", n) for n in range(40)]
    record_takes(ada(script[:30]), a, only(functools.partial(open_tone, tmp_path)))
    addresses = [utterance.address for utterance in script]
    assert b.existing(addresses) == frozenset(addresses[:30])
    assert b.existing([]) == frozenset()
    assert not b.has("no address")
    assert b.get("no address") is None
    assert not (tmp_path / "b").exists()
