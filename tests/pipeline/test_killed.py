"""A render that is killed at any moment, and two renders at once: every file stands whole, and the next command completes the set."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import Run

LINES = 10
COMMAND = [sys.executable, "-m", "voiceover", "render", "tale.md", "-o", "out", "--format", "mp3,wav", "--json"]


def write_script(folder: Path, edition: int) -> None:
    lines = [f"{'Ann' if n % 2 else 'Bob'}: In edition {edition} this is sentence number {n} of the tale." for n in range(LINES)]
    (folder / "tale.md").write_text("---\ncast: {Ann: ada, Bob: ben}\n---\n\n" + "\n\n".join(lines) + "\n", "utf-8")


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir()) if not path.name.startswith(".")}


def test_killed_at_random_moments(voiceover: Run, tmp_path: Path) -> None:
    kills = int(os.environ.get("VOICEOVER_KILLS", "1"))
    whole: list[dict[str, str]] = []
    for edition in (1, 2):
        aside = tmp_path / f"aside{edition}"
        aside.mkdir()
        write_script(aside, edition)
        started = time.monotonic()
        voiceover(*COMMAND[3:], cwd=aside, VOICEOVER_CACHE=aside / "cache")
        span = time.monotonic() - started
        whole.append(digests(aside / "out"))
    chance = random.Random(5 + kills)
    work = tmp_path / "work"
    work.mkdir()
    shutil.copytree(tmp_path / "aside1" / "out", work / "out")
    for kill in range(kills):
        old, new = whole[kill % 2], whole[1 - kill % 2]
        write_script(work, 2 - kill % 2)
        environment = {**os.environ, "VOICEOVER_CACHE": str(work / f"cache{kill}")}
        process = subprocess.Popen(
            COMMAND, cwd=work, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        time.sleep(chance.uniform(0.1, 1.1) * span)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for name, digest in digests(work / "out").items():
            assert digest in (old[name], new[name]), f"{name} is neither the old nor the new file"
        cache = work / f"cache{kill}"
        standing = len(list(cache.glob("takes/*/*")))
        # One worker: of the takes begun at most one was not kept.
        assert len(list(cache.glob("new/*"))) <= 1
        completed = digests(work / "out") == new
        done = voiceover(*COMMAND[3:], cwd=work, VOICEOVER_CACHE=work / f"cache{kill}")
        assert digests(work / "out") == new
        last = json.loads(done.stdout.splitlines()[-1])
        assert last["recorded"] == (LINES - standing if last["made"] else 0)
        assert not completed or not last["made"]
        assert [path.name for path in (work / "out").iterdir() if path.is_dir()] == []


def test_a_killed_render_goes_on_where_it_stopped(voiceover: Run, tmp_path: Path) -> None:
    write_script(tmp_path, 1)
    process = subprocess.Popen(COMMAND, cwd=tmp_path, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    done_before = 0
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] == "record" and event["done"] >= 5:
            done_before = int(event["done"])
            break
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    last = json.loads(voiceover(*COMMAND[3:], cwd=tmp_path).stdout.splitlines()[-1])
    # The take in flight when the kill came may have to be recorded again.
    assert last["recorded"] <= LINES - done_before


@pytest.mark.slow
def test_interrupted_by_the_user(tmp_path: Path) -> None:
    write_script(tmp_path, 1)
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)):
        process = subprocess.Popen(
            [*COMMAND, "--jobs", "2"],
            cwd=tmp_path,
            env={**os.environ, "VOICEOVER_CACHE": str(tmp_path / f"cache{code}")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert process.stdout is not None
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "record" and event["done"] >= 2:
                break
        os.killpg(process.pid, number)
        _, errors = process.communicate(timeout=20)
        assert process.returncode == code, errors
        assert "Traceback" not in errors
        assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file() and not path.name.startswith(".")]


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["master", "publish"])
def test_interrupted_by_the_user_behind_the_recording(voiceover: Run, tmp_path: Path, stage: str) -> None:
    write_script(tmp_path, 1)
    voiceover(*COMMAND[3:], cwd=tmp_path)
    before = digests(tmp_path / "out")
    (tmp_path / "tale.md").write_text((tmp_path / "tale.md").read_text("utf-8").replace("---\ncast", "---\ntitle: Another\ncast"), "utf-8")
    process = subprocess.Popen(COMMAND, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line)["event"] == stage:
            break
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert digests(tmp_path / "out") == before
    assert [path.name for path in (tmp_path / "out").iterdir() if path.name.startswith(".")] == []
    last = json.loads(voiceover(*COMMAND[3:], cwd=tmp_path).stdout.splitlines()[-1])
    assert (last["recorded"], last["made"]) == (0, True)


@pytest.mark.slow
def test_two_renders_at_once(tmp_path: Path) -> None:
    write_script(tmp_path, 1)
    both = [subprocess.Popen(COMMAND, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    results = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], results
    made = [json.loads(output.splitlines()[-1]) for output, _ in results]
    assert sorted(event["made"] for event in made) == [False, True]
    assert sum(event["recorded"] for event in made) == LINES


def test_no_wait_says_that_the_episode_is_held(voiceover: Run, tmp_path: Path) -> None:
    write_script(tmp_path, 1)
    first = subprocess.Popen(COMMAND, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    first.stdout.readline()
    first.send_signal(signal.SIGSTOP)  # it must not be done before the other looks
    done = voiceover(*COMMAND[3:-1], "--no-wait", check=None)
    first.send_signal(signal.SIGCONT)
    first.communicate(timeout=120)
    assert done.returncode == 4
    assert "tale" in done.stderr
