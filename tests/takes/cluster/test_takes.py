"""Recording on a real Ray cluster of several nodes on loopback, each with a cache of its own; nodes and workers are killed."""

from __future__ import annotations

import functools
import shutil
import signal
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.takes.cluster.parts import REPOSITORY, Nodes, choir, not_on_the_first, on_linux, on_the_first, refusing, sings, unable, where
from tests.takes.parts import ToneEngine, ada, alive, line, lines, noted, only, open_missing, wait_for
from voiceover.errors import InputError, RunError, VoiceoverError
from voiceover.system.remote_store import open_remote_store
from voiceover.takes import FileStore, RecordingSession, SharedStore, record_takes
from voiceover.takes.cluster import WorkerSetup
from voiceover.types import Utterance

pytest.importorskip("ray", reason="needs Ray")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore"), on_linux]

Record = Callable[..., object]
NONE: Mapping[str, Callable[..., WorkerSetup]] = {}


@pytest.fixture
def record(nodes: Nodes, tmp_path: Path) -> Record:
    """``record_takes`` on the cluster, with a shared store in the test's own folder."""
    from voiceover.takes.cluster import record_on_cluster

    place = open_remote_store(str(tmp_path / "shared"))

    def recording(
        utterances: list[Utterance],
        open_worker_setup: Callable[..., WorkerSetup] = sings,
        jobs: int = 1,
        of_engine: Any = NONE,
        **how: object,
    ) -> object:
        def booth(engine: str) -> Callable[[], WorkerSetup]:
            return functools.partial(of_engine.get(engine, open_worker_setup), tmp_path, place)

        def recorder(requests: object, session: RecordingSession, *, jobs: int, attempts: int) -> None:
            record_on_cluster(requests, nodes.address, booth, session, jobs=jobs, attempts=attempts)  # type: ignore[arg-type]

        store = SharedStore(tmp_path / "here", place)
        return record_takes(ada(utterances), store, only(open_missing), jobs, recorder=recorder, **how)  # type: ignore[arg-type]

    return recording


def test_a_machine_lost_by_the_cluster(nodes: Nodes, record: Record, tmp_path: Path) -> None:
    """The head may not record; a third node comes while the second is at its first take, and does the rest when that one is killed."""
    with ThreadPoolExecutor(1) as other:  # Ray adds nodes in the main thread only
        recording = other.submit(record, [line("one slow slow", 1), line("two", 2)], not_on_the_first)
        wait_for(lambda: bool(noted(tmp_path, "begun-one")), 60)
        nodes.add("three")
        nodes.kill("two")
        wait_for(lambda: not alive(noted(tmp_path, "begun-one")[0]))
        (tmp_path / "awake").touch()
        takes = recording.result(90)
    assert len(takes) == 2  # type: ignore[arg-type]
    assert len(noted(tmp_path, "begun-one")) == 2
    assert {node for node, _ in where(tmp_path).values()} == {"two", "three"}


def test_lines_that_go_together_are_spoken_together(record: Record, tmp_path: Path) -> None:
    script = [line(text, number) for number, text in enumerate(("a b", "c", "d e", "solo f", "g h", "i", "j k"), 1)]
    takes = record(script, choir)
    assert len(takes) == 7  # type: ignore[arg-type]
    assert {take.sha256 for take in takes.values()} == {  # type: ignore[attr-defined]
        take.sha256
        for take in record_takes(ada(script), FileStore(tmp_path / "alone"), only(functools.partial(ToneEngine, tmp_path))).values()
    }
    assert sorted(path.name for path in tmp_path.glob("together-*")) == ["together-a-d-g", "together-c-i"]


def test_a_line_among_others_costs_only_itself(record: Record, tmp_path: Path) -> None:
    failed: list[int] = []
    script = [line("a b"), line("fail c", 2), line("d e", 3), line("f g h", 4), line("die i j", 5), line("k l m", 6)]
    takes = record(script, choir, on_failed=lambda utterance, error: failed.append(utterance.source.line))
    assert len(takes) == 4  # type: ignore[arg-type]
    assert sorted(failed) == [2, 5]
    assert len(noted(tmp_path, "died")) == 4  # once among others, three times alone


def test_a_line_that_kills_three_workers_is_told_and_the_rest_goes_on(record: Record, tmp_path: Path) -> None:
    failed: dict[int, str] = {}

    def note(utterance: Utterance, error: VoiceoverError) -> None:
        failed[utterance.source.line] = str(error)

    takes = record([*lines(3), line("die now please", 7), line("fail", 8)], jobs=2, on_failed=note)
    assert len(takes) == 3  # type: ignore[arg-type]
    assert set(failed) == {7, 8}
    assert "3 workers crashed on it" in failed[7]
    assert len(noted(tmp_path, "died")) == 3
    assert {threads for _, threads in where(tmp_path).values()} == {"1"}


def test_a_machine_that_would_sound_different_is_refused(record: Record, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    takes = record([line("one slow slow"), *(line(f"short{n} nap", n) for n in range(2, 13))], refusing)
    assert len(takes) == 12  # type: ignore[arg-type]
    assert {node for node, _ in where(tmp_path).values()} == {"one"}
    assert "is no longer used: it would sound different" in caplog.text


def test_each_worker_opens_the_engines_that_it_needs_on_machines_that_can(record: Record, tmp_path: Path) -> None:
    """``a`` sings anywhere, ``b`` on one machine of two, and ``c`` on none: only its lines fail."""
    failed: dict[str, str] = {}

    def note(utterance: Utterance, error: VoiceoverError) -> None:
        failed[utterance.engine] = str(error)

    script = [line(f"{engine}{number} nap", number, engine=engine) for number in range(1, 6) for engine in "abc"]
    takes = record(script, of_engine={"b": on_the_first, "c": unable}, on_failed=note)
    assert len(takes) == 10  # type: ignore[arg-type]
    assert list(failed) == ["c"]
    assert "no machine of the cluster can record with c: " in failed["c"]


def test_a_machine_of_another_version_is_refused(nodes: Nodes, record: Record, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(REPOSITORY / "voiceover", other / "voiceover", ignore=shutil.ignore_patterns("__pycache__"))
    package = other / "voiceover" / "system" / "version.py"
    package.write_text(package.read_text("utf-8").replace('__version__ = "', '__version__ = "9.'), "utf-8")
    nodes.add("three", PYTHONPATH=str(other))
    with pytest.raises(RunError, match=r"no machine of the cluster can record: ") as refused:
        record(lines(3), unable)
    assert "voiceover is 9." in str(refused.value)
    assert str(refused.value).count("no model here") == 1


def test_there_is_no_cluster(tmp_path: Path) -> None:
    from voiceover.takes.cluster import record_on_cluster

    before = signal.getsignal(signal.SIGTERM)
    for address, why in (("127.0.0.1:1", "there is no Ray cluster"), ("here", "not an address")):
        with pytest.raises(InputError, match=why):
            record_on_cluster(ada([line("one")]), address, only(open_missing), None, jobs=1, attempts=3)  # type: ignore[arg-type]
        assert signal.getsignal(signal.SIGTERM) == before
