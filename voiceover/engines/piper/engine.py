"""The engine: an utterance to phonemes, to ids, to samples."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

import numpy as np

from voiceover.audio.files import resample
from voiceover.engines.draft.languages import voice_for
from voiceover.engines.draft.phonemes import Phonemizer
from voiceover.engines.piper.installed import SAMPLE_RATE, InstalledVoices, PiperSpeaker
from voiceover.engines.piper.models import PiperModel
from voiceover.engines.piper.network import PiperNetwork, Scales
from voiceover.engines.piper.options import NAME
from voiceover.engines.piper.symbols import stretches_of
from voiceover.errors import EngineError, ModelError
from voiceover.types import Audio, EngineContext, EngineInfo, FloatArray, Mark, SpokenSpan, Utterance, Voice

MOST_LOADED = 4
"""Networks kept in memory, some 100 MB each."""
PAUSE_SECONDS = 0.2
"""Silence between two sentences at speed 1."""


class PiperEngine:
    """All installed Piper voices. One instance serves one thread."""

    def __init__(self, context: EngineContext) -> None:
        """Raises ModelError if no voice is installed, or one is incomplete."""
        self._voices = InstalledVoices(context)
        self._info = self._voices.info()
        self._phonemizer = Phonemizer()
        self._networks: OrderedDict[str, PiperNetwork] = OrderedDict()

    @property
    def info(self) -> EngineInfo:
        return self._info

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        """Speak one utterance at 22,050 Hz, sentence by sentence, with the time of each word.

        Raises EngineError for an unknown voice, speaker, language or style, for an utterance without phonemes, and for one that the network
        cannot speak.
        """
        try:
            return self._speak(utterance, voice)
        except (EngineError, ModelError) as error:
            raise EngineError(f"{utterance.source}: {error}") from error

    def close(self) -> None:
        self._phonemizer.close()
        self._networks.clear()

    def _speak(self, utterance: Utterance, voice: Voice) -> Audio:
        if utterance.style not in voice.styles:
            raise EngineError(f'voice "{voice.name}" has no style "{utterance.style}"')
        preset = self._voices.preset_of(utterance, voice)
        config = preset.model.config
        settings = voice.styles[utterance.style].settings.get(NAME, {})
        stretches = stretches_of(self._phonemizer.words(_as_trained(utterance.spans, preset)), config)
        if not stretches:
            raise EngineError(f'the Piper voice {preset.model.name} has no phonemes for "{utterance.spoken.strip()}"')
        speed = 1.0 if utterance.options.speed is None else utterance.options.speed
        scales = Scales(
            float(settings.get("noise", config.noise)),
            float(settings.get("length", config.length)) / speed,
            float(settings.get("noise_w", config.noise_w)),
        )
        pause = round(float(settings.get("pause", PAUSE_SECONDS)) / speed * config.sample_rate)
        network = self._network(preset.model)
        parts: list[FloatArray] = []
        marks: list[Mark] = []
        length = 0
        for number, stretch in enumerate(stretches):
            seeds = ((utterance.seed, 2 * number), (utterance.seed, 2 * number + 1))
            samples, lengths = network.speak(stretch.ids, scales, seeds, preset.speaker)
            begins = np.concatenate([[0], np.cumsum(lengths)])
            marks += [Mark(position, length + int(begins[at])) for position, at in stretch.starts]
            parts.append(samples)
            length += len(samples)
            if number < len(stretches) - 1 and stretch.ends_sentence:
                parts.append(np.zeros(pause, np.float32))
                length += pause
        return _at_rate(Audio(np.concatenate(parts), config.sample_rate, tuple(marks)))

    def _network(self, model: PiperModel) -> PiperNetwork:
        if model.name not in self._networks:
            if len(self._networks) >= MOST_LOADED:
                self._networks.popitem(last=False)
            self._networks[model.name] = PiperNetwork(model.network, model.config.speakers)
        self._networks.move_to_end(model.name)
        return self._networks[model.name]


def _as_trained(spans: tuple[SpokenSpan, ...], preset: PiperSpeaker) -> tuple[SpokenSpan, ...]:
    """Return the spans with the voice's own variety of its language: its phonemes are those it was trained on."""
    espeak = preset.model.config.espeak
    own = espeak.partition("-")[0].lower()
    return tuple(
        replace(span, language=espeak) if (voice_for(span.language) or "").partition("-")[0].lower() == own else span for span in spans
    )


def _at_rate(audio: Audio) -> Audio:
    if audio.sample_rate == SAMPLE_RATE:
        return audio
    samples = resample(audio.samples, audio.sample_rate, SAMPLE_RATE)
    last = len(samples) - 1
    marks = tuple(Mark(mark.position, min(mark.frame * SAMPLE_RATE // audio.sample_rate, last)) for mark in audio.marks)
    return Audio(samples, SAMPLE_RATE, marks)
