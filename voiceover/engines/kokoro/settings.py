"""What ``voice.yaml`` may say to Kokoro, and which pack a voice speaks with."""

from __future__ import annotations

from collections.abc import Mapping

from voiceover.engines.kokoro.choices import NAME
from voiceover.engines.kokoro.voices import UPSTREAM, shipped_packs
from voiceover.errors import EngineError
from voiceover.settings.schema import weights_of
from voiceover.types import Voice
from voiceover.types.lazy_dataclass import dataclass
from voiceover.types.schemas import Kind, OptionSpec, SettingValue, VoiceSettings

SLOWEST, FASTEST = 0.5, 2.0
"""Range of a voice's own speed."""
QUIETEST, LOUDEST = 10, 200
"""Range of a style's volume, in percent."""


def _for_synthetic(name: str, language: str) -> Mapping[str, SettingValue]:
    """Return the shipped pack of a voice that is nobody's: that of its name, else one of its language's."""
    del language
    packs = shipped_packs()
    return {"voice": name.casefold()} if name.casefold() in packs else {}


def _known() -> tuple[str, ...]:
    return (*shipped_packs(), *UPSTREAM)


VOICE_SETTINGS = VoiceSettings(
    (
        OptionSpec(
            "voice",
            "Voice of Kokoro.",
            Kind.CHOICE,
            _known(),
            expected="the name of a voice of Kokoro such as ada or af_heart",
            excludes=("blend",),
        ),
        OptionSpec("blend", "Voices of Kokoro with their shares.", Kind.WEIGHTS, _known(), excludes=("voice",)),
        OptionSpec("speed", "Pace of the voice; 1 is its own.", Kind.NUMBER, low=SLOWEST, high=FASTEST),
        OptionSpec("volume", "Volume in percent; 100 is the voice's own.", Kind.NUMBER, low=QUIETEST, high=LOUDEST),
    ),
    short="voice",
    for_synthetic=_for_synthetic,
)


@dataclass(frozen=True, slots=True)
class Timbre:
    """How a voice sounds in one style."""

    weights: Mapping[str, float]
    """Share of each pack; they sum to 1."""
    speed: float = 1.0
    gain: float = 1.0
    """Factor on the samples."""


def timbre_of(voice: Voice, style: str) -> Timbre:
    """Return how a voice sounds in a style. Raises EngineError if the voice has no settings for Kokoro, or wrong ones."""
    if style not in voice.styles:
        raise EngineError(f'the voice {voice.name} has no style "{style}"')
    settings = voice.styles[style].settings.get(NAME, {})
    speed = _number("speed", settings, 1.0, SLOWEST, FASTEST, voice)
    gain = _number("volume", settings, 100.0, QUIETEST, LOUDEST, voice) / 100
    if "blend" in settings:
        return Timbre(weights_of(str(settings["blend"])), speed, gain)
    if "voice" in settings:
        return Timbre({str(settings["voice"]): 1.0}, speed, gain)
    raise EngineError(missing_settings(voice.name))


def _number(key: str, settings: Mapping[str, SettingValue], default: float, low: float, high: float, voice: Voice) -> float:
    value = settings.get(key, default)
    if isinstance(value, str) or not low <= value <= high:
        raise EngineError(f"the voice {voice.name}: the kokoro setting {key} is {value!r}; it must be {low:g} to {high:g}")
    return float(value)


def missing_settings(name: str) -> str:
    """Return the message for a voice without settings for Kokoro."""
    shipped = ", ".join(pack for pack in shipped_packs() if "-" not in pack) or "af_heart"
    what = f"the voice {name} has no settings for Kokoro, which speaks with voices of its own"
    return f"{what}; add to its voice.yaml `kokoro: NAME`, with a name such as {shipped}"
