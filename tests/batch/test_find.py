"""Which files are episodes, and where each goes."""

from __future__ import annotations

import sys
from pathlib import Path, PurePosixPath

import pytest

from tests.batch.conftest import Batch, Site, endings, page, reason
from voiceover.batch.find import episode_name
from voiceover.errors import InputError, OutputError, SettingsError


@pytest.mark.parametrize(
    ("key", "name", "language"),
    [
        ("posts/one.md", "posts/one", None),
        ("x.de.md", "x.de", "de"),
        ("x.pt-BR.md", "x.pt-BR", "pt-BR"),
        ("posts/hello/index.md", "posts/hello/hello", None),
        ("posts/hello/index.fr.md", "posts/hello/hello.fr", "fr"),
        ("posts/_index.md", "posts/posts", None),
        ("index.md", "site", None),
        ("v1.2.md", "v1.2", None),
        ("part.one.md", "part.one", None),
        ("what.qq.md", "what.qq", None),
        ("x.zh-Hans.md", "x.zh-Hans", "zh-Hans"),
        ("x.zh_Hans_CN.md", "x.zh_Hans_CN", "zh-Hans-CN"),
        ("posts/index.zh-Hant.md", "posts/posts.zh-Hant", "zh-Hant"),
        ("x.notes-de.md", "x.notes-de", None),
        (".de.md", ".de", None),
    ],
)
def test_the_name_of_an_episode(key: str, name: str, language: str | None) -> None:
    assert episode_name(PurePosixPath(key), "site") == (name, language)


def test_scripts_of_a_folder(site: Site, batch: Batch) -> None:
    site(
        {
            "content/README.md": "# A readme\n\nIt is no episode.\n",
            "content/titled.md": page("A page with a title."),
            "content/toml.md": '+++\ntitle = "One"\n+++\n\nIn TOML.\n',
            "content/json.md": '{"title": "One"}\n\nIn JSON.\n',
            "content/play/dialogue.md": "---\ncast: {Ann: ada}\n---\n\nAnn: Good day to you.\n",
            "content/play/lines.yaml": "segments:\n  - Good day to you.\n",
            "content/play/data.yaml": "colour: red\n",
            "content/voices/mine/voice.yaml": "description: no script\n",
            "content/.hidden/one.md": page("Nobody sees this."),
            "content/notes.txt": page("No script by its ending."),
        }
    )
    report = batch(dry_run=True)
    assert set(endings(report)) == {"titled", "toml", "json", "play/dialogue", "play/lines"}
    assert not Path("out").exists()


def test_a_script_whose_front_matter_is_broken_is_not_lost(site: Site, batch: Batch) -> None:
    site({"content/one.md": "---\ntitle: [\n---\n\nText of one.\n", "content/two.md": page("A second one.")})
    assert endings(batch(dry_run=True)) == {"one": "failed", "two": "to do"}


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file that even root cannot read")
def test_a_script_that_cannot_be_read_costs_no_other(site: Site, batch: Batch) -> None:
    site({"content/one.md": page("Text of one.")})
    Path("content/two.md").symlink_to("/proc/self/mem")
    report = batch("content/two.md", "content/one.md", dry_run=True)
    assert endings(report) == {"two": "failed", "one": "to do"}
    assert "content/two.md:1:1: the script cannot be read: " in reason(report, "two")


def test_what_is_wrong_in_the_project_file_is_told_where_no_script_is_found(site: Site, batch: Batch) -> None:
    site({"content/voiceover.yaml": "scripts: ['*.txt'\n", "content/one.txt": "It was a dark and stormy night.\n"})
    with pytest.raises(SettingsError) as caught:
        batch(dry_run=True)
    assert "content/voiceover.yaml:" in str(caught.value)
    site({"content/voiceover.yaml": "scripts: ['*.txt']\n"})
    assert endings(batch(dry_run=True)) == {"one": "to do"}


def test_the_project_file_names_the_scripts(site: Site, batch: Batch) -> None:
    site(
        {
            "content/voiceover.yaml": "scripts: ['chapters/*.txt', 'extra.md']\n",
            "content/chapters/one.txt": "It was a dark and stormy night.\n",
            "content/extra.md": "No title is needed then.\n",
            "content/titled.md": page("It is not named."),
        }
    )
    assert set(endings(batch(dry_run=True))) == {"chapters/one", "extra"}


