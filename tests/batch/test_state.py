"""The state folder of a batch: what is in it, what older versions left, several batches and shows that share one."""

from __future__ import annotations

import json
import os
import shutil
import zlib
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from tests.batch.conftest import STATE, Batch, Site, endings, page, reason
from tests.command_parts import run
from voiceover.batch.journal import Journal, old_journal_path
from voiceover.batch.state import OutputState, default_state
from voiceover.batch.types import BatchRequest, OutputFile
from voiceover.errors import InputError, LockHeldError
from voiceover.system.locks import batch_lock, episode_lock

PUBLIC = {"mp3", "vtt", "srt", "txt", "credits.txt", "transcript.json", "transcript.html"}


def public() -> set[str]:
    """What is in the output folder, except the chapters of the tale."""
    return {name for name in below("out") if not name.startswith("tale.chapters/")}


def below(folder: str | Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if not path.is_dir()}


TEMPLATE: list[Path] = []
"""The site of ``made`` and its cache, once there was one."""
CONTENT = {"content/a.md": page("This is a."), "content/b.md": page("This is b."), "content/posts/c/index.md": page("This is c.")}
TALE = {"content/tale.md": page("## One\n\nThis is one.\n\n## Two\n\nThis is two.", split="chapters")}
CHAPTERS = {f"tale.chapters/{stem}.manifest.json" for stem in ("01_one", "02_two", "tale")}


