"""Pages: reads from the top of a file whether it is a script, and when it is public as a page.

The keys are those of Hugo (``draft``, ``date``, ``publishDate``, ``expiryDate``) and of other site generators (``published``, ``publish``,
``status: draft``), in any case, and ``audio: false``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from voiceover.script.front_matter import take_front_matter
from voiceover.script.suffixes import YAML_SUFFIXES
from voiceover.settings.problems import Problems
from voiceover.settings.reader import has_cast
from voiceover.settings.strict_yaml import Fields, Node, Scalar, read_yaml
from voiceover.settings.values import is_empty, parse_bool
from voiceover.system.lazy import lazy_pattern
from voiceover.types import Source
from voiceover.types.lazy_dataclass import dataclass

RULES = 1
"""Revision of the rules. Increase it when they change, so that pages remembered from older rules are read again."""
SCRIPT_KEYS = frozenset(("cast", "segments", "title"))
_SCRIPT_LINE = lazy_pattern(r"^[\"']?(cast|segments|title)[\"']?\s*[:=]", re.MULTILINE)
_DATE_KEYS = {"publishdate": ("publishdate", "pubdate"), "expirydate": ("expirydate", "unpublishdate"), "date": ("date",)}
_PUBLIC_KEYS = frozenset(("draft", "published", "publish", "status"))
_ZONE = lazy_pattern(r"\s+(?=[+-]\d\d:?\d\d$|[Zz]$)")


@dataclass(frozen=True, slots=True)
class Page:
    """The properties of a page that a batch uses."""

    is_script: bool
    """True if it has a ``cast``, ``segments`` or a ``title``."""
    draft: bool = False
    audio: bool = True
    date: str = ""
    """The date as written; empty if there is none or it cannot be read."""
    publish: str = ""
    expires: str = ""
    unpublished: str = ""
    """The line, other than ``draft: true``, that makes the page not public; empty if there is none."""
    rules: int = 0
    """Revision of the rules by which it was read."""
    show: bool = False
    """True for a file that describes a show instead of an episode."""

    def kept_out(self, now: datetime) -> str:
        """Return why the page is not public at ``now``, for people to read; empty if it is public."""
        if self.show:
            return "a show (it has feed:), not an episode"
        if self.draft:
            return "a draft (draft: true)"
        if self.unpublished:
            return f"not published ({self.unpublished})"
        if not self.audio:
            return "audio: false"
        for key, written in (("publishDate", self.publish), ("date", self.date)):
            moment = moment_of(written)
            if moment is not None and moment > now:
                return f"not before {written} ({key})"
        expires = moment_of(self.expires)
        return f"expired on {self.expires} (expiryDate)" if expires is not None and expires <= now else ""


def read_page(text: str, path: Path) -> Page:
    """Return the page in ``text``, the content of ``path``. Reports no errors: an unreadable file is a script if a line resembles one."""
    problems = Problems()
    if path.suffix.lower() in YAML_SUFFIXES:
        node = read_yaml(text, str(path), problems)
    else:
        front = take_front_matter(text, str(path), problems)
        node = front.node
    if not isinstance(node, Fields):
        return Page(bool(problems.errors) and _SCRIPT_LINE.search(text) is not None, rules=RULES)
    if show_place(node, markdown=path.suffix.lower() not in YAML_SUFFIXES) is not None:
        return Page(False, show=True, rules=RULES)
    found: dict[str, Node] = {}
    for part in page_parts(node):
        for key, value in part.entries:
            found.setdefault(key.text.casefold(), value)
    is_script = not SCRIPT_KEYS.isdisjoint(found)
    params = found.get("params")
    for key, value in params.entries if isinstance(params, Fields) else ():
        if key.text.casefold() in _PUBLIC_KEYS:
            found.setdefault(key.text.casefold(), value)
    dates = {key: next((written for name in names if (written := _date(found.get(name)))), "") for key, names in _DATE_KEYS.items()}
    return Page(
        is_script,
        draft=_is(found.get("draft"), True),
        audio=not _is(found.get("audio"), False),
        date=dates["date"],
        publish=dates["publishdate"],
        expires=dates["expirydate"],
        unpublished=_unpublished(found),
        rules=RULES,
    )


def show_place(node: Node | None, *, markdown: bool = False) -> Source | None:
    """Return where ``feed:`` declares that a file is a show; None for a script.

    In an article's front matter ``feed`` may be a key of the site, so there only a mapping counts.
    """
    feed = node.get("feed") if isinstance(node, Fields) else None
    if feed is None or is_empty(feed) or _is(feed, False) or (markdown and not isinstance(feed, Fields) and not has_cast(node)):
        return None
    return feed.source


def utc_moment_of(written: str) -> datetime | None:
    """Parse a date as ``moment_of`` does, but without a time zone it is UTC, so that the answer is the same on every machine."""
    try:
        found = datetime.fromisoformat(_ZONE.sub("", written.strip()))
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def moment_of(written: str) -> datetime | None:
    """Parse a date, or date and time, in ISO 8601; without a time zone it is local time. Return None for anything else."""
    try:
        found = datetime.fromisoformat(_ZONE.sub("", written.strip()))
        return found.astimezone()
    except (ValueError, OverflowError):
        return None


def page_parts(node: Fields) -> Iterator[Fields]:
    """Return the separate mapping with voiceover's keys, which takes precedence, and the keys around it."""
    params = node.get("params")
    for own in (node.get("voiceover"), params.get("voiceover") if isinstance(params, Fields) else None):
        if isinstance(own, Fields):
            yield own
    yield node


def _unpublished(found: Mapping[str, Node]) -> str:
    for key in ("published", "publish"):
        if _is(found.get(key), False):
            return f"{key}: false"
    status = found.get("status")
    return "status: draft" if isinstance(status, Scalar) and status.text.strip().casefold() == "draft" else ""


def _is(node: Node | None, wanted: bool) -> bool:
    return isinstance(node, Scalar) and parse_bool(node.text) is wanted


def _date(node: Node | None) -> str:
    return node.text.strip() if isinstance(node, Scalar) and moment_of(node.text) is not None else ""
