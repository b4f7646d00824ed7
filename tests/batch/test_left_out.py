"""Pages that are not public stay out of a batch; files that are not read are counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.batch.conftest import STATE, Batch, Site, endings, page, reason
from tests.conftest import Run
from voiceover.batch.journal import Journal
from voiceover.errors import InputError, OutputError


def test_unpublished_pages_stay_out_and_are_pruned(site: Site, batch: Batch) -> None:
    site({"content/one.md": page("Text of one."), "content/two.md": page("Text of two."), "content/three.md": page("Text of three.")})
    assert set(endings(batch()).values()) == {"made"}
    site(
        {
            "content/one.md": page("Text of one.", published=False),
            "content/two.md": page("Text of two.", status="Draft"),
            "content/three.md": "---\ntitle: A page\ncast: {Ann: ada}\npublish: false\n---\n\nAnn: Text of three.\n",
        }
    )
    report = batch(prune=True, listing=Path("index.json"))
    assert endings(report) == {"one": "skipped", "two": "skipped", "three": "skipped"}
    assert reason(report, "one") == "not published (published: false)"
    assert reason(report, "three") == "not published (publish: false)"
    assert not list(Path("out").rglob("*.mp3"))
    assert json.loads(Path("index.json").read_text("utf-8"))["pages"] == {}


def test_a_page_that_earlier_rules_made_public_is_looked_at_again(site: Site, batch: Batch) -> None:
    site({"content/one.md": page("Text of one.", published=False)})
    journal = Journal(STATE.journal)
    site({"content/one.md": page("Text of one.")})
    batch()
    entry = Journal(STATE.journal).find("one")
    assert entry is not None
    import hashlib
    from dataclasses import replace

    site({"content/one.md": page("Text of one.", published=False)})
    digest = hashlib.sha256(Path("content/one.md").read_bytes()).hexdigest()
    journal.put("one", replace(entry, digest=digest, page=replace(entry.page, rules=0)))
    assert endings(batch()) == {"one": "skipped"}


@pytest.mark.parametrize(
    "paths", [("content",), ("content/**/*.md",), ("content/_drafts/two.md", "content/one.md"), ("content/blog/_drafts", "content")]
)
def test_a_folder_of_drafts_stays_out(paths: tuple[str, ...], site: Site, batch: Batch) -> None:
    site(
        {
            "content/one.md": page("Text of one."),
            "content/_drafts/two.md": page("Text of two."),
            "content/blog/_drafts/deep/three.md": page("Text of three."),
            "content/drafts/four.md": page("Text of four."),
        }
    )
    report = batch(*paths, dry_run=True)
    kept = {outcome.found.script.stem: outcome.reason for outcome in report.outcomes if outcome.status.value == "skipped"}
    assert kept
    assert set(kept) <= {"two", "three"}
    assert set(kept.values()) == {"not published (in _drafts/)"}
    assert {outcome.found.script.stem for outcome in report.outcomes if outcome.status.value == "to do"} >= {"one"}


def test_every_ending_of_markdown_is_a_script(site: Site, batch: Batch) -> None:
    names = ("a.md", "b.markdown", "c.mdx", "d.qmd", "e.Rmd", "f.MD", "posts/index.mdx", "g.de.Markdown")
    site({f"content/{name}": page("Text of it.") for name in names})
    report = batch()
    assert endings(report) == dict.fromkeys(("a", "b", "c", "d", "e", "f", "g.de", "posts/posts"), "made")
    assert report.left_out == {}
    Path("content/c.mdx").unlink()
    report = batch(prune=True)
    assert [(orphan.stem, orphan.reason) for orphan in report.orphans] == [("c", "its script was deleted")]
    assert endings(batch("content/*.qmd", dry_run=True)) == {"d": "unchanged"}


def test_two_endings_of_one_name_collide(site: Site, batch: Batch) -> None:
    site({"content/a.md": page("Text of it."), "content/a.mdx": page("Text of it.")})
    with pytest.raises(OutputError, match=r"a\.md and content/a\.mdx would both be written"):
        batch(dry_run=True)


def test_what_is_left_out_is_counted_by_kind(site: Site, batch: Batch) -> None:
    site(
        {
            "content/one.md": page("Text of one."),
            "content/heading.md": "# A page that starts with a heading\n\nIt has no front matter.\n",
            "content/two.markdown": "Text.\n",
            "content/README.mdx": "# Read me\n",
            "content/a.txt": "Text.\n",
            "content/b.TXT": "Text.\n",
            "content/book.epub": "x",
            "content/lines.json": "{}",
            "content/lines.yaml": "dialogue: []\n",
            "content/style.css": "x",
            "content/picture.png": "x",
            "content/robots.txt": "x",
            "content/_config.yml": "theme: x\n",
            "content/.hidden.txt": "x",
            "content/node_modules/x/readme.txt": "x",
            "content/voices/mine/voice.yaml": "description: x\n",
            "content/voices/mine/plain.txt": "x",
        }
    )
    expected = {"without a title": 3, ".txt": 2, ".epub": 1, ".json": 1, ".yaml without segments": 1}
    for report in (batch(dry_run=True), batch(), batch("content", "content/one.md", "content/*.md", output="elsewhere", dry_run=True)):
        counts = dict(report.left_out)
        named = "content/heading.md" in {str(outcome.found.script) for outcome in report.outcomes}
        assert counts == {**expected, "without a title": 2 if named else 3}
        assert next(iter(counts)) == "without a title"


def test_our_own_files_are_not_counted(site: Site, batch: Batch) -> None:
    site({"content/one.md": page("Text of one."), "content/one.txt.md": page("Text."), "content/notes.txt": "Text.\n"})
    batch(output="content", listing=Path("content/index.json"))
    assert batch(output="content", listing=Path("content/index.json")).left_out == {".txt": 1}


def test_links_that_lead_nowhere_are_counted_and_harm_nothing(site: Site, batch: Batch) -> None:
    site({"content/one.md": page("Text of one.")})
    Path("content/loop.txt").symlink_to("loop.txt")
    Path("content/gone.md").symlink_to("nowhere.md")
    Path("content/far.txt").symlink_to("/proc/self/mem")
    assert batch(dry_run=True).left_out == {".txt": 2}


def test_scripts_that_the_project_names_are_all_there_is_to_say(site: Site, batch: Batch) -> None:
    site({"content/voiceover.yaml": "scripts: ['*.txt']\n", "content/a.txt": "It was a dark night.\n", "content/b.rst": "Text.\n"})
    assert batch(dry_run=True).left_out == {}


def test_nothing_but_files_that_are_left_out_is_an_error_that_counts_them(site: Site, batch: Batch) -> None:
    site({"content/heading.md": "# Heading\n\nText.\n", "content/a.txt": "Text.\n"})
    with pytest.raises(InputError, match=r"left out: 1 without a title, 1 \.txt \(name them by a glob or by scripts: in voiceover\.yaml\)"):
        batch(dry_run=True)


def test_the_summary_and_the_report_say_what_was_left_out(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "one.md").write_text(page("Text of one."), "utf-8")
    (tmp_path / "site" / "heading.md").write_text("# Heading\n\nText.\n", "utf-8")
    (tmp_path / "site" / "a.txt").write_text("Text.\n", "utf-8")
    line = "left out: 1 without a title, 1 .txt (name them by a glob or by scripts: in voiceover.yaml)"
    done = voiceover("batch", "site", "-o", "out", "--dry-run", "--engine", "draft", "--allow-draft", "--report", "report.json")
    assert done.stderr.count(line) == 1
    assert json.loads((tmp_path / "report.json").read_text("utf-8"))["left_out"] == {"without a title": 1, ".txt": 1}
    assert "left out" not in voiceover("batch", "site", "-o", "out", "--dry-run", "--engine", "draft", "--allow-draft", "-q").stderr
