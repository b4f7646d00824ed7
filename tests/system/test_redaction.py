"""Passwords and tokens stand in no message and in no file, whatever goes wrong."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import fsspec
import pytest
from click.testing import CliRunner
from fsspec.implementations.local import LocalFileSystem

from tests.conftest import Run
from voiceover.cli import voiceover as command
from voiceover.errors import InputError, VoiceoverError
from voiceover.models import hub
from voiceover.system import remote_store
from voiceover.system.redaction import redact, redact_url
from voiceover.system.remote_store import RemoteStore, display_url, open_remote_store

SECRETS = {
    "HF_TOKEN": "hf_Zq8Xw3Nc7Lm2",
    "AWS_SECRET_ACCESS_KEY": "Wj/alr+XUtn3FEMI",
    "AWS_SESSION_TOKEN": "FwoGZXIvYXdzEBc",
    "GOOGLE_API_KEY": "AIzaSyB7kQ2",
}
PASSWORD = "hunter2/Q+x"
SIGNATURE = "c2lnbmF0dXJl"
PROXY = f"http://proxyuser:{PASSWORD.replace('/', '%2F')}@127.0.0.1:9"
ALL = (*SECRETS.values(), PASSWORD, PASSWORD.replace("/", "%2F"), SIGNATURE)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    values = {**SECRETS, "HTTPS_PROXY": PROXY, "HTTP_PROXY": PROXY}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return values


def leaked(text: str) -> list[str]:
    return [secret for secret in ALL if secret in text]


def leaked_into(folder: Path) -> list[str]:
    """Names and contents of all files below ``folder``."""
    found = []
    for path in folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        found += [f"{path}: {secret}" for secret in ALL if secret.encode() in content or secret in str(path)]
    return found


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("sftp://me:secret@host/takes?key=1", "sftp://host/takes"),
        ("s3://AKIA:wj/alr+x@bucket/takes", "s3://bucket/takes"),
        ("https://me:a@b@host:8080/x#y", "https://host:8080/x"),
        ("s3://bucket/me@home/takes", "s3://bucket/me@home/takes"),
        ("https://token@host/x", "https://host/x"),
        ("file:///mnt/me@home", "file:///mnt/me@home"),
        ("/mnt/me@home?x", "/mnt/me@home?x"),
    ],
)
def test_what_may_be_seen_of_a_url(url: str, public: str) -> None:
    assert redact_url(url) == public


def test_a_message_of_somebody_elses_code(environment: dict[str, str]) -> None:
    said = (
        f"refused by proxy {PROXY} and by https://me:{PASSWORD}@host/x?X-Amz-Signature={SIGNATURE}: "
        f"key {SECRETS['AWS_SECRET_ACCESS_KEY']}, bearer {SECRETS['HF_TOKEN']}, bucket me:{PASSWORD}"
    )
    assert leaked(said)
    clean = redact(said, f"https://me:{PASSWORD}@host/x")
    assert leaked(clean) == []
    assert clean.startswith("refused by proxy http://127.0.0.1:9 and by https://")
    assert redact("is HF_TOKEN valid? see https://host/x") == "is HF_TOKEN valid? see https://host/x"


@pytest.mark.parametrize("scheme", ["s3", "gs"])
def test_a_key_does_not_belong_into_the_address_of_a_bucket(scheme: str) -> None:
    with pytest.raises(InputError, match=rf"^{scheme}://bucket/takes: the URL must not contain a key") as caught:
        open_remote_store(f"{scheme}://AKIA:{PASSWORD}@bucket/takes")
    assert leaked(str(caught.value)) == []


class Guarded(LocalFileSystem):
    """A folder behind a URL with a password, that quotes the URL in its errors."""

    protocol = "guarded"
    fails = False

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(path).partition("@host")[2].partition("?")[0] or str(path)

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **options: object) -> object:
        if Guarded.fails:
            raise PermissionError(f"me:{PASSWORD} may not read guarded://me:{PASSWORD}@host{path}?sig={SIGNATURE}")
        return super().cat_file(path, start, end)


fsspec.register_implementation("guarded", Guarded, clobber=True)


@pytest.mark.parametrize("fails", [False, True])
def test_a_batch_with_a_password_in_the_address_of_its_store(
    fails: bool, tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("VOICEOVER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(Guarded, "fails", fails)
    (tmp_path / "a.md").write_text("---\ntitle: a\ncast: {Ada: ada}\n---\n\nAda: One.\n")
    store = f"guarded://me:{PASSWORD}@host{tmp_path}/shared?sig={SIGNATURE}"
    wanted = ["batch", str(tmp_path / "a.md"), "-o", str(tmp_path / "out"), "--engine", "draft", "--allow-draft", "--store", store]
    if not fails:  # what a batch records, it records in processes, which do not know this store
        of_render = ["render", str(tmp_path / "a.md"), "-o", str(tmp_path / "other"), "--engine", "draft", "--store", store]
        assert CliRunner().invoke(command, of_render).exit_code == 0
    done = CliRunner().invoke(
        command, [*wanted, "--explain", "--report", str(tmp_path / "report.json"), "--index", str(tmp_path / "index.json")]
    )
    if fails:
        assert done.exit_code == 1
        assert "may not read" in (tmp_path / "report.json").read_text() + done.output + str(done.exception)
    else:
        assert done.exit_code == 0
        assert (tmp_path / "out" / "a.draft.mp3").is_file()
        assert list((tmp_path / "shared" / "takes").rglob("*.take"))
    assert leaked(done.output + str(done.exception) + caplog.text) == []
    assert leaked_into(tmp_path) == []
    assert leaked(repr(RemoteStore(store))) == []
    assert leaked(display_url(store)) == []


@pytest.mark.slow
def test_a_store_that_is_not_there(tmp_path: Path, environment: dict[str, str], voiceover: Run) -> None:
    (tmp_path / "a.md").write_text("---\ntitle: a\ncast: {Ada: ada}\n---\n\nAda: One.\n")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        store = f"ftp://me:{PASSWORD.replace('/', '%2F')}@127.0.0.1:{closed.getsockname()[1]}/takes?sig={SIGNATURE}"
        done = voiceover(
            "batch", "a.md", "-o", "out", "--engine", "draft", "--allow-draft", "--store", store, "--report", "report.json", check=None
        )
    assert done.returncode == 2
    assert "ftp://127.0.0.1:" in done.stderr
    assert "cannot reach the shared store: Connection refused" in done.stderr
    assert leaked(done.stdout + done.stderr) == []
    assert leaked_into(tmp_path) == []


def test_the_hub_behind_a_proxy_that_refuses(environment: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(VoiceoverError) as caught:
        hub.look_up("authors/base", "a" * 40)
    assert "authors/base" in str(caught.value)
    assert leaked(str(caught.value)) == []


def test_an_error_of_the_hub_that_quotes_a_signed_address(environment: dict[str, str]) -> None:
    address = f"https://me:{PASSWORD}@cdn.example/file?X-Amz-Signature={SIGNATURE}"
    for raised in (OSError(f"403 for url {address}"), RuntimeError(f"{address}: bearer {SECRETS['HF_TOKEN']}")):
        with pytest.raises(VoiceoverError) as caught, hub._failures("authors/base", None):
            raise raised
        assert leaked(str(caught.value)) == []
        assert "cdn.example" in str(caught.value)


def test_what_is_logged(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    from voiceover.cli.log_lines import LogLines

    LogLines().emit(logging.makeLogRecord({"msg": f"asked again: https://host/x?sig={SIGNATURE} with {SECRETS['HF_TOKEN']}"}))
    said = capsys.readouterr().err
    assert said.startswith("asked again: https://host/x?")
    assert leaked(said) == []
    assert remote_store.display_url(f"sftp://me:{PASSWORD}@host/x") == "sftp://host/x"


class Host:
    """One of two servers: the Hub sends on to the other, which keeps the files. Both remember who said who they are."""

    def __init__(self, sends_to: str = "") -> None:
        told: list[tuple[str, str | None]] = []

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                told.append((self.path, self.headers.get("Authorization")))
                self.send_response(302 if sends_to else 200)
                for name, value in {"X-Repo-Commit": "a" * 40, "X-Linked-Size": "5", "ETag": '"1"', "X-Linked-ETag": '"1"'}.items():
                    self.send_header(name, value)
                if sends_to:
                    self.send_header("Location", f"{sends_to}/kept?X-Amz-Signature={SIGNATURE}")
                self.send_header("Content-Length", "0" if sends_to else "5")
                self.end_headers()
                if not sends_to and self.command == "GET":
                    self.wfile.write(b"bytes")

            do_HEAD = do_GET  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.told = told
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.mark.slow
def test_the_token_goes_to_the_hub_alone(tmp_path: Path) -> None:
    """It is sent with the question to the Hub, and not to the server that the Hub names."""
    keeper = Host()
    front = Host(keeper.address)
    fetch = f"hub.fetch_file('a/b', {'a' * 40!r}, 'f', Path('f'), lambda _: None)"
    try:
        subprocess.run(
            [sys.executable, "-c", f"from pathlib import Path; from voiceover.models import hub; {fetch}"],
            cwd=tmp_path,
            env={**os.environ, "HF_ENDPOINT": front.address, "HF_TOKEN": SECRETS["HF_TOKEN"], "HF_HUB_DISABLE_XET": "1"},
            check=True,
            timeout=60,
        )
    finally:
        front.close()
        keeper.close()
    assert (tmp_path / "f").read_bytes() == b"bytes"
    assert (f"/a/b/resolve/{'a' * 40}/f", f"Bearer {SECRETS['HF_TOKEN']}") in front.told
    assert {who for _, who in keeper.told} == {None}
