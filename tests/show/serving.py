"""A host of podcasts on loopback, with HEAD and byte ranges (RFC 9110, section 14), and a client that listens to it."""

from __future__ import annotations

import re
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

TYPES = {
    ".mp3": "audio/mpeg",
    ".xml": "application/rss+xml",
    ".vtt": "text/vtt",
    ".srt": "application/x-subrip",
    ".json": "application/json",
    ".html": "text/html",
    ".png": "image/png",
}
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


class _Host(BaseHTTPRequestHandler):
    folder = Path()
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        path = self.folder / unquote(urlsplit(self.path).path).lstrip("/")
        body = path.read_bytes() if path.is_file() else b""
        asked = _RANGE.fullmatch(self.headers.get("Range", ""))
        status, total = (200 if path.is_file() else 404), len(body)
        if asked is not None and status == 200:
            first, last = int(asked[1]), min(int(asked[2] or total), total - 1)
            status, body = (206, body[first : last + 1]) if first < total else (416, b"")
        self.send_response(status)
        self.send_header("Content-Type", TYPES.get(path.suffix, "text/plain"))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Accept-Ranges", "bytes")
        if status == 206 and asked is not None:
            self.send_header("Content-Range", f"bytes {asked[1]}-{int(asked[1]) + len(body) - 1}/{total}")
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve ``folder`` and yield its address."""
    handler = type("Host", (_Host,), {"folder": folder})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def fetched(url: str, piece: int = 0) -> tuple[bytes, str]:
    """Return what a client gets from ``url``, and its media type; in ranges of ``piece`` bytes, if that is given."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    if not piece:
        with opener.open(url) as answer:
            return answer.read(), answer.headers.get_content_type()
    got, total, kind = b"", 1, ""
    while len(got) < total:
        request = urllib.request.Request(url, headers={"Range": f"bytes={len(got)}-{len(got) + piece - 1}"})
        with opener.open(request) as answer:
            assert answer.status == 206
            got += answer.read()
            total, kind = int(answer.headers["Content-Range"].rpartition("/")[2]), answer.headers.get_content_type()
    return got, kind
