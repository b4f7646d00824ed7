"""The user's own configuration: read strictly, changed line by line, and never with a key in it or in what is said of it."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from voiceover.errors import InputError, SettingsError
from voiceover.settings.addresses import address_problem, base_address
from voiceover.settings.user_config import config_file, read_user_config
from voiceover.settings.user_config_edit import add_server, remove_server
from voiceover.types import SpeechServer

SECRET = "sk-Zq8Xw3Nc7Lm2"
STUDIO = {"url": "https://speech.example.com/v1", "model": "tts-1"}


def written(text: str) -> Path:
    path = config_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_no_file_is_an_empty_configuration() -> None:
    config = read_user_config()
    assert (config.path, dict(config.servers)) == (config_file(), {})
    written("# nothing yet\n")
    assert dict(read_user_config().servers) == {}
    written("servers:\n")
    assert dict(read_user_config().servers) == {}


def test_every_key_of_a_server() -> None:
    written(
        "servers:\n"
        "  studio: {url: 'https://speech.example.com/', model: tts-1, key_env: STUDIO_KEY, voices: [nova, onyx], format: pcm,\n"
        "    sample_rate: 22050, timeout: 90s, parallel: 8, languages: 'en, de', licence: CC0-1.0}\n"
        "  house: {url: 'http://localhost:8880/v1/audio/speech', model: kokoro}\n"
    )
    studio, house = read_user_config().servers.values()
    voices, tags = ("nova", "onyx"), ("en", "de")
    assert studio == SpeechServer(
        "studio", "https://speech.example.com/v1", "tts-1", "STUDIO_KEY", voices, "pcm", 22_050, 90.0, 8, tags, "CC0-1.0"
    )
    assert house == SpeechServer("house", "http://localhost:8880/v1", "kokoro")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("speech: {}", '1:1: unknown key "speech"'),
        ("servers: [a]", "1:10: servers must be a mapping"),
        ("servers: {a: x}", "1:14: the server a must be a mapping"),
        ("servers: {A: {url: 'https://x.org/v1', model: m}}", "1:11: the label of a server must be"),
        ("servers: {'../a': {url: 'https://x.org/v1', model: m}}", "1:11: the label of a server must be"),
        ("servers: {a: {model: m}}", '1:11: the server a needs "url"'),
        ("servers: {a: {url: 'https://x.org'}}", '1:11: the server a needs "model"'),
        ("servers: {a: {url: 'https://x.org', model: m, key: sk-Zq8Xw3Nc7Lm2}}", '1:47: unknown key "key"'),
        ("servers: {a: {url: 'https://x.org', model: m, headers: {}}}", '1:47: unknown key "headers"'),
        ("servers: {a: {url: 'https://x.org', model: m, key_env: sk-Zq8Xw3Nc7Lm2}}", "1:56: key_env must be the name of an environment"),
        ("servers: {a: {url: 'https://x.org', model: m, key_env: sk}}", "never the key itself"),
        ("servers: {a: {url: 'https://me:sk-Zq8Xw3Nc7Lm2@x.org', model: m}}", "1:20: url must hold no name, password"),
        ("servers: {a: {url: 'https://x.org/?key=sk-Zq8Xw3Nc7Lm2', model: m}}", "1:20: url must hold no name, password"),
        ("servers: {a: {url: 'http://192.168.1.7:8880', model: m}}", "1:20: url must begin with https://, since 192.168.1.7 is not this"),
        ("servers: {a: {url: [], model: m}}", "1:20: url must be an address such as"),
        ("servers: {a: {url: 'https://x.org', model: m, format: mp3}}", "format must be one of wav, pcm"),
        ("servers: {a: {url: 'https://x.org', model: m, sample_rate: 800}}", "sample_rate must be a whole number from 8000"),
        ("servers: {a: {url: 'https://x.org', model: m, timeout: 0}}", "timeout must be a duration"),
        ("servers: {a: {url: 'https://x.org', model: m, parallel: 0}}", "parallel must be a whole number from 1"),
        ("servers: {a: {url: 'https://x.org', model: m, languages: [english]}}", "languages must be tags such as en"),
        ("servers: {a: {url: 'https://x.org', model: m, voices: [nova, Nova]}}", "voices must be up to 1000 different names"),
        ("servers: {a: {url: 'https://x.org', model: m}, a: {}}", 'the key "a" is given twice'),
        ("servers: !!python/object:os.system {}", "the tag !!python/object:os.system is not supported"),
    ],
)
def test_what_is_wrong_has_its_place_and_quotes_no_key(text: str, said: str) -> None:
    path = written(text)
    with pytest.raises(SettingsError) as caught:
        read_user_config()
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"{path}:1:")
    assert SECRET not in str(caught.value)


def test_a_file_that_cannot_be_read() -> None:
    path = written("")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="is not UTF-8 text"):
        read_user_config()
    path.write_bytes(b"#" * 1_000_001)
    with pytest.raises(SettingsError, match="is over 1 MB"):
        read_user_config()
    path.unlink()
    path.mkdir()
    with pytest.raises(SettingsError, match="cannot be read"):
        read_user_config()


# ---------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    "url",
    [
        *("https://speech.example.com", "https://speech.example.com:8443/v1", "https://10.0.0.7/v1", "https://[2001:db8::1]/v1"),
        *("http://localhost:8880", "http://LOCALHOST/v1", "http://127.0.0.1:1", "http://127.8.9.1/v1", "http://[::1]:8880/v1"),
    ],
)
def test_addresses_that_a_key_may_be_sent_to(url: str) -> None:
    assert address_problem(url) is None


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://localhost.evil.example",
            "http://localhost.",
            "http://localhosts",
            "http://sub.localhost",
            "http://127.0.0.1.evil.example",
        ),
        *(
            "http://127.1",
            "http://2130706433",
            "http://0x7f000001",
            "http://0177.0.0.1",
            "http://0.0.0.0",
            "http://[::]",
            "http://[fe80::1%25lo]",
        ),
        *("http://localhost@evil.example", "http://localhost:8880@evil.example", "https://me@x.org", "http://evil.example#@localhost"),
        *(
            "http://evil.example\\@localhost",
            "http://evil.example?localhost",
            "http://speech.example.com",
            "ftp://localhost",
            "localhost:8880",
        ),
        *(
            "https://",
            "https:///v1",
            "https://x.org:99999",
            "https://x.org:a",
            "https://ex ample.org",
            "https://x.org/\n",
            "https://exämple.org",
        ),
        *("https://x..org", "https://-x.org", "file:///etc/passwd", "//x.org", "", "https://[::1", "javascript:alert(1)"),
    ],
)
def test_addresses_that_are_refused(url: str) -> None:
    assert address_problem(url) is not None


@pytest.mark.parametrize(
    "typed", ["https://x.org", "https://x.org/", "https://x.org/v1", "https://x.org/v1/", "https://x.org/v1/audio/speech"]
)
def test_any_form_of_an_address(typed: str) -> None:
    assert base_address(typed) == "https://x.org/v1"
    assert base_address("https://x.org/openai/v1") == "https://x.org/openai/v1"


# ---------------------------------------------------------------- changes

MINE = """\
# my servers
servers:
    # the one at home
    house:
        url: http://localhost:8880/v1
        model: kokoro   # the small one

    # the dear one
    studio: {url: "https://speech.example.com/v1", model: tts-1}

