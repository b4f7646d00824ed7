"""The engine around a back end whose sound is known: what it is given, and what comes out."""

from __future__ import annotations

import hashlib
import shutil
import wave
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.engines.f5.reference_outputs import COMMITTED
from voiceover.engines.contract import RULES, make_utterance
from voiceover.engines.f5.backend import Prompt
from voiceover.engines.f5.choices import PRESETS, Architecture, DurationRule, Preset
from voiceover.engines.f5.engine import F5Engine, describe
from voiceover.engines.f5.sampler import draw_noise
from voiceover.engines.f5.text import Vocab
from voiceover.errors import EngineError, VoiceError
from voiceover.types import DEFAULT_STYLE, Clip, FloatArray, Options, Style, Voice

VOCAB = Vocab((*" ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.,!?'",))
WORDS = "These are the words of the clip."


class Tone:
    """A back end that hears: velocities depend on text and state, waves are the mel's first band held for a frame."""

    def __init__(self) -> None:
        self.prompts: list[Prompt] = []
        self.vocoded: list[FloatArray] = []
        self.asked: list[tuple[int, int]] = []

    def velocity(self, x: FloatArray, evaluation: int, prompt: Prompt) -> FloatArray:
        if not self.prompts or self.prompts[-1] is not prompt:
            self.prompts.append(prompt)
        spoken = np.float32(prompt.ids.sum() / 1e5)
        found = (np.float32(0.3) + spoken - x).astype(np.float32) * np.float32(1 + prompt.times[evaluation])
        return np.concatenate((found, found * np.float32(0.9))) if prompt.guided else found

    def vocode(self, mel: FloatArray) -> FloatArray:
        self.vocoded.append(mel)
        return np.repeat(mel[:, :-1, 0], 256, axis=1)

    def duration(self, mel: FloatArray, ids: np.ndarray) -> FloatArray:
        self.asked.append((mel.shape[1], ids.shape[1]))
        return np.array([6.0], np.float32)


@pytest.fixture
def voice(tmp_path: Path) -> Voice:
    path = Path(shutil.copy(COMMITTED / "mel/speech_24k.wav", tmp_path / "clip.wav"))
    return Voice(
        "ben",
        tmp_path,
        "en",
        {DEFAULT_STYLE: Style(Clip(path, WORDS, hashlib.sha256(path.read_bytes()).hexdigest(), 2.0))},
        licence="CC0-1.0",
    )


def engine_of(backend: Tone, preset: Preset = PRESETS["base"]) -> F5Engine:
    info = describe(
        "tone",
        "d1",
        architecture=Architecture.V1,
        backend="numpy",
        precision="fp32",
        preset=preset,
        languages=frozenset({"en"}),
        licence="MIT",
    )
    return F5Engine(backend, VOCAB, preset, info)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_contract_of_engines(rule: Callable[..., None], voice: Voice) -> None:
    rule(lambda: engine_of(Tone()), voice, "en")


def test_what_the_network_is_given(voice: Voice) -> None:
    backend = Tone()
    audio = engine_of(backend).speak(make_utterance("A line to speak", seed=5), voice)
    (prompt,) = backend.prompts
    words = "".join(VOCAB.tokens[k] for k in prompt.ids[0])
    assert words == f"{WORDS}  A line to speak."
    heard = int(prompt.cond[0].any(axis=-1).sum())
    frames = prompt.cond.shape[1]
    assert frames % 16 == 0
    assert not prompt.cond[0, heard:].any()
    assert len(prompt.times) == 32
    (mel,) = backend.vocoded
    assert mel.shape[1] == frames - heard
    assert audio.sample_rate == 24_000
    assert len(audio.samples) == (frames - heard - 1) * 256


def test_text_after_the_last_mark_is_spoken(voice: Voice) -> None:
    """f5-tts-mlx splits at marks in pairs, and drops what follows the last one."""
    backend = Tone()
    engine_of(backend).speak(make_utterance("Hello there. And the tail without a mark"), voice)
    words = "".join(VOCAB.tokens[k] for k in backend.prompts[0].ids[0])
    assert words.endswith("Hello there. And the tail without a mark.")


