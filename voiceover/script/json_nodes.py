"""Parse JSON into nodes with the location of each value; ``json`` checks the syntax but does not report locations."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator

from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import MAX_DEPTH, Fields, Items, Node, Scalar
from voiceover.system.lazy import lazy_pattern
from voiceover.types import Source

_TOKEN = lazy_pattern(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_HALF_CHARACTER = lazy_pattern(
    r"(?<!\\)(?:\\\\)*(?:\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2})"
)
SCENE = "scene"
"""The one segment that is a bare word in YAML; JSON can only write it as a string."""


def read_json(text: str, path: str, problems: Problems, *, what: str, code: str = "json-syntax", start: int = 0) -> tuple[Node | None, int]:
    """Read the JSON value at ``start``; return its node and the offset of its end.

    The node is None if it cannot be read; then one error with ``code`` is added. ``what`` names the text in errors: "the front matter". A
    duplicate key is an error too; its first value counts.
    """
    decoder = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)
    try:
        value, end = decoder.raw_decode(text, start)
    except json.JSONDecodeError as error:
        problems.error(Source(path, error.lineno, error.colno), code, f"{what} is not JSON: {_explained(text, error)}")
        return None, start
    except RecursionError:
        problems.error(Source(path), "nested-too-deep", f"{what} is nested more than {MAX_DEPTH} levels deep")
        return None, start
    del value  # the tokens are read again for their locations
    if half := _HALF_CHARACTER.search(text, start, end):
        place = Source(path, text.count("\n", 0, half.start()) + 1)
        problems.error(place, code, f"{half[0]} is half a character; write both halves, or the character itself")
        return None, end
    reader = _Reader(text, path, problems, what, _TOKEN.finditer(text, start, end))
    try:
        return reader.node(next(reader.tokens), 1), end
    except _DeepError:
        problems.error(Source(path), "nested-too-deep", f"{what} is nested more than {MAX_DEPTH} levels deep")
        return None, end


def _explained(text: str, error: json.JSONDecodeError) -> str:
    """Return the message of ``json`` with advice on common mistakes."""
    before = text[: error.pos].rstrip()
    if text[error.pos : error.pos + 2] in ("//", "/*"):
        return f"{error.msg}; JSON has no comments"
    if before.endswith(",") and text[error.pos : error.pos + 1] in ("}", "]"):
        return "a comma before the closing bracket; take it out"
    if text[error.pos : error.pos + 1] == "'":
        return f'{error.msg}; use double quotes (")'
    return error.msg


class _DeepError(Exception):
    """The value is nested too deeply."""


class _Reader:
    """Builds nodes from the tokens of valid JSON."""

    def __init__(self, text: str, path: str, problems: Problems, what: str, tokens: Iterator[re.Match[str]]) -> None:
        self.path, self.problems, self.what, self.tokens = path, problems, what, tokens
        self.line_starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def node(self, token: re.Match[str], depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise _DeepError
        source, typed = self._source(token.start()), token[0]
        if typed == "{":
            return self._fields(source, depth)
        if typed == "[":
            return self._items(source, depth)
        if typed[0] == '"':
            text = str(json.loads(typed, strict=False))
            return Scalar(text, text == SCENE, source)
        return Scalar("" if typed == "null" else typed, True, source)

    def _items(self, source: Source, depth: int) -> Items:
        items: list[Node] = []
        for token in self.tokens:
            if token[0] == "]":
                break
            if token[0] != ",":
                items.append(self.node(token, depth + 1))
        return Items(tuple(items), source)

    def _fields(self, source: Source, depth: int) -> Fields:
        entries: dict[str, tuple[Scalar, Node]] = {}
        for token in self.tokens:
            if token[0] == "}":
                break
            if token[0] == ",":
                continue
            key = Scalar(str(json.loads(token[0], strict=False)), True, self._source(token.start()))
            next(self.tokens)  # the colon
            value = self.node(next(self.tokens), depth + 1)
            if key.text in entries:
                first = entries[key.text][0].source
                self.problems.error(key.source, "duplicate-key", f'the key "{key.text}" is given twice; the first is at {first}')
            else:
                entries[key.text] = key, value
        return Fields(tuple(entries.values()), source)

    def _source(self, at: int) -> Source:
        line = bisect_right(self.line_starts, at) - 1
        return Source(self.path, line + 1, at - self.line_starts[line] + 1)
