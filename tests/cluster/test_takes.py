"""Recording on a real Ray cluster of several nodes on loopback, each with a cache of its own; nodes and workers are killed."""

from __future__ import annotations

import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.takes.parts import ChoirEngine, ToneEngine, ada, alive, line, lines, noted, open_missing, tones, wait_for
from voiceover.depot import Depot, open_depot
from voiceover.errors import EngineError, InputError, RunError, VoiceoverError
from voiceover.takes import FileStore, SharedStore, Told, record_takes
from voiceover.takes.ray_ import Booth
from voiceover.types import Audio, Utterance, Voice

ray = pytest.importorskip("ray", reason="needs Ray")
cluster_utils = pytest.importorskip("ray.cluster_utils")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore"), pytest.mark.xdist_group("ray")]
REPOSITORY = Path(__file__).parents[2]


def sings(folder: Path, place: Depot, engine: Callable[[Path], ToneEngine] = ToneEngine) -> Booth:
    """Records with the tone engine into the shared store, over a cache of the node's own."""
    (folder / f"node-{os.getpid()}").write_text(os.environ["NODE"] + " " + os.environ["VOICEOVER_THREADS"])
    return Booth(engine(folder), SharedStore(Path(os.environ["VOICEOVER_CACHE"]) / folder.name, place))


def refusing(folder: Path, place: Depot) -> Booth:
    if os.environ["NODE"] == "two":
        raise EngineError("it would sound different")
    return sings(folder, place)


class Nodes:
    """A cluster whose nodes can be added and killed."""

    def __init__(self, room: Path) -> None:
        self.room = room
        self.cluster = cluster_utils.Cluster()
        self.nodes = {"one": self.add("one")}

    def add(self, name: str, **environment: str) -> object:
        path = environment.pop("PYTHONPATH", str(REPOSITORY))
        own = {"NODE": name, "VOICEOVER_CACHE": str(self.room / f"cache-{name}"), "PYTHONPATH": path, "RAY_USAGE_STATS_ENABLED": "0"}
        node = self.cluster.add_node(num_cpus=2, object_store_memory=80_000_000, include_dashboard=False, env_vars={**own, **environment})
        self.nodes = {**getattr(self, "nodes", {}), name: node}
        return node

    def kill(self, name: str) -> None:
        self.cluster.remove_node(self.nodes[name], allow_graceful=False)


def running(room: Path) -> Iterator[Nodes]:
    found = Nodes(room)
    try:
        yield found
    finally:
        ray.shutdown()
        found.cluster.shutdown()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """Two nodes for all tests that kill none."""
    for found in running(tmp_path_factory.mktemp("pair")):
        found.add("two")
        yield found


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[Nodes]:
    """One node, that a test adds others to."""
    yield from running(tmp_path)


Record = Callable[..., object]


@pytest.fixture
def record(nodes: Nodes, tmp_path: Path) -> Record:
    return recording_on(nodes, tmp_path)


def recording_on(nodes: Nodes, folder: Path) -> Record:
    """``record_takes`` on a cluster, with a shared store in ``folder``."""
    from voiceover.takes.ray_ import record_on_cluster

    place = open_depot(str(folder / "shared"))

    def recording(utterances: list[Utterance], open_booth: Callable[..., Booth] = sings, jobs: int = 1, **how: object) -> object:
        booth = functools.partial(open_booth, folder, place)

        def recorder(requests: object, told: Told, *, jobs: int, attempts: int) -> None:
            record_on_cluster(requests, nodes.cluster.address, booth, told, jobs=jobs, attempts=attempts)  # type: ignore[arg-type]

        store = SharedStore(folder / "here", place)
        return record_takes(ada(utterances), store, open_missing, jobs, recorder=recorder, **how)  # type: ignore[arg-type]

    return recording


def where(folder: Path) -> dict[int, tuple[str, str]]:
    """Name of the node and threads of each worker, by its process."""
    found = {}
    for path in folder.glob("node-*"):
        node, threads = path.read_text().split()
        found[int(path.name.removeprefix("node-"))] = (node, threads)
    return found


