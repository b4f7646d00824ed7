"""Ask a language model, at any server that speaks ``POST /v1/chat/completions``; what it answers is only text until it is checked."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from voiceover.errors import InputError, NetworkError
from voiceover.settings.addresses import address_problem, base_address
from voiceover.system.api_requests import ApiError, ApiServer, quoted, read_key, request_api
from voiceover.system.http_post import Answer
from voiceover.system.lazy import lazy_pattern

DEFAULT_MODEL = "default"
"""Sent if no model is named: servers with one model take any name."""
DEFAULT_CONTEXT_TOKENS = 8192
DEFAULT_TIMEOUT_SECONDS = 300.0
CHARACTERS_PER_TOKEN = 3
"""Fewer than models have on average, so that a text surely fits."""
PAUSES_SECONDS = (0.5,)
_ROOM_BYTES = 1 << 16
_BYTES_PER_CHARACTER = 6
"""A character that JSON escapes."""
_THOUGHT = lazy_pattern(r"\s*<think(?:ing)?>.*?</think(?:ing)?>\s*", re.DOTALL)
_FENCED = lazy_pattern(r"\s*```[\w-]*\n(.*)\n```\s*", re.DOTALL)
_VARIABLE = lazy_pattern(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """A language model and its server."""

    url: str
    """The server's address up to the version."""
    model: str = DEFAULT_MODEL
    key_env: str | None = None
    """Name of the environment variable that holds the key; None if the server needs none."""
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
    """Longest time of one request."""
    context_tokens: int = DEFAULT_CONTEXT_TOKENS
    """Size of the model's context window, for question and answer together."""

    @property
    def most_characters(self) -> int:
        """Most characters of a text to send, which leaves room for the instructions and for an answer of the same length."""
        return self.context_tokens * CHARACTERS_PER_TOKEN // 3


class ChatError(NetworkError):
    """An answer that cannot be used: the end of a sentence about it."""


def language_model(
    url: str, model: str | None, key_env: str | None, timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS, context_tokens: int | None = None
) -> LanguageModel:
    """Return a language model as a user names it.

    Raises InputError for an address that no key may be sent to, without quoting it, and for a key that is not set.
    """
    problem = address_problem(url)
    if problem is not None:
        raise InputError(f"--llm-url {problem.replace('key_env', '--llm-key-env')}")
    if key_env is not None and not _VARIABLE.fullmatch(key_env):
        raise InputError("--llm-key-env must be the name of an environment variable, such as STUDIO_KEY, never the key itself")
    found = LanguageModel(base_address(url), model or DEFAULT_MODEL, key_env, timeout_seconds, context_tokens or DEFAULT_CONTEXT_TOKENS)
    read_key(_server(found), InputError)
    return found


def ask_model(model: LanguageModel, instructions: str, text: str, most_characters: int) -> str:
    """Return the model's answer to ``text`` under ``instructions``.

    Raises ChatError if it is no answer or longer than ``most_characters``; ApiError if the request fails; InputError if the key is not set.
    """
    server = _server(model)
    key = read_key(server, InputError)
    messages = [{"role": "system", "content": instructions}, {"role": "user", "content": text}]
    fields = {"model": model.model, "messages": messages, "temperature": 0, "stream": False}
    most_bytes = most_characters * _BYTES_PER_CHARACTER + _ROOM_BYTES
    answer = request_api(
        server,
        "/chat/completions",
        fields,
        "application/json",
        key,
        most_bytes=most_bytes,
        pauses=PAUSES_SECONDS,
    )
    said = _content(answer, key)
    if len(said) > most_characters:
        raise ChatError(f"it has {len(said)} characters, and at most {most_characters} were expected")
    return said


def _server(model: LanguageModel) -> ApiServer:
    return ApiServer(
        f"the language model {model.model}",
        model.url,
        model.key_env,
        model.timeout_seconds,
        "give that address with --llm-url",
        "name its variable with --llm-key-env",
        f"are --llm-url and --llm-model right? ({model.url}, {model.model})",
    )


def _content(answer: Answer, key: str) -> str:
    if not answer.body.strip():
        raise ChatError("it is empty")
    try:
        found = json.loads(answer.body)
        choice = found["choices"][0]
        content = choice["message"]["content"]
    except (ValueError, RecursionError, LookupError, TypeError) as error:
        raise ChatError(f"it is not the JSON of a chat{quoted(answer, key)}") from error
    if not isinstance(content, str) or not content.strip():
        raise ChatError("it is empty")
    if choice.get("finish_reason") == "length":
        raise ChatError("it is cut off; a larger --llm-context, or shorter sections, may help")
    said = _THOUGHT.sub("", content, count=1) if content.lstrip().startswith("<think") else content
    fenced = _FENCED.fullmatch(said)
    return (fenced[1] if fenced is not None else said).strip()


__all__ = ["ApiError", "ChatError", "LanguageModel", "ask_model", "language_model"]
