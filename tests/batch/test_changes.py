"""What counts as a change: content, and only content."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.batch.conftest import STATE, Batch, Site, endings, page, reason
from tests.conftest import Run
from voiceover import __version__
from voiceover.batch import BatchRequest, Outcome, ScriptStatus, run_batch
from voiceover.types import Settings
from voiceover.voices import shipped_folder

STANDS = "nothing has changed"
UNHEARD = ", but nothing that is heard or read"


@pytest.fixture
def made(site: Site, batch: Batch) -> Path:
    """A site with an episode that depends on everything that one can depend on."""
    folder = site(
        {
            "voiceover.yaml": "author: Ann\nlexicon: words.yaml\n",
            "words.yaml": "Nguyen: win\n",
            "content/one.md": page("Nguyen says hello.", cover="cover.png"),
            "content/two.md": page("Another page."),
        }
    )
    shutil.copytree(shipped_folder() / "ada", folder / "voices" / "ada")
    (folder / "content" / "cover.png").write_bytes(PNG)
    settle()
    assert endings(batch()) == {"one": "made", "two": "made"}
    return folder


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8cfc0f01f00050001ff5b0e2d1b0000000049454e44ae426082"
)


def settle() -> None:
    """Files that are older than a tick of the clock of files."""
    time.sleep(0.05)


@pytest.fixture
def unplanned(monkeypatch: pytest.MonkeyPatch) -> None:
    """An episode that is looked into fails."""

    def refuse(*arguments: object, **more: object) -> object:
        raise AssertionError("planned")

    monkeypatch.setattr("voiceover.batch.planning.run_before_recording", refuse)


def rewrite(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


def test_nothing_is_planned_where_nothing_has_changed(made: Path, batch: Batch, unplanned: None) -> None:
    for path in made.rglob("*"):
        os.utime(path)
    report = batch()
    assert endings(report) == {"one": "unchanged", "two": "unchanged"}
    assert reason(report, "one") == STANDS
    full = report.full(report.outcomes[0])
    assert full.facts is not None and full.facts.title == "A page"
    files = (Path(STATE.path_of("one", file.name)) for file in full.files)
    assert sorted(files) == sorted(path for place in ("out", STATE.episodes) for path in Path(place).glob("one.*"))


def test_one_script(made: Path, batch: Batch) -> None:
    before = (made / "content/one.md").stat()
    rewrite(made / "content/one.md", "hello", "howdy")
    os.utime(made / "content/one.md", ns=(before.st_atime_ns, before.st_mtime_ns))
    report = batch()
    assert endings(report) == {"one": "made", "two": "unchanged"}
    assert reason(report, "one") == "the script has changed; 1 line: 1 new text"
    assert report.outcomes[0].recorded == 1


def test_a_change_that_nobody_hears(made: Path, batch: Batch) -> None:
    rewrite(made / "content/one.md", "---\n\n", "---\n\n<!-- a note -->\n\n")
    settle()
    report = batch()
    assert (endings(report)["one"], reason(report, "one")) == ("unchanged", f"the script has changed{UNHEARD}")
    settle()
    assert reason(batch(), "one") == STANDS


def edit_lexicon(folder: Path) -> None:
    rewrite(folder / "words.yaml", "win", "nyen")


def edit_cover(folder: Path) -> None:
    (folder / "content/cover.png").write_bytes(PNG + b"\0")


def edit_voice(folder: Path) -> None:
    path = folder / "voices/ada/voice.yaml"
    path.write_text(path.read_text("utf-8") + "speed: 1.1\n", "utf-8")


def edit_project(folder: Path) -> None:
    rewrite(folder / "voiceover.yaml", "Ann", "Bob")


def add_project(folder: Path) -> None:
    (folder / "content/voiceover.yaml").write_text("author: Eve\nlexicon: {Nguyen: win}\n", "utf-8")


def add_voice(folder: Path) -> None:
    shutil.copytree(shipped_folder() / "ben", folder / "content/voices/Ada")


def redirect_cover(folder: Path) -> None:
    (folder / "content/other.png").write_bytes(PNG + b"\0\0")
    (folder / "content/cover.png").unlink()
    (folder / "content/cover.png").symlink_to("other.png")


@pytest.mark.parametrize(
    ("change", "names", "why"),
    [
        (edit_lexicon, {"one"}, "../words.yaml has changed"),
        (edit_cover, {"one"}, "../content/cover.png has changed"),
        (redirect_cover, {"one"}, "../content/cover.png has changed"),
        (edit_voice, {"one", "two"}, "../voices/ada/voice.yaml has changed"),
        (edit_project, {"one", "two"}, "../voiceover.yaml has changed"),
        (add_project, {"one", "two"}, "another project file"),
        (add_voice, {"one", "two"}, "the voice ada is another"),
    ],
)
def test_everything_around_a_script(change: Callable[[Path], None], names: set[str], why: str, made: Path, batch: Batch) -> None:
    change(made)
    report = batch()
    assert {name for name, ending in endings(report).items() if ending == "made"} == names
    assert reason(report, "one").startswith(why)
    settle()
    assert set(endings(batch()).values()) == {"unchanged"}


def test_a_cover_that_is_gone_is_an_error_and_comes_back(made: Path, batch: Batch) -> None:
    (made / "content/cover.png").rename(made / "content/away.png")
    (made / "content/one.md").write_text(
        (made / "content/one.md")
        .read_text("utf-8")
        .replace("title: A page", "title: A page\ncast: {A: ada}")
        .replace("Nguyen says", "A: Nguyen says"),
        "utf-8",
    )
    assert endings(batch()) == {"one": "failed", "two": "unchanged"}
    assert (made / "out/one.mp3").exists()
    (made / "content/away.png").rename(made / "content/cover.png")
    assert endings(batch()) == {"one": "made", "two": "unchanged"}


def test_a_nearer_file_of_the_same_name(site: Site, batch: Batch) -> None:
    site(
        {
            "voiceover.yaml": "assets: [shared]\n",
            "shared/words.yaml": "Nguyen: win\n",
            "content/one.md": page("Nguyen says hello.", lexicon="words.yaml"),
        }
    )
    settle()
    batch()
    settle()
    assert reason(batch(), "one") == STANDS
    site({"content/words.yaml": "Nguyen: nyen\n"})
    assert reason(batch(), "one") == "../content/words.yaml is there now; 1 line: 1 new text"


def test_finished_files_that_somebody_touched(made: Path, batch: Batch) -> None:
    audio = made / "out/one.mp3"
    whole, before = audio.read_bytes(), audio.stat()
    audio.unlink()
    report = batch()
    assert (endings(report)["one"], reason(report, "one").split(";")[0], report.outcomes[0].recorded) == ("made", "one.mp3 is gone", 0)
    assert audio.read_bytes() == whole
    audio.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    os.utime(audio, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert reason(batch(), "one").startswith("one.mp3 was modified")
    assert audio.read_bytes() == whole
    # The same bytes in another file: read once, and then known.
    shutil.copyfile(audio, made / "copy")
    (made / "copy").replace(audio)
    assert reason(batch(), "one") == STANDS


def test_what_is_asked_for(made: Path, batch: Batch) -> None:
    assert set(endings(batch(flags=Settings(engine="night", loudness=None, author="Zoe"))).values()) == {"made"}
    report = batch()
    assert set(endings(report).values()) == {"made"}
    assert reason(report, "two").startswith("other options on the command line")


def test_another_chosen_model_and_another_voiceover(site: Site, batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are reasons to look again, in words, and no more than that where the engine has no model."""
    site({"content/one.md": page("This is said.")})
    chosen = Path(os.environ["VOICEOVER_DATA"], "models", "default")
    chosen.parent.mkdir(parents=True)
    settle()
    batch()
    for name in ("a", "b"):
        chosen.write_text(f"{name}\n", "utf-8")
        assert [batch().outcomes[0].reason for _ in range(2)] == [f"the chosen model is now {name}{UNHEARD}", STANDS]
    chosen.unlink()
    assert [batch().outcomes[0].reason for _ in range(2)] == [f"the chosen model is now none{UNHEARD}", STANDS]
    monkeypatch.setattr("voiceover.batch.changes.__version__", "99.0")
    told = reason(batch(), "one")
    assert told.startswith(f"made by voiceover {__version__}, ")
    assert "now 99.0, " in told


