"""Every format renders an episode by the real command. The weights are tiny and random: noise in content, right in all else."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.conftest import Run
from tests.models import tiny
from tests.models.stores import QuantizeOptions, import_model, quantize_model, user_says
from tests.models.test_import import LAYOUTS
from voiceover.engines.f5.choose.runtime import choose_backend

pytestmark = pytest.mark.slow
BACKENDS = [name for name, package in (("onnx", "onnxruntime"), ("mlx", "mlx")) if importlib.util.find_spec(package)]

SCRIPT = """---
title: Noise
cast:
  Ann: {voice: clip, steps: 2, cfg_strength: 0}
  Bob: {voice: clip, steps: 1, cfg_strength: 1}
---
Ann: A line of speech.

Bob: Another line.
"""


@pytest.fixture
def data(own_folders: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A data folder with a vocoder, and beside the script a voice with a clip of two seconds."""
    folder = tmp_path / "data"
    monkeypatch.setenv("VOICEOVER_DATA", str(folder))
    write_voice(tmp_path)
    (tmp_path / "script.md").write_text(SCRIPT)
    import_model(tiny.vocoder_repository(tmp_path / "vocos"), user_says("vocos-mel-24khz"), folder)
    return folder


def write_voice(folder: Path) -> None:
    voice = folder / "voices" / "clip"
    voice.mkdir(parents=True)
    (voice / "clip.wav").write_bytes(tiny.CLIP.read_bytes())
    (voice / "voice.yaml").write_text("licence: CC0-1.0\nsynthetic: true\nreference: {audio: clip.wav, text: The words of this clip.}\n")