def test_all_machines_record_and_a_lost_one_costs_one_take(nodes: Nodes, record: Record, tmp_path: Path) -> None:
    nodes.add("two")
    script = [*[line(f"short{n} nap", n) for n in range(1, 25)], line("die-never slow slow slow slow", 30)]
    killed = threading.Event()

    def kill() -> None:
        wait_for(lambda: bool(noted(tmp_path, "begun-die-never")), 60)
        wait_for(lambda: len(set(where(tmp_path).values())) == 2, 60)
        slow = noted(tmp_path, "begun-die-never")[0]
        name = where(tmp_path)[slow][0]
        if name == "one":  # the head cannot be spared: kill the worker alone
            os.kill(slow, signal.SIGKILL)
        else:
            nodes.kill(name)
        wait_for(lambda: not alive(slow))
        (tmp_path / "awake").touch()
        killed.set()

    killer = threading.Thread(target=kill)
    killer.start()
    takes = record(script, wakeful)
    killer.join()
    assert killed.is_set()
    assert len(takes) == 25  # type: ignore[arg-type]
    assert len(noted(tmp_path, "begun-die-never")) == 2
    spoken = [len(noted(tmp_path, f"begun-short{n}")) for n in range(1, 25)]
    assert sum(spoken) == 24
    assert {node for node, _ in where(tmp_path).values()} == {"one", "two"}
    assert {threads for _, threads in where(tmp_path).values()} == {"2"}
    # All of them are in the shared place: another machine records nothing.
    again = record_takes(ada(script), SharedStore(tmp_path / "elsewhere", open_depot(str(tmp_path / "shared"))), open_missing)
    assert len(again) == 25


class WakefulEngine(ToneEngine):
    """``slow`` lasts until somebody was killed."""

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        if "slow" not in utterance.text.split():
            return super().speak(utterance, voice)
        self._note(f"begun-{utterance.text.split()[0]}")
        wait_for((self.folder / "awake").exists, 90)
        return tones(utterance.text)


wakeful = functools.partial(sings, engine=WakefulEngine)
choir = functools.partial(sings, engine=ChoirEngine)


def test_a_machine_lost_by_the_cluster(nodes: Nodes, record: Record, tmp_path: Path) -> None:
    """The head may not record; a third node comes while the second is at its first take, and does the rest when that one is killed."""
    nodes.add("two")
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


def not_on_the_first(folder: Path, place: Depot) -> Booth:
    if os.environ["NODE"] == "one":
        raise EngineError("not here")
    return wakeful(folder, place)


def test_lines_that_go_together_are_spoken_together(pair: Nodes, tmp_path: Path) -> None:
    record = recording_on(pair, tmp_path)
    script = [line(text, number) for number, text in enumerate(("a b", "c", "d e", "solo f", "g h", "i", "j k"), 1)]
    takes = record(script, choir)
    assert len(takes) == 7  # type: ignore[arg-type]
    assert {take.sha256 for take in takes.values()} == {  # type: ignore[attr-defined]
        take.sha256 for take in record_takes(ada(script), FileStore(tmp_path / "alone"), functools.partial(ToneEngine, tmp_path)).values()
    }
    assert sorted(path.name for path in tmp_path.glob("together-*")) == ["together-a-d-g", "together-c-i"]


def test_a_line_among_others_costs_only_itself(pair: Nodes, tmp_path: Path) -> None:
    record = recording_on(pair, tmp_path)
    failed: list[int] = []
    script = [line("a b"), line("fail c", 2), line("d e", 3), line("f g h", 4), line("die i j", 5), line("k l m", 6)]
    takes = record(script, choir, on_failed=lambda utterance, error: failed.append(utterance.source.line))
    assert len(takes) == 4  # type: ignore[arg-type]
    assert sorted(failed) == [2, 5]
    assert len(noted(tmp_path, "died")) == 4  # once among others, three times alone


