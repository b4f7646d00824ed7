"""Every way in which a server fails is one clear line with the place and the server's own words; what may pass is tried again."""

from __future__ import annotations

import email.utils
import logging
import ssl
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from tests.engines.openai.conftest import Configure
from tests.engines.openai.speech_server import KEY, RATE, Reply, Speech, speaking, tones, wav, with_data_size
from voiceover.engines.contract import make_utterance, plain_voice
from voiceover.engines.openai.engine import OpenAIEngine
from voiceover.errors import EngineError, EngineMissingError, NetworkError, VoiceoverError
from voiceover.settings.user_config import read_user_config
from voiceover.system.api_requests import retry_after
from voiceover.types import Audio

TEXT = "The mice ran home."
TONE = tones(TEXT, 300.0)
WAV = {"Content-Type": "audio/wav"}


def spoken(folder: Path, text: str = TEXT) -> Audio:
    """Return what the configured servers make of a text, without pauses between tries."""
    engine = OpenAIEngine(read_user_config().servers, folder, pauses=(0.0, 0.0, 0.0, 0.0))
    return engine.speak(make_utterance(text), plain_voice())


def refused(kind: type[VoiceoverError], folder: Path, text: str = TEXT) -> str:
    with pytest.raises(kind) as caught:
        spoken(folder, text)
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value)
    if kind is EngineError:
        assert str(caught.value).startswith("contract.md:3:1: the speech server studio (127.0.0.1:")
    return str(caught.value)


# ---------------------------------------------------------------- audio


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_wav_of_any_sample_type(subtype: str, configured: Path, speech: Speech, tmp_path: Path) -> None:
    speech.always = Reply(body=wav(TONE, RATE, subtype), headers=WAV)
    audio = spoken(tmp_path)
    assert audio.sample_rate == RATE
    assert np.abs(audio.samples - TONE).max() < (0.01 if subtype == "PCM_U8" else 1e-4)


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF, 0xFFFFFFFF - 36])
def test_a_header_written_before_the_length_was_known(size: int, configured: Path, speech: Speech, tmp_path: Path) -> None:
    speech.always = Reply(body=with_data_size(wav(TONE), size), headers=WAV, length=-1)
    assert np.abs(spoken(tmp_path).samples - TONE).max() < 1e-4


def test_another_rate_and_two_channels(configured: Path, speech: Speech, tmp_path: Path) -> None:
    speech.rate, speech.channels = 44_100, 2
    audio = spoken(tmp_path)
    assert (audio.sample_rate, audio.samples.ndim) == (RATE, 1)
    assert abs(len(audio.samples) - len(TONE)) <= 1
    spectrum = np.abs(np.fft.rfft(audio.samples))
    assert np.argmax(spectrum) * RATE / len(audio.samples) == pytest.approx(200 + sum(map(ord, _voice(speech) + "tones-1")) % 300, abs=2)


def _voice(speech: Speech) -> str:
    return str(speech.asked[-1]["voice"])


def test_samples_alone_at_the_declared_rate(configure: Configure, speech: Speech, tmp_path: Path) -> None:
    configure("format: pcm\nsample_rate: 16000\n")
    speech.rate = 16_000
    audio = spoken(tmp_path)
    assert speech.asked[0]["response_format"] == "pcm"
    assert audio.sample_rate == 16_000
    assert audio.seconds == pytest.approx(len(TONE) / RATE, abs=0.001)


def test_a_server_that_sends_wav_whatever_is_asked(configure: Configure, speech: Speech, tmp_path: Path) -> None:
    configure("format: pcm\n")
    speech.always = Reply(body=wav(TONE), headers=WAV)
    assert np.abs(spoken(tmp_path).samples - TONE).max() < 1e-4


