"""A show: what is made from many finished episodes.

types                    a feed, its episodes, findings
finished                 finished episodes by their manifests, and the scripts that they were made from
lock                     identifiers that never change
collect, rss, make       a feed: collected, as RSS, and written
bind, bindable, joined   finished episodes in one audiobook
starting, site           the folder of a new show; audio for a static site, with partials
check, categories, host  what directories and players require of a feed, and of the host that it is published on
"""

from __future__ import annotations

from voiceover.show.bind import BindRequest, BoundBook, bind
from voiceover.show.check import check_feed
from voiceover.show.collect import collect_feed
from voiceover.show.host import check_host
from voiceover.show.make import make_feed
from voiceover.show.rss import feed_bytes
from voiceover.show.site import LAYOUTS, SiteLayout, start_site
from voiceover.show.starting import StartedShow, start_show
from voiceover.show.types import Enclosure, Feed, FeedEpisode, FeedFinding, FeedReport, FeedRequest, Grade

__all__ = [
    "LAYOUTS",
    "BindRequest",
    "BoundBook",
    "Enclosure",
    "Feed",
    "FeedEpisode",
    "FeedFinding",
    "FeedReport",
    "FeedRequest",
    "Grade",
    "SiteLayout",
    "StartedShow",
    "bind",
    "check_feed",
    "check_host",
    "collect_feed",
    "feed_bytes",
    "make_feed",
    "start_show",
    "start_site",
]
