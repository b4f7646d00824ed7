from __future__ import annotations

import errno
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.takes.parts import RATE, read_only, tones
from voiceover.errors import StoreError
from voiceover.takes import FileStore
from voiceover.types import Audio

A, B, C = (hashlib.sha256(name).hexdigest() for name in (b"a", b"b", b"c"))


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "cache")


def left_over(store: FileStore) -> list[Path]:
    return list(store.new_folder.iterdir())


def test_a_take_is_what_was_put(store: FileStore) -> None:
    speech = tones("one two").samples
    silence = np.zeros(RATE, np.float32)
    audio = Audio(np.concatenate([silence, speech, silence]), RATE)
    take = store.put(A, audio, {"text": "one two"})
    samples, rate = soundfile.read(take.path, dtype="float32")
    assert rate == take.sample_rate == RATE
    assert np.array_equal(samples, audio.samples)
    assert (take.address, take.frames) == (A, len(audio.samples))
    assert take.peak == float(np.abs(speech).max())
    assert take.sha256 == hashlib.sha256(take.path.read_bytes()).hexdigest()
    assert RATE - 0.03 * RATE <= take.speech_start <= RATE + 0.03 * RATE
    assert RATE + len(speech) - 0.03 * RATE <= take.speech_end <= RATE + len(speech) + 0.03 * RATE
    assert 0.3 < take.speech_seconds < 0.5
    assert take.speech_power > 0
    assert store.about(A) == {"text": "one two"}


def test_a_cached_take_equals_a_fresh_one(store: FileStore) -> None:
    fresh = store.put(A, tones("one"), {})
    assert FileStore(store.folder).get(A) == fresh
    assert store.get_many([A, B, A]) == {A: fresh}


def test_the_same_samples_give_the_same_bytes(tmp_path: Path) -> None:
    takes = [FileStore(tmp_path / name).put(A, tones("one"), {"text": "one"}) for name in ("x", "y")]
    first, second = ([file.read_bytes() for file in sorted(take.path.parent.iterdir())] for take in takes)
    assert first == second
    assert b"PEAK" not in first[1]


def test_absent_takes(store: FileStore) -> None:
    store.put(A, tones("one"), {})
    assert store.has(A)
    assert not store.has(B)
    assert store.get(B) is None
    assert store.about(B) is None


@pytest.mark.parametrize("address", ["", "../../etc/passwd", "A" * 64, A[:63], A + "0", A[:62] + "/x"])
def test_only_an_address_is_looked_up(store: FileStore, address: str) -> None:
    assert not store.has(address)
    assert store.get(address) is None
    with pytest.raises(ValueError, match="not the address"):
        store.put(address, tones("one"), {})


def spoil_sample(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize(("name", "damage"), [("take.wav", spoil_sample), ("take.wav", cut), ("take.wav", Path.unlink)])
def test_a_damaged_wav_is_never_heard(store: FileStore, name: str, damage: object, caplog: pytest.LogCaptureFixture) -> None:
    take = store.put(A, tones("one"), {})
    damage(take.path.with_name(name))  # type: ignore[operator]
    assert store.get_many([A, B]) == {}
    assert not store.has(A)
    assert "damaged" in caplog.text
    assert store.put(A, tones("one"), {}) == take == store.get(A)


def test_a_changed_measurement_is_damage(store: FileStore) -> None:
    path = store.put(A, tones("one"), {}).path.with_name("take.json")
    record = json.loads(path.read_bytes())
    path.write_text(json.dumps({**record, "speech_end": record["speech_end"] - 800}))
    assert store.get(A) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"schema": 1}', '{"schema": 99}', "\0" * 300])
def test_a_damaged_json_is_damage(store: FileStore, text: str) -> None:
    take = store.put(A, tones("one"), {})
    take.path.with_name("take.json").write_text(text)
    assert store.get(A) is None
    assert store.put(A, tones("one"), {}) == take


def test_a_take_under_another_address_is_not_taken(store: FileStore) -> None:
    take = store.put(A, tones("one"), {})
    store.take_folder(B).parent.mkdir()
    take.path.parent.rename(store.take_folder(B))
    assert store.get(B) is None


def test_of_two_that_put_one_address_the_first_stands_whole(store: FileStore) -> None:
    first = store.put(A, tones("one", seed=1), {})
    assert store.put(A, tones("one", seed=2), {}) == first
    assert left_over(store) == []


