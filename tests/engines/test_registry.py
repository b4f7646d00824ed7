"""Which engines are there, and which one speaks."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from voiceover.engines import Choice, choose_engine, engine_names, forget_engines, offer, offers, open_engine, outline, registry
from voiceover.engines.contract import check_engine, make_utterance, plain_voice
from voiceover.errors import EngineMissingError
from voiceover.system import installed
from voiceover.types import EngineContext

Install = Callable[..., None]
TONE = Path(__file__).parents[1] / "tone_engine.py"
NOT_READY = 'def ready(context):\n    return "no model is installed"'
READY = "def ready(context):\n    return None"
numbers = itertools.count()


@pytest.fixture(autouse=True)
def own_scan(own_folders: None) -> Iterator[None]:
    """No test sees the engines of another one."""
    forget_engines()
    yield
    forget_engines()


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install an engine as pip does: a module and a dist-info folder with its entry point, in a folder on the path."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))

    def put(name: str, code: str = "", package: str = "") -> None:
        module = f"engine_{name}_{next(numbers)}"
        (site / f"{module}.py").write_text(f"def make(context):\n    return {name!r}\n{code}\n")
        package = package or f"voiceover_{name}"
        info = site / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[voiceover.engines]\n{name} = {module}:make\n")
        forget_engines()

    return put


@pytest.fixture
def context(tmp_path: Path) -> EngineContext:
    return EngineContext(tmp_path / "cache")


# ---------------------------------------------------------------- by name


def test_draft_is_there_and_opens(context: EngineContext) -> None:
    assert "draft" in engine_names()
    engine = open_engine("draft", context)
    assert engine.info.name == "draft"
    engine.close()


def test_voiceovers_own_engines_come_first(install: Install) -> None:
    install("aardvark")
    install("zebra")
    names = engine_names()
    assert names[-2:] == ("aardvark", "zebra")
    assert names.index("draft") < names.index("aardvark")


def test_nobody_takes_the_name_of_an_engine_of_ours(install: Install, context: EngineContext) -> None:
    install("draft", package="intruder")
    engine = open_engine("draft", context)
    assert engine.info.provisional
    assert engine_names().count("draft") == 1


def test_a_missing_engine_is_named_with_the_nearest_and_all_that_are_there(context: EngineContext) -> None:
    with pytest.raises(EngineMissingError, match=r'no engine "drafft".*mean "draft".*Installed: .*draft'):
        open_engine("drafft", context)
    with pytest.raises(EngineMissingError, match=r'no engine "espeak" here\. Installed'):
        choose_engine("espeak")


@pytest.mark.parametrize("code", ["import no_such_package_anywhere", "del make"], ids=["import", "name"])
def test_an_engine_that_cannot_be_loaded_says_why(install: Install, context: EngineContext, code: str) -> None:
    install("broken", code)
    with pytest.raises(EngineMissingError, match=r'"broken" .*cannot be loaded: .*(no_such_package_anywhere|make)'):
        open_engine("broken", context)


def test_a_third_partys_engine_is_found_chosen_and_keeps_the_contract(tmp_path: Path) -> None:
    """In a fresh process, with a package that was just installed."""
    (tmp_path / "tone_engine.py").write_text(TONE.read_text("utf-8"), "utf-8")
    info = tmp_path / "tone_engine-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tone_engine\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[voiceover.engines]\ntone = tone_engine:make\n")
    program = textwrap.dedent("""
        from pathlib import Path
        from voiceover.engines import choose_engine, open_engine
        from voiceover.engines.contract import check_engine, plain_voice
        from voiceover.types import EngineContext
        name = choose_engine("auto").name
        check_engine(lambda: open_engine(name, EngineContext(Path("cache"))), plain_voice())
        print(name)
    """)
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("tone\n", "")


def test_packages_are_scanned_once_per_process(context: EngineContext, monkeypatch: pytest.MonkeyPatch) -> None:
    scans = []
    monkeypatch.setattr(registry, "entry_points", lambda group: scans.append(group) or installed.entry_points(group))
    forget_engines()
    for _ in range(3):
        engine_names()
        choose_engine("auto", context=context)
        outline("draft", context)
        open_engine("draft", context).close()
    assert len(scans) == 1


def test_an_offer_is_found_in_the_entry_points_own_module(install: Install) -> None:
    install("neural", "from math import pi as VOICE_SETTINGS\n" + READY)
    install("plain")
    assert offer("neural", "VOICE_SETTINGS") == pytest.approx(3.14159)
    assert offer("neural", "bench") is None
    assert offer("plain", "ready") is None
    with pytest.raises(EngineMissingError, match="no engine"):
        offer("absent", "ready")


def test_offers_of_all_engines_skip_one_that_cannot_be_imported(install: Install, caplog: pytest.LogCaptureFixture) -> None:
    install("broken", "import no_such_package_anywhere")
    install("neural", "VOICE_SETTINGS = 1")
    assert dict(offers("VOICE_SETTINGS"))["neural"] == 1
    assert '"broken"' in caplog.text


def test_functions_of_an_engine_get_its_own_cache_folder(install: Install, context: EngineContext) -> None:
    install("neural", "def ready(context):\n    return str(context.cache_folder)\ndef outline(context):\n    return context.cache_folder")
    with pytest.raises(EngineMissingError, match=r"cache/neural; "):
        choose_engine("auto", "neural", context=context)
    assert outline("neural", context) == context.cache_folder / "neural"


def test_draft_keeps_the_contract(context: EngineContext) -> None:
    check_engine(lambda: open_engine("draft", context), plain_voice(), "en-GB")


# ---------------------------------------------------------------- the choice


def test_a_pinned_engine_is_taken_whatever_else_is_there(install: Install) -> None:
    install("better", READY)
    assert choose_engine("draft", "better").name == "draft"
    assert choose_engine("better", "draft", strict=True).name == "better"


def without_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what the test installs, and draft: another engine of ours may be ready on this machine."""
    monkeypatch.setattr(
        registry,
        "entry_points",
        lambda group: [point for point in installed.entry_points(group) if point.name == "draft" or point.module.startswith("engine_")],
    )
    forget_engines()


