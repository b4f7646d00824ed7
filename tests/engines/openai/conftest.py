"""A server, and a configuration that names it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engines.openai.speech_server import KEY, Speech, speaking
from voiceover.settings.user_config import config_file

Configure = Callable[..., Path]


@pytest.fixture
def speech() -> Iterator[Speech]:
    with speaking() as server:
        yield server


@pytest.fixture
def configure(speech: Speech, monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Write a configuration with the server ``studio``, with more keys and more servers as YAML."""
    monkeypatch.setenv("STUDIO_KEY", KEY)

    def write(keys: str = "", more: str = "", url: str | None = None) -> Path:
        path = config_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        own = "".join(f"    {line}\n" for line in keys.splitlines())
        studio = f"  studio:\n    url: {url or speech.url}\n    model: tones-1\n    key_env: STUDIO_KEY\n    voices: [nova, onyx]\n{own}"
        path.write_text(f"servers:\n{studio}{more}", "utf-8")
        return path

    return write


@pytest.fixture
def configured(configure: Configure) -> Path:
    return configure()
