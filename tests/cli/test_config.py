"""``voiceover config``: what the file says, servers in and out of it, and a word from one of them."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
import soundfile

from tests.command_parts import run
from tests.engines.openai.speech_server import KEY, RATE, Reply, Speech, speaking
from voiceover.cli.completion import complete_servers
from voiceover.settings.user_config import config_file


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STUDIO_KEY", KEY)


def typed(*words: str, code: int = 0) -> str:
    found, told = run("config", *words)
    assert found == code, told
    assert KEY not in told
    return told


ADD = ("server", "add", "studio", "--url", "https://speech.example.com", "--model", "tts-1")


def test_from_nothing_to_a_server_and_back() -> None:
    assert "(does not exist yet)\nNo speech server is configured; add one: voiceover config server add --help\n" in typed()
    told = typed(*ADD, "--key-env", "STUDIO_KEY", "--voices", "nova,onyx", "--languages", "en,de", "--timeout", "90s", "--parallel", "3")
    assert told == f"studio was added to {config_file()}; try it: voiceover config server test studio\n"
    assert stat.S_IMODE(config_file().stat().st_mode) == 0o600
    assert KEY not in config_file().read_text("utf-8")
    shown = typed()
    assert shown == typed("show")
    assert f"file: {config_file()}\nserver studio:\n  url: https://speech.example.com/v1\n  model: tts-1\n" in shown
    assert "  key_env: STUDIO_KEY\n  key_set: yes\n  voices: nova, onyx\n" in shown
    content = json.loads(typed("show", "--json"))
    assert content["path"] == str(config_file())
    assert content["servers"][0]["voices"] == ["nova", "onyx"]
    assert content["servers"][0]["timeout_seconds"] == 90
    assert "there is a server studio in" in typed(*ADD, code=2)
    typed(*ADD, "--replace")
    assert json.loads(typed("show", "--json"))["servers"][0]["voices"] == []
    assert typed("server", "remove", "studio") == "studio removed\n"
    assert json.loads(typed("show", "--json"))["servers"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--key-env", KEY), "key_env must be the name of an environment variable in capitals, such as STUDIO_KEY, never the key itself"),
        (("--url", f"https://me:{KEY.replace('/', '%2F')}@x.org"), "url must hold no name, password, query or fragment"),
        (("--url", "http://speech.example.com"), "url must begin with https://, since speech.example.com is not this machine"),
        (("--url", "http://localhost.evil.example"), "url must begin with https://"),
        (("--format", "mp3"), "format must be one of wav, pcm"),
        (("--sample-rate", "fast"), 'sample_rate must be a whole number from 8000 to 192000, not "fast"'),
        (("--languages", "english"), "languages must be tags such as en and de"),
    ],
)
def test_a_wrong_value_is_one_line_and_nothing_is_written(words: tuple[str, ...], said: str) -> None:
    told = typed(*ADD, *words, code=2)
    assert said in told
    assert KEY.replace("/", "%2F") not in told
    assert not config_file().exists()


def test_a_key_that_is_not_set_is_remarked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STUDIO_KEY")
    assert "STUDIO_KEY, the variable for its key, is not set in this shell" in typed(*ADD, "--key-env", "STUDIO_KEY")
    assert "  key_set: no\n" in typed()
    assert "STUDIO_KEY is not set" in typed("server", "test", "studio", "--voice", "nova", code=2)


def add_speech(server: Speech, *more: str) -> None:
    typed("server", "add", "studio", "--url", server.url, "--model", "m", "--key-env", "STUDIO_KEY", *more)


def test_a_server_is_heard(tmp_path: Path) -> None:
    with speaking() as server:
        add_speech(server)
        assert "studio lists no voices; name one of the server's: --voice NAME" in typed("server", "test", "studio", code=2)
        add_speech(server, "--voices", "nova", "--replace")
        told = typed("server", "test", "studio", "-o", "hello.wav")
        assert told.startswith("studio works: nova, 1.0 s of audio at 24000 Hz in ")
        assert (soundfile.info("hello.wav").samplerate, soundfile.info("hello.wav").duration) == (RATE, pytest.approx(0.96, abs=0.01))
        assert json.loads(typed("server", "test", "studio", "--json", "--text", "One."))["voice"] == "nova"
        assert [asked["input"] for asked in server.asked] == ["Hello, this is a test.", "One."]
        server.always = Reply(status=400, body=b'{"detail": "no voice nova"}')
        told = typed("server", "test", "studio", "-o", "other.wav", code=1)
        assert told.strip().endswith('answered 400 Bad Request: "no voice nova"')
        assert told.startswith("the speech server studio (127.0.0.1:")
        assert not (tmp_path / "other.wav").exists()
    assert 'there is no server "studi" in your configuration; did you mean "studio"?' in typed("server", "test", "studi", code=2)


def test_a_broken_file_is_told_with_its_place() -> None:
    typed(*ADD)
    config_file().write_text(f"servers:\n  studio: {{url: 'https://x.org', model: m, key: {KEY}}}\n", "utf-8")
    for words in ((), ("show",), ("server", "remove", "studio"), ADD, ("server", "test", "studio")):
        assert f'{config_file()}:2:44: unknown key "key"' in typed(*words, code=2)


def test_labels_are_completed() -> None:
    typed(*ADD)
    found = complete_servers(None, None, "st")  # type: ignore[arg-type]
    assert [(item.value, item.help) for item in found] == [("studio", "https://speech.example.com/v1")]


def test_doctor_lists_servers() -> None:
    typed(*ADD, "--key-env", "STUDIO_KEY")
    code, told = run("doctor")
    assert code == 0
    assert "openai:\n  studio: https://speech.example.com/v1, model tts-1, key in STUDIO_KEY\n" in told
    assert KEY not in told
