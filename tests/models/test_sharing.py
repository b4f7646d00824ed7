"""Models that come from a shared place by digest: every byte is what the sender had, or it is not taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.models import tiny
from tests.models.stores import default_name, fetch_models, import_model, installed, open_model, push_model, user_says
from voiceover.errors import ModelError
from voiceover.system.remote_store import RemoteStore, open_remote_store


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    import_model(tiny.vocoder_repository(tmp_path / "vocos"), user_says("vocos-mel-24khz"), folder)
    import_model(tiny.swivid(tmp_path / "v1", "v1"), user_says("one", "v1"), folder)
    return folder


@pytest.fixture
def place(tmp_path: Path) -> RemoteStore:
    return open_remote_store(str(tmp_path / "shared"))


def test_a_model_comes_with_its_vocoder(data: Path, place: RemoteStore, tmp_path: Path) -> None:
    shared = push_model(data, "one", place)
    assert [model.name for model in shared] == ["vocos-mel-24khz", "one"]
    home = fetch_models(shared, place, tmp_path / "nothing", tmp_path / "spare")
    assert home == tmp_path / "spare"
    assert open_model(home, "one").digest == open_model(data, "one").digest
    assert default_name(home) == "one"
    assert not (tmp_path / "nothing").exists()


def test_what_is_there_is_neither_sent_nor_fetched_again(data: Path, place: RemoteStore, tmp_path: Path) -> None:
    shared = push_model(data, "one", place)
    home = fetch_models(shared, place, tmp_path / "nothing", tmp_path / "spare")
    for file in (tmp_path / "shared" / "models").rglob("*.*"):
        if file.name != "model.json":
            file.unlink()
    assert push_model(data, "one", place) == shared
    assert fetch_models(shared, place, tmp_path / "nothing", home) == home
    assert fetch_models(shared, place, data, tmp_path / "unused") == data


def test_another_model_of_the_same_name_is_left_alone(data: Path, place: RemoteStore, tmp_path: Path) -> None:
    shared = push_model(data, "one", place)
    theirs = tmp_path / "theirs"
    import_model(tiny.vocoder_repository(tmp_path / "vocos2"), user_says("vocos-mel-24khz"), theirs)
    import_model(tiny.swivid(tmp_path / "v0", "v0"), user_says("one", "v0"), theirs)
    assert fetch_models(shared, place, theirs, tmp_path / "spare") == tmp_path / "spare"
    assert open_model(theirs, "one").architecture == "v0"
    assert open_model(tmp_path / "spare", "one").architecture == "v1"


@pytest.mark.parametrize("which", ["model.json", "*.safetensors", "vocab.txt"])
@pytest.mark.parametrize("gone", [False, True])
def test_a_damaged_model_is_not_taken(which: str, gone: bool, data: Path, place: RemoteStore, tmp_path: Path) -> None:
    shared = push_model(data, "one", place)
    file = next((tmp_path / "shared" / "models" / shared[1].digest).rglob(which))
    if gone:
        file.unlink()
    else:
        content = file.read_bytes()
        file.write_bytes(content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])
    with pytest.raises(ModelError, match=r"damaged|has no model one of the digest"):
        fetch_models(shared, place, tmp_path / "nothing", tmp_path / "spare")
    assert [record.name for record in installed(tmp_path / "spare")] == ["vocos-mel-24khz"]


def test_a_model_that_changed_here_is_not_sent(data: Path, place: RemoteStore, tmp_path: Path) -> None:
    vocab = next((data / "models" / "one").rglob("vocab.txt"))
    vocab.write_bytes(vocab.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelError, match="changed since it was installed"):
        push_model(data, "one", place)
    assert not list((tmp_path / "shared" / "models").glob("*/model.json"))[1:]
