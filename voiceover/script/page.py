"""What the top of a file says of it as a page: whether it is a script at all, and when it is public.

The keys are those of Hugo (``draft``, ``date``, ``publishDate``, ``expiryDate``), in any case, and ``audio: false``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from voiceover.config_values import parse_bool
from voiceover.problems import Problems
from voiceover.script.front_matter import take_front_matter
from voiceover.script.suffixes import YAML_SUFFIXES
from voiceover.yaml_reader import Fields, Node, Scalar, read_yaml

SCRIPT_KEYS = frozenset(("cast", "segments", "title"))
_SCRIPT_LINE = re.compile(r"^[\"']?(cast|segments|title)[\"']?\s*[:=]", re.MULTILINE)
_DATE_KEYS = {"publishdate": ("publishdate", "pubdate"), "expirydate": ("expirydate", "unpublishdate"), "date": ("date",)}
_ZONE = re.compile(r"\s+(?=[+-]\d\d:?\d\d$|[Zz]$)")


@dataclass(frozen=True, slots=True)
class Page:
    """What a batch goes by."""

    is_script: bool
    """Has a ``cast``, ``segments`` or a ``title``."""
    draft: bool = False
    audio: bool = True
    date: str = ""
    """As written; empty where there is none, or one that cannot be read."""
    publish: str = ""
    expires: str = ""

    def kept_out(self, now: datetime) -> str:
        """Why the page is not public at ``now``, in words; empty where it is."""
        if self.draft:
            return "a draft (draft: true)"
        if not self.audio:
            return "audio: false"
        for key, written in (("publishDate", self.publish), ("date", self.date)):
            moment = moment_of(written)
            if moment is not None and moment > now:
                return f"not before {written} ({key})"
        expires = moment_of(self.expires)
        return f"expired on {self.expires} (expiryDate)" if expires is not None and expires <= now else ""


def read_page(text: str, path: Path) -> Page:
    """The page that ``path`` holds if it reads ``text``. Nothing is complained of: what cannot be read is a script if a line looks so."""
    problems = Problems()
    if path.suffix.lower() in YAML_SUFFIXES:
        node = read_yaml(text, str(path), problems)
    else:
        front = take_front_matter(text, str(path), problems)
        node = front.node
    if not isinstance(node, Fields):
        return Page(bool(problems.errors) and _SCRIPT_LINE.search(text) is not None)
    found: dict[str, Node] = {}
    for part in _parts(node):
        for key, value in part.entries:
            found.setdefault(key.text.casefold(), value)
    dates = {key: next((written for name in names if (written := _date(found.get(name)))), "") for key, names in _DATE_KEYS.items()}
    return Page(
        not SCRIPT_KEYS.isdisjoint(found),
        draft=_is(found.get("draft"), True),
        audio=not _is(found.get("audio"), False),
        date=dates["date"],
        publish=dates["publishdate"],
        expires=dates["expirydate"],
    )


def moment_of(written: str) -> datetime | None:
    """The moment of a day, or a day and time, in ISO 8601; without a zone in this machine's. None for anything else."""
    try:
        found = datetime.fromisoformat(_ZONE.sub("", written.strip()))
        return found.astimezone()
    except (ValueError, OverflowError):
        return None


def _parts(node: Fields) -> Iterator[Fields]:
    """The map that holds our keys apart, which wins, and the keys around it."""
    params = node.get("params")
    for own in (node.get("voiceover"), params.get("voiceover") if isinstance(params, Fields) else None):
        if isinstance(own, Fields):
            yield own
    yield node


def _is(node: Node | None, wanted: bool) -> bool:
    return isinstance(node, Scalar) and parse_bool(node.text) is wanted


def _date(node: Node | None) -> str:
    return node.text.strip() if isinstance(node, Scalar) and moment_of(node.text) is not None else ""
