"""The user's own configuration, which scripts and projects refer to by labels only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from voiceover.types.lazy_dataclass import dataclass

SPEECH_FORMATS = ("wav", "pcm")
"""Formats in which a speech server may send audio: a WAV file, or its samples alone (16 bits, little-endian, mono)."""


@dataclass(frozen=True, slots=True)
class SpeechServer:
    """A server that speaks ``POST /v1/audio/speech``. The defaults are those of the configuration file."""

    label: str
    """The only name that scripts, projects and voices have for it."""
    url: str
    """Its address up to the version, such as ``https://speech.example.com/v1``; https, or http on this machine."""
    model: str
    key_env: str | None = None
    """Name of the environment variable that holds its key; None if it needs no key. The key itself is stored nowhere."""
    voices: tuple[str, ...] = ()
    """Names of its voices; the first is its default voice."""
    format: str = SPEECH_FORMATS[0]
    sample_rate: int = 24_000
    """Rate of its audio in Hz: what ``pcm`` is read as, and what other audio is resampled to."""
    timeout_seconds: float = 120.0
    """Longest time of one request, from the connection to the last byte."""
    parallel: int = 2
    """Largest number of requests at once, among all processes of this user on this machine."""
    languages: tuple[str, ...] | None = None
    """Primary language subtags that its model speaks; None if the user has not stated them."""
    licence: str | None = None
    """Licence of the audio that it makes."""


@dataclass(frozen=True, slots=True)
class UserConfig:
    """What the configuration file holds."""

    path: Path
    """The file, which need not exist."""
    servers: Mapping[str, SpeechServer] = field(default_factory=dict)
    """Speech servers by label, in the order of the file; the first is the default."""