@pytest.fixture
def made(site: Site, batch: Batch, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of three pages whose episodes were made; it is recorded once, and copied for each test."""
    cache = Path(os.environ["VOICEOVER_CACHE"])
    if not TEMPLATE:
        site({**CONTENT, **TALE, "later/b.md": page("This is another b.")})
        assert endings(batch()) == {"a": "made", "b": "made", "posts/c/c": "made", "tale": "made"}
        batch()  # pages that were written right before the first run are settled only now
        batch("later", output="later/out", state=Path("later/state"))  # only its takes are wanted
        shutil.rmtree("later")
        place = tmp_path_factory.mktemp("made")
        shutil.copytree(tmp_path, place / "site")
        shutil.copytree(cache, place / "cache")
        TEMPLATE.append(place)
    else:
        shutil.copytree(TEMPLATE[0] / "site", tmp_path, dirs_exist_ok=True)
        shutil.copytree(TEMPLATE[0] / "cache", cache)
    return tmp_path


def as_older_versions_left_it(state: OutputState = STATE) -> None:
    """Manifests beside the other files, the journal in the cache."""
    old = old_journal_path(state.output)
    old.parent.mkdir(parents=True, exist_ok=True)
    state.journal.rename(old)
    for manifest in state.episodes.rglob("*.manifest.json"):
        manifest.rename(state.output / manifest.relative_to(state.episodes))
    shutil.rmtree(state.root)


def test_the_output_has_what_a_listener_needs_and_the_state_the_rest(made: Path, batch: Batch) -> None:
    assert public() == {f"{name}.{ending}" for name in ("a", "b", "posts/c/c") for ending in PUBLIC}
    assert "tale.chapters/02_two.mp3" in below("out") and not any("manifest" in name for name in below("out"))
    home = STATE.home.as_posix()
    assert below(".") - below("content") >= {f"{home}/journal", f"{home}/output.json", ".voiceover/.gitignore"}
    assert below(STATE.episodes) == {"a.manifest.json", "b.manifest.json", "posts/c/c.manifest.json", *CHAPTERS}
    assert not any(path.name.startswith(".") and path.name != ".gitignore" for path in Path(".voiceover").rglob("*"))
    # An empty folder stays in neither.
    shutil.rmtree("content/posts")
    batch(prune=True)
    assert below(STATE.episodes) == {"a.manifest.json", "b.manifest.json", *CHAPTERS}
    assert not (STATE.episodes / "posts").exists() and not Path("out/posts").exists()


@pytest.mark.parametrize(
    ("files", "paths", "where"),
    [
        ({"voiceover.yaml": ""}, ("site/content",), ".voiceover"),
        ({"site/voiceover.yaml": ""}, ("site/content",), "site/.voiceover"),
        ({}, ("site/content",), "site/.voiceover"),
        ({}, ("site/content/a.md",), "site/content/.voiceover"),
        ({}, ("site/content/**/*.md",), "site/.voiceover"),
        ({}, (".",), ".voiceover"),
    ],
)
def test_where_it_is(files: dict[str, str], paths: tuple[str, ...], where: str, site: Site) -> None:
    site({"site/content/a.md": page("This is a."), **files})
    assert default_state(BatchRequest(paths, Path("out"))) == Path(where)


def test_a_project_file_that_is_added_moves_nothing(made: Path, site: Site, batch: Batch) -> None:
    site({"content/voiceover.yaml": "author: Eve\n"})
    assert reason(batch(), "a").startswith("another project file")
    assert not Path("content/.voiceover").exists()


def test_what_older_versions_left_is_taken_over(made: Path, site: Site, batch: Batch) -> None:
    files = {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()}
    as_older_versions_left_it()
    site({"content/b.md": page("This is another b.")})
    shutil.rmtree("content/posts")
    assert "a.manifest.json" in below("out")
    # A dry run sees what stands, and makes nothing.
    dry = batch(dry_run=True)
    assert endings(dry) == {"a": "unchanged", "b": "to do", "tale": "unchanged"} and not Path(".voiceover").exists()
    report = batch(prune=True)
    assert endings(report) == {"a": "unchanged", "b": "made", "tale": "unchanged"}
    assert "moves to the state folder" in reason(report, "a")
    assert [(orphan.stem, orphan.pruned) for orphan in report.orphans] == [("posts/c/c", True)]
    assert public() == {f"{name}.{ending}" for name in "ab" for ending in PUBLIC}
    assert below(STATE.episodes) == {"a.manifest.json", "b.manifest.json", *CHAPTERS}
    kept = [path for path in files if path.name.startswith(("a.", "01_", "02_", "tale.")) and "manifest" not in path.name]
    assert len(kept) > 2 * len(PUBLIC) and all(path.read_bytes() == files[path] for path in kept)
    assert not old_journal_path(Path("out")).exists()
    assert set(endings(batch()).values()) == {"unchanged"}


def test_manifests_without_a_journal_are_taken_over_too(made: Path, batch: Batch) -> None:
    as_older_versions_left_it()
    old_journal_path(Path("out")).unlink()
    report = batch()
    assert set(endings(report).values()) == {"unchanged"} and reason(report, "a") == "new, but nothing that is heard or read"
    assert not any("manifest" in name for name in below("out"))


def test_a_render_into_the_folder_is_taken_over(made: Path, batch: Batch) -> None:
    assert run("render", "content/a.md", "-o", "out", "--engine", "night", "--format", "wav")[0] == 0
    assert {"a.wav", "a.manifest.json"} <= below("out")
    report = batch()
    assert endings(report)["a"] == "made" and sum(outcome.recorded for outcome in report.outcomes) == 0
    assert {name for name in below("out") if name.startswith("a.")} == {f"a.{ending}" for ending in PUBLIC}


def test_outputs_that_were_moved_are_made_again_from_their_takes(made: Path, batch: Batch) -> None:
    before = {name: Path("out", name).read_bytes() for name in below("out")}
    Path("out").rename("public")
    report = batch(output="public")
    assert set(endings(report).values()) == {"made"} and sum(outcome.recorded for outcome in report.outcomes) == 0
    assert {name: Path("public", name).read_bytes() for name in below("public")} == before


def test_several_output_folders_share_one_state_folder(made: Path, site: Site, batch: Batch) -> None:
    site({"blog/a.md": page("This is another b.")})
    blog = {"output": "static/out", "state": Path(".voiceover")}
    batch("blog", **blog)
    assert len([path for path in Path(".voiceover").iterdir() if path.is_dir()]) == 2
    Path("content/a.md").unlink()
    report = batch(prune=True)
    assert [orphan.stem for orphan in report.orphans] == ["a"] and set(endings(report).values()) == {"unchanged"}
    assert endings(batch("blog", **blog)) == {"a": "unchanged"} and "a.mp3" in below("static/out")
    # Two batches into one output folder share its state.
    batch("blog", state=Path(".voiceover"))
    assert below(STATE.episodes) == {"a.manifest.json", "b.manifest.json", "posts/c/c.manifest.json", *CHAPTERS}


def test_one_batch_a_folder_whatever_its_state(site: Site, batch: Batch) -> None:
    site({"content/a.md": page("This is a.")})
    with batch_lock(Path("out"), Path("another")):
        code, told = run("batch", "content", "-o", "out", "--engine", "night", "--state", "own")
        assert code == 4 and "another batch is running in this folder" in told
    with batch_lock(Path("elsewhere"), STATE.home), pytest.raises(LockHeldError):
        batch()
    assert not Path("out").exists() or below("out") == set()


def test_the_lock_of_an_older_version_that_was_killed_goes(site: Site) -> None:
    site({"content/a.md": page("This is a."), "out/.voiceover-batch": ""})
    code, told = run("batch", "content", "-o", "out", "--engine", "night")
    assert code == 0 and "the last batch in this folder was killed; resuming" in told
    assert not Path("out/.voiceover-batch").exists()
    assert "was killed" not in run("batch", "content", "-o", "out", "--engine", "night")[1]


def test_an_episode_that_a_render_holds_is_left_to_it(made: Path, batch: Batch) -> None:
    for name in "ab":
        Path(f"out/{name}.mp3").unlink()
    with episode_lock(Path("out"), "a"):
        report = batch()
        assert ".a.lock" in below("out")
    assert endings(report) == {"a": "failed", "b": "made", "posts/c/c": "unchanged", "tale": "unchanged"}
    assert "another run is rendering this episode" in reason(report, "a")
    assert endings(batch())["a"] == "made" and not any(name.startswith(".") for name in below("out"))


def test_the_draft_voice_needs_a_flag(site: Site) -> None:
    site({"content/a.md": page("This is a."), "voiceover.yaml": "engine: draft\n"})
    command = ("batch", "content", "-o", "out")
    for more in ((), ("--dry-run",)):
        code, told = run(*command, *more)
        assert code == 2 and "content/a.md: the draft voice would speak in it; to make it all the same, pass --allow-draft" in told
        assert not any("draft" in name for name in (below("out") if Path("out").exists() else ()))
    assert run(*command, "--allow-draft")[0] == 0 and "a.draft.mp3" in below("out")
    assert "unchanged: 1" in run(*command, "--allow-draft")[1]
    code, told = run(*command)
    assert code == 2 and "the draft voice would speak in it" in told and "a.draft.mp3" in below("out")


def test_a_place_that_cannot_be_the_state_is_one_line(made: Path, site: Site) -> None:
    site({"file": ""})
    before = below("out")
    Path("linked").symlink_to("content")
    command = ("batch", "content", "-o", "out", "--engine", "night")
    for given, said in (
        ("file", "is a file"),
        ("file/below", "file/below"),
        ("out", "this is in the output folder out, which may be public"),
        ("out/state", "this is in the output folder out"),
    ):
        code, told = run(*command, "--state", given)
        assert code == 2 and said in told and "Traceback" not in told, told
        assert below("out") == before
    assert run(*command, "--state", "linked")[0] == 0 and any("manifest" in name for name in below("content"))


def test_the_state_of_a_stranger_leads_nowhere(made: Path, site: Site, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A project may come with a state folder that somebody prepared."""
    shutil.rmtree(".voiceover")
    outside = tmp_path_factory.mktemp("outside")
    (outside / "diary.txt").write_text("mine")
    command = ("batch", "content", "-o", "out", "--engine", "night")
    traps = {
        Path(".voiceover"): "the state folder is a link",
        STATE.home: "leads out of the state folder by a link",
        STATE.episodes: "leads out of the state folder by a link",
        STATE.episodes / "posts": "leads out of the state folder by a link",
        STATE.journal: "this is not a plain file",
        STATE.home / "output.json": "this is not a plain file",
    }
    for trap, said in traps.items():
        trap.parent.mkdir(parents=True, exist_ok=True)
        trap.symlink_to(outside / "diary.txt" if trap.suffix or trap == STATE.journal else outside)
        code, told = run(*command)
        assert (code == 1 if trap.name == "posts" else code == 2) and said in told, (trap, told)
        assert below(outside) == {"diary.txt"} and (outside / "diary.txt").read_text() == "mine"
        shutil.rmtree(".voiceover") if not Path(".voiceover").is_symlink() else Path(".voiceover").unlink()
    assert run(*command)[0] == 0


def line(content: dict[str, object]) -> bytes:
    data = json.dumps(content).encode()
    return b"%08x " % zlib.crc32(data) + data + b"\n"


def test_the_journal_of_a_stranger_removes_nothing_outside(made: Path, site: Site) -> None:
    site({"diary.txt": "mine", "out/kept.txt": "mine"})
    entry = Journal(STATE.journal).find("a")
    assert entry is not None
    digest = sha256(b"mine").hexdigest()
    good = json.loads(STATE.journal.read_bytes().splitlines()[0][9:])
    outputs = [{"name": "diary.txt", "bytes": 4, "sha256": digest, "stamp": []}]
    bad = [
        {**good, "stem": "../x", "script": "../content/gone.md", "outputs": outputs},
        {**good, "stem": "/x", "outputs": outputs},
        {**good, "stem": "x", "script": "../gone.md", "outputs": [{**outputs[0], "name": "../diary.txt"}]},
        {**good, "stem": "y", "facts": {**good["facts"], "seconds": "long"}},
        {**good, "stem": "z", "facts": [], "page": 5},
        {**good, "stem": "u", "inputs": {"x": 5}},
        {**good, "stem": "v", "page": {**good["page"], "more": 1}},
        {"schema": 1, "stem": 5},
        {"schema": 9, "stem": "w"},
    ]
    with STATE.journal.open("ab") as file:
        file.write(b"".join(map(line, bad)) + b"0123 [[[[\n" + line({"deep": json.loads("[" * 500 + "]" * 500)}))
    code, told = run("batch", "content", "-o", "out", "--engine", "night", "--prune", "--index", "index.json")
    assert code == 0 and "unchanged: 4" in told and "orphaned" not in told, told
    assert Path("diary.txt").read_text() == "mine" and Path("out/kept.txt").read_text() == "mine"
    # The same with a name that is none of ours, in the folder: only a file that is what the journal says.
    journal = Journal(STATE.journal)
    theirs = replace(entry, stem="x", script="../content/gone.md", outputs=(OutputFile("kept.txt", 4, "0" * 64),))
    journal.put("x", theirs)
    assert run("batch", "content", "-o", "out", "--engine", "night", "--prune")[0] == 0
    assert Path("out/kept.txt").read_text() == "mine"


def test_a_state_that_would_be_published_is_refused_by_the_library(site: Site, batch: Batch) -> None:
    site({"content/a.md": page("This is a.")})
    with pytest.raises(InputError, match="which may be public"):
        batch(state=Path("out/state"))
