"""Front matter: YAML between lines of ``---``, TOML between lines of ``+++``, or a JSON object."""

from __future__ import annotations

import json
import re
import tomllib
from bisect import bisect_left, bisect_right
from datetime import date, datetime, time
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from mdit_py_plugins.front_matter import front_matter_plugin

from voiceover.script.json_nodes import SCENE, read_json
from voiceover.settings.keys import READERS
from voiceover.settings.layers import OPTION_KEYS
from voiceover.settings.problems import Problems
from voiceover.settings.reader import PAGE_KEYS
from voiceover.settings.strict_yaml import MAX_DEPTH, Fields, Items, Node, Scalar, read_yaml
from voiceover.system.lazy import lazy_pattern
from voiceover.types import Source
from voiceover.types.lazy_dataclass import dataclass

_KEY_LINE = lazy_pattern(r"\s*[A-Za-z_][\w-]*\s*:(\s|$)")
_FIRST_BLOCK = lazy_pattern(r"---[ \t]*\n((?:[ \t]*\S[^\n]*\n)+)")
_KEY = lazy_pattern(r"^[\"']?([\w-]+)[\"']?\s*:(?:\s|$)", re.MULTILINE)
_KNOWN = frozenset((*READERS, *OPTION_KEYS, *PAGE_KEYS, "voiceover", "params", "layout", "slug", "permalink", "tags", "categories"))
"""Keys of voiceover and of blogs. If one follows a ``---`` that is not the first line, the ``---`` starts front matter, not a scene."""
_TOML_PLACE = lazy_pattern(r"\(at line (\d+), column (\d+)\)|\(at end of document\)")
_MOST_DIGITS = 4300
"""Of a whole number that Python reads."""
_LONG_NUMBER = lazy_pattern(rf"(?<![\d_])\d(?:_?\d){{{_MOST_DIGITS}}}")
_JSON_START = lazy_pattern(r"\{\s*(\"|\}|$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The settings at the top of a Markdown file."""

    node: Node | None
    """None if there are none or they could not be read."""
    body: str
    """The document with empty lines instead of its front matter, so that line numbers do not change."""


def take_front_matter(text: str, path: str, problems: Problems) -> FrontMatter:
    """Split a document into front matter and text. Blank lines before the front matter are skipped."""
    start = len(text) - len(text.lstrip())
    start = text.rfind("\n", 0, start) + 1
    first_line = text[start:].split("\n", 1)[0]
    if first_line.startswith("---") and (start == 0 or _has_known_key(text, start)):
        return _take_yaml(text, start, path, problems)
    if first_line.startswith("+++") and not first_line.strip("+ \t"):
        return _take_toml(text, start, path, problems)
    if _JSON_START.match(text, start):
        return _take_json(text, start, path, problems)
    return FrontMatter(None, text)


def _has_known_key(text: str, start: int) -> bool:
    """Return True if a key follows the fence, and one of the lines up to the next blank line has a known key."""
    block = _FIRST_BLOCK.match(text, start)
    return block is not None and _KEY.match(block[1]) is not None and not _KNOWN.isdisjoint(_KEY.findall(block[1]))


def _take_yaml(text: str, start: int, path: str, problems: Problems) -> FrontMatter:
    above, rest = text.count("\n", 0, start), text[start:]
    tokens = _front_parser().parse(rest)
    if not tokens or tokens[0].type != "front_matter":
        second = rest.split("\n", 2)[1:2]
        if rest.split("\n", 1)[0].strip() == "---" and second and _KEY_LINE.match(second[0]):
            problems.error(Source(path, above + 1), "front-matter", "this front matter is never closed; end it with a line ---")
        return FrontMatter(None, text)
    token = tokens[0]
    node = read_yaml(token.content, path, problems, first_line=above + 2)
    return FrontMatter(_mapping(node, problems), _blanked(text, above + (token.map[1] if token.map else 0)))


def _take_toml(text: str, start: int, path: str, problems: Problems) -> FrontMatter:
    first = text.count("\n", 0, start) + 1  # row of the line after the fence
    lines = text.split("\n")
    end = next((row for row in range(first, len(lines)) if lines[row].rstrip() == "+++"), None)
    if end is None:
        problems.error(Source(path, first), "front-matter", "this front matter is never closed; end it with a line +++")
        return FrontMatter(None, text)
    content = "\n".join(lines[first:end])
    try:
        values = tomllib.loads(content, parse_float=_Number)
    except RecursionError:
        return _too_deep(path, problems, _blanked(text, end + 1))
    except tomllib.TOMLDecodeError as error:  # a ValueError, too
        where = _TOML_PLACE.search(str(error))
        line, column = (int(where[1]), int(where[2])) if where and where[1] else (max(end - first, 1), 1)
        message = f"the front matter is not TOML: {_TOML_PLACE.sub('', str(error)).strip()}"
        problems.error(Source(path, first + line, column), "front-matter", message)
        return FrontMatter(None, _blanked(text, end + 1))
    except ValueError:  # Python limits the number of digits
        where = _LONG_NUMBER.search(content)
        found = where.start() if where else 0
        place = Source(path, content.count("\n", 0, found) + first + 1, found - content.rfind("\n", 0, found))
        problems.error(place, "front-matter", f"this number is too long; no more than {_MOST_DIGITS} digits are read")
        return FrontMatter(None, _blanked(text, end + 1))
    return _with_places(_Nodes(path, content, first + 1), values, problems, _blanked(text, end + 1))


def _take_json(text: str, start: int, path: str, problems: Problems) -> FrontMatter:
    node, end = read_json(text, path, problems, what="the front matter", code="front-matter", start=start)
    if node is None:
        return FrontMatter(None, text if end == start else _blanked(text, text.count("\n", 0, end) + 1))
    rows = text.count("\n", 0, end)
    rest = text[end:].split("\n", 1)[0].strip()
    if rest:
        problems.error(Source(path, rows + 1), "front-matter", "text after the front matter needs a line of its own")
    return FrontMatter(node, _blanked(text, rows + 1))


def _with_places(nodes: _Nodes, values: Any, problems: Problems, body: str) -> FrontMatter:
    try:
        return FrontMatter(nodes.node(values), body)
    except _DeepError:
        return _too_deep(nodes.path, problems, body)


def _too_deep(path: str, problems: Problems, body: str) -> FrontMatter:
    problems.error(Source(path), "nested-too-deep", f"the front matter is nested more than {MAX_DEPTH} levels deep")
    return FrontMatter(None, body)


def _mapping(node: Node | None, problems: Problems) -> Node | None:
    if node is None or isinstance(node, Fields):
        return node
    message = 'the front matter must be lines of "key: value"; a line --- that begins a document starts front matter'
    problems.error(node.source, "not-a-mapping", message)
    return None


def _blanked(text: str, rows: int) -> str:
    """Return ``text`` with its first lines emptied."""
    at = 0
    for _ in range(rows):
        at = text.find("\n", at) + 1
        if at == 0:
            return "\n" * rows
    return "\n" * rows + text[at:]


@cache
def _front_parser() -> MarkdownIt:
    md = MarkdownIt("zero").disable("inline").use(front_matter_plugin)
    md.block.ruler.at("paragraph", _rest)
    return md


def _rest(state: StateBlock, _start_line: int, end_line: int, _silent: bool) -> bool:
    """Consume everything after the front matter, which is parsed elsewhere."""
    state.line = end_line
    return True


class _Number(str):
    """A number as it was typed."""

    __slots__ = ()


def _plain(value: Any) -> str:
    """Return a value other than text in YAML syntax."""
    if value is None or isinstance(value, bool):
        return {None: "", True: "true", False: "false"}[value]
    return str(value.isoformat()) if isinstance(value, date | datetime | time) else str(value)


class _DeepError(Exception):
    """Values in values in values."""


class _Nodes:
    """Builds nodes from values that a parser returned without locations, by searching for each value after the previous one."""

    def __init__(self, path: str, text: str, first_line: int) -> None:
        self.path = path
        self.first_line = first_line
        self.line_starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self.keys: dict[str, list[tuple[int, int]]] = {}
        """Where each key and its value start, in order."""
        for word in _TOML_WORD.finditer(text):
            end = _KEY_END.match(text, word.end()) if word.lastgroup is not None else None
            if end is not None:
                self.keys.setdefault(_unquoted(word), []).append((word.start(), end.end()))
        self.at = 0

    def node(self, value: Any, depth: int = 1) -> Node:
        """Return the node of a value and of everything in it."""
        if depth > MAX_DEPTH:
            raise _DeepError
        source = self._source(self.at)
        if isinstance(value, dict):
            return Fields(tuple(self._entry(key, inner, depth) for key, inner in value.items()), source)
        if isinstance(value, list):
            return Items(tuple(self.node(inner, depth + 1) for inner in value), source)
        if isinstance(value, str) and not isinstance(value, _Number):
            return Scalar(value, value == SCENE, source)
        return Scalar(_plain(value), True, source)

    def _entry(self, key: str, value: Any, depth: int) -> tuple[Scalar, Node]:
        places = self.keys.get(key, ())
        place = next(iter(places[bisect_left(places, (self.at, 0)) :] or places), None)
        if place is not None:
            self.at = place[0]
        name = Scalar(key, True, self._source(self.at))
        if place is not None:
            self.at = place[1]
        return name, self.node(value, depth + 1)

    def _source(self, at: int) -> Source:
        line = bisect_right(self.line_starts, at) - 1
        return Source(self.path, self.first_line + line, at - self.line_starts[line] + 1)


_TOML_WORD = lazy_pattern(
    r'#[^\n]*|"""(?:[^"\\]|\\.|""?(?!"))*"""|\'\'\'(?:[^\']|\'\'?(?!\'))*\'\'\''
    r'|"(?P<quoted>(?:[^"\\\n]|\\.)*)"|\'(?P<literal>[^\'\n]*)\'|(?P<bare>[A-Za-z0-9_-]+)',
    re.DOTALL,
)
"""Keys, and comments and strings, which may contain text that looks like a key and are skipped."""
_KEY_END = lazy_pattern(r"[ \t]*(?:=[ \t]*|[.\]])")


def _unquoted(word: re.Match[str]) -> str:
    found = word[word.lastgroup or 0]
    if word.lastgroup != "quoted" or "\\" not in found:
        return found
    try:
        return str(json.loads(f'"{found}"'))
    except ValueError:  # an escape that exists in TOML but not in JSON
        return found