def test_no_frame_of_the_reference_is_in_the_speech(voice: Voice) -> None:
    """Upstream counts one frame less than the reference has, so its last one begins the speech."""
    backend = Tone()
    engine_of(backend).speak(make_utterance("A line to speak."), voice)
    reference = backend.prompts[0].cond[0]
    last = reference[reference.any(axis=-1)][-1]
    assert not np.array_equal(backend.vocoded[0][0, 0], last)
    floor = np.float32(np.log(1e-5))
    assert not (backend.vocoded[0] == floor).any()


def test_the_level_of_a_quiet_clip_is_undone(voice: Voice, tmp_path: Path) -> None:
    with wave.open(str(COMMITTED / "mel/speech_24k.wav")) as file:
        params, raw = file.getparams(), np.frombuffer(file.readframes(file.getnframes()), "<i2")
    quiet = tmp_path / "quiet.wav"
    with wave.open(str(quiet), "wb") as file:
        file.setparams(params)
        file.writeframes((raw // 16).astype("<i2").tobytes())
    soft = replace(voice, styles={DEFAULT_STYLE: Style(Clip(quiet, WORDS, hashlib.sha256(quiet.read_bytes()).hexdigest(), 2.0))})
    backend = Tone()
    engine = engine_of(backend)
    audio = engine.speak(make_utterance("A line to speak."), soft)
    mel = backend.vocoded[0]
    rms = np.sqrt(np.mean((raw // 16 / 32768.0) ** 2))
    ratio = audio.samples[: 256 * 10 : 256] / mel[0, :10, 0]
    assert ratio == pytest.approx(np.full(10, rms / 0.1), rel=0.15)


def test_noise_is_the_seeds(voice: Voice) -> None:
    starts = []

    class Keeps(Tone):
        def velocity(self, x: FloatArray, evaluation: int, prompt: Prompt) -> FloatArray:
            if evaluation == 0:
                starts.append(x.copy())
            return super().velocity(x, evaluation, prompt)

    engine = engine_of(Keeps())
    for seed, text in ((5, "A line to speak."), (5, "Another line that is longer."), (6, "A line to speak.")):
        engine.speak(make_utterance(text, seed=seed), voice)
    np.testing.assert_array_equal(starts[0][0], draw_noise(5, *starts[0].shape[1:]))
    np.testing.assert_array_equal(starts[0][0], starts[1][0, : starts[0].shape[1]])
    assert not np.array_equal(starts[0], starts[2])


def test_options_come_before_the_preset(voice: Voice) -> None:
    backend = Tone()
    engine = engine_of(backend, PRESETS["distilled"])
    engine.speak(make_utterance("A line to speak."), voice)
    engine.speak(make_utterance("A line to speak.", options=Options(steps=3, method="midpoint", cfg_strength=0.0, speed=0.5)), voice)
    first, second = backend.prompts
    assert (len(first.times), first.guided) == (8, True)
    assert (len(second.times), second.guided) == (6, False)
    assert backend.vocoded[1].shape[1] > 2 * backend.vocoded[0].shape[1] - 32


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (Options(method="heun"), "unknown method 'heun'; F5 has euler, midpoint, rk4"),
        (Options(steps=0), "steps is 0; it must be 1 or more"),
        (Options(speed=0.0), "speed is 0.0"),
        (Options(cfg_strength=-1.0), "cfg_strength is -1.0"),
    ],
)
def test_options_out_of_range(voice: Voice, options: Options, said: str) -> None:
    with pytest.raises(EngineError, match=rf"contract\.md:3:1: {said}"):
        engine_of(Tone()).speak(make_utterance("A line.", options=options), voice)


def test_a_short_line_gets_a_second_and_a_long_one_is_refused(voice: Voice) -> None:
    engine = engine_of(Tone())
    assert engine.speak(make_utterance("No."), voice).seconds > 0.98
    with pytest.raises(EngineError, match=r"contract\.md:3:1: \d+ s of speech after 3 s of reference; F5 is limited to 30 s in all"):
        engine.speak(make_utterance("A line that is spoken. " * 30), voice)


def test_the_predictor_on_request(voice: Voice) -> None:
    backend = Tone()
    predicted = engine_of(backend, replace(PRESETS["base"], duration=DurationRule.PREDICTOR))
    audio = predicted.speak(make_utterance("A line to speak."), voice)
    ((frames, tokens),) = backend.asked
    assert tokens == backend.prompts[0].ids.shape[1]
    assert frames < 190  # two seconds, without the silence that the DiT hears
    assert audio.seconds == pytest.approx(4.0, abs=0.3)
    assert predicted.info.fingerprint != engine_of(Tone()).info.fingerprint


def test_a_clip_is_prepared_once(voice: Voice) -> None:
    engine = engine_of(Tone())
    first = engine.speak(make_utterance("A line to speak."), voice)
    clip = voice.styles[DEFAULT_STYLE].clip
    assert clip is not None
    clip.path.unlink()
    np.testing.assert_array_equal(engine.speak(make_utterance("A line to speak."), voice).samples, first.samples)


def test_sound_that_is_no_numbers_may_come_of_damaged_weights(voice: Voice) -> None:
    class Broken(Tone):
        def vocode(self, mel: FloatArray) -> FloatArray:
            return super().vocode(mel) * np.float32(np.nan)

    with pytest.raises(EngineError, match=r"returned NaN or infinity; try --precision fp32, .* damaged: voiceover models verify tone$"):
        engine_of(Broken()).speak(make_utterance("A line."), voice)


def test_voices_that_cannot_be_heard(voice: Voice, tmp_path: Path) -> None:
    bare = replace(voice, styles={DEFAULT_STYLE: Style(None)})
    with pytest.raises(EngineError, match=r"contract\.md:3:1: F5 needs a recording, and the voice ben has none"):
        engine_of(Tone()).speak(make_utterance("A line."), bare)
    clip = voice.styles[DEFAULT_STYLE].clip
    assert clip is not None
    mute = replace(voice, styles={DEFAULT_STYLE: Style(replace(clip, text=" "))})
    with pytest.raises(VoiceError, match=r"clip\.wav: F5 needs the exact words"):
        engine_of(Tone()).speak(make_utterance("A line."), mute)


def test_the_fingerprint_names_what_the_sound_depends_on() -> None:
    base = {"architecture": Architecture.V1, "backend": "mlx", "precision": "fp32", "preset": PRESETS["base"]}
    changes = (
        {"architecture": Architecture.V0},
        {"backend": "onnx"},
        {"precision": "quantized"},
        {"preset": PRESETS["fast"]},
        {"preset": replace(PRESETS["base"], speed=1.1)},
    )
    seen = {describe("m", "d", **base).fingerprint, describe("m", "e", **base).fingerprint}  # type: ignore[arg-type]
    seen |= {describe("m", "d", **(base | change)).fingerprint for change in changes}  # type: ignore[arg-type]
    assert len(seen) == 2 + len(changes)
    info = describe("m", "d", **base)  # type: ignore[arg-type]
    assert (info.window_seconds, info.reference_in_window, info.sample_rate) == (22.0, True, 24_000)


def test_speech_begins_after_the_reference_even_where_the_text_is_longer(voice: Voice) -> None:
    """f5-tts-mlx blanks the speech from the end of the reference to the frame that the text counts tokens."""
    backend = Tone()
    engine_of(backend).speak(make_utterance("a long line to speak, " * 12), voice)
    (prompt,) = backend.prompts
    heard = int(prompt.cond[0].any(axis=-1).sum())
    assert prompt.ids.shape[1] > heard
    (mel,) = backend.vocoded
    assert mel.shape[1] == prompt.cond.shape[1] - heard
    assert mel.any(axis=-1).all()
