"""A speech server on loopback: a tone for each letter, and the ways in which servers fail."""

from __future__ import annotations

import io
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import soundfile

RATE = 24_000
SECONDS_PER_LETTER = 0.06
KEY = "zq-7Hn4/Kx+9Lm2Rw8"


@dataclass
class Reply:
    """What the server sends instead of audio."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    """Content-Length if it is not that of the body; -1 for none, so that the answer ends with the connection."""
    hangs: bool = False
    """Send the body, then nothing more, and keep the connection."""
    drips: bool = False
    """Send the body byte by byte, without end."""
    raw: bytes | None = None
    """Bytes instead of an HTTP answer."""
    endless: bool = False
    """Send the body again and again."""


@dataclass
class Speech:
    """The server, what it was asked, and how it answers."""

    url: str = ""
    replies: list[Reply] = field(default_factory=list)
    """Answers to the next requests; audio after that."""
    always: Reply | None = None
    """The answer to every request."""
    rate: int = RATE
    channels: int = 1
    asked: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    """The header Authorization of each request."""
    busy: int = 0
    most_busy: int = 0
    sent: int = 0
    """Bytes of endless answers."""
    hold_seconds: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)
    over: threading.Event = field(default_factory=threading.Event)


def tones(text: str, pitch: float, speed: float = 1.0, rate: int = RATE) -> np.ndarray:
    """Return one tone, as long as the letters of ``text`` take."""
    letters = sum(map(str.isalnum, text))
    times = np.arange(int(rate * SECONDS_PER_LETTER * letters / speed)) / rate
    fade = np.minimum(1, 25 * np.minimum(times, times[::-1]))  # speech that is not cut begins and ends softly
    return (0.3 * fade * np.sin(2 * np.pi * pitch * times)).astype(np.float32)


def wav(samples: np.ndarray, rate: int = RATE, subtype: str = "PCM_16") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, subtype, format="WAV")
    return file.getvalue()


def with_data_size(data: bytes, size: int) -> bytes:
    """Return a WAV file whose header states another size of its samples, as a server writes it that streams."""
    at = data.index(b"data") + 4
    return data[:4] + min(size + 36, 0xFFFFFFFF).to_bytes(4, "little") + data[8:at] + size.to_bytes(4, "little") + data[at + 4 :]


@contextmanager
def speaking(context: ssl.SSLContext | None = None, answers: type[SpeechHandler] | None = None) -> Iterator[Speech]:
    """Run a server for the length of the block; ``answers`` speaks another protocol."""
    state = Speech()

    class Handler(answers or SpeechHandler):  # type: ignore[misc]
        speech = state

    server = _Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    state.url = f"http{'s' if context else ''}://127.0.0.1:{server.server_port}/v1"
    try:
        yield state
    finally:
        state.over.set()
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that break off, such as those that do not trust the certificate."""


class SpeechHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    speech: Speech

    def log_message(self, *_: object) -> None:
        return

    def do_CONNECT(self) -> None:
        """Be a proxy that lets nobody through."""
        self.speech.paths.append(f"{self.path} {' '.join(sorted(name.lower() for name in self.headers))}")
        self.send(Reply(407))

    def do_POST(self) -> None:
        speech = self.speech
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with speech.lock:
            speech.asked.append(asked)
            speech.paths.append(self.path)
            speech.keys.append(self.headers["Authorization"])
            speech.busy += 1
            speech.most_busy = max(speech.most_busy, speech.busy)
            reply = speech.replies.pop(0) if speech.replies else speech.always
        try:
            if speech.hold_seconds:
                speech.over.wait(speech.hold_seconds)
            self.send(reply or self.spoken(asked))
        except OSError:  # the other end has had enough
            self.close_connection = True
        finally:
            with speech.lock:
                speech.busy -= 1

    def spoken(self, asked: dict[str, Any]) -> Reply:
        pitch = 200 + sum(map(ord, asked["voice"] + asked["model"])) % 300
        samples = tones(asked["input"], pitch, asked.get("speed", 1.0), self.speech.rate)
        if asked["response_format"] == "pcm":
            return Reply(body=(samples * 32767).astype("<i2").tobytes(), headers={"Content-Type": "audio/pcm"})
        many = samples if self.speech.channels == 1 else np.column_stack([samples] * self.speech.channels)
        return Reply(body=wav(many, self.speech.rate), headers={"Content-Type": "audio/wav"})

    def send(self, reply: Reply) -> None:
        if reply.raw is not None:
            self.wfile.write(reply.raw)
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        length = len(reply.body) if reply.length is None else reply.length
        if length >= 0:
            self.send_header("Content-Length", str(length))
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        if reply.drips:
            while not self.speech.over.wait(0.02):
                self.wfile.write(b"R")
                self.wfile.flush()
        self.wfile.write(reply.body)
        self.wfile.flush()
        while reply.endless and not self.speech.over.is_set():
            self.wfile.write(reply.body)
            self.speech.sent += len(reply.body)
        if reply.hangs:
            self.speech.over.wait(20)
