"""Published voices: what the catalogue says, and that only what it says is used."""

from __future__ import annotations

import functools
import hashlib
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.voice_parts import WORDS, save, sentence
from voiceover import voices
from voiceover.errors import VoiceError
from voiceover.pipeline.context import from_engines
from voiceover.types import DEFAULT_STYLE
from voiceover.voices import CATALOGUE, PublishedVoice, published_voice

pull_voice = functools.partial(voices.pull_voice, engines=from_engines())


def published(path: Path) -> PublishedVoice:
    data = path.read_bytes()
    return PublishedVoice(
        *("vctk-p000", "somebody/voices", "0" * 40, "a/p000.wav", len(data), hashlib.sha256(data).hexdigest(), WORDS, "en-GB", "CC-BY-4.0"),
        "Woman, 30. Some Corpus, speaker p000.",
    )


def test_a_published_voice_becomes_a_voice(tmp_path):
    path = save(tmp_path / "came.wav", sentence())
    asked = []

    def download(voice: PublishedVoice) -> Path:
        asked.append((voice.repository, voice.revision, voice.file))
        return path

    voice = pull_voice(published(path), tmp_path / "shelf", download).voice
    assert asked == [("somebody/voices", "0" * 40, "a/p000.wav")]
    assert (voice.name, voice.language, voice.licence, voice.consent, voice.synthetic) == ("vctk-p000", "en-GB", "CC-BY-4.0", None, False)
    assert voice.description == "Woman, 30. Some Corpus, speaker p000."
    clip = voice.styles[DEFAULT_STYLE].clip
    assert clip is not None
    assert clip.text == WORDS
    assert pull_voice(published(path), tmp_path / "shelf", download, name="Mary").voice.name == "Mary"
    with pytest.raises(VoiceError, match="--replace"):
        pull_voice(published(path), tmp_path / "shelf", download)


@pytest.mark.parametrize("change", [{"bytes": 17}, {"sha256": "0" * 64}])
def test_what_is_not_the_catalogues_file_is_not_used(change, tmp_path):
    path = save(tmp_path / "came.wav", sentence())
    with pytest.raises(VoiceError, match=r"somebody/voices a/p000\.wav.*do not match the catalogue"):
        pull_voice(replace(published(path), **change), tmp_path / "shelf", lambda voice: path)
    assert not (tmp_path / "shelf").exists()


def test_every_entry_can_be_fetched_and_used():
    assert len({voice.name for voice in CATALOGUE}) == len({voice.sha256 for voice in CATALOGUE}) == len(CATALOGUE) > 0
    for voice in CATALOGUE:
        assert published_voice(f" {voice.name.upper()} ") is voice
        assert re.fullmatch("[0-9a-f]{40}", voice.revision)
        assert re.fullmatch("[0-9a-f]{64}", voice.sha256)
        speaker = voice.name.removeprefix("vctk-")
        assert speaker in voice.file
        assert speaker in voice.description
        assert voice.licence in {"CC0-1.0", "CC-BY-4.0"}
        assert len(voice.text.split()) > 10


def test_a_name_that_is_not_published_suggests_the_nearest():
    with pytest.raises(VoiceError, match='did you mean "vctk-p333"'):
        published_voice("vctk-333")


class _Hub(BaseHTTPRequestHandler):
    """Answers as a Hub whose files are all the same few bytes."""

    asked: list[str]

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()
        self.wfile.write(b"other bytes")

    def _answer(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        for name, value in (("Content-Length", "11"), ("ETag", '"1"'), ("X-Repo-Commit", CATALOGUE[0].revision)):
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def hub() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Hub", (_Hub,), {"asked": asked}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_command_asks_the_hub_for_the_pinned_file_and_keeps_nothing_else(voiceover_process: Run, tmp_path: Path, hub):
    address, asked = hub
    entry = published_voice("vctk-p333")
    done = voiceover_process(
        *("voices", "pull", "vctk-p333", "--to-folder", tmp_path / "shelf"),
        check=2,
        HF_ENDPOINT=address,
        HF_HUB_OFFLINE="0",
        HF_HOME=tmp_path / "hf",
    )
    assert "11 bytes that do not match the catalogue" in done.stderr
    fetched = {path for path in asked if not path.startswith("/api/")}
    assert fetched == {f"/{entry.repository}/resolve/{entry.revision}/{entry.file}"}
    assert not (tmp_path / "shelf").exists()


def test_the_command_lists_what_is_published(voiceover: Run):
    lines = voiceover("voices", "pull").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [voice.name for voice in CATALOGUE]
    assert all("CC-BY-4.0" in line for line in lines)


def test_what_goes_with_a_name_needs_one(voiceover: Run):
    for options in (("--as", "x"), ("--to-folder", "x"), ("--project",), ("--replace",)):
        assert "go with the NAME of a voice" in voiceover("voices", "pull", *options, check=2).stderr


def test_no_network_is_a_failure_and_no_wrong_input(voiceover_process: Run):
    done = voiceover_process("voices", "pull", CATALOGUE[0].name, check=1, HF_ENDPOINT="http://127.0.0.1:9")
    assert "cannot be fetched" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_pulled_names_hide_no_shipped_voice():
    shipped = {voice.name for voice in voices.list_voices([voices.shipped_folder()], from_engines())}
    assert shipped.isdisjoint(voice.name for voice in CATALOGUE)
