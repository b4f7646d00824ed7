"""Piper voices in the store: what is imported, listed and opened, and files that are something else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.engines.piper.piper_parts import context_of, joe, run
from voiceover.engines.piper import MODEL_FAMILY, outline, ready, voices
from voiceover.engines.piper.config import read_config
from voiceover.errors import ModelError
from voiceover.models import catalogue, find_row

LANGUAGES = {"de", "nl", "pl", "fr", "es", "it", "pt", "en", "sv", "da", "no", "cs", "fi", "hu", "ro"}


@pytest.fixture
def config_of(tmp_path: Path) -> Callable[..., Path]:
    """A file like joe's JSON with some keys changed."""

    def write(**changes: Any) -> Path:
        content = json.loads(Path(f"{joe()}.json").read_text("utf-8")) | changes
        path = tmp_path / "voice.onnx.json"
        path.write_text(json.dumps({key: value for key, value in content.items() if value is not ...}), "utf-8")
        return path

    return write


def test_the_catalogue_has_a_voice_for_each_of_fifteen_languages() -> None:
    rows = catalogue((MODEL_FAMILY,))
    assert {language for row in rows.values() for language in row.languages or ()} >= LANGUAGES
    for row in rows.values():
        assert row.repository == "rhasspy/piper-voices"
        assert row.licence
        assert [file.role for file in row.files] == ["network", "config"]
        assert row.files[1].path == f"{row.files[0].path}.json"
        assert all(file.bytes for file in row.files)
        assert "Never heard here." in row.note
        assert row.commercial is ("Trained from scratch." in row.note)
        assert row.revision
        assert all(file.sha256 for file in row.files)
        assert row.licence in {"CC0-1.0", "CC-BY-4.0", "public domain (LJ Speech)"}


def test_a_folder_is_imported_and_a_voice_is_listed_checked_and_removed(tmp_path: Path) -> None:
    folder = tmp_path / "en_US-joe-medium"
    folder.mkdir()
    (folder / "en_US-joe-medium.onnx").symlink_to(joe())
    shutil.copy(f"{joe()}.json", folder / "en_US-joe-medium.onnx.json")
    data = tmp_path / "data"
    code, told = run("models", "import", folder, "--licence", "CC0-1.0", data=data)
    assert (code, "en_US-joe-medium: en-US, medium, 22,050 Hz" in told) == (0, True), told
    assert "Piper, en-US, medium, 22,050 Hz" in run("models", "list", data=data)[1]
    code, told = run("models", "verify", "en_US-joe-medium", data=data)
    assert code == 0, told
    assert [voice.name for voice in voices(context_of(data, tmp_path))] == ["en_US-joe-medium"]
    stored = data / "models" / "en_US-joe-medium" / "network" / "en_US-joe-medium.onnx"
    stored.write_bytes(stored.read_bytes()[:1000])
    assert "cut short or changed" in str(ready(context_of(data, tmp_path)))
    assert run("models", "rm", "en_US-joe-medium", data=data)[0] == 0
    assert "no Piper voice is installed; get one: voiceover models pull piper/thorsten" in str(ready(context_of(data, tmp_path)))
    with pytest.raises(ModelError, match="no Piper voice is installed"):
        outline(context_of(data, tmp_path))


def damaged(kind: str, target: Path) -> None:
    """Write a network that is not Piper's, or not whole."""
    onnx = pytest.importorskip("onnx")
    make = onnx.helper
    if kind == "cut":
        target.write_bytes(joe().read_bytes()[:1_000_000])
    elif kind == "text":
        target.write_text("<!doctype html><title>Not found</title>")
    elif kind == "empty":
        target.write_bytes(b"")
    else:
        data_type = onnx.TensorProto.FLOAT
        names = [("input", 7), ("input_lengths", 7), ("scales", 1)] if kind != "other" else [("tokens", 7), ("style", 1)]
        inputs = [make.make_tensor_value_info(name, each, None) for name, each in names]
        weights = make.make_tensor("w", data_type, [2], [1.0, 2.0])
        if kind == "external":
            weights.ClearField("float_data")
            weights.data_location = onnx.TensorProto.EXTERNAL
            weights.external_data.add(key="location", value="/etc/passwd")
        domain = "evil.example" if kind == "custom" else ""
        node = make.make_node("Run" if kind == "custom" else "Identity", ["w"], ["output"], domain=domain)
        graph = make.make_graph([node], "g", inputs, [make.make_tensor_value_info("output", data_type, None)], [weights])
        opsets = [make.make_opsetid("", 15), *([make.make_opsetid(domain, 1)] if domain else [])]
        target.write_bytes(make.make_model(graph, opset_imports=opsets).SerializeToString())


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("cut", "not an ONNX file, or cut off or damaged"),
        ("text", "not an ONNX file"),
        ("empty", "not an ONNX file: it has 0 bytes"),
        ("other", "not the network of a Piper voice: its inputs are style (float32), tokens (int64), and should be input (int64)"),
        ("external", "keeps the tensor w in another file; only models in one file are read"),
        ("custom", 'needs the operator Run of "evil.example", which onnxruntime does not have'),
        ("noiseless", "not the network of a Piper voice: it does not draw its noise before and after its durations"),
    ],
)
def test_a_network_that_is_something_else_is_refused_in_one_line(tmp_path: Path, kind: str, said: str) -> None:
    network = tmp_path / "voice.onnx"
    damaged(kind, network)
    shutil.copy(f"{joe()}.json", tmp_path / "voice.onnx.json")
    code, told = run("models", "import", network, "--licence", "CC0-1.0", data=tmp_path / "data")
    assert code == 2, told
    assert f"{network}: {said}" in told
    assert len(told.strip().splitlines()) == 1
    assert not list((tmp_path / "data").rglob("*.onnx"))


