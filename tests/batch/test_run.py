"""A batch from its paths to its report."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote

import pytest

from tests.batch.conftest import STATE, Batch, Site, endings, page, reason
from tests.command_parts import run
from tests.conftest import Run
from voiceover.batch import BatchRequest, report_pieces, run_batch
from voiceover.batch.awake import awake
from voiceover.errors import EngineMissingError, LockHeldError, PublishError
from voiceover.pipeline.rates import MeasuredRates
from voiceover.system import folders
from voiceover.system.locks import batch_lock, episode_lock
from voiceover.types import Settings


def files(folder: str) -> set[str]:
    return {path.name for path in Path(folder).iterdir() if not path.name.startswith(".")}


def test_one_that_fails_does_not_stop_the_others(site: Site, batch: Batch) -> None:
    site(
        {
            "content/a.md": page("This is fine."),
            "content/b.md": "---\ncast: {A: nosuch}\n---\n\nA: There is no such voice.\n",
            "content/c.md": page("First this.\n\nThen it fails here.\n\nAnd then that."),
            "content/d.md": page("It breaks in a way nobody thought of."),
            "content/e.md": page("This is fine, too."),
        }
    )
    report = batch()
    assert endings(report) == {"a": "made", "b": "failed", "c": "failed", "d": "failed", "e": "made"}
    assert "content/b.md:2:8: unknown voice" in reason(report, "b")
    assert "content/c.md:7:1" in reason(report, "c") and "cannot say that" in reason(report, "c")
    assert "ZeroDivisionError: a bug" in reason(report, "d")
    assert report.exit_code == 1
    assert {"a.mp3", "e.mp3"} < files("out")
    assert [path.name for path in Path("out").iterdir() if path.name.startswith(".")] == []
    assert endings(batch()) == {**endings(report), "a": "unchanged", "e": "unchanged"}


@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_line_that_several_episodes_say_fails_them_at_their_places(jobs: int, site: Site, batch: Batch) -> None:
    site(
        {
            "content/a.md": page("It fails.\n\nThis is a."),
            "content/b.md": page("This is b.\n\nIt fails."),
            "content/c.md": page("This is c."),
        }
    )
    report = batch(jobs=jobs)
    assert endings(report) == {"a": "failed", "b": "failed", "c": "made"}
    assert reason(report, "a").startswith("content/a.md:5:1: the engine cannot speak")
    assert reason(report, "b").startswith("content/b.md:7:1: the same line as content/a.md:5:1: ")
    # What can be spoken of them is kept.
    site({"content/a.md": page("This is a."), "content/b.md": page("This is b.")})
    assert [outcome.recorded for outcome in batch().outcomes] == [0, 0, 0]


def test_one_worker_records_for_all_episodes(site: Site, batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voiceover.batch.work.AHEAD_EPISODES", 2)
    shared = "All say this."
    site({f"content/{name}.md": page(f"This is {name}.\n\n{shared}") for name in "abcde"})
    report = batch()
    assert set(endings(report).values()) == {"made"}
    said = Path("said").read_text().splitlines()
    assert len(said) == len(set(said)) == sum(outcome.recorded for outcome in report.outcomes) == 2 + 5
    assert len(set(Path("opened").read_text().split()) - {str(os.getpid())}) == 1


def test_an_engine_that_fails_as_a_whole_ends_the_batch(site: Site) -> None:
    """Its error is that of every episode that waits for it, and the batch is over: it does not wait for takes that will not come."""
    site({f"content/{name}.md": page(f"This is {name}.") for name in "abc"} | {"broken": ""})
    command = [sys.executable, "-m", "voiceover", "batch", "content", "-o", "out", "--engine", "night", "--report", "report.json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1, done.stderr
    told = json.loads(Path("report.json").read_bytes())
    assert [episode["status"] for episode in told["episodes"]] == ["failed"] * 3
    assert all("the night engine is broken" in episode["reason"] for episode in told["episodes"])
    assert not told["interrupted"]
    assert "Traceback" not in done.stderr
    # The next one finds nothing in its way.
    Path("broken").unlink()
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(Path("report.json").read_bytes())["counts"]["made"] == 3


def test_episodes_of_several_engines(site: Site, batch: Batch) -> None:
    engines = {"a": "night", "b": "draft", "c": "draft", "d": "night"}
    site({f"content/{name}.md": page(f"This is {name}.", engine=engine) for name, engine in engines.items()})
    report = batch(flags=Settings(), allow_draft=True)
    assert set(endings(report).values()) == {"made"}, [outcome.reason for outcome in report.outcomes]
    assert [outcome.facts.engine for outcome in map(report.full, report.outcomes) if outcome.facts] == list(engines.values())


def test_a_store_that_machines_share(site: Site, batch: Batch) -> None:
    site({"content/a.md": page("This is a.\n\nAnd more of it.")})
    shared = str(Path("shared").absolute())
    assert [outcome.recorded for outcome in batch(cache_folder=Path("one"), store=shared).outcomes] == [3]
    assert [outcome.recorded for outcome in batch(cache_folder=Path("two"), store=shared, output="out2").outcomes] == [0]


def test_a_store_that_cannot_be_opened_starts_nothing(site: Site, voiceover: Run) -> None:
    site({"content/a.md": page("This is a."), "file": ""})
    done = voiceover("batch", "content", "-o", "out", "--engine", "night", "--store", "file/x", "--report", "report.json", check=2)
    assert "cannot read the shared store" in done.stderr
    told = json.loads(Path("report.json").read_bytes())
    assert (told["exit_code"], [episode["status"] for episode in told["episodes"]]) == (2, ["unfinished"])


def test_exit_codes(site: Site, batch: Batch) -> None:
    site({"content/a.md": "---\ncast: {A: nosuch}\n---\n\nA: There is no such voice.\n"})
    assert batch().exit_code == 2
    site({"content/b.md": page("This is fine.", draft=True)})
    assert batch().exit_code == 1
    site({"content/b.md": page("This is fine.")})
    assert batch(fail_fast=True).exit_code == 1
    assert batch().exit_code == 1
    (Path("content") / "a.md").unlink()
    assert batch().exit_code == 0


def test_the_longest_name(site: Site, batch: Batch) -> None:
    most = "n" * (255 - len(".draft.transcript.html"))
    site({f"content/{most}.md": page("This is fine."), f"content/{most}n.md": page("This is not.")})
    report = batch()
    assert endings(report) == {most: "made", f"{most}n": "failed"}
    assert reason(report, f"{most}n") == f"out: '{most}n.draft' cannot be the name of an episode's files: it is too long"


@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac has no such names")
def test_a_name_that_is_no_text(site: Site, batch: Batch) -> None:
    site({"content/a.md": page("This is fine."), "content/b\udcff.md": page("This is not."), "content/c\udcff/c.md": page("Nor this.")})
    report = batch()
    assert list(endings(report).values()) == ["made", "failed", "failed"]
    assert [" is not valid UTF-8; rename it" in outcome.reason for outcome in report.outcomes] == [False, True, True]
    assert [outcome.exit_code for outcome in report.outcomes] == [0, 2, 2]


def test_auto_is_strict(site: Site, batch: Batch) -> None:
    site({"content/a.md": page("This is fine.")})
    report = batch(engine=None)
    assert (endings(report), report.exit_code) == ({"a": "failed"}, 2)
    assert "to use it in a batch, say engine: draft" in reason(report, "a")
    assert EngineMissingError.exit_code == 2


@pytest.mark.slow
def test_fail_fast(site: Site, batch: Batch) -> None:
    site({"content/a.md": page("This is fine."), "content/b.md": page("It fails."), "content/c.md": page("This is fine, too.")})
    report = batch(fail_fast=True)
    assert endings(report)["b"] == "failed"
    assert "unfinished" in endings(report).values()
    assert report.exit_code == 1
    # What was recorded is kept.
    assert sum(outcome.recorded for outcome in batch(only=("a.md", "c.md")).outcomes) <= 1


def test_pages_of_a_site(site: Site, batch: Batch) -> None:
    site(
        {
            "content/draft.md": page("Not yet.", draft=True),
            "content/later.md": page("Not yet.", publishDate="2999-01-01"),
            "content/past.md": page("No more.", expiryDate="1999-01-01"),
            "content/mute.md": page("Not aloud.", audio=False),
            "content/empty.md": page("<!-- to be written -->"),
            "content/image.md": page("![a picture](x.png)"),
            "content/play.md": "---\ntitle: x\ncast: {A: ada}\ndraft: false\npublishDate: 2020-01-01\n---\n\nA: A script may say so.\n",
        }
    )
    report = batch()
    assert {name for name, ending in endings(report).items() if ending == "made"} == {"play"}
    assert {name for name, ending in endings(report).items() if ending == "skipped"} == set(endings(report)) - {"play"}
    assert report.exit_code == 0
    assert "only its title" in reason(report, "empty")
    assert endings(batch()) == {**endings(report), "play": "unchanged"}


def test_what_is_left_over(site: Site, batch: Batch) -> None:
    site(
        {
            "content/a/a.md": page("This is a."),
            "content/b.md": page("This is b."),
            "content/c.md": page("This is c."),
            "other/d.md": page("D."),
        }
    )
    batch("content", "other")
    Path("content/a/a.md").unlink()
    site({"content/b.md": page("This is b.", draft=True), "content/c.md": page("")})
    Path("out/c.txt").write_text("Somebody wrote this.")
    Path("out/a/mine.txt").write_text("And this.")
    report = batch()
    assert {orphan.stem: orphan.reason for orphan in report.orphans} == {
        "a/a": "its script was deleted",
        "b": "a draft (draft: true)",
        "c": "content/c.md:1:1: nothing in this script is spoken; it needs at least one line of text",
    }
    assert {"b.mp3", "c.mp3", "d.mp3"} < files("out")
    report = batch(prune=True)
    assert {orphan.stem: orphan.pruned for orphan in report.orphans} == {"a/a": True, "b": True, "c": False}
    # d has a script, if none of this batch; what a person wrote is nobody's to remove.
    assert files("out") == {
        "a",
        "c.txt",
        "d.mp3",
        "d.credits.txt",
        "d.vtt",
        "d.srt",
        "d.txt",
        "d.transcript.json",
        "d.transcript.html",
    }
    assert files("out/a") == {"mine.txt"}
    assert [orphan.stem for orphan in batch(prune=True).orphans] == ["c"]
    site({"content/b.md": page("This is b.")})
    assert endings(batch())["b"] == "made"


def test_a_project_file_that_cannot_be_read_costs_no_episode(site: Site, batch: Batch) -> None:
    site({"voiceover.yaml": "scripts: [content/*.txt]\n", "content/a.txt": "This is a.", "content/b.md": page("This is b.")})
    batch()
    made = files("out")
    assert made == {"a.mp3", "a.credits.txt", "a.vtt", "a.srt", "a.txt", "a.transcript.json", "a.transcript.html"}
    site({"voiceover.yaml": "scripts: [content/*.txt\n"})
    report = batch(prune=True)
    assert (endings(report), report.orphans, files("out")) == ({"b": "failed"}, (), made)
    site({"voiceover.yaml": "scripts: [content/*.md]\n"})
    assert [orphan.stem for orphan in batch(prune=True).orphans] == ["a"]


def test_nothing_is_left_of_an_episode_that_was_not_made(site: Site, batch: Batch) -> None:
    site(
        {
            "content/a/one.md": page("It fails."),
            "content/b/c/two.md": page("This is b."),
            "content/b/three/three.md": page("[oops:"),
            "out/d/e": "",
        }
    )
    assert endings(batch()) == {"a/one": "failed", "b/c/two": "made", "b/three/three": "made"}
    assert files("out") == {"b", "d"}
    site({"content/b/f/four.md": page("It fails.")})
    batch()
    assert files("out/b") == {"c", "three"}


@pytest.mark.slow
def test_the_draft_is_left_over_when_the_episode_is_made(site: Site, batch: Batch) -> None:
    site({"content/a.md": page("This is a.")})
    batch(engine="draft", allow_draft=True)
    assert "a.draft.mp3" in files("out")
    report = batch(prune=True)
    assert endings(report) == {"a": "made"}
    assert [orphan.stem for orphan in report.orphans] == ["a.draft"]
    assert files("out") == {
        "a.mp3",
        "a.credits.txt",
        "a.vtt",
        "a.srt",
        "a.txt",
        "a.transcript.json",
        "a.transcript.html",
    }
    assert reason(batch(), "a") == "nothing has changed"


@pytest.mark.slow
def test_the_map_for_a_site(site: Site, batch: Batch) -> None:
    site(
        {
            "content/posts/hello/index.md": page("Good day.\n\n## One\n\nYes.", title="Hello"),
            "content/a.md": page("This is a."),
            "content/n.md": page("No.", draft=True),
        }
    )
    where = Path("data/sound.json")
    batch(listing=where)
    told = json.loads(where.read_bytes())
    assert (told["schema"], set(told["pages"])) == (1, {"a.md", "posts/hello/index.md"})
    hello = told["pages"]["posts/hello/index.md"]
    assert (hello["title"], hello["audio"], hello["provisional"]) == ("Hello", "posts/hello/hello.mp3", False)
    assert (hello["chapters"], told["pages"]["a.md"]["chapters"]) == ([{"title": "One", "start": 0.0, "clock": "0:00"}], [])
    assert hello["files"]["mp3"]["bytes"] == Path("out/posts/hello/hello.mp3").stat().st_size
    assert hello["files"]["vtt"]["path"] == hello["files"]["vtt"]["url"] == "posts/hello/hello.vtt"
    assert set(hello["files"]) & {"chapters.json", "manifest.json"} == {"chapters.json"}
    assert hello["duration"] == f"0:{int(hello['seconds']):02}"
    at = "posts/hello/hello"
    assert hello["players"] == [
        {
            "title": "Hello",
            "sources": [{"url": f"{at}.mp3", "type": "audio/mpeg"}],
            "vtt": f"{at}.vtt",
            "chapters": f"{at}.chapters.json",
            "transcript": f"{at}.transcript.html",
        }
    ]
    assert told["without"] == {"n.md": "not public"}
    before = where.stat()
    batch(listing=where, only=("a.md",))
    assert where.stat() == before
    # The last good episode of a page that fails is still its sound.
    site({"content/a.md": page("This fails.")})
    batch(listing=where)
    assert json.loads(where.read_bytes()) == told
    # As long as there is one.
    Path("out/a.mp3").unlink()
    batch(listing=where)
    assert set(json.loads(where.read_bytes())["pages"]) == {"posts/hello/index.md"}


def test_the_map_has_addresses_for_names_of_any_kind(site: Site, batch: Batch) -> None:
    site({"content/a/100% sure?.md": page("Quite."), "content/ü#1.md": page("The first.")})
    batch(listing=Path("map.json"))
    pages = json.loads(Path("map.json").read_bytes())["pages"]
    assert pages["a/100% sure?.md"]["url"] == "a/100%25%20sure%3F.mp3"
    assert pages["ü#1.md"]["url"] == "%C3%BC%231.mp3"
    for one in pages.values():
        assert unquote(one["url"]) == one["audio"]
        assert (Path("out") / one["audio"]).is_file()


def test_a_map_that_cannot_be_written(site: Site, batch: Batch) -> None:
    site({"content/a.md": page("This is a."), "data": "A file, not a folder."})
    with pytest.raises(PublishError, match="data: cannot write the index: there is a file"):
        batch(listing=Path("data/sound.json"))
    # The episodes were made, so it did start.
    assert (PublishError.exit_code, Path("out/a.mp3").is_file()) == (1, True)


def test_the_map_says_why_a_page_has_no_episode(site: Site, batch: Batch) -> None:
    site(
        {
            "content/a.md": page("It fails.", engine="night"),
            "content/draft.md": page("This is a draft.", draft=True),
            "content/mute.md": page("Not aloud.", audio=False),
            "content/empty.md": page("<!-- nothing -->", engine="night"),
            "content/robot.md": page("This is a robot.", engine="draft"),
            "content/show.yaml": "feed: {base_url: https://cast.town/}\n",
        }
    )
    batch(flags=Settings(), listing=Path("map.json"))
    told = json.loads(Path("map.json").read_bytes())
    expected = {
        "a": "not made yet",
        "draft": "not public",
        "mute": "audio: false",
        "empty": "nothing in it is spoken",
        "robot": "draft voice",
    }
    assert told == {"schema": 1, "pages": {}, "without": {f"{name}.md": why for name, why in expected.items()}}


def test_a_map_replaces_only_a_map(site: Site) -> None:
    site({"content/a.md": page("This is a."), "package.json": '{"name": "x"}', "list.json": "[1]", "torn.json": '{"pages"'})
    for name in ("package", "list", "torn"):
        before = Path(f"{name}.json").read_bytes()
        code, told = run("batch", "content", "-o", "out", "--engine", "night", "--index", f"{name}.json")
        assert code == 2 and "this is not an index of pages, so it is not replaced" in told
        assert Path(f"{name}.json").read_bytes() == before and not Path("out").exists()


@pytest.mark.slow
def test_a_dry_run_makes_nothing_and_says_how_long_it_would_take(site: Site, batch: Batch) -> None:
    site({"content/a.md": page("This is a."), "content/b.md": page("This is b.\n\nAnd more of it.")})
    report = batch(dry_run=True)
    assert endings(report) == {"a": "to do", "b": "to do"}
    assert [outcome.recorded for outcome in report.outcomes] == [2, 3]
    assert report.backlog_seconds is not None and report.backlog_seconds > 0 and not report.rate_is_measured
    assert not Path("out").exists()
    batch("content/a.md")
    assert batch(dry_run=True).rate_is_measured
    assert endings(batch(dry_run=True)) == {"a": "unchanged", "b": "to do"}


@pytest.mark.slow
def test_a_rate_does_not_count_the_start(site: Site, batch: Batch) -> None:
    site({"content/a.md": page("\n\n".join(f"This is line {number}." for number in range(6))), "late": ""})
    report = batch()
    assert report.wall_seconds > 3
    rates = json.loads((folders.cache_folder(None) / "rates.json").read_bytes())
    (work,) = (work for key, (work, _) in rates.items() if "night" in key)
    assert 0 < work < 3


def test_rates_are_kept(tmp_path: Path) -> None:
    rates = MeasuredRates(tmp_path)
    assert rates.measured("f5") is None
    rates.add("f5", 10, 40)
    rates.add("f5", 20, 20)
    rates.add("f5", 0, 5)
    rates.save()
    assert MeasuredRates(tmp_path).measured("f5") == pytest.approx(0.5)
    (tmp_path / "rates.json").write_text("[1")
    assert MeasuredRates(tmp_path).measured("f5") is None


@pytest.mark.slow
def test_the_newest_first_until_the_time_is_over(site: Site, batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time is over when the first of those lines begins."""
    said = Path("said")
    clock = SimpleNamespace(time=lambda: 1.0 if said.exists() and "sleepily" in said.read_text() else 0.0, monotonic=time.monotonic)
    monkeypatch.setattr("voiceover.batch.work.time", clock)
    lines = "\n\n".join(f"It goes sleepily, number {number}." for number in range(4))
    site(
        {
            f"content/p{day}.md": page(f"On day {day}.\n\n{lines}".replace("number", f"day {day} number"), date=f"2020-01-0{day}")
            for day in (1, 3, 2)
        }
    )
    report = batch(stop_at=1.0)
    assert report.exit_code == 0
    assert endings(report) == {"p1": "unfinished", "p2": "unfinished", "p3": "unfinished"}
    assert "day three" in said.read_text() and "day one" not in said.read_text()
    report = batch(stop_at=1.0)
    assert "made" not in endings(report).values()
    report = batch()
    assert endings(report)["p2"] == "made"
    # Of the takes that were begun in time none is recorded again.
    assert sum(outcome.recorded for outcome in report.outcomes) < 3 * 6


