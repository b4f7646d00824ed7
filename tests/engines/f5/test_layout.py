"""Matrices laid out for the processor: kept beside the graph, mapped by every process, and no other result."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnxruntime")

from tests.engines.f5.test_onnx import backend_of, one_step
from voiceover.engines.f5.choices import ONNXPrecision
from voiceover.engines.f5.onnx import sessions
from voiceover.engines.f5.onnx.graph import GraphBuilder
from voiceover.system.processor import layout
from voiceover.types import FloatArray

WIDTH = 2048
MATRIX_MB = 4 * WIDTH * WIDTH / 1e6

told = pytest.mark.skipif(not layout(), reason="this system does not tell what its processor is")


def matrix() -> FloatArray:
    return np.random.default_rng(3).standard_normal((WIDTH, WIDTH), np.float32)


def product(graph: GraphBuilder) -> dict[str, str]:
    return {"y": graph.node("MatMul", graph.input("x", ("rows", WIDTH)), graph.constant(matrix()))}


OPEN = """
import sys
from pathlib import Path
from voiceover.engines.f5.onnx.sessions import GRAPH, GraphSession

def own():
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Anonymous:")) * 1024

before = own()
network = GraphSession(Path(sys.argv[1]) / GRAPH, 1)
print(own() - before)
"""


def own_mb(folder: Path) -> float:
    """Memory that a process which opens the graph in ``folder`` has for itself: no other can have part in it."""
    done = subprocess.run([sys.executable, "-c", OPEN, str(folder)], capture_output=True, text=True, check=True)
    return int(done.stdout) / 1e6


@contextmanager
def no_file_over(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("precision", list(ONNXPrecision))
def test_the_same_to_the_last_bit(precision: ONNXPrecision, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = one_step(backend_of(tmp_path / "here", precision))
    monkeypatch.setattr(sessions, "layout", lambda: "")
    np.testing.assert_array_equal(found, one_step(backend_of(tmp_path / "plain", precision)))


@told
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_no_process_has_matrices_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sessions.open_network(tmp_path, "here", product, 1)
    assert own_mb(tmp_path / "here") < MATRIX_MB / 4
    monkeypatch.setattr(sessions, "layout", lambda: "")
    sessions.open_network(tmp_path, "plain", product, 1)
    assert own_mb(tmp_path / "plain") > MATRIX_MB * 0.9


@told
def test_without_room_for_it_the_graph_runs_all_the_same(tmp_path: Path) -> None:
    x = np.ones((3, WIDTH), np.float32)
    with no_file_over(int(1.5e6 * MATRIX_MB)):
        network = sessions.open_network(tmp_path, "tight", product, 1)
    assert sorted(path.name for path in (tmp_path / "tight").iterdir()) == [sessions.GRAPH, sessions.DATA]
    assert [path.name for path in tmp_path.iterdir()] == ["tight"]
    np.testing.assert_array_equal(network.run({"x": x}), sessions.open_network(tmp_path, "roomy", product, 1).run({"x": x}))
    assert (tmp_path / "roomy" / sessions.DATA).stat().st_size > 1.9e6 * MATRIX_MB


def test_another_processor_has_graphs_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    here = sessions.graph_key("weights")
    monkeypatch.setattr(sessions, "layout", lambda: "x86_64 avx2 of somebody else")
    assert sessions.graph_key("weights") != here