def test_a_network_without_its_json_says_what_to_put_beside_it(tmp_path: Path) -> None:
    (tmp_path / "voice.onnx").symlink_to(joe())
    code, told = run("models", "import", tmp_path / "voice.onnx", data=tmp_path / "data")
    assert (code, "the JSON of this Piper voice is missing; put voice.onnx.json beside it" in told) == (2, True), told
    (tmp_path / "other.onnx").symlink_to(joe())
    code, told = run("models", "import", tmp_path, data=tmp_path / "data")
    assert (code, "a folder with one file .onnx and its .onnx.json; it has 2 files .onnx" in told) == (2, True), told


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"audio": ...}, 'it has no "audio"'),
        ({"audio": {"sample_rate": "22050"}}, '"sample_rate" must be a number from 8000 to 48000'),
        ({"audio": {"sample_rate": 1e9}}, '"sample_rate" must be a number from 8000 to 48000'),
        ({"espeak": {"voice": "../../etc"}}, '"voice" in "espeak" is \'../../etc\', which is no language of espeak-ng'),
        ({"espeak": {"voice": ["en"]}}, '"voice" in "espeak" is "[\'en\']", which is no language of espeak-ng'),
        ({"phoneme_type": "text"}, 'it is for phonemes of the kind "text"; only espeak\'s are spoken'),
        ({"phoneme_id_map": {"a": [1]}}, '"phoneme_id_map" has no _'),
        ({"phoneme_id_map": {"_": [0], "^": [1], "$": [2], "a": [-1]}}, '"phoneme_id_map" must map phonemes to lists of ids'),
        ({"phoneme_id_map": {"_": [0], "^": [1], "$": "2"}}, '"phoneme_id_map" must map phonemes to lists of ids'),
        ({"phoneme_map": ["a"]}, '"phoneme_map" must be a mapping'),
        ({"inference": {"noise_scale": float("nan")}}, '"noise_scale" must be a number from 0 to 10'),
        ({"num_speakers": 0}, '"num_speakers" must be a number from 1 to 100000'),
        ({"num_speakers": 2, "speaker_id_map": {"a": 2}}, '"speaker_id_map" must give each speaker a number below "num_speakers"'),
    ],
)
def test_json_of_another_shape_is_refused(config_of: Callable[..., Path], changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ModelError) as caught:
        read_config(config_of(**changes))
    assert f"not the JSON of a Piper voice: {said}" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"[1, 2]", b"\xff\xfe", b"[" * 100_000, b'"' + b"a" * 5_000_000 + b'"'])
def test_json_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "voice.onnx.json"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="not the JSON of a Piper voice"):
        read_config(path)


def test_ids_beyond_the_network_are_refused_when_it_is_imported(tmp_path: Path, config_of: Callable[..., Path]) -> None:
    config_of(phoneme_id_map={"_": [0], "^": [1], "$": [2], "a": [14], "b": [4000]})
    (tmp_path / "voice.onnx").symlink_to(joe())
    code, told = run("models", "import", tmp_path / "voice.onnx", data=tmp_path / "data")
    assert (code, "voice.onnx: it does not speak: onnxruntime" in told) == (2, True), told


def test_speakers_and_languages_of_a_voice(config_of: Callable[..., Path]) -> None:
    found = read_config(config_of(num_speakers=2, speaker_id_map={"amy": 0, "bob": 1}, language={"code": "en_GB"}))
    assert (found.language, found.espeak, found.speakers, dict(found.speaker_names)) == ("en-GB", "en-US", 2, {"amy": 0, "bob": 1})
    assert read_config(config_of(language={"code": "x" * 99})).language == "en-US"
    assert (found.noise, found.length, found.noise_w) == (0.667, 1.0, 0.8)


def test_a_voice_is_pulled_by_the_name_of_its_family() -> None:
    assert find_row("piper/Thorsten", (MODEL_FAMILY,)).name == find_row("thorsten", (MODEL_FAMILY,)).name == "thorsten"
    for name, said in (("f5/thorsten", 'no model "f5/thorsten"'), ("piper/torsten", 'did you mean "thorsten"')):
        with pytest.raises(ModelError, match=said):
            find_row(name, (MODEL_FAMILY,))