@pytest.mark.slow
def test_the_longest_line_does_not_come_before_the_newest(site: Site, batch: Batch) -> None:
    day = {number: f"This is said on day {number}" + ", and on" * (3 - number) for number in (1, 2, 3)}
    texts = {number: "\n\n".join(f"{words}, {line}." for line in range(4)) for number, words in day.items()}
    site({f"content/p{number}.md": page(text, date=f"2020-01-0{number}") for number, text in texts.items()})
    batch(stop_at=time.time() + 60, jobs=2)
    days = {"one": "1", "two": "2", "three": "3"}
    said = [days[match[1]] for match in re.finditer(r"on day (one|two|three)\b", Path("said").read_text())]
    assert sorted(said) == ["1"] * 4 + ["2"] * 4 + ["3"] * 4
    # Two workers: one of them may begin the next episode while the other comes to the last line.
    assert said.index("2") >= 3
    assert said.index("1") >= 7


@pytest.mark.slow
def test_an_episode_that_another_run_is_making(site: Site, batch: Batch) -> None:
    site({"content/a.md": page("This is a."), "content/b.md": page("This is b.")})
    with episode_lock(Path("out"), "a"):
        report = batch()
    assert endings(report) == {"a": "failed", "b": "made"}
    assert "another run is rendering this episode" in reason(report, "a")


