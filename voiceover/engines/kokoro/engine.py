"""The engine: an utterance in phonemes, the network's calls, and their sound as one take with the time of each word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from voiceover.engines.kokoro.choices import SAMPLE_RATE, THREADS
from voiceover.engines.kokoro.description import describe
from voiceover.engines.kokoro.packs import StylePacks
from voiceover.engines.kokoro.settings import timbre_of
from voiceover.engines.kokoro.voices import accent_region, shipped_packs
from voiceover.errors import EngineError
from voiceover.types import Audio, EngineInfo, SpokenSpan, Utterance, Voice

if TYPE_CHECKING:
    import numpy as np

    from voiceover.engines.draft.phonemes import PhonemeWord, Phonemizer
    from voiceover.engines.kokoro.joining import SpokenCall
    from voiceover.engines.kokoro.network import Network
    from voiceover.engines.kokoro.text import Call
    from voiceover.engines.kokoro.weights.family import KokoroModel


class KokoroEngine:
    """Kokoro-82M on onnxruntime. The network, and what it needs, is loaded with the first utterance; one instance serves one thread."""

    def __init__(self, model: KokoroModel, cache_folder: Path) -> None:
        self._model = model
        self._cache_folder = cache_folder
        self._info = describe(model.name)
        self._packs = StylePacks({**model.packs, **shipped_packs()})
        self._phonemizer: Phonemizer | None = None
        self._network: Network | None = None
        self._closed = False

    @property
    def info(self) -> EngineInfo:
        return self._info

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        """Speak one utterance at 24,000 Hz, with a mark for each word.

        Raises EngineError if the voice has no settings for Kokoro, if there is nothing to speak, and for phonemes that the model lacks;
        ModelError if the weights or a pack cannot be used.
        """
        import numpy as np

        from voiceover.engines.kokoro.joining import joined
        from voiceover.engines.kokoro.text import calls_of, check_readable

        try:
            timbre = timbre_of(voice, utterance.style)
            styles = self._packs.blend(timbre.weights)
            spans = _with_regions(utterance.spans, accent_region(timbre.weights.items()))
            check_readable(spans)
            calls = calls_of(self._words(spans), spans)
            if not calls:
                raise EngineError(f'there are no phonemes for "{utterance.spoken.strip()}" in {utterance.spans[0].language}')
            speed = timbre.speed * (utterance.options.speed or 1.0)
            samples, marks = joined([self._part(call, styles, speed) for call in calls])
        except EngineError as error:
            raise EngineError(f"{utterance.source}: {error}") from error
        return Audio(samples * np.float32(timbre.gain), SAMPLE_RATE, marks)

    def close(self) -> None:
        """End espeak-ng's process and release the network."""
        self._closed = True
        if self._phonemizer is not None:
            self._phonemizer.close()
        if self._network is not None:
            self._network.close()
            self._network = None

    def _words(self, spans: Sequence[SpokenSpan]) -> tuple[PhonemeWord, ...]:
        if self._phonemizer is None:
            from voiceover.engines.draft.phonemes import Phonemizer

            self._phonemizer = Phonemizer()
        return self._phonemizer.words(spans)

    def _part(self, call: Call, styles: np.ndarray, speed: float) -> SpokenCall:
        from voiceover.engines.kokoro.joining import SpokenCall

        spoken = self._loaded().speak(call.ids, styles[len(call.ids) - 1], speed)
        return SpokenCall(spoken.samples, spoken.durations, call.words, call.ends)

    def _loaded(self) -> Network:
        if self._closed:
            raise EngineError("the engine is closed")
        if self._network is None:
            from voiceover.engines.kokoro.network import Network

            self._network = Network(self._model.weights, self._cache_folder, THREADS)
        return self._network


def _with_regions(spans: Sequence[SpokenSpan], region: str) -> tuple[SpokenSpan, ...]:
    """Return the spans with a region for plain ``en``, which espeak-ng reads as British."""
    return tuple(replace(span, language=f"en-{region}") if span.language.lower() == "en" else span for span in spans)
