"""A real S3 server on loopback that can be made slow or failing: moto's, behind a door of ours."""

from __future__ import annotations

import threading
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any


class Door:
    """Stands before the server; counts the requests, and answers some of them itself."""

    def __init__(self, server: Callable[..., Iterable[bytes]]) -> None:
        self.server = server
        self.lock = threading.Lock()
        self.requests = 0
        self.failing = 0
        """How many of the next requests get 503."""
        self.at_once = 0
        """How many requests for files of takes are to wait for an answer before the first gets one."""
        self.gathered = threading.Event()
        self.opened = threading.Event()
        """While it is not set, requests get no answer."""
        self.opened.set()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        with self.lock:
            self.requests += 1
            fails, self.failing = self.failing > 0, max(self.failing - 1, 0)
            gathers = self.at_once > 0 and environ["REQUEST_METHOD"] == "GET" and "/takes/" in environ["PATH_INFO"]
            self.at_once -= gathers
            if gathers and not self.at_once:
                self.gathered.set()
        if gathers:
            self.gathered.wait(60)
        self.opened.wait(120)
        if fails:
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            start_response("503 Service Unavailable", [("Content-Type", "application/xml")])
            if environ["REQUEST_METHOD"] == "HEAD":  # has no body
                return []
            return [b"<Error><Code>ServiceUnavailable</Code><Message>Please try again.</Message></Error>"]
        return self.server(environ, start_response)


def forget_all(address: str) -> None:
    """Remove every bucket."""
    urllib.request.urlopen(urllib.request.Request(f"{address}/moto-api/reset", method="POST")).close()


@contextmanager
def s3_server() -> Iterator[tuple[Door, str]]:
    """The door and the server's address; there is no bucket yet."""
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    door = Door(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, door, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    try:
        forget_all(address)  # what an earlier server of this process holds
        yield door, address
    finally:
        door.opened.set()
        server.shutdown()
        thread.join()
        server.server_close()
