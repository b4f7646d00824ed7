"""A look-alike of the Hugging Face Hub on loopback: the routes that a download uses, and the ways it can fail."""

from __future__ import annotations

import hashlib
import json
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

LARGE = 10_000
"""Files above this are in large file storage, and their SHA-256 is told."""


@dataclass
class Hub:
    """What the Hub holds, how it misbehaves, and what it was asked."""

    url: str = ""
    repositories: dict[str, dict[str, bytes]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    """``GET /path`` with ``bytes=100-`` behind where a part was asked for."""
    statuses: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Path of a request, or a beginning of it, to status and X-Error-Code."""
    cut: dict[str, int] = field(default_factory=dict)
    """File name to the bytes after which its connection breaks, once."""
    stall: dict[str, int] = field(default_factory=dict)
    """File name to the bytes after which nothing more comes."""
    stalled: threading.Event = field(default_factory=threading.Event)
    served: dict[str, bytes] = field(default_factory=dict)
    """File name to other bytes than it should have."""

    def add(self, repository: str, folder: Path) -> str:
        """Serve the files of a folder; the commit."""
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
        self.repositories[repository] = files
        return self.commit(repository)

    def commit(self, repository: str) -> str:
        return hashlib.sha1(repository.encode()).hexdigest()


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    class Handler(_Handler):
        held = hub

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        hub.stalled.set()
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    held: Hub

    def log_message(self, *_: object) -> None:
        return

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        span = self.headers.get("Range", "")
        self.held.requests.append(f"{self.command} {path} {span}".strip())
        for beginning, (status, code) in self.held.statuses.items():
            if path.startswith(beginning):
                self._send(status, b"", {"X-Error-Code": code} if code else {})
                return
        if path.startswith("/api/models/"):
            self._info(path.removeprefix("/api/models/"))
        else:
            self._file(path.removeprefix("/"), span)

    def _info(self, path: str) -> None:
        repository, _, revision = path.partition("/revision/")
        files = self.held.repositories.get(repository)
        if files is None:
            self._send(404, b"", {"X-Error-Code": "RepoNotFound"})
            return
        if revision and revision != self.held.commit(repository):
            self._send(404, b"", {"X-Error-Code": "RevisionNotFound"})
            return
        siblings = []
        for name, content in files.items():
            about: dict[str, object] = {"rfilename": name, "size": len(content), "blobId": "0" * 40}
            if len(content) > LARGE:
                about["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
            siblings.append(about)
        answer = {"_id": "1", "id": repository, "sha": self.held.commit(repository), "siblings": siblings, "tags": [], "private": False}
        self._send(200, json.dumps(answer).encode(), {"Content-Type": "application/json"})

    def _file(self, path: str, span: str) -> None:
        repository, _, rest = path.partition("/resolve/")
        revision, _, name = rest.partition("/")
        files = self.held.repositories.get(repository, {})
        if name not in files:
            self._send(404, b"", {"X-Error-Code": "EntryNotFound" if files else "RepoNotFound"})
            return
        content = self.held.served.get(name, files[name])
        headers = {"ETag": f'"{hashlib.sha256(content).hexdigest()}"', "X-Repo-Commit": revision, "Accept-Ranges": "bytes"}
        if not span:
            self._send(200, content, headers, name)
            return
        start = int(span.removeprefix("bytes=").split("-")[0])
        headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self._send(206, content[start:], headers, name)

    def _send(self, status: int, body: bytes, headers: dict[str, str], name: str = "") -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if name in self.held.cut:
            self.wfile.write(body[: self.held.cut.pop(name)])
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(2)
            return
        if name in self.held.stall:
            self.wfile.write(body[: self.held.stall.pop(name)])
            self.wfile.flush()
            self.held.stalled.wait(60)
            self.close_connection = True
            return
        self.wfile.write(body)
