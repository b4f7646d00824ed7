"""One utterance: spoken by an engine, checked, and kept."""

from __future__ import annotations

from dataclasses import asdict
from typing import TypeAlias

from voiceover.errors import EngineError, VoiceoverError
from voiceover.takes.check import checked_audio, engine_error
from voiceover.takes.store import TakeStore
from voiceover.types import Audio, Engine, Take, Utterance, Voice

Request: TypeAlias = tuple[Utterance, Voice]
"""What shall be spoken, and by whom."""


def record_take(utterance: Utterance, voice: Voice, engine: Engine, store: TakeStore) -> Take:
    """Speak one utterance and keep it. Raises EngineError, with its place and words, and StoreError."""
    try:
        spoken: Audio = engine.speak(utterance, voice)
    except EngineError as error:
        raise engine_error(utterance, str(error)) from error
    except VoiceoverError:
        raise
    except Exception as error:  # an engine is foreign code: whatever it fails with, the line it failed at is told
        raise engine_error(utterance, f"{type(error).__name__}: {error}") from error
    return keep_take(utterance, spoken, engine, store)


def keep_take(utterance: Utterance, spoken: Audio, engine: Engine, store: TakeStore) -> Take:
    """Check what ``engine`` spoke, and keep it. Raises EngineError for what can be no recording, and StoreError."""
    audio = checked_audio(spoken, utterance, engine.info.sample_rate)
    return store.put(utterance.address, audio, _about(utterance, engine.info.fingerprint))


def _about(utterance: Utterance, fingerprint: str) -> dict[str, object]:
    """What an address stands for, and nothing of the place in a script: equal lines share a take."""
    return {
        "text": utterance.text,
        "spoken": [{"text": span.text, "language": span.language} for span in utterance.spans],
        "engine": fingerprint,
        "options": {name: value for name, value in asdict(utterance.options).items() if value is not None},
        "seed": utterance.seed,
    }