PAGE = b"<!DOCTYPE html><html><head><style>p {color: red}</style></head><body><h1>Welcome</h1> to\n\x1b[31mnginx</body></html>"


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (
            Reply(body=PAGE, headers={"Content-Type": "text/html; charset=utf-8"}),
            'sent text/html instead of WAV: "Welcome to \\u001b[31mnginx"',
        ),
        (Reply(body=PAGE), 'sent something instead of WAV: "Welcome to'),
        (Reply(body=b'{"detail": "busy"}', headers={"Content-Type": "application/json"}), 'sent application/json instead of WAV: "busy"'),
        (
            Reply(body=b"ID3\x04mp3", headers={"Content-Type": "audio/mpeg"}),
            "sent audio/mpeg instead of WAV; if it cannot send wav, write format: pcm",
        ),
        (Reply(body=b""), "sent an answer without audio"),
        (Reply(body=wav(TONE)[: len(TONE)], headers=WAV), "it is cut off: it holds"),
        (Reply(body=wav(TONE)[:30], headers=WAV), "it is cut off before its samples"),
        (Reply(body=wav(TONE)[:44], headers=WAV), "it is cut off: it holds 0 of"),
        (Reply(body=wav(TONE) + wav(TONE), headers=WAV), "it is followed by another one"),
        (Reply(body=with_data_size(wav(TONE)[:44], 0), headers=WAV), "it holds no samples"),
        (Reply(body=wav(np.zeros(RATE, np.float32)), headers=WAV), "sent only silence"),
        (Reply(body=wav(np.full(100, np.nan, np.float32), subtype="FLOAT"), headers=WAV), "it contains NaN or infinity"),
        (Reply(body=wav(np.tile(TONE, 60)), headers=WAV), "s of audio, and this text takes at most 42 s"),
        (Reply(body=wav(TONE, 1000), headers=WAV), "states 1 channels of 16 bits at 1000 Hz"),
        (Reply(body=wav(TONE, subtype="ULAW"), headers=WAV), "holds samples of an unknown kind (format 7, 8 bits)"),
    ],
)
def test_what_is_no_recording(reply: Reply, said: str, configured: Path, speech: Speech, tmp_path: Path) -> None:
    speech.always = reply
    assert said in refused(EngineError, tmp_path)
    assert len(speech.asked) == 1


@pytest.mark.parametrize(
    "reply", [Reply(body=PAGE, headers={"Content-Type": "text/html"}), Reply(body=b"\xff\xfb", headers={"Content-Type": "audio/mpeg"})]
)
def test_what_is_no_samples(reply: Reply, configure: Configure, speech: Speech, tmp_path: Path) -> None:
    configure("format: pcm\n")
    speech.always = reply
    assert f"sent {reply.headers['Content-Type']} instead of samples" in refused(EngineError, tmp_path)


def test_ten_gigabytes(configured: Path, speech: Speech, tmp_path: Path) -> None:
    speech.always = Reply(body=bytes(1 << 16), headers=WAV, length=10_000_000_000, endless=True)
    assert "sends 10000000000 bytes, and at most" in refused(EngineError, tmp_path)
    speech.always = Reply(body=bytes(1 << 16), headers=WAV, length=-1, endless=True)
    assert "sends more than the" in refused(EngineError, tmp_path)
    assert speech.sent < 60_000_000
    assert len(speech.asked) == 2


# ---------------------------------------------------------------- time


@pytest.mark.parametrize(
    "reply",
    [
        Reply(hangs=True, length=1000),
        Reply(body=wav(TONE)[:100], hangs=True, length=len(wav(TONE))),
        Reply(drips=True, length=1000),
        Reply(drips=True, length=-1),
    ],
    ids=["nothing", "a part", "drops", "drops without a length"],
)
def test_nothing_for_ever(reply: Reply, configure: Configure, speech: Speech, tmp_path: Path) -> None:
    configure("timeout: 0.15s\n")
    speech.always = reply
    start = time.monotonic()
    assert "has not answered in full within 0.15 s" in refused(EngineError, tmp_path)
    assert time.monotonic() - start < 5
    assert len(speech.asked) == 2


# ---------------------------------------------------------------- trying again

BUSY = Reply(status=503, body=b"loading the model")


