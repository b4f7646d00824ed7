"""One line of speech from a server: at most a few requests at once, and another try if the server is busy or gone for a moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from voiceover.engines.openai.answers import audio_of
from voiceover.errors import EngineError, EngineMissingError, NetworkError
from voiceover.system.api_requests import PAUSES_SECONDS, ApiError, ApiServer, read_key, request_api
from voiceover.system.locks import one_of
from voiceover.types import Audio, SpeechServer

_ACCEPT = "audio/wav, audio/*;q=0.9, */*;q=0.1"
_BYTES_PER_SECOND = 48_000 * 2 * 4
"""The largest audio that a server would send: 48 kHz, two channels, 32 bits."""
_ROOM_BYTES = 1 << 20


def speech(
    server: SpeechServer, fields: Mapping[str, object], most_seconds: float, folder: Path, pauses: Sequence[float] = PAUSES_SECONDS
) -> Audio:
    """Return the audio that ``server`` makes of the JSON ``fields``, at its declared rate.

    ``folder`` is where processes agree on how many requests are sent at once; ``pauses`` are those before each further try. Raises
    EngineError, a sentence about the server, for what concerns this line alone; NetworkError for what every line would meet, such as a
    wrong key; EngineMissingError if the key is not set.
    """
    asked = _api_server(server)
    key = read_key(asked, EngineMissingError)
    most_bytes = int(most_seconds * _BYTES_PER_SECOND) + _ROOM_BYTES
    try:
        answer = request_api(
            asked,
            "/audio/speech",
            fields,
            _ACCEPT,
            key,
            most_bytes=most_bytes,
            pauses=pauses,
            turn=lambda: one_of(folder, server.label, server.parallel),
        )
    except ApiError as error:
        raise (NetworkError if error.for_every_request else EngineError)(str(error)) from error
    try:
        return audio_of(answer, server, most_seconds, key)
    except EngineError as error:
        raise EngineError(f"{asked.named} {error}") from error


def _api_server(server: SpeechServer) -> ApiServer:
    return ApiServer(
        f"the speech server {server.label}",
        server.url,
        server.key_env,
        server.timeout_seconds,
        "set its url in your configuration",
        "set key_env in your configuration",
        f"are its url and model right in your configuration? ({server.url}, {server.model})",
    )
