"""Reads show.yaml, which describes a show and its feed; the table of its keys is also what its JSON Schema is made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID

from voiceover.errors import SettingsError
from voiceover.settings.addresses import web_address
from voiceover.settings.confine import confined
from voiceover.settings.keys import COVER_SUFFIXES
from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Fields, Items, Node, Scalar, read_yaml
from voiceover.settings.values import (
    read_bool,
    read_choice,
    read_fields,
    read_integer,
    read_language,
    read_text,
    read_word,
    read_words,
)
from voiceover.system.files import os_error_words
from voiceover.system.lazy import lazy_pattern
from voiceover.types import Person, Show, Source

SHOW_FILE = "show.yaml"
KINDS = ("episodic", "serial")
ORDERS = ("newest", "oldest")
PLACEHOLDERS = ("{name}", "{slug}")
"""What a template of ``episode_link`` may hold: the episode's path below its folder; the page's slug, else the last part of that path."""
MAX_BYTES = 1_000_000
_MOST_FOLDERS = 100
_FEED_SUFFIXES = (".xml", ".rss")
_INDEX_SUFFIX = ".json"
_EMAIL = lazy_pattern(r"[^\s@<>()]+@[^\s@<>()]+\.[^\s@<>()]+")
_WANTED = "an address such as https://example.com/audio/"

Found = Mapping[str, Any]
"""Fields of ``Show`` by name."""


@dataclass(frozen=True, slots=True)
class _Reading:
    folder: Path
    problems: Problems


@dataclass(frozen=True, slots=True)
class ShowKey:
    """A key below ``feed:``."""

    name: str
    help: str
    """One sentence, for editors."""
    schema: Mapping[str, Any]
    """JSON Schema of its value."""
    read: Callable[[str, Node, _Reading], Found]


def read_show(path: Path) -> Show:
    """Read the show in the file ``path``. Raises SettingsError with all that is wrong, each with its place."""
    problems = Problems()
    start = Source(str(path))
    show = None
    text = _text_of(path, problems)
    if text is not None:
        node = read_yaml(text, str(path), problems)
        feed = node.get("feed") if isinstance(node, Fields) else None
        if isinstance(feed, Fields):
            _refuse_others(node, problems)
            show = _read_feed(feed, path.parent, problems)
        elif not problems.errors:
            place = feed.source if feed is not None else start
            problems.error(place, "no-feed", "a show needs the key feed: with the lines of the feed below it, indented")
    if show is None or problems.errors:
        raise SettingsError(problems.errors)
    return show


def _text_of(path: Path, problems: Problems) -> str | None:
    start = Source(str(path))
    try:
        if path.exists() and not path.is_file():
            problems.error(start, "not-a-file", "a show is a YAML file, such as show.yaml")
            return None
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            problems.error(start, "too-large", f"a show's file has at most {MAX_BYTES // 1000} kB")
            return None
        return data.decode("utf-8-sig")
    except OSError as error:
        problems.error(start, "unreadable-file", f"the show cannot be read: {os_error_words(error)}")
    except UnicodeDecodeError:
        problems.error(start, "not-utf-8", "the show is not UTF-8 text")
    return None


def _refuse_others(node: Node | None, problems: Problems) -> None:
    for key, _ in node.entries if isinstance(node, Fields) else ():
        if key.text != "feed":
            message = f'unknown key "{key.text}"; all keys of a show are below feed:, indented'
            problems.error(key.source, "unknown-key", message)


def _read_feed(feed: Fields, folder: Path, problems: Problems) -> Show | None:
    values = read_fields(feed, problems, "feed", tuple(SHOW_KEYS)) or {}
    reading = _Reading(folder, problems)
    found: dict[str, Any] = {}
    for name, node in values.items():
        found |= SHOW_KEYS[name].read(name, node, reading)
    if not found.get("base_url"):
        if "base_url" not in values:
            problems.error(feed.source, "missing-key", "base_url is missing: the public address of the folder of episodes, with https://")
        return None
    return Show(source=feed.source, places={name: node.source for name, node in values.items()}, **found)


# ---------------------------------------------------------------- one reader for a kind of value


def _named(name: str, value: Any) -> Found:
    return {} if value is None else {name: value}


def _line(name: str, node: Node, reading: _Reading) -> Found:
    return _named(name, read_word(node, reading.problems, name))


def _text(name: str, node: Node, reading: _Reading) -> Found:
    return _named(name, read_text(node, reading.problems, name))


def _yes_or_no(name: str, node: Node, reading: _Reading) -> Found:
    return _named(name, read_bool(node, reading.problems, name))


def _language(name: str, node: Node, reading: _Reading) -> Found:
    return _named(name, read_language(node, reading.problems, name))


def _address_of(what: str, node: Node, problems: Problems) -> str | None:
    text = read_word(node, problems, what)
    if text is None:
        return None
    address = web_address(text)
    if address is None:
        shown = text if len(text) <= 60 else f"{text[:59]}…"
        problems.error(node.source, "bad-value", f'{what} must be {_WANTED}, not "{shown}"')
    return address


def _address(name: str, node: Node, reading: _Reading) -> Found:
    return _named(name, _address_of(name, node, reading.problems))


def _base(name: str, node: Node, reading: _Reading) -> Found:
    address = _address_of(name, node, reading.problems)
    if address is not None and ("?" in address or "#" in address):
        reading.problems.error(node.source, "bad-value", f"{name} is the address of a folder, without ? and #")
        return {}
    return {} if address is None else {name: f"{address.rstrip('/')}/"}


def _owner(name: str, node: Node, reading: _Reading) -> Found:
    values = read_fields(node, reading.problems, name, ("name", "email")) or {}
    found = {f"owner_{key}": read_word(value, reading.problems, f"{name}: {key}") or "" for key, value in values.items()}
    email = found.get("owner_email")
    if email and not _EMAIL.fullmatch(email):
        reading.problems.error(
            values["email"].source, "bad-value", f'{name}: email must be an address such as me@example.com, not "{email}"'
        )
    return found


def _image(name: str, node: Node, reading: _Reading) -> Found:
    text = read_word(node, reading.problems, name)
    if text is None:
        return {}
    if "://" in text:
        return _named("image_url", _address_of(name, node, reading.problems))
    if not text.lower().endswith(COVER_SUFFIXES):
        reading.problems.error(node.source, "bad-value", f'{name} must be a JPEG or PNG file, or its address, not "{text}"')
        return {}
    return _named("image", confined(text, reading.folder, (), node.source, reading.problems, must_exist=True))


def _categories(name: str, node: Node, reading: _Reading) -> Found:
    nodes = node.items if isinstance(node, Items) else (node,)
    words = [(read_word(each, reading.problems, name), each.source) for each in nodes]
    pairs = []
    for word, _ in words:
        above, _, below = (word or "").partition(">")
        if above.strip():
            pairs.append((" ".join(above.split()), " ".join(below.split())))
    return {"categories": tuple(pairs)}


def _kind(name: str, node: Node, reading: _Reading) -> Found:
    return _named("kind", read_choice(node, reading.problems, name, KINDS))


def _order(name: str, node: Node, reading: _Reading) -> Found:
    return _named(name, read_choice(node, reading.problems, name, ORDERS))


def _keep(name: str, node: Node, reading: _Reading) -> Found:
    return _named(name, read_integer(node, reading.problems, name, 1, 99_999))


def _guid(name: str, node: Node, reading: _Reading) -> Found:
    text = read_word(node, reading.problems, name)
    if text is None:
        return {}
    try:
        return {name: str(UUID(text))}
    except ValueError:
        wanted = "a UUID such as 9b024349-ccf0-5f69-a609-6b82873eab3c; leave it out and it is made from url"
        reading.problems.error(node.source, "bad-value", f"{name} must be {wanted}")
        return {}


def _funding(name: str, node: Node, reading: _Reading) -> Found:
    if isinstance(node, Scalar):
        return _named("funding_url", _address_of(name, node, reading.problems))
    values = read_fields(node, reading.problems, name, ("url", "text")) or {}
    found: dict[str, Any] = {}
    if "url" in values:
        found |= _named("funding_url", _address_of(f"{name}: url", values["url"], reading.problems))
    elif values:
        reading.problems.error(node.source, "missing-key", f"{name} needs url")
    if "text" in values:
        found |= _named("funding_text", read_word(values["text"], reading.problems, f"{name}: text"))
    return found


def _people(name: str, node: Node, reading: _Reading) -> Found:
    people = []
    for each in node.items if isinstance(node, Items) else (node,):
        if isinstance(each, Scalar):
            word = read_word(each, reading.problems, name)
            people += [Person(word)] if word else []
            continue
        values = read_fields(each, reading.problems, name, ("name", "role", "group", "img", "href")) or {}
        if "name" not in values:
            reading.problems.error(each.source, "missing-key", f"each of {name} needs name")
            continue
        texts: dict[str, str] = {}
        for key, value in values.items():
            what = f"{name}: {key}"
            in_words = _address_of(what, value, reading.problems) if key in ("img", "href") else read_word(value, reading.problems, what)
            texts[key] = in_words or ""
        people.append(Person(**texts))
    return {"people": tuple(people)}


def _folders(name: str, node: Node, reading: _Reading) -> Found:
    words = read_words(node, reading.problems, name) or ()
    if len(words) > _MOST_FOLDERS:
        reading.problems.error(node.source, "bad-value", f"{name} may be {_MOST_FOLDERS} folders, not {len(words)}")
    for text, source in words:
        if text.startswith(("/", "~")) or ".." in PurePosixPath(text).parts or "\0" in text:
            message = f'"{text}" must be a folder below the one that this file is in; put the file higher up, or use voiceover batch --feed'
            reading.problems.error(source, "outside-folder", message)
    return {name: tuple(text for text, _ in words)}


def _file(name: str, node: Node, reading: _Reading) -> Found:
    text = read_word(node, reading.problems, name)
    if text is None:
        return {}
    if not text.lower().endswith(_FEED_SUFFIXES):
        reading.problems.error(node.source, "bad-value", f'{name} must end in .xml, not "{text}"')
        return {}
    return _named(name, confined(text, reading.folder, (), node.source, reading.problems))


def _index(name: str, node: Node, reading: _Reading) -> Found:
    text = read_word(node, reading.problems, name)
    if text is None:
        return {}
    if not text.lower().endswith(_INDEX_SUFFIX):
        reading.problems.error(node.source, "bad-value", f'{name} must end in {_INDEX_SUFFIX}, not "{text}"')
        return {}
    return _named(name, confined(text, reading.folder, (), node.source, reading.problems))


def _template(name: str, node: Node, reading: _Reading) -> Found:
    text = read_word(node, reading.problems, name)
    if text is None:
        return {}
    plain = text
    for placeholder in PLACEHOLDERS:
        plain = plain.replace(placeholder, "x")
    if web_address(plain) is None or "{" in plain or "}" in plain or plain == text:
        wanted = f"an address with {' or '.join(PLACEHOLDERS)} in it, such as https://example.com/posts/{{slug}}/"
        reading.problems.error(node.source, "bad-value", f'{name} must be {wanted}, not "{text[:60]}"')
        return {}
    return {name: text}


# ---------------------------------------------------------------- the keys

_TEXT = {"type": "string"}
_URL = {"type": "string", "pattern": "^https?://"}
_WORDS = {"type": ["string", "array"], "items": {"type": "string"}}
_PERSON = {
    "type": ["string", "object"],
    "properties": {"name": _TEXT, "role": _TEXT, "group": _TEXT, "img": _URL, "href": _URL},
    "required": ["name"],
    "additionalProperties": False,
}

SHOW_KEYS: Mapping[str, ShowKey] = {
    key.name: key
    for key in (
        ShowKey("base_url", "Public address of the folder of episodes.", _URL, _base),
        ShowKey("title", "Title of the show.", _TEXT, _line),
        ShowKey("description", "What the show is about; Apple takes at most 4,000 bytes.", _TEXT, _text),
        ShowKey("url", "Public address of the feed itself.", _URL, _address),
        ShowKey("link", "Address of the show's website; relative links of pages start there.", _URL, _address),
        ShowKey("language", "Language of the show, such as en or pt-BR.", _TEXT, _language),
        ShowKey("author", "Who makes the show.", _TEXT, _line),
        ShowKey("copyright", "Copyright notice.", _TEXT, _line),
        ShowKey(
            "owner",
            "Name and email of the owner; directories write there to verify the show.",
            {"type": "object", "properties": {"name": _TEXT, "email": _TEXT}, "additionalProperties": False},
            _owner,
        ),
        ShowKey("image", "Artwork: a JPEG or PNG file, square, 1400 to 3000 pixels, or its public address.", _TEXT, _image),
        ShowKey("category", "Apple's category, or several: Technology, or Society & Culture > Documentary.", _WORDS, _categories),
        ShowKey("explicit", "yes if the show is not for children.", {"type": "boolean"}, _yes_or_no),
        ShowKey("type", "episodic: newest first; serial: to be heard in order.", {"enum": list(KINDS)}, _kind),
        ShowKey("complete", "yes if there will be no more episodes.", {"type": "boolean"}, _yes_or_no),
        ShowKey("guid", "The show's podcast:guid; by default made from url once and kept in feed.lock.", _TEXT, _guid),
        ShowKey("locked", "yes to ask other hosts not to import the show.", {"type": "boolean"}, _yes_or_no),
        ShowKey(
            "funding",
            "Where listeners can support the show: an address, or url and text.",
            {"type": ["string", "object"], "properties": {"url": _URL, "text": _TEXT}, "additionalProperties": False},
            _funding,
        ),
        ShowKey("people", "Who takes part: name, role, group, img, href.", {"type": ["string", "array"], "items": _PERSON}, _people),
        ShowKey("episodes", "Folders or globs of finished episodes.", _WORDS, _folders),
        ShowKey("scripts", "Folders of the scripts that they were made from.", _WORDS, _folders),
        ShowKey("file", "Where the feed is written; by default feed.xml beside this file.", _TEXT, _file),
        ShowKey("index", "Where a batch writes the map from pages to files for a site's templates.", _TEXT, _index),
        ShowKey("order", "Which episodes come first.", {"enum": list(ORDERS)}, _order),
        ShowKey("keep", "Number of newest episodes in the feed; by default all.", {"type": "integer", "minimum": 1}, _keep),
        ShowKey("episode_link", "Template of an episode's page, such as https://example.com/posts/{slug}/.", _TEXT, _template),
    )
}
"""The keys below ``feed:`` by name."""


def show_schema() -> dict[str, Any]:
    """Return the JSON Schema of a show's file."""
    properties = {key.name: {"description": key.help, **key.schema} for key in SHOW_KEYS.values()}
    feed = {"type": "object", "properties": properties, "required": ["base_url"], "additionalProperties": False}
    return {"type": "object", "properties": {"feed": feed}, "required": ["feed"], "additionalProperties": False}
