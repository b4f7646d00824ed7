"""Start audio for a static site: settings, a feed, and a partial with the player for its templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from voiceover.show.starting import StartedShow, show_title, start_files, starting_project
from voiceover.types import SiteGenerator

_PARTIALS = Path(__file__).with_name("partials")
_SHOW = """\
# The audio of this site. This makes what is new, the feed and the map of pages for the templates:
#   voiceover batch {scripts} -o {audio} --feed {show}
# Check the feed before you publish: voiceover feed {show} --check
feed:
  base_url: https://example.com/audio/    # public address of {audio}; change it before you publish
  title: {title}
  description: What the show is about.
  link: https://example.com/              # the site; links of pages start there
  language: en
  episodes: {audio}
  scripts: {scripts}
  file: {audio}/podcast.xml
  index: {index}
  category: Technology
  explicit: no
  # author: Your name
  # owner: {{name: Your name, email: you@example.com}}
  # image: cover.jpg                      # square, 1400 to 3000 pixels
"""


@dataclass(frozen=True, slots=True)
class SiteLayout:
    """Where a site of one generator has things, relative to its folder."""

    scripts: str
    """Folder of the pages."""
    audio: str
    """Folder that is published as ``audio``."""
    index: str
    """The map of pages, among the data for templates."""
    partial: str
    template: str
    """Name of the shipped partial."""
    advice: tuple[str, ...]
    """What the owner of the site has to do, a line each."""


LAYOUTS: Mapping[SiteGenerator, SiteLayout] = {
    SiteGenerator.HUGO: SiteLayout(
        "content",
        "static/audio",
        "data/voiceover.json",
        "layouts/partials/voiceover.html",
        "hugo.html",
        ('put this into the template of your pages: {{ partial "voiceover.html" . }}',),
    ),
    SiteGenerator.JEKYLL: SiteLayout(
        "_posts",
        "audio",
        "_data/voiceover.json",
        "_includes/voiceover.html",
        "jekyll.html",
        (
            "put this into the layout of your posts: {% include voiceover.html %}",
            "add to _config.yml, so that they are not published: exclude: [voiceover.yaml, show.yaml, feed.lock, show.lock]",
        ),
    ),
    SiteGenerator.ELEVENTY: SiteLayout(
        "posts",
        "audio",
        "_data/voiceover.json",
        "_includes/voiceover.njk",
        "eleventy.njk",
        (
            'put this into the layout of your posts: {% include "voiceover.njk" %}',
            'add to eleventy.config.js: eleventyConfig.addPassthroughCopy("audio"); eleventyConfig.ignores.add("audio/**");',
        ),
    ),
}


def start_site(folder: Path, generator: SiteGenerator) -> StartedShow:
    """Write settings, a show and the partial into the folder of a site; a file that is there already is never changed.

    Raises InputError if something else is in the place of a folder, OutputError if a file cannot be written.
    """
    layout = LAYOUTS[generator]
    engine, project = starting_project(folder)
    show = _SHOW.format(
        title=show_title(folder),
        scripts=layout.scripts,
        audio=layout.audio,
        index=layout.index,
        show="show.yaml",
    )
    texts = {
        Path("voiceover.yaml"): project,
        Path("show.yaml"): show,
        Path(layout.partial): (_PARTIALS / layout.template).read_text("utf-8"),
    }
    return StartedShow(folder, engine, *start_files(folder, texts))
