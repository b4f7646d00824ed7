"""Recognizers for tests: one that writes down what it is told to, and the files of one that cannot be loaded."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from voiceover.types import Audio


class ScriptedListener:
    """A ``Listener`` that hears, in a recording, the words that were given for its length in samples."""

    model = "script r1"

    def __init__(self, words: Mapping[int, str], languages: tuple[str, ...] = ("en",)) -> None:
        self.words, self.languages = words, languages
        self.asked: list[tuple[int, str, bool]] = []

    def understands(self, language: str) -> bool:
        return language.partition("-")[0] in self.languages

    def hear(self, audio: Audio, language: str, *, verbatim: bool) -> str:
        self.asked.append((len(audio.samples), language, verbatim))
        return self.words[len(audio.samples)]


def false_model(folder: Path, *, words: int = 51_864, weights: bytes = b"no weights") -> Path:
    """A folder with the files of a recognizer, whose weights are none."""
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.bin").write_bytes(weights)
    (folder / "tokenizer.json").write_text("{}")
    (folder / "vocabulary.txt").write_text("\n".join(map(str, range(words))))
    return folder
