"""F5-TTS as an engine, independent of the back end: one utterance at a time, or several of one length together."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from voiceover.audio.files import read_clip
from voiceover.engines.f5.backend import Backend
from voiceover.engines.f5.choices import PRESETS, Architecture, DurationRule, Preset, Sampling
from voiceover.engines.f5.duration import LONGEST_SECONDS, byte_rule, predicted_rule, total_frames
from voiceover.engines.f5.mel import FRAME_RATE, SAMPLE_RATE, log_mel
from voiceover.engines.f5.reference import Reference, prepare_reference
from voiceover.engines.f5.sampler import METHODS, draw_noise, sample
from voiceover.engines.f5.text import Vocab, closed, tokenize
from voiceover.errors import EngineError
from voiceover.types import Audio, Clip, EngineInfo, FloatArray, Options, Utterance, Voice
from voiceover.types.lazy_dataclass import dataclass

NAME = "f5"
RANK = 10
"""Before engines that have voices of their own: a model of F5 is installed to speak with cloned voices."""
REVISION = 1
"""Increase it when the samples change for the same utterance and model."""
WORTH_SAYING = 1.5
"""How many times faster a preset must be to be offered."""
WINDOW_SECONDS = 22.0
"""Reference and speech together, as in upstream."""
OPTIONS = frozenset({"speed", "seed", "steps", "method", "cfg_strength", "sway_sampling_coef"})
"""Options of a line that every model has."""
KEPT_REFERENCES = 32
"""Number of prepared clips that an engine caches."""


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
    commercial: bool = True,
    realtime_factor: float = 1.0,
    predictor: bool = True,
    batch_size: int = 1,
) -> EngineInfo:
    """Return the EngineInfo of a model.

    ``digest`` is of its weights and vocabulary, ``backend`` and ``precision`` are what runs; all of it enters the fingerprint, and so does
    a ``batch_size`` above 1, since sums of a larger product may round otherwise. ``predictor``: the model has a duration predictor.
    """
    sampling = preset.sampling
    defaults = (
        f"{sampling.method} {sampling.steps} cfg {sampling.cfg_strength} sway {sampling.sway_sampling_coef} "
        f"epss {sampling.epss} speed {preset.speed} duration {preset.duration.value}"
    )
    fast = min(PRESETS.values(), key=lambda each: each.sampling.steps)
    times = sampling.steps / fast.sampling.steps
    together = f" batch {batch_size}" if batch_size > 1 else ""
    return EngineInfo(
        name=NAME,
        revision=REVISION,
        fingerprint=f"{NAME} r{REVISION} {model} {architecture.value} {digest} {backend} {precision}{together} ({defaults})",
        sample_rate=SAMPLE_RATE,
        window_seconds=WINDOW_SECONDS,
        reference_in_window=True,
        options=OPTIONS | ({"duration"} if predictor else set()),
        unavailable=()
        if predictor
        else (("duration", DurationRule.PREDICTOR.value, f"the model {model} came without a duration predictor"),),
        languages=languages,
        realtime_factor=realtime_factor,
        effort=f"{sampling.steps} steps",
        faster=(f"--preset {fast.name}", times) if times >= WORTH_SAYING else None,
        model=model,
        licence=licence,
        commercial=commercial,
        rank=RANK,
    )


@dataclass(frozen=True, slots=True, eq=False)
class NetworkInput:
    """An utterance as the networks get it, before noise is drawn."""

    utterance: Utterance
    reference: Reference
    ids: NDArray[np.int32]
    """Token ids of reference and speech, shape (tokens,)."""
    frames: int
    """Mel frames of reference and speech."""
    sampling: Sampling


class F5Engine:
    """A ``BatchEngine`` for a back end and a vocabulary. One instance serves one thread."""

    def __init__(self, backend: Backend, vocab: Vocab, preset: Preset, info: EngineInfo, batch_size: int = 1) -> None:
        self._backend: Backend | None = backend
        self._vocab = vocab
        self._preset = preset
        self._info = info
        self._batch_size = batch_size
        self._references: OrderedDict[tuple[str, str], Reference] = OrderedDict()
        self._predicted: dict[tuple[str, str, str], float] = {}

    @property
    def info(self) -> EngineInfo:
        return self._info

    @property
    def batch_size(self) -> int:
        return self._batch_size

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        """Speak one utterance at 24 kHz.

        Raises VoiceError for a reference clip that cannot be used, EngineError for options or a text that cannot be spoken.
        """
        return self.speak_together([utterance], [voice])[0]

    def together_key(self, utterance: Utterance, voice: Voice) -> tuple[int, Sampling]:
        """Return the mel frames, including the reference, and how they are sampled. Raises as ``speak`` does."""
        line = self.prepare(utterance, voice)
        return line.frames, line.sampling

    def speak_together(self, utterances: Sequence[Utterance], voices: Sequence[Voice]) -> list[Audio]:
        """Speak utterances of one ``together_key`` in one sampling, each as it would be alone: none is padded.

        Raises as ``speak`` does; ValueError for utterances that cannot go together.
        """
        backend = self._loaded()
        lines = [self.prepare(utterance, voice) for utterance, voice in zip(utterances, voices, strict=True)]
        if len({(line.frames, line.sampling) for line in lines}) != 1:
            raise ValueError("utterances that are spoken together must have the same frames and the same sampling")
        noise = [draw_noise(line.utterance.seed, line.frames, line.reference.mel.shape[1]) for line in lines]
        mels = _sampled(backend, lines, np.stack(noise))
        # The vocoder gets each one alone: the length of the speech depends on the reference.
        return [self._audio(backend, line, mel) for line, mel in zip(lines, mels, strict=True)]

    def sampled(self, line: NetworkInput, noise: FloatArray) -> FloatArray:
        """Return the mel (frames, mel) of reference and speech, sampled from ``noise`` of the same shape."""
        mel: FloatArray = _sampled(self._loaded(), [line], noise[None])[0]
        return mel

    def close(self) -> None:
        """Release the networks."""
        self._backend = None
        self._references.clear()
        self._predicted.clear()

    def _loaded(self) -> Backend:
        if self._backend is None:
            raise EngineError("the engine is closed")
        return self._backend

    def prepare(self, utterance: Utterance, voice: Voice) -> NetworkInput:
        """Prepare an utterance for the networks. Raises as ``speak`` does."""
        backend = self._loaded()
        sampling, speed, rule = self._check(utterance)
        style = voice.styles.get(utterance.style)
        if style is None or style.clip is None:
            raise EngineError(
                f"{utterance.source}: F5 needs a recording, and the voice {voice.name} has none; add one with 'voiceover voices add'"
            )
        text = closed(utterance.spoken)
        reference = self._reference(style.clip)
        try:
            ids = self._vocab.ids(tokenize(reference.text + text))
            if rule is DurationRule.BYTES:
                generated = byte_rule(reference.pace_frames, reference.text, text, speed)
            else:
                seconds = self._seconds(backend, (style.clip.sha256, style.clip.text, text), reference, ids)
                generated = predicted_rule(seconds, reference.frames, text, speed)
        except EngineError as error:
            raise EngineError(f"{utterance.source}: {error}") from error
        frames = total_frames(generated, len(reference.mel), len(ids))
        if frames / FRAME_RATE > LONGEST_SECONDS:
            clip_seconds = len(reference.mel) / FRAME_RATE
            speech = f"{frames / FRAME_RATE - clip_seconds:.0f} s of speech after {clip_seconds:.0f} s of reference"
            advice = "Split the line, take a shorter clip, or raise its speed"
            raise EngineError(f"{utterance.source}: {speech}; F5 is limited to {LONGEST_SECONDS:.0f} s in all. {advice}")
        return NetworkInput(utterance, reference, ids, frames, sampling)

    def _audio(self, backend: Backend, line: NetworkInput, mel: FloatArray) -> Audio:
        """Return the sound of a mel (frames, mel), without its reference."""
        wave = backend.vocode(mel[None, len(line.reference.mel) :])[0] / np.float32(line.reference.gain)
        if not np.isfinite(wave).all():
            raise EngineError(
                f"{line.utterance.source}: the model returned NaN or infinity; try --precision fp32, or check whether its weights are "
                f"damaged: voiceover models verify {self._info.model}"
            )
        return Audio(np.ascontiguousarray(wave, np.float32), SAMPLE_RATE)

    def _check(self, utterance: Utterance) -> tuple[Sampling, float, DurationRule]:
        """Return sampling, speed and rule of duration. Raises EngineError with the place for what cannot be spoken."""
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

    def _seconds(self, backend: Backend, key: tuple[str, str, str], reference: Reference, ids: NDArray[np.int32]) -> float:
        """Return the predicted seconds of reference and speech, computed once per text: the key and the sound need the same value."""
        if key not in self._predicted:
            self._predicted[key] = float(backend.duration(log_mel(reference.samples)[None], ids[None])[0])
        return self._predicted[key]

    def _reference(self, clip: Clip) -> Reference:
        key = clip.sha256, clip.text
        found = self._references.pop(key, None) or prepare_reference(read_clip(clip), clip.text, str(clip.path))
        self._references[key] = found
        if len(self._references) > KEPT_REFERENCES:
            self._references.popitem(last=False)
        return found


def _sampled(backend: Backend, lines: Sequence[NetworkInput], noise: FloatArray) -> FloatArray:
    """Return the mels of references and speech from ``noise``, both (lines, frames, mel)."""
    known_frames = np.array([len(line.reference.mel) for line in lines])
    cond = np.zeros_like(noise)
    ids = np.full((len(lines), max(len(line.ids) for line in lines)), -1, np.int32)
    for row, line in enumerate(lines):
        cond[row, : known_frames[row]] = line.reference.mel
        ids[row, : len(line.ids)] = line.ids
    known = np.arange(noise.shape[1])[None] < known_frames[:, None]
    return sample(backend, cond=cond, known=known, ids=ids, noise=noise, sampling=lines[0].sampling)


def resolve(options: Options, preset: Preset) -> tuple[Sampling, float, DurationRule]:
    """Return sampling, speed and rule of duration of a line: its options, otherwise the preset's.

    Raises EngineError for one out of range.
    """
    names = ("steps", "method", "cfg_strength", "sway_sampling_coef")
    given = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    sampling = replace(preset.sampling, **given)
    speed = preset.speed if options.speed is None else options.speed
    rule = preset.duration if options.duration is None else options.duration
    if sampling.method not in METHODS:
        raise EngineError(f"unknown method {sampling.method!r}; F5 has {', '.join(METHODS)}")
    if rule not in tuple(DurationRule):
        raise EngineError(f"unknown duration {rule!r}; F5 has {', '.join(DurationRule)}")
    if sampling.steps < 1:
        raise EngineError(f"steps is {sampling.steps}; it must be 1 or more")
    if not (math.isfinite(sampling.cfg_strength) and sampling.cfg_strength >= 0):
        raise EngineError(f"cfg_strength is {sampling.cfg_strength}; it must be 0 or more")
    if not (math.isfinite(speed) and speed > 0):
        raise EngineError(f"speed is {speed}; it must be above 0")
    return sampling, speed, DurationRule(rule)
