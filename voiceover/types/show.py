"""A show, as its file (show.yaml) describes it for a feed."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from pathlib import Path

from voiceover.types.lazy_dataclass import dataclass
from voiceover.types.problems import Source


class SiteGenerator(StrEnum):
    """A generator of static sites for which there is a partial with a player."""

    HUGO = "hugo"
    JEKYLL = "jekyll"
    ELEVENTY = "eleventy"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who takes part, for ``podcast:person``."""

    name: str
    role: str = ""
    group: str = ""
    img: str = ""
    """Address of a picture."""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Show:
    """A show and its feed. Empty texts are not set."""

    source: Source
    """Where ``feed:`` is."""
    base_url: str
    """Public address of the folder of episodes, with a final slash."""
    title: str = ""
    description: str = ""
    url: str = ""
    """Public address of the feed."""
    link: str = ""
    """Address of the show's own page."""
    language: str = ""
    author: str = ""
    copyright: str = ""
    owner_name: str = ""
    owner_email: str = ""
    image: Path | None = None
    """Artwork, if it is a file."""
    image_url: str = ""
    """Public address of the artwork, if it is given."""
    categories: tuple[tuple[str, str], ...] = ()
    """Category and subcategory, which may be empty."""
    explicit: bool = False
    kind: str = "episodic"
    """``episodic`` or ``serial``."""
    complete: bool = False
    """True if there will be no more episodes."""
    guid: str = ""
    """``podcast:guid``; empty to take that of the lock."""
    locked: bool | None = None
    funding_url: str = ""
    funding_text: str = ""
    people: tuple[Person, ...] = ()
    episodes: tuple[str, ...] = ()
    """Folders and globs of finished episodes, relative to the show's file."""
    scripts: tuple[str, ...] = ()
    """Folders of scripts, relative to the show's file."""
    file: Path | None = None
    """Where the feed is written; None for feed.xml beside the show's file."""
    index: Path | None = None
    """Where a batch writes the map from pages to files for the templates of a site; None for none."""
    order: str = "newest"
    """``newest`` or ``oldest`` first."""
    keep: int | None = None
    """Number of newest episodes in the feed; None for all."""
    episode_link: str = ""
    """Template of an episode's page, such as ``https://example.com/posts/{slug}/``."""
    places: dict[str, Source] = field(default_factory=dict, compare=False, repr=False)
    """Where each key is set."""
