"""Collect a feed: its episodes from their manifests and pages, with identifiers, dates and addresses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

from voiceover.audio.formats import FORMATS
from voiceover.batch import states_for_show
from voiceover.errors import InputError, SettingsError
from voiceover.script import EpisodePage, read_episode_page, utc_moment_of
from voiceover.settings.addresses import is_loopback, web_address
from voiceover.settings.problems import Problems
from voiceover.settings.reader import find_project, read_settings
from voiceover.settings.show import read_show
from voiceover.settings.strict_yaml import read_yaml
from voiceover.show.finished import FinishedEpisode, Scripts, finished_episodes
from voiceover.show.lock import FeedLock, lock_path, read_lock
from voiceover.show.types import Enclosure, Feed, FeedEpisode, FeedReport, FeedRequest
from voiceover.system.lazy import lazy_pattern
from voiceover.types import Problem, Settings, Show

FEED_FILE = "feed.xml"
AUDIO_TYPES = {kind.suffix: kind.feed_types[0] for kind in FORMATS.values() if kind.feed_types}
"""Audio files that directories accept, the preferred one first."""
TRANSCRIPT_TYPES = {
    ".vtt": "text/vtt",
    ".srt": "application/x-subrip",
    ".transcript.json": "application/json",
    ".transcript.html": "text/html",
    ".txt": "text/plain",
}
"""Media type of each transcript by the end of its name (Podcasting 2.0, tag transcript)."""
CHAPTERS_SUFFIX = ".chapters.json"
CHAPTERS_TYPE = "application/json+chapters"
_RESERVED = lazy_pattern(r"(.+\.)?(example(\.(com|org|net))?|invalid|test|localhost)", re.IGNORECASE)
"""Hosts that belong to nobody (RFC 2606): an address there is a placeholder."""
_MOST_TOLD = 20
_PATTERN = lazy_pattern(r"/:\w")
"""Part of a permalink that a site generator fills in."""


def is_placeholder(url: str) -> bool:
    """True for an address that nobody can have published anything at: example.com, localhost."""
    host = urlsplit(url).hostname or ""
    return is_loopback(host) or _RESERVED.fullmatch(host) is not None


def collect_feed(request: FeedRequest) -> tuple[FeedReport, FeedLock]:
    """Return the feed of a show, not yet written, and its lock with new identifiers.

    Raises InputError if the show, its lock or an address is wrong, and if there is no episode: an empty feed would remove all of them
    from every player.
    """
    home = request.show.parent
    show = read_show(request.show)
    if not (show.episodes or request.folders):
        raise SettingsError(_missing(show, "episodes is missing: the folders of finished episodes, such as [public]"))
    path = request.output or show.file or home / FEED_FILE
    show = _with_project(show, project_layer(request.show))
    url = show.url or show.base_url + quote(path.name)
    lock = read_lock(lock_path(request.show))
    if show.guid and show.guid != lock.show:
        lock.show, lock.changed = show.guid, True
    guid = lock.show_guid(url)
    # With -o the folder of the batch is the published one.
    damaged: list[Path] = []
    states = states_for_show(request.show) if request.states is None else request.states
    finished = finished_episodes(home, show.episodes if not request.folders else (), request.folders, states, damaged)
    scripts = Scripts([home / folder for folder in show.scripts] or request.scripts or [home])
    collector = _Collector(request, show, lock)
    collector.remarks += [f"{manifest}: left out: the manifest cannot be read" for manifest in damaged]
    episodes = [episode for one in finished if (episode := collector.episode(one, scripts.of(one))) is not None]
    if not episodes:
        places = ", ".join(str(folder) for folder in request.folders) or ", ".join(show.episodes)
        why = "; ".join(collector.remarks[:3]) or "make them first: voiceover batch; if it had --state, give it here, too"
        raise InputError(f"{request.show}: no finished episodes for the feed in {places}: {why}")
    _refuse_equal(episodes)
    dated = sorted(episodes, key=_age)
    if show.keep is not None and len(dated) > show.keep:
        collector.remarks.append(f"{len(dated) - show.keep} older episodes left out (keep: {show.keep})")
        dated = dated[-show.keep :]
    collector.tell_of_gone({one.name for one in finished})
    feed = Feed(show, url, _image_url(show), guid, tuple(reversed(dated) if show.order == "newest" else dated))
    return FeedReport(path, feed, _shortened(collector.remarks)), lock


def _missing(show: Show, message: str) -> tuple[Problem, ...]:
    problems = Problems()
    problems.error(show.source, "missing-key", message)
    return problems.errors


def project_layer(path: Path) -> Settings:
    """Return the settings of the project that the file ``path`` belongs to, as far as they can be read; a render reports what is wrong."""
    project = find_project(path)
    if project is None:
        return Settings()
    try:
        text = project.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return Settings()
    ignored = Problems()
    return read_settings(read_yaml(text, str(project), ignored), project.parent, ignored, project=True, sections={})


def _with_project(show: Show, settings: Settings) -> Show:
    """Fill in what the project file says: the show's name, author, language and cover."""
    return replace(
        show,
        title=show.title or settings.show or "",
        author=show.author or settings.author or "",
        language=show.language or settings.language or "",
        image=show.image or (Path(settings.cover) if settings.cover and not show.image_url else None),
    )