def test_many_threads_put_one_address(store: FileStore) -> None:
    takes = []
    threads = [threading.Thread(target=lambda n=n: takes.append(store.put(A, tones("a b", seed=n), {}))) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(takes) == 8
    assert set(takes) == {store.get(A)}
    assert left_over(store) == []


def test_a_damaged_take_in_the_way_is_replaced(store: FileStore) -> None:
    take = store.put(A, tones("one"), {})
    cut(take.path)
    assert store.put(A, tones("one"), {}) == take == store.get(A)


def test_use_is_noted_but_not_at_every_read(store: FileStore) -> None:
    store.put(A, tones("one"), {})
    folder = store.take_folder(A)

    def used_after(age: float) -> float:
        stamp = time.time() - age
        os.utime(folder, (stamp, stamp))
        store.get(A)
        return folder.stat().st_mtime - stamp

    assert used_after(600) == pytest.approx(0, abs=0.01)
    assert used_after(86400) == pytest.approx(86400, abs=60)


def test_entries_are_found_by_prefix(store: FileStore) -> None:
    for address in (A, B, C):
        store.put(address, tones("one"), {})
    assert [entry.address for entry in store.entries()] == sorted([A, B, C])
    for prefix in (A[:1], A[:2], A[:7], A):
        assert A in [entry.address for entry in store.entries(prefix)]
    (only,) = store.entries(A)
    assert only.path == store.get(A).path  # type: ignore[union-attr]
    assert only.bytes == sum(file.stat().st_size for file in only.path.parent.iterdir())


def test_an_empty_store_has_no_entries(store: FileStore) -> None:
    assert list(store.entries()) == []
    assert not store.folder.exists()


def test_asking_is_cheap(store: FileStore) -> None:
    for address in (A, B):
        store.put(address, tones("one"), {})
    start = time.perf_counter()
    for _ in range(450):
        store.has(A)
        store.has(C)
    assert time.perf_counter() - start < 0.25  # 5 ms on an idle machine


def test_backup_programs_are_told_to_pass_by(store: FileStore) -> None:
    store.put(A, tones("one"), {})
    assert (store.folder / "CACHEDIR.TAG").read_bytes().startswith(b"Signature: 8a477f597d28d172789f06886806bc55")


def test_a_full_disk_leaves_nothing_half(store: FileStore) -> None:
    store.put(A, tones("one"), {})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, hard))
    try:
        with pytest.raises(StoreError, match=r"cannot write.*larger than is allowed"):
            store.put(B, tones("one two three"), {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not store.has(B)
    assert left_over(store) == []
    assert store.get(A) is not None


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounts a file system of 256 kB")
def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", small], capture_output=True, check=False).returncode:
        pytest.skip("no mounting here")
    try:
        store = FileStore(small / "cache")
        store.put(A, tones("one two three"), {})
        with pytest.raises(StoreError, match=r"the disk is full \(\d+\.\d MB free\).*--cache-dir"):
            for n in range(100):
                store.put(hashlib.sha256(b"%d" % n).hexdigest(), tones("one two three"), {})
        assert left_over(store) == []
        assert len(store.get_many([A])) == 1
        assert all(store.get(entry.address) for entry in store.entries())
    finally:
        subprocess.run(["umount", small], check=True)


def test_a_cache_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    store = FileStore(tmp_path / "file" / "cache")
    assert not store.has(A)
    assert store.get(A) is None
    with pytest.raises(StoreError, match=r"cannot write the take store: a part of the path is a file.*VOICEOVER_CACHE"):
        store.put(A, tones("one"), {})


def test_a_read_only_cache_can_be_read(caplog: pytest.LogCaptureFixture) -> None:
    with tempfile.TemporaryDirectory() as name:  # not tmp_path, where only its owner may look
        store = FileStore(Path(name) / "cache")
        take = store.put(A, tones("one"), {})
        os.utime(take.path.parent, (1, 1))
        with read_only(Path(name)):
            assert store.get(A) == take
            with store.hold([A]):
                pass
            store.register_manifest(Path(name) / "episode.manifest.json")
            assert "episode.manifest.json are not protected" in caplog.text
            with pytest.raises(StoreError, match="permission denied; use --cache-dir or VOICEOVER_CACHE"):
                store.put(B, tones("one"), {})
        assert take.path.parent.stat().st_mtime == 1


def test_a_read_error_is_told(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put(A, tones("one"), {})

    def failing(path: Path) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "read_bytes", failing)
    with pytest.raises(StoreError, match="the disk reports an error"):
        store.get(A)
    assert store.has(A)


KILLED = """
import sys
from pathlib import Path
from tests.takes.parts import tones
from voiceover.takes import FileStore
import hashlib
store = FileStore(Path(sys.argv[1]))
audio = tones("word " * 20)
print("go", flush=True)
for n in range(100000):
    store.put(hashlib.sha256(b"%d" % n).hexdigest(), audio, {})
"""


def test_a_kill_at_any_moment_leaves_only_whole_takes(store: FileStore) -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED, store.folder], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        deadline = time.monotonic() + 20
        while not list(store.entries()) and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.05)
        writer.kill()
    addresses = [entry.address for entry in store.entries()]
    assert addresses
    assert all(file.name.startswith(".") for file in left_over(store))
    assert len(left_over(store)) <= 1
    assert sorted(store.get_many(addresses)) == addresses
