"""A show from its scripts to a listener: real episodes, their feed, a host on loopback and a client that plays all of it."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import feedparser
import mutagen
import pytest
from pymediainfo import MediaInfo

from tests.command_parts import run
from tests.show.parts import FEED, ITUNES, PODCAST, write_png, write_show
from tests.show.serving import fetched, served

SHOW = FEED.replace("image: cover.png", "image: public/cover.png")
SCRIPTS = {
    "01-first.md": (
        "---\ntitle: The first, of <two> & more\ndate: 2026-11-20\ndescription: How it began.\n---\n\nThis voice is synthetic.\n\n"
        "## One\n\nThis is the first part.\n\n## Zwei\n\nAnd this is the second.\n"
    ),
    "02-second.md": "---\ntitle: The second 🎙\ndate: 2026-11-21\n---\n\nThis voice is synthetic, and there are no chapters.\n",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a show whose two episodes were made by a batch of the draft voice."""
    folder = tmp_path_factory.mktemp("show")
    (folder / "episodes").mkdir()
    for name, text in SCRIPTS.items():
        (folder / "episodes" / name).write_text(text, "utf-8")
    (folder / "public").mkdir()
    write_show(folder, SHOW, cover=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in ("CACHE", "DATA", "CONFIG"):
            patch.setenv(f"VOICEOVER_{name}", str(folder / name.lower()))
        write_png(folder / "public" / "cover.png", 1400, 1400)
        code, said = run("batch", "episodes", "-o", "public", "--engine", "draft", "--allow-draft")
        assert code == 0, said
    return folder


def make_feed(made: Path, base: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(made)
    write_show(made, SHOW.replace("https://cast.town/audio/", f"{base}/"), cover=False)
    code, said = run("feed", "show.yaml", "-o", "public/feed.xml", "--allow-draft")
    assert code == 0, said
    return made / "public" / "feed.xml"


def test_a_finished_episode_is_what_its_feed_says(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    feed = make_feed(made, "https://cast.town/audio", monkeypatch)
    data = feed.read_bytes()
    found = feedparser.parse(data)
    assert not found.bozo and [entry.title for entry in found.entries] == ["The second 🎙", "The first, of <two> & more"]
    for entry in found.entries:
        (audio,) = entry.enclosures
        file = made / "public" / audio.href.removeprefix("https://cast.town/audio/")
        tags = mutagen.File(file)
        assert (int(audio.length), audio.type) == (file.stat().st_size, "audio/mpeg")
        assert float(entry.itunes_duration) == pytest.approx(tags.info.length, abs=0.6)
        assert str(tags["TIT2"]) == entry.title
        (general,) = MediaInfo.parse(file).general_tracks
        assert (general.format, general.title) == ("MPEG Audio", entry.title)
        assert int(entry.itunes_duration) == pytest.approx(general.duration / 1000, abs=0.6)
    # The same episodes give the same bytes, whatever was made in between.
    assert run("feed", "show.yaml", "-o", "again.xml", "--allow-draft")[0] == 0
    assert Path("again.xml").read_bytes() == data.replace(b"/feed.xml", b"/again.xml")


def test_a_client_walks_the_show_on_a_host_with_ranges(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(made / "public") as base:
        make_feed(made, base, monkeypatch)
        data, kind = fetched(f"{base}/feed.xml")
        assert kind == "application/rss+xml"
        channel = ET.fromstring(data)[0]
        assert fetched(channel.find(f"{ITUNES}image").get("href"))[1] == "image/png"
        for item in channel.findall("item"):
            audio = item.find("enclosure")
            got, kind = fetched(audio.get("url"), piece=7_000)
            assert (len(got), kind) == (int(audio.get("length")), audio.get("type"))
            tags = mutagen.File(io.BytesIO(got))
            linked = {link.get("type"): fetched(link.get("url")) for link in item.findall(f"{PODCAST}transcript")}
            assert set(linked) == {"text/vtt", "application/x-subrip", "application/json", "text/html", "text/plain"}
            assert linked["text/vtt"][0].startswith(b"WEBVTT") and linked["text/vtt"][1] == "text/vtt"
            segments = json.loads(linked["application/json"][0])["segments"]
            assert max(segment["endTime"] for segment in segments) <= tags.info.length
            chapters = item.find(f"{PODCAST}chapters")
            in_tags = [str(frame.sub_frames["TIT2"]) for frame in tags.tags.getall("CHAP")]
            rows = json.loads(fetched(chapters.get("url"))[0])["chapters"] if chapters is not None else []
            assert [row["title"] for row in rows] == in_tags and (chapters is not None) == ("first" in str(item.findtext("title")))
        code, told = run("feed", "show.yaml", "-o", "public/feed.xml", "--allow-draft", "--check", "--url")
        faults = [line for line in told.splitlines() if line.startswith("fault:")]
        # A host on loopback has no https and no name, and that is all that is wrong.
        assert code == 2 and all("https://" in line or "is a placeholder" in line for line in faults), told


def test_a_file_that_the_host_lacks_is_a_fault(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host = Path(shutil.copytree(made / "public", tmp_path / "host"))
    (host / "01-first.draft.mp3").unlink()
    (host / "01-first.draft.chapters.json").unlink()
    with served(host) as base:
        make_feed(made, base, monkeypatch)
        told = run("feed", "show.yaml", "-o", "public/feed.xml", "--allow-draft", "--check", "--url")[1]
    assert f"fault: 01-first: {base}/01-first.draft.mp3 answers 404 to HEAD; Apple requires 200: upload the file" in told
    assert f"fault: 01-first: {base}/01-first.draft.chapters.json answers 404 to HEAD" in told
