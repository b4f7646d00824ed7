"""``models verify --report`` by the real command, on a tiny model: noise in content, so it may not pass; all else is as it should be."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from tests.conftest import Run
from tests.engines.f5.benchmark.test_written import Page
from tests.models import tiny
from tests.models.stores import import_model, user_says

pytestmark = [pytest.mark.skipif(importlib.util.find_spec("mlx") is None, reason="MLX is not installed"), pytest.mark.slow]

WORDS = "The words of this clip are many more than can be said in it, which makes lines short."
QUICK = ("--voice", "jodoe", "--precision", "fp32", "--preset", "fast")


@pytest.fixture
def data(own_folders: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A data folder with a model, and a voice whose clip claims to be spoken very fast."""
    folder = tmp_path / "data"
    monkeypatch.setenv("VOICEOVER_DATA", str(folder))
    voice = tmp_path / "voices" / "jodoe"
    voice.mkdir(parents=True)
    samples, rate = soundfile.read(tiny.CLIP, dtype="float32")
    soundfile.write(voice / "clip.wav", samples[: rate * 4 // 5], rate)
    (voice / "voice.yaml").write_text(f"licence: CC0-1.0\nsynthetic: true\nreference: {{audio: clip.wav, text: '{WORDS}'}}\n")
    import_model(tiny.vocoder_repository(tmp_path / "vocos"), user_says("vocos-mel-24khz"), folder)
    import_model(tiny.swivid(tmp_path / "m", "v1"), user_says("mine", "v1", languages=frozenset(("en",)), licence="MIT"), folder)
    return folder


def read(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "report.json").read_text("utf-8"))
    return found


def test_a_report_from_end_to_end(data: Path, tmp_path: Path, voiceover: Run, ffmpeg: str) -> None:
    done = voiceover("models", "verify", "mine", "--report", "out", *QUICK, check=1, LOGNAME="annroe", USER="annroe")
    out = tmp_path / "out"
    assert sorted(path.name for path in out.iterdir()) == ["audio", "report.html", "report.json"]
    assert not list(tmp_path.glob(".*"))
    told = read(out)
    (spoken,) = told["runs"]
    assert [finding["code"] for finding in spoken["findings"]] == ["no-speech"]
    assert spoken["faults"] == 1  # nothing but that it is noise: the lengths are right, and one line twice is the same
    assert len(spoken["lines"]) == 20
    assert spoken["share_of_machine_rate"] > 0
    assert (told["model"]["name"], told["model"]["architecture"], told["model"]["licence"]) == ("mine", "v1", "MIT")
    assert f"fp32, fast: 20 of 20 lines, 1 fault, {spoken['doubts']} doubts" in done.stderr
    assert "ok   mine: dit" in done.stdout

    written = (out / "report.json").read_text("utf-8")
    for private in (str(tmp_path), str(Path.home()), os.environ["HOME"], platform.node(), sys.prefix, "jodoe", "annroe"):
        assert private not in written

    page = Page((out / "report.html").read_text("utf-8"))
    players = [out / str(player["src"]) for player in page.all("audio")]
    assert len(set(players)) == 20
    for player in players:
        heard = subprocess.run([ffmpeg, "-v", "error", "-i", player, "-f", "f32le", "-"], capture_output=True, check=True)
        assert len(heard.stdout) / 4 >= 0.9 * 24_000
        assert heard.stderr == b""


def test_a_planted_nan_does_not_pass(data: Path, tmp_path: Path, voiceover: Run) -> None:
    tiny.plant(data, "mine", {"ema_model.transformer.proj_out.bias": float("nan")})
    done = voiceover("models", "verify", "mine", "--report", "out", *QUICK, check=1)
    assert "BAD  mine: dit: contains NaN or infinity in transformer.proj_out.bias" in done.stdout
    assert "did not pass" in done.stderr
    told = read(tmp_path / "out")
    assert told["passed"] is False
    assert [line["findings"][0]["code"] for line in told["runs"][0]["lines"]] == ["not-spoken"] * 20
    assert "transformer.proj_out.bias" in json.dumps(told["files"])
    assert Page((tmp_path / "out" / "report.html").read_text("utf-8")).all("audio") == []


def test_a_report_that_is_stopped_leaves_nothing(data: Path, tmp_path: Path) -> None:
    before = sorted(path.name for path in tmp_path.iterdir())
    command = [sys.executable, "-m", "voiceover", "models", "verify", "mine", "--report", "out/deep", "--json", *QUICK]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert next(line for line in process.stdout if "line 2" in line)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors == "stopped; no report was written\n"
    assert not (tmp_path / "out" / "deep").exists()
    assert not list((tmp_path / "out").iterdir())
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "out") == before


def test_what_cannot_be_is_told_before_anything_starts(data: Path, tmp_path: Path, voiceover: Run) -> None:
    (tmp_path / "taken").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    done = voiceover("models", "verify", "mine", "--report", "taken", *QUICK, check=2)
    assert "there is something of that name already; name a new folder" in done.stderr
    assert done.stdout == ""
    assert "go with --report" in voiceover("models", "verify", "mine", "--voice", "jodoe", check=2).stderr
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_model_or_voice_that_is_not_there(data: Path, tmp_path: Path, voiceover: Run) -> None:
    assert 'there is no model "min"' in voiceover("models", "verify", "min", "--report", "out", check=2).stderr
    assert "vocoder" in voiceover("models", "verify", "vocos-mel-24khz", "--report", "out", check=2).stderr
    assert "nobody" in voiceover("models", "verify", "mine", "--report", "out", "--voice", "nobody", check=2).stderr
    done = voiceover("models", "verify", "mine", "--report", "out", *QUICK, "--precision", "quantized", check=2)
    assert (done.stdout, "mine is not quantized; take another --precision" in done.stderr) == ("", True)
    assert not (tmp_path / "out").exists()
