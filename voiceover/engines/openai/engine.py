"""The engine: an utterance as a request, and the audio of its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from voiceover.audio.files import resample
from voiceover.engines.openai.fitting import UNSTATED, Speaker, language_refusal, speaker_of
from voiceover.engines.openai.requests import speech
from voiceover.engines.openai.voice_settings import NAME
from voiceover.errors import EngineError, VoiceError
from voiceover.system.api_requests import PAUSES_SECONDS
from voiceover.text.audible import is_audible
from voiceover.types import Audio, EngineInfo, SpeechServer, Utterance, Voice

REVISION = 1
WINDOW_SECONDS = 80.0
"""Servers take some 4,000 characters; most models speak worse after a minute."""
_ROOM_FACTOR, _ROOM_SECONDS = 10.0, 30.0
"""An answer may be this many times as long as expected, and this much more; a longer one is a fault."""


class OpenAIEngine:
    """Speaks by the servers of the user's configuration."""

    def __init__(self, servers: Mapping[str, SpeechServer], cache_folder: Path, pauses: Sequence[float] = PAUSES_SECONDS) -> None:
        """Keep the servers, of which there must be one; nothing is connected before the first utterance.

        ``pauses`` are the seconds before each further try of a request.
        """
        self._pauses = pauses
        self._servers = servers
        self._folder = cache_folder
        self._info = _info(servers)

    @property
    def info(self) -> EngineInfo:
        return self._info

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        """Return what the server of ``voice`` makes of the utterance.

        Raises EngineError with the place of the utterance, NetworkError for what every line would meet, EngineMissingError without a key.
        """
        text = utterance.spoken.strip()
        if not is_audible(text):
            raise EngineError(f'{utterance.source}: there are no words in "{text}"')
        try:
            speaker = speaker_of(voice.name, voice.styles[utterance.style].settings.get(NAME, {}), self._servers)
        except VoiceError as error:
            raise EngineError(f"{utterance.source}: {error}") from error
        _check_language(utterance, speaker.server)
        most_seconds = utterance.estimate_seconds * _ROOM_FACTOR + _ROOM_SECONDS
        try:
            audio = speech(speaker.server, _fields(text, utterance, speaker), most_seconds, self._folder, self._pauses)
        except EngineError as error:
            raise EngineError(f"{utterance.source}: {error}") from error
        return Audio(resample(audio.samples, audio.sample_rate, self._info.sample_rate), self._info.sample_rate)

    def close(self) -> None:
        """Do nothing: each request has a connection of its own."""


def _fields(text: str, utterance: Utterance, speaker: Speaker) -> dict[str, object]:
    # The words are spelled for the ear, as for any engine. A server's model reads figures by itself, mostly better in its own language:
    # once an engine can ask for the text as it was written (a field of EngineInfo), this one should.
    fields: dict[str, object] = {
        "model": speaker.server.model,
        "input": text,
        "voice": speaker.voice,
        "response_format": speaker.server.format,
    }
    if speaker.instructions is not None:
        fields["instructions"] = speaker.instructions
    if utterance.options.speed not in (None, 1.0):  # some models refuse it
        fields["speed"] = utterance.options.speed
    return fields


def _check_language(utterance: Utterance, server: SpeechServer) -> None:
    for span in utterance.spans:
        reason = language_refusal(span.language, server)
        if reason is not None:
            raise EngineError(f"{utterance.source}: {reason}")


def _info(servers: Mapping[str, SpeechServer]) -> EngineInfo:
    each = tuple(servers.values())
    rate = max(server.sample_rate for server in each)
    languages = [server.languages for server in each]
    licences = {server.licence or UNSTATED for server in each}
    return EngineInfo(
        name=NAME,
        revision=REVISION,
        # Server, model and voice are settings of each voice, and so part of a take's address.
        fingerprint=f"{NAME} r{REVISION} {rate} Hz",
        sample_rate=rate,
        window_seconds=WINDOW_SECONDS,
        reference_in_window=False,
        # A server gets no seed, but another seed asks for another recording of the line.
        options=frozenset({"speed", "seed"}),
        languages=None if None in languages else frozenset(tag for tags in languages for tag in tags or ()),
        realtime_factor=0.3,
        licence=licences.pop() if len(licences) == 1 else "; ".join(f"{server.label}: {server.licence or UNSTATED}" for server in each),
        worker_threads=1,
        repeatable=False,
        wants_raw_text=True,
    )
