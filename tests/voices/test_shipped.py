"""The voices that come along: their clips, their packs for Kokoro, and how the draft engine and Kokoro speak them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml

from tests.draft_parts import VOICES, A, Settings, brightness, pitch_of, utterance_of, voice_of
from tests.listening import character_error, hear_file
from tests.voice_parts import SHIPPED, shipped_clip
from voiceover.engines.draft import DraftEngine
from voiceover.engines.kokoro.voices import accent_region

NAMES = ("ada", "ben", "cora", "dan")
STYLES = {"plain", "quiet", "whispering", "angry"}
PACKS = Path(__file__).parents[2] / "voiceover" / "engines" / "kokoro" / "packs"


@pytest.fixture(scope="module")
def engine() -> Iterator[DraftEngine]:
    engine = DraftEngine()
    yield engine
    engine.close()


def told(name: str) -> Mapping[str, object]:
    return yaml.safe_load((VOICES / name / "voice.yaml").read_text("utf-8"))


def shipped(name: str) -> dict[str, tuple[Path, str, str, Settings]]:
    """Clip, words, language and draft settings of each style."""
    voice = told(name)
    styles = {"plain": voice["reference"], **voice["styles"]}
    return {
        style: (VOICES / name / clip["audio"], clip["text"], voice["language"], {**voice["draft"], **clip.get("draft", {})})
        for style, clip in styles.items()
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_voice_has_its_clips(name: str) -> None:
    styles = shipped(name)
    assert set(styles) == STYLES
    assert len({path for path, *_ in styles.values()}) == 4
    for path, text, _, _ in styles.values():
        info = soundfile.info(path)
        assert (info.format, info.samplerate, info.channels) == ("FLAC", 24_000, 1)
        assert 3.5 <= info.duration - 0.3 <= 5
        assert path.stat().st_size < 150_000
        assert 5 < len(text.split()) / info.duration * 2.5 < 12  # the words are about those that are heard
        samples, _ = soundfile.read(path, dtype="float32")
        assert 0.05 < np.max(np.abs(samples)) < 1.0
        assert np.all(np.abs(samples[-round(0.25 * 24_000) :]) < 0.001)
        assert np.max(np.abs(samples[-round(0.7 * 24_000) : -round(0.3 * 24_000)])) > 0.003


@pytest.mark.slow
@pytest.mark.usefixtures("ears")
@pytest.mark.parametrize(("voice", "style"), SHIPPED)
def test_a_clip_holds_its_words_and_no_others(voice: str, style: str) -> None:
    clip = shipped_clip(voice, style)
    assert character_error(clip.text, hear_file(clip.path)) == 0


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_voice_belongs_to_nobody_and_says_so(name: str) -> None:
    voice = told(name)
    assert voice["synthetic"] is True
    assert voice["licence"] == "Apache-2.0"
    assert "nobody's voice" in str(voice["description"])
    assert f"    {name} " in (PACKS / "NOTICE").read_text("utf-8")


def test_clips_that_were_replaced_are_named_so_that_their_takes_are_kept() -> None:
    """The robot's clips, from before there were human voices."""
    former = {
        (name, style): clip["formerly"]["sha256"][:8]
        for name in ("ada", "ben", "cora")
        for style, clip in {"plain": told(name)["reference"], **told(name)["styles"]}.items()  # type: ignore[dict-item]
    }
    assert former[("ada", "plain")] == "6ba0e116"
    assert former[("ada", "angry")] == "2e3e9aed"
    assert len(set(former.values())) == 12
    assert shipped_clip("ada", "").formerly is not None


def test_the_shipped_voices_and_their_styles_are_told_apart_by_ear(engine: DraftEngine) -> None:
    pitches = {}
    for name in NAMES:
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
    assert pitches["cora"] > 1.15 * pitches["ada"] > 1.15 * 1.4 * pitches["ben"] > 1.15 * 1.4 * 1.1 * pitches["dan"]


# ---------------------------------------------------------------- packs


def pack(name: str) -> np.ndarray:
    with np.load(PACKS / f"{name}.npz") as arrays:
        return arrays["rows"].astype(np.float64) @ arrays["columns"]


def test_there_is_a_pack_for_each_voice_and_style_and_they_are_small() -> None:
    files = list(PACKS.glob("*.npz"))
    assert {file.stem for file in files} == {f"{name}{'' if style == 'plain' else f'-{style}'}" for name in NAMES for style in STYLES}
    assert sum(file.stat().st_size for file in files) < 600_000
    for name in NAMES:
        assert told(name)["kokoro"] == name


def test_packs_have_the_shape_of_the_models_own_and_differ() -> None:
    plain = {name: pack(name) for name in NAMES}
    assert all(values.shape == (510, 256) and 0.1 < np.abs(values).mean() < 0.15 for values in plain.values())
    assert min(np.abs(plain[a] - plain[b]).mean() for a in NAMES for b in NAMES if a < b) > 0.05
    for name in NAMES:
        whispering = pack(f"{name}-whispering")
        assert np.abs(whispering - plain[name])[:, :128].mean() > 0.05  # another timbre
        assert np.abs(whispering - plain[name])[:, 128:].max() < 1e-4  # in the voice's own manner


def test_plain_english_is_spoken_with_the_accent_of_the_voice() -> None:
    regions = {name: accent_region([(f"{name}{style}", 1.0)]) for name in NAMES for style in ("", "-whispering")}
    assert regions == {"ada": "GB", "ben": "US", "cora": "US", "dan": "GB"}
    assert accent_region([("bf_emma", 0.6), ("ben", 0.4)]) == "GB"
