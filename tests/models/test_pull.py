"""Pull by the real command and the real client, against a Hub on loopback: whole, cut, resumed, wrong, refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.models import tiny
from tests.models.conftest import Shop
from tests.models.stores import installed, open_model, plan_pull, pull, verify_model
from voiceover.errors import ModelError
from voiceover.system import locks

pytestmark = pytest.mark.slow


def data_of(shop: Shop) -> Path:
    return Path(shop.environment["VOICEOVER_DATA"])


def left_overs(shop: Shop) -> list[str]:
    return [path.name for path in (data_of(shop) / "models").glob(".*")]


def test_a_whole_model_with_its_vocoder(shop: Shop, voiceover: Run) -> None:
    done = shop.pull("base", "--accept-licence")
    assert "licence: CC-BY-NC-4.0, not for commercial use" in done.stderr
    assert "licence: MIT, may be used commercially" in done.stderr
    assert [(record.name, record.source, record.revision) for record in installed(data_of(shop))] == [
        ("base", "authors/base", shop.hub.commit("authors/base")),
        ("vocos-mel-24khz", "authors/vocos", shop.hub.commit("authors/vocos")),
    ]
    opened = open_model(data_of(shop))
    assert (opened.name, opened.architecture, opened.facts.licence, opened.facts.languages) == (
        "base",
        "v1",
        "CC-BY-NC-4.0",
        frozenset(("en", "zh")),
    )
    assert opened.duration is not None
    assert all(finding.fault is None for finding in verify_model(data_of(shop), "base"))
    assert left_overs(shop) == []
    assert not any("/api/" in request for request in shop.hub.requests)  # all is pinned: only the files are asked for
    shown = json.loads(voiceover("models", "list", "--all", "--json", **shop.environment).stdout)
    assert [(row["name"], row["default"]) for row in shown["installed"]] == [("base", True), ("vocos-mel-24khz", False)]
    assert "newest" in [row["name"] for row in shown["catalogue"]]
    again = shop.pull("base", "--accept-licence", check=2)
    assert "base is in the store already" in again.stderr


UNPINNED = "no revision is pinned for this model: the newest commit is downloaded and recorded"


def test_an_entry_without_a_revision_says_so_and_records_what_it_got(shop: Shop, voiceover: Run) -> None:
    asked = shop.pull("newest", "--quiet", check=2)
    assert asked.stderr.index("authors/base at ") < asked.stderr.index(UNPINNED) < asked.stderr.index("the licence must be accepted")
    assert asked.stderr.count("no revision is pinned") == 1  # the vocoder is pinned
    unfinished = data_of(shop) / "models" / ".newest.0123456789ab.pull.part" / "model_8b.safetensors.incomplete"
    unfinished.parent.mkdir(parents=True)
    unfinished.write_bytes(b"of an older commit")
    done = shop.pull("newest", "--accept-licence")
    assert UNPINNED in done.stderr
    assert left_overs(shop) == []
    assert f"revision: {shop.hub.commit('authors/base')}\n" in voiceover("models", "info", "newest", **shop.environment).stdout
    record = next(record for record in installed(data_of(shop)) if record.name == "newest")
    assert record.revision == shop.hub.commit("authors/base")
    assert record.layout == "safetensors, 8 bits in groups of 64"


def test_a_distilled_bundle_brings_its_voice(shop: Shop, voiceover: Run) -> None:
    done = shop.pull("distill", "--accept-licence")
    assert "with it came the voice peyton" in done.stderr
    assert "is not a valid licence" in voiceover("voices", "show", "peyton", check=2, **shop.environment).stderr
    file = data_of(shop) / "voices" / "peyton" / "voice.yaml"
    file.write_text(file.read_text().replace("not stated", "CC0-1.0"))
    shown = json.loads(voiceover("voices", "show", "peyton", "--json", **shop.environment).stdout)
    assert shown["styles"]["plain"]["text"] == "Words of the clip."
    assert open_model(data_of(shop)).facts.preset == "distilled"


def test_a_checkpoint_whose_kind_nobody_said(shop: Shop) -> None:
    assert "say --arch v0 or --arch v1" in shop.pull("tune", "--accept-licence", check=2).stderr
    shop.pull("tune", "--accept-licence", "--arch", "v1")
    assert len(open_model(data_of(shop)).vocab) == 90


def test_the_licence_must_be_accepted(shop: Shop) -> None:
    done = shop.pull("base", check=2)
    assert "the licence must be accepted (MIT, CC-BY-NC-4.0); use --accept-licence in non-interactive jobs" in done.stderr
    assert installed(data_of(shop)) == ()
    assert not any("/resolve/" in request for request in shop.hub.requests)


LARGE = 25_000_000
"""Bytes behind the tensors: the client writes ten million at a time."""


def enlarge(shop: Shop) -> None:
    files = shop.hub.repositories["authors/base"]
    files["model_v1_4b.safetensors"] += bytes(LARGE)
    shop.write_catalogue()


def test_a_connection_that_breaks_goes_on_by_itself(shop: Shop) -> None:
    enlarge(shop)
    shop.hub.cut["model_v1_4b.safetensors"] = 14_000_000
    shop.pull("base", "--accept-licence")
    parts = [request for request in shop.hub.requests if request.startswith("GET") and "model_v1_4b" in request]
    assert len(parts) == 2
    assert parts[1].endswith("bytes=10485760-")
    assert all(finding.fault is None for finding in verify_model(data_of(shop), "base"))


def test_a_run_that_was_killed_goes_on_where_it_was(shop: Shop, tmp_path: Path) -> None:
    enlarge(shop)
    shop.hub.stall["model_v1_4b.safetensors"] = 14_000_000
    command = [sys.executable, "-m", "voiceover", "models", "pull", "base", "--accept-licence"]
    killed = subprocess.Popen(command, cwd=tmp_path, env={**os.environ, **shop.environment}, stderr=subprocess.DEVNULL)
    part = "model_v1_4b.safetensors.incomplete"
    for _ in range(400):
        with suppress(FileNotFoundError):  # a folder that was there a moment ago
            found = list((data_of(shop) / "models").rglob(part))
            if found and found[0].stat().st_size:
                break
        time.sleep(0.05)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    have = found[0].stat().st_size
    assert 0 < have <= 14_000_000
    assert [record.name for record in installed(data_of(shop))] == ["vocos-mel-24khz"]
    shop.hub.stalled.set()
    shop.hub.requests.clear()
    shop.pull("base", "--accept-licence")
    assert f"GET /authors/base/resolve/{shop.hub.commit('authors/base')}/model_v1_4b.safetensors bytes={have}-" in shop.hub.requests
    assert not any("vocos" in request for request in shop.hub.requests)
    assert all(finding.fault is None for finding in verify_model(data_of(shop), "base"))
    assert left_overs(shop) == []


def test_what_is_in_the_way_is_told_before_anything_is_fetched(shop: Shop, voiceover: Run) -> None:
    for name in ("base", "vocos-mel-24khz"):
        folder = data_of(shop) / "models" / name
        folder.mkdir(parents=True)
        (folder / "model.json").write_text("{}")
        done = shop.pull("base", "--accept-licence", check=2)
        assert f"models/{name}: is there, and its record cannot be read" in done.stderr
        assert shop.hub.requests == []
        voiceover("models", "rm", name, **shop.environment)
    shop.pull("base", "--accept-licence")
    assert "authors/base" in voiceover("models", "info", "base", **shop.environment).stdout


def test_an_architecture_that_the_catalogue_denies(shop: Shop) -> None:
    done = shop.pull("base", "--accept-licence", "--arch", "v0", check=2)
    assert "base: the catalogue says v1, not v0; leave --arch out" in done.stderr
    assert "vocos-mel-24khz is a vocoder" in shop.pull("vocos-mel-24khz", "--accept-licence", "--arch", "v0", check=2).stderr
    shop.pull("base", "--accept-licence", "--arch", "v1")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_hub_that_fails_is_no_fault_of_the_input(status: int, shop: Shop) -> None:
    shop.hub.statuses["/authors/base/resolve/"] = (status, "")
    assert f"the Hub answered with {status}" in shop.pull("base", "--accept-licence", check=1).stderr


def test_a_wrong_checksum(shop: Shop) -> None:
    right = shop.hub.repositories["authors/base"]["model_v1_4b.safetensors"]
    shop.hub.served["model_v1_4b.safetensors"] = bytes([right[0] ^ 1]) + right[1:]
    done = shop.pull("base", "--accept-licence", check=2)
    assert "authors/base/model_v1_4b.safetensors: its SHA-256 is" in done.stderr
    assert [record.name for record in installed(data_of(shop))] == ["vocos-mel-24khz"]
    shop.hub.served.clear()
    shop.pull("base", "--accept-licence")
    assert all(finding.fault is None for finding in verify_model(data_of(shop), "base"))


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (401, "", "the Hub refuses (401); is HF_TOKEN valid"),
        (403, "GatedRepo", "its authors ask everyone to accept their conditions"),
        (403, "", "the Hub refuses (403); is HF_TOKEN valid"),
        (404, "EntryNotFound", "the repository has no such file"),
        (404, "RevisionNotFound", "the repository no longer has this commit"),
        (404, "RepoNotFound", "the Hub has no such repository"),
    ],
)
def test_a_hub_that_refuses(status: int, code: str, said: str, shop: Shop) -> None:
    shop.hub.statuses["/authors/base/resolve/"] = (status, code)
    done = shop.pull("base", "--accept-licence", check=2)
    assert said in done.stderr
    assert "authors/base/model_v1_4b.safetensors" in done.stderr


def test_a_file_that_the_repository_has_not(shop: Shop) -> None:
    del shop.hub.repositories["authors/base"]["model_8b.safetensors"]
    done = shop.pull("newest", "--accept-licence", check=2)
    assert "has no file model_8b.safetensors; it has" in done.stderr


def test_a_name_that_the_catalogue_has_not(shop: Shop) -> None:
    assert 'the catalogue has no model "bas"; did you mean "base"?' in shop.pull("bas", check=2).stderr


def test_no_network_is_told_in_a_line(shop: Shop) -> None:
    for name in ("newest", "base"):  # asked about first, and fetched at once
        done = shop.pull(name, "--accept-licence", check=1, HF_ENDPOINT="http://127.0.0.1:9")
        (line,) = [line for line in done.stderr.splitlines() if "cannot be fetched" in line]
        assert line.startswith("authors/")
    offline = shop.pull("newest", "--accept-licence", check=2, HF_HUB_OFFLINE=1)
    assert "HF_HUB_OFFLINE is set" in offline.stderr


def test_files_of_another_program_are_not_fetched_again(shop: Shop) -> None:
    """The Hub's own cache, as huggingface_hub lays it out."""
    commit = shop.hub.commit("authors/base")
    home = Path(shop.environment["HF_HOME"]) / "hub" / "models--authors--base"
    (home / "snapshots" / commit).mkdir(parents=True)
    (home / "snapshots" / commit / "model_v1_4b.safetensors").write_bytes((tiny.GOLDENS / "mlx" / "model_v1_4b.safetensors").read_bytes())
    shop.pull("base", "--accept-licence")
    assert not any("model_v1_4b" in request for request in shop.hub.requests)


