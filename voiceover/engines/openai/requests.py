"""One line of speech from a server: at most a few requests at once, and another try if the server is busy or gone for a moment."""

from __future__ import annotations

import email.utils
import json
import logging
import os
import random
import re
import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from voiceover.engines.openai.answers import audio_of, quoted
from voiceover.errors import EngineError, EngineMissingError, NetworkError
from voiceover.system.http_post import Answer, Failure, PostError, post
from voiceover.system.lazy import lazy_pattern
from voiceover.system.locks import one_of
from voiceover.system.redaction import redact_url
from voiceover.types import Audio, SpeechServer

log = logging.getLogger(__name__)

PAUSES_SECONDS = (0.5, 1.0, 2.0, 4.0)
"""Pauses before the second and each further try, up to a quarter longer by chance."""
LONGEST_PAUSE_SECONDS = 60.0
"""Longest pause that a server may ask for."""
MOST_LATE = 2
"""Tries of a request that is not answered in time."""
_BYTES_PER_SECOND = 48_000 * 2 * 4
"""The largest audio that a server would send: 48 kHz, two channels, 32 bits."""
_ROOM_BYTES = 1 << 20
_BUSY = frozenset((408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529))
_FOR_EVERY_LINE = frozenset((401, 402, 403, 404, 405, 407, 410, 429, 501))
"""Statuses that every other line would get, too."""
_KEY = lazy_pattern(r"[\x21-\x7e]{1,4096}")


def speech(
    server: SpeechServer, fields: Mapping[str, object], most_seconds: float, folder: Path, pauses: Sequence[float] = PAUSES_SECONDS
) -> Audio:
    """Return the audio that ``server`` makes of the JSON ``fields``, at its declared rate.

    ``folder`` is where processes agree on how many requests are sent at once; ``pauses`` are those before each further try. Raises
    EngineError, a sentence about the server, for what concerns this line alone; NetworkError for what every line would meet, such as a
    wrong key; EngineMissingError if the key is not set.
    """
    key = key_of(server)
    headers = {"Content-Type": "application/json", "Accept": "audio/wav, audio/*;q=0.9, */*;q=0.1"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    most_bytes = int(most_seconds * _BYTES_PER_SECOND) + _ROOM_BYTES
    body = json.dumps(fields).encode("ascii")
    late = 0
    for pause in (*pauses, None):
        try:
            with one_of(folder, server.label, server.parallel):
                answer = post(f"{server.url}/audio/speech", body, headers, most_bytes=most_bytes, timeout_seconds=server.timeout_seconds)
        except PostError as error:
            late += error.failure is Failure.LATE
            if error.failure in (Failure.UNREACHABLE, Failure.UNTRUSTED):
                raise NetworkError(f"{named(server)} {error}") from error
            if error.failure is Failure.TOO_LONG or pause is None or late == MOST_LATE:
                raise EngineError(f"{named(server)} {error}") from error
            _wait(server, pause, str(error))
            continue
        if 200 <= answer.status < 300:
            try:
                return audio_of(answer, server, most_seconds, key)
            except EngineError as error:
                raise EngineError(f"{named(server)} {error}") from error
        asked = retry_after(answer.headers.get("retry-after", ""))
        if answer.status not in _BUSY or pause is None or (asked or 0) > LONGEST_PAUSE_SECONDS:
            raise _refusal(server, answer, key, asked)
        _wait(server, pause if asked is None else asked, f"answered {_status(answer)}{quoted(answer, key)}", asked=asked is not None)
    raise AssertionError("the last try returns or raises")


def key_of(server: SpeechServer) -> str:
    """Return the key of a server from the environment; empty if it needs none. Raises EngineMissingError, which does not quote it."""
    if server.key_env is None:
        return ""
    key = os.environ.get(server.key_env, "").strip()
    if not key:
        raise EngineMissingError(f"{named(server)} needs a key: the environment variable {server.key_env} is not set")
    if not _KEY.fullmatch(key):
        raise EngineMissingError(f"{named(server)} needs a key: what {server.key_env} holds is none (a key has no spaces and no accents)")
    return key


def named(server: SpeechServer) -> str:
    """Return the server as messages name it."""
    return f"the speech server {server.label} ({urlsplit(server.url).netloc})"


def retry_after(value: str) -> float | None:
    """Return the seconds that a header Retry-After asks for, as a number or a date; None if it has neither."""
    word = value.strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,3})?", word, re.ASCII):
        return float(word)
    try:
        return max(email.utils.parsedate_to_datetime(word).timestamp() - time.time(), 0.0)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _wait(server: SpeechServer, seconds: float, why: str, *, asked: bool = False) -> None:
    pause = seconds if asked else seconds * random.uniform(1.0, 1.25)
    log.info("%s %s; trying again in %.1f s", named(server), why, pause)
    time.sleep(pause)


def _refusal(server: SpeechServer, answer: Answer, key: str, asked: float | None) -> EngineError | NetworkError:
    """Return the error for an answer that is not a success, with the server's own words."""
    words = quoted(answer, key)
    message = f"{named(server)} answered {_status(answer)}{words}"
    if 300 <= answer.status < 400:
        target = redact_url(answer.headers.get("location", "")).partition("?")[0][:200]
        return NetworkError(
            f"{message}: it redirects{f' to {target}' if target else ''}, which is not followed; set its url in your configuration"
        )
    if answer.status in (401, 403):
        advice = f"is the key in {server.key_env} right?" if server.key_env else "it may need a key: set key_env in your configuration"
        return NetworkError(f"{message}; {advice}")
    if answer.status in (404, 405):
        return NetworkError(f"{message}; are its url and model right in your configuration? ({server.url}, {server.model})")
    if asked is not None and asked > LONGEST_PAUSE_SECONDS:
        return NetworkError(f"{message}; it asks to wait {asked:.0f} s, so run again later")
    if answer.status in _FOR_EVERY_LINE:
        return NetworkError(message)
    return EngineError(message)


def _status(answer: Answer) -> str:
    try:
        return f"{answer.status} {HTTPStatus(answer.status).phrase}"
    except ValueError:
        return str(answer.status)
