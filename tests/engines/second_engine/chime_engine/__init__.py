"""What the engine ``chime`` offers to voiceover. Only light imports here: voiceover loads this module to ask what there is."""

from __future__ import annotations

from chime_engine.models import MODEL_FAMILY
from voiceover.types import Engine, EngineContext, EngineInfo, Kind, OptionSpec, Style, Voice, VoiceSettings

__all__ = ["MODEL_FAMILY", "OPTIONS", "VOICE_SETTINGS", "make", "outline", "ready", "voices"]

OPTIONS = (
    OptionSpec("decay", "Seconds until a struck bell is silent.", Kind.NUMBER, low=0.05, high=2, default="0.4"),
    OptionSpec("partials", "Number of partials of each bell.", Kind.INTEGER, low=1, high=8, default="3"),
)
VOICE_SETTINGS = VoiceSettings((OptionSpec("pitch", "Pitch of the bell in Hz.", Kind.NUMBER, low=100, high=2000),))


def make(context: EngineContext) -> Engine:
    from chime_engine.engine import ChimeEngine

    return ChimeEngine(float(context.options.get("decay", "0.4")), int(context.options.get("partials", "3")))


def ready(context: EngineContext) -> str | None:
    return None


def outline(context: EngineContext) -> EngineInfo:
    return make(context).info


def voices(context: EngineContext) -> list[Voice]:
    style = Style(None, {"chime": {"pitch": 700}})
    return [Voice("bell", None, "en", {"": style}, licence="CC0-1.0", description="A small bell.")]
