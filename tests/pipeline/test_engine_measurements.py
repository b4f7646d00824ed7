"""What engines offer to ``bench``, ``doctor`` and ``models``: found for any engine, and missing without harm."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from voiceover import engines
from voiceover.cli.bench import bench
from voiceover.errors import EngineMissingError
from voiceover.pipeline.benchmarks import prepare_report
from voiceover.pipeline.doctor import diagnose, settle_precision

Install = Callable[[str, str], None]
numbers = itertools.count()

BENCH = """
from voiceover.types import Benchmark

def bench(context, on_message):
    on_message("one moment")
    options = dict(context.options)
    return Benchmark((f"{context.cache_folder.name}: fast",), {"engine": context.cache_folder.name, "options": options})
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install an engine with the given code, in a folder on the path."""

    def put(name: str, code: str) -> None:
        site, module = tmp_path / f"site-{name}", f"measured_{name}_{next(numbers)}"
        info = site / f"voiceover_{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (site / f"{module}.py").write_text(f"def make(context):\n    raise NotImplementedError\n{code}\n")
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: voiceover_{name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[voiceover.engines]\n{name} = {module}:make\n")
        monkeypatch.syspath_prepend(str(site))

    return put


def test_any_engine_can_have_a_benchmark(install: Install) -> None:
    install("quick", BENCH)
    done = CliRunner().invoke(bench, ["--engine", "quick"], catch_exceptions=False)
    assert (done.exit_code, done.stdout, done.stderr) == (0, "quick: fast\n", "one moment\n")
    arguments = ["--engine", "quick", "--frames", "64", "--whole", "--backend", "onnx", "--json"]
    found = json.loads(CliRunner().invoke(bench, arguments, catch_exceptions=False).stdout)
    assert found == {"engine": "quick", "options": {"frames": "64", "whole": "yes", "backend": "onnx"}}


def test_an_engine_without_a_benchmark_is_named_in_one_line() -> None:
    done = CliRunner().invoke(bench, ["--engine", "draft"])
    assert isinstance(done.exception, EngineMissingError)
    assert str(done.exception) == "the engine draft has no benchmark; engines with one: f5"
    done = CliRunner().invoke(bench, ["--engine", "drafd"])
    assert 'there is no engine "drafd" here; did you mean "draft"?' in str(done.exception)


def test_bench_shows_and_checks_the_values_that_engines_declare() -> None:
    assert "[auto|mlx|onnx]" in CliRunner().invoke(bench, ["--help"]).stdout
    done = CliRunner().invoke(bench, ["--precision", "fp8"])
    assert done.exit_code == 2
    assert "'fp8' is not one of 'auto', 'fp32', 'fp16', 'bf16', 'quantized', 'int8', 'int8w', 'int4'" in done.stderr


def test_bench_takes_the_first_engine_that_has_one(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    install("quick", BENCH)
    monkeypatch.setattr(engines, "offers", lambda what: iter([("quick", engines.offer("quick", what))]))
    assert CliRunner().invoke(bench, [], catch_exceptions=False).stdout == "quick: fast\n"
    monkeypatch.setattr(engines, "offers", lambda what: iter([]))
    assert str(CliRunner().invoke(bench, []).exception) == "no installed engine has a benchmark"


def test_doctor_shows_the_part_of_each_engine(install: Install, own_folders: None, tmp_path: Path) -> None:
    install("quick", "def diagnose(context):\n    return {'folder': context.cache_folder.name}")
    install("silent", "")
    install("broken", "def diagnose(context):\n    raise OSError('no device')")
    install("absent", "import no_such_module_at_all")
    install("cache", "def diagnose(context):\n    return {'size': 'small'}")
    found = diagnose(tmp_path / "cache")
    assert found["quick"] == {"folder": "quick"}
    assert "silent" not in found
    assert found["broken"] == {"error": "OSError: no device"}
    assert "no_such_module_at_all" in str(found["absent"])
    assert found["engine cache"] == {"size": "small"}
    assert found["cache"] == str(tmp_path / "cache")
    assert list(found)[:5] == ["voiceover", "python", "packages", "engines", "engine"]
    assert list(found)[-5:] == ["cache", "data", "voice folders", "voices", "ok"]


def test_a_new_model_is_measured_by_the_engine_that_knows_how(install: Install, own_folders: None, monkeypatch: pytest.MonkeyPatch) -> None:
    install("none", "def settle(context, again):\n    return None")
    install("quick", "def settle(context, again):\n    return f'{context.options[\"model\"]} runs as fp16, {again}'")
    monkeypatch.setattr(engines, "offers", lambda what: ((name, engines.offer(name, what)) for name in ("none", "quick")))
    assert settle_precision("mine") == "mine runs as fp16, False"
    assert settle_precision("mine", again=True) == "mine runs as fp16, True"


def test_without_an_engine_that_reports_there_is_no_report(own_folders: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(engines, "offers", lambda what: iter([]))
    with pytest.raises(EngineMissingError, match="no installed engine reports on models"):
        prepare_report("mine", tmp_path / "out")
    assert not (tmp_path / "out").exists()
