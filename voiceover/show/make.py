"""Make the feed of a show: collect it, keep its identifiers, and write it if it has changed."""

from __future__ import annotations

from dataclasses import replace

from voiceover.errors import OutputError, PublishError
from voiceover.show.collect import collect_feed, is_placeholder
from voiceover.show.rss import feed_bytes
from voiceover.show.types import FeedReport, FeedRequest
from voiceover.system.files import make_place, os_errors_as, write_whole


def make_feed(request: FeedRequest) -> FeedReport:
    """Write the feed of a show, and its lock before it. A file that would not change is not touched.

    Raises InputError if something is wrong with the show, its lock or its episodes, OutputError if a file cannot be written; the feed that
    was there is then unchanged.
    """
    report, lock = collect_feed(request)
    data = feed_bytes(report.feed)
    make_place(report.path, "write the feed")
    with os_errors_as(OutputError, "read the feed", report.path):
        if report.path.is_symlink():
            raise OutputError(f"{report.path}: the feed is a link; remove it, or name its target with -o")
        changed = not (report.path.is_file() and report.path.read_bytes() == data)
    # Identifiers that were made from a placeholder would be those of other shows, too.
    if not is_placeholder(report.feed.url):
        lock.write()
    if changed:
        write_whole(report.path, data, "write the feed", PublishError)
    return replace(report, changed=changed)