def test_one_batch_a_folder(site: Site) -> None:
    site({"content/a.md": page("This is a.")})
    with batch_lock(Path("out"), STATE.home), pytest.raises(LockHeldError) as caught:
        run_batch(BatchRequest(("content",), Path("out")), lambda report: pytest.fail("the report is the other's"))
    assert caught.value.exit_code == 4


def test_the_report_says_what_was_done(site: Site, batch: Batch) -> None:
    site({"content/a.md": page("This is a.\n\nThis is a."), "content/b.md": page("It fails.")})
    told = json.loads("".join(report_pieces(batch())))
    assert (told["schema"], told["exit_code"], told["interrupted"], told["error"]) == (1, 1, False, None)
    assert told["counts"] == {"made": 1, "unchanged": 0, "skipped": 0, "failed": 1, "unfinished": 0, "to_do": 0}
    one = told["episodes"][0]
    assert (one["script"], one["status"], one["recorded"], one["reused"]) == ("content/a.md", "made", 2, 0)
    assert one["loudness"]["integrated_lufs"] == pytest.approx(-16, abs=0.2)
    assert {file["path"] for file in one["files"]} == files("out")
    assert one["seconds"] > one["speech_seconds"] > 0
    assert one["rtf"] == pytest.approx(one["wall_seconds"] / one["seconds"], rel=0.05)
    again = json.loads("".join(report_pieces(batch())))["episodes"][0]
    assert again["files"] == one["files"]
    assert again["loudness"] == one["loudness"]