def test_a_line_that_kills_three_workers_is_told_and_the_rest_goes_on(pair: Nodes, tmp_path: Path) -> None:
    record = recording_on(pair, tmp_path)
    failed: dict[int, str] = {}

    def note(utterance: Utterance, error: VoiceoverError) -> None:
        failed[utterance.source.line] = str(error)

    takes = record([*lines(3), line("die now please", 7), line("fail", 8)], jobs=2, on_failed=note)
    assert len(takes) == 3  # type: ignore[arg-type]
    assert set(failed) == {7, 8}
    assert "3 workers were lost at it" in failed[7]
    assert len(noted(tmp_path, "died")) == 3
    assert {threads for _, threads in where(tmp_path).values()} == {"1"}
    with pytest.raises(EngineError, match=r"play\.md:8:1: .*no such sound"):
        record([line("fail", 8)])


def test_a_machine_that_would_sound_different_is_refused(pair: Nodes, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    record = recording_on(pair, tmp_path)
    takes = record([line(f"short{n} nap", n) for n in range(12)], refusing)
    assert len(takes) == 12  # type: ignore[arg-type]
    assert {node for node, _ in where(tmp_path).values()} == {"one"}
    assert "records no more: it would sound different" in caplog.text


def test_a_machine_of_another_version_is_refused(nodes: Nodes, record: Record, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    other = tmp_path / "other"
    shutil.copytree(REPOSITORY / "voiceover", other / "voiceover", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(REPOSITORY / "tests" / "takes", other / "tests" / "takes", ignore=shutil.ignore_patterns("__pycache__"))
    (other / "tests" / "__init__.py").touch()
    package = other / "voiceover" / "__init__.py"
    package.write_text(package.read_text("utf-8").replace('__version__ = "', '__version__ = "9.'), "utf-8")
    nodes.add("two", PYTHONPATH=str(other))
    takes = record([line(f"short{n} nap", n) for n in range(12)])
    assert len(takes) == 12  # type: ignore[arg-type]
    assert {node for node, _ in where(tmp_path).values()} == {"one"}
    assert "voiceover is 9." in caplog.text


def unable(folder: Path, place: Depot) -> Booth:
    raise EngineError("no model here")


def test_no_machine_that_can_record(pair: Nodes, tmp_path: Path) -> None:
    record = recording_on(pair, tmp_path)
    with pytest.raises(RunError, match=r"no machine of the cluster can record: .*no model here"):
        record([line("one")], unable)


def test_there_is_no_cluster(tmp_path: Path) -> None:
    from voiceover.takes.ray_ import record_on_cluster

    before = signal.getsignal(signal.SIGTERM)
    for address, why in (("127.0.0.1:1", "there is no Ray cluster"), ("here", "not an address")):
        with pytest.raises(InputError, match=why):
            record_on_cluster(ada([line("one")]), address, open_missing, None, jobs=1, attempts=3)  # type: ignore[arg-type]
        assert signal.getsignal(signal.SIGTERM) == before


def test_an_episode_by_the_command(pair: Nodes, tmp_path: Path) -> None:
    turns = "\n\n".join(f"{'Ann' if n % 2 else 'Bob'}: This is line number {n}." for n in range(10))
    (tmp_path / "show.md").write_text(f"---\ntitle: Show\ncast: {{Ann: ada, Bob: ben}}\n---\n\n{turns}\n", "utf-8")

    def render(output: str, cache: str, *more: str) -> dict[str, object]:
        command = [sys.executable, "-m", "voiceover", "render", "show.md", "-o", output, "--json", "--cache-dir", cache, *more]
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "VOICEOVER_DATA": str(tmp_path / "data")}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=200)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]

    afar = render("afar", "mine", "--store", "shared", "--cluster", pair.cluster.address)
    assert afar["recorded"] == 10
    assert any((pair.room / f"cache-{name}" / "takes").is_dir() for name in ("one", "two"))
    here = render("here", "another")
    files = {path.name: path.read_bytes() for path in (tmp_path / "afar").iterdir()}
    assert files == {path.name: path.read_bytes() for path in (tmp_path / "here").iterdir()}
    shared = render("again", "third", "--store", "shared")
    assert (here["recorded"], shared["recorded"], shared["reused"]) == (10, 0, 10)
    assert not any(alive(worker) for worker in where(tmp_path))
