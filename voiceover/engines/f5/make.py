"""The entry point: a model of the user's store as an engine. Nothing heavy is imported or loaded before the first utterance."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from voiceover.engines.f5.configs import Architecture
from voiceover.engines.f5.engine import F5Engine, describe
from voiceover.engines.f5.mel import FRAME_RATE
from voiceover.engines.f5.presets import PRESETS, Preset
from voiceover.engines.f5.runtime import NOTHING, Runtime, choose_backend, choose_runtime, installed_backends
from voiceover.engines.f5.text import Vocab
from voiceover.errors import EngineError, EngineOptionError, ModelError, VoiceoverError
from voiceover.tensors.named import InstalledModel
from voiceover.types import Audio, Engine, EngineContext, EngineInfo, Utterance, Voice

OPTIONS = ("model", "backend", "precision", "preset", "any-language", "gpu-batch")
"""Keys of ``EngineContext.options`` that are read here."""
TYPICAL_SECONDS = 6.0, 10.0
"""Of a reference clip with its silence, and of a line."""


def make(context: EngineContext) -> Engine:
    """The engine of the model that ``context.options["model"]`` names, or of the one that the user chose.

    Raises ModelError where there is no such model, EngineOptionError for a back end, precision or preset that is not known or not there.
    """
    return LazyF5(_open(context), context)


def ready(context: EngineContext) -> str | None:
    """Why F5 could not speak now, None when it could: a model is installed, and something to run it on."""
    try:
        _open(context)
    except VoiceoverError as error:
        return str(error)
    return None if installed_backends() else NOTHING


def runs_on(context: EngineContext) -> str:
    """The back end, and why. Raises EngineOptionError where the one that is asked for is not there."""
    return choose_backend(context.options.get("backend", "auto"), context.cache_folder)[1]


def outline(context: EngineContext) -> EngineInfo:
    """What the model is. Raises as ``make`` does, but for what it would run on."""
    model = _open(context)
    return _describe(model, context, "", "", _preset(model, context.options.get("preset")))


class LazyF5:
    """An ``Engine`` that knows what it is at once, and loads its networks when it is first asked to speak."""

    def __init__(self, model: InstalledModel, context: EngineContext) -> None:
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
        """See ``F5Engine.speak``. The first call loads the model, and raises ModelError or EngineError where that cannot be."""
        return self.loaded().speak(utterance, voice)

    def together_key(self, utterance: Utterance, voice: Voice) -> Hashable:
        """See ``F5Engine.together_key``."""
        return self.loaded().together_key(utterance, voice)

    def speak_together(self, utterances: Sequence[Utterance], voices: Sequence[Voice]) -> list[Audio]:
        """See ``F5Engine.speak_together``."""
        return self.loaded().speak_together(utterances, voices)

    def close(self) -> None:
        """Let go of the networks."""
        self._closed = True
        if self._engine is not None:
            self._engine.close()

    def loaded(self) -> F5Engine:
        """The engine with its networks in memory; raises ModelError or EngineError where that cannot be."""
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


def realtime_factor(runtime: Runtime, preset: Preset) -> float:
    """Seconds of work a second of speech, for lines of 10 s after a clip of 6 s; 1 where no step was measured."""
    if runtime.step is None:
        return 1.0
    frames, seconds = runtime.step
    return preset.sampling.steps * seconds * (TYPICAL_SECONDS[0] + TYPICAL_SECONDS[1]) * FRAME_RATE / frames / TYPICAL_SECONDS[1]


def _describe(
    model: InstalledModel, context: EngineContext, backend: str, precision: str, preset: Preset, factor: float = 1.0, batch_size: int = 1
) -> EngineInfo:
    return describe(
        model.name,
        model.digest,
        architecture=Architecture(model.architecture),
        backend=backend,
        precision=precision,
        preset=preset,
        languages=None if context.options.get("any-language") == "yes" else model.languages,
        licence=model.licence,
        realtime_factor=factor,
        predictor=model.duration is not None,
        batch_size=batch_size,
    )


def _open(context: EngineContext) -> InstalledModel:
    if context.open_model is None:
        raise ModelError("no place to look for models was given")
    return context.open_model(context.options.get("model"))


def _preset(model: InstalledModel, asked: str | None) -> Preset:
    name = asked or model.preset
    if name not in PRESETS:
        raise EngineOptionError(f'there is no preset "{name}"; F5 has {", ".join(PRESETS)}')
    return PRESETS[name]


def _batch_size(asked: str) -> int:
    if not (asked.isascii() and asked.isdigit() and int(asked) >= 1):
        raise EngineOptionError(f"gpu-batch is {asked}; it is 1 or more")
    return int(asked)
