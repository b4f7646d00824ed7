"""Several utterances by one sampling sound as each does alone: lengths are equal, nothing is padded, and texts end where they end."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.engines.f5 import reference_outputs
from tests.engines.f5.reference_outputs import COMMITTED
from tests.engines.f5.test_engine import VOCAB, WORDS, Tone
from voiceover.engines.contract import make_utterance
from voiceover.engines.f5.choices import Architecture, MLXPrecision, Preset, Sampling
from voiceover.engines.f5.engine import F5Engine, describe
from voiceover.errors import EngineError
from voiceover.types import DEFAULT_STYLE, BatchEngine, Clip, Options, Style, Utterance, Voice

PRESET = Preset("few", Sampling(steps=2))
LINES = ("A line to speak.", "Another one!", "And a third line, the longest of the three that are spoken here.")


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Voice]:
    """Three voices with clips of different length and words."""
    folder = tmp_path_factory.mktemp("clips")
    samples, rate = soundfile.read(COMMITTED / "mel/speech_24k.wav", dtype="float32")
    voices = []
    for number, (end, words) in enumerate(((1.4, WORDS), (1.1, "Other words of a clip."), (0.9, "Some of them."))):
        path = folder / f"{number}.wav"
        soundfile.write(path, samples[: round(end * rate)], rate, subtype="FLOAT")
        clip = Clip(path, words, hashlib.sha256(path.read_bytes()).hexdigest(), end)
        voices.append(Voice(f"v{number}", folder, "en", {DEFAULT_STYLE: Style(clip)}, licence="CC0-1.0"))
    return voices


def engine_of(backend: object, batch_size: int = 3) -> F5Engine:
    info = describe("tiny", "d1", architecture=Architecture.V1, backend="test", precision="fp32", preset=PRESET, batch_size=batch_size)
    return F5Engine(backend, VOCAB, PRESET, info, batch_size)  # type: ignore[arg-type]


def of_one_length(engine: F5Engine, voices: list[Voice]) -> list[Utterance]:
    """The lines at speeds that give each as many frames, whatever their words and clips."""
    found = []
    for number, (text, voice) in enumerate(zip(LINES, voices, strict=True)):
        speeds = np.geomspace(0.3, 3.0, 200)
        tried = (make_utterance(text, seed=number, options=Options(speed=float(speed))) for speed in speeds)
        found.append(next(one for one in tried if engine.together_key(one, voice)[0] == 320))
    return found


@pytest.mark.parametrize("version", ["v0", "v1"])
def test_three_together_sound_as_each_alone(version: str, clips: list[Voice]) -> None:
    pytest.importorskip("mlx.core")
    from voiceover.engines.f5.mlx import load_backend

    weights = reference_outputs.weights
    backend = load_backend(
        weights(str(COMMITTED / f"torch_{version}/model.safetensors")),
        weights(str(COMMITTED / "vocos/model.safetensors")),
        architecture=Architecture(version),
        precision=MLXPrecision.FP32,
    )
    engine = engine_of(backend)
    utterances = of_one_length(engine, clips)
    together = engine.speak_together(utterances, clips)
    assert len({audio.seconds for audio in together}) == 3  # their clips differ, and so does what is left for speech
    for utterance, voice, audio in zip(utterances, clips, together, strict=True):
        alone = engine.speak(utterance, voice).samples
        assert np.abs(alone).max() > 0.01
        np.testing.assert_allclose(audio.samples, alone, rtol=0, atol=1e-5)


def test_they_are_one_call_a_step_in_the_order_given(clips: list[Voice]) -> None:
    batches: Counter[int] = Counter()

    class Counting(Tone):
        def velocity(self, x: np.ndarray, evaluation: int, prompt: object) -> np.ndarray:
            batches[len(x)] += 1
            spoken = prompt.ids.clip(0).sum(axis=1)[:, None, None] / 1e5  # type: ignore[attr-defined]
            found = (np.float32(0.3) + spoken - x).astype(np.float32)
            return np.concatenate((found, found))

    engine = engine_of(Counting())
    utterances = of_one_length(engine, clips)
    together = engine.speak_together(utterances, clips)
    assert batches == {3: 2}
    for utterance, voice, audio in zip(utterances, clips, together, strict=True):
        np.testing.assert_array_equal(audio.samples, engine.speak(utterance, voice).samples)


def test_what_differs_in_length_or_sampling_does_not_go_together(clips: list[Voice]) -> None:
    engine = engine_of(Tone())
    short, long = make_utterance("A line."), make_utterance("A line that takes far more time than the other one does.")
    finer = replace(short, options=Options(steps=5))
    assert len({engine.together_key(one, clips[0]) for one in (short, long, finer)}) == 3
    assert engine.together_key(short, clips[0]) == engine.together_key(replace(short, seed=9), clips[0])
    with pytest.raises(ValueError, match="the same frames and the same sampling"):
        engine.speak_together([short, long], [clips[0]] * 2)


def test_the_predictor_is_asked_once_for_a_text(clips: list[Voice]) -> None:
    backend = Tone()
    engine = engine_of(backend)
    utterance = make_utterance(LINES[0], options=Options(duration="predictor"))
    key = engine.together_key(utterance, clips[0])
    audio = engine.speak(utterance, clips[0])
    assert len(backend.asked) == 1
    assert audio.seconds == pytest.approx(4.6, abs=0.3)  # of the six that the predictor says, the clip takes 1.4
    assert key != engine.together_key(make_utterance(LINES[0]), clips[0])


def lacking(backend: Tone) -> Tone:
    def duration(*_: object) -> np.ndarray:
        raise EngineError("this model came without a duration predictor")

    backend.duration = duration  # type: ignore[assignment]
    return backend


@pytest.mark.parametrize("ask", [F5Engine.speak, F5Engine.together_key], ids=["speak", "key"])
def test_without_a_predictor_the_line_is_named(ask: Callable[..., object], clips: list[Voice]) -> None:
    with pytest.raises(EngineError, match=r"^contract\.md:3:1: this model came without a duration predictor"):
        ask(engine_of(lacking(Tone())), make_utterance("A line.", options=Options(duration="predictor")), clips[0])


def test_what_an_engine_says_of_batches_and_durations(tmp_path: Path) -> None:
    common = {"architecture": Architecture.V1, "backend": "mlx", "precision": "fp32", "preset": PRESET}
    alone = describe("m", "d", **common)  # type: ignore[arg-type]
    assert describe("m", "d", **common, batch_size=1) == alone  # type: ignore[arg-type]
    assert describe("m", "d", **common, batch_size=4).fingerprint != alone.fingerprint  # type: ignore[arg-type]
    assert "duration" in alone.options
    without = describe("m", "d", **common, predictor=False)  # type: ignore[arg-type]
    assert without.fingerprint == alone.fingerprint
    assert "duration" not in without.options
    assert without.unavailable == (("duration", "predictor", "the model m came without a duration predictor"),)
    assert isinstance(engine_of(Tone()), BatchEngine)
