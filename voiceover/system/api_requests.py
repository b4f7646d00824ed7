"""Requests to an API server: a key from the environment, a few more tries if the server is busy or gone for a moment, errors in its words.

``http_post`` sends one request; here it is decided whether it is sent again, and what is said if it fails for good.
"""

from __future__ import annotations

import email.utils
import json
import logging
import os
import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from voiceover.errors import NetworkError, VoiceoverError, one_line
from voiceover.system.http_post import Answer, Failure, PostError, post
from voiceover.system.lazy import lazy_pattern
from voiceover.system.redaction import HIDDEN, SHORTEST, redact, redact_url

log = logging.getLogger(__name__)

PAUSES_SECONDS = (0.5, 1.0, 2.0, 4.0)
"""Pauses before the second and each further try, up to a quarter longer by chance."""
LONGEST_PAUSE_SECONDS = 60.0
"""Longest pause that a server may ask for."""
MOST_LATE = 2
"""Tries of a request that is not answered in time."""
MOST_WORDS = 200
"""Length at which a server's words are cut off, in characters."""
_BUSY = frozenset((408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529))
_FOR_EVERY_REQUEST = frozenset((401, 402, 403, 404, 405, 407, 410, 429, 501))
"""Statuses that every other request would get, too."""
_KEY = lazy_pattern(r"[\x21-\x7e]{1,4096}")
_WORD_TYPES = ("text/", "application/json", "application/problem+json", "application/xml")
_NOT_WORDS = lazy_pattern(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_MESSAGE_KEYS = ("message", "detail", "error", "error_description", "msg", "title")


@dataclass(frozen=True, slots=True)
class ApiServer:
    """A server and what is said of it."""

    kind: str
    """As messages name it, such as ``the speech server studio``; its host is added."""
    url: str
    """Its address up to the version."""
    key_env: str | None
    """Name of the environment variable that holds its key; None if it needs no key."""
    timeout_seconds: float
    """Longest time of one request, from the connection to the last byte."""
    address_advice: str
    """What to do if it redirects: an imperative."""
    key_advice: str
    """What to do if it wants a key and none is set: an imperative."""
    model_advice: str
    """The question if it does not know the address or the model."""

    @property
    def named(self) -> str:
        """The server as messages name it."""
        return f"{self.kind} ({urlsplit(self.url).netloc})"


class ApiError(NetworkError):
    """A request that failed for good: a sentence about the server."""

    def __init__(self, message: str, *, for_every_request: bool) -> None:
        super().__init__(message)
        self.for_every_request = for_every_request
        """True if every other request would fail, too, such as for a wrong key."""


def request_api(
    server: ApiServer,
    path: str,
    fields: Mapping[str, object],
    accept: str,
    key: str,
    *,
    most_bytes: int,
    pauses: Sequence[float] = PAUSES_SECONDS,
    turn: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Answer:
    """Send the JSON ``fields`` to ``path`` below the server's address and return its successful answer. Raises ApiError.

    Each try is made within ``turn()``, which may wait for its turn among processes; ``pauses`` are those before each further try.
    """
    headers = {"Content-Type": "application/json", "Accept": accept}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    body = json.dumps(fields).encode("ascii")
    late = 0
    for pause in (*pauses, None):
        try:
            with turn():
                answer = post(f"{server.url}{path}", body, headers, most_bytes=most_bytes, timeout_seconds=server.timeout_seconds)
        except PostError as error:
            late += error.failure is Failure.LATE
            lasting = error.failure in (Failure.UNREACHABLE, Failure.UNTRUSTED)
            if lasting or error.failure is Failure.TOO_LONG or pause is None or late == MOST_LATE:
                raise ApiError(f"{server.named} {error}", for_every_request=lasting) from error
            _wait(server, pause, str(error))
            continue
        if 200 <= answer.status < 300:
            return answer
        asked = retry_after(answer.headers.get("retry-after", ""))
        if answer.status not in _BUSY or pause is None or (asked or 0) > LONGEST_PAUSE_SECONDS:
            raise _refusal(server, answer, key, asked)
        _wait(server, pause if asked is None else asked, f"answered {_status(answer)}{quoted(answer, key)}", asked=asked is not None)
    raise AssertionError("the last try returns or raises")


def read_key(server: ApiServer, failure: type[VoiceoverError]) -> str:
    """Return the key of a server from the environment; empty if it needs none. Raises ``failure``, which does not quote it."""
    if server.key_env is None:
        return ""
    key = os.environ.get(server.key_env, "").strip()
    if not key:
        raise failure(f"{server.named} needs a key: the environment variable {server.key_env} is not set")
    if not _KEY.fullmatch(key):
        raise failure(f"{server.named} needs a key: what {server.key_env} holds is none (a key has no spaces and no accents)")
    return key


def retry_after(value: str) -> float | None:
    """Return the seconds that a header Retry-After asks for, as a number or a date; None if it has neither."""
    word = value.strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,3})?", word, re.ASCII):
        return float(word)
    try:
        return max(email.utils.parsedate_to_datetime(word).timestamp() - time.time(), 0.0)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def is_text(answer: Answer) -> bool:
    """True if an answer is meant to be read."""
    return has_text_type(answer) or answer.body.lstrip()[:1] in (b"<", b"{")


def has_text_type(answer: Answer) -> bool:
    """True if an answer calls itself text."""
    return answer.content_type.startswith(_WORD_TYPES)


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


def _wait(server: ApiServer, seconds: float, why: str, *, asked: bool = False) -> None:
    pause = seconds if asked else seconds * random.uniform(1.0, 1.25)
    log.info("%s %s; trying again in %.1f s", server.named, why, pause)
    time.sleep(pause)


def _refusal(server: ApiServer, answer: Answer, key: str, asked: float | None) -> ApiError:
    """Return the error for an answer that is not a success, with the server's own words."""
    message = f"{server.named} answered {_status(answer)}{quoted(answer, key)}"
    lasting = True
    if 300 <= answer.status < 400:
        target = redact_url(answer.headers.get("location", "")).partition("?")[0][:200]
        message += f": it redirects{f' to {target}' if target else ''}, which is not followed; {server.address_advice}"
    elif answer.status in (401, 403):
        message += f"; is the key in {server.key_env} right?" if server.key_env else f"; it may need a key: {server.key_advice}"
    elif answer.status in (404, 405):
        message += f"; {server.model_advice}"
    elif asked is not None and asked > LONGEST_PAUSE_SECONDS:
        message += f"; it asks to wait {asked:.0f} s, so run again later"
    else:
        lasting = answer.status in _FOR_EVERY_REQUEST
    return ApiError(message, for_every_request=lasting)


def _status(answer: Answer) -> str:
    try:
        return f"{answer.status} {HTTPStatus(answer.status).phrase}"
    except ValueError:
        return str(answer.status)
