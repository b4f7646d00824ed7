"""The engine before its networks are loaded: it describes itself at once, and loads them for the first utterance."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from voiceover.engines.f5.choices import PRESETS, Preset
from voiceover.engines.f5.choose.runtime import Runtime, choose_runtime
from voiceover.engines.f5.engine import F5Engine, describe
from voiceover.engines.f5.mel import FRAME_RATE
from voiceover.engines.f5.opening import open_model
from voiceover.engines.f5.text import Vocab
from voiceover.engines.f5.weights.model import F5Model
from voiceover.errors import EngineError, EngineOptionError
from voiceover.types import Audio, EngineContext, EngineInfo, Utterance, Voice

TYPICAL_SECONDS = 6.0, 10.0
"""Length of a reference clip with its silence, and of a line."""


class LazyF5:
    """An ``Engine`` for a model of the store."""

    def __init__(self, model: F5Model, context: EngineContext) -> None:
        """Raises EngineOptionError for a back end, precision or preset that is unknown or not installed."""
        self._model = model
        self._preset = _preset(model, context.options.get("preset"))
        self._runtime = runtime = choose_runtime(model, context.options, context.cache_folder, context.trial_voice)
        self._batch_size = _batch_size(context.options.get("gpu-batch", "1"))
        factor = realtime_factor(runtime, self._preset)
        self._info = _describe(model, context, runtime.backend, runtime.precision, self._preset, factor, self._batch_size)
        self._engine: F5Engine | None = None
        self._closed = False

    @property
    def info(self) -> EngineInfo:
        return self._info

    @property
    def batch_size(self) -> int:
        return self._batch_size

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        """See ``F5Engine.speak``. The first call loads the model; raises ModelError or EngineError if that fails."""
        return self.loaded().speak(utterance, voice)

    def together_key(self, utterance: Utterance, voice: Voice) -> Hashable:
        """See ``F5Engine.together_key``."""
        return self.loaded().together_key(utterance, voice)

    def speak_together(self, utterances: Sequence[Utterance], voices: Sequence[Voice]) -> list[Audio]:
        """See ``F5Engine.speak_together``."""
        return self.loaded().speak_together(utterances, voices)

    def close(self) -> None:
        """Release the networks."""
        self._closed = True
        if self._engine is not None:
            self._engine.close()

    def loaded(self) -> F5Engine:
        """Return the engine with its networks in memory. Raises ModelError or EngineError if they cannot be loaded."""
        if self._closed:
            raise EngineError("the engine is closed")
        if self._engine is None:
            self._engine = self._load()
        return self._engine

    def _load(self) -> F5Engine:
        model = self._model
        vocab = Vocab(model.vocab)
        vocab.check_rows(model.dit.shape("transformer.text_embed.text_embed.weight")[0], model.name)
        return F5Engine(self._runtime.load(), vocab, self._preset, self._info, self._batch_size)


def describe_model(context: EngineContext) -> EngineInfo:
    """Return the EngineInfo of a model, without back end and precision. Raises ModelError, and EngineOptionError for its preset."""
    model = open_model(context)
    return _describe(model, context, "", "", _preset(model, context.options.get("preset")))


def realtime_factor(runtime: Runtime, preset: Preset) -> float:
    """Return the seconds of work per second of speech, for lines of 10 s after a clip of 6 s; 1 if no step was measured."""
    if runtime.step is None:
        return 1.0
    frames, seconds = runtime.step
    return preset.sampling.steps * seconds * (TYPICAL_SECONDS[0] + TYPICAL_SECONDS[1]) * FRAME_RATE / frames / TYPICAL_SECONDS[1]


def _describe(
    model: F5Model, context: EngineContext, backend: str, precision: str, preset: Preset, factor: float = 1.0, batch_size: int = 1
) -> EngineInfo:
    return describe(
        model.name,
        model.digest,
        architecture=model.architecture,
        backend=backend,
        precision=precision,
        preset=preset,
        languages=None if context.options.get("any-language") == "yes" else model.facts.languages,
        licence=model.facts.licence,
        commercial=model.facts.commercial,
        realtime_factor=factor,
        predictor=model.duration is not None,
        batch_size=batch_size,
    )


def _preset(model: F5Model, setting: str | None) -> Preset:
    name = setting or model.facts.preset
    if name not in PRESETS:
        raise EngineOptionError(f'there is no preset "{name}"; F5 has {", ".join(PRESETS)}')
    return PRESETS[name]


def _batch_size(setting: str) -> int:
    if not (setting.isascii() and setting.isdigit() and int(setting) >= 1):
        raise EngineOptionError(f"gpu-batch is {setting}; it must be 1 or more")
    return int(setting)
