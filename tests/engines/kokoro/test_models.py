"""Kokoro in the model store: imported by its digest alone, pulled with its voices, listed and checked."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Run
from tests.engines.kokoro.network_parts import weights_in
from tests.models.hub_server import Hub, serving
from tests.models.stores import catalogue, open_model
from voiceover.engines.kokoro.choices import WEIGHTS_BYTES, WEIGHTS_SHA256
from voiceover.engines.kokoro.voices import UPSTREAM


def a_pack(seed: int) -> bytes:
    return np.random.default_rng(seed).standard_normal((510, 256)).astype("<f4").tobytes()


def test_the_catalogue_has_the_weights_and_every_voice_by_its_checksum() -> None:
    row = catalogue()["kokoro"]
    files = {file.path: file for file in row.files}
    assert (row.licence, row.commercial, row.family) == ("Apache-2.0", True, "kokoro")
    assert files.pop("kokoro-v1.0.int8.onnx").sha256 == WEIGHTS_SHA256
    assert sorted(files) == sorted(f"voices/{name}.bin" for name in UPSTREAM)
    assert {file.bytes for file in files.values()} == {522_240}
    beginnings = {"af_heart": "d583ccff3cdc", "am_michael": "1d1f21dd8da3", "bm_george": "c4b235a4c1f2", "bf_emma": "669fe0647f9d"}
    assert {name: (files[f"voices/{name}.bin"].sha256 or "")[:12] for name in beginnings} == beginnings


@pytest.mark.parametrize("size", [WEIGHTS_BYTES - 1, WEIGHTS_BYTES])
def test_another_file_is_not_imported(voiceover: Run, tmp_path: Path, size: int) -> None:
    with (tmp_path / "kokoro.onnx").open("wb") as file:
        file.truncate(size)
    said = voiceover("models", "import", "kokoro.onnx", check=2).stderr
    if size == WEIGHTS_BYTES:
        assert "kokoro.onnx: not the weights of Kokoro-82M v1.0: SHA-256 " in said
    else:
        assert "not the weights of Kokoro (an ONNX file of 92,361,271 bytes)" in said
    assert not list(tmp_path.glob("**/model.json"))


@pytest.mark.slow
def test_a_folder_is_imported_with_its_voices(voiceover: Run, kokoro_store: Path, tmp_path: Path) -> None:
    folder, data = tmp_path / "mine", tmp_path / "data"
    (folder / "voices").mkdir(parents=True)
    (folder / "any name.onnx").symlink_to(weights_in(kokoro_store))
    (folder / "voices" / "af_heart.bin").write_bytes(a_pack(1)[:-4])
    said = voiceover("models", "import", "mine", "--licence", "Apache-2.0", check=2, VOICEOVER_DATA=data).stderr
    assert "af_heart.bin: 522,236 bytes; a voice of Kokoro has 522,240" in said
    (folder / "voices" / "af_heart.bin").write_bytes(a_pack(1))
    voiceover("models", "import", "mine", "--licence", "Apache-2.0", VOICEOVER_DATA=data)
    assert "mine" in voiceover("models", "list", VOICEOVER_DATA=data).stdout
    assert "af_heart" in voiceover("voices", "list", VOICEOVER_DATA=data).stdout
    shutil.rmtree(data)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """A Hub with two voices, and a catalogue that lists them."""
    found = Hub()
    folder = tmp_path / "repository"
    (folder / "voices").mkdir(parents=True)
    rows = f"      - {{role: weights, path: kokoro.onnx, repository: x/mirror, bytes: {WEIGHTS_BYTES}, sha256: {WEIGHTS_SHA256}}}\n"
    for number, name in enumerate(("af_heart", "am_adam")):
        content = a_pack(number)
        (folder / "voices" / f"{name}.bin").write_bytes(content)
        rows += f"      - {{role: pack, path: voices/{name}.bin, bytes: {len(content)}, sha256: {hashlib.sha256(content).hexdigest()}}}\n"
    found.add("x/kokoro", folder)
    (tmp_path / "catalogue.yaml").write_text(
        "models:\n  kokoro:\n    repository: x/kokoro\n    licence: Apache-2.0\n    commercial: yes\n"
        f"    languages: [en, fr]\n    files:\n{rows}"
    )
    with serving(found):
        yield found


@pytest.mark.slow
def test_a_pull_adds_the_voices_to_the_weights_that_are_there(hub: Hub, kokoro_data: Path, voiceover_process: Run, tmp_path: Path) -> None:
    environment = {
        "HF_ENDPOINT": hub.url,
        "HF_HOME": tmp_path / "hf",
        "VOICEOVER_CATALOGUE": tmp_path / "catalogue.yaml",
        "NO_PROXY": "127.0.0.1",
    }
    said = voiceover_process("voices", "show", "af_heart", check=2).stderr
    assert said == 'the voice "af_heart" is not installed; get it: voiceover models pull kokoro\n'
    hub.served["am_adam.bin"] = bytes(522_240)
    hub.served["voices/am_adam.bin"] = bytes(522_240)
    bad = voiceover_process("models", "pull", "kokoro", "--accept-licence", check=2, **environment)
    assert "x/kokoro/voices/am_adam.bin: its SHA-256 is " in bad.stderr
    assert open_model(kokoro_data, None, "kokoro").packs == {}
    hub.served.clear()
    done = voiceover_process("models", "pull", "kokoro", "--accept-licence", **environment)
    assert "licence: Apache-2.0, may be used commercially" in done.stderr
    assert not any("mirror" in request for request in hub.requests)  # the weights are there
    assert sorted(open_model(kokoro_data, None, "kokoro").packs) == ["af_heart", "am_adam"]
    listed = voiceover_process("voices", "list").stdout
    assert "af_heart     en-US  American, female. A voice of Kokoro-82M." in listed
    assert json.loads(voiceover_process("voices", "show", "am_adam", "--json").stdout)["licence"] == "Apache-2.0"
    assert "ok   kokoro: the weights of Kokoro-82M v1.0, 2 voices" in voiceover_process("models", "verify", "kokoro").stdout
    assert "; 2 more installed" in voiceover_process("doctor").stdout
    assert "kokoro is in the store already" in voiceover_process("models", "pull", "kokoro", check=2, **environment).stderr
    shutil.rmtree(kokoro_data / "models" / "kokoro")


@pytest.mark.slow
def test_weights_that_no_hub_has_are_one_clear_line(hub: Hub, voiceover_process: Run, tmp_path: Path) -> None:
    environment = {
        "HF_ENDPOINT": hub.url,
        "HF_HOME": tmp_path / "hf",
        "VOICEOVER_CATALOGUE": tmp_path / "catalogue.yaml",
        "NO_PROXY": "127.0.0.1",
    }
    done = voiceover_process("models", "pull", "kokoro", "--accept-licence", check=2, **environment)
    assert done.stderr.startswith("x/mirror: the Hub has no such repository")
