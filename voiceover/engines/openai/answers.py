"""What a server sent: audio, strictly read."""

from __future__ import annotations

import numpy as np

from voiceover.audio.files import resample
from voiceover.audio.wav_bytes import is_wav, read_pcm, read_wav_bytes
from voiceover.errors import EngineError, InputError
from voiceover.system.api_requests import has_text_type, is_text, quoted
from voiceover.system.http_post import Answer
from voiceover.types import Audio, SpeechServer

SILENCE_PEAK = 0.001
_SAMPLE_TYPES = ("", "audio/pcm", "audio/l16", "audio/raw", "audio/x-raw", "audio/x-pcm", "audio/wav", "application/octet-stream")


def audio_of(answer: Answer, server: SpeechServer, most_seconds: float, key: str) -> Audio:
    """Return the audio of a successful answer, mono at the server's declared rate.

    Raises EngineError, as the end of a sentence about the server, if it is not audio, cut off, silent or longer than ``most_seconds``.
    """
    kind = answer.content_type
    if not answer.body:
        raise EngineError("sent an answer without audio")
    if has_text_type(answer) or (not is_wav(answer.body) and (server.format == "wav" or kind not in _SAMPLE_TYPES)):
        sent = kind or "something"
        wanted = "WAV" if server.format == "wav" else "samples"
        raise EngineError(f"sent {sent} instead of {wanted}{quoted(answer, key) if is_text(answer) else _other_format(server)}")
    try:
        audio = read_wav_bytes(answer.body) if is_wav(answer.body) else read_pcm(answer.body, server.sample_rate)
    except InputError as error:
        raise EngineError(f"sent audio that cannot be used: it {error}") from error
    if audio.seconds > most_seconds:
        raise EngineError(f"sent {audio.seconds:.0f} s of audio, and this text takes at most {most_seconds:.0f} s")
    if float(np.max(np.abs(audio.samples))) < SILENCE_PEAK:
        raise EngineError("sent only silence")
    samples = resample(audio.samples, audio.sample_rate, server.sample_rate)
    return Audio(np.array(samples, np.float32), server.sample_rate)


def _other_format(server: SpeechServer) -> str:
    other = "pcm" if server.format == "wav" else "wav"
    return f"; if it cannot send {server.format}, write format: {other} for it in your configuration"
