"""A shared store in S3: a real server on loopback, that answers slowly and with 503."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.takes.parts import ada, line, lines, noted, only, open_missing, open_tone, wait_for
from tests.takes.s3_parts import Door, forget_all, s3_server
from voiceover.batch import BatchReport, BatchRequest, Outcome, run_batch
from voiceover.errors import StoreError
from voiceover.system import remote_store
from voiceover.system.remote_store import ATTEMPTS, MARK, RemoteStore, open_remote_store
from voiceover.takes import SharedStore, record_takes
from voiceover.types import Progress, Settings

pytest.importorskip("moto", reason="needs moto[server]")
s3fs = pytest.importorskip("s3fs")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Door, str]]:
    with s3_server() as found:
        yield found


@pytest.fixture
def door(server: tuple[Door, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """The door of the server, which has an empty bucket."""
    door, address = server
    for name, value in {"AWS_ENDPOINT_URL": address, "AWS_ACCESS_KEY_ID": "me", "AWS_SECRET_ACCESS_KEY": "secret"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(remote_store, "FIRST_WAIT_SECONDS", 0.01)
    forget_all(address)
    remote_store._reached.cache_clear()
    s3fs.S3FileSystem.clear_instance_cache()
    s3fs.S3FileSystem(endpoint_url=address).mkdir("bucket")
    yield door
    door.failing = door.at_once = 0
    door.gathered.clear()
    door.opened.set()
    remote_store._reached.cache_clear()
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture
def place(door: Door) -> RemoteStore:
    return open_remote_store("s3://bucket/shows")


def test_takes_are_shared(place: RemoteStore, tmp_path: Path) -> None:
    script = lines(5)
    first = record_takes(ada(script), SharedStore(tmp_path / "a", place), only(functools.partial(open_tone, tmp_path)), 2)
    second = record_takes(ada(script), SharedStore(tmp_path / "b", place), only(open_missing))
    assert [take.sha256 for take in first.values()] == [take.sha256 for take in second.values()]
    assert SharedStore(tmp_path / "c", place).existing(utterance.address for utterance in lines(7)) == set(first)


def test_a_large_file_comes_and_goes(place: RemoteStore, tmp_path: Path) -> None:
    content = bytes(range(256)) * 4096 * 60  # in several parts
    (tmp_path / "weights").write_bytes(content)
    place.send(tmp_path / "weights", "models/a/weights")
    assert place.fetch("models/a/weights", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == content
    assert not place.fetch("models/a/nothing", tmp_path / "nothing")


def test_a_server_that_answers_503_for_a_while(place: RemoteStore, door: Door, tmp_path: Path) -> None:
    door.failing, door.requests = 4, 0
    first = record_takes(ada(lines(2)), SharedStore(tmp_path / "a", place), only(functools.partial(open_tone, tmp_path)))
    assert (door.failing, len(first)) == (0, 2)
    assert door.requests > 4  # it was asked again
    assert SharedStore(tmp_path / "c", place).existing(utterance.address for utterance in lines(3)) == set(first)
    door.failing = 4
    second = record_takes(ada(lines(2)), SharedStore(tmp_path / "b", place), only(open_missing))
    assert door.failing == 0
    assert {address: take.sha256 for address, take in second.items()} == {address: take.sha256 for address, take in first.items()}
    assert [len(noted(tmp_path, f"begun-line{number}")) for number in (1, 2)] == [1, 1]


def test_a_server_that_answers_nothing_but_503(place: RemoteStore, door: Door, tmp_path: Path) -> None:
    door.failing, door.requests = 10**9, 0
    with pytest.raises(StoreError, match=rf"^s3:.*: cannot read the shared store after {ATTEMPTS} attempts: Service Unavailable$"):
        place.read(MARK)
    assert ATTEMPTS <= door.requests <= 10 * ATTEMPTS  # botocore and s3fs ask again too
    with pytest.raises(StoreError, match="cannot look into the shared store"):
        SharedStore(tmp_path / "a", place).has(line("one").address)
    assert not (tmp_path / "a").exists()


def test_a_server_that_never_answers(place: RemoteStore, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for it longer than a minute: no attempt is begun after some time, and s3fs asks but twice in each."""
    short = {"config_kwargs": {**remote_store._OF_S3["config_kwargs"], "read_timeout": 0.2}}
    monkeypatch.setitem(remote_store._DEFAULTS, "s3", short)
    monkeypatch.setattr(remote_store, "PATIENCE_SECONDS", 0.3)
    remote_store._reached.cache_clear()
    door.opened.clear()
    door.requests = 0
    with pytest.raises(StoreError, match="cannot read the shared store: Read timeout"):
        place.read(MARK)
    wait_for(lambda: door.requests == 2)


