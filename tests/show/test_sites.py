"""Static sites with the shipped partials, built by the real generators."""

from __future__ import annotations

import json
import shlex
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import feedparser
import pytest

from tests.command_parts import run
from tests.show.generators import GENERATORS
from tests.show.parts import PODCAST
from voiceover.show import LAYOUTS, start_site
from voiceover.types import SiteGenerator

NASTY = 'A "title" & <script>alert(1)</script> --> {{ x }} {% y %}'
CONFIG = {
    "hugo": {"hugo.toml": 'baseURL = "https://cast.town/blog/"\ntitle = "The town"\n'},
    "jekyll": {"_config.yml": "baseurl: /blog\nexclude: [voiceover.yaml, show.yaml, feed.lock]\n"},
    "eleventy": {
        "eleventy.config.js": "module.exports = (config) => {\n"
        '  config.addPassthroughCopy("audio");\n  config.ignores.add("audio/**");\n  return { pathPrefix: "/blog/" };\n};\n'
    },
}
LAYOUT = {
    "hugo": {
        "layouts/_default/single.html": '{{ .Content }}{{ partial "voiceover.html" . }}',
        "layouts/_default/list.html": "{{ .Title }}",
    },
    "jekyll": {"_layouts/post.html": "{{ content }}{% include voiceover.html %}"},
    "eleventy": {"_includes/post.njk": '{{ content | safe }}{% include "voiceover.njk" %}'},
}
PAGES = {
    "hugo": ("content/posts/{}.md", "_site/posts/{}/index.html", "posts/{}.md"),
    "jekyll": ("_posts/2026-01-01-{}.md", "_site/2026/01/01/{}.html", "2026-01-01-{}.md"),
    "eleventy": ("posts/{}.md", "_site/posts/{}/index.html", "{}.md"),
}
FRONT = {"hugo": "", "jekyll": "layout: post\n", "eleventy": "layout: post.njk\n"}
SITES = [pytest.param(site, id=site) for site in SiteGenerator]
pytestmark = [pytest.mark.slow, pytest.mark.sites]