@pytest.mark.parametrize("damage", ["gone", "torn", "flipped", "noise"])
def test_a_damaged_journal_costs_no_episode(damage: str, made: Path, batch: Batch) -> None:
    journal = STATE.journal
    assert journal.stat().st_mode & 0o077 == 0
    data = bytearray(journal.read_bytes())
    if damage == "gone":
        journal.unlink()
    elif damage == "torn":
        journal.write_bytes(data[:-100])
    elif damage == "flipped":
        data[60] ^= 1
        journal.write_bytes(data)
    else:
        journal.write_bytes(os.urandom(4000))
    report = batch()
    assert endings(report) == {"one": "unchanged", "two": "unchanged"}
    settle()
    assert {outcome.reason for outcome in batch().outcomes} == {STANDS}


def test_a_tree_that_was_moved_as_a_whole_is_known(made: Path, batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = made.with_name(made.name + "-moved")
    moved.mkdir()
    for path in made.iterdir():
        path.rename(moved / path.name)
    monkeypatch.chdir(moved)
    assert {outcome.reason for outcome in batch().outcomes} == {STANDS}


def test_a_script_that_was_another_one_while_it_was_planned(site: Site) -> None:
    site({"content/a.md": page("This is not heard.", draft=True), "content/b.md": page("The first words.")})

    def write_another(outcome: Outcome) -> None:
        """All scripts are found when the first is told of as skipped, and none is planned yet."""
        if outcome.status is ScriptStatus.SKIPPED:
            Path("content/b.md").write_text(page("The other words."), "utf-8")

    def run(on_outcome: Callable[[Outcome], None]) -> str:
        run_batch(BatchRequest(("content",), Path("out"), flags=Settings(engine="night")), lambda report: None, on_outcome)
        return Path("out/b.txt").read_text("utf-8")

    assert "The other words." in run(write_another)
    Path("content/b.md").write_text(page("The first words."), "utf-8")
    assert "The first words." in run(lambda outcome: None)


@pytest.mark.slow
def test_a_newer_engine_is_no_change_and_records_only_what_is_new(site: Site, voiceover: Run) -> None:
    site({"content/one.md": page("This is said.\n\nThis, too.\n\nAnd this.")})
    command = ("batch", "content", "-o", "out", "--engine", "night", "--report", "report.json")
    voiceover(*command)
    module = Path(os.environ["PYTHONPATH"].split(os.pathsep)[0], "night_engine.py")
    module.write_text(module.read_text("utf-8").replace("night r1", "night r22"), "utf-8")
    assert "unchanged: 1" in voiceover(*command).stderr
    rewrite(Path("content/one.md"), "This, too.", "And that.")
    voiceover(*command)
    (episode,) = json.loads(Path("report.json").read_bytes())["episodes"]
    assert (episode["status"], episode["recorded"], episode["reused"]) == ("made", 1, 3)  # the title is spoken, too
