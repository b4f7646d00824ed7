"""The lock of a feed: identifiers that were given once and never change. It is kept with the show, in version control.

{"schema": 1, "show": UUID, "episodes": {NAME: GUID}}
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from voiceover.errors import InputError
from voiceover.settings.show import SHOW_FILE
from voiceover.system.files import os_errors_as, write_whole

SCHEMA = 1
MAX_BYTES = 20_000_000
PODCAST_NAMESPACE = UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
"""Namespace of podcast:guid (Podcasting 2.0, tag guid)."""
_MENDING = "bring it back from version control, since new identifiers would show every episode to listeners once more"


def lock_path(show: Path) -> Path:
    """Return where the lock of a show is: feed.lock beside show.yaml, NAME.lock beside NAME.yaml."""
    return show.with_name("feed.lock" if show.name == SHOW_FILE else f"{show.stem}.lock")


@dataclass(slots=True)
class FeedLock:
    """The identifiers of a show and its episodes."""

    path: Path
    show: str = ""
    """podcast:guid of the show; empty if none was given yet."""
    episodes: dict[str, str] = field(default_factory=dict)
    """Identifier of each episode by its name."""
    changed: bool = False

    def show_guid(self, feed_url: str) -> str:
        """Return the show's podcast:guid, made from the address of its first feed: UUIDv5 of it without scheme and final slashes."""
        if not self.show:
            parts = urlsplit(feed_url)
            self.show = str(uuid5(PODCAST_NAMESPACE, f"{parts.netloc}{parts.path}".rstrip("/")))
            self.changed = True
        return self.show

    def guid(self, name: str, written: str) -> str:
        """Return the identifier of an episode: ``written`` in its script, else that of the lock, else a new one, which stays."""
        before = self.episodes.get(name, "")
        found = written or before or self._new(name)
        if found != before:
            self.episodes[name] = found
            self.changed = True
        return found

    def _new(self, name: str) -> str:
        taken = set(self.episodes.values())
        number = 1
        while True:
            found = str(uuid5(UUID(self.show), name if number == 1 else f"{name}#{number}"))
            if found not in taken:
                return found
            number += 1

    def write(self) -> None:
        """Write the lock if anything is new. Raises OutputError."""
        if self.changed:
            content = {"schema": SCHEMA, "show": self.show, "episodes": self.episodes}
            text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
            write_whole(self.path, text.encode("utf-8", "replace"), "write the lock of the feed")
            self.changed = False


def read_lock(path: Path) -> FeedLock:
    """Return the lock at ``path``; an empty one if there is no file. Raises InputError if it is damaged."""
    if not path.exists():
        return FeedLock(path)
    with os_errors_as(InputError, "read the lock of the feed", path), path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    try:
        if len(data) > MAX_BYTES:
            raise ValueError(f"it has more than {MAX_BYTES // 1_000_000} MB")
        content = json.loads(data, object_pairs_hook=_once)
        if content["schema"] != SCHEMA:
            raise ValueError(f"its schema is {content['schema']!r:.20}, not {SCHEMA}")
        show = str(UUID(content["show"]))
        episodes = {name: guid for name, guid in content["episodes"].items() if isinstance(guid, str) and guid.strip()}
        if len(episodes) != len(content["episodes"]):
            raise ValueError("an identifier is not a text")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{path}: this is not the lock of a feed, or it is damaged ({_words(error)}); {_MENDING}") from error
    owners: dict[str, str] = {}
    for name, guid in episodes.items():
        other = owners.setdefault(guid, name)
        if other != name:
            raise InputError(f'{path}: the episodes "{other}" and "{name}" have one identifier, {guid}; remove the line of the newer one')
    return FeedLock(path, show, episodes)


def _words(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)[:200] or type(error).__name__


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse a key that is given twice, as a bad merge leaves it."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f'"{next(name for name in names if names.count(name) > 1)}" is there twice')
    return found
