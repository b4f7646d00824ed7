"""Send one request to one server: bounded in time and bytes, without following a redirect, so a key goes nowhere else.

Only the standard library is used: it follows no redirect by itself, and lets us watch every byte. https goes through the proxy of the
environment (``HTTPS_PROXY``, ``NO_PROXY``), which sees the name of the host but nothing of the request; http, which is for this machine
only, never does. Certificates are always checked, against the system's authorities or those of ``SSL_CERT_FILE``.
"""

from __future__ import annotations

import base64
import http.client
import socket
import ssl
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from urllib.parse import unquote, urlsplit

from voiceover.errors import NetworkError
from voiceover.system.redaction import redact
from voiceover.system.version import __version__

CONNECT_SECONDS = 10.0
_BLOCK_BYTES = 1 << 16


class Failure(Enum):
    """What went wrong below HTTP."""

    DROPPED = "dropped"
    """The connection ended too early."""
    LATE = "late"
    """No whole answer came in time."""
    UNREACHABLE = "unreachable"
    """Nothing answers at this address."""
    UNTRUSTED = "untrusted"
    """The server cannot prove who it is."""
    TOO_LONG = "too long"
    """More bytes came than are wanted."""


class PostError(NetworkError):
    """A request without an answer; the message is the end of a sentence about the server."""

    def __init__(self, failure: Failure, message: str) -> None:
        super().__init__(redact(message))
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's answer."""

    status: int
    headers: Mapping[str, str]
    """By name in lower case."""
    body: bytes

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters; empty if there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, most_bytes: int, timeout_seconds: float, most_error_bytes: int = _BLOCK_BYTES
) -> Answer:
    """Send ``body`` to ``url`` and return the answer, whatever its status; a redirect is an answer like any other.

    ``timeout_seconds`` is for all of it. Of an answer that is not a success, at most ``most_error_bytes`` are read. Raises PostError.
    """
    parts = urlsplit(url)
    with _failures(timeout_seconds) as clock:
        connection = _connection(parts.scheme, parts.hostname or "", parts.port, min(CONNECT_SECONDS, timeout_seconds))
        with clock.bounds(connection):
            connection.connect()
            clock.watch(connection.sock, timeout_seconds)
            connection.request("POST", parts.path, body, {"User-Agent": f"voiceover/{__version__}", "Connection": "close", **headers})
            with connection.getresponse() as response:
                failed = not 200 <= response.status < 300
                data = _read(response, most_error_bytes if failed else most_bytes, cut=failed)
            if clock.over:  # an answer of unknown length ends where the connection was ended
                raise TimeoutError
            return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, data)


def ask(method: str, url: str, headers: Mapping[str, str], *, most_bytes: int, timeout_seconds: float) -> Answer:
    """Send a request without a body and return the answer, whatever its status; a redirect is an answer like any other.

    At most ``most_bytes`` of its body are read, and none of the rest. ``timeout_seconds`` is for all of it. Raises PostError.
    """
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with _failures(timeout_seconds) as clock:
        connection = _connection(parts.scheme, parts.hostname or "", parts.port, min(CONNECT_SECONDS, timeout_seconds))
        with clock.bounds(connection):
            connection.connect()
            clock.watch(connection.sock, timeout_seconds)
            connection.request(method, target, headers={"User-Agent": f"voiceover/{__version__}", "Connection": "close", **headers})
            with connection.getresponse() as response:
                data = _read(response, most_bytes, cut=True) if method != "HEAD" and (response.length or 1) <= most_bytes else b""
            if clock.over:
                raise TimeoutError
            return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, data)


def _connection(scheme: str, host: str, port: int | None, timeout: float) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=timeout)
    context = ssl.create_default_context()
    proxy = None if urllib.request.proxy_bypass(host) else urllib.request.getproxies().get("https")
    if not proxy:
        return http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    if parts.scheme != "http" or not parts.hostname:
        raise PostError(Failure.UNREACHABLE, "cannot be reached: the proxy in HTTPS_PROXY must be given as http://host:port")
    connection = http.client.HTTPSConnection(parts.hostname, parts.port or 80, timeout=timeout, context=context)
    login = {}
    if parts.username:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        login["Proxy-Authorization"] = f"Basic {base64.b64encode(user.encode()).decode()}"
    connection.set_tunnel(host, port or 443, login)
    return connection


def _read(response: http.client.HTTPResponse, most: int, *, cut: bool) -> bytes:
    """Return the body. With ``cut``, it is cut off after ``most`` bytes; otherwise a longer one is an error."""
    if not cut and (response.length or 0) > most:
        raise PostError(Failure.TOO_LONG, f"sends {response.length} bytes, and at most {most} were expected")
    data = bytearray()
    while len(data) <= most and (block := response.read1(_BLOCK_BYTES)):
        data += block
    if len(data) > most:
        if cut:
            return bytes(data[:most])
        raise PostError(Failure.TOO_LONG, f"sends more than the {most} bytes that were expected")
    if response.length:  # the standard library reports this for read, but not for read1
        raise http.client.IncompleteRead(b"", response.length)
    return bytes(data)


class _Clock:
    """Ends a connection when its time is over, also one that sends a byte now and then."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._socket: socket.socket | None = None
        self.over = False

    def watch(self, connected: socket.socket, timeout: float) -> None:
        """Watch a socket; the connection itself forgets it when it has read the headers of the answer."""
        self._socket = connected
        connected.settimeout(timeout)

    @contextmanager
    def bounds(self, connection: http.client.HTTPConnection) -> Iterator[None]:
        def end() -> None:
            self.over = True
            with suppress(OSError, AttributeError):
                # Not SSLSocket.shutdown, which would read on in the clear.
                socket.socket.shutdown(self._socket or connection.sock, socket.SHUT_RDWR)

        timer = threading.Timer(self._seconds, end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            connection.close()


@contextmanager
def _failures(seconds: float) -> Iterator[_Clock]:
    """Turn the errors of sockets, TLS and HTTP into PostErrors."""
    clock = _Clock(seconds)
    late = f"has not answered in full within {seconds:g} s"
    try:
        yield clock
    except PostError:
        raise
    except ssl.SSLCertVerificationError as error:
        raise PostError(Failure.UNTRUSTED, f"cannot prove who it is: {error.verify_message or 'its certificate is wrong'}") from error
    except TimeoutError as error:
        raise PostError(Failure.LATE, late) from error
    except socket.gaierror as error:
        raise PostError(Failure.UNREACHABLE, f"cannot be reached: its name is unknown ({error.strerror})") from error
    except ConnectionRefusedError as error:
        raise PostError(Failure.UNREACHABLE, "cannot be reached: connection refused; is it running?") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        if clock.over:
            raise PostError(Failure.LATE, late) from error
        if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
            raise PostError(Failure.UNTRUSTED, f"does not speak TLS as it should: {error.reason or error}") from error
        if isinstance(error, http.client.BadStatusLine) and not isinstance(error, http.client.RemoteDisconnected):
            raise PostError(Failure.UNREACHABLE, "does not speak HTTP") from error
        if str(error).startswith("Tunnel connection failed"):
            raise PostError(Failure.UNREACHABLE, f"cannot be reached through the proxy: {error}") from error
        detail = getattr(error, "strerror", None) or type(error).__name__
        raise PostError(Failure.DROPPED, f"has dropped the connection ({detail})") from error
