"""Kokoro's network: reference outputs, and the same bytes every time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnxruntime")

from tests.engines.kokoro.network_parts import NAMES, golden, model_in
from voiceover.engines.kokoro.network import FRAME_SAMPLES, MOST_IDS, Network, Spoken
from voiceover.errors import EngineError


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with model_in(tmp_path_factory) as path:
        yield path


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def network(model: Path, cache: Path) -> Iterator[Network]:
    found = Network(model, cache, 1)
    yield found
    found.close()


def spoken(network: Network, name: str) -> Spoken:
    told = golden(name)
    return network.speak(told.ids, told.style, told.speed)


@pytest.mark.parametrize("name", NAMES)
def test_it_speaks_as_the_reference_does(network: Network, name: str) -> None:
    told, found = golden(name), spoken(network, name)
    assert found.samples.dtype == np.float32
    assert found.samples.shape == (told.samples,)
    np.testing.assert_array_equal(found.durations, told.durations)
    assert found.durations.sum() * FRAME_SAMPLES == told.samples
    assert np.corrcoef(found.samples[: len(told.audio)], told.audio)[0, 1] > 0.99


def test_another_session_with_two_threads_after_other_lines_gives_the_same_bytes(network: Network, model: Path, cache: Path) -> None:
    alone = spoken(network, "george")
    other = Network(model, cache, 2)
    spoken(other, "michael_fast")
    after = spoken(other, "george")
    other.close()
    assert after.samples.tobytes() == alone.samples.tobytes()
    np.testing.assert_array_equal(after.durations, alone.durations)


@pytest.mark.parametrize("count", [0, MOST_IDS + 1])
def test_a_line_that_does_not_fit_is_refused(network: Network, count: int) -> None:
    with pytest.raises(EngineError, match=f"1 to 510 phonemes at once, not {count}"):
        network.speak([1] * count, golden("george").style, 1.0)


def test_a_closed_network_says_so(model: Path, cache: Path) -> None:
    closed = Network(model, cache, 1)
    closed.close()
    with pytest.raises(EngineError, match="closed"):
        spoken(closed, "george")
