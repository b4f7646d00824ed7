from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.takes.parts import tones
from voiceover.system.piece_folder import PieceFolder
from voiceover.takes import FileStore, collect_garbage
from voiceover.takes.garbage import DUE_SECONDS, collect_when_due

NOW = 1_500_000_000.0
DAY = 86400.0


def address(number: int) -> str:
    return hashlib.sha256(b"%d" % number).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    """Five takes of one size; take n was last used n days ago."""
    store = FileStore(tmp_path / "cache")
    for n in range(5):
        store.put(address(n), tones("one two"), {})
        os.utime(store.take_folder(address(n)), (NOW - n * DAY,) * 2)
    return store


def size(store: FileStore) -> int:
    return next(store.entries()).bytes


def standing(store: FileStore) -> set[int]:
    return {n for n in range(5) if store.has(address(n))}


def manifest(path: Path, *numbers: int) -> Path:
    path.write_text(json.dumps({"title": "x", "takes": [{"address": address(n), "text": "one"} for n in numbers]}))
    return path


def test_under_the_cap_all_stay(store: FileStore) -> None:
    report = collect_garbage(store, 5 * size(store), NOW)
    assert (report.removed_files, report.kept_files, report.kept_bytes) == (0, 5, 5 * size(store))
    assert standing(store) == {0, 1, 2, 3, 4}


def test_the_least_recently_used_go_first(store: FileStore) -> None:
    one = size(store)
    report = collect_garbage(store, 3 * one + 1, NOW)
    assert (report.removed_files, report.removed_bytes, report.kept_files, report.kept_bytes, report.warning) == (
        2,
        2 * one,
        3,
        3 * one,
        "",
    )
    assert standing(store) == {0, 1, 2}
    assert list(store.new_folder.iterdir()) == []


def test_pieces_of_finished_episodes_go_before_any_take(store: FileStore) -> None:
    pieces = PieceFolder(store.folder)
    for number in range(3):
        pieces.put(address(number), bytes(1000))
        path = next(each.path for each in pieces.entries() if each.path.name == address(number)[2:])
        os.utime(path, (NOW - 10 + number, NOW - 10 + number))
    takes = 5 * size(store)
    report = collect_garbage(store, takes + 2100, NOW)
    assert (report.removed_files, report.removed_pieces_bytes, report.pieces_bytes) == (0, 1032, 2064)
    assert [pieces.get(address(number)) is None for number in range(3)] == [True, False, False]
    report = collect_garbage(store, takes - 1, NOW)
    assert (report.removed_files, report.removed_pieces_bytes, report.pieces_bytes) == (1, 2064, 0)


def test_a_take_that_is_used_again_stays(store: FileStore) -> None:
    assert store.get(address(4)) is not None
    collect_garbage(store, 2 * size(store), NOW)
    assert standing(store) == {0, 4}


def test_takes_of_a_standing_manifest_stay_whatever_the_cap(store: FileStore, tmp_path: Path) -> None:
    store.register_manifest(manifest(tmp_path / "a.manifest.json", 4, 1))
    store.register_manifest(manifest(tmp_path / "b.manifest.json", 3, 1))
    report = collect_garbage(store, 0, NOW)
    assert standing(store) == {1, 3, 4}
    assert (report.removed_files, report.kept_files, report.protected_files) == (2, 3, 3)
    assert "over the cap" in report.warning


def test_a_manifest_is_read_as_it_is_now(store: FileStore, tmp_path: Path) -> None:
    path = manifest(tmp_path / "a.manifest.json", 4)
    store.register_manifest(path)
    manifest(path, 0)
    store.register_manifest(path)
    collect_garbage(store, 0, NOW)
    assert standing(store) == {0}


