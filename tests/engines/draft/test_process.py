"""The draft engine's process: started, lost, started again, ended."""

from __future__ import annotations

import importlib.util
import multiprocessing
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.draft_parts import VOICES, A, B, digest, utterance_of, voice_of
from voiceover.engines.draft import DraftEngine
from voiceover.engines.draft.process import COMMAND
from voiceover.errors import EngineError


@pytest.fixture(scope="module")
def engine() -> Iterator[DraftEngine]:
    engine = DraftEngine()
    yield engine
    engine.close()


@pytest.fixture
def process_with(tmp_path: Path) -> Callable[[str], tuple[str, ...]]:
    """The command for espeak's real process with some code run in it first; the code has the module as ``espeak``."""

    def command(code: str) -> tuple[str, ...]:
        script = tmp_path / "espeak_with.py"
        head = f"""
            import importlib.util, os, sys
            from pathlib import Path
            folder = Path({str(tmp_path)!r})
            spec = importlib.util.spec_from_file_location("espeak", {COMMAND[-1]!r})
            espeak = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(espeak)
            with open(folder / "starts", "a") as starts:
                starts.write("x")
        """
        script.write_text(textwrap.dedent(head) + textwrap.dedent(code) + "\nespeak.main()\n")
        return (sys.executable, "-P", str(script))

    return command


def test_a_fresh_process_serves_where_the_library_does_not_unload(
    engine: DraftEngine, process_with: Callable[[str], tuple[str, ...]], tmp_path: Path
) -> None:
    stuck = DraftEngine(process_with("espeak.is_loaded = lambda path: True"))
    voice = voice_of(variant="whisperf")
    try:
        for text in (A, B, A):
            assert digest(stuck.speak(utterance_of(text), voice)) == digest(engine.speak(utterance_of(text), voice))
    finally:
        stuck.close()
    assert (tmp_path / "starts").read_text() == "xxx"


def test_the_library_unloads_here(process_with: Callable[[str], tuple[str, ...]], tmp_path: Path) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("elsewhere a fresh process may serve each utterance")
    engine = DraftEngine(process_with(""))
    for text in (A, B, A):
        engine.speak(utterance_of(text), voice_of())
    engine.close()
    assert (tmp_path / "starts").read_text() == "x"


