"""F5-TTS as an engine: one utterance at a time, whatever runs the networks."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from voiceover.audio import read_audio
from voiceover.engines.f5.backend import Backend
from voiceover.engines.f5.configs import Architecture
from voiceover.engines.f5.duration import LONGEST_SECONDS, byte_rule, predicted_rule, total_frames
from voiceover.engines.f5.mel import FRAME_RATE, SAMPLE_RATE, log_mel
from voiceover.engines.f5.presets import DurationRule, Preset
from voiceover.engines.f5.reference import Reference, prepare_reference
from voiceover.engines.f5.sampler import METHODS, Sampling, draw_noise, sample
from voiceover.engines.f5.text import Vocab, closed, tokenize
from voiceover.errors import EngineError
from voiceover.types import Audio, Clip, EngineInfo, FloatArray, Options, Utterance, Voice

NAME = "f5"
REVISION = 1
"""Raise it when the samples change for the same utterance and model."""
WINDOW_SECONDS = 22.0
"""Reference and speech: what upstream fills."""
KEPT_REFERENCES = 32
"""Prepared clips that an engine keeps."""


def describe(
    model: str,
    digest: str,
    *,
    architecture: Architecture,
    backend: str,
    precision: str,
    preset: Preset,
    languages: frozenset[str] | None = None,
    licence: str | None = None,
    realtime_factor: float = 1.0,
) -> EngineInfo:
    """The EngineInfo of a model.

    ``digest`` is of its weights and vocabulary, ``backend`` and ``precision`` are what runs; all of it enters the fingerprint.
    """
    sampling = preset.sampling
    defaults = (
        f"{sampling.method} {sampling.steps} cfg {sampling.cfg_strength} sway {sampling.sway_sampling_coef} "
        f"epss {sampling.epss} speed {preset.speed} duration {preset.duration.value}"
    )
    return EngineInfo(
        name=NAME,
        revision=REVISION,
        fingerprint=f"{NAME} r{REVISION} {model} {architecture.value} {digest} {backend} {precision} ({defaults})",
        sample_rate=SAMPLE_RATE,
        window_seconds=WINDOW_SECONDS,
        reference_in_window=True,
        options=frozenset({"speed", "seed", "steps", "method", "cfg_strength", "sway_sampling_coef"}),
        languages=languages,
        realtime_factor=realtime_factor,
        model=model,
        licence=licence,
    )


class F5Engine:
    """An ``Engine`` of some back end and vocabulary. One instance serves one thread."""

    def __init__(self, backend: Backend, vocab: Vocab, preset: Preset, info: EngineInfo) -> None:
        self._backend: Backend | None = backend
        self._vocab = vocab
        self._preset = preset
        self._info = info
        self._references: OrderedDict[tuple[str, str], Reference] = OrderedDict()

    @property
    def info(self) -> EngineInfo:
        return self._info

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        """Speak one utterance at 24 kHz.

        Raises VoiceError for a reference clip that cannot be used, EngineError for options or a text that cannot be spoken.
        """
        backend = self._backend
        if backend is None:
            raise EngineError("the engine is closed")
        sampling, speed = self._check(utterance)
        style = voice.styles.get(utterance.style)
        if style is None or style.clip is None:
            raise EngineError(
                f"{utterance.source}: F5 speaks after a recording, and voice {voice.name} has none; add one with 'voiceover voices add'"
            )
        text = closed(utterance.spoken)
        reference = self._reference(style.clip)
        try:
            ids = self._vocab.ids(tokenize(reference.text + text))[None]
        except EngineError as error:
            raise EngineError(f"{utterance.source}: {error}") from error
        frames = total_frames(self._generated(backend, reference, text, ids, speed), len(reference.mel), ids.shape[1])
        if frames / FRAME_RATE > LONGEST_SECONDS:
            heard = len(reference.mel) / FRAME_RATE
            raise EngineError(
                f"{utterance.source}: {frames / FRAME_RATE - heard:.0f} s of speech after {heard:.0f} s of reference; F5 holds "
                f"{LONGEST_SECONDS:.0f} s in all. Part the line, take a shorter clip, or raise its speed"
            )
        noise = draw_noise(utterance.seed, frames, reference.mel.shape[1])[None]
        mel = _sampled(backend, reference, ids, noise, sampling)
        wave = backend.vocode(mel[:, len(reference.mel) :])[0] / np.float32(reference.gain)
        if not np.isfinite(wave).all():
            raise EngineError(f"{utterance.source}: the model gave no numbers for sound; try --precision fp32")
        return Audio(np.ascontiguousarray(wave, np.float32), SAMPLE_RATE)

    def close(self) -> None:
        """Let go of the networks."""
        self._backend = None
        self._references.clear()

    def _check(self, utterance: Utterance) -> tuple[Sampling, float]:
        """What the utterance asks for; EngineError, with its place, for what cannot be spoken."""
        foreign = {span.language for span in utterance.spans if not self._speaks(span.language)}
        if foreign:
            known = ", ".join(sorted(self._info.languages or ()))
            raise EngineError(f"{utterance.source}: {self._info.model} does not speak {', '.join(sorted(foreign))}; it speaks {known}")
        if not any(char.isalnum() for char in utterance.spoken):
            raise EngineError(f"{utterance.source}: nothing to speak in {utterance.spoken!r}")
        try:
            return resolve(utterance.options, self._preset)
        except EngineError as error:
            raise EngineError(f"{utterance.source}: {error}") from error

    def _speaks(self, language: str) -> bool:
        return self._info.languages is None or language.partition("-")[0].lower() in self._info.languages

    def _generated(self, backend: Backend, reference: Reference, text: str, ids: NDArray[np.int32], speed: float) -> int:
        """Frames of speech."""
        if self._preset.duration is DurationRule.BYTES:
            return byte_rule(reference.pace_frames, reference.text, text, speed)
        seconds = float(backend.duration(log_mel(reference.samples)[None], ids)[0])
        return predicted_rule(seconds, reference.pace_frames, text, speed)

    def _reference(self, clip: Clip) -> Reference:
        key = clip.sha256, clip.text
        found = self._references.pop(key, None) or prepare_reference(read_audio(clip.path), clip.text, str(clip.path))
        self._references[key] = found
        if len(self._references) > KEPT_REFERENCES:
            self._references.popitem(last=False)
        return found


def _sampled(backend: Backend, reference: Reference, ids: NDArray[np.int32], noise: FloatArray, sampling: Sampling) -> FloatArray:
    """The mel of reference and speech, as long as ``noise`` (1, frames, mel)."""
    heard = len(reference.mel)
    cond = np.zeros_like(noise)
    cond[0, :heard] = reference.mel
    known = np.arange(noise.shape[1])[None] < heard
    return sample(backend, cond=cond, known=known, ids=ids, noise=noise, sampling=sampling)


def resolve(options: Options, preset: Preset) -> tuple[Sampling, float]:
    """Sampling and speed of a line: its options where they say something, the preset elsewhere. Raises EngineError for one out of range."""
    names = ("steps", "method", "cfg_strength", "sway_sampling_coef")
    said = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    sampling = replace(preset.sampling, **said)
    speed = preset.speed if options.speed is None else options.speed
    if sampling.method not in METHODS:
        raise EngineError(f"method {sampling.method!r} is not known; F5 has {', '.join(METHODS)}")
    if sampling.steps < 1:
        raise EngineError(f"steps are {sampling.steps}; 1 is the least")
    if not (math.isfinite(sampling.cfg_strength) and sampling.cfg_strength >= 0):
        raise EngineError(f"cfg_strength is {sampling.cfg_strength}; it is 0 or more")
    if not (math.isfinite(speed) and speed > 0):
        raise EngineError(f"speed is {speed}; it is above 0")
    return sampling, speed