def _image_url(show: Show) -> str:
    return show.image_url or (show.base_url + quote(show.image.name) if show.image is not None else "")


def _age(episode: FeedEpisode) -> tuple[bool, float, int, int, str]:
    """Return a sort key: oldest first, undated ones before all others."""
    moment = episode.moment
    return moment is not None, moment.timestamp() if moment else 0.0, episode.season or 0, episode.episode or 0, episode.name


def _refuse_equal(episodes: Sequence[FeedEpisode]) -> None:
    owners: dict[str, FeedEpisode] = {}
    for episode in episodes:
        other = owners.setdefault(episode.guid, episode)
        if other is not episode:
            raise InputError(f'the episodes "{other.name}" and "{episode.name}" have one guid, {episode.guid}; each needs its own')


def _shortened(remarks: Sequence[str]) -> tuple[str, ...]:
    more = len(remarks) - _MOST_TOLD
    return tuple(remarks) if more <= 1 else (*remarks[:_MOST_TOLD], f"{more} more remarks")


class _Collector:
    """Makes the episodes of one feed and notes what is left out."""

    def __init__(self, request: FeedRequest, show: Show, lock: FeedLock) -> None:
        self._request, self._show, self._lock = request, show, lock
        self._locked = set(lock.episodes)
        self._new: list[str] = []
        self.remarks: list[str] = []
        self._layers = cache(project_layer)

    def episode(self, finished: FinishedEpisode, script: Path | None) -> FeedEpisode | None:
        """Return the episode for the feed; None, with a remark, if it does not belong there."""
        page = read_episode_page(script) if script is not None else None
        why, audio = self._left_out(finished, page), self._audio(finished)
        if why or audio is None:
            self.remarks.append(f"{finished.name}: left out: {why or self._no_audio(finished)}")
            return None
        if finished.manifest.suspect:
            count = sum(take.suspect for take in finished.manifest.takes) or 1
            self.remarks.append(f"{finished.name}: warning: it has {count} suspect take{'' if count == 1 else 's'}, and is in the feed")
        listed = next(
            (file.bytes for file in finished.manifest.files if audio.url.endswith(quote(file.name, errors="surrogateescape"))), None
        )
        if listed is not None and listed != audio.bytes:
            self.remarks.append(f"{finished.name}: its audio has {audio.bytes} bytes, and the manifest says {listed}; was it replaced?")
        if page is None:
            self.remarks.append(
                f"{finished.name}: its script was not found, so it has no date and no description; name its folder in scripts:"
            )
        moment = self._moment(finished, page)
        before = self._lock.episodes.get(finished.name, "")
        book = finished.manifest.book
        # The identifier and the number of a page are those of the whole, not of each chapter.
        written = page.guid if page is not None and book is None else ""
        if before and written not in ("", before):
            self.remarks.append(f"{finished.name}: its guid was {before} until now; players will show the episode once more")
        if finished.name not in self._locked:
            self._new.append(finished.name)
        # Scripts of one folder have one project.
        settings = self._layers((script or finished.folder / finished.stem).with_name("script.md"))
        return FeedEpisode(
            finished,
            finished.manifest.title,
            self._lock.guid(finished.name, written),
            audio,
            finished.manifest.seconds,
            moment,
            description=(page.description if page is not None else "") or settings.description or "",
            author=(page.author if page is not None else "") or settings.author or "",
            link=self._link(finished, page),
            language=(page.language if page is not None else "") or settings.language or "",
            season=page.season if page is not None and page.season is not None else settings.season,
            episode=book.number if book is not None else page.episode if page is not None else None,
            transcripts=self._transcripts(finished),
            chapters=self._beside(finished, CHAPTERS_SUFFIX, CHAPTERS_TYPE),
        )

    def tell_of_gone(self, there: set[str]) -> None:
        """Note the episodes of the lock that are gone; if one was renamed, listeners get it twice."""
        gone = sorted(self._locked - there)
        if not gone:
            return
        names = ", ".join(gone[:5]) + (f" and {len(gone) - 5} more" if len(gone) > 5 else "")
        hint = f"; if {self._new[0]} is one of them under a new name, rename it in the lock, too" if self._new else ""
        self.remarks.append(f"{self._lock.path.name} names episodes that are gone: {names}{hint}")

    def _left_out(self, finished: FinishedEpisode, page: EpisodePage | None) -> str:
        if finished.is_draft and not self._request.allow_draft:
            return "the draft voice speaks in it; --allow-draft takes it"
        if finished.manifest.suspect and not self._request.allow_suspect:
            return "a check found a take that may be wrong; --allow-suspect takes it"
        state = page.page if page is not None else None
        if state is not None and (state.draft or state.unpublished or not state.audio):
            return "its page is not public: " + ("draft: true" if state.draft else state.unpublished or "audio: false")
        return ""

    def _audio(self, finished: FinishedEpisode) -> Enclosure | None:
        return next((found for suffix, kind in AUDIO_TYPES.items() if (found := self._beside(finished, suffix, kind)) is not None), None)

    def _no_audio(self, finished: FinishedEpisode) -> str:
        listed = next((file.name for file in finished.manifest.files if file.name.endswith(tuple(AUDIO_TYPES)) and not file.is_stem), "")
        return f"its file {listed} is gone" if listed else "it has no MP3 or M4A file, which directories take (format: mp3)"

    def _transcripts(self, finished: FinishedEpisode) -> tuple[Enclosure, ...]:
        found = (self._beside(finished, suffix, kind) for suffix, kind in TRANSCRIPT_TYPES.items())
        return tuple(file for file in found if file is not None)

    def _beside(self, finished: FinishedEpisode, suffix: str, media_type: str) -> Enclosure | None:
        """Return the file of an episode that ends in ``suffix``, if it is there."""
        name = finished.stem + suffix
        path = finished.folder / name
        try:
            if not path.is_file():
                return None
            size = path.stat().st_size
        except OSError:
            return None
        return Enclosure(self._show.base_url + quote(finished.address(name), errors="surrogateescape"), media_type, size)

    def _moment(self, finished: FinishedEpisode, page: EpisodePage | None) -> datetime | None:
        written = (page.page.publish or page.page.date) if page is not None else ""
        moment = utc_moment_of(written)
        if moment is None and page is not None:
            self.remarks.append(f"{page.path}: no date, so players put {finished.name} anywhere; write date: in its front matter")
        return moment

    def _link(self, finished: FinishedEpisode, page: EpisodePage | None) -> str:
        show = self._show
        given = {} if page is None else {"link": page.link, "url": page.url, "permalink": page.permalink}
        for key, typed in given.items():
            if page is None or not typed or (key == "permalink" and _PATTERN.search(typed)):
                continue
            address = web_address(urljoin(show.link or show.base_url, typed)) if _may_join(typed) else None
            if address is not None:
                return address
            self.remarks.append(f'{page.place(key)}: {key} must be a web address or a path, not "{typed[:60]}" (not used)')
        if not show.episode_link:
            return ""
        slug = (page.slug if page is not None else "") or finished.name.rpartition("/")[2]
        filled = show.episode_link.replace("{slug}", quote(slug.strip("/"))).replace(
            "{name}", quote(finished.name, errors="surrogateescape")
        )
        return web_address(filled) or ""


def _may_join(typed: str) -> bool:
    try:
        parts = urlsplit(typed)
    except ValueError:
        return False
    return (parts.scheme in ("http", "https") and bool(parts.netloc)) or not (parts.scheme or parts.netloc)
