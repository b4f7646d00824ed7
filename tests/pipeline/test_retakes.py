"""Suspect takes are recorded again with the next seed, by every way of recording alike; the best attempt is kept and the rest is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run
from tests.engine_packages import install

ENGINE = Path(__file__).parents[1] / "stumbling_engine.py"
HEAD = "---\ntitle: T\nengine: stumbler\ncast: {Ann: ada, Bob: ben}\n---\n\n"
GOOD = "Ann: This line is spoken well at once."
SECOND = "Bob: This one (1 bad) is well at the second attempt."
NEVER = "Ann: And this one (9 bad) never is, whatever is tried."


@pytest.fixture(autouse=True)
def stumbler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site").mkdir()
    install(tmp_path / "site", ENGINE, "stumbler", monkeypatch)


def write(folder: Path, *lines: str, head: str = HEAD, name: str = "ep") -> None:
    (folder / f"{name}.md").write_text(head + "\n\n".join(lines) + "\n", "utf-8")


def manifest(folder: Path, name: str = "ep") -> dict[str, Any]:
    """The manifest beside the files, or in the state folder of the batch that made them."""
    (path,) = {*folder.glob(f"{name}.manifest.json")} or {*folder.rglob(f".voiceover/**/{name}.manifest.json")}
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return content


def kept(folder: Path, name: str = "ep") -> list[tuple[int, int, bool]]:
    """Attempt that is heard, number of attempts and mark of each take."""
    return [(take["attempt"], len(take.get("attempts", ())), take.get("suspect", False)) for take in manifest(folder, name)["takes"]]


def test_the_best_attempt_is_kept_and_what_stays_suspect_is_told(voiceover: Run, tmp_path: Path) -> None:
    write(tmp_path, GOOD, SECOND, NEVER)
    told = voiceover("render", "ep.md", check=3).stderr
    assert "recording 2 suspect takes again" in told
    assert told.endswith("1 suspect take: ep.md:11\n")
    assert "ep.md:11: 1.99 s of silence within it (the best of 4 attempts)" in told
    assert "3 takes recorded, 0 reused, 4 recorded again" in told
    assert kept(tmp_path) == [(0, 0, False), (1, 2, False), (1, 4, True)]
    assert manifest(tmp_path)["suspect"] is True
    stored = {entry["address"] for entry in json.loads(voiceover("takes", "list", "ep.md", "--json").stdout)}
    assert stored == {take["address"] for take in manifest(tmp_path)["takes"]}
    before = {path.name: path.read_bytes() for path in tmp_path.glob("ep.*")}
    again = voiceover("render", "ep.md", check=3).stderr
    assert "ep.mp3 is up to date" in again
    assert "1 suspect take: ep.md:11" in again
    assert voiceover("render", "ep.md", "-q", "--allow-suspect").stderr == ""
    assert {path.name: path.read_bytes() for path in tmp_path.glob("ep.*")} == before
    plan = json.loads(voiceover("plan", "ep.md", "--json").stdout)
    assert plan["stands"]
    assert [take["status"] for take in plan["takes"]] == ["cached"] * 3


@pytest.mark.slow
def test_workers_a_batch_and_an_emptied_cache_give_the_same_files(voiceover: Run, tmp_path: Path) -> None:
    write(tmp_path, GOOD, SECOND, NEVER)
    voiceover("render", "ep.md", "-o", "one", check=3)
    caches = [("render", "ep.md", "-o", "two", "--jobs", "2"), ("batch", "ep.md", "-o", "night", "--jobs", "2", "--report", "r.json")]
    for number, arguments in enumerate(caches):
        voiceover(*arguments, check=3, VOICEOVER_CACHE=tmp_path / f"cache{number}")
    made = [{path.name: path.read_bytes() for path in (tmp_path / name).glob("ep.*")} for name in ("one", "two", "night")]
    made[2]["ep.manifest.json"] = next(tmp_path.rglob(".voiceover/**/ep.manifest.json")).read_bytes()
    assert made[0] == made[1] == made[2]
    report = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert report["exit_code"] == 3
    assert report["takes"] == {"recorded": 7, "reused": 0, "suspect": 1}
    (episode,) = report["episodes"]
    assert episode["suspect"] == 1
    assert episode["notes"][0] == "1 suspect take: ep.md:11"
    voiceover("batch", "ep.md", "-o", "night", "--report", "r.json", VOICEOVER_CACHE=tmp_path / "cache1")
    (unchanged,) = json.loads((tmp_path / "r.json").read_text("utf-8"))["episodes"]
    assert (unchanged["status"], unchanged["suspect"]) == ("unchanged", 1)


@pytest.mark.slow
def test_a_batch_of_several_episodes_waits_for_the_retakes_of_each(voiceover: Run, tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        write(tmp_path, GOOD, SECOND, f"Bob: A line (2 bad) of {name} alone.", name=name)
    told = voiceover("batch", "a.md", "b.md", "c.md", "-o", "out", "--jobs", "2").stderr
    assert "made: 3" in told
    assert [kept(tmp_path, name) for name in "abc"] == [[(0, 0, False), (1, 2, False), (2, 3, False)]] * 3


@pytest.mark.slow
def test_more_retakes_are_tried_when_they_are_allowed(voiceover: Run, tmp_path: Path) -> None:
    write(tmp_path, "Ann: This one (3 bad) is well at the fourth.", head=HEAD.replace("cast", "retakes: 1\ncast"))
    assert "1 suspect take: ep.md:8" in voiceover("render", "ep.md", check=3).stderr
    assert kept(tmp_path) == [(1, 2, True)]
    voiceover("render", "ep.md", "--retakes", "0", check=3)
    assert kept(tmp_path) == [(1, 2, True)]
    assert not json.loads(voiceover("plan", "ep.md", "--retakes", "3", "--json").stdout)["stands"]
    voiceover("render", "ep.md", "--retakes", "3")
    assert kept(tmp_path) == [(3, 4, False)]
    assert json.loads(voiceover("plan", "ep.md", "--json").stdout)["stands"]
    for wrong in ("-1", "21", "x"):
        voiceover("render", "ep.md", "--retakes", wrong, check=2)


def test_an_engine_without_seeds_is_told_and_not_retried(voiceover: Run, tmp_path: Path) -> None:
    write(tmp_path, GOOD, NEVER)
    told = voiceover("render", "ep.md", check=3, STUMBLER_SEEDS="no").stderr
    assert "again" not in told.split("stumbler has no seeds")[0]
    assert "stumbler has no seeds, so nothing was recorded again; voiceover retake offers --speed, --say and --audio" in told
    assert kept(tmp_path) == [(0, 0, False), (0, 0, True)]
    refused = voiceover("retake", "ep.md", "9", check=2, STUMBLER_SEEDS="no").stderr
    assert refused.startswith("ep.md:9:6: the engine stumbler has no seeds")
    assert "--speed or --say, or a recording of your own with --audio" in refused


@pytest.mark.parametrize("command", [pytest.param(("render",), marks=pytest.mark.slow), ("batch", "-o", ".")])
def test_an_attempt_that_cannot_be_spoken_stops_nothing(voiceover: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    write(tmp_path, GOOD, "Bob: This one (1 bad, 1 lost) is well at the third attempt.")
    voiceover(command[0], "ep.md", *command[1:])
    assert kept(tmp_path) == [(0, 0, False), (2, 3, False)]


@pytest.mark.parametrize("command", [("render",), pytest.param(("batch", "-o", "."), marks=pytest.mark.slow)])
def test_a_silent_first_attempt_is_tried_again(voiceover: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    write(tmp_path, GOOD, "Bob: This one (2 mute) is well at the third attempt.")
    voiceover(command[0], "ep.md", *command[1:])
    assert kept(tmp_path) == [(0, 0, False), (2, 3, False)]
    if command[0] == "render":
        plan = json.loads(voiceover("plan", "ep.md", "--json").stdout)
        assert (plan["stands"], [take["status"] for take in plan["takes"]]) == (True, ["cached"] * 2)
    write(tmp_path, GOOD, "Bob: This one (9 mute) never is.")
    assert "it returned only silence" in voiceover(command[0], "ep.md", *command[1:], check=1).stderr


def test_an_unchanged_line_keeps_its_attempt_when_another_is_edited(voiceover: Run, tmp_path: Path) -> None:
    write(tmp_path, GOOD, SECOND)
    voiceover("render", "ep.md")
    first = manifest(tmp_path)["takes"][1]["address"]
    write(tmp_path, GOOD.replace("well", "very well"), SECOND)
    told = voiceover("render", "ep.md").stderr
    assert "1 take recorded, 1 reused, -" in told
    assert manifest(tmp_path)["takes"][1]["address"] == first
    assert len(manifest(tmp_path)["takes"][1]["attempts"]) == 2


@pytest.mark.slow
def test_all_attempts_of_an_episode_outlive_a_clean_up(voiceover: Run, tmp_path: Path) -> None:
    write(tmp_path, GOOD, NEVER)
    voiceover("render", "ep.md", check=3)
    assert "0 takes removed" in voiceover("takes", "gc", "--cap", "0").stderr
    (tmp_path / "ep.manifest.json").unlink()
    assert "5 takes removed" in voiceover("takes", "gc", "--cap", "0").stderr


def test_a_suspect_take_may_be_accepted_and_the_acceptance_forgotten(voiceover: Run, tmp_path: Path) -> None:
    write(tmp_path, GOOD, NEVER)
    assert "render the script first" in voiceover("takes", "accept", "ep.md", "9", check=2).stderr
    voiceover("render", "ep.md", check=3)
    assert "no take here is suspect" in voiceover("takes", "accept", "ep.md", "7", check=2).stderr
    assert "ep.md:9:6: accepted: silence" in voiceover("takes", "accept", "ep.md", "9").stderr
    assert "accepted: silence]" not in voiceover("takes", "list", "ep.md").stdout  # as it was rendered
    assert "[attempt 1 of 4 kept; accepted: silence]" in voiceover("takes", "list", "ep.md", "-o", "elsewhere").stdout
    told = voiceover("render", "ep.md").stderr
    assert "is up to date" not in told
    assert "suspect" not in told
    assert kept(tmp_path)[1][2] is False
    assert "suspect" not in manifest(tmp_path)
    listed = voiceover("takes", "list", "ep.md").stdout
    assert listed.splitlines()[1].endswith("[attempt 1 of 4 kept; accepted: silence]")
    voiceover("takes", "forget", "ep.md", "9")
    assert not (tmp_path / "ep.takes.yaml").exists()
    voiceover("render", "ep.md", check=3)


@pytest.mark.slow
def test_the_chapters_of_a_book_tell_of_their_suspect_takes(voiceover: Run, tmp_path: Path) -> None:
    write(tmp_path, "## One", GOOD, SECOND, "## Two", NEVER)
    told = voiceover("render", "ep.md", "--split", "chapters", "-o", "out", check=3).stderr
    assert told.endswith("1 suspect take: ep.md:15\n")
    chapters = [json.loads(path.read_text("utf-8")) for path in sorted((tmp_path / "out").rglob("0*.manifest.json"))]
    assert [chapter.get("suspect", False) for chapter in chapters] == [False, True]
    attempts = {take["text"]: len(take.get("attempts", ())) for chapter in chapters for take in chapter["takes"]}
    assert [attempts[line.partition(": ")[2]] for line in (GOOD, SECOND, NEVER)] == [0, 2, 4]
    voiceover("takes", "accept", "ep.md", "15")
    again = voiceover("render", "ep.md", "--split", "chapters", "-o", "out").stderr
    assert "2 chapters, 1 new or changed" in again