# the end
"""


def test_a_server_is_added_without_touching_the_rest() -> None:
    path = written(MINE)
    add_server("third", {"url": "https://third.example/v1", "model": "a: b", "voices": "nova, Zoë"})
    added = '    third:\n      url: https://third.example/v1\n      model: "a: b"\n      voices: [nova, "Zoë"]\n'
    assert path.read_text("utf-8") == MINE.replace("tts-1}\n", "tts-1}\n" + added)
    assert list(read_user_config().servers) == ["house", "studio", "third"]
    remove_server("third")
    assert path.read_text("utf-8") == MINE


def test_a_server_is_replaced_and_removed_in_its_place() -> None:
    path = written(MINE)
    with pytest.raises(InputError, match=r"there is a server house in .*; give --replace"):
        add_server("house", STUDIO)
    add_server("house", STUDIO, replace=True)
    block = "    house:\n      url: https://speech.example.com/v1\n      model: tts-1\n"
    old = "    house:\n        url: http://localhost:8880/v1\n        model: kokoro   # the small one\n"
    assert path.read_text("utf-8") == MINE.replace(old, block)
    remove_server("house")
    assert path.read_text("utf-8") == MINE.replace(old, "")
    remove_server("studio")
    assert dict(read_user_config().servers) == {}
    with pytest.raises(InputError, match=r'there is no server "studio" in your configuration\. No server is configured'):
        remove_server("studio")
    add_server("studio", STUDIO)
    assert list(read_user_config().servers) == ["studio"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment",
        "servers:",
        "servers:  # none yet\n",
        "\ufeff# a mark\r\nservers:\r\n  a:\r\n    url: https://x.org\r\n    model: m",
    ],
)
def test_a_server_is_added_to_any_beginning(text: str) -> None:
    written(text)
    assert add_server("studio", STUDIO) == read_user_config().servers["studio"]


def test_a_form_that_cannot_be_changed_is_left_alone() -> None:
    text = "servers: {house: {url: 'http://localhost:1', model: m},\n  attic: {url: 'http://localhost:2', model: m}}\n"
    path = written(text)
    with pytest.raises(InputError, match="not written one key per line"):
        add_server("studio", STUDIO)
    assert path.read_text("utf-8") == text


def test_nothing_is_written_for_a_wrong_value() -> None:
    for label, values, said in (
        ("Studio", STUDIO, "the label of a server must be"),
        ("studio", {**STUDIO, "key_env": SECRET}, "key_env must be the name"),
        ("studio", {**STUDIO, "url": f"https://me:{SECRET}@x.org"}, "url must hold no name"),
        ("studio", {**STUDIO, "parallel": "many"}, 'parallel must be a whole number from 1 to 64, not "many"'),
    ):
        with pytest.raises(InputError, match=said) as caught:
            add_server(label, values)
        assert SECRET not in str(caught.value)
    assert not config_file().exists()


def test_only_the_user_may_read_it_and_a_link_stays(tmp_path: Path) -> None:
    add_server("studio", STUDIO)
    assert config_file().stat().st_mode & 0o777 == 0o600
    dotfiles = tmp_path / "config.yaml"
    config_file().rename(dotfiles)
    config_file().symlink_to(dotfiles)
    add_server("house", {"url": "http://localhost:1", "model": "m"})
    assert config_file().is_symlink()
    assert "house:" in dotfiles.read_text("utf-8")
    assert dotfiles.stat().st_mode & 0o777 == 0o600


def _add(number: int) -> None:
    add_server(f"server-{number}", STUDIO)


def test_changes_at_the_same_time_are_all_kept() -> None:
    with multiprocessing.get_context("fork").Pool(3) as pool:
        pool.map(_add, range(6), chunksize=1)
    assert len(read_user_config().servers) == 6
