"""Recognizers in the model store, by the user's commands; none of them ever becomes the model that speaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Run
from tests.takes.listening.parts import false_model
from voiceover.models.catalogue import read_catalogue
from voiceover.takes.listening import packaged
from voiceover.takes.listening.family import WHISPER


def test_a_recognizer_is_imported_listed_and_verified_and_does_not_speak(voiceover: Run, tmp_path: Path) -> None:
    false_model(tmp_path / "ear")
    assert "ear: ctranslate2" in voiceover("models", "import", "ear", "--licence", "MIT").stderr
    assert "recognizer" in voiceover("models", "list").stdout
    assert "a recognizer for faster-whisper" in voiceover("models", "verify", "ear").stdout
    assert "is a recognizer, not a model that speaks" in voiceover("models", "use", "ear", check=2).stderr
    assert "no model is chosen" not in voiceover("doctor").stdout
    assert "* ear" not in voiceover("models", "list").stdout


@pytest.mark.parametrize("missing", ["config.json", "model.bin", "tokenizer.json", "vocabulary.txt"])
def test_a_folder_without_all_files_is_refused(voiceover: Run, tmp_path: Path, missing: str) -> None:
    (false_model(tmp_path / "ear") / missing).unlink()
    told = voiceover("models", "import", "ear", check=2).stderr
    assert f"it has no {missing}" in told or "vocabulary.txt" in told
    assert not (tmp_path / "data" / "models" / "ear").exists()


def test_a_vocabulary_of_something_else_is_refused(voiceover: Run, tmp_path: Path) -> None:
    false_model(tmp_path / "ear", words=50)
    assert "damaged, or not of Whisper: 50 words" in voiceover("models", "import", "ear", check=2).stderr
    (tmp_path / "ear" / "vocabulary.txt").write_bytes(b"\xff\xfe" * 60_000)
    assert "the vocabulary cannot be read" in voiceover("models", "import", "ear", check=2).stderr


def test_the_catalogue_and_the_package_mean_the_same_files() -> None:
    rows = read_catalogue(WHISPER.catalogue, (WHISPER,))
    assert {file.path: file.sha256 for file in rows[packaged.NAME].files} == packaged.DIGESTS
    assert all({file.path for file in row.files} == packaged.DIGESTS.keys() for row in rows.values())
