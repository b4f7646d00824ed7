"""The command on a real Ray cluster, its store in S3 on loopback: a machine is lost, the store fails, a machine has not the model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.models import tiny
from tests.models.stores import import_model, installed, user_says
from tests.takes.cluster.parts import Nodes, on_linux
from tests.takes.parts import wait_for
from tests.takes.s3_parts import Door

pytest.importorskip("ray", reason="needs Ray")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore"), on_linux]

Command = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def command(nodes: Nodes, tmp_path: Path) -> Iterator[Command]:
    """Start ``voiceover`` on a machine with a cache of its own."""
    started: list[subprocess.Popen[str]] = []

    def start(machine: str, *arguments: str) -> subprocess.Popen[str]:
        own = {"VOICEOVER_CACHE": str(tmp_path / f"cache-{machine}"), "VOICEOVER_DATA": str(tmp_path / "data")}
        environment = {**os.environ, **nodes.environment, **own}
        words = [sys.executable, "-m", "voiceover", *arguments]
        started.append(subprocess.Popen(words, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        with process:  # closes its pipes
            process.kill()


def ended(process: subprocess.Popen[str], code: int = 0) -> str:
    """What the command said on standard error, once it has ended with ``code``."""
    _, errors = process.communicate(timeout=200)
    assert process.returncode == code, errors
    assert "Traceback" not in errors
    return errors


def told(report: Path) -> Any:
    return json.loads(report.read_bytes())


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def write_episodes(folder: Path, count: int, lines: int) -> None:
    """They share a line."""
    folder.mkdir()
    for episode in range(count):
        said = "\n\n".join(f"Line {line} of episode {episode}." for line in range(lines))
        (folder / f"show{episode}.md").write_text(f"---\ntitle: Show {episode}\n---\n\nGood evening.\n\n{said}\n", "utf-8")


def begun(nodes: Nodes) -> list[tuple[str, int, str]]:
    """Node, process and address of each take that the engine ``noting`` began on the cluster."""
    path = nodes.room / "notes"
    rows = [row.split() for row in path.read_text().splitlines()] if path.exists() else []
    return [(node, int(process), address) for node, process, address in rows if node != "here"]


def test_a_machine_lost_in_a_batch_costs_one_take(nodes: Nodes, command: Command, tmp_path: Path) -> None:
    write_episodes(tmp_path / "content", 4, 8)
    noting = ("batch", "content", "--engine", "noting", "--precision", "fp32", "--format", "wav")
    store = ("--store", "s3://shows/lost")
    afar = command("first", *noting, "-o", "afar", *store, "--cluster", nodes.address, "--report", "afar.json")
    local = command("alone", *noting, "-o", "local")
    wait_for(lambda: [node for node, _, _ in begun(nodes)].count("two") >= 3, 100)
    lost = {process for node, process, _ in begun(nodes) if node == "two"}
    nodes.kill("two", *lost)
    ended(afar)
    assert told(tmp_path / "afar.json")["counts"]["made"] == 4
    times = Counter(address for _, _, address in begun(nodes))
    assert len(times) == 4 * 9 + 1  # with the titles
    assert sum(count - 1 for count in times.values()) <= len(lost) == 1
    assert {node for node, _, _ in begun(nodes)} == {"one", "two"}
    ended(local)
    assert files(tmp_path / "afar") == files(tmp_path / "local")

    ended(command("second", *noting, "-o", "again", *store, "--cluster", nodes.address, "--report", "again.json"))
    again = told(tmp_path / "again.json")
    assert (again["counts"]["made"], again["takes"]["recorded"]) == (4, 0)
    assert sum(times.values()) == len(begun(nodes))
    assert files(tmp_path / "again") == files(tmp_path / "local")


def test_suspect_takes_are_recorded_again_on_the_cluster_as_here(nodes: Nodes, command: Command, tmp_path: Path) -> None:
    head = "---\ntitle: T\nengine: stumbler\ncast: {Ann: ada}\n---\n\n"
    lines = ("This line is spoken well at once.", "This one (1 bad) at the second attempt.", "And this one (9 bad) never is.")
    (tmp_path / "ep.md").write_text(head + "\n\n".join(f"Ann: {line}" for line in lines), "utf-8")
    afar = ("--store", "s3://shows/again", "--cluster", nodes.address)
    assert "1 suspect take: ep.md:11" in ended(command("first", "batch", "ep.md", "-o", "batch", *afar), 3)
    local = command("alone", "render", "ep.md", "-o", "local")
    assert "1 suspect take: ep.md:11" in ended(command("second", "render", "ep.md", "-o", "render", *afar), 3)
    ended(local, 3)
    (manifest,) = tmp_path.rglob(".voiceover/**/ep.manifest.json")
    assert files(tmp_path / "batch") | {manifest.name: manifest.read_bytes()} == files(tmp_path / "render") == files(tmp_path / "local")


def test_a_store_that_fails_for_a_while(nodes: Nodes, command: Command, door: Door, tmp_path: Path) -> None:
    write_episodes(tmp_path / "content", 2, 3)
    batch = ("batch", "content", "--engine", "draft", "--allow-draft", "--voice", "ada", "--format", "wav")
    there = set(nodes.room.glob("cache-*/takes/*/*"))
    afar = command("first", *batch, "-o", "afar", "--store", "s3://shows/failing", "--cluster", nodes.address, "--report", "report.json")
    local = command("alone", *batch, "-o", "local")
    wait_for(lambda: bool(set(nodes.room.glob("cache-*/takes/*/*")) - there), 100)
    door.failing = 10**9
    assert afar.stderr is not None
    heard = [afar.stderr.readline()]
    while "is paused for" not in heard[-1]:
        assert heard[-1], heard
        heard.append(afar.stderr.readline())
    assert "the shared store after 5 attempts: " in heard[-1]
    door.failing = 0
    ended(afar)
    assert told(tmp_path / "report.json")["counts"]["made"] == 2
    ended(local)
    assert files(tmp_path / "afar") == files(tmp_path / "local")


def test_machines_that_would_sound_different_are_told_of_in_each_episode(nodes: Nodes, command: Command, tmp_path: Path) -> None:
    write_episodes(tmp_path / "content", 2, 1)
    batch = ("batch", "content", "--engine", "noting", "-o", "out", "--store", "s3://shows/auto", "--cluster", nodes.address)
    ended(command("first", *batch, "--report", "report.json"), 1)
    report = told(tmp_path / "report.json")
    assert report["counts"]["failed"] == 2
    for episode in report["episodes"]:
        assert "no machine of the cluster can record" in episode["reason"]
        assert '"noting r1 one", but "noting r1 here" was planned' in episode["reason"]
        assert "set --backend and --precision" in episode["reason"]
    assert not begun(nodes)


def test_a_model_comes_from_the_store_by_its_digest(nodes: Nodes, command: Command, tmp_path: Path) -> None:
    import_model(tiny.vocoder_repository(tmp_path / "vocos"), user_says("vocos-mel-24khz"), tmp_path / "data")
    import_model(tiny.swivid(tmp_path / "v1", "v1"), user_says("mine", "v1"), tmp_path / "data")
    voice = tmp_path / "voices" / "clip"
    voice.mkdir(parents=True)
    (voice / "clip.wav").write_bytes(tiny.CLIP.read_bytes())
    (voice / "voice.yaml").write_text("licence: CC0-1.0\nsynthetic: true\nreference: {audio: clip.wav, text: The words of this clip.}\n")
    (tmp_path / "show.md").write_text(
        "---\ntitle: Show\ncast:\n  Ann: {voice: clip, steps: 2, cfg_strength: 0}\n---\nAnn: A line of speech.\n\nAnn: Another line.\n"
    )
    f5 = ("render", "show.md", "--engine", "f5", "--backend", "onnx", "--precision", "fp32", "--format", "wav", "--allow-suspect")
    afar = command("first", *f5, "-o", "afar", "--store", "s3://shows/models", "--cluster", nodes.address)
    local = command("alone", *f5, "-o", "local")
    ended(afar)
    ended(local)
    assert files(tmp_path / "afar") == files(tmp_path / "local")
    fetched = [record.name for name in nodes.nodes for home in nodes.cache(name).glob("fetched/*") for record in installed(home)]
    assert set(fetched) == {"mine", "vocos-mel-24khz"}
    assert not list(nodes.room.glob("data-*/models/*"))