@pytest.mark.parametrize(
    "reply",
    [
        BUSY,
        Reply(status=429, headers={"Retry-After": "0"}),
        Reply(status=500, body=b"boom"),
        Reply(raw=b""),
        Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nContent-Length: 5000\r\n\r\nRIFF"),
        Reply(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n400\r\nRIFF"),
    ],
    ids=["503", "429", "500", "closed", "half", "half a chunk"],
)
def test_a_moment_of_trouble_is_overcome(reply: Reply, configured: Path, speech: Speech, tmp_path: Path) -> None:
    speech.replies = [reply, reply]
    assert spoken(tmp_path).seconds == pytest.approx(len(TONE) / RATE, abs=0.01)
    assert len(speech.asked) == 3


def test_lasting_trouble_ends_with_the_servers_words(configured: Path, speech: Speech, tmp_path: Path) -> None:
    speech.always = Reply(status=503, body=b'{"error": {"message": "loading\\nthe model"}}', headers={"Content-Type": "application/json"})
    assert refused(EngineError, tmp_path).endswith('answered 503 Service Unavailable: "loading the model"')
    assert len(speech.asked) == 5
    speech.always = Reply(raw=b"")
    assert "has dropped the connection" in refused(EngineError, tmp_path)
    assert len(speech.asked) == 10


@pytest.mark.parametrize("words", ["0.2", "date"])
def test_a_server_says_how_long_to_wait(words: str, configured: Path, speech: Speech, tmp_path: Path) -> None:
    if words == "date":
        words = email.utils.formatdate(time.time() - 5, usegmt=True)
    speech.replies = [Reply(status=429, headers={"Retry-After": words})]
    start = time.monotonic()
    spoken(tmp_path)
    assert (time.monotonic() - start >= 0.2) == (words == "0.2")


def test_a_server_that_asks_to_wait_too_long(configured: Path, speech: Speech, tmp_path: Path) -> None:
    speech.always = Reply(status=429, body=b'{"error": "no quota"}', headers={"Retry-After": "86400"})
    said = refused(NetworkError, tmp_path)
    assert said.endswith('answered 429 Too Many Requests: "no quota"; it asks to wait 86400 s, so run again later')
    assert len(speech.asked) == 1


def test_the_header_retry_after() -> None:
    assert retry_after("120") == 120.0
    assert retry_after(" 1.5 ") == 1.5
    assert retry_after(email.utils.formatdate(time.time() + 30, usegmt=True)) == pytest.approx(30, abs=5)
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    assert [retry_after(value) for value in ("", "soon", "-1", "1e9", "99999999999", "Wed, 99 Oct 2015", "١٢")] == [None] * 7


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_line_that_the_server_refuses_is_not_sent_again(status: int, configured: Path, speech: Speech, tmp_path: Path) -> None:
    body = b'{"detail": [{"loc": ["body", "input"], "msg": "input is too long"}]}'
    speech.always = Reply(status=status, body=body, headers={"Content-Type": "application/json"})
    assert refused(EngineError, tmp_path).endswith(': "input is too long"')
    assert len(speech.asked) == 1


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "is the key in STUDIO_KEY right?"),
        (403, "is the key in STUDIO_KEY right?"),
        (404, "are its url and model right in your configuration?"),
        (402, "answered 402 Payment Required"),
        (501, "answered 501 Not Implemented"),
    ],
)
def test_what_every_line_would_meet_ends_the_run(status: int, said: str, configured: Path, speech: Speech, tmp_path: Path) -> None:
    speech.always = Reply(
        status=status, body=f"Incorrect API key provided: {KEY}. <b>No.</b>".encode(), headers={"Content-Type": "text/plain"}
    )
    told = refused(NetworkError, tmp_path)
    assert said in told
    assert ': "Incorrect API key provided: ***. No."' in told
    assert KEY not in told
    assert len(speech.asked) == 1


def test_long_and_hostile_words_are_shortened(configured: Path, speech: Speech, tmp_path: Path) -> None:
    speech.always = Reply(
        status=400, body=b"[" * 60_000 + b"x \x1b]0;title\x07\xe2\x80\xae" + b"w" * 2_000_000, headers={"Content-Type": "text/plain"}
    )
    told = refused(EngineError, tmp_path)
    assert len(told) < 400
    speech.always = Reply(status=400, body=b"x \x1b]0;title\x07\xe2\x80\xae", headers={"Content-Type": "text/plain"})
    assert refused(EngineError, tmp_path).endswith('"x \\u001b]0;title\\u0007\\u202e"')


# ---------------------------------------------------------------- where the key goes


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(status: int, configured: Path, speech: Speech, tmp_path: Path) -> None:
    with speaking() as other:
        target = f"{other.url}/audio/speech?key=secret"
        speech.always = Reply(status=status, headers={"Location": target})
        told = refused(NetworkError, tmp_path)
        assert f"it redirects to {other.url}/audio/speech, which is not followed" in told
        assert "secret" not in told
        speech.always = Reply(status=status, headers={"Location": "/v2/audio/speech"})
        assert "it redirects to /v2/audio/speech, which is not followed" in refused(NetworkError, tmp_path)
        assert other.asked == []
    assert len(speech.asked) == 2


