"""What a careless or hostile writer of a show can do, by the command: one line of error, and nothing is written."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import feedparser
import pytest

from tests.command_parts import run
from tests.show.parts import FEED, PODCAST, items, write_episode, write_show


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a show with one episode, below a folder with a secret."""
    (tmp_path / "secret.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    folder = tmp_path / "show"
    write_show(folder)
    write_episode(folder, "one")
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "show.yaml:1:1: a show needs the key feed:"),
        ("title: x\n", "show.yaml:1:1: a show needs the key feed:"),
        ("feed: yes\n", "show.yaml:1:7: a show needs the key feed:"),
        ("feed: {title: x}\n", "show.yaml:1:7: base_url is missing"),
        (FEED + "title: x\n", 'unknown key "title"; all keys of a show are below feed:'),
        (FEED.replace("author", "autor"), 'show.yaml:7:3: unknown key "autor"; did you mean "author"?'),
        (
            FEED.replace("https://cast.town/audio/", "cast.town"),
            "show.yaml:2:13: base_url must be an address such as https",
        ),
        (FEED.replace("https://cast.town/audio/", "file:///etc"), "base_url must be an address"),
        (FEED.replace("https://cast.town/audio/", "https://me:pw@cast.town/"), "base_url must be an address"),
        (FEED.replace("https://cast.town/audio/", '"https://cast.town/a b"'), "base_url must be an address"),
        (FEED.replace("https://cast.town/audio/", "https://cast.town/a?b=c"), "without ? and #"),
        (FEED.replace("ann@cast.town", "ann"), "email must be an address such as"),
        (FEED.replace("cover.png", "../secret.png"), "outside the folder"),
        (FEED.replace("cover.png", "/etc/passwd"), "image must be a JPEG or PNG file"),
        (FEED.replace("cover.png", "none.png"), 'there is no file "none.png"'),
        (FEED.replace("episodes: public", "episodes: ../.."), "must be a folder below"),
        (FEED.replace("episodes: public", "episodes: /etc"), "must be a folder below"),
        (FEED.replace("episodes: public", "episodes: nowhere"), "there is no such folder; make the episodes first"),
        (FEED.replace("episodes: public", "episodes: 'no*'"), "no file or folder matches"),
        (FEED.replace("  episodes: public\n", ""), "episodes is missing"),
        (FEED + "  file: ../../feed.xml\n", "outside the folder"),
        (FEED + "  file: voiceover.yaml\n", "file must end in .xml"),
        (FEED + "  index: ../index.json\n", "outside the folder"),
        (FEED + "  index: cover.png\n", "index must end in .json"),
        (FEED + "  keep: 0\n", "keep must be a whole number from 1"),
        (FEED + "  guid: abc\n", "guid must be a UUID"),
        (FEED + "  episode_link: https://cast.town/\n", "an address with {name} or {slug} in it"),
        (FEED + "  episode_link: 'javascript:{slug}'\n", "an address with {name} or {slug} in it"),
        (FEED + "  funding: {text: Give}\n", "funding needs url"),
        (FEED + "  people: [{role: host}]\n", "each of people needs name"),
        (FEED + "  title: twice\n", 'the key "title" is given twice'),
        (FEED + "  people: " + "[" * 60 + "]" * 60 + "\n", "nested more than 50 levels"),
        ("feed: \0\n", "a NUL byte"),
        ("x" * 1_000_001, "at most 1000 kB"),
    ],
)
def test_what_is_wrong_in_a_show_is_one_line_with_its_place(show: Path, text: str, said: str) -> None:
    (show / "show.yaml").write_text(text)
    code, told = run("feed", "show.yaml")
    assert (code, said in told, len(told.strip().splitlines())) == (2, True, 1), told
    assert not (show / "feed.xml").exists() and not (show / "feed.lock").exists()


def test_a_show_that_is_no_file(show: Path) -> None:
    assert run("feed", "none.yaml") == (2, "none.yaml:1:1: the show cannot be read: there is no such file or folder")
    assert run("feed", ".")[0] == 2
    (show / "latin.yaml").write_bytes(b"feed: \xff")
    assert "not UTF-8" in run("feed", "latin.yaml")[1]


LOCK = '{"schema": 1, "show": "9b024349-ccf0-5f69-a609-6b82873eab3c", "episodes": {%s}}'
TITLES = ["<script>alert(1)</script>", "a ]]> b & c &amp; d", "🎙️ 中文 \u200f\u202eabc", "x" * 5000, "a\x00\x08\ud800\ufffe\nb"]


@pytest.mark.parametrize("title", TITLES)
def test_any_title_makes_well_formed_xml(show: Path, title: str) -> None:
    write_episode(show, "one", title=title)
    assert run("feed", "show.yaml")[0] == 0
    text = items(show / "feed.xml")[0].findtext("title")
    clean = " ".join("".join(" " if letter in "\x00\x08\ud800\ufffe\n" else letter for letter in title).split())
    assert text == clean
    assert not feedparser.parse((show / "feed.xml").read_bytes()).bozo


def test_markup_in_a_description_is_text_to_a_reader_of_html(show: Path) -> None:
    write_episode(show, "one", front="date: 2026-11-20\ndescription: 'AT&T <script>alert(1)</script> &lt;b&gt;'")
    run("feed", "show.yaml")
    assert items(show / "feed.xml")[0].findtext("description") == "AT&T &lt;script>alert(1)&lt;/script> &amp;lt;b&amp;gt;"


