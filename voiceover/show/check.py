"""Hold a feed against what Apple Podcasts and Spotify require and the namespaces say. Each finding says who wants what, and what to do."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain

from voiceover.errors import InputError
from voiceover.publish import read_cover
from voiceover.settings.values import did_you_mean
from voiceover.show.categories import CATEGORIES
from voiceover.show.collect import is_placeholder
from voiceover.show.types import Feed, FeedEpisode, FeedFinding, Grade
from voiceover.system.lazy import lazy_pattern

MOST_DESCRIPTION_BYTES = 4000
"""Apple's limit for descriptions."""
MOST_TITLE = 255
"""Apple's limit for titles, in characters."""
MOST_AUDIO_BYTES = 200_000_000
"""Spotify's limit for a file of a feed."""
SMALLEST_IMAGE, LARGEST_IMAGE = 1400, 3000
"""Apple's limits for the sides of the artwork, in pixels."""
_DISCLOSED_WITHIN_SECONDS = 90.0
_DISCLOSURE = lazy_pattern(
    r"\b(synthetic|artificial|computer|machine|robot|generated|text-to-speech|automated|synthesi[sz]\w*|a\.?i\.?|k\.?i\.?)\b"
    r"|synthetisch|künstlich|synthétique|artificielle|sintétic|sintetic|artificial",
    re.IGNORECASE,
)
"""Words with which a disclosure says that speech is synthetic."""
_SHOW = "show"


def check_feed(feed: Feed) -> tuple[FeedFinding, ...]:
    """Return what is wrong with a feed, the show first, then the episodes in order."""
    episodes = chain.from_iterable(_episode(episode, feed) for episode in feed.episodes)
    return (*_show(feed), *_image(feed), *_categories(feed), *episodes, *_numbers(feed.episodes))


def _fault(where: str, message: str) -> FeedFinding:
    return FeedFinding(Grade.FAULT, where, message)


def _warning(where: str, message: str) -> FeedFinding:
    return FeedFinding(Grade.WARNING, where, message)


def _show(feed: Feed) -> Iterator[FeedFinding]:
    show = feed.show
    if is_placeholder(feed.url) or is_placeholder(show.base_url):
        yield _fault(_SHOW, f"base_url: {show.base_url} is a placeholder; write the public address of your folder of episodes")
    for name, address in (("base_url", show.base_url), ("url", feed.url), ("image", feed.image_url)):
        if address.startswith("http:"):
            yield _fault(_SHOW, f"{name}: Apple and Spotify want https://, not http://")
    if not show.title:
        yield _fault(_SHOW, "title is missing: RSS, Apple and Spotify require it")
    yield from _title(_SHOW, show.title)
    if not show.description:
        yield _fault(_SHOW, "description is missing: RSS, Apple and Spotify require it")
    yield from _description(_SHOW, show.description)
    if not show.language:
        yield _fault(_SHOW, "language is missing: Apple and Spotify require it, such as language: en")
    if not show.author:
        yield _warning(_SHOW, "author is missing: Apple shows it below the title")
    if not show.link:
        yield _warning(_SHOW, "link is missing: the show's website; base_url stands in for it")
    if not show.owner_email:
        yield _warning(_SHOW, "owner: {email: ...} is missing: Spotify sends a code there to verify that the show is yours")
    if show.locked and not show.owner_email:
        yield _fault(_SHOW, "locked needs owner: {email: ...}: podcast:locked says by whom the show can be unlocked")


def _image(feed: Feed) -> Iterator[FeedFinding]:
    path = feed.show.image
    if path is None:
        if not feed.image_url:
            yield _fault(_SHOW, "image is missing: Apple and Spotify require artwork, a square JPEG or PNG of 1400 to 3000 pixels")
        return
    try:
        cover = read_cover(path)
    except InputError as error:
        yield _fault(_SHOW, f"image: {error}")
        return
    size = f"{cover.width} x {cover.height} pixels"
    if cover.width != cover.height:
        yield _fault(_SHOW, f"image: {path.name} has {size}; Apple and Spotify want a square")
    if not all(SMALLEST_IMAGE <= side <= LARGEST_IMAGE for side in (cover.width, cover.height)):
        yield _fault(_SHOW, f"image: {path.name} has {size}; Apple wants {SMALLEST_IMAGE} to {LARGEST_IMAGE} on each side")