def test_the_key_is_sent_to_its_server_alone(configure: Configure, speech: Speech, tmp_path: Path) -> None:
    with speaking() as other:
        configure(more=f"  house:\n    url: {other.url}\n    model: m\n    voices: [nova]\n")
        engine = OpenAIEngine(read_user_config().servers, tmp_path)
        for label in ("studio", "house"):
            voice = plain_voice()
            voice.styles[""].settings["openai"] = {"server": label, "voice": "nova"}  # type: ignore[index]
            engine.speak(make_utterance(TEXT), voice)
        assert other.keys == [None]
    assert speech.keys == [f"Bearer {KEY}"]
    assert (speech.paths, other.paths) == (["/v1/audio/speech"], ["/v1/audio/speech"])


def test_a_proxy_is_never_asked_for_this_machine(configured: Path, speech: Speech, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with speaking() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url.removesuffix("/v1"))
        spoken(tmp_path)
        assert proxy.asked == []


def test_a_proxy_sees_the_host_alone_and_its_password_is_not_told(
    configure: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(url="https://speech.example.com/v1")
    with speaking() as proxy:
        for name in ("https_proxy", "HTTPS_PROXY"):
            monkeypatch.setenv(name, proxy.url.removesuffix("/v1").replace("//", "//me:hunter2@"))
        told = refused(NetworkError, tmp_path)
        assert "cannot be reached through the proxy: Tunnel connection failed: 407" in told
        assert "hunter2" not in told
        assert proxy.paths in (["speech.example.com:443 proxy-authorization"], ["speech.example.com:443 host proxy-authorization"])
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "socks5://127.0.0.1:1")
    assert "the proxy in HTTPS_PROXY must be given as http://host:port" in refused(NetworkError, tmp_path)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "the environment variable STUDIO_KEY is not set"),
        ("  ", "STUDIO_KEY is not set"),
        ("two words", "what STUDIO_KEY holds is none"),
    ],
)
def test_a_key_that_cannot_be_sent(
    value: str | None, said: str, configured: Path, speech: Speech, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STUDIO_KEY") if value is None else monkeypatch.setenv("STUDIO_KEY", value)
    told = refused(EngineMissingError, tmp_path)
    assert said in told
    assert "two words" not in told
    assert speech.asked == []


def test_nothing_answers(configure: Configure, speech: Speech, tmp_path: Path) -> None:
    configure(url="http://127.0.0.1:9/v1")
    assert "cannot be reached: connection refused; is it running?" in refused(NetworkError, tmp_path)
    configure(url=speech.url.replace("http:", "https:"))
    assert "does not speak TLS as it should" in refused(NetworkError, tmp_path)
    configure()
    speech.always = Reply(raw=b"220 smtp.example.com ESMTP\r\n")
    assert "does not speak HTTP" in refused(NetworkError, tmp_path)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A certificate that nobody has signed but its owner."""
    folder = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    alternative = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    try:
        subprocess.run(
            [*command.split(), "-addext", alternative, "-keyout", "key", "-out", "cert"], cwd=folder, check=True, capture_output=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("openssl, which makes the certificate, is not installed here")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert", folder / "key")
    return context


def test_a_server_that_cannot_prove_who_it_is(
    certificate: ssl.SSLContext, configure: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with speaking(certificate) as server:
        configure(url=server.url)
        assert "cannot prove who it is: self-signed certificate" in refused(NetworkError, tmp_path)
        assert server.asked == []


def test_a_certificate_that_the_user_trusts(
    certificate: ssl.SSLContext,
    configure: Configure,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with speaking(certificate) as server:
        trusted = next(path for path in tmp_path_factory.getbasetemp().glob("tls*/cert"))
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        configure(url=server.url)
        assert spoken(tmp_path).seconds > 0.5
        assert server.keys == [f"Bearer {KEY}"]


def test_the_key_is_in_no_log(configured: Path, speech: Speech, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    speech.replies = [Reply(status=503, body=f"no, {KEY}".encode(), headers={"Content-Type": "text/plain"})]
    spoken(tmp_path)
    assert "answered 503" in caplog.text
    assert KEY not in caplog.text
