"""``voiceover feed --check --url`` against a host on loopback: files, sizes, HEAD and byte ranges."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.command_parts import run
from tests.show.parts import FEED, write_episode, write_show
from voiceover.show import Feed, FeedRequest, check_host, collect_feed


class Host(BaseHTTPRequestHandler):
    """Serves a folder with ranges; a class attribute says what it does wrong."""

    folder = Path()
    fault = ""
    m4a = "audio/x-m4a"
    asked: list[str]

    def do_HEAD(self) -> None:
        self.answer(b"", head=True)

    def do_GET(self) -> None:
        self.answer(b"", head=False)

    def answer(self, body: bytes, *, head: bool) -> None:
        self.asked.append(f"{self.command} {self.path}")
        path = self.folder / self.path.removeprefix("/moved").lstrip("/")
        if self.fault == "redirects" and not self.path.startswith("/moved"):
            self.send_response(302)
            self.send_header("Location", f"/moved{self.path}")
            self.end_headers()
            return
        if self.fault == "loops":
            self.send_response(302)
            self.send_header("Location", self.path)
            self.end_headers()
            return
        if not path.is_file() or (head and self.fault == "no head"):
            self.send_response(405 if path.is_file() else 404)
            self.end_headers()
            return
        body = path.read_bytes()
        kind = {".mp3": "audio/mpeg", ".m4a": self.m4a, ".xml": "application/rss+xml"}.get(path.suffix, "text/plain")
        ranged = self.headers.get("Range") is not None and self.fault != "no ranges"
        self.send_response(206 if ranged else 200)
        self.send_header("Content-Type", "text/html" if self.fault == "type" else kind)
        body = body[:2] if ranged else body
        self.send_header("Content-Length", str(len(body) + (5 if self.fault == "length" else 0)))
        self.end_headers()
        if not head:
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Host]]:
    """A host that serves ``public`` with the feed and the artwork of a show that names it."""
    handler = type("OneHost", (Host,), {"folder": tmp_path / "public", "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.chdir(tmp_path)
    write_show(tmp_path, FEED.replace("https://cast.town/audio/", f"http://127.0.0.1:{server.server_port}/") + "  file: public/feed.xml\n")
    write_episode(tmp_path, "one")
    (tmp_path / "public" / "cover.png").write_bytes((tmp_path / "cover.png").read_bytes())
    assert run("feed", "show.yaml")[0] == 0
    yield handler
    server.shutdown()
    thread.join()
    server.server_close()


def feed() -> Feed:
    return collect_feed(FeedRequest(Path("show.yaml")))[0].feed


@pytest.mark.parametrize("fault", ["", "redirects"])
def test_a_good_host_has_no_faults(host: type[Host], fault: str) -> None:
    host.fault = fault
    assert list(check_host(feed())) == []
    assert {"HEAD /feed.xml", "HEAD /cover.png", "HEAD /one.mp3", "GET /one.mp3", "HEAD /one.vtt"} <= set(host.asked)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("no head", "answers 405 to HEAD"),
        ("no ranges", "answers 200 to a byte range; Apple requires 206"),
        ("length", "has Content-Length 32; the feed says 27"),
        ("type", "is served as text/html; players want audio/mpeg"),
        ("loops", "answers 302 to HEAD"),
    ],
)
def test_what_a_host_does_wrong(host: type[Host], fault: str, said: str) -> None:
    host.fault = fault
    assert any(said in str(finding) for finding in check_host(feed()))


@pytest.mark.parametrize("served", ["audio/x-m4a", "audio/mp4", "video/mp4"])
def test_an_m4a_has_two_names(host: type[Host], tmp_path: Path, served: str) -> None:
    write_episode(tmp_path, "one", suffixes=(".m4a",))
    (tmp_path / "public" / "one.mp3").unlink()
    host.m4a = served
    found = [str(finding) for finding in check_host(feed())]
    assert ("is served as video/mp4; players want audio/x-m4a" in "".join(found)) == (served == "video/mp4")


def test_a_file_that_is_not_published_is_a_fault_of_the_command(host: type[Host], tmp_path: Path) -> None:
    (tmp_path / "public" / "cover.png").unlink()
    code, told = run("feed", "show.yaml", "--check", "--url")
    assert code == 2 and "/cover.png answers 404 to HEAD: the artwork is not there" in told
    assert run("feed", "show.yaml", "--url") == (2, "--url goes with --check")


def test_only_the_first_episodes_are_asked_for(host: type[Host], tmp_path: Path) -> None:
    for number in range(9):
        write_episode(tmp_path, f"ep{number}", suffixes=(".mp3",), front=f"date: 2026-11-2{number}")
    host.asked.clear()
    assert list(check_host(feed())) == []
    assert sorted({line for line in host.asked if "mp3" in line and line.startswith("HEAD")}) == [
        f"HEAD /ep{n}.mp3" for n in (4, 5, 6, 7, 8)
    ]


def test_a_host_that_is_not_there_is_a_fault(host: type[Host]) -> None:
    found = feed()
    gone = replace(found, url="http://127.0.0.1:9/feed.xml", image_url="", episodes=())
    assert "cannot be reached: connection refused" in str(next(iter(check_host(gone))))
