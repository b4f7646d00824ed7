"""Keeps passwords and tokens out of what is said and written: errors of other people's code quote addresses whole."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit, urlunsplit

HIDDEN = "***"
SHORTEST = 4
"""Characters; something shorter would be found in words that are no secret."""
_NAMES = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|ACCESS_?KEY|API_?KEY|AUTHORIZATION", re.IGNORECASE)
_PROXIES = re.compile(r"_proxy$", re.IGNORECASE)
_USER = re.compile(r"(?<=://)[^/\s\"'@]*@")
_QUERY = re.compile(r"(://[^\s\"'?]*\?)[^\s\"']+")


def redact(text: str, *urls: str) -> str:
    """``text`` without the credentials of any URL in it or in ``urls``, and without those of the environment (``HF_TOKEN`` and the like).

    The whole query of a URL is hidden: a signed address is as good as a password.
    """
    for secret in sorted({*_secrets_of_environment(), *(part for url in urls for part in _secrets_of(url))}, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return _QUERY.sub(rf"\1{HIDDEN}", _USER.sub("", text))


def redact_url(url: str) -> str:
    """``url`` without user, password and query."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme == "file":
        return url
    user = user_of(url)
    parts = urlsplit(f"{scheme}://{rest.removeprefix(user).removeprefix('@')}")
    return urlunsplit(parts._replace(query="", fragment=""))


def user_of(url: str) -> str:
    """What stands before the @ of a URL, such as ``name:password``; empty where nothing does."""
    # Keys of S3 have slashes, which nobody escapes.
    before, at, _ = url.partition("://")[2].rpartition("@")
    authority, slash, _ = before.partition("/")
    return before if at and (not slash or ":" in authority) else authority.rpartition("@")[0]


def _secrets_of(url: str) -> Iterator[str]:
    """The credentials in a URL, as typed and as decoded."""
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
