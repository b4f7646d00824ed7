"""The engine ``openai``: any server that speaks ``POST /v1/audio/speech``, as the user's own configuration lists them.

    voice_settings  what voices and scripts may say to it
    fitting         the server and its voice that speak a voice
    requests        one line of speech: limits, tries and errors
    answers         a server's audio, or its words
    engine          the engine itself

``auto`` chooses it only for voices that come with it, since it may cost money and sends text to somebody else; so there is no ``ready``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from voiceover.engines.openai.voice_settings import NAME, VOICE_SETTINGS
from voiceover.errors import EngineMissingError
from voiceover.settings.user_config import read_user_config
from voiceover.types import EngineContext, EngineInfo, FittedVoice, SpeechServer, Voice

if TYPE_CHECKING:
    from voiceover.engines.openai.engine import OpenAIEngine

__all__ = ["OPTIONS", "VOICE_SETTINGS", "diagnose", "fit_voice", "make", "outline", "runs_on", "speaks", "voices"]

OPTIONS = ()
"""The engine has no options: everything is set in the user's configuration and in voices."""


def make(context: EngineContext) -> OpenAIEngine:
    """Make the engine; nothing is sent before the first utterance.

    Raises EngineMissingError if no server is configured, SettingsError if the configuration has errors.
    """
    from voiceover.engines.openai.engine import OpenAIEngine

    return OpenAIEngine(_servers(), context.cache_folder)


def outline(context: EngineContext) -> EngineInfo:
    """Return the engine's info, which needs no server to answer. Raises as ``make`` does."""
    return make(context).info


def runs_on(context: EngineContext) -> str:
    """Return the servers, for the user. Raises as ``make`` does."""
    del context
    found = _servers().values()
    return f"by {', '.join(f'the server {server.label} (model {server.model})' for server in found)}"


def fit_voice(context: EngineContext, voice: Voice) -> FittedVoice:
    """Return ``voice`` with its server, model and the server's voice. Raises VoiceError if there is none, and as ``make`` does."""
    from voiceover.engines.openai.fitting import fitted

    del context
    return fitted(voice, _servers())


def speaks(context: EngineContext, voice: Voice, language: str) -> str | None:
    """Return why no server speaks ``voice`` in ``language``, or None; asks no server. Raises SettingsError as ``make`` does."""
    from voiceover.engines.openai.fitting import refusal

    del context
    return refusal(voice, language, read_user_config().servers)


def voices(context: EngineContext) -> list[Voice]:
    """Return the voices that the configuration lists. Raises SettingsError if it has errors."""
    from voiceover.engines.openai.fitting import brought_voices

    del context
    return brought_voices(read_user_config().servers)


def diagnose(context: EngineContext) -> Mapping[str, str]:
    """Return each server, without asking it. Raises SettingsError if the configuration has errors."""
    del context
    found = {label: described(server) for label, server in read_user_config().servers.items()}
    return found or {"servers": "none; add one: voiceover config server add --help"}


def described(server: SpeechServer) -> str:
    """Return a server in one line, without its key."""
    key = "no key" if server.key_env is None else f"key in {server.key_env}{'' if os.environ.get(server.key_env) else ' (not set)'}"
    return f"{server.url}, model {server.model}, {key}"


def _servers() -> Mapping[str, SpeechServer]:
    servers = read_user_config().servers
    if not servers:
        from voiceover.engines.openai.fitting import NO_SERVER

        raise EngineMissingError(f"the engine {NAME} cannot speak: {NO_SERVER}")
    return servers
