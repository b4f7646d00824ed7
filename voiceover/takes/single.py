"""Record one utterance: speak it, check it, store it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TypeAlias

from voiceover.errors import EngineError, VoiceoverError
from voiceover.takes.check import checked_audio, engine_error
from voiceover.takes.store import TakeStore
from voiceover.types import Audio, Engine, Take, Utterance, Voice

Request: TypeAlias = tuple[Utterance, Voice]
"""An utterance and the voice that speaks it."""
OpenEngine: TypeAlias = Callable[[], Engine]
"""Creates an engine."""
OpenerOf: TypeAlias = Callable[[str], OpenEngine]
"""Returns what creates the engine of a name; for worker processes, something that can be pickled."""


def record_take(utterance: Utterance, voice: Voice, engine: Engine, store: TakeStore) -> Take:
    """Speak one utterance and store it. Raises EngineError with its place and text, and StoreError."""
    try:
        spoken: Audio = engine.speak(utterance, voice)
    except EngineError as error:
        raise engine_error(utterance, str(error)) from error
    except VoiceoverError:
        raise
    except Exception as error:  # engines are foreign code: report the line, whatever the error
        raise engine_error(utterance, f"{type(error).__name__}: {error}") from error
    return keep_take((utterance, voice), spoken, engine, store)


def keep_take(request: Request, spoken: Audio, engine: Engine, store: TakeStore) -> Take:
    """Check and store what ``engine`` spoke. Raises EngineError if it cannot be a recording, and StoreError."""
    from voiceover.takes.checks.one import check_take

    utterance, voice = request
    audio = checked_audio(spoken, utterance, engine.info.sample_rate)
    checks = check_take(audio, utterance, voice, engine.info)
    return store.put(utterance.address, audio, _about(utterance, engine.info.fingerprint), checks)


def _about(utterance: Utterance, fingerprint: str) -> dict[str, object]:
    """Return what identifies a take, without its place in a script: equal lines share a take."""
    return {
        "text": utterance.text,
        "spoken": [span.record for span in utterance.spans],
        "engine": fingerprint,
        "options": {name: value for name, value in asdict(utterance.options).items() if value is not None},
        "seed": utterance.seed,
    }
