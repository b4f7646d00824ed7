"""Ask the host of a feed whether players get what they need: the files, their sizes, HEAD requests and byte ranges."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin

from voiceover.audio.formats import FORMATS
from voiceover.settings.addresses import web_address
from voiceover.show.types import Enclosure, Feed, FeedFinding, Grade
from voiceover.system.http_post import Answer, PostError, ask

MOST_EPISODES = 5
"""Number of episodes whose files are asked for, the first of the feed."""
_SECONDS = 15.0
_MOST_REDIRECTS = 5
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_MOST_BODY = 1 << 16


def check_host(feed: Feed) -> Iterator[FeedFinding]:
    """Yield what a host does wrong with the feed, the artwork and the newest episodes. At most ``MOST_EPISODES`` of them are asked for."""
    yield from _there("show", feed.url, "the feed")
    if feed.image_url:
        yield from _there("show", feed.image_url, "the artwork")
    for episode in feed.episodes[:MOST_EPISODES]:
        yield from _audio(episode.name, episode.audio)
        for file in (*episode.transcripts, *([episode.chapters] if episode.chapters else ())):
            yield from _there(episode.name, file.url, file.media_type)


def _fault(where: str, url: str, message: str) -> FeedFinding:
    return FeedFinding(Grade.FAULT, where, f"{url} {message}")


def _there(where: str, url: str, what: str) -> Iterator[FeedFinding]:
    try:
        answer = _answer("HEAD", url)
    except PostError as error:
        yield _fault(where, url, str(error))
        return
    if answer.status != 200:
        yield _fault(where, url, f"answers {answer.status} to HEAD: {what} is not there, or the host lacks HEAD, which Apple requires")


def _audio(where: str, audio: Enclosure) -> Iterator[FeedFinding]:
    try:
        head = _answer("HEAD", audio.url)
        if head.status != 200:
            yield _fault(where, audio.url, f"answers {head.status} to HEAD; Apple requires 200: upload the file")
            return
        length = head.headers.get("content-length", "")
        if length != str(audio.bytes):
            yield _fault(where, audio.url, f"has Content-Length {length or 'none'}; the feed says {audio.bytes}: upload the file again")
        if head.content_type not in _names_of(audio.media_type):
            yield _fault(where, audio.url, f"is served as {head.content_type or 'no type'}; players want {audio.media_type}")
        part = _answer("GET", audio.url, {"Range": "bytes=0-1"})
    except PostError as error:
        yield _fault(where, audio.url, str(error))
        return
    if part.status != 206 or len(part.body) != 2:
        yield _fault(where, audio.url, f"answers {part.status} to a byte range; Apple requires 206, so that listeners can skip")


def _names_of(media_type: str) -> tuple[str, ...]:
    """Return the MIME types under which a host may serve what a feed calls ``media_type``."""
    return next((kind.feed_types for kind in FORMATS.values() if kind.feed_types[:1] == (media_type,)), (media_type,))


def _answer(method: str, url: str, headers: dict[str, str] | None = None) -> Answer:
    """Return the answer to a request; of a longer body only the beginning is read."""
    answer = ask(method, url, headers or {}, most_bytes=_MOST_BODY, timeout_seconds=_SECONDS)
    for _ in range(_MOST_REDIRECTS):
        target = web_address(urljoin(url, answer.headers.get("location", ""))) if answer.status in _REDIRECTS else None
        if target is None or (url.startswith("https:") and not target.startswith("https:")):
            break
        url = target
        answer = ask(method, url, headers or {}, most_bytes=_MOST_BODY, timeout_seconds=_SECONDS)
    return answer
