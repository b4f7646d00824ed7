"""The installed Piper voices: what they are called, and which of them speaks a line."""

from __future__ import annotations

import hashlib
import importlib.util
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from voiceover.engines.piper.models import PiperModel
from voiceover.engines.piper.options import NAME
from voiceover.errors import EngineError, ModelError, VoiceError, VoiceoverError
from voiceover.system.extras import how_to_install
from voiceover.system.installed import installed_version
from voiceover.types import DEFAULT_STYLE, EngineContext, EngineInfo, SettingValue, Style, Utterance, Voice
from voiceover.types.lazy_dataclass import dataclass

REVISION = 1
"""Raised by hand when the samples for the same utterance change."""
SAMPLE_RATE = 22_050
"""Most voices' own; the others are resampled."""
RANK = 150
"""``auto`` prefers engines that sound better."""
MOST_NAMED_SPEAKERS = 20
"""A voice with more speakers is listed once; ``speaker`` in voice.yaml chooses among them."""


@dataclass(frozen=True, slots=True)
class PiperSpeaker:
    """An installed voice, or one of its speakers."""

    model: PiperModel
    speaker: int


class InstalledVoices:
    """The voices in the store, as they were when this was made."""

    def __init__(self, context: EngineContext) -> None:
        """Raises ModelError if a voice is incomplete, or the store has none under the name of the option ``model``."""
        self._only = context.options.get("model")
        self._models = {model.name: model for model in _installed(context)}
        self._presets: dict[str, PiperSpeaker] = {}
        for model in self._models.values():
            self._presets.setdefault(model.name.casefold(), PiperSpeaker(model, 0))
            for name, speaker in _named_speakers(model).items():
                self._presets.setdefault(name.casefold(), PiperSpeaker(model, speaker))

    def info(self) -> EngineInfo:
        """Return what is known of the engine without loading a network. Raises ModelError if no voice is installed."""
        if not self._models:
            raise ModelError(_NONE)
        models = self._models.values()
        licences = sorted({model.facts.licence for model in models})
        return EngineInfo(
            name=NAME,
            revision=REVISION,
            fingerprint=f"{NAME} r{REVISION} espeakng-loader {_loader()}",
            sample_rate=SAMPLE_RATE,
            window_seconds=60.0,
            reference_in_window=False,
            options=frozenset({"speed", "seed"}),
            languages=frozenset(_primary(model.config.language) for model in models),
            realtime_factor=0.09,
            licence="; ".join(licences),
            rank=RANK,
            speaks_phonemes=True,
            returns_marks=True,
            worker_threads=1,
            commercial=all(model.facts.commercial for model in models),
            worker_megabytes=400,
        )

    def to_cast(self) -> list[Voice]:
        """Return the voices for casts."""
        found = []
        for model in self._models.values():
            named = _named_speakers(model)
            description = f"Piper, {model.config.quality or 'unknown'} quality"
            for name, speaker in {model.name: 0, **named}.items():
                settings: dict[str, str | int | float] = {"voice": model.name} | ({"speaker": speaker} if speaker else {})
                style = Style(None, {NAME: settings})
                found.append(
                    Voice(name, None, model.config.language, {DEFAULT_STYLE: style}, licence=model.facts.licence, description=description)
                )
        return found

    def fitted(self, voice: Voice) -> Voice:
        """Return a voice with the digest of the model that speaks it among its settings, so that another model makes other takes.

        For a voice that names none it is the digest of all models that may be chosen. Raises VoiceError for a name that is not installed.
        """
        chosen = "".join(f"{language} {model.digest}\n" for language, model in sorted(self._defaults().items()))
        styles = {}
        for key, style in voice.styles.items():
            settings = style.settings.get(NAME, {})
            try:
                model = self._chosen(settings, "").model.digest if "voice" in settings else hashlib.sha256(chosen.encode()).hexdigest()
            except EngineError as error:
                raise VoiceError(f'voice "{voice.name}": {error}') from error
            styles[key] = replace(style, settings={**style.settings, NAME: {**settings, "model": model}})
        return replace(voice, styles=styles)

    def why_not(self, voice: Voice, language: str) -> str | None:
        """Return why a voice cannot be spoken in a language (BCP 47), None if it can."""
        try:
            for style in voice.styles.values():
                model = self._chosen(style.settings.get(NAME, {}), language).model
                if "voice" in style.settings.get(NAME, {}) and _primary(model.config.language) != _primary(language):
                    return f"the Piper voice {model.name} speaks {model.config.language}, not {language}"
        except EngineError as error:
            return str(error)
        return None

    def preset_of(self, utterance: Utterance, voice: Voice) -> PiperSpeaker:
        """Return who speaks a line: whom the voice's settings name, else the first installed voice for its language.

        Raises EngineError, without a place, if there is none.
        """
        letters: Counter[str] = Counter()
        for span in utterance.spans:
            letters[span.language] += len(span.text)
        language = letters.most_common(1)[0][0] if letters else voice.language or ""
        return self._chosen(voice.styles[utterance.style].settings.get(NAME, {}), language)

    def _chosen(self, settings: Mapping[str, SettingValue], language: str) -> PiperSpeaker:
        speaker = settings.get("speaker")
        if (name := settings.get("voice")) is not None:
            preset = self._presets.get(str(name).casefold())
            if preset is None:
                raise EngineError(f'no Piper voice "{name}" is installed; {self._advice()}')
        else:
            model = self._defaults().get(_primary(language))
            if model is None:
                raise EngineError(f'no Piper voice for "{_primary(language)}" is installed; {self._advice()}')
            preset = PiperSpeaker(model, 0)
        if speaker is None:
            return preset
        if not 0 <= int(speaker) < preset.model.config.speakers:
            last = preset.model.config.speakers - 1
            raise EngineError(f"the Piper voice {preset.model.name} has no speaker {speaker}; it has 0 to {last}")
        return PiperSpeaker(preset.model, int(speaker))

    def _defaults(self) -> dict[str, PiperModel]:
        """Return the voice for each language: the one that the option ``model`` names, else the first by name."""
        if self._only is not None:
            only = next((model for name, model in self._models.items() if name.casefold() == self._only.casefold()), None)
            if only is not None:
                return dict.fromkeys((_primary(model.config.language) for model in self._models.values()), only)
        found: dict[str, PiperModel] = {}
        for _, model in sorted(self._models.items()):
            found.setdefault(_primary(model.config.language), model)
        return found

    def _advice(self) -> str:
        if not self._models:
            return "get one: voiceover models pull piper/NAME (names: voiceover models list --all)"
        names = ", ".join(f"{name} ({model.config.language})" for name, model in sorted(self._models.items())[:12])
        return f"installed: {names}; others: voiceover models list --all"


