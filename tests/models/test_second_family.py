"""A second family of models, of another package's engine, through the commands that a user types, beside a model of F5."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.models import tiny
from voiceover.engines import forget_engines
from voiceover.errors import EngineMissingError, ModelError
from voiceover.models import ImportOptions, find, import_model, open_model
from voiceover.pipeline.benchmarks import prepare_report
from voiceover.pipeline.doctor import settle_precision
from voiceover.pipeline.models import model_store

FAMILY = Path(__file__).parents[1] / "engines" / "second_engine" / "chime_engine"
BELLS = {"format": "chime bells", "pitches": [440, 660.5]}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_folders: None) -> Path:
    """A folder on the path with an installed engine that offers the family, for this process and those that it starts."""
    folder = tmp_path / "site"
    info = folder / "voiceover_ringing-1.0.dist-info"
    info.mkdir(parents=True)
    for name in ("models.py", "models.yaml"):
        (folder / name.replace("models.py", "ringing_models.py")).write_bytes((FAMILY / name).read_bytes())
    (folder / "ringing.py").write_text("from ringing_models import MODEL_FAMILY\n\ndef make(context):\n    raise NotImplementedError\n")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: voiceover_ringing\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[voiceover.engines]\nringing = ringing:make\n")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH", "")))))
    monkeypatch.setenv("VOICEOVER_DATA", str(tmp_path / "data"))
    (tmp_path / "bells.json").write_text(json.dumps(BELLS))
    forget_engines()
    return folder


@pytest.fixture(autouse=True)
def scanned_again(request: pytest.FixtureRequest) -> None:
    """No other test sees this engine."""
    request.addfinalizer(forget_engines)


def record_of(tmp_path: Path, name: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((tmp_path / "data" / "models" / name / "model.json").read_text())
    return found


def test_a_model_is_imported_listed_verified_and_removed(site: Path, tmp_path: Path, voiceover: Run) -> None:
    assert "--tuning [low|high]" in voiceover("models", "import", "--help").stdout
    done = voiceover("models", "import", "bells.json", "--tuning", "high", "--licence", "CC0-1.0")
    assert "bells: 2 bells, " in done.stderr
    record = record_of(tmp_path, "bells")
    assert (record["family"], record["kind"], record["preset"], record["parts"]) == (
        "chime",
        "model",
        "high",
        {"bells": "bells/bells.json"},
    )
    listed = voiceover("models", "list").stdout
    assert "* bells                      bells, high" in listed
    assert listed.endswith("* is the default. More can be downloaded: voiceover models list --all\n")
    assert json.loads(voiceover("models", "info", "bells", "--json").stdout)["licence"] == "CC0-1.0"
    assert voiceover("models", "verify", "bells").stdout.splitlines() == ["ok   bells/bells/bells.json", "ok   bells: bells, 2 pitches"]
    assert open_model(model_store()).pitches == (880, 1321)
    (tmp_path / "data" / "models" / "bells" / "bells" / "bells.json").write_text("{}")
    assert "BAD  bells/bells/bells.json: SHA-256" in voiceover("models", "verify", "bells", check=1).stdout
    assert "bells removed" in voiceover("models", "rm", "bells").stderr
    assert not (tmp_path / "data" / "models" / "bells").exists()


def test_each_engine_opens_models_of_its_own_family(site: Path, tmp_path: Path, voiceover: Run) -> None:
    store = model_store()
    import_model(tiny.vocoder_repository(tmp_path / "vocos"), ImportOptions("vocos-mel-24khz"), store)
    import_model(tiny.swivid(tmp_path / "v1", "v1"), ImportOptions("one", family={"arch": "v1"}), store)
    with pytest.raises(ModelError, match="no model is installed; get one: voiceover models pull small-bells"):
        open_model(store, None, "chime")
    import_model(tmp_path / "bells.json", ImportOptions(), store)
    assert "family" not in record_of(tmp_path, "one")
    assert open_model(store).name == open_model(store, None, "f5").name == "one"  # the first one is the default
    assert open_model(store, None, "chime").name == "bells"
    with pytest.raises(ModelError, match="bells is a model for chime, not for f5"):
        open_model(store, "bells", "f5")
    voiceover("models", "use", "bells")
    assert open_model(store).name == "bells"
    assert open_model(store, None, "f5").name == "one"
    assert "no model is chosen" not in voiceover("doctor").stdout


def test_each_engine_measures_and_reports_on_models_of_its_own_family(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnxruntime")
    store = model_store()
    import_model(tiny.vocoder_repository(tmp_path / "vocos"), ImportOptions("vocos-mel-24khz"), store)
    import_model(tiny.swivid(tmp_path / "v1", "v1"), ImportOptions("one", family={"arch": "v1"}), store)
    import_model(tmp_path / "bells.json", ImportOptions(), store)
    monkeypatch.setattr("ringing.settle", lambda context, again: f"{context.options['model']} rings", raising=False)
    assert settle_precision("bells") == "bells rings"
    assert settle_precision("one") is None  # too small to be worth a test
    with pytest.raises(EngineMissingError, match="no installed engine reports on models like bells"):
        prepare_report("bells", tmp_path / "out")
    monkeypatch.setattr("ringing.report", lambda context, request: request.record, raising=False)
    assert prepare_report("Bells", tmp_path / "out") == find(store, "bells")
    with pytest.raises(ModelError, match="vocos-mel-24khz is a vocoder"):
        prepare_report("vocos-mel-24khz", tmp_path / "out")


def test_the_catalogue_has_the_rows_of_both(site: Path, tmp_path: Path, voiceover: Run) -> None:
    rows = [row["name"] for row in json.loads(voiceover("models", "list", "--all", "--json").stdout)["catalogue"]]
    assert {"F5TTS_v1_Base", "small-bells"} <= set(rows)
    assert rows.index("F5TTS_v1_Base") < rows.index("small-bells")
    assert "family" not in voiceover("models", "info", "small-bells").stdout
    own = tmp_path / "own.yaml"
    row = "{repository: x/y, licence: MIT, commercial: yes, files: [{role: bells, path: a.json}]}"
    own.write_text(f"models:\n  mine: {row}\n  other: {row.replace('{repo', '{family: chime, repo')}\n")
    listed = json.loads(voiceover("models", "list", "--all", "--json", VOICEOVER_CATALOGUE=own).stdout)
    assert [row["name"] for row in listed["catalogue"]] == ["mine", "other"]
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(f"models:\n  mine: {row.replace('{repo', '{family: chimes, repo')}\n")
    assert 'did you mean "chime"' in voiceover("models", "list", "--all", check=2, VOICEOVER_CATALOGUE=wrong).stderr


@pytest.mark.parametrize(
    ("content", "arguments", "said"),
    [
        (json.dumps(BELLS), ("--arch", "v1"), "--arch: no such option for a model of chime; leave it out"),
        (json.dumps({**BELLS, "pitches": []}), (), "needs at least one pitch"),
        (json.dumps({**BELLS, "pitches": [1e999]}), (), "between 20 and 20,000 Hz"),
        ("[" * 50_000, (), "not a file of bells"),
        ("not JSON", (), "an unknown layout: looked for a safetensors header"),
    ],
)
def test_what_is_wrong_is_one_error(
    content: str, arguments: tuple[str, ...], said: str, site: Path, tmp_path: Path, voiceover: Run
) -> None:
    (tmp_path / "bells.json").write_text(content)
    done = voiceover("models", "import", "bells.json", *arguments, check=2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((tmp_path / "data").rglob("*.json"))


def test_a_family_without_quantizing_says_so(site: Path, tmp_path: Path, voiceover: Run) -> None:
    voiceover("models", "import", "bells.json")
    for model in ("bells", "bells.json"):
        done = voiceover("models", "quantize", model, "--name", "small", check=2)
        assert "a model of chime, which cannot be quantized" in done.stderr


def test_a_model_whose_engine_is_gone_can_be_listed_and_removed(
    site: Path, tmp_path: Path, voiceover: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    voiceover("models", "import", "bells.json")
    (site / "voiceover_ringing-1.0.dist-info" / "entry_points.txt").unlink()
    forget_engines()
    assert "bells" in voiceover("models", "list").stdout
    assert "no installed engine can use it" in voiceover("models", "verify", "bells", check=1).stdout
    with pytest.raises(ModelError, match="bells is a model of chime, and no installed engine can use it; install the engine, or remove"):
        open_model(model_store())
    assert "bells removed" in voiceover("models", "rm", "bells").stderr