def manifest(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(next(folder.glob("*.manifest.json")).read_text())
    return found


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


NOISE = ("--allow-suspect", "--retakes", "0")
"""Weights without training speak noise, which the checks suspect."""


@pytest.fixture
def voiceover(voiceover: Run) -> Run:
    """The command, which does not record noise again."""

    def run(*arguments: object, **more: object) -> subprocess.CompletedProcess[str]:
        return voiceover(*arguments, *(NOISE if arguments[0] == "render" else ()), **more)  # type: ignore[arg-type]

    return run  # type: ignore[return-value]


def test_the_entry_point_is_there() -> None:
    assert {point.name for point in metadata.entry_points(group="voiceover.engines")} >= {"draft", "f5"}


VOCODERS: dict[str, Callable[[Path], Path]] = {
    "vocos in MLX's file": lambda at: tiny.vocoder_repository(at, mlx=True),
    "vocos as float16 bundle": lambda _: tiny.GOLDENS / "vocos_fp16_bundle",
    "vocos as int4 bundle": lambda _: tiny.GOLDENS / "vocos_q4_bundle",
}


def render_all(room: Path, backend: str) -> None:
    """In ``room``, an episode by every format, made by one run of the command; the files are named after the formats."""
    data = room / "data"
    write_voice(room)
    import_model(tiny.vocoder_repository(room / "vocos"), user_says("vocos-mel-24khz"), data)
    for layout, (make, architecture, _) in LAYOUTS.items():
        import_model(make(room / f"of {layout}"), user_says(plain(layout), architecture), data)
    for vocoder, make_vocoder in VOCODERS.items():
        model = tiny.swivid(room / f"with {vocoder}", "v1")
        import_model(model, user_says(plain(vocoder), "v1", vocoder=make_vocoder(room / f"of {vocoder}")), data)
    names = [plain(name) for name in (*LAYOUTS, *VOCODERS)]
    for name in names:
        (room / f"{name}.md").write_text(SCRIPT.replace("title: Noise", f"title: Noise\nmodel: {name}"))
    command = [sys.executable, "-m", "voiceover", "render", *(f"{name}.md" for name in names), "--engine", "f5", "--format", "wav"]
    command += ["--backend", backend, *NOISE]
    folders = {"VOICEOVER_DATA": str(data), "VOICEOVER_CACHE": str(room / "cache"), "HOME": str(room)}
    done = subprocess.run(command, cwd=room, env={**os.environ, **folders}, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


def sound(path: Path) -> str:
    """Of the samples alone: the file names its model."""
    samples: np.ndarray = soundfile.read(path, dtype="float32")[0]
    return hashlib.sha256(samples.tobytes()).hexdigest()


def plain(name: str) -> str:
    return name.lower().replace(" ", "-").replace("'", "")


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_format_renders(backend: str, tmp_path: Path) -> None:
    """All in one test: what takes the time is the run that renders them, and no two workers are to make it."""
    render_all(tmp_path, backend)
    for name in (*LAYOUTS, *VOCODERS):
        samples, rate = soundfile.read(tmp_path / f"{plain(name)}.wav")
        assert rate == 24_000, name
        assert np.isfinite(samples).all(), name
        assert np.abs(samples).max() > 0.01, name
        assert 2 < len(samples) / rate < 8, name
        told = (tmp_path / f"{plain(name)}.manifest.json").read_text()
        assert f'"{plain(name)}"' in told  # the model
    differ_only_as_their_numbers_do({name: sound(tmp_path / f"{plain(name)}.wav") for name in (*LAYOUTS, *VOCODERS)})


def differ_only_as_their_numbers_do(sounds: Mapping[str, str]) -> None:
    """The same weights in torch's and MLX's layout are the same samples; quantized ones are not."""
    assert sounds["f5-tts-mlx v1"] == sounds["SWivid v1"] == sounds["checkpoint v1 without EMA"] == sounds["vocos in MLX's file"]
    assert sounds["f5-tts-mlx v0"] == sounds["SWivid v0"] == sounds["checkpoint v0"]
    assert sounds["f5-tts-mlx v0 4 bits"] == sounds["quantized fork 4 bits"]
    assert sounds["int4 bundle"] == sounds["int4 bundle of ours"]
    assert len({sounds[name] for name in ("SWivid v0", "SWivid v1", "f5-tts-mlx v1 4 bits", "f5-tts-mlx v1 8 bits", "int4 bundle")}) == 5


def test_the_same_again_and_nothing_recorded_twice(data: Path, tmp_path: Path, voiceover: Run) -> None:
    import_model(tiny.swivid(tmp_path / "m", "v1"), user_says("mine", "v1", licence="CC-BY-NC-4.0"), data)
    first = json.loads(voiceover("render", "script.md", "--engine", "f5", "--format", "wav", "--json").stdout.splitlines()[-1])
    assert (first["engine"], first["recorded"], first["reused"]) == ("f5", 2, 0)
    before = digest(tmp_path / "script.wav")
    again = voiceover("render", "script.md", "--engine", "f5", "--format", "wav", "--json")
    assert json.loads(again.stdout.splitlines()[-1])["made"] is False
    elsewhere = voiceover("render", "script.md", "--engine", "f5", "--format", "wav", "-o", "other", VOICEOVER_CACHE=tmp_path / "cache2")
    assert "2 takes recorded" in elsewhere.stderr
    assert digest(tmp_path / "other" / "script.wav") == before
    assert "mine" in json.dumps(manifest(tmp_path))
    assert "CC-BY-NC-4.0" in json.dumps(manifest(tmp_path))


def test_auto_takes_f5_where_a_model_is(data: Path, tmp_path: Path, voiceover: Run) -> None:
    done = voiceover("render", "script.md", "--format", "wav")
    assert "no model is installed; get one: voiceover models pull" in done.stderr
    assert (tmp_path / "script.draft.wav").exists()
    import_model(tiny.swivid(tmp_path / "m", "v1"), user_says("mine", "v1"), data)
    event = json.loads(voiceover("render", "script.md", "--format", "wav", "--json").stdout.splitlines()[-1])
    assert event["engine"] == "f5"


def test_a_model_by_name(data: Path, tmp_path: Path, voiceover: Run) -> None:
    import_model(tiny.swivid(tmp_path / "m", "v1"), user_says("one", "v1"), data)
    quantize_model("one", QuantizeOptions(), data, new_name="two")
    sounds = {}
    for name in ("one", "two"):
        voiceover("render", "script.md", "--engine", "f5", "--model", name, "--format", "wav", "-o", name)
        sounds[name] = digest(tmp_path / name / "script.wav")
    assert sounds["one"] != sounds["two"]
    voiceover("models", "use", "two")
    voiceover("render", "script.md", "--engine", "f5", "--format", "wav", "-o", "three")
    assert digest(tmp_path / "three" / "script.wav") == sounds["two"]
    assert (
        'there is no model "on" here; did you mean "one"?'
        in voiceover("render", "script.md", "--engine", "f5", "--model", "on", "-o", "four", check=2).stderr
    )


def test_a_model_that_is_gone_or_cut_short(data: Path, tmp_path: Path, voiceover: Run) -> None:
    import_model(tiny.swivid(tmp_path / "m", "v1"), user_says("mine", "v1"), data)
    path = data / "models" / "mine" / "dit" / "model_1250000.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    done = voiceover("render", "script.md", "--engine", "f5", check=2)
    assert "cut short or changed" in done.stderr
    assert "get the model again" in done.stderr


@pytest.mark.parametrize("command", ["render", "bench"])
def test_a_precision_that_cannot_be_is_wrong_input(command: str, data: Path, tmp_path: Path, voiceover: Run) -> None:
    import_model(tiny.swivid(tmp_path / "m", "v1"), user_says("mine", "v1"), data)
    arguments = ("render", "script.md", "--engine", "f5") if command == "render" else ("bench",)
    for backend in BACKENDS:
        other = {"mlx": "int8", "onnx": "bf16"}[backend]
        for precision, said in (("quantized", "mine is not quantized; take another --precision"), (other, f"no precision {other}")):
            done = voiceover(*arguments, "--model", "mine", "--backend", backend, "--precision", precision, check=2)
            assert said in done.stderr.replace('"', "")
    assert "'slow' is not one of" in voiceover("render", "script.md", "--preset", "slow", check=2).stderr


def test_a_language_that_the_model_does_not_speak(data: Path, tmp_path: Path, voiceover: Run) -> None:
    import_model(tiny.swivid(tmp_path / "m", "v1"), user_says("mine", "v1", languages=frozenset(("en",))), data)
    done = voiceover("render", "script.md", "--engine", "f5", "--language", "de", check=2)
    assert "de" in done.stderr
    (tmp_path / "german.md").write_text("---\nvoice: clip\nlanguage: de\n---\nGuten Tag.\n")
    assert 'draft, a stand-in voice, because f5: it does not speak "de"' in voiceover("plan", "german.md").stdout
    (tmp_path / "german.md").write_text("---\nvoice: clip\nlanguage: de\nengine: f5\n---\nGuten Tag.\n")
    done = voiceover("check", "german.md", check=2)
    assert done.stdout.startswith('german.md:3:11: the model mine does not speak "de"')
    shutil.rmtree(data / "models" / "mine")
    (tmp_path / "german.md").write_text("---\nvoice: clip\nlanguage: de\nengine: f5\n---\nGuten Tag.\n")
    refused = "no model is installed"
    assert voiceover("check", "german.md", check=2).stdout.startswith(f"german.md:4:9: {refused}")
    assert refused in voiceover("render", "german.md", check=2).stderr


TOLD = """
import sys
import onnxruntime
from voiceover.cli import main

class Told(onnxruntime.InferenceSession):
    def __init__(self, *arguments, **more):
        super().__init__(*arguments, **more)
        print("a session of", self.get_session_options().intra_op_num_threads, file=sys.stderr)

onnxruntime.InferenceSession = Told
main()
"""


def test_threads_limits_the_cores(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    import_model(tiny.swivid(tmp_path / "m", "v1"), user_says("mine", "v1"), data)
    arguments = ["render", "script.md", "--engine", "f5", "--backend", "onnx", "--format", "wav", "--threads", "3", *NOISE]
    done = subprocess.run([sys.executable, "-c", TOLD, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert {line for line in done.stderr.splitlines() if line.startswith("a session of")} == {"a session of 3"}


HEARS = "from voiceover.cli import main; from voiceover.engines.f5.choose import runtime; runtime.LEAST_BYTES = 0; main()"


def test_a_new_model_is_heard_and_again_when_it_is_verified(data: Path, tmp_path: Path) -> None:
    if choose_backend("auto", tmp_path)[0] != "onnx":
        pytest.skip("F5 does not run on onnxruntime here")

    def models(*arguments: str) -> str:
        command = [sys.executable, "-c", HEARS, "models", *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    tiny.swivid(tmp_path / "m", "v1")
    assert "mine runs as" in models("import", "m", "--name", "mine", "--arch", "v1", "--preset", "fast").replace("mine: ", "mine ")
    kept = data / "models" / "mine" / "precision.json"
    (key,) = found = json.loads(kept.read_text())
    kept.write_text(json.dumps({key: {**found[key], "limit": 99.0}}))
    assert "ok   mine runs as" in models("verify", "mine")
    assert 0 < json.loads(kept.read_text())[key]["limit"] < 99


def spoken(folder: Path, episode: Path) -> np.ndarray:
    samples: np.ndarray = soundfile.read(folder / episode, dtype="float32")[0]
    return samples


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_lines_together_are_the_lines_alone(jobs: str, data: Path, tmp_path: Path, voiceover: Run) -> None:
    import_model(tiny.swivid(tmp_path / "m", "v1"), user_says("mine", "v1"), data)
    lines = "\n\n".join(f"Ann: A line of speech {word}." for word in ("one", "two", "six", "ten"))
    (tmp_path / "script.md").write_text(SCRIPT.replace("Ann: A line of speech.", lines))
    given = ("render", "script.md", "--engine", "f5", "--format", "wav", "--json", "--jobs", jobs)
    alone = json.loads(voiceover(*given, "-o", "alone").stdout.splitlines()[-1])
    together = json.loads(voiceover(*given, "-o", "together", "--gpu-batch", "3").stdout.splitlines()[-1])
    assert (alone["recorded"], together["recorded"]) == (5, 5)  # the batch size is part of the address
    np.testing.assert_allclose(spoken(tmp_path, Path("together/script.wav")), spoken(tmp_path, Path("alone/script.wav")), rtol=0, atol=1e-4)
    assert "batch 3" in (tmp_path / "together" / "script.manifest.json").read_text()


def test_the_predictor_of_a_model_and_a_model_without(data: Path, tmp_path: Path, voiceover: Run) -> None:
    import_model(tiny.f5_tts_mlx(tmp_path / "with") / "model_v1.safetensors", user_says("predicts", "v1"), data)
    import_model(tiny.swivid(tmp_path / "without", "v1"), user_says("mine", "v1"), data)
    (tmp_path / "script.md").write_text(SCRIPT.replace("Bob: {voice: clip, steps: 1,", "Bob: {voice: clip, duration: predictor, steps: 1,"))
    for command in ("plan", "render"):
        done = voiceover(command, "script.md", "--engine", "f5", "--model", "mine", check=2)
        assert "script.md:5:3: `duration: predictor` is not available: the model mine came without a duration predictor" in done.stderr
    event = json.loads(
        voiceover("render", "script.md", "--engine", "f5", "--model", "predicts", "--format", "wav", "--json").stdout.splitlines()[-1]
    )
    assert event["recorded"] == 2
    assert '"duration": "predictor"' in (tmp_path / "script.manifest.json").read_text()
