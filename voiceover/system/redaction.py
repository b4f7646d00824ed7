"""Remove passwords and tokens from messages and files; errors of third-party code may contain whole URLs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit, urlunsplit

from voiceover.system.lazy import lazy_pattern

HIDDEN = "***"
SHORTEST = 4
"""Shortest secret in characters; a shorter one would match ordinary words."""
_NAMES = lazy_pattern(r"TOKEN|SECRET|PASSW|CREDENTIAL|ACCESS_?KEY|API_?KEY|AUTHORIZATION", re.IGNORECASE)
_PROXIES = lazy_pattern(r"_proxy$", re.IGNORECASE)
_USER = lazy_pattern(r"(?<=://)[^/\s\"'@]*@")
_QUERY = lazy_pattern(r"(://[^\s\"'?]*\?)[^\s\"']+")


def redact(text: str, *urls: str) -> str:
    """Return ``text`` without the credentials of URLs in it, of ``urls``, and of the environment (such as ``HF_TOKEN``).

    The whole query of a URL is hidden, because a signed URL is as sensitive as a password.
    """
    for secret in sorted({*_secrets_of_environment(), *(part for url in urls for part in _secrets_of(url))}, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return _QUERY.sub(rf"\1{HIDDEN}", _USER.sub("", text))


def redact_url(url: str) -> str:
    """Return ``url`` without user, password and query."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme == "file":
        return url
    user = user_of(url)
    parts = urlsplit(f"{scheme}://{rest.removeprefix(user).removeprefix('@')}")
    return urlunsplit(parts._replace(query="", fragment=""))


def user_of(url: str) -> str:
    """Return the part of a URL before the @, such as ``name:password``; empty if there is none."""
    # S3 keys contain slashes, usually not escaped.
    before, at, _ = url.partition("://")[2].rpartition("@")
    authority, slash, _ = before.partition("/")
    return before if at and (not slash or ":" in authority) else authority.rpartition("@")[0]


def _secrets_of(url: str) -> Iterator[str]:
    """Yield the credentials in a URL, as typed and decoded."""
    user = user_of(url)
    query = url.partition("?")[2].partition("#")[0]
    values = [user, user.partition(":")[2], query, *(field.partition("=")[2] for field in query.split("&"))]
    yield from (value for part in values for value in {part, unquote(part)} if len(value) >= SHORTEST)


def _secrets_of_environment() -> Iterator[str]:
    for name, value in os.environ.items():
        if _PROXIES.search(name):
            yield from _secrets_of(value if "://" in value else f"http://{value}")
        elif _NAMES.search(name) and len(value) >= 2 * SHORTEST and not value.startswith("/"):
            yield value