def test_a_title_that_is_only_spaces_is_replaced_by_the_name(show: Path) -> None:
    write_episode(show, "one", title=" \n ")
    run("feed", "show.yaml")
    assert items(show / "feed.xml")[0].findtext("title") == "one"


@pytest.mark.parametrize(
    ("lock", "said"),
    [
        ("", "is damaged"),
        ("[]", "is damaged"),
        ("{" * 5000, "is damaged"),
        ('{"schema": 2, "show": "", "episodes": {}}', "its schema is 2"),
        ('{"schema": 1, "show": "x", "episodes": {}}', "is damaged"),
        (LOCK % '"one": 5', "an identifier is not a text"),
        (LOCK % '"one": "a", "two": "a"', '"one" and "two" have one identifier'),
        (LOCK % '"one": "a", "one": "b"', '"one" is there twice'),
    ],
)
def test_a_lock_that_cannot_be_trusted_stops_the_feed(show: Path, lock: str, said: str) -> None:
    (show / "feed.lock").write_text(lock)
    code, told = run("feed", "show.yaml")
    assert code == 2 and said in told and len(told.splitlines()) == 1
    assert (show / "feed.lock").read_text() == lock and not (show / "feed.xml").exists()


def test_two_episodes_of_one_guid_are_refused(show: Path) -> None:
    for name in ("one", "two"):
        write_episode(show, name, front="date: 2026-11-20\nguid: mine")
    code, told = run("feed", "show.yaml")
    assert code == 2 and 'the episodes "one" and "two" have one guid, mine' in told


def test_a_manifest_that_is_damaged_or_leads_out_is_left_out(show: Path) -> None:
    (show / "public" / "two.manifest.json").write_text("{")
    stem = write_episode(show, "three")
    manifest = stem.with_name("three.manifest.json")
    content = json.loads(manifest.read_text())
    content["files"][0]["name"] = "../../../secret.png"
    manifest.write_text(json.dumps(content))
    code, told = run("feed", "show.yaml")
    assert code == 0 and told.count("the manifest cannot be read") == 2
    assert len(items(show / "feed.xml")) == 1


def test_old_episodes_whose_files_are_gone_are_left_out_and_keep_their_identifiers(show: Path) -> None:
    for name in ("two", "three"):
        write_episode(show, name, front="date: 2026-11-21")
    assert run("feed", "show.yaml")[0] == 0
    before = {item.findtext("title"): item.findtext("guid") for item in items(show / "feed.xml")}
    for gone in ("public/two.mp3", "public/three.vtt", "public/three.mp3", "public/three.manifest.json"):
        (show / gone).unlink()
    code, told = run("feed", "show.yaml")
    assert code == 0 and "two: left out: its file two.mp3 is gone" in told
    assert "feed.lock names episodes that are gone: three" in told and "Traceback" not in told
    assert [item.findtext("title") for item in items(show / "feed.xml")] == ["Title of one"]
    for name in ("two", "three"):
        write_episode(show, name, front="date: 2026-11-21")
    assert run("feed", "show.yaml")[0] == 0
    assert {item.findtext("title"): item.findtext("guid") for item in items(show / "feed.xml")} == before


@pytest.mark.parametrize("count", [0, 500])
def test_an_episode_with_no_chapters_and_one_with_500(count: int, show: Path) -> None:
    chapters = [{"title": f"{number}: <a> & ]]> b", "start": float(number)} for number in range(count)]
    suffixes = (".mp3", ".vtt", *((".chapters.json",) if count else ()))
    write_episode(show, "one", seconds=600.0, chapters=chapters, suffixes=suffixes)
    for more in ((), ("--check",)):
        code, told = run("feed", "show.yaml", *more)
        assert code == 0 and "Traceback" not in told, told
    (item,) = items(show / "feed.xml")
    assert [found.get("url") for found in item.findall(f"{PODCAST}chapters")] == ["https://cast.town/audio/one.chapters.json"] * bool(count)


def test_a_feed_that_is_a_link_is_not_written_through(show: Path) -> None:
    target = show.parent / "target"
    target.write_text("kept")
    (show / "feed.xml").symlink_to(target)
    code, told = run("feed", "show.yaml")
    assert code == 2 and "is a link" in told and target.read_text() == "kept"


def test_names_that_are_no_ascii_are_percent_encoded(show: Path) -> None:
    write_episode(show, "a ö#?%")
    run("feed", "show.yaml")
    urls = {item.find("enclosure").get("url") for item in items(show / "feed.xml")}
    assert urls == {"https://cast.town/audio/one.mp3", "https://cast.town/audio/a%20%C3%B6%23%3F%25.mp3"}


def test_a_show_is_never_a_script(show: Path) -> None:
    for command in (["check"], ["render", "-o", "x"], ["plan"]):
        code, told = run(command[0], "show.yaml", *command[1:])
        assert code == 2 and "describes a show" in told


def test_the_file_of_the_feed_may_be_named(show: Path) -> None:
    (show / "static").mkdir()
    (show / "show.yaml").write_text(FEED + "  file: static/podcast.xml\n")
    assert run("feed", "show.yaml")[0] == 0
    root = ET.parse(show / "static" / "podcast.xml").getroot()
    assert root[0].find("{http://www.w3.org/2005/Atom}link").get("href") == "https://cast.town/audio/podcast.xml"
