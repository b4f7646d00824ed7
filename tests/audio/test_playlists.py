"""Lists of other files that pose as recordings: no decoder opens what they name, neither a file nor an address.

The program is the real one, and an HTTP server on loopback listens for who asks.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from tests.voice_parts import save, sentence
from voiceover.audio import decode
from voiceover.audio.files import read_audio
from voiceover.errors import InputError

pytestmark = pytest.mark.slow


class Listener:
    """Serves one recording under any address, and remembers what was asked for."""

    def __init__(self, content: bytes) -> None:
        asked: list[str] = []

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.asked = asked
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    listener = Listener(save(tmp_path / "served.wav", sentence()).read_bytes())
    thread = threading.Thread(target=listener.server.serve_forever, args=(0.01,))
    thread.start()
    yield listener
    listener.server.shutdown()
    thread.join()
    listener.server.server_close()


@pytest.fixture(params=["ffmpeg", "PyAV"])
def decoder(request: pytest.FixtureRequest, ffmpeg: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Only this one is there."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    if request.param == "PyAV":
        pytest.importorskip("av")
    else:
        (folder / "ffmpeg").symlink_to(ffmpeg)
        monkeypatch.setitem(sys.modules, "av", None)
        monkeypatch.setattr(decode.importlib.util, "find_spec", lambda name: None)
    assert decode.decoders() == (request.param,)
    return str(request.param)


def hls(target: str) -> str:
    return f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{target}\n#EXT-X-ENDLIST\n"


def master(target: str) -> str:
    return f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{target}\n"


def concat(target: str) -> str:
    return f"ffconcat version 1.0\nfile '{target}'\n"


def sdp(target: str) -> str:
    return f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\na=control:{target}\nm=audio 9 RTP/AVP 0\n"


def dash(target: str) -> str:
    return (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT9S"><Period>'
        f'<AdaptationSet mimeType="audio/wav"><Representation id="1" bandwidth="1"><BaseURL>{target}</BaseURL></Representation>'
        "</AdaptationSet></Period></MPD>"
    )


LISTS = {
    "list.m3u8": hls,
    "memo.wav": hls,
    "memo.m4a": hls,
    "memo.mp3": master,
    "list.ffconcat": concat,
    "memo.flac": concat,
    "list.sdp": sdp,
    "list.mpd": dash,
    "memo.ogg": dash,
    "list.m3u": lambda target: target + "\n",
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_opens_nothing(name: str, decoder: str, listener: Listener, tmp_path: Path) -> None:
    secret = save(tmp_path / "secret.wav", sentence())
    path = tmp_path / name
    for target in (secret.name, f"{listener.address}/memo.ts", f"file:{secret}", f"concat:{secret}|{secret}", str(secret)):
        path.write_text(LISTS[name](target))
        with pytest.raises(InputError, match="is not a recording that can be read"), decode.readable(path):
            pass
    assert listener.asked == []


@pytest.mark.parametrize(
    "name", ["http://HOST/memo.m4a", "concat:a.wav|b.wav", "subfile,,start,0,end,0,,:a.wav", "-i", "-version", "pipe:0", "data:,x"]
)
def test_a_name_is_never_an_address_or_an_option(
    name: str, decoder: str, ffmpeg: str, listener: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file really has that name, and is what is read."""
    monkeypatch.chdir(tmp_path)
    path = Path(name.replace("HOST", listener.address.removeprefix("http://")))
    path.parent.mkdir(parents=True, exist_ok=True)
    save(tmp_path / "whole.wav", sentence())
    whole = read_audio(tmp_path / "whole.wav").samples
    # Not what libsndfile reads, so that the decoder must.
    alac = ["-i", "file:whole.wav", "-c:a", "alac", "-f", "ipod", f"file:{path}"]
    subprocess.run([ffmpeg, "-loglevel", "error", *alac], check=True, timeout=60)
    with decode.readable(path) as sound:
        np.testing.assert_allclose(read_audio(sound).samples[: len(whole)], whole, atol=1e-4)
    assert listener.asked == []


def test_the_attack_is_a_real_one(ffmpeg: str, listener: Listener, tmp_path: Path) -> None:
    """Without what holds it back, the same program asks the server and reads the other file."""
    secret = save(tmp_path / "secret.wav", sentence())
    (tmp_path / "memo.wav").write_text(hls(f"{listener.address}/memo.wav"))
    (tmp_path / "memo.flac").write_text(concat(str(secret)))
    loose = ["-protocol_whitelist", "file,http,tcp,crypto,data", "-allowed_extensions", "ALL", "-extension_picky", "0"]
    subprocess.run([ffmpeg, "-nostdin", *loose, "-f", "hls", "-i", "memo.wav", "a.wav"], cwd=tmp_path, capture_output=True, timeout=60)
    assert listener.asked
    done = subprocess.run([ffmpeg, "-nostdin", "-safe", "0", "-i", "memo.flac", "b.wav"], cwd=tmp_path, capture_output=True, timeout=60)
    assert done.returncode == 0
    assert read_audio(tmp_path / "b.wav").samples.any()
