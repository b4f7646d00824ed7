"""Kokoro's network: reference outputs, the same bytes every time, and a fast graph that gives those of the plain one."""

from __future__ import annotations

import json
import logging
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("onnxruntime")

from tests.conftest import Run
from tests.engines.kokoro.network_parts import NAMES, Golden, golden, weights_in
from voiceover.engines.kokoro.network import FRAME_SAMPLES, MOST_IDS, SAMPLE_RATE, Network, Spoken
from voiceover.engines.kokoro.prepared import SUMS, can_be_fast, is_whole, open_plain
from voiceover.engines.onnx_runtime import DATA, GRAPH, Session, session_options, with_output
from voiceover.errors import EngineError, ModelError
from voiceover.system import processor
from voiceover.types import FloatArray


@pytest.fixture(scope="module")
def model(kokoro_store: Path) -> Path:
    return weights_in(kokoro_store)


@pytest.fixture(scope="module")
def cache(kokoro_graphs: Path) -> Path:
    return kokoro_graphs


@pytest.fixture(scope="module")
def network(model: Path, cache: Path) -> Iterator[Network]:
    found = Network(model, cache, 1)
    yield found
    found.close()


def spoken(network: Network, name: str) -> Spoken:
    told = golden(name)
    return network.speak(told.ids, told.style, told.speed)


def fast_graph(cache: Path) -> Path:
    if not can_be_fast():
        pytest.skip("the plain graph runs here: int8 products saturate, or the package onnx is missing")
    (place,) = cache.glob("graph-*")
    if not (place / GRAPH).is_file():
        pytest.skip("the plain graph is faster on this processor")
    return place


# ---------------------------------------------------------------- what it speaks


@pytest.mark.parametrize("name", NAMES)
def test_it_speaks_as_the_reference_does(network: Network, model: Path, name: str) -> None:
    told, found = golden(name), spoken(network, name)
    assert found.samples.dtype == np.float32
    assert found.samples.shape == (found.durations.sum() * FRAME_SAMPLES,)
    # Kernels for other processors add in another order, which moves a duration by some hundredths of a frame before it is rounded.
    assert np.abs(unrounded_durations(model, told) - told.durations).max() < 0.6
    other = np.flatnonzero(found.durations != told.durations)
    assert len(other) <= 0.05 * len(told.durations) and np.abs(found.durations - told.durations).max() <= 1
    if not len(other):
        assert np.corrcoef(found.samples[: len(told.audio)], told.audio)[0, 1] > 0.99
        return
    # Another length shifts the phase of the voice from the start, so that only the spectrum is the same until there.
    alike = min(len(told.audio), told.durations[: other[0]].sum() * FRAME_SAMPLES)
    assert alike > SAMPLE_RATE / 2
    assert np.corrcoef(log_spectrum(found.samples[:alike]), log_spectrum(told.audio[:alike]))[0, 1] > 0.95


def log_spectrum(samples: NDArray[np.generic]) -> FloatArray:
    """Return the logarithm of the magnitudes every 10 ms, flattened, not below -60 dB of the largest sample."""
    windows = np.lib.stride_tricks.sliding_window_view(samples / np.abs(samples).max(), 512)[::240] * np.hanning(512)
    return np.log(np.abs(np.fft.rfft(windows)) + 1e-3).ravel()


def unrounded_durations(model: Path, told: Golden) -> FloatArray:
    name = "/encoder/Div_output_0"
    session = Session(with_output(model.read_bytes(), name), session_options(1))
    inputs = {"tokens": np.array([[0, *told.ids, 0]]), "style": told.style[None], "speed": np.array([told.speed], np.float32)}
    return session.run(inputs, (name,))[0].reshape(-1)


def test_another_session_with_two_threads_after_other_lines_gives_the_same_bytes(network: Network, model: Path, cache: Path) -> None:
    alone = spoken(network, "george")
    other = Network(model, cache, 2)
    spoken(other, "michael_fast")
    after = spoken(other, "george")
    other.close()
    assert after.samples.tobytes() == alone.samples.tobytes()
    np.testing.assert_array_equal(after.durations, alone.durations)


def test_the_fast_graph_gives_the_bytes_of_the_plain_one(network: Network, model: Path, cache: Path) -> None:
    fast_graph(cache)
    told = golden("george")
    inputs = {"tokens": np.array([[0, *told.ids, 0]]), "style": told.style[None], "speed": np.float32([told.speed])}
    (plain,) = open_plain(model, 1).run(inputs, ["audio"])
    assert spoken(network, "george").samples.tobytes() == plain.tobytes()


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2, 7, 180, 510])
def test_so_it_does_for_lines_of_every_length(network: Network, model: Path, cache: Path, count: int) -> None:
    fast_graph(cache)
    told = golden("heart")
    ids = (told.ids * 11)[:count]
    inputs = {"tokens": np.array([[0, *ids, 0]]), "style": told.style[None], "speed": np.float32([1.25])}
    (plain,) = open_plain(model, 2).run(inputs, ["audio"])
    assert network.speak(ids, told.style, 1.25).samples.tobytes() == plain.tobytes()


# ---------------------------------------------------------------- the graph on disk