@pytest.mark.slow
def test_a_mac_is_kept_awake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "told"
    command = tmp_path / "caffeinate"
    command.write_text(f"#!{sys.executable}\nimport sys, time\nopen({str(told)!r}, 'w').write(' '.join(sys.argv[1:]))\ntime.sleep(60)\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with awake("darwin"):
        deadline = time.monotonic() + 20
        while not (told.exists() and told.read_text()) and time.monotonic() < deadline:
            time.sleep(0.02)
    assert told.read_text() == f"-i -w {os.getpid()}"
    with awake("linux"):
        pass


def test_a_batch_without_a_model_says_so_once(site: Site) -> None:
    site({f"content/{number:02}.md": page(f"This is page {number}.") for number in range(6)})
    for more in ((), ("--dry-run",), ("-q",)):
        code, told = run("batch", "content", "-o", "out", *more)
        assert (code, told.count("auto finds only the stand-in")) == (2, 1), told
        assert "5 more scripts failed for the same reason as content/00.md" in told
        assert len(told.splitlines()) <= 5
        assert "backlog" not in told and "measured" not in told
    _, told = run("batch", "content", "-o", "out", "--explain")
    assert told.count("auto finds only the stand-in") == 1
    assert all(f"content/{number:02}.md" in told for number in range(6))
    run("batch", "content", "-o", "out", "--dry-run", "--report", "report.json")
    report = json.loads(Path("report.json").read_bytes())
    assert (report["backlog_rate"], report["counts"]["failed"], len(report["episodes"])) == (None, 6, 6)


def test_reasons_that_differ_are_all_printed(site: Site) -> None:
    site({f"content/{name}.md": page("This is said.", voice="nosuch") for name in "ab"})
    code, told = run("batch", "content", "-o", "out", "--engine", "night")
    assert (code, "same reason" in told) == (2, False)
    assert "content/a.md:3:8: unknown voice" in told and "content/b.md:3:8: unknown voice" in told


def test_an_estimate_is_called_measured_only_where_something_was(site: Site, batch: Batch) -> None:
    site({"content/a.md": page("This is said.")})
    dry = ("batch", "content", "-o", "out", "--engine", "night", "--dry-run")
    assert "hours at the engine's default rate (nothing measured here yet)" in run(*dry)[1]
    assert "to record" in run("plan", "content/a.md", "--engine", "night")[1]
    batch()
    assert "backlog" not in run(*dry)[1]
    assert "nothing to record" in run("plan", "content/a.md", "--engine", "night", "-o", "out")[1]