def test_a_disk_that_fills_up_meanwhile(shop: Shop, tmp_path: Path) -> None:
    """The system's own refusal, brought about by a limit on the size of files."""
    enlarge(shop)
    limited = f"import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({LARGE // 2}, {LARGE // 2})); "
    limited += "sys.argv[1:] = ['models', 'pull', 'base', '--accept-licence']; runpy.run_module('voiceover', run_name='__main__')"
    command = [sys.executable, "-c", limited]
    done = subprocess.run(command, cwd=tmp_path, env={**os.environ, **shop.environment}, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "cannot be fetched: the file would be larger than is allowed here; what was downloaded is kept" in done.stderr
    assert "Traceback" not in done.stderr
    shop.pull("base", "--accept-licence")
    assert all(finding.fault is None for finding in verify_model(data_of(shop), "base"))


def test_a_disk_that_is_too_full(shop: Shop) -> None:
    """The need is told before anything is fetched."""
    path = Path(shop.environment["VOICEOVER_CATALOGUE"])
    size = (tiny.GOLDENS / "mlx" / "model_v1_4b.safetensors").stat().st_size
    path.write_text(path.read_text().replace(f"bytes: {size}", "bytes: 200000000000000"))
    done = shop.pull("base", "--accept-licence", check=2)
    assert "cannot pull the model: it needs 200,000,0" in done.stderr
    assert "MB are free" in done.stderr
    assert not any("/resolve/" in request for request in shop.hub.requests)


def test_two_pulls_at_once_that_share_a_vocoder(shop: Shop, tmp_path: Path) -> None:
    """Both have found that the vocoder is missing before either may fetch it."""
    command = [sys.executable, "-m", "voiceover", "models", "pull", "--accept-licence"]
    environment = {**os.environ, **shop.environment, "HF_ENDPOINT": shop.hub.url}
    with locks.episode_lock(tmp_path / "data" / "models", "vocos-mel-24khz.pull"):
        runs = [
            subprocess.Popen([*command, name], env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
            for name in ("base", "distill")
        ]
        for run in runs:
            assert run.stderr is not None
            assert "vocos-mel-24khz" in run.stderr.readline()  # what it will fetch
    told = [run.communicate(timeout=60)[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], told
    assert {record.name for record in installed(tmp_path / "data")} == {"base", "distill", "vocos-mel-24khz"}
    assert not list((tmp_path / "data" / "models").glob(".*"))


def test_a_model_that_came_meanwhile_is_not_fetched_again(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in shop.environment.items():
        monkeypatch.setenv(name, value)
    data = tmp_path / "data"
    planned = plan_pull("base", data)
    pull(plan_pull("base", data), data)
    with pytest.raises(ModelError, match="base is in the store already"):
        pull(planned, data)