def test_a_graph_is_made_once(network: Network, model: Path, cache: Path) -> None:
    place = fast_graph(cache)
    before = (place / DATA).stat()
    Network(model, cache, 1).close()
    assert ((place / DATA).stat().st_ino, (place / DATA).stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_no_damaged_graph_counts_as_whole(network: Network, cache: Path, tmp_path: Path) -> None:
    place = tmp_path / "graph"
    shutil.copytree(fast_graph(cache), place)
    assert is_whole(place)
    with (place / DATA).open("r+b") as file:
        file.seek(12_345_678)
        file.write(bytes([file.read(1)[0] ^ 1]))
    assert not is_whole(place)


@pytest.mark.parametrize("sums", [b"", b"[]", b"null", b'{"graph.onnx": 1}', b'{"graph.onnx": "00"}', b'{"../model": "00"}'])
def test_no_other_list_of_digests_counts_either(tmp_path: Path, sums: bytes) -> None:
    (tmp_path / GRAPH).write_bytes(b"a graph")
    (tmp_path / SUMS).write_bytes(sums)
    assert not is_whole(tmp_path)


@pytest.mark.slow
def test_a_damaged_graph_is_made_again(model: Path, network: Network, cache: Path, tmp_path: Path) -> None:
    place = tmp_path / fast_graph(cache).name
    shutil.copytree(fast_graph(cache), place)
    (place / GRAPH).write_bytes((place / GRAPH).read_bytes()[:-100])
    again = Network(model, tmp_path, 1)
    assert is_whole(place)
    assert spoken(again, "george").samples.tobytes() == spoken(network, "george").samples.tobytes()
    again.close()


def test_where_nothing_can_be_written_the_plain_graph_speaks(
    model: Path, network: Network, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "file"
    folder.write_bytes(b"")
    with caplog.at_level(logging.WARNING):
        found = Network(model, folder, 1)
    assert spoken(found, "george").samples.tobytes() == spoken(network, "george").samples.tobytes()
    assert folder.read_bytes() == b""
    assert ("the plain graph is used, which is slower" in caplog.text) == can_be_fast()
    found.close()


def test_without_the_package_onnx_nothing_is_rewritten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert not can_be_fast()


@pytest.mark.slow
def test_a_processor_that_saturates_runs_the_plain_graph(
    model: Path, network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processor.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(processor, "instruction_sets", lambda: ("avx2", "fma"))
    found = Network(model, tmp_path, 1)
    assert spoken(found, "george").samples.tobytes() == spoken(network, "george").samples.tobytes()
    assert list(tmp_path.iterdir()) == []
    found.close()


# ---------------------------------------------------------------- what it refuses


@pytest.mark.parametrize("count", [0, MOST_IDS + 1])
def test_a_line_that_does_not_fit_is_refused(network: Network, count: int) -> None:
    with pytest.raises(EngineError, match=f"1 to 510 phonemes at once, not {count}"):
        network.speak([1] * count, golden("george").style, 1.0)


def test_a_closed_network_says_so(model: Path, cache: Path) -> None:
    closed = Network(model, cache, 1)
    closed.close()
    closed.close()
    with pytest.raises(EngineError, match="closed"):
        spoken(closed, "george")


def test_a_model_that_is_cut_off_is_refused(model: Path, tmp_path: Path) -> None:
    short = tmp_path / "short.onnx"
    short.write_bytes(model.read_bytes()[:-1000])
    with pytest.raises(ModelError, match=r"short\.onnx: not an ONNX file, or cut off or damaged"):
        Network(short, tmp_path / "cache", 1)
    assert json.dumps([path.name for path in tmp_path.iterdir()]) == '["short.onnx"]'


OVERSIZED = b"\x08\x80\xdd\xd0\xe5\x02\x10\x01\x42\x01w\x4a\x08" + bytes(8)
"""A tensor w of 750,005,888 numbers, three gigabytes, of which eight bytes are there."""
ELSEWHERE = b"\x08\x02\x10\x01\x42\x01w\x6a\x0d\x0a\x03loc\x12\x06/etc/x\x70\x01"
"""A tensor w whose numbers lie in another file."""


def onnx_file(tensor: bytes, size: int) -> bytes:
    """An ONNX file of ``size`` bytes: a graph with one tensor, a set of operators, and a note of blanks."""
    start = b"\x08\x09\x3a" + bytes([len(tensor) + 2]) + b"\x2a" + bytes([len(tensor)]) + tensor + b"\x42\x02\x10\x14"
    blanks = size - len(start) - 5  # of a field's number and the four bytes of its length
    length = bytes([blanks & 127 | 128, blanks >> 7 & 127 | 128, blanks >> 14 & 127 | 128, blanks >> 21])
    return start + b"\x32" + length + b" " * blanks


@pytest.mark.parametrize(
    ("tensor", "said"),
    [
        (OVERSIZED, "not an ONNX file, or cut off or damaged (tensor w of 750,005,888 values has 8 bytes of data)"),
        (ELSEWHERE, "keeps the tensor w in another file; only models in one file are read"),
        (b"\x08\x02\x10\x01\x42\x01w\x4a\x08" + bytes(8), "not a Kokoro model: its inputs are none, and should be speed (float32)"),
    ],
    ids=["larger than its data", "elsewhere", "another network"],
)
def test_weights_that_were_replaced_are_refused_by_the_command(
    voiceover: Run, kokoro_data: Path, kokoro_store: Path, tensor: bytes, said: str
) -> None:
    installed = kokoro_data / "models" / "kokoro"
    installed.unlink()  # a link to what all tests share
    shutil.copytree(kokoro_store / "models" / "kokoro", installed, ignore=shutil.ignore_patterns("*.onnx"))
    weights_in(kokoro_data).write_bytes(onnx_file(tensor, weights_in(kokoro_store).stat().st_size))
    done = voiceover("say", "Hello.", "--engine", "kokoro", "--voice", "cora", "-o", "out.wav", check=2)
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
