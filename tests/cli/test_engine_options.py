"""Options of engines on the command line: each engine gets those that it has, and everything else is an error."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import Run
from voiceover.engines import check_options
from voiceover.errors import EngineOptionError
from voiceover.types import Kind, Options, OptionSpec

ENGINE = """
from dataclasses import replace

import tone_engine
from voiceover.types import Kind, OptionSpec

OPTIONS = (
    OptionSpec("wave-form", "Shape of the wave.", Kind.CHOICE, ("sine", "square"), default="sine"),
    OptionSpec("overtones", "Number of overtones.", Kind.INTEGER, low=0, high=8),
    OptionSpec("steps", "Steps.", Kind.INTEGER, low=1, high=9, per_line=True),
)

class OrganEngine(tone_engine.ToneEngine):
    info = replace(tone_engine.ToneEngine().info, name="organ")


def make(context):
    print("MADE WITH", dict(context.options))
    return OrganEngine()
"""


@pytest.fixture
def organ(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine ``organ``, which has options, installed for the command."""
    site = tmp_path_factory.mktemp("site")
    (site / "tone_engine.py").write_text((Path(__file__).parents[1] / "tone_engine.py").read_text("utf-8"), "utf-8")
    (site / "organ_engine.py").write_text(ENGINE, "utf-8")
    info = site / "voiceover_organ-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: voiceover_organ\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text("[voiceover.engines]\norgan = organ_engine:make\n", "utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(site), os.environ.get("PYTHONPATH", "")))))


@pytest.fixture(autouse=True)
def script(tmp_path: Path) -> None:
    (tmp_path / "one.md").write_text("This is a line.\n", "utf-8")


@pytest.mark.parametrize("command", [("render",), ("plan",), ("check",)])
def test_an_option_that_the_chosen_engine_does_not_have_is_an_error(voiceover: Run, command: tuple[str, ...]) -> None:
    done = voiceover(*command, "one.md", "--engine", "draft", "--precision", "int4", check=2)
    said = done.stderr + done.stdout
    assert 'the engine draft has no option "precision". It has no options. f5 has it: --engine f5.' in said


@pytest.mark.parametrize("flags", [("--preset", "fast"), ("--any-language",), ("--gpu-batch", "2"), ("--engine-option", "backend=onnx")])
def test_a_flag_of_an_engine_that_auto_does_not_choose_names_the_one_that_would_speak(voiceover: Run, flags: tuple[str, ...]) -> None:
    said = voiceover("render", "one.md", *flags, check=2).stderr
    assert "the engine draft, which would speak here (draft, a stand-in voice, because f5: " in said
    assert "has no option" in said


def test_a_batch_fails_for_an_option_that_its_engine_does_not_have(voiceover: Run) -> None:
    done = voiceover("batch", "one.md", "-o", "out", "--engine", "draft", "--allow-draft", "--precision", "int4", check=None)
    assert done.returncode != 0
    assert 'the engine draft has no option "precision"' in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("wave-from=sine", 'no option "wave-from"; did you mean "wave-form"? Its options are wave-form, overtones, steps.'),
        ("precision=int4", 'no option "precision". Its options are wave-form, overtones, steps. f5 has it'),
        ("wave-form=squar", 'wave-form must be one of sine, square, not "squar"; did you mean "square"?'),
        ("overtones=9", 'overtones must be a whole number from 0 to 8, not "9"'),
        ("overtones=many", 'overtones must be a whole number from 0 to 8, not "many"'),
        ("steps=0", 'steps must be a whole number from 1 to 9, not "0"'),
        ("speed=1.5", "use --speed"),
        ("overtones", "must be KEY=VALUE"),
        ("=3", "must be KEY=VALUE"),
        ("overtones=", "must be KEY=VALUE"),
    ],
)
def test_wrong_engine_options_are_errors_that_say_what_is_right(voiceover: Run, organ: None, text: str, words: str) -> None:
    done = voiceover("plan", "one.md", "--engine", "organ", "--engine-option", text, check=2)
    assert words in " ".join(done.stderr.split())


def test_engine_options_reach_the_engine(voiceover: Run, organ: None) -> None:
    done = voiceover("plan", "one.md", "--engine", "organ", "--engine-option", "wave-form=Square", "--engine-option", "overtones = 3")
    assert "MADE WITH {'wave-form': 'square', 'overtones': '3'}" in done.stdout


def test_an_option_that_is_set_twice_to_different_values_is_an_error(voiceover: Run, organ: None) -> None:
    twice = ("--engine-option", "overtones=1", "--engine-option", "overtones=2")
    assert "overtones is set twice" in voiceover("plan", "one.md", "--engine", "organ", *twice, check=2).stderr
    both = ("--precision", "fp32", "--engine-option", "precision=int4")
    assert "precision is set twice" in voiceover("plan", "one.md", *both, check=2).stderr


@pytest.mark.parametrize("command", ["render", "plan", "check"])
def test_a_model_for_an_engine_without_models_is_an_error(voiceover: Run, command: str) -> None:
    done = voiceover(command, "one.md", "--engine", "draft", "--model", "base", check=2)
    assert "the engine draft has no models; leave out --model base" in done.stderr + done.stdout


def test_options_of_lines_and_of_the_engine_are_told_apart() -> None:
    checked = check_options("f5", {"precision": "FP32", "steps": "8", "sway_sampling_coef": "-0.5", "any-language": "true"})
    assert checked.engine == {"precision": "fp32", "any-language": "yes"}
    assert checked.lines == Options(steps=8, sway_sampling_coef=-0.5)
    with pytest.raises(EngineOptionError, match=r"gpu-batch must be a whole number from 1 to 64"):
        check_options("f5", {"gpu-batch": "65"})


def test_the_help_of_an_option_says_what_it_takes(voiceover: Run) -> None:
    text = " ".join(voiceover("render", "--help").stdout.split())
    for words in ("--backend [auto|mlx|onnx]", "[default: 1] [1<=x<=64]", "--any-language", "--engine-option KEY=VALUE"):
        assert words in text
    assert OptionSpec("a", "b").kind is Kind.TEXT