def test_a_path_of_more_than_160_characters_does_no_harm(engine: DraftEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.find_spec("espeakng_loader")
    assert spec is not None
    assert spec.origin is not None
    real = Path(spec.origin).parent
    package = tmp_path.joinpath(*["a folder with a long name " * 3] * 3, "espeakng_loader")
    package.mkdir(parents=True)
    for path in real.iterdir():
        if path.name.startswith(("__init__", "libespeak", "espeak-ng-data")):
            (package / path.name).symlink_to(path)
    assert len(str(package / "espeak-ng-data")) > 230
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    far = DraftEngine(COMMAND)
    try:
        assert digest(far.speak(utterance_of(A), voice_of())) == digest(engine.speak(utterance_of(A), voice_of()))
        where = subprocess.run(
            [sys.executable, "-P", "-c", "import espeakng_loader as e; print(e.__file__)"], capture_output=True, text=True, check=True
        )
        assert where.stdout.startswith(str(package))
    finally:
        far.close()


def test_what_is_printed_in_the_process_stays_out_of_the_samples(
    engine: DraftEngine, process_with: Callable[[str], tuple[str, ...]]
) -> None:
    code = """
        import ctypes
        real = espeak.say_pieces
        def loud(*arguments):
            libc = ctypes.CDLL(None)
            libc.puts(b"from the C library" * 100)
            libc.fflush(None)
            os.write(1, b"straight to the descriptor")
            print("from Python", flush=True)
            return real(*arguments)
        espeak.say_pieces = loud
    """
    noisy = DraftEngine(process_with(code))
    try:
        for _ in range(2):
            assert digest(noisy.speak(utterance_of(A), voice_of())) == digest(engine.speak(utterance_of(A), voice_of()))
    finally:
        noisy.close()


def test_a_process_that_dies_is_started_again(engine: DraftEngine, process_with: Callable[[str], tuple[str, ...]], tmp_path: Path) -> None:
    code = """
        real = espeak.say_pieces
        def fragile(library, data, request):
            if "Hush" in request["pieces"][0]["text"] and not (folder / "died").exists():
                (folder / "died").touch()
                os._exit(1)
            return real(library, data, request)
        espeak.say_pieces = fragile
    """
    fragile = DraftEngine(process_with(code))
    try:
        for text in (A, B, A):
            assert digest(fragile.speak(utterance_of(text), voice_of())) == digest(engine.speak(utterance_of(text), voice_of()))
    finally:
        fragile.close()
    assert (tmp_path / "starts").read_text() == "xx"


def test_a_process_that_dies_twice_is_an_error_with_its_last_words(process_with: Callable[[str], tuple[str, ...]], tmp_path: Path) -> None:
    code = """
        real = espeak.say_pieces
        def deadly(library, data, request):
            if "Hush" in request["pieces"][0]["text"]:
                os.write(2, b"first line\\nno such phoneme table\\n")
                os._exit(3)
            return real(library, data, request)
        espeak.say_pieces = deadly
    """
    deadly = DraftEngine(process_with(code))
    try:
        with pytest.raises(EngineError, match=r"^contract\.md:3:1: .*died twice: no such phoneme table \(exit code 3\)$"):
            deadly.speak(utterance_of(B), voice_of())
        assert deadly.speak(utterance_of(A), voice_of()).seconds > 1
    finally:
        deadly.close()
    assert (tmp_path / "starts").read_text() == "xxx"


def test_a_process_that_cannot_start_is_an_error() -> None:
    nowhere = DraftEngine(("/nonexistent/python", "espeak.py"))
    with pytest.raises(EngineError, match=r"contract\.md:3:1: .*/nonexistent/python"):
        nowhere.speak(utterance_of(A), voice_of())
    nowhere.close()


def test_a_process_that_hangs_is_an_error(process_with: Callable[[str], tuple[str, ...]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voiceover.engines.draft.process.ANSWER_SECONDS", 0.3)
    monkeypatch.setattr("voiceover.engines.draft.process.CLOSE_SECONDS", 0.1)
    hung = DraftEngine(process_with("import time\nespeak.say_pieces = lambda *arguments: time.sleep(60)"))
    with pytest.raises(EngineError, match="no answer"):
        hung.speak(utterance_of(A), voice_of())
    hung.close()


def test_the_process_ends_when_its_parent_is_killed(process_with: Callable[[str], tuple[str, ...]], tmp_path: Path) -> None:
    command = process_with("import atexit\natexit.register((folder / 'ended').touch)")
    program = f"""
import sys, time
sys.path.insert(0, {str(VOICES.parent)!r})
from voiceover.engines.draft import DraftEngine
from tests.draft_parts import A, utterance_of, voice_of
engine = DraftEngine({command!r})
engine.speak(utterance_of(A), voice_of())
print("spoken", flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "spoken\n"
        assert not (tmp_path / "ended").exists()
        parent.send_signal(signal.SIGKILL)
    for _ in range(200):
        if (tmp_path / "ended").exists():
            break
        time.sleep(0.05)
    assert (tmp_path / "ended").exists()


def test_an_engine_that_is_forgotten_ends_its_process() -> None:
    engine = DraftEngine()
    engine.speak(utterance_of(A), voice_of())
    process = engine._process._process
    assert process is not None
    del engine
    assert process.poll() == 0


def speak_in_fork(engine: DraftEngine, heard: multiprocessing.SimpleQueue[str]) -> None:
    heard.put(digest(engine.speak(utterance_of(B), voice_of())))


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_has_a_process_of_its_own(engine: DraftEngine) -> None:
    engine.speak(utterance_of(A), voice_of())
    context = multiprocessing.get_context("fork")
    heard = context.SimpleQueue()
    child = context.Process(target=speak_in_fork, args=(engine, heard))
    child.start()
    here = digest(engine.speak(utterance_of(A), voice_of()))
    there = heard.get()
    child.join(20)
    assert child.exitcode == 0
    assert there == digest(engine.speak(utterance_of(B), voice_of()))
    assert here == digest(engine.speak(utterance_of(A), voice_of()))


def test_the_library_is_never_loaded_here(engine: DraftEngine) -> None:
    engine.speak(utterance_of(A), voice_of())
    program = (
        "import sys; from tests.draft_parts import *; from voiceover.engines.draft import DraftEngine; "
        "e = DraftEngine(); e.speak(utterance_of(A), voice_of()); e.close(); "
        "print('espeakng_loader' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=VOICES.parent, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
    maps = Path("/proc/self/maps")
    if maps.exists():
        assert "libespeak" not in maps.read_text()