class Seen(HTMLParser):
    """The elements of a page with their attributes, its comments, and its text by element."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.comments: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(page.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_comment(self, data: str) -> None:
        self.comments.append(data.strip())

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.elements[-1][0] if self.elements else "", []).append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")


def site(folder: Path, generator: SiteGenerator, names: list[str]) -> None:
    """Write a site of posts ``names`` whose template has the partial."""
    write(folder, CONFIG[generator] | LAYOUT[generator])
    script, _, _ = PAGES[generator]
    write(folder, {script.format(name): f"---\ntitle: Page {name}\n{FRONT[generator]}---\n\nThis is {name}.\n" for name in names})


def index_of(generator: SiteGenerator) -> str:
    """A map with an episode of everything, a draft and a page that says nothing."""
    key = PAGES[generator][2]
    player = {"title": NASTY, "chapters": "posts/a.chapters.json", "transcript": "posts/a.transcript.html"}
    sources = [{"url": "posts/100%25%20sure.mp3", "type": "audio/mpeg"}, {"url": "posts/a.opus", "type": "audio/ogg"}]
    whole = {"language": "en", "provisional": False, "chapters": [{"title": NASTY, "start": 65.0, "clock": "1:05"}]}
    pages = {
        key.format("full"): {**whole, "players": [{**player, "sources": sources, "vtt": "posts/a.vtt"}]},
        key.format("bare"): {**whole, "chapters": [], "players": [{**player, "transcript": None, "sources": sources[:1], "vtt": None}]},
        key.format("book"): {**whole, "players": [{**player, "title": f"Part {n}", "sources": sources[:1], "vtt": None} for n in (1, 2)]},
        key.format("draft"): {**whole, "provisional": True, "players": []},
    }
    return json.dumps({"schema": 1, "pages": pages, "without": {key.format("silent"): "nothing in it is spoken"}})


@pytest.mark.parametrize("generator", SITES)
def test_a_partial_shows_players_and_says_why_there_is_none(generator: SiteGenerator, tmp_path: Path) -> None:
    assert GENERATORS[generator].program
    site(tmp_path, generator, ["full", "bare", "book", "draft", "silent", "later"])
    layout = LAYOUTS[generator]
    start_site(tmp_path, generator)
    write(tmp_path, {layout.index: index_of(generator)})
    write(tmp_path / layout.audio, {"a.transcript.html": "<p>{{ x }} {% raw %}</p>", "a.notes.md": "# {{ x }}", "a.mp3": "x"})
    said = GENERATORS[generator].build(tmp_path)
    assert "deprecat" not in said.lower() and "error" not in said.lower(), said
    page = {name: Seen(tmp_path / PAGES[generator][1].format(name)) for name in ("full", "bare", "book", "draft", "silent", "later")}
    full = page["full"]
    assert full.all("audio") == [{"controls": None, "preload": "none"}] or full.all("audio") == [{"controls": "", "preload": "none"}]
    at = "/blog/audio/posts"
    assert full.all("source") == [{"src": f"{at}/100%25%20sure.mp3", "type": "audio/mpeg"}, {"src": f"{at}/a.opus", "type": "audio/ogg"}]
    assert full.all("track") == [{"kind": "captions", "src": f"{at}/a.vtt", "srclang": "en"}]
    assert {"href": f"{at}/a.transcript.html"} in full.all("a")
    assert not full.all("script") and "".join(full.texts["figcaption"]).strip() == NASTY
    assert "".join(full.texts["time"]).strip().split(maxsplit=1) == ["1:05", NASTY]
    assert not page["bare"].all("track") and not page["bare"].all("details") and len(page["bare"].all("source")) == 1
    assert len(page["book"].all("audio")) == 2
    for name, why in (("draft", "draft voice"), ("silent", "nothing in it is spoken"), ("later", "not made yet")):
        assert not page[name].all("audio") and page[name].comments == [f"voiceover: no player, {why}"]
    # What is published of the audio is what was made, byte for byte.
    published = tmp_path / "_site" / "audio"
    assert {path.name for path in published.iterdir()} == {"a.transcript.html", "a.notes.md", "a.mp3"}
    assert (published / "a.transcript.html").read_text() == "<p>{{ x }} {% raw %}</p>"
    # Without the map, each page says that it is missing.
    (tmp_path / layout.index).unlink()
    GENERATORS[generator].build(tmp_path)
    assert Seen(tmp_path / PAGES[generator][1].format("full")).comments == [f"voiceover: no player, {layout.index} is missing"]


@pytest.mark.parametrize("generator", SITES)
def test_one_command_gives_a_site_its_players_and_its_feed(
    generator: SiteGenerator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From ``init`` to pages that play what they name: ten pages with Hugo, two with the others."""
    assert GENERATORS[generator].program
    monkeypatch.chdir(tmp_path)
    count = 10 if generator is SiteGenerator.HUGO else 2
    names = [f"page-{number}" for number in range(count)]
    site(tmp_path, generator, names)
    code, said = run("init", ".", "--site", generator.value)
    assert code == 0, said
    show = Path("show.yaml")
    show.write_text(show.read_text().replace("https://example.com/audio/", "https://cast.town/blog/audio/"))
    (command,) = [shlex.split(line) for line in said.splitlines() if line.startswith("voiceover ")]
    assert command[:2] == ["voiceover", "batch"] and command[-1] == "--allow-draft"
    assert run(*command[1:], "--engine", "draft")[0] == 0
    layout = LAYOUTS[generator]
    # The tests have no human voice: what the draft voice said is shown as if it were one.
    index = Path(layout.index)
    index.write_text(index.read_text().replace('"provisional": true', '"provisional": false'))
    GENERATORS[generator].build(tmp_path)
    for name in names:
        page = Seen(Path(PAGES[generator][1].format(name)))
        addresses = [page.all("source")[0]["src"], page.all("track")[0]["src"], *(link["href"] for link in page.all("a"))]
        assert not page.comments
        for address in addresses:
            place = unquote(str(address)).removeprefix("/blog/")
            assert (Path("_site") / place).read_bytes() == (Path(layout.audio).parent / place).read_bytes()
    feed = Path("_site/audio/podcast.xml")
    found = feedparser.parse(feed.read_bytes())
    assert not found.bozo and len(found.entries) == count
    for entry in found.entries:
        (audio,) = entry.enclosures
        file = Path("_site") / audio.href.removeprefix("https://cast.town/blog/")
        assert file.stat().st_size == int(audio.length)
    assert len(ET.parse(feed).getroot().findall(f"channel/item/{PODCAST}transcript[@type='text/vtt']")) == count
    public = {path.name for path in Path("_site").rglob("*") if path.is_file()}
    assert not {name for name in public if "manifest" in name or name in ("journal", "show.yaml", "voiceover.yaml", "feed.lock")}
    # The same again changes nothing.
    before = {path: path.stat().st_mtime_ns for path in (index, Path(layout.audio) / "podcast.xml")}
    text = index.read_text().replace('"provisional": false', '"provisional": true')
    index.write_text(text)
    assert run(*command[1:], "--engine", "draft")[0] == 0 and index.read_text() == text
    assert before[Path(layout.audio) / "podcast.xml"] == (Path(layout.audio) / "podcast.xml").stat().st_mtime_ns


def test_hugo_builds_a_page_of_a_leaf_bundle_and_of_another_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are named in the map as Hugo names them."""
    assert GENERATORS["hugo"].program
    monkeypatch.chdir(tmp_path)
    site(tmp_path, SiteGenerator.HUGO, [])
    languages = '[languages.en]\nlanguageName = "English"\n[languages.de]\nlanguageName = "Deutsch"\n'
    write(tmp_path, {"hugo.toml": 'defaultContentLanguage = "en"\n' + CONFIG["hugo"]["hugo.toml"] + languages})
    texts = {
        "content/posts/Hello World/index.md": "Hello.",
        "content/posts/Hello World/index.de.md": "Hallo.",
        "content/100% sure.md": "Sure.",
    }
    write(tmp_path, {name: f"---\ntitle: x\n---\n\n{text}\n" for name, text in texts.items()})
    start_site(tmp_path, SiteGenerator.HUGO)
    dry = ("batch", "content", "-o", "static/audio", "--engine", "draft", "--format", "wav", "--index", "data/voiceover.json")
    assert run(*dry, "--allow-draft")[0] == 0
    index = Path("data/voiceover.json")
    index.write_text(index.read_text().replace('"provisional": true', '"provisional": false'))
    GENERATORS["hugo"].build(tmp_path)
    players = {page.relative_to("_site").parent.as_posix(): Seen(page).all("source") for page in Path("_site").rglob("index.html")}
    found = {page: [source["src"] for source in sources] for page, sources in players.items() if sources}
    assert sorted(unquote(str(src)) for sources in found.values() for src in sources) == [
        "/blog/audio/100% sure.draft.wav",
        "/blog/audio/posts/Hello World/Hello World.de.draft.wav",
        "/blog/audio/posts/Hello World/Hello World.draft.wav",
    ]
