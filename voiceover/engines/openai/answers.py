"""What a server sent: audio, strictly read, or its own words about why not."""

from __future__ import annotations

import json
import re

import numpy as np

from voiceover.audio.files import resample
from voiceover.audio.wav_bytes import is_wav, read_pcm, read_wav_bytes
from voiceover.errors import EngineError, InputError, one_line
from voiceover.system.http_post import Answer
from voiceover.system.lazy import lazy_pattern
from voiceover.system.redaction import HIDDEN, SHORTEST, redact
from voiceover.types import Audio, SpeechServer

MOST_WORDS = 200
"""Length at which a server's words are cut off, in characters."""
SILENCE_PEAK = 0.001
_WORD_TYPES = ("text/", "application/json", "application/problem+json", "application/xml")
_SAMPLE_TYPES = ("", "audio/pcm", "audio/l16", "audio/raw", "audio/x-raw", "audio/x-pcm", "audio/wav", "application/octet-stream")
_NOT_WORDS = lazy_pattern(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_MESSAGE_KEYS = ("message", "detail", "error", "error_description", "msg", "title")


def audio_of(answer: Answer, server: SpeechServer, most_seconds: float, key: str) -> Audio:
    """Return the audio of a successful answer, mono at the server's declared rate.

    Raises EngineError, as the end of a sentence about the server, if it is not audio, cut off, silent or longer than ``most_seconds``.
    """
    kind = answer.content_type
    if not answer.body:
        raise EngineError("sent an answer without audio")
    if kind.startswith(_WORD_TYPES) or (not is_wav(answer.body) and (server.format == "wav" or kind not in _SAMPLE_TYPES)):
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


def is_text(answer: Answer) -> bool:
    """True if an answer is meant to be read."""
    return answer.content_type.startswith(_WORD_TYPES) or answer.body.lstrip()[:1] in (b"<", b"{")


def quoted(answer: Answer, key: str) -> str:
    """Return ``: "WORDS"``, what the server says in its answer; empty if it says nothing that can be read.

    The words are shortened, in one line, without markup, control characters, secrets of the environment and ``key``.
    """
    if not is_text(answer):
        return ""
    text = answer.body.decode("utf-8", "replace")
    message = _message(text)
    words = " ".join((message if message is not None else _NOT_WORDS.sub(" ", text)).split())
    if len(key) >= SHORTEST:
        words = words.replace(key, HIDDEN)
    words = one_line(redact(words))
    shown = words if len(words) <= MOST_WORDS else f"{words[: MOST_WORDS - 1]}…"
    return f': "{shown}"' if shown else ""


def _message(text: str) -> str | None:
    """Return the message in JSON of an error: ``{"error": {"message": ...}}``, ``{"detail": [{"msg": ...}]}`` and the like."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    for _ in range(4):
        if isinstance(found, list) and found:
            found = found[0]
        elif isinstance(found, dict):
            found = next((found[key] for key in _MESSAGE_KEYS if found.get(key)), None)
        else:
            break
    return found if isinstance(found, str) else None