def _categories(feed: Feed) -> Iterator[FeedFinding]:
    if not feed.show.categories:
        yield _fault(_SHOW, "category is missing: Apple requires one, such as category: Technology")
    for above, below in feed.show.categories:
        if above not in CATEGORIES:
            hint = did_you_mean(above, CATEGORIES) or f"; they are {', '.join(CATEGORIES)}"
            yield _fault(_SHOW, f'category: Apple has no category "{above}"{hint}')
        elif below and below not in CATEGORIES[above]:
            hint = did_you_mean(below, CATEGORIES[above]) or f"; those of {above} are {', '.join(CATEGORIES[above]) or 'none'}"
            yield _fault(_SHOW, f'category: Apple has no subcategory "{above} > {below}"{hint}')


def _episode(episode: FeedEpisode, feed: Feed) -> Iterator[FeedFinding]:
    where = episode.name
    if not episode.title:
        yield _fault(where, "its title is empty: RSS wants a title or a description, and Apple a title")
    yield from _title(where, episode.title)
    yield from _description(where, episode.description)
    if episode.moment is None:
        yield _fault(where, "it has no date: players sort by it; write date: in the script's front matter")
    if episode.audio.bytes > MOST_AUDIO_BYTES:
        yield _fault(where, f"its audio has {episode.audio.bytes / 1e6:.0f} MB; Spotify takes {MOST_AUDIO_BYTES / 1e6:.0f} MB")
    if not episode.audio.bytes:
        yield _fault(where, "its audio file is empty")
    if "%" in episode.audio.url:
        yield _warning(where, f"{episode.audio.url} has encoded characters; Apple advises plain letters and digits in file names")
    if episode.finished.is_draft:
        yield _warning(where, "the draft voice speaks in it")
    if episode.finished.manifest.suspect:
        yield _warning(where, "a check found a take that may be wrong")
    if episode.finished.manifest.engines and not _is_disclosed(episode):
        yield _warning(
            where, "its speech is synthetic and it does not say so: Apple wants that told in the audio, too; add a spoken line at the start"
        )
    if feed.show.kind == "serial" and not episode.episode:
        yield _fault(where, "Apple wants a number for each episode of a serial show; write episode: in the script's front matter")


def _is_disclosed(episode: FeedEpisode) -> bool:
    """True if a word for synthetic speech is spoken near the start or the end."""
    takes, seconds = episode.finished.manifest.takes, episode.seconds
    near = (
        take.line.text
        for take in takes
        if take.start_seconds <= _DISCLOSED_WITHIN_SECONDS or take.end_seconds >= seconds - _DISCLOSED_WITHIN_SECONDS
    )
    return any(_DISCLOSURE.search(text) for text in near)


def _title(where: str, title: str) -> Iterator[FeedFinding]:
    if len(title) > MOST_TITLE:
        yield _fault(where, f"its title has {len(title)} characters; Apple takes {MOST_TITLE}")


def _description(where: str, description: str) -> Iterator[FeedFinding]:
    size = len(description.encode("utf-8", "replace"))
    if size > MOST_DESCRIPTION_BYTES:
        yield _fault(where, f"its description has {size} bytes; Apple takes {MOST_DESCRIPTION_BYTES}")


def _numbers(episodes: Sequence[FeedEpisode]) -> Iterator[FeedFinding]:
    """Find episodes that share a number or a moment."""
    numbers: dict[tuple[int, int], list[str]] = defaultdict(list)
    moments: dict[str, list[str]] = defaultdict(list)
    for episode in episodes:
        if episode.episode:
            numbers[episode.season or 0, episode.episode].append(episode.name)
        if episode.moment is not None:
            moments[episode.moment.isoformat()].append(episode.name)
    for (season, number), names in numbers.items():
        if len(names) > 1:
            of_season = f" of season {season}" if season else ""
            yield _warning(names[1], f"it is episode {number}{of_season}, as {names[0]} is")
    for names in moments.values():
        if len(names) > 1:
            yield _warning(names[1], f"it has the date of {names[0]}, so their order is up to the player; add a time of day to date:")
