"""What the front matter of a script says about its episode for listeners: a feed is made from it."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path

from voiceover.script.front_matter import take_front_matter
from voiceover.script.json_nodes import read_json
from voiceover.script.page import Page, page_parts, read_page
from voiceover.script.source_text import read_source
from voiceover.script.suffixes import JSON_SUFFIX, YAML_SUFFIXES
from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Fields, Node, Scalar, read_yaml
from voiceover.settings.values import parse_integer
from voiceover.types import Source
from voiceover.types.lazy_dataclass import dataclass

_TEXTS = ("description", "author", "language", "guid", "link", "url", "permalink", "slug")


@dataclass(frozen=True, slots=True)
class EpisodePage:
    """The front matter of a script as far as a feed uses it. Empty texts are not set."""

    path: str
    page: Page
    description: str = ""
    author: str = ""
    language: str = ""
    guid: str = ""
    """Identifier of the episode, as an earlier feed gave it."""
    link: str = ""
    url: str = ""
    permalink: str = ""
    slug: str = ""
    season: int | None = None
    episode: int | None = None
    places: dict[str, Source] = field(default_factory=dict, compare=False, repr=False)
    """Where each key is set."""

    def place(self, key: str) -> Source:
        """Return where ``key`` is set; the start of the file if it is not."""
        return self.places.get(key, Source(self.path))


def read_episode_page(path: Path) -> EpisodePage | None:
    """Return the front matter of the script ``path``; None if it cannot be read. A key of another form is not used."""
    problems = Problems()
    text = read_source(path, problems)
    if text is None:
        return None
    node = _node(text, path)
    found: dict[str, Scalar] = {}
    for part in page_parts(node) if isinstance(node, Fields) else ():
        for key, value in part.entries:
            if isinstance(value, Scalar) and value.text.strip():
                found.setdefault(key.text.casefold(), value)
    texts = {name: found[name].text.strip() for name in _TEXTS if name in found}
    numbers = {str(name): parse_integer(found[name].text) for name in ("season", "episode") if name in found}
    good = {name: number for name, number in numbers.items() if number is not None and 0 <= number <= 99_999}
    places = {name: value.source for name, value in found.items()}
    season, episode = good.get("season"), good.get("episode")
    return EpisodePage(str(path), read_page(text, path), season=season, episode=episode, places=places, **texts)


def _node(text: str, path: Path) -> Node | None:
    ignored = Problems()
    if path.suffix.lower() in YAML_SUFFIXES:
        return read_yaml(text, str(path), ignored)
    if path.suffix.lower() == JSON_SUFFIX:
        return read_json(text, str(path), ignored, what="this file")[0] if text.strip() else None
    return take_front_matter(text, str(path), ignored).node
