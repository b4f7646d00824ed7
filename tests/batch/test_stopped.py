"""Batches as processes: two on one folder, signals, kills, an engine that hangs."""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.batch.conftest import STATE, Site, page
from tests.conftest import Run
from voiceover.batch.recording import _LAST_SECONDS, GRACE_SECONDS, LOOK_SECONDS
from voiceover.takes.workers import STOP_SECONDS

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "voiceover", "batch", "content", "-o", "out", "--engine", "night", "--report", "report.json"]
LIMIT_SECONDS = 5.0
LINES = 8
QUICK_LINES = 3
"""The other lines wait until the file ``quickly`` exists."""


def start(*more: str) -> subprocess.Popen[str]:
    return subprocess.Popen([*COMMAND, *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def report() -> dict[str, object]:
    return json.loads(Path("report.json").read_bytes())


def wait_for_takes(cache: Path, count: int) -> None:
    deadline = time.monotonic() + 60
    while len(list(cache.glob("takes/*/*"))) < count:
        assert time.monotonic() < deadline, "no take was recorded"
        time.sleep(0.02)


def slow_site(site: Site, slowly: str = "slowly") -> None:
    how = ["well, as well as anything can go"] * QUICK_LINES + [slowly] * (LINES - QUICK_LINES)  # the longest lines come first
    lines = [f"It goes {words}, this is number {number}." for number, words in enumerate(how)]
    site({"content/a.md": page("\n\n".join(lines))})


def be_quick() -> None:
    """From now on nothing is said slowly."""
    Path("quickly").touch()


def no_lock_is_held() -> bool:
    return not list(Path("out").rglob(".*"))


def test_all_that_a_signal_waits_for_is_bounded() -> None:
    """The promise of docs/batch.md; a clock would measure the machine, too."""
    assert LOOK_SECONDS + GRACE_SECONDS + _LAST_SECONDS + STOP_SECONDS < LIMIT_SECONDS


@pytest.mark.parametrize(("number", "code", "jobs"), [(signal.SIGINT, 130, "1"), (signal.SIGTERM, 143, "2"), (signal.SIGHUP, 129, "2")])
def test_a_signal_ends_it_in_time(number: signal.Signals, code: int, jobs: str, site: Site) -> None:
    slow_site(site)
    cache = Path(os.environ["VOICEOVER_CACHE"])
    process = start("--jobs", jobs)
    wait_for_takes(cache, QUICK_LINES)
    os.killpg(process.pid, number)
    _, errors = process.communicate(timeout=60)  # though a line is being said
    assert process.returncode == code, errors
    assert "Traceback" not in errors
    told = report()
    assert (told["exit_code"], told["interrupted"]) == (code, True)
    assert [episode["status"] for episode in told["episodes"]] == ["unfinished"]
    assert no_lock_is_held()
    standing = len(list(cache.glob("takes/*/*")))
    be_quick()
    done = subprocess.run([*COMMAND, "--jobs", "2"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert report()["takes"]["recorded"] == LINES + 1 - standing  # and the title


def test_an_engine_that_hangs_does_not_hold_the_end_up(site: Site) -> None:
    site({"content/a.md": page("This is said.\n\nThen it hangs.\n\nOr it hangs here.")})
    process = start("--jobs", "2")
    deadline = time.monotonic() + 60
    while not Path("hanging").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 143, errors
    assert report()["interrupted"]
    assert no_lock_is_held()


def test_an_engine_that_hangs_costs_one_episode(site: Site) -> None:
    site({"content/a.md": page("Then it hangs."), "content/b.md": page("This is said.")})
    done = subprocess.run([*COMMAND, "--timeout", "5s", "-q"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1, done.stderr
    assert done.stderr == "content/a.md: took longer than the time limit of 5 s per episode; its takes are kept\n"
    assert [episode["status"] for episode in report()["episodes"]] == ["failed", "made"]
    assert "longer than the time limit of 5 s" in report()["episodes"][0]["reason"]
    assert no_lock_is_held()


def test_two_at_once(site: Site) -> None:
    slow_site(site)
    first = start()
    wait_for_takes(Path(os.environ["VOICEOVER_CACHE"]), 1)
    os.killpg(first.pid, signal.SIGSTOP)  # it must not be done before the other looks
    second = subprocess.run([*COMMAND, "--report", "second.json"], capture_output=True, text=True, timeout=60)
    os.killpg(first.pid, signal.SIGCONT)
    assert second.returncode == 4
    assert "another batch is running in this folder" in second.stderr
    assert not Path("second.json").exists()
    be_quick()
    _, errors = first.communicate(timeout=120)
    assert first.returncode == 0, errors
    assert report()["counts"]["made"] == 1


def test_one_that_died_blocks_nobody_and_is_told_of(site: Site) -> None:
    slow_site(site, "sleepily")  # what has begun by the end of the time is waited for
    process = start()
    wait_for_takes(Path(os.environ["VOICEOVER_CACHE"]), 2)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    done = subprocess.run([*COMMAND, "--max-time", "1s"], capture_output=True, text=True, timeout=60)
    assert "the last batch in this folder was killed; resuming" in done.stderr
    assert done.returncode == 0
    assert report()["counts"]["unfinished"] == 1
    again = subprocess.run([*COMMAND, "--max-time", "1s"], capture_output=True, text=True, timeout=60)
    assert "was killed" not in again.stderr


@pytest.mark.parametrize("end", ["gone", "closed"])
def test_nobody_hears_what_it_says(end: str, site: Site) -> None:
    """The reader of its messages has gone, or there was never one: the night's work is done all the same."""
    site({f"content/{name}.md": page(f"This is {name}.") for name in "ab"})
    reader, writer = os.pipe()
    os.close(reader)
    command = COMMAND if end == "gone" else ["sh", "-c", 'exec "$@" 2>&-', "sh", *COMMAND]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=writer)
    os.close(writer)
    assert process.wait(timeout=60) == 0
    assert report()["counts"]["made"] == 2


def digests(place: Path = Path("out")) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(place.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(place).parts)
    }


def test_killed_at_random_moments(site: Site) -> None:
    site({f"content/p{number}.md": page(f"This is page {number}.\n\nIt has two paragraphs, number {number}.") for number in range(8)})
    started = time.monotonic()
    subprocess.run(COMMAND, capture_output=True, check=True, timeout=120)
    span, whole, manifests = time.monotonic() - started, digests(), digests(STATE.episodes)
    assert (len(whole), len(manifests)) == (8 * 7, 8)
    chance = random.Random(5)
    for number in range(int(os.environ.get("VOICEOVER_KILLS", "1"))):
        for path in (*Path("out").iterdir(), *STATE.episodes.iterdir()):
            if path.is_file():
                path.unlink()
        process = start("--cache-dir", f"cache{number}")
        time.sleep(chance.uniform(0.2, 1.0) * span)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        assert digests().items() <= whole.items() and digests(STATE.episodes).items() <= manifests.items()
        done = subprocess.run([*COMMAND, "--cache-dir", f"cache{number}"], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        assert (digests(), digests(STATE.episodes)) == (whole, manifests)
        assert not any(path.name.startswith(".") for place in (Path("out"), STATE.episodes) for path in place.rglob("*"))


def test_a_list_on_standard_input_and_a_report_on_standard_output(site: Site) -> None:
    site({"content/a.md": page("This is said."), "content/b.md": page("This is not asked for.")})
    done = subprocess.run(
        [sys.executable, "-m", "voiceover", "batch", "-", "-o", "out", "--engine", "night", "--report", "-"],
        input="content/a.md\n",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert [episode["name"] for episode in json.loads(done.stdout)["episodes"]] == ["content/a"]
    assert Path("out/content/a.mp3").exists()


def test_a_script_has_one_row(site: Site, voiceover: Run) -> None:
    site({"content/two\nlines.md": page("This is said.")})
    done = voiceover("batch", "content", "-o", "out", "--engine", "night", "--dry-run")
    _, row, _, backlog = done.stderr.splitlines()
    assert row.startswith("to do") and row.endswith("  content/two lines.md")
    assert backlog.startswith("backlog: ") and "backlog" not in voiceover("batch", "nosuch", "-o", "out", "--dry-run", check=2).stderr


def test_every_script_is_explained(site: Site, voiceover_process: Run) -> None:
    """In processes, whose start takes longer than a file counts as just written."""
    voiceover = voiceover_process
    site({"content/a.md": page("This is said."), "content/b.md": page("This is not yet.", draft=True)})
    command = ("batch", "content", "-o", "out", "--engine", "night")
    voiceover(*command)
    said = [line.split() for line in voiceover(*command, "--explain").stderr.splitlines()[1:]]
    assert [(line[0], line[-1]) for line in said[:-1:2]] == [("unchanged", "content/a.md"), ("skipped", "content/b.md")]
    assert said[-1][:-1] == ["unchanged:", "1,", "skipped:", "1;"]
    assert [" ".join(line) for line in said[1::2]] == ["nothing has changed", "a draft (draft: true)"]
    assert "content/a.md" not in voiceover(*command).stderr


def without_the_right_to_read_all() -> None:
    """Let root be refused like everybody."""
    if os.geteuid() == 0:
        for right in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
            assert ctypes.CDLL(None).prctl(24, right, 0, 0, 0) == 0  # PR_CAPBSET_DROP


@pytest.mark.skipif(sys.platform != "linux" and os.geteuid() == 0, reason="root can read all here")
def test_a_folder_that_may_not_be_read_costs_no_episode(site: Site) -> None:
    site({"content/a.md": page("This is a."), "content/closed/b.md": page("This is b.")})
    command = [*COMMAND, "--prune", "--index", "index.json"]
    subprocess.run(command, check=True, timeout=60)
    made, index = digests(), Path("index.json").read_bytes()
    closed = Path("content/closed")
    closed.chmod(0)
    site({"content/a.md": page("This is another a.")})
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, preexec_fn=without_the_right_to_read_all)
        assert done.returncode == 1, done.stderr
        assert "content/closed: cannot look for scripts: permission denied" in done.stderr
        assert "index.json: not updated" in done.stderr
        assert {episode["script"]: episode["status"] for episode in report()["episodes"]} == {
            "content/a.md": "made",
            "content/closed": "failed",
        }
        assert report()["orphans"] == []
        now = digests()
        assert now.keys() == made.keys()
        assert {path for path in made if now[path] == made[path]} >= {path for path in made if "closed" in path}
        assert Path("index.json").read_bytes() == index
        site({"content/a.md": page("This is a third a.")})
        stopped = [*COMMAND, "--fail-fast", "-q"]
        assert subprocess.run(stopped, timeout=60, preexec_fn=without_the_right_to_read_all).returncode == 1
        assert {episode["script"]: episode["status"] for episode in report()["episodes"]}["content/a.md"] == "unfinished"
        site({"content/a.md": page("This is another a.")})
    finally:
        closed.chmod(0o755)
    subprocess.run(command, check=True, timeout=60)
    assert report()["counts"]["unchanged"] == 2


@pytest.mark.parametrize("option", ["--report", "--index"])
def test_a_place_that_cannot_be_written_is_told_before_the_work(option: str, site: Site) -> None:
    site({"content/a.md": page("This is a."), "file": ""})
    for place, why in (("file/told.json", "there is a file of that name"), ("content", "it is a folder|is a directory")):
        command = [sys.executable, "-m", "voiceover", "batch", "content", "-o", "out", "--engine", "night", option, place]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 2, done.stderr
        assert re.search(why, done.stderr) and "Traceback" not in done.stderr
    assert not Path("out").exists()
    assert not Path("said").exists()


def test_what_could_not_start_is_reported(site: Site, voiceover: Run) -> None:
    site({"content/a.md": page("This is said.")})
    done = voiceover("batch", "nosuch", "-o", "out", "--report", "report.json", check=2)
    assert "nosuch" in done.stderr
    assert report()["exit_code"] == 2
    assert "nosuch" in str(report()["error"])
    assert "--until" in voiceover("batch", "content", "-o", "out", "--until", "25:00", check=2).stderr
    assert "a batch needs a folder" in voiceover("batch", "content", "-o", "x.mp3", check=2).stderr
    assert "needs --store" in voiceover("batch", "content", "-o", "out", "--cluster", "auto", check=2).stderr
