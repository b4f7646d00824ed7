"""A cluster of several nodes on loopback, and what its workers record with. Workers import this file: it imports no Ray."""

from __future__ import annotations

import functools
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.takes.parts import ChoirEngine, ToneEngine, tones, wait_for
from voiceover.errors import EngineError
from voiceover.system.remote_store import RemoteStore
from voiceover.takes import SharedStore
from voiceover.takes.cluster import WorkerSetup
from voiceover.types import Audio, Utterance, Voice

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="Ray supports clusters of several nodes on Linux alone")
REPOSITORY = Path(__file__).parents[3]
TONE = REPOSITORY / "tests" / "tone_engine.py"
STUMBLER = REPOSITORY / "tests" / "stumbling_engine.py"
NOTING = '''
import os, time
import tone_engine
from dataclasses import replace
from voiceover.types import OptionSpec

OPTIONS = (OptionSpec("precision", "Numeric precision."),)


class NotingEngine(tone_engine.ToneEngine):
    """Notes what it begins. In another precision it would sound different; where none is named, each machine has its own."""

    def __init__(self, options):
        self.precision = options.get("precision") or os.environ.get("NODE", "here")

    @property
    def info(self):
        return replace(super().info, name="noting", fingerprint=f"noting r1 {self.precision}")

    def speak(self, utterance, voice):
        with open(os.environ["NOTES"], "a") as file:
            file.write(f"{os.environ.get('NODE', 'here')} {os.getpid()} {utterance.address}\\n")
        time.sleep(0.1)
        return super().speak(utterance, voice)


def make(context):
    return NotingEngine(context.options)
'''


def write_engines(folder: Path) -> None:
    """Install the engines ``noting`` and ``stumbler`` for processes that have ``folder`` on their PYTHONPATH."""
    for name, module in (("noting", "noting_engine"), ("stumbler", "stumbling_engine")):
        info = folder / f"voiceover_{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: voiceover_{name}\nVersion: 1.0\n", "utf-8")
        (info / "entry_points.txt").write_text(f"[voiceover.engines]\n{name} = {module}:make\n", "utf-8")
    for source in (TONE, STUMBLER):
        (folder / source.name).write_text(source.read_text("utf-8"), "utf-8")
    (folder / "noting_engine.py").write_text(NOTING, "utf-8")


class Nodes:
    """A cluster whose nodes can be added and killed. Each has folders of its own."""

    def __init__(self, room: Path, environment: Mapping[str, str]) -> None:
        from ray.cluster_utils import Cluster

        self.room = room
        self.environment = environment
        """Of the nodes, and of commands of ours beside them."""
        self.cluster = Cluster()
        self.nodes: dict[str, Any] = {}

    @property
    def address(self) -> str:
        return str(self.cluster.address)

    def add(self, name: str, **more: str) -> None:
        own = {"NODE": name, "VOICEOVER_CACHE": str(self.cache(name)), "VOICEOVER_DATA": str(self.room / f"data-{name}")}
        options: dict[str, Any] = {"num_cpus": 2, "object_store_memory": 80_000_000, "include_dashboard": False}
        # Dead nodes are found sooner than in 15 seconds, and living ones get as long for an answer as ever.
        head = {} if self.nodes else {"no_monitor": True, "_system_config": {"health_check_period_ms": 500}}
        environment = {**self.environment, **own, **more}
        self.nodes[name] = self.cluster.add_node(**options, **head, include_log_monitor=False, env_vars=environment)

    def cache(self, name: str) -> Path:
        return self.room / f"cache-{name}"

    def kill(self, name: str, *workers: int) -> None:
        """Kill a node with ``workers`` of it."""
        for worker in workers:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        self.cluster.remove_node(self.nodes.pop(name), allow_graceful=False)

    def restore(self) -> None:
        """Two nodes, ``one`` and ``two``, as every test finds them."""
        for name in self.nodes.keys() - {"one", "two"}:
            self.cluster.remove_node(self.nodes.pop(name))
        for name in ("one", "two"):
            if name not in self.nodes:
                self.add(name)


def where(folder: Path) -> dict[int, tuple[str, str]]:
    """Name of the node and threads of each worker, by its process."""
    found = {}
    for path in folder.glob("node-*"):
        node, threads = path.read_text().split()
        found[int(path.name.removeprefix("node-"))] = (node, threads)
    return found


# ------------------------------------------------------------ what a worker opens


def sings(folder: Path, place: RemoteStore, engine: Callable[[Path], ToneEngine] = ToneEngine) -> WorkerSetup:
    """Records with the tone engine into the shared store, over a cache of the node's own."""
    (folder / f"node-{os.getpid()}").write_text(os.environ["NODE"] + " " + os.environ["VOICEOVER_THREADS"])
    return WorkerSetup(engine(folder), SharedStore(Path(os.environ["VOICEOVER_CACHE"]) / folder.name, place))


class WakefulEngine(ToneEngine):
    """``slow`` lasts until somebody was killed, or refused."""

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        if "slow" not in utterance.text.split():
            return super().speak(utterance, voice)
        self._note(f"begun-{utterance.text.split()[0]}")
        wait_for((self.folder / "awake").exists, 90)
        return tones(utterance.text)


choir = functools.partial(sings, engine=ChoirEngine)
wakeful = functools.partial(sings, engine=WakefulEngine)


def refusing(folder: Path, place: RemoteStore) -> WorkerSetup:
    if os.environ["NODE"] == "two":
        (folder / "awake").touch()
        raise EngineError("it would sound different")
    return wakeful(folder, place)


def not_on_the_first(folder: Path, place: RemoteStore) -> WorkerSetup:
    if os.environ["NODE"] == "one":
        raise EngineError("not here")
    return wakeful(folder, place)


def on_the_first(folder: Path, place: RemoteStore) -> WorkerSetup:
    if os.environ["NODE"] != "one":
        raise EngineError("not here")
    return sings(folder, place)


def unable(folder: Path, place: RemoteStore) -> WorkerSetup:
    raise EngineError("no model here")
