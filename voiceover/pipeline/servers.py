"""The speech servers of the user's configuration: look at them, and try one."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from voiceover import engines
from voiceover.audio.files import write_wav_float
from voiceover.errors import EngineError, InputError
from voiceover.pipeline.context import engine_context
from voiceover.settings.layers import DEFAULT_LANGUAGE
from voiceover.settings.user_config import read_user_config, server_called
from voiceover.system.files import make_place, whole_file
from voiceover.types import DEFAULT_STYLE, Options, Source, SpeechServer, SpokenSpan, Style, Utterance, Voice

SPEECH_ENGINE = "openai"
"""The engine that speaks by these servers."""
TRIAL_TEXT = "Hello, this is a test."
_PLACE = Source("trial")


@dataclass(frozen=True, slots=True)
class ServerTrial:
    """What a server made of one line."""

    server: SpeechServer
    voice: str
    work_seconds: float
    audio_seconds: float
    sample_rate: int


def try_server(label: str, voice: str | None, text: str, output: Path | None) -> ServerTrial:
    """Let the server ``label`` speak ``text``, and write it to the WAV file ``output`` if that is given.

    No take is read or stored. Raises InputError for an unknown server, a server without a voice and a file that cannot be written;
    EngineError, NetworkError and EngineMissingError as the engine does.
    """
    server = server_called(label, read_user_config().servers)
    if isinstance(server, str):
        raise InputError(server)
    name = voice or next(iter(server.voices), None)
    if name is None:
        raise InputError(f"{label} lists no voices; name one of the server's: --voice NAME")
    if output is not None:
        make_place(output, "write the audio")
    engine = engines.open_engine(SPEECH_ENGINE, engines.context_of(SPEECH_ENGINE, engine_context()))
    speaker = Voice(name, None, DEFAULT_LANGUAGE, {DEFAULT_STYLE: Style(None, {SPEECH_ENGINE: {"server": label, "voice": name}})})
    start = time.monotonic()
    try:
        audio = engine.speak(_utterance(text, (server.languages or (DEFAULT_LANGUAGE,))[0], name), speaker)
    except EngineError as error:
        raise EngineError(str(error).removeprefix(f"{_PLACE}: ")) from error
    finally:
        engine.close()
    trial = ServerTrial(server, name, time.monotonic() - start, audio.seconds, audio.sample_rate)
    if output is not None:
        with whole_file(output, "write the audio") as file:
            write_wav_float(file, audio.samples, audio.sample_rate)
    return trial


def _utterance(text: str, language: str, voice: str) -> Utterance:
    """Return a line that belongs to no script."""
    return Utterance(
        address="0" * 64,
        line_key="0" * 64,
        segment_key="0" * 64,
        speaker=voice,
        voice=voice,
        style=DEFAULT_STYLE,
        spans=(SpokenSpan(text, language),),
        text=text,
        options=Options(),
        seed=0,
        attempt=0,
        gain_db=0.0,
        paragraph=0,
        estimate_seconds=len(text) / 12,
        source=_PLACE,
    )