def test_a_manifest_that_is_gone_is_forgotten(store: FileStore, tmp_path: Path) -> None:
    gone, stands = (manifest(tmp_path / f"{name}.manifest.json", n) for name, n in (("gone", 4), ("stands", 2)))
    store.register_manifest(gone)
    store.register_manifest(stands)
    gone.unlink()
    collect_garbage(store, 0, NOW)
    assert standing(store) == {2}
    assert len(list((store.folder / "manifests").iterdir())) == 1


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"takes": 3}', '{"takes": [{}]}', '{"takes": ["x"]}', "\xff"])
def test_an_unreadable_manifest_keeps_everything(store: FileStore, tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "a.manifest.json"
    path.write_text(text, encoding="latin-1")
    store.register_manifest(path)
    report = collect_garbage(store, 0, NOW)
    assert standing(store) == {0, 1, 2, 3, 4}
    assert str(path) in report.warning
    assert report.warning in caplog.text


def test_an_unreadable_entry_of_the_registry_keeps_everything(store: FileStore, tmp_path: Path) -> None:
    store.register_manifest(manifest(tmp_path / "a.manifest.json", 4))
    (entry,) = (store.folder / "manifests").iterdir()
    entry.write_text("{")
    assert str(entry) in collect_garbage(store, 0, NOW).warning
    assert standing(store) == {0, 1, 2, 3, 4}


def test_names_that_are_not_utf8(store: FileStore, tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.manifest.json"))
    try:
        manifest(path, 4)
    except OSError:
        pytest.skip("this file system wants UTF-8")
    store.register_manifest(path)
    collect_garbage(store, 0, NOW)
    assert standing(store) == {4}


def test_takes_of_a_run_at_work_stay(store: FileStore) -> None:
    with store.hold([address(4), address(2)]):
        collect_garbage(store, 0, NOW)
        assert standing(store) == {2, 4}
    collect_garbage(store, 0, NOW)
    assert standing(store) == set()
    assert list((store.folder / "runs").iterdir()) == []


HOLD = """
import sys
from pathlib import Path
from voiceover.takes import FileStore
with FileStore(Path(sys.argv[1])).hold(sys.argv[2:]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_another_process_holds_its_takes_until_it_dies(store: FileStore) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, store.folder, address(4)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"held\n"
        collect_garbage(store, 0, NOW)
        assert standing(store) == {4}
        run.kill()
    collect_garbage(store, 0, NOW)
    assert standing(store) == set()
    assert list((store.folder / "runs").iterdir()) == []


def test_strays_of_killed_runs_are_swept_after_a_day(store: FileStore) -> None:
    old, young, foreign = (store.new_folder / name for name in (".abc.123.part", ".abc.456.part", "mine"))
    for folder, age in ((old, DAY + 60), (young, DAY - 60), (foreign, 9 * DAY)):
        folder.mkdir()
        (folder / "take.wav").write_bytes(b"half")
        os.utime(folder, (NOW - age,) * 2)
    assert collect_garbage(store, 10**9, NOW).strays == 1
    assert [path.exists() for path in (old, young, foreign)] == [False, True, True]


def test_what_is_not_a_take_is_left_alone(store: FileStore) -> None:
    mine = [store.folder / "notes.txt", store.takes_folder / "notes.txt", store.take_folder(address(0)).parent / "notes.txt"]
    for path in mine:
        path.write_text("mine")
    collect_garbage(store, 0, NOW)
    assert standing(store) == set()
    assert all(path.read_text() == "mine" for path in mine)


def test_an_empty_store(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "none")
    assert collect_garbage(store, 0).kept_files == 0
    assert not store.folder.exists()


def test_at_the_end_of_a_render_only_now_and_then(store: FileStore) -> None:
    one = size(store)
    first = collect_when_due(store, 4 * one, NOW)
    assert first is not None
    assert first.removed_files == 1
    assert collect_when_due(store, 0, NOW + DUE_SECONDS - 1) is None
    later = collect_when_due(store, 3 * one, NOW + DUE_SECONDS)
    assert later is not None
    assert standing(store) == {0, 1, 2}