def test_files_globs_and_lists(site: Site, batch: Batch) -> None:
    site({"content/a/one.md": "Named by itself.\n", "content/b/two.md": page("In a folder.")})
    assert set(endings(batch("content/a/one.md", dry_run=True))) == {"one"}
    assert set(endings(batch("content/**/*.md", dry_run=True))) == {"a/one", "b/two"}
    assert set(endings(batch(listed=("content/a/one.md", "content/b"), dry_run=True))) == {"content/a/one", "content/b/two"}
    assert endings(batch(listed=(), dry_run=True)) == {}
    # What is reached twice is one episode.
    assert set(endings(batch("content", "content/b/two.md", dry_run=True))) == {"b/two"}


def test_a_link_that_leads_out_is_no_script(site: Site, batch: Batch, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A folder from a stranger may link to a diary of ours, which would be read aloud and published."""
    site({"content/a/one.md": page("Text of one."), "diary/secret.md": page("Nobody is to hear this.")})
    Path("content/stranger.md").symlink_to(Path("diary/secret.md").absolute())
    Path("content/also.md").symlink_to("../diary/secret.md")
    Path("content/b").symlink_to("../diary", target_is_directory=True)
    Path("content/two.md").symlink_to("a/one.md")
    found = endings(batch("content", dry_run=True))
    assert set(found) == {"two"}  # what is reached twice is one episode
    assert caplog.text.count("skipped: it is a link to") == 2
    assert set(endings(batch("content/stranger.md", dry_run=True))) == {"stranger"}
    # A new output folder is no reason to say it twice.
    caplog.clear()
    batch("content")
    assert caplog.text.count("skipped: it is a link to") == 2
    # Within the project it may lead wherever it wants.
    Path("voiceover.yaml").write_text("author: me\n")
    assert "also" in endings(batch("content", dry_run=True))


@pytest.mark.parametrize("pattern", ["../secret/*.md", "/etc/*", "**/../../secret/*.md"])
def test_patterns_of_the_project_stay_in_it(pattern: str, site: Site, batch: Batch) -> None:
    site(
        {
            "content/voiceover.yaml": f"scripts: ['{pattern}', one.md]\n",
            "content/one.md": page("Text."),
            "secret/a.md": page("Nobody is to hear this."),
        }
    )
    assert set(endings(batch("content", dry_run=True))) == {"one"}


def test_two_scripts_for_one_output(site: Site, batch: Batch) -> None:
    site({"content/one.md": page("Text of one."), "content/One.yaml": "title: x\nsegments: [Text of two.]\n", "other/two.md": page("Two.")})
    with pytest.raises(OutputError, match=r"content/One\.yaml and content/one\.md would both be written to out/one"):
        batch()
    assert not Path("out").exists()
    site({"content/One.yaml": "colour: red\n", "content/one.draft.md": page("It would have the files of a draft of one.")})
    with pytest.raises(OutputError, match="would both be written"):
        batch()


def test_an_output_folder_within_the_scripts(site: Site, batch: Batch) -> None:
    site({"content/one.md": page("Text of one."), "content/out/stray.md": page("Somebody put this here.")})
    assert set(endings(batch(output="content/out", dry_run=True))) == {"one"}


@pytest.mark.parametrize("path", ["nosuch", "nosuch/*.md", "content/empty"])
def test_a_path_without_a_script_starts_nothing(path: str, site: Site, batch: Batch) -> None:
    site({"content/one.md": page("Text of one."), "content/empty/README.md": "Hello.\n"})
    with pytest.raises(InputError, match=path.split("*", maxsplit=1)[0]):
        batch(path)
    assert not Path("out").exists()


def test_only_some(site: Site, batch: Batch) -> None:
    site({"content/a/one.md": page("Text of one."), "content/b/two.md": page("Text of two.")})
    assert set(endings(batch(only=("a/*",), dry_run=True))) == {"a/one"}
    assert set(endings(batch(only=("two.md", "one.md"), dry_run=True))) == {"a/one", "b/two"}
    with pytest.raises(InputError, match="--only nosuch"):
        batch(only=("nosuch",), dry_run=True)


@pytest.mark.slow
def test_a_page_in_the_language_of_its_name(site: Site, batch: Batch) -> None:
    site(
        {
            "voiceover.yaml": "language: fr\n",
            "content/x.de.md": page("Guten Tag."),
            "content/y.de.md": page("Grüezi mitenand.", language="de-CH"),
            "content/z.md": page("Bonjour."),
        }
    )
    report = batch()
    assert {outcome.found.name: outcome.facts.language for outcome in map(report.full, report.outcomes) if outcome.facts} == {
        "x.de": "de",
        "y.de": "de-CH",
        "z": "fr",
    }
