"""A batch of scripts that are split into chapters: what is made again, what is orphaned, and what index and feed say of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.batch.conftest import Batch, Site, endings, page
from tests.command_parts import run
from tests.show.parts import FEED, items, titles, write_show
from voiceover.batch.journal import name_of, stems_of

TALE = "## The country\n\nA line of the country.\n\n## The town\n\nA line of the town.\n"


def names(folder: str) -> set[str]:
    return {path.name.partition(".")[0] for path in Path(folder).rglob("*") if path.is_file()}


def test_chapters_are_made_once_and_orphaned_when_the_episode_is_whole_again(site: Site, batch: Batch) -> None:
    site({"content/a/tale.md": page(TALE, split="chapters"), "content/b.md": page("Another page.")})
    report = batch(listing=Path("index.json"))
    assert endings(report) == {"a/tale": "made", "b": "made"}
    assert names("out/a/tale.chapters") == {"01_the_country", "02_the_town", "tale"}
    assert {outcome.stem for outcome in report.outcomes} == {"a/tale.chapters/tale", "b"}
    index = json.loads(Path("index.json").read_text("utf-8"))["pages"]["a/tale.md"]
    assert index["audio"] == "a/tale.chapters/01_the_country.mp3"
    assert [chapter["title"] for chapter in index["chapters"]] == ["The country", "The town"]
    assert index["files"]["02_the_town.vtt"]["type"] == "text/vtt"
    players = [(player["title"], player["sources"][0]["url"], player["vtt"]) for player in index["players"]]
    at = "a/tale.chapters"
    assert players == [
        ("The country", f"{at}/01_the_country.mp3", f"{at}/01_the_country.vtt"),
        ("The town", f"{at}/02_the_town.mp3", f"{at}/02_the_town.vtt"),
    ]
    assert endings(batch()) == {"a/tale": "unchanged", "b": "unchanged"}
    site({"content/a/tale.md": page(TALE.replace("of the town", "about the town"), split="chapters")})
    before = Path("out/a/tale.chapters/01_the_country.mp3").stat().st_ino
    assert endings(batch()) == {"a/tale": "made", "b": "unchanged"}
    assert Path("out/a/tale.chapters/01_the_country.mp3").stat().st_ino == before
    site({"content/a/tale.md": page(TALE)})
    report = batch()
    assert [(orphan.stem, orphan.reason) for orphan in report.orphans] == [
        ("a/tale.chapters/tale", "the episode now has files of another name")
    ]
    report = batch(prune=True)
    assert [orphan.pruned for orphan in report.orphans] == [True]
    assert not Path("out/a/tale.chapters").exists()
    assert Path("out/a/tale.mp3").is_file()
    Path("content/a/tale.md").unlink()
    assert [orphan.stem for orphan in batch(prune=True).orphans] == ["a/tale"]


@pytest.mark.slow
def test_chapters_of_a_script_that_is_gone_are_orphaned(site: Site, batch: Batch) -> None:
    site({"content/tale.md": page(TALE, split="chapters"), "content/b.md": page("Another page.")})
    batch()
    Path("content/tale.md").unlink()
    report = batch(prune=True)
    assert [(orphan.stem, orphan.reason, orphan.pruned) for orphan in report.orphans] == [
        ("tale.chapters/tale", "its script was deleted", True)
    ]
    assert {path.name for path in Path("out").iterdir() if not path.name.startswith(".")} == {path.name for path in Path("out").glob("b.*")}


@pytest.mark.parametrize("name", ["tale", "posts/tale", "a/tale.chapters/tale/x"])
def test_a_stem_tells_its_episode(name: str) -> None:
    assert {name_of(stem) for stem in stems_of(name)} == {name}
    assert len(set(stems_of(name))) == 4


@pytest.mark.slow
def test_a_feed_has_each_chapter_and_never_the_whole(site: Site, batch: Batch) -> None:
    front = {"split": "chapters", "date": "2026-11-20", "guid": "the-tale", "episode": 7}
    site({"content/tale.md": page(TALE, **front)})
    batch(engine="draft", output="public", allow_draft=True)
    show = write_show(Path(), FEED.replace("scripts: episodes", "scripts: content"))
    assert run("feed", str(show), "--allow-draft")[0] == 0
    assert sorted(map(str, titles(Path("feed.xml")))) == ["The country", "The town"]
    batch(output="public")
    # A draft with another chapter gives way as a whole.
    site({"content/tale.md": page(TALE + "## The end\n\nA line at the end.\n", **front)})
    batch(engine="draft", output="public", allow_draft=True)
    assert {path.name for path in Path("public/tale.chapters").glob("*.mp3")} >= {"02_the_town.mp3", "03_the_end.draft.mp3"}
    assert run("feed", str(show), "--allow-draft")[0] == 0
    found = items(Path("feed.xml"))
    assert sorted(str(item.findtext("title")) for item in found) == ["The country", "The town"]
    assert len({item.findtext("guid") for item in found} - {"the-tale"}) == 2
    itunes = "{http://www.itunes.com/dtds/podcast-1.0.dtd}episode"
    assert sorted(str(item.findtext(itunes)) for item in found) == ["1", "2"]
