"""Reads ``config.yaml`` in the user's configuration folder.

    servers:
      studio:
        url: https://speech.example.com/v1
        model: kokoro
        key_env: STUDIO_KEY

It is trusted, unlike scripts and projects, because it says where text and keys are sent; nothing in them can replace it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from voiceover.errors import SettingsError
from voiceover.settings.addresses import address_problem, base_address
from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Fields, Node, Scalar, read_yaml
from voiceover.settings.values import (
    did_you_mean,
    read_choice,
    read_fields,
    read_integer,
    read_seconds,
    read_word,
    read_words,
)
from voiceover.system import folders
from voiceover.system.dependencies import add_dependency
from voiceover.system.files import os_error_words
from voiceover.system.lazy import lazy_pattern
from voiceover.types import SPEECH_FORMATS, Source, SpeechServer, UserConfig

CONFIG_FILE = "config.yaml"
SERVERS = "servers"
LABEL = r"[a-z0-9][a-z0-9_-]{0,39}"
"""Pattern of a label."""
LABEL_WANTED = "1 to 40 lower-case letters, digits, - and _, such as studio"
SERVER_KEYS = ("url", "model", "key_env", "voices", "format", "sample_rate", "timeout", "parallel", "languages", "licence")
"""Keys of one server, in the order in which they are written."""
SHORTEST_TIMEOUT, LONGEST_TIMEOUT = 0.1, 3600.0
LOWEST_RATE, HIGHEST_RATE = 8_000, 192_000
MOST_PARALLEL = 64
_VARIABLE = lazy_pattern(r"[A-Z_][A-Z0-9_]{0,63}", re.ASCII)
_SUBTAG = lazy_pattern(r"[a-z]{2,4}", re.ASCII)
_LONGEST_NAME = 200
_MOST_VOICES = 1000
_MAX_BYTES = 1_000_000


def config_file() -> Path:
    """Return the path of the configuration file, which need not exist."""
    return folders.config_folder() / CONFIG_FILE


def read_user_config() -> UserConfig:
    """Return the user's configuration; an empty one if there is no file.

    Raises SettingsError with every problem of the file at its place, none of which quotes an address or what may be a key.
    """
    path, problems = config_file(), Problems()
    text = read_config_text(path, problems)
    config = parse_user_config(text, path, problems)
    if problems.errors:
        raise SettingsError(problems.errors)
    return config


def read_config_text(path: Path, problems: Problems) -> str:
    """Return the text of the configuration file; empty, with an error unless it does not exist, if it cannot be read."""
    add_dependency(path)
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        if len(data) <= _MAX_BYTES:
            return data.decode("utf-8-sig")
        problems.error(Source(str(path)), "too-large", f"is over {_MAX_BYTES // 1_000_000} MB")
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        problems.error(Source(str(path)), "unreadable-file", f"the configuration cannot be read: {os_error_words(error)}")
    except UnicodeDecodeError:
        problems.error(Source(str(path)), "not-utf-8", "the configuration is not UTF-8 text; save it as UTF-8")
    return ""


def parse_user_config(text: str, path: Path, problems: Problems) -> UserConfig:
    """Return the configuration in ``text``, without the servers that have errors."""
    node = read_yaml(text, str(path), problems)
    values = read_fields(node, problems, CONFIG_FILE, (SERVERS,)) if node is not None else None
    servers = (values or {}).get(SERVERS)
    if servers is None:
        return UserConfig(path)
    if not isinstance(servers, Fields):
        problems.error(servers.source, "bad-value", f"{SERVERS} must be a mapping from labels to servers, such as studio: {{url: ...}}")
        return UserConfig(path)
    read = (read_server(key, value, problems) for key, value in servers.entries)
    return UserConfig(path, {server.label: server for server in read if server is not None})


def read_server(key: Scalar, node: Node, problems: Problems) -> SpeechServer | None:
    """Read one server under its label ``key``; None, with errors, if it cannot be used."""
    before = len(problems.errors)
    if not re.fullmatch(LABEL, key.text):
        problems.error(key.source, "bad-name", f'the label of a server must be {LABEL_WANTED}, not "{key.text[:60]}"')
    values = read_fields(node, problems, f"the server {key.text}", SERVER_KEYS)
    if values is None:
        return None
    missing = [name for name in ("url", "model") if name not in values]
    if missing:
        problems.error(key.source, "missing-key", f'the server {key.text} needs "{missing[0]}"')
    given: dict[str, Any] = {name: _READERS[name](name, value, problems) for name, value in values.items()}
    if len(problems.errors) > before:
        return None
    if "timeout" in given:
        given["timeout_seconds"] = given.pop("timeout")
    return SpeechServer(label=key.text, **given)


def server_called(label: str, servers: Mapping[str, SpeechServer]) -> SpeechServer | str:
    """Return the server called ``label``, or a message that there is none."""
    found = servers.get(label)
    if found is not None:
        return found
    known = f"The servers are {', '.join(servers)}." if servers else "No server is configured; add one: voiceover config server add"
    return f'there is no server "{label}" in your configuration{did_you_mean(label, servers) or "."} {known}'


# ---------------------------------------------------------------- values


def _url(what: str, node: Node, problems: Problems) -> str | None:
    text = node.text.strip() if isinstance(node, Scalar) else ""
    problem = address_problem(text)
    if problem is None:
        return base_address(text)
    problems.error(node.source, "bad-address", f"{what} {problem}")
    return None


def _key_env(what: str, node: Node, problems: Problems) -> str | None:
    if isinstance(node, Scalar) and _VARIABLE.fullmatch(node.text.strip()):
        return node.text.strip()
    # The value is not quoted: somebody may have put the key itself here.
    message = f"{what} must be the name of an environment variable in capitals, such as STUDIO_KEY, never the key itself"
    problems.error(node.source, "bad-value", message)
    return None


def _name(what: str, node: Node, problems: Problems) -> str | None:
    text = read_word(node, problems, what)
    if text is not None and (len(text) > _LONGEST_NAME or not text.isprintable()):
        problems.error(node.source, "bad-value", f"{what} must have at most {_LONGEST_NAME} characters, all of which can be printed")
        return None
    return text


def _voices(what: str, node: Node, problems: Problems) -> tuple[str, ...] | None:
    words = read_words(node, problems, what)
    if words is None:
        return None
    names: dict[str, str] = {}
    for name, source in words:
        if len(name) > _LONGEST_NAME or not name.isprintable() or name.casefold() in names or len(names) == _MOST_VOICES:
            message = f"{what} must be up to {_MOST_VOICES} different names of at most {_LONGEST_NAME} characters"
            problems.error(source, "bad-value", message)
            return None
        names[name.casefold()] = name
    return tuple(names.values())


def _format(what: str, node: Node, problems: Problems) -> str | None:
    return read_choice(node, problems, what, SPEECH_FORMATS)


def _sample_rate(what: str, node: Node, problems: Problems) -> int | None:
    return read_integer(node, problems, what, LOWEST_RATE, HIGHEST_RATE)


def _timeout(what: str, node: Node, problems: Problems) -> float | None:
    return read_seconds(node, problems, what, SHORTEST_TIMEOUT, LONGEST_TIMEOUT)


def _parallel(what: str, node: Node, problems: Problems) -> int | None:
    return read_integer(node, problems, what, 1, MOST_PARALLEL)


def _languages(what: str, node: Node, problems: Problems) -> tuple[str, ...] | None:
    words = read_words(node, problems, what)
    bad = next(((word, source) for word, source in words or () if not _SUBTAG.fullmatch(word)), None)
    if bad is not None:
        problems.error(bad[1], "bad-value", f'{what} must be tags such as en and de, without a region, not "{bad[0][:60]}"')
        return None
    return None if words is None else tuple(dict.fromkeys(word for word, _ in words))


_READERS = {
    "url": _url,
    "model": _name,
    "key_env": _key_env,
    "voices": _voices,
    "format": _format,
    "sample_rate": _sample_rate,
    "timeout": _timeout,
    "parallel": _parallel,
    "languages": _languages,
    "licence": _name,
}