def test_auto_falls_back_to_draft_and_says_why(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    without_others(monkeypatch)
    assert choose_engine("auto") == Choice("draft", "draft, a stand-in voice, because no other engine is installed")
    install("neural", NOT_READY)
    assert choose_engine("auto").why == "draft, a stand-in voice, because neural: no model is installed"


def test_auto_takes_the_first_that_is_ready(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    without_others(monkeypatch)
    install("aaa", NOT_READY)
    install("bbb")  # without ``ready``: by name only
    install("ddd", READY)
    install("ccc", READY)
    assert choose_engine("auto") == Choice("ccc", "ccc, chosen by auto")
    assert choose_engine("auto", "draft").name == "ccc"
    assert choose_engine("auto", strict=True).name == "ccc"


def ranked(rank: int) -> str:
    return f"""
from voiceover.types import EngineInfo
def ready(context):
    return None
def outline(context):
    return EngineInfo("any", 1, "any r1", 16_000, 60.0, False, rank={rank})
"""


def test_auto_takes_the_ready_engine_of_the_lowest_rank(install: Install, monkeypatch: pytest.MonkeyPatch, context: EngineContext) -> None:
    without_others(monkeypatch)
    install("aaa", ranked(120))
    install("bbb", READY)  # without an outline: the default rank
    assert choose_engine("auto", context=context).name == "bbb"
    install("ccc", ranked(7))
    install("ddd", ranked(7))
    assert choose_engine("auto", context=context).name == "ccc"
    found = outline("auto", context)
    assert found is not None
    assert found.rank == 7
    assert choose_engine("auto", "aaa", context=context).name == "aaa"


def test_an_engine_that_is_not_ready_is_not_chosen_for_its_rank(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    without_others(monkeypatch)
    install("aaa", READY)
    install("bbb", ranked(1).replace("return None", "return 'no model is installed'"))
    assert choose_engine("auto").name == "aaa"


def test_auto_stays_with_the_engine_of_the_last_render(install: Install) -> None:
    install("aaa", READY)
    install("bbb", READY)
    install("ccc")
    assert choose_engine("auto", "bbb") == Choice("bbb", "bbb made the last render")
    assert choose_engine("auto", "ccc", strict=True).name == "ccc"


def test_auto_replaces_no_engine_that_is_gone_or_not_ready(install: Install) -> None:
    install("aaa", READY)
    install("bbb", NOT_READY)
    with pytest.raises(EngineMissingError, match=r"used the engine neural, which is not installed; .*--engine draft"):
        choose_engine("auto", "neural")
    with pytest.raises(EngineMissingError, match=r"used the engine bbb, which is not ready: no model is installed"):
        choose_engine("auto", "bbb")


def test_auto_with_only_the_stand_in_is_an_error_in_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    without_others(monkeypatch)
    with pytest.raises(EngineMissingError, match=r"only the stand-in .*engine: draft"):
        choose_engine("auto", strict=True)
    with pytest.raises(EngineMissingError):
        choose_engine("auto", "draft", strict=True)
    assert choose_engine("draft", strict=True).name == "draft"


def test_ready_is_given_the_context(install: Install, context: EngineContext) -> None:
    install("neural", "def ready(context):\n    return str(context.cache_folder)")
    with pytest.raises(EngineMissingError, match="cache"):
        choose_engine("auto", "neural", context=context)


def test_choosing_and_opening_draft_starts_no_process(context: EngineContext, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    choose_engine("draft")
    engine = open_engine("draft", context)
    assert engine.info.sample_rate == 22_050
    with pytest.raises(AssertionError, match="a process was started"):
        engine.speak(make_utterance("Hello."), plain_voice())
    engine.close()
