"""The voices that come along: their clips, and how the draft engine speaks them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml

from tests.draft_parts import VOICES, A, Settings, brightness, pitch_of, utterance_of, voice_of
from voiceover.engines.draft import DraftEngine


@pytest.fixture(scope="module")
def engine() -> Iterator[DraftEngine]:
    engine = DraftEngine()
    yield engine
    engine.close()


def shipped(name: str) -> dict[str, tuple[Path, str, str, Settings]]:
    """Clip, words, language and draft settings of each style."""
    told = yaml.safe_load((VOICES / name / "voice.yaml").read_text("utf-8"))
    styles = {"plain": told["reference"], **told["styles"]}
    return {
        style: (VOICES / name / clip["audio"], clip["text"], told["language"], {**told["draft"], **clip.get("draft", {})})
        for style, clip in styles.items()
    }


@pytest.mark.parametrize("name", ["ada", "ben", "cora"])
def test_a_shipped_voice_has_its_clips(name: str) -> None:
    styles = shipped(name)
    assert set(styles) == {"plain", "quiet", "whispering", "angry"}
    assert len({path for path, *_ in styles.values()}) == 4
    for path, text, _, _ in styles.values():
        info = soundfile.info(path)
        assert (info.format, info.samplerate, info.channels) == ("FLAC", 24_000, 1)
        assert 5 <= info.duration <= 8
        assert path.stat().st_size < 300_000
        assert 5 < len(text.split()) / info.duration * 2.5 < 12  # the words are about those that are heard
        samples, _ = soundfile.read(path, dtype="float32")
        assert 0.05 < np.max(np.abs(samples)) < 1.0
        assert np.all(np.abs(samples[-round(0.3 * 24_000) :]) < 0.001)
        assert np.max(np.abs(samples[-round(0.7 * 24_000) : -round(0.3 * 24_000)])) > 0.01


def test_the_shipped_voices_and_their_styles_are_told_apart_by_ear(engine: DraftEngine) -> None:
    pitches = {}
    for name in ("ada", "ben", "cora"):
        said = {}
        for style, (_, _, language, settings) in shipped(name).items():
            said[style] = engine.speak(utterance_of((A, language)), voice_of(**settings))
        power = {style: float(np.mean(audio.samples**2)) for style, audio in said.items()}
        assert power["angry"] > 1.4 * power["plain"] > 2.8 * power["quiet"]
        assert power["whispering"] < power["quiet"]
        assert said["quiet"].seconds > said["plain"].seconds > said["angry"].seconds
        spectra = {style: brightness(audio) for style, audio in said.items()}
        assert spectra["whispering"] > 1.5 * spectra["plain"]
        pitches[name] = pitch_of(said["plain"])
    assert pitches["cora"] > 1.15 * pitches["ada"] > 1.15 * 1.4 * pitches["ben"]