def test_a_take_that_could_not_be_sent_is_kept_and_sent_by_the_next_run(place: RemoteStore, door: Door, tmp_path: Path) -> None:
    store, script = SharedStore(tmp_path / "a", place), [line("one")]

    class Shutting(type(open_tone(tmp_path))):  # type: ignore[misc]
        def speak(self, *arguments: object) -> object:
            door.failing = 10**9
            return super().speak(*arguments)

    with pytest.raises(StoreError, match="cannot write the shared store"):
        record_takes(ada(script), store, only(lambda: Shutting(tmp_path)))
    door.failing = 0
    record_takes(ada(script), store, only(open_missing))
    record_takes(ada(script), SharedStore(tmp_path / "b", place), only(open_missing))
    assert len(noted(tmp_path, "begun-one")) == 1


def test_a_slow_server_is_asked_for_many_takes_at_once(place: RemoteStore, door: Door, tmp_path: Path) -> None:
    record_takes(ada(lines(16)), SharedStore(tmp_path / "a", place), only(functools.partial(open_tone, tmp_path)))
    door.at_once = 8  # the first answer comes when as many have been asked for
    record_takes(ada(lines(16)), SharedStore(tmp_path / "b", place), only(open_missing))
    assert door.gathered.is_set()


def test_a_bucket_that_is_not_there(door: Door) -> None:
    with pytest.raises(StoreError, match=r"s3://nosuch/x: cannot write the shared store: .*bucket"):
        open_remote_store("s3://nosuch/x")


def write_episodes(folder: Path) -> None:
    folder.mkdir()
    for name in ("one", "two"):
        (folder / f"{name}.md").write_text(f"---\ntitle: {name}\n---\n\nThis is {name}.\n", "utf-8")


def test_a_batch_whose_store_fails_tells_each_episode_why(place: RemoteStore, door: Door, tmp_path: Path) -> None:
    write_episodes(tmp_path / "content")
    reports: list[BatchReport] = []

    def batch(machine: str) -> None:
        flags = Settings(engine="draft", voice="ada", formats=("wav",))
        folders = {"output": tmp_path / "out", "cache_folder": tmp_path / machine}
        run_batch(
            BatchRequest((str(tmp_path / "content"),), flags=flags, allow_draft=True, store=place.url, **folders),
            reports.append,
            on_progress=shut,
        )  # type: ignore[arg-type]

    def shut(progress: Progress) -> None:
        if progress.stage == "record" and progress.detail and not reports:
            door.failing = 10**9

    batch("a")
    assert (reports[0].exit_code, [outcome.status.value for outcome in reports[0].outcomes]) == (1, ["failed", "failed"])
    assert all("s3://bucket/shows: cannot write the shared store after 5 attempts" in outcome.reason for outcome in reports[0].outcomes)
    door.failing = 0
    batch("a")
    assert (reports[1].exit_code, [outcome.status.value for outcome in reports[1].outcomes]) == (0, ["made", "made"])


def test_a_batch_does_not_ask_a_store_that_is_down_for_every_episode(
    place: RemoteStore, door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voiceover.batch.work.AHEAD_EPISODES", 1)
    (tmp_path / "content").mkdir()
    for name in "abcdef":
        (tmp_path / "content" / f"{name}.md").write_text(f"---\ntitle: {name}\n---\n\nThis is {name}.\n", "utf-8")
    reports: list[BatchReport] = []

    def shut(outcome: Outcome) -> None:
        door.failing = 10**9

    folders = {"output": tmp_path / "out", "cache_folder": tmp_path / "cache"}
    wanted = BatchRequest((str(tmp_path / "content"),), flags=Settings(engine="draft"), allow_draft=True, store=place.url, **folders)  # type: ignore[arg-type]
    run_batch(wanted, reports.append, shut)
    assert [outcome.status.value for outcome in reports[0].outcomes] == ["made", "failed", "failed", "failed", "unfinished", "unfinished"]
    assert all("s3://bucket/shows: cannot" in outcome.reason for outcome in reports[0].outcomes[1:4])
    assert reports[0].exit_code == 1


@pytest.mark.parametrize("busy", ["opening", "recording"])
def test_a_signal_ends_a_batch_whose_store_does_not_answer(busy: str, place: RemoteStore, door: Door, tmp_path: Path) -> None:
    write_episodes(tmp_path / "content")
    door.requests = 0
    if busy == "opening":
        door.opened.clear()
    command = [
        sys.executable,
        "-m",
        "voiceover",
        "batch",
        "content",
        "-o",
        "out",
        "--engine",
        "draft",
        "--allow-draft",
        "--store",
        place.url,
    ]
    process = subprocess.Popen([*command, "--report", "report.json"], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    if busy == "recording":
        wait_for(lambda: bool(list(Path(os.environ["VOICEOVER_CACHE"]).glob("takes/*/*"))), 60)
        door.opened.clear()
    wait_for(lambda: door.requests > 0, 60)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=remote_store._READ_SECONDS - 5)  # sooner than the store's own patience ends
    assert process.returncode == 143, errors
    assert json.loads((tmp_path / "report.json").read_bytes())["interrupted"]


def test_nobody_said_who_we_are(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(StoreError, match="credentials"):
        open_remote_store("s3://bucket/other")
