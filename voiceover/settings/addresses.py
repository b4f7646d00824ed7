"""Addresses: of servers in the user's configuration (https, or http to this machine, and never with a secret), and of public web pages."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import quote, urlsplit, urlunsplit

from voiceover.system.lazy import lazy_pattern

_CHARACTERS = lazy_pattern(r"[\x21-\x7e]+")
_HOST = lazy_pattern(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*", re.IGNORECASE)
_LONGEST = 2000
_KEPT = "/%:@!$&'()*+,;=?~-._"
"""Characters of an address that stay as they are; a percent sign belongs to what is encoded already."""
_VERSION = "/v1"
_CALLS = ("/audio/speech", "/chat/completions")
"""Paths of the calls that are made, which people paste with the address."""
_WANTED = "https://speech.example.com/v1 or http://localhost:8880/v1"


def address_problem(url: str) -> str | None:
    """Return what is wrong with the address of a server, as the end of a sentence; None if a key may be sent there.

    The address is never quoted, since it may hold a password.
    """
    if not _CHARACTERS.fullmatch(url) or any(character in url for character in "\\\"'<>^`{|}"):
        return f"must be an address such as {_WANTED}"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return f"must be an address such as {_WANTED}"
    if "@" in parts.netloc or "?" in url or "#" in url:
        return "must hold no name, password, query or fragment; a key belongs in an environment variable, which key_env names"
    if parts.scheme not in ("https", "http") or not host or not (_HOST.fullmatch(host) or _ip_of(host)):
        return f"must be an address such as {_WANTED}"
    if parts.scheme == "http" and not is_loopback(host):
        return f"must begin with https://, since {host} is not this machine (http is for localhost, 127.0.0.1 and [::1])"
    return None


def web_address(typed: str) -> str | None:
    """Return the address of a public web page or file in ASCII, its path percent-encoded; None if ``typed`` is not one.

    Only ``https`` and ``http`` are addresses, without a name, a password or a control character, whatever else a browser would follow.
    """
    text = typed.strip()
    if not text or any(character.isspace() or not character.isprintable() for character in text) or len(text) > _LONGEST:
        return None
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
        host = host if host.isascii() else host.encode("idna").decode()
    except (ValueError, UnicodeError):
        return None
    if parts.scheme not in ("https", "http") or "@" in parts.netloc or not (_HOST.fullmatch(host) or _ip_of(host)):
        return None
    shown = f"[{host}]" if ":" in host else host
    place = shown if port is None else f"{shown}:{port}"
    return urlunsplit((parts.scheme, place, *(quote(part, safe=_KEPT) for part in (parts.path, parts.query, parts.fragment))))


def is_loopback(host: str) -> bool:
    """True for ``localhost`` and the addresses of the loopback interface, without asking a name server."""
    if host.lower() == "localhost":
        return True
    address = _ip_of(host)
    return address is not None and address.is_loopback


def _ip_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def base_address(url: str) -> str:
    """Return the address of an API from any form that people type: with or without ``/v1``, a final slash or the path of a call."""
    base = url.rstrip("/")
    for call in _CALLS:
        base = base.removesuffix(call)
    return base if urlsplit(base).path else f"{base}{_VERSION}"
