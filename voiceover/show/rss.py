"""Write a feed: RSS 2.0 with the namespaces of iTunes and Podcasting 2.0. It holds no clock time: equal input gives equal bytes."""

from __future__ import annotations

from email.utils import format_datetime
from xml.etree import ElementTree as ET

from voiceover.show.types import Feed, FeedEpisode
from voiceover.system.lazy import lazy_pattern
from voiceover.system.version import __version__

NAMESPACES = {
    "xmlns:atom": "http://www.w3.org/2005/Atom",
    "xmlns:itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "xmlns:podcast": "https://podcastindex.org/namespace/1.0",
}
_NOT_XML = lazy_pattern("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 does not allow (its production 2, Char), and surrogates."""
_MARKUP = lazy_pattern(r"<|&(?=#|[A-Za-z][A-Za-z0-9]*;)")
_MOST_GROUPS = 128
"""Length of a person's name and of a funding text (Podcasting 2.0, tags person and funding)."""


def feed_bytes(feed: Feed) -> bytes:
    """Return the feed as a file."""
    root = ET.Element("rss", {"version": "2.0", **NAMESPACES})
    channel = ET.SubElement(root, "channel")
    _channel(channel, feed)
    for episode in feed.episodes:
        _item(ET.SubElement(channel, "item"), episode, feed)
    ET.indent(root, " ")
    text: bytes = ET.tostring(root, "utf-8", xml_declaration=False)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + text + b"\n"


def _channel(channel: ET.Element, feed: Feed) -> None:
    show = feed.show
    _add(channel, "title", _line(show.title))
    _add(channel, "link", show.link or show.base_url)
    _add(channel, "description", _as_html(show.description) or _line(show.title))
    _add(channel, "language", show.language)
    _add(channel, "copyright", _line(show.copyright))
    _add(channel, "generator", f"voiceover {__version__}")
    _add(channel, "atom:link", "", href=feed.url, rel="self", type="application/rss+xml")
    _add(channel, "itunes:author", _line(show.author))
    if show.owner_name or show.owner_email:
        owner = ET.SubElement(channel, "itunes:owner")
        _add(owner, "itunes:name", _line(show.owner_name))
        _add(owner, "itunes:email", show.owner_email)
    if feed.image_url:
        _add(channel, "itunes:image", "", href=feed.image_url)
        image = ET.SubElement(channel, "image")
        _add(image, "url", feed.image_url)
        _add(image, "title", _line(show.title))
        _add(image, "link", show.link or show.base_url)
    for above, below in show.categories:
        category = ET.SubElement(channel, "itunes:category", {"text": _clean(above)})
        if below:
            ET.SubElement(category, "itunes:category", {"text": _clean(below)})
    _add(channel, "itunes:explicit", _true(show.explicit))
    _add(channel, "itunes:type", show.kind)
    if show.complete:
        _add(channel, "itunes:complete", "Yes")
    _add(channel, "podcast:guid", feed.guid)
    if show.locked is not None:
        owner_of = {"owner": show.owner_email} if show.owner_email else {}
        _add(channel, "podcast:locked", "yes" if show.locked else "no", **owner_of)
    if show.funding_url:
        _add(channel, "podcast:funding", _line(show.funding_text)[:_MOST_GROUPS] or "Support the show", url=show.funding_url)
    for person in show.people:
        more = {"role": person.role.lower(), "group": person.group.lower(), "img": person.img, "href": person.href}
        _add(channel, "podcast:person", _line(person.name)[:_MOST_GROUPS], **{key: _clean(text) for key, text in more.items() if text})
    _add(channel, "podcast:txt", "true", purpose="ai-content")


def _item(item: ET.Element, episode: FeedEpisode, feed: Feed) -> None:
    title = _line(episode.title) or episode.name
    _add(item, "title", title)
    _add(item, "itunes:title", title)
    _add(item, "link", episode.link)
    _add(item, "description", _as_html(episode.description))
    _add(item, "guid", _clean(episode.guid), isPermaLink="false")
    _add(item, "pubDate", format_datetime(episode.moment, usegmt=True) if episode.moment is not None else "")
    audio = episode.audio
    _add(item, "enclosure", "", url=audio.url, length=str(audio.bytes), type=audio.media_type)
    _add(item, "itunes:author", _line(episode.author or feed.show.author))
    _add(item, "itunes:duration", str(round(episode.seconds)))
    _add(item, "itunes:explicit", _true(feed.show.explicit))
    _add(item, "itunes:episodeType", "full")
    # The namespaces count seasons and episodes from 1.
    for name, number in (("season", episode.season), ("episode", episode.episode)):
        if number:
            _add(item, f"itunes:{name}", str(number))
            _add(item, f"podcast:{name}", str(number))
    for transcript in episode.transcripts:
        language = {"language": _clean(episode.language)} if episode.language else {}
        _add(item, "podcast:transcript", "", url=transcript.url, type=transcript.media_type, **language)
    if episode.chapters is not None:
        _add(item, "podcast:chapters", "", url=episode.chapters.url, type=episode.chapters.media_type)
    _add(item, "podcast:txt", _true(True), purpose="ai-content")


def _add(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    """Add an element, unless it would be empty."""
    if text or attributes.keys() & {"url", "href"}:
        ET.SubElement(parent, name, attributes).text = _clean(text) or None


def _true(value: bool) -> str:
    return "true" if value else "false"


def _clean(text: str) -> str:
    return _NOT_XML.sub(" ", text)


def _line(text: str) -> str:
    return " ".join(_clean(text).split())


def _as_html(text: str) -> str:
    """Return plain text for an element that readers take for HTML: what would be a tag or a character reference is escaped."""
    return _MARKUP.sub(lambda found: "&lt;" if found[0] == "<" else "&amp;", _clean(text).strip())
