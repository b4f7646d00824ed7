"""The user's models: listed, chosen, checked, removed; and a catalogue that says what it knows and no more."""

from __future__ import annotations

import importlib.util
import json
import pickle
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from tests.conftest import Run
from tests.models import tiny
from tests.models.stores import (
    catalogue,
    damaged,
    default_name,
    find,
    find_row,
    import_model,
    installed,
    models_speaking,
    open_model,
    read_catalogue,
    remove,
    use,
    user_says,
    verify_model,
)
from voiceover.cli.models import models
from voiceover.engines.f5 import make, ready
from voiceover.errors import EngineError, EngineOptionError, ModelError, SettingsError
from voiceover.types import EngineContext


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A vocoder and two models, the first of which is the default."""
    folder = tmp_path / "data"
    import_model(tiny.vocoder_repository(tmp_path / "vocos"), user_says("vocos-mel-24khz"), folder)
    import_model(tiny.swivid(tmp_path / "v1", "v1"), user_says("one", "v1", languages=frozenset(("en",)), licence="MIT"), folder)
    import_model(tiny.quantized_fork(tmp_path / "v0", 4), user_says("Two", "v0"), folder)
    return folder


def test_the_first_model_speaks_until_another_is_chosen(data: Path) -> None:
    assert [record.name for record in installed(data)] == ["one", "Two", "vocos-mel-24khz"]
    assert open_model(data).name == "one"
    use(data, "two")
    assert (default_name(data), open_model(data).name, open_model(data, "ONE").name) == ("Two", "Two", "one")
    with pytest.raises(ModelError, match="is a vocoder, not a model"):
        use(data, "vocos-mel-24khz")
    with pytest.raises(ModelError, match='there is no model "ones" here; did you mean "one"'):
        use(data, "ones")


def test_nothing_is_installed_or_nothing_chosen(data: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model is installed; get one: voiceover models pull f5-tts-mlx-4bit"):
        open_model(tmp_path / "empty")
    assert installed(tmp_path / "empty") == ()
    (data / "models" / "default").unlink()
    with pytest.raises(ModelError, match=r"no model is chosen; choose one: voiceover models use NAME\. Installed: one, Two"):
        open_model(data)


def test_a_removed_model_is_gone_and_a_vocoder_stays_while_it_is_needed(data: Path) -> None:
    with pytest.raises(ModelError, match="is the vocoder of one, Two; remove those first"):
        remove(data, "vocos-mel-24khz")
    remove(data, "one")
    assert not (data / "models" / "one").exists()
    assert open_model(data).name == "Two"  # the only one left
    remove(data, "Two")
    remove(data, "vocos-mel-24khz")
    assert list((data / "models").iterdir()) == []


def test_a_name_of_the_catalogue_is_told_how_to_get_it(data: Path) -> None:
    with pytest.raises(ModelError, match='there is no model "f5tts_base" here; get it: voiceover models pull F5TTS_Base'):
        find(data, "f5tts_base")


def test_a_file_that_was_changed_or_lost(data: Path) -> None:
    folder = data / "models" / "one"
    path = folder / "dit" / "model_1250000.safetensors"
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    assert open_model(data, "one").name == "one"  # as long as it was, and nobody reads it whole
    faults = [finding for finding in verify_model(data, "one") if finding.fault]
    assert [finding.what for finding in faults] == ["one/dit/model_1250000.safetensors"]
    assert "when it was installed" in str(faults[0].fault)
    path.write_bytes(content[:-4])
    with pytest.raises(ModelError, match=r"cut short or changed: [\d,]+ bytes, [\d,]+ when it was installed"):
        open_model(data, "one")
    path.unlink()
    with pytest.raises(ModelError, match="a file of the model one is missing"):
        open_model(data, "one")
    (folder / "model.json").write_text("{")
    with pytest.raises(ModelError, match=r"model\.json: damaged"):
        open_model(data, "one")
    assert [record.name for record in installed(data)] == ["Two", "vocos-mel-24khz"]


def test_a_vocoder_that_others_use_is_not_replaced_by_a_model(data: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="vocos-mel-24khz is the vocoder of one, Two; remove those first"):
        import_model(tiny.swivid(tmp_path / "m", "v1"), user_says("vocos-mel-24khz", "v1", replace=True), data)
    assert find(data, "vocos-mel-24khz").kind == "vocoder"
    import_model(tiny.vocoder_repository(tmp_path / "again", mlx=True), user_says("vocos-mel-24khz", replace=True), data)
    assert open_model(data, "one").name == "one"
    import_model(tiny.vocoder_repository(tmp_path / "more"), user_says("one", replace=True), data)  # the model that was chosen
    assert default_name(data) == "Two"


def test_a_vocoder_that_is_none(data: Path) -> None:
    path = data / "models" / "one" / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"vocoder": "Two"}))
    with pytest.raises(ModelError, match="Two, the vocoder of one, is not a vocoder"):
        open_model(data, "one")
    (fault,) = [finding for finding in verify_model(data, "one") if finding.fault]
    assert (fault.what, fault.fault) == ("vocoder Two", "this is a model, not a vocoder")
    remove(data, "Two")  # nothing speaks through it
    with pytest.raises(ModelError, match="the vocoder Two of one is gone"):
        open_model(data, "one")


@pytest.mark.parametrize("name", ["default", "Default"])
def test_the_name_of_the_choice_is_no_models(name: str, data: Path, tmp_path: Path) -> None:
    before = sorted((data / "models").iterdir())
    tiny.vocoder_repository(tmp_path / name)
    tiny.swivid(tmp_path / "m", "v1")
    for path, given in ((tmp_path / name, user_says()), (tmp_path / "m", user_says(name, "v1"))):
        with pytest.raises(ModelError, match=f'"{name}" cannot be the name of a model.* --name'):
            import_model(path, given, data)
    assert sorted((data / "models").iterdir()) == before


@pytest.mark.parametrize("content", [b"{}", None])
def test_a_model_whose_record_is_damaged_can_be_removed(content: bytes | None, data: Path, tmp_path: Path) -> None:
    for name in ("one", "vocos-mel-24khz"):
        record = data / "models" / name / "model.json"
        record.unlink() if content is None else record.write_bytes(content)
    assert damaged(data) == ("one", "vocos-mel-24khz")
    with pytest.raises(ModelError, match=r"there is a damaged model one; .* --replace, or remove it: voiceover models rm one"):
        import_model(tiny.swivid(tmp_path / "m", "v1"), user_says("one", "v1"), data)
    assert remove(data, "one") is None
    assert remove(data, "vocos-mel-24khz") is None  # Two needs it, and gets it back
    assert sorted(path.name for path in (data / "models").iterdir()) == ["Two"]
    assert damaged(data) == ()


def test_a_choice_that_is_no_text_is_none(data: Path) -> None:
    (data / "models" / "default").write_bytes(b"\xff\xfe")
    assert default_name(data) is None
    with pytest.raises(ModelError, match="no model is chosen"):
        open_model(data)
    remove(data, "Two")
    assert open_model(data).name == "one"


def test_a_record_may_not_lead_outside(data: Path) -> None:
    path = data / "models" / "one" / "model.json"
    record = json.loads(path.read_text())
    record["parts"]["vocab"] = "../../../etc/passwd"
    path.write_text(json.dumps(record))
    with pytest.raises(ModelError, match=r"model\.json: damaged, .*outside the folder"):
        open_model(data, "one")


@pytest.mark.parametrize(
    ("role", "path", "what"),
    [("dit", None, "no dit"), ("vocab", None, "no vocab"), ("vocab", "v" * 300, "too long"), ("vocab", "\ud800", "surrogates")],
)
def test_a_record_that_was_damaged_is_one_error(role: str, path: str | None, what: str, data: Path) -> None:
    file = data / "models" / "one" / "model.json"
    record = json.loads(file.read_text())
    record["parts"].pop(role)
    if path is not None:
        record["parts"][role] = path
    file.write_text(json.dumps(record))
    with pytest.raises(ModelError, match=rf"model\.json: damaged, .*{what}"):
        open_model(data, "one")


def test_values_that_are_no_numbers_are_found(data: Path) -> None:
    wild = {"transformer.proj_out.bias": np.nan, "transformer.norm_out.linear.weight": np.inf}
    tiny.plant(data, "one", {f"ema_model.{name}": value for name, value in wild.items()})
    (fault,) = [finding.fault for finding in verify_model(data, "one") if finding.fault]
    assert fault is not None
    assert "contains NaN or infinity in transformer." in fault
    assert "proj_out.bias" in fault
    assert "norm_out.linear.weight" in fault


def test_everything_a_worker_is_given_can_be_pickled(data: Path) -> None:
    opener = pickle.loads(pickle.dumps(partial(open_model, data)))
    assert opener("one").digest == open_model(data, "one").digest
    assert len(opener("one").digest) == 64


RECORDS = Path(__file__).with_name("records")
"""Records written by voiceover before models had families."""
OLD = {
    "distill": (tiny.distilled, user_says("distill", "v0", preset="distilled")),
    "vocos-mel-24khz": (tiny.vocoder_repository, user_says("vocos-mel-24khz", licence="MIT")),
    "fork": (lambda at: tiny.quantized_fork(at, 4), user_says("fork", like="f5-tts-mlx-quantized-4bit")),
}


def test_records_are_as_before_families_and_stores_of_then_are_used(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for name, (put, said) in OLD.items():
        source = put(tmp_path / name)
        import_model(source, said, data)
        path = data / "models" / name / "model.json"
        old = (RECORDS / f"{name}.json").read_text("utf-8").replace("SOURCE", str(source))
        assert path.read_text("utf-8") == old
    assert [record.name for record in installed(data)] == sorted(OLD)
    assert damaged(data) == ()
    opened = open_model(data, "fork")
    assert (opened.digest, opened.facts.preset) == ("b279c75052ca49ddfc136cfebba49cab862ef838974530e1de94c074f7ce28c2", "base")
    assert len(open_model(data, "distill").vocab) == len(opened.vocab) == 82


# ---------------------------------------------------------------- the engine over the store


def context(data: Path, **options: str) -> EngineContext:
    return EngineContext(data / "cache", {name.replace("_", "-"): value for name, value in options.items()}, partial(open_model, data))


needs_mlx = pytest.mark.skipif(importlib.util.find_spec("mlx") is None, reason="MLX is not installed")


@needs_mlx
def test_an_engine_says_what_it_is_without_loading_anything(data: Path) -> None:
    info = make(context(data)).info
    assert (info.name, info.model, info.licence, info.languages, info.sample_rate) == ("f5", "one", "MIT", frozenset(("en",)), 24_000)
    assert make(context(data, any_language="yes")).info.languages is None
    assert make(context(data, model="Two")).info.languages is None
    prints = {
        make(context(data, **options)).info.fingerprint
        for options in ({}, {"model": "Two"}, {"preset": "fast"}, {"backend": "mlx", "precision": "fp16"})
    }
    assert len(prints) == 4
    assert make(context(data, precision="fp32")).info.fingerprint == make(context(data, precision="fp32")).info.fingerprint


@needs_mlx
def test_choices_that_an_engine_does_not_know(data: Path) -> None:
    with pytest.raises(EngineOptionError, match='MLX has no precision "int8"; it has auto, fp32, fp16, bf16, quantized'):
        make(context(data, backend="mlx", precision="int8"))
    with pytest.raises(
        EngineOptionError, match="one is not quantized; take another --precision, or quantize it: voiceover models quantize one"
    ):
        make(context(data, precision="quantized"))
    assert "quantized" in make(context(data, model="Two", backend="mlx", precision="quantized")).info.fingerprint
    with pytest.raises(EngineOptionError, match='there is no preset "slow"; F5 has base, fast, distilled'):
        make(context(data, preset="slow"))


def test_an_engine_is_ready_when_a_model_is_there(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    assert ready(context(data)) is None
    assert "no model is installed" in str(ready(context(tmp_path / "empty")))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "neither MLX nor onnxruntime is installed" in str(ready(context(data)))


def test_auto_takes_what_is_clearly_faster_and_fits(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from voiceover.engines.f5.choose import precision

    model = open_model(data, "Two")
    assert precision.quantization(model) == (4, 64)
    assert precision.quantization(open_model(data, "one")) is None
    assert precision.fastest({"fp32": 1.0, "fp16": 0.5, "bf16": 0.9, "quantized": 1.1}, model) == "fp16"
    assert precision.fastest({"fp32": 1.0, "fp16": 0.97, "quantized": 1.1}, model) == "quantized"
    assert precision.fastest({"fp32": 1.0, "fp16": 0.95}, model) == "fp32"
    monkeypatch.setattr(precision, "free_memory", lambda: precision.mlx_bytes(model, "quantized") + 1)
    assert precision.fastest({"fp32": 0.1, "quantized": 1.1}, model) == "quantized"


@needs_mlx
def test_auto_measures_once(data: Path) -> None:
    first = make(context(data, backend="mlx", model="Two")).info.fingerprint
    (kept,) = (data / "cache").iterdir()
    times = json.loads(kept.read_text())
    assert {"fp32", "quantized"} <= set(next(iter(times.values())))
    kept.write_text(json.dumps({key: {"fp32": 1e-9, "quantized": 1.0} for key in times}))
    assert " fp32 " in make(context(data, backend="mlx", model="Two")).info.fingerprint
    kept.write_text("no JSON")
    assert make(context(data, backend="mlx", model="Two")).info.fingerprint.replace("quantized", "fp32") == first.replace(
        "quantized", "fp32"
    )


def test_too_little_memory_is_told_before_anything_is_loaded(data: Path) -> None:
    from voiceover.engines.f5.choose.precision import check_memory, mlx_bytes

    model = open_model(data, "one")
    dense, half = (mlx_bytes(model, precision) for precision in ("fp32", "fp16"))
    values = sum(int(np.prod(model.dit.shape(name))) for name in model.dit.names())
    assert dense - half == 2 * values
    with pytest.raises(EngineError, match=r"one needs about 1000000\.0 GB of memory, and .* GB are free; take a smaller model"):
        check_memory(10**15, "one")


# ---------------------------------------------------------------- the catalogue


def test_every_entry_can_be_pulled_by_what_it_says() -> None:
    rows = catalogue()
    assert len(rows) >= 20
    for row in rows.values():
        roles = [file.role for file in row.files]
        if row.vocoder_only:
            assert "vocoder" in roles
            continue
        if row.family in ("piper", "whisper"):  # see tests/engines/piper/test_models.py, tests/takes/listening
            continue
        if row.family != "f5":
            assert all(file.sha256 for file in row.files), row.name
            continue
        assert row.architecture in ("v0", "v1"), row.name
        assert row.languages, row.name
        assert row.vocoder in rows
        assert roles.count("vocab") == 1
        assert "dit" in roles or "bundle" in roles
        assert not row.commercial or "NC" not in row.licence
        # A checksum is of one file for ever; only a pinned commit promises that it is still this file.
        assert row.revision or all(file.sha256 is None or file.role != "dit" for file in row.files)
    assert find_row("openf5-tts-base").commercial
    assert "alpha" in find_row("OpenF5-TTS-Base").note


def test_languages_lead_to_models() -> None:
    assert models_speaking("de-AT") == ("F5-TTS-German", "thorsten")
    assert "F5TTS_v1_Base" in models_speaking("zh")
    assert models_speaking("tlh") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("models:\n  a: {repository: x, licence: MIT, commercial: no, files: []}\n", 'repository cannot be "x"'),
        ("models:\n  a: {repository: x/y, revision: main, licence: MIT, commercial: no, files: []}\n", 'revision cannot be "main"'),
        ("models:\n  a: {repositry: x/y}\n", 'unknown key "repositry"; did you mean "repository"'),
        (
            "models:\n  a: {repository: x/y, licence: MIT, commercial: no, files: [{role: dit, path: ../../x}]}\n",
            r'path cannot be "\.\./\.\./x"',
        ),
        (
            "models:\n  a: {repository: x/y, licence: MIT, commercial: no, vocoder: v, files: [{role: dit, path: x}]}\n",
            'a: there is no vocoder "v"',
        ),
    ],
)
def test_a_catalogue_of_ones_own_is_read_strictly(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=said):
        read_catalogue(path)


# ---------------------------------------------------------------- the command


def test_a_vocoder_is_verified_as_one(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEOVER_DATA", str(data))
    done = CliRunner().invoke(models, ["verify", "vocos-mel-24khz"])
    assert done.exit_code == 0
    assert all(line.startswith("ok   vocos-mel-24khz") for line in done.output.splitlines())


def test_which_vocoder_was_taken_is_said(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEOVER_DATA", str(tmp_path / "other"))
    for name in ("a", "b"):
        import_model(tmp_path / "vocos", user_says(name), tmp_path / "other")
    done = CliRunner().invoke(models, ["import", str(tmp_path / "v1"), "--arch", "v1", "--name", "mine"])
    assert "mine speaks through the vocoder a; for b import it with --vocoder NAME --replace" in done.stderr


@pytest.mark.slow
def test_the_command(data: Path, tmp_path: Path, voiceover: Run) -> None:
    own = {"VOICEOVER_DATA": data}
    listed = voiceover("models", "list", **own).stdout
    assert "* one " in listed
    assert "vocoder" in listed
    assert "Can be pulled" not in listed
    assert "F5TTS_v1_Base" in voiceover("models", "list", VOICEOVER_DATA=tmp_path / "empty").stdout
    shown = json.loads(voiceover("models", "info", "one", "--json", **own).stdout)
    assert (shown["licence"], shown["architecture"], shown["vocoder"]) == ("MIT", "v1", "vocos-mel-24khz")
    unseen = json.loads(voiceover("models", "info", "F5TTS_v1_Base", "--json", **own).stdout)
    assert (unseen["installed"], unseen["repository"], unseen["commercial use"]) == (False, "SWivid/F5-TTS", False)
    table = voiceover("models", "quantize", "one", "--bits", "4", **own).stdout
    assert "linear layers, 4 bits, groups of 64" in table
    assert "one-4bit: safetensors, 4 bits in groups of 64" in table
    voiceover("models", "verify", "one-4bit", **own)
    path = data / "models" / "one-4bit" / "dit" / "model_4b.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert "BAD  one-4bit/dit/model_4b.safetensors" in voiceover("models", "verify", "one-4bit", check=1, **own).stdout
    (data / "models" / "one-4bit" / "model.json").write_text("{}")
    assert "! one-4bit " in voiceover("models", "list", **own).stdout
    assert json.loads(voiceover("models", "list", "--json", **own).stdout)["damaged"] == ["one-4bit"]
    assert "one-4bit removed; its record could not be read" in voiceover("models", "rm", "one-4bit", **own).stderr
    voiceover("models", "use", "Two", **own)
    assert "* Two " in voiceover("models", "list", **own).stdout
    done = voiceover(
        "models", "import", tiny.GOLDENS / "torch_v0" / "model.safetensors", "--arch", "v0", "--name", "three", "--licence", "MIT", **own
    )
    assert "three: safetensors, dense" in done.stderr
    assert "there is no such file or folder" in voiceover("models", "import", tmp_path / "nowhere", check=2, **own).stderr