_NONE = "no Piper voice is installed; get one: voiceover models pull piper/thorsten (German; voiceover models list --all has others)"


def why_not_ready(context: EngineContext) -> str | None:
    """Return why Piper cannot speak now, or None."""
    if any(importlib.util.find_spec(name) is None for name in ("onnxruntime", "onnx")):
        return f"onnxruntime and onnx are not installed; {how_to_install('onnx')}"
    try:
        InstalledVoices(context).info()
    except VoiceoverError as error:
        return str(error)
    return None


def _installed(context: EngineContext) -> list[PiperModel]:
    if context.open_model is None or context.installed_models is None:
        return []
    return [_opened(context.open_model(name, NAME)) for name in context.installed_models(NAME)]


def _opened(model: Any) -> PiperModel:
    if not isinstance(model, PiperModel):
        raise ModelError(f"{model!r} is no Piper voice")
    return model


def _primary(language: str) -> str:
    return language.partition("-")[0].lower()


def _named_speakers(model: PiperModel) -> dict[str, int]:
    """Return names for the speakers of a voice that has a few."""
    if not 1 < model.config.speakers <= MOST_NAMED_SPEAKERS:
        return {}
    return {f"{model.name}-{name}": number for name, number in model.config.speaker_names.items() if name.strip() and name.isprintable()}


def _loader() -> str:
    version = installed_version("espeakng-loader")
    if version is None:
        raise EngineError("Piper needs the package espeakng-loader: pip install espeakng-loader")
    return version
