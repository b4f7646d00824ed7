"""Feeds, read back by feedparser and an XML reader."""

from __future__ import annotations

import json
import time
import uuid
from pathlib import Path
from xml.etree import ElementTree as ET

import feedparser
import pytest

from tests.command_parts import run
from tests.show.parts import FEED, ITUNES, PODCAST, items, titles, write_episode, write_show
from voiceover.show.lock import FeedLock


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a show with artwork and no episodes."""
    monkeypatch.chdir(tmp_path)
    write_show(tmp_path)
    return tmp_path


def made(*more: str) -> str:
    """Make the feed of show.yaml and return what the command says."""
    code, said = run("feed", "show.yaml", *more)
    assert code == 0, said
    return said


def refused(*more: str) -> str:
    """Return the error of a feed that cannot be made."""
    code, said = run("feed", "show.yaml", *more)
    assert code == 2, said
    return said


def test_feedparser_reads_the_show_and_its_episodes_newest_first(show: Path) -> None:
    write_episode(
        show,
        "one",
        title="The first",
        front="date: 2026-11-20T09:00:00+01:00\ndescription: How it began.\nauthor: Ben\nseason: 1\nepisode: 1",
    )
    write_episode(show, "deep/two", title="The second", front="date: 2026-11-21")
    assert "feed.xml: 2 episodes" in made()
    feed = feedparser.parse((show / "feed.xml").read_bytes())
    assert not feed.bozo
    assert (feed.version, feed.feed.title, feed.feed.subtitle, feed.feed.language) == ("rss20", "The town", "News of a small town.", "en")
    assert (feed.feed.link, feed.feed.author, feed.feed.publisher_detail.email) == ("https://cast.town/", "Ann", "ann@cast.town")
    assert feed.feed.image.href == "https://cast.town/audio/cover.png"
    assert [tag.term for tag in feed.feed.tags] == ["Technology", "Society & Culture", "Documentary"]
    second, first = feed.entries
    assert (second.title, first.title, first.summary, first.author) == ("The second", "The first", "How it began.", "Ben")
    (audio,) = first.enclosures
    size = (show / "public/one.mp3").stat().st_size
    assert (audio.href, audio.type, int(audio.length)) == ("https://cast.town/audio/one.mp3", "audio/mpeg", size)
    assert second.enclosures[0].href == "https://cast.town/audio/deep/two.mp3"
    assert (first.itunes_duration, first.itunes_season, first.itunes_episode) == ("61", "1", "1")
    assert first.published == "Fri, 20 Nov 2026 08:00:00 GMT"
    assert second.published_parsed[:5] == (2026, 11, 21, 0, 0)
    assert not first.guidislink and uuid.UUID(first.id) != uuid.UUID(second.id)


@pytest.mark.parametrize(
    ("suffixes", "name", "kind"),
    [
        ((".m4a", ".vtt"), "one.m4a", "audio/x-m4a"),
        ((".m4a", ".mp3", ".opus"), "one.mp3", "audio/mpeg"),
    ],
)
def test_the_enclosure_is_what_directories_take(show: Path, suffixes: tuple[str, ...], name: str, kind: str) -> None:
    write_episode(show, "one", suffixes=suffixes)
    made()
    (audio,) = feedparser.parse((show / "feed.xml").read_bytes()).entries[0].enclosures
    size = (show / "public" / name).stat().st_size
    assert (audio.href, audio.type, int(audio.length)) == (f"https://cast.town/audio/{name}", kind, size)


def test_an_episode_that_no_directory_takes_is_left_out(show: Path) -> None:
    write_episode(show, "one")
    write_episode(show, "two", suffixes=(".opus", ".m4b", ".flac", ".wav"))
    assert "two: left out: it has no MP3 or M4A file, which directories take (format: mp3)" in made()


def test_the_podcast_namespace(show: Path) -> None:
    more = "  locked: yes\n  funding: {url: https://cast.town/give, text: Give}\n"
    more += "  people:\n    - {name: Ann, role: host, href: https://cast.town/ann}\n"
    write_show(show, FEED + more)
    stem = write_episode(show, "one", suffixes=(".mp3", ".vtt", ".srt", ".chapters.json", ".transcript.json"))
    write_episode(show, "two", suffixes=(".mp3",))
    made()
    root = items(show / "feed.xml")
    channel = ET.parse(show / "feed.xml").getroot()[0]
    assert (channel.findtext(f"{PODCAST}locked"), channel.find(f"{PODCAST}locked").attrib) == ("yes", {"owner": "ann@cast.town"})
    assert (channel.findtext(f"{PODCAST}funding"), channel.find(f"{PODCAST}funding").attrib) == ("Give", {"url": "https://cast.town/give"})
    person = channel.find(f"{PODCAST}person")
    assert (person.text, person.attrib) == ("Ann", {"role": "host", "href": "https://cast.town/ann"})
    assert channel.findtext(f"{PODCAST}guid") == json.loads((show / "feed.lock").read_text())["show"]
    assert channel.findtext(f"{ITUNES}explicit") == "false"
    by_name = {item.find("enclosure").get("url").rpartition("/")[2]: item for item in root}
    assert stem.name == "one"
    found = {(link.get("url"), link.get("type")) for link in by_name["one.mp3"].findall(f"{PODCAST}transcript")}
    at = "https://cast.town/audio/one"
    assert found == {(f"{at}.vtt", "text/vtt"), (f"{at}.srt", "application/x-subrip"), (f"{at}.transcript.json", "application/json")}
    chapters = by_name["one.mp3"].find(f"{PODCAST}chapters")
    assert chapters.attrib == {"url": f"{at}.chapters.json", "type": "application/json+chapters"}
    assert by_name["two.mp3"].find(f"{PODCAST}chapters") is None and by_name["two.mp3"].find(f"{PODCAST}transcript") is None
    assert [(txt.get("purpose"), txt.text) for item in root for txt in item.findall(f"{PODCAST}txt")] == [("ai-content", "true")] * 2


def test_the_guid_of_a_show_is_the_one_of_the_standard() -> None:
    assert FeedLock(Path("feed.lock")).show_guid("https://podnews.net/rss") == "9b024349-ccf0-5f69-a609-6b82873eab3c"
    assert FeedLock(Path("feed.lock")).show_guid("http://podnews.net/rss/") == "9b024349-ccf0-5f69-a609-6b82873eab3c"


@pytest.mark.parametrize("count", [10, pytest.param(300, marks=pytest.mark.slow)])
def test_two_runs_give_the_same_bytes(show: Path, count: int) -> None:
    for number in range(count):
        write_episode(show, f"ep{number:04}", front=f"date: 2026-01-01T{number // 60:02}:{number % 60:02}:00Z", suffixes=(".mp3",))
    made()
    first, lock = (show / "feed.xml").read_bytes(), (show / "feed.lock").read_bytes()
    stamp = (show / "feed.xml").stat().st_mtime_ns
    time.sleep(0.01)
    assert "up to date" in made()
    assert (show / "feed.xml").stat().st_mtime_ns == stamp
    (show / "feed.xml").unlink()
    made()
    assert ((show / "feed.xml").read_bytes(), (show / "feed.lock").read_bytes()) == (first, lock)
    assert len(feedparser.parse(first).entries) == count
    (show / "feed.lock").unlink()
    made()
    assert (show / "feed.lock").read_bytes() == lock


def test_a_guid_stays_whatever_changes(show: Path) -> None:
    write_episode(show, "one")
    write_episode(show, "two", front="guid: from-the-old-host\ndate: 2026-11-21")
    made()
    before = {item.findtext("title"): item.findtext("guid") for item in items(show / "feed.xml")}
    assert before["Title of two"] == "from-the-old-host"
    write_show(show, FEED.replace("cast.town/audio", "moved.town/sound"))
    write_episode(show, "one", front="date: 2027-01-01", audio=b"another recording")
    write_episode(show, "two", front="date: 2026-11-21")
    made()
    assert {item.findtext("title"): item.findtext("guid") for item in items(show / "feed.xml")} == before


def test_an_episode_under_a_new_name_is_told_of_and_can_keep_its_guid(show: Path) -> None:
    stem = write_episode(show, "one")
    made()
    guid = items(show / "feed.xml")[0].findtext("guid")
    for path in (show / "public").iterdir():
        path.unlink()
    assert stem.name == "one"
    write_episode(show, "uno")
    assert "feed.lock names episodes that are gone: one; if uno is one of them under a new name" in made()
    lock = show / "feed.lock"
    content = json.loads(lock.read_text())
    content["episodes"] = {"uno": content["episodes"]["one"]}
    lock.write_text(json.dumps(content))
    write_episode(show, "one")
    made()
    guids = {item.findtext("title"): item.findtext("guid") for item in items(show / "feed.xml")}
    assert guids["Title of uno"] == guid != guids["Title of one"]


def test_order_and_retention(show: Path) -> None:
    for day in (20, 22, 21):
        write_episode(show, f"d{day}", title=str(day), front=f"date: 2026-11-{day}")
    made()
    assert titles(show / "feed.xml") == ["22", "21", "20"]
    write_show(show, FEED + "  order: oldest\n  keep: 2\n")
    assert "1 older episodes left out (keep: 2)" in made()
    assert titles(show / "feed.xml") == ["21", "22"]


def test_an_undated_page_is_told_of_and_comes_last(show: Path) -> None:
    write_episode(show, "a", title="undated", front="description: none")
    write_episode(show, "b", title="dated")
    assert "episodes/a.md: no date" in made()
    assert titles(show / "feed.xml") == ["dated", "undated"]
    assert items(show / "feed.xml")[1].find("pubDate") is None


@pytest.mark.parametrize(
    ("front", "link"),
    [
        ("link: https://elsewhere.town/one", "https://elsewhere.town/one"),
        ("url: /posts/one/", "https://cast.town/posts/one/"),
        ("permalink: posts/ö/", "https://cast.town/posts/%C3%B6/"),
        ("permalink: /:year/:title/", "https://cast.town/p/one/"),
        ("slug: first", "https://cast.town/p/first/"),
        ("link: javascript:alert(1)", "https://cast.town/p/one/"),
        ("link: //evil.town/x", "https://cast.town/p/one/"),
        ("link: https://user:word@evil.town/", "https://cast.town/p/one/"),
    ],
)
def test_the_link_of_an_episode(show: Path, front: str, link: str) -> None:
    write_show(show, FEED + "  episode_link: https://cast.town/p/{slug}/\n")
    write_episode(show, "one", front=f"date: 2026-11-20\n{front}")
    said = made()
    assert items(show / "feed.xml")[0].findtext("link") == link
    assert ("(not used)" in said) == ("javascript" in front or "evil" in front)


def test_a_page_of_a_site_is_found_by_the_name_that_a_batch_gives_it(show: Path) -> None:
    write_episode(show, "posts/hello/hello", script="index.md", front="date: 2026-11-20\nslug: hi")
    write_show(show, FEED + "  episode_link: https://cast.town/{name}/\n")
    assert "script was not found" not in made()
    assert items(show / "feed.xml")[0].findtext("link") == "https://cast.town/posts/hello/hello/"


def test_draft_and_suspect_episodes_need_a_flag_and_private_pages_stay_out(show: Path) -> None:
    write_episode(show, "a", title="drafted", draft=True)
    write_episode(show, "b", title="suspect", suspect=True)
    write_episode(show, "c", title="private", front="draft: true")
    write_episode(show, "d", title="good")
    said = made()
    assert "a: left out: the draft voice" in said and "b: left out: a check found" in said and "c: left out: its page is not public" in said
    assert titles(show / "feed.xml") == ["good"]
    made("--allow-draft")
    assert set(titles(show / "feed.xml")) == {"good", "drafted"}
    assert [item.find("enclosure").get("url") for item in items(show / "feed.xml") if item.findtext("title") == "drafted"] == [
        "https://cast.town/audio/a.draft.mp3"
    ]
    assert "b: warning: it has 1 suspect take, and is in the feed" in made("--allow-suspect")
    assert set(titles(show / "feed.xml")) == {"good", "suspect"}


def test_an_empty_feed_never_replaces_one(show: Path) -> None:
    stem = write_episode(show, "one")
    made()
    before = (show / "feed.xml").read_bytes()
    stem.with_name("one.mp3").unlink()
    assert "its file one.mp3 is gone" in refused()
    assert (show / "feed.xml").read_bytes() == before


def test_a_show_takes_what_it_lacks_from_the_project(show: Path) -> None:
    (show / "voiceover.yaml").write_text("show: Of the project\nauthor: Cora\nlanguage: de\n")
    write_show(show, "feed: {base_url: https://cast.town/a, episodes: public, scripts: episodes}\n")
    write_episode(show, "one")
    made()
    feed = feedparser.parse((show / "feed.xml").read_bytes())
    assert (feed.feed.title, feed.feed.author, feed.feed.language, feed.entries[0].author) == ("Of the project", "Cora", "de", "Cora")


def test_a_placeholder_address_mints_nothing(show: Path) -> None:
    write_show(show, FEED.replace("cast.town", "example.com"))
    write_episode(show, "one")
    made()
    assert not (show / "feed.lock").exists()


def test_json_lists_the_episodes(show: Path) -> None:
    write_episode(show, "one")
    code, said = run("feed", "show.yaml", "--json")
    start = said.index("{")
    listed = json.loads(said[start : said.rindex("}") + 1])
    assert code == 0
    assert (listed["changed"], listed["episodes"][0]["name"], listed["episodes"][0]["date"]) == (True, "one", "2026-11-20T00:00:00+00:00")


def test_a_batch_writes_the_feed_of_its_episodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_show(tmp_path, FEED.replace("  episodes: public\n  scripts: episodes\n", ""))
    page = tmp_path / "content" / "posts" / "hello" / "index.md"
    page.parent.mkdir(parents=True)
    page.write_text("---\ntitle: Hello\ndate: 2026-11-20\nurl: /posts/hello/\n---\n\nThis is a synthetic voice.\n")
    (tmp_path / "content" / "show.yaml").write_text(FEED)
    arguments = ("batch", "content", "-o", "static/audio", "--engine", "draft", "--feed", "show.yaml")
    code, said = run(*arguments)
    assert code == 2 and "content/posts/hello/index.md: the draft voice would speak in it" in said
    assert not (tmp_path / "feed.xml").exists()
    code, said = run(*arguments, "--allow-draft", "--state", "kept")
    assert code == 0 and "feed.xml: 1 episode" in said
    assert not list((tmp_path / ".voiceover").rglob("*.manifest.json")) and list((tmp_path / "kept").rglob("hello.draft.manifest.json"))
    (item,) = items(tmp_path / "feed.xml")
    assert item.find("enclosure").get("url") == "https://cast.town/audio/posts/hello/hello.draft.mp3"
    assert (item.findtext("title"), item.findtext("link")) == ("Hello", "https://cast.town/posts/hello/")
    assert run("batch", "content", "-o", "static/audio", "--feed", "none.yaml")[0] == 2
    assert run("batch", "content", "-o", "static/audio", "--allow-suspect")[0] == 2
