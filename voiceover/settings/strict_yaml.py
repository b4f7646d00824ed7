"""A strict YAML reader: every value has its place, and scalars are the text that was typed.

PyYAML resolves ``NO``, ``on``, ``12:30`` and ``1.10`` to other values, keeps the last of two equal keys in silence and expands aliases
without limit. Here its parser gives the events only; the nodes are built from them, and the reader of a setting decides what kind of value
it wants.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import TypeAlias, TypeGuard

import yaml

from voiceover.settings.problems import Problems
from voiceover.system.lazy import lazy_pattern
from voiceover.types import Source
from voiceover.types.lazy_dataclass import dataclass

MAX_DEPTH = 50
"""Levels of nesting."""
MAX_ALIASED = 1000
"""Number of values that aliases may repeat in one document; people write only a few."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LINE_END = lazy_pattern(r"\r\n|\r|\n")
_CONTROL_IN_ASCII = lazy_pattern("[^\t\n\r\x20-\x7e]")
_CONTROL = lazy_pattern("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_COMMENT = lazy_pattern(r"([ \t]+)#([^\r\n]*)")
_CORE = "tag:yaml.org,2002:"
_SCALAR_TAGS = frozenset(_CORE + kind for kind in ("str", "int", "float", "bool", "null", "timestamp"))
_ITEMS_TAGS = frozenset((_CORE + "seq",))
_FIELDS_TAGS = frozenset((_CORE + "map",))


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value."""

    text: str
    """As typed, quotes and escapes resolved."""
    plain: bool
    """True if it was written without quotes."""
    source: Source


@dataclass(frozen=True, slots=True)
class Items:
    """A sequence."""

    items: tuple[Node, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping, in the order of the file, every key once."""

    entries: tuple[tuple[Scalar, Node], ...]
    source: Source

    def get(self, key: str) -> Node | None:
        """Return the value of ``key``; None if it is absent."""
        return next((value for name, value in self.entries if name.text == key), None)


Node: TypeAlias = Scalar | Items | Fields


def read_yaml(text: str, path: str, problems: Problems, first_line: int = 1) -> Node | None:
    """Read the one document in ``text``, whose first line is line ``first_line`` of ``path``.

    None where it is empty or could not be read; what is wrong is added to ``problems`` (syntax, duplicate keys, tags, more
    aliases than a person writes, nesting past 50 levels, more than one document). After a duplicate key (the first holds) or
    a tag (left out) the rest is still read, so that all problems of a file come at once.
    """
    reader = _Reader(text.removeprefix("\ufeff"), path, problems, first_line)
    return reader.document()


class _UnreadableError(Exception):
    """The rest of the document cannot be read; the problem has been reported."""


class _Reader:
    """Builds nodes from the events of PyYAML's parser."""

    def __init__(self, text: str, path: str, problems: Problems, first_line: int) -> None:
        self.text = text
        self.path = path
        self.problems = problems
        self.first_line = first_line
        self.line_starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.unused: dict[str, int] = {}
        self.aliased = 0
        self.last_quoted = (0, 0)
        self.events: Iterator[yaml.Event] = iter(())

    def document(self) -> Node | None:
        if control := (_CONTROL_IN_ASCII if self.text.isascii() else _CONTROL).search(self.text):
            names = {"\0": "a NUL byte", "\ufeff": "a byte order mark"}
            what = names.get(control[0], f"the control character U+{ord(control[0]):04X}")
            self.error(control.start(), "control-character", f"{what} is not allowed in a text file; remove it")
            return None
        self.events = iter(yaml.parse(self.text, Loader=_LOADER))
        try:
            next(self.events)
            if isinstance(next(self.events), yaml.StreamEndEvent):
                return None
            node, _ = self.node(next(self.events), 1)
            next(self.events)
            after = next(self.events)
            for name, index in self.unused.items():
                message = f"&{name} names a value for later use and is not read as text; put quotes around the text if it belongs to it"
                self.problems.warning(self.source(index), "unused-anchor", message)
            if not isinstance(after, yaml.StreamEndEvent):
                self.error(_start(after), "several-documents", "a second document starts here; take out the line ---")
                return None
        except _UnreadableError:
            return None
        except yaml.YAMLError as error:
            self.syntax_error(error)
            return None
        return None if isinstance(node, Scalar) and node.plain and not node.text else node

    # ------------------------------------------------------------ nodes

    def node(self, event: yaml.Event, depth: int) -> tuple[Node, int]:
        """Return the node that starts with ``event`` and the number of values in it."""
        if depth > MAX_DEPTH:
            self.too_deep(_start(event))
            raise _UnreadableError
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event)
        source = self.source(_start(event))
        built: tuple[Node, int]
        if isinstance(event, yaml.ScalarEvent):
            built = self.scalar(event, source), 1
        elif isinstance(event, yaml.SequenceStartEvent):
            self.check_tag(event, _ITEMS_TAGS)
            built = self.items(source, depth)
        else:
            self.check_tag(event, _FIELDS_TAGS)
            built = self.fields(source, depth)
        anchor = getattr(event, "anchor", None)
        if anchor is not None:
            self.anchors[anchor] = built
            self.unused[anchor] = _start(event)
        return built

    def alias(self, event: yaml.AliasEvent) -> tuple[Node, int]:
        index = _start(event)
        built = self.anchors.get(event.anchor or "")
        if built is None:
            self.error(index, "unknown-alias", f"there is no anchor &{event.anchor} above; if this is text, put quotes around it")
            raise _UnreadableError
        self.unused.pop(event.anchor or "", None)
        self.aliased += built[1]
        if self.aliased > MAX_ALIASED:
            self.error(index, "too-many-aliases", f"aliases repeat more than {MAX_ALIASED} values; write the values out")
            raise _UnreadableError
        return built

    def scalar(self, event: yaml.ScalarEvent, source: Source) -> Scalar:
        self.check_tag(event, _SCALAR_TAGS)
        plain = not event.style
        self.last_quoted = (_start(event), _end(event)) if event.style in ("'", '"') else (0, 0)
        if plain:
            self.check_comment(event)
        return Scalar(event.value, plain, source)

    def items(self, source: Source, depth: int) -> tuple[Node, int]:
        items: list[Node] = []
        total = 1
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            node, size = self.node(event, depth + 1)
            items.append(node)
            total += size
        return Items(tuple(items), source), total

    def fields(self, source: Source, depth: int) -> tuple[Node, int]:
        entries: list[tuple[Scalar, Node]] = []
        first: dict[str, Source] = {}
        total = 1
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key, key_size = self.node(event, depth + 1)
            value, size = self.node(next(self.events), depth + 1)
            total += key_size + size
            if self.check_key(key, event, first):
                entries.append((key, value))
        return Fields(tuple(entries), source), total

    # ------------------------------------------------------------ checks

    def check_key(self, key: Node, event: yaml.Event, first: dict[str, Source]) -> TypeGuard[Scalar]:
        index = _start(event)
        if not isinstance(key, Scalar):
            self.error(index, "yaml-key", "a key must be a word; if this is text, put quotes around it")
        elif key.plain and key.text == "<<":
            self.error(index, "yaml-merge", "merge keys (<<) are not read here; write the keys out")
        elif key.plain and not key.text:
            self.error(index, "yaml-key", 'a key is missing before ":"; if this is text, put quotes around it')
        elif key.text in first:
            self.error(index, "duplicate-key", f'the key "{key.text}" is given twice; the first is at {first[key.text]}')
        else:
            first[key.text] = self.source(index)
            return True
        return False

    def check_tag(self, event: yaml.Event, known: frozenset[str]) -> None:
        tag = getattr(event, "tag", None)
        if tag is not None and tag not in known:
            typed = tag.replace(_CORE, "!!")
            self.error(_start(event), "yaml-tag", f"the tag {typed} is not supported; remove it, or put quotes around the text")

    def check_comment(self, event: yaml.ScalarEvent) -> None:
        """Warn where `` #`` ends a text in mid-sentence. Two spaces before and one after (as yamllint wants it) is meant as a comment."""
        comment = _COMMENT.match(self.text, _end(event)) if event.value else None
        if comment is None:
            return
        sticks = comment[2][:1] not in ("", " ", "\t", "#")
        within_text = comment[1] == " " and any(character.isspace() for character in event.value)
        if sticks or within_text:
            lost = comment[2].rstrip()
            shown = lost if len(lost) <= 40 else lost[:39] + "…"
            message = f'" #" starts a comment: "#{shown}" is cut off; put quotes around the text if that belongs to it'
            self.problems.warning(self.source(comment.end(1)), "comment-cuts-text", message)

    # ------------------------------------------------------------ problems

    def source(self, index: int) -> Source:
        """Return the place of a character. Counted here, as YAML 1.1 takes U+2028 and U+0085 for line ends and editors do not."""
        line = bisect_right(self.line_starts, index) - 1
        return Source(self.path, self.first_line + line, index - self.line_starts[line] + 1)

    def error(self, index: int, code: str, message: str) -> None:
        self.problems.error(self.source(index), code, message)

    def too_deep(self, index: int) -> None:
        self.error(index, "nested-too-deep", f"nested more than {MAX_DEPTH} levels deep")

    def syntax_error(self, error: yaml.YAMLError) -> None:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        context_mark = getattr(error, "context_mark", None)
        context = getattr(error, "context", None) or ""
        problem = getattr(error, "problem", None) or str(error)
        index = min(mark.index, len(self.text)) if mark is not None else 0
        start = min(context_mark.index, len(self.text)) if context_mark is not None else index
        if "nesting depth" in problem:  # libyaml from 0.2.6 on has a limit of its own, past ours, and may come to it first
            self.too_deep(index)
            return
        opened, closed = self.last_quoted
        if 0 < closed <= index and not self.text[closed:index].strip():
            place = f"; it opens at {self.source(opened)}" if _LINE_END.search(self.text, opened, closed) else ""
            message = f"the text goes on after its closing quote{place}; put quotes of the other kind around the whole text"
        else:
            index, message = _explain(self.text, index, start, context, problem)
        self.error(index, "yaml-syntax", message)


def _start(event: yaml.Event) -> int:
    return event.start_mark.index if event.start_mark is not None else 0


def _end(event: yaml.Event) -> int:
    return event.end_mark.index if event.end_mark is not None else 0


def _explain(text: str, index: int, start: int, context: str, problem: str) -> tuple[int, str]:
    """Return the place of a syntax error as a writer sees it, and what to do about it. ``start`` is where the unreadable part begins."""
    character = text[index : index + 1]
    before = text[max(text.rfind("\n", 0, index), text.rfind("\r", 0, index)) + 1 : index].rstrip()
    message = f"YAML could not be read here ({problem}); if this is text, put quotes around it"
    if "quoted scalar" in context:
        if "end of stream" in problem or "document" in problem:
            index, message = start, "this quote is never closed; close it, or put quotes around the whole text"
        else:
            message = f"{problem} in a text in double quotes; write \\\\ for a backslash, or use single quotes"
    elif "mapping values are not allowed" in problem:
        message = '": " within a text starts a new key; put quotes around it (the whole text)'
    elif character == "\t" or " tab " in problem:
        message = "a tab cannot stand here; indent with spaces"
    elif "cannot start any token" in problem:
        message = f"a text cannot start with {character} unless it is quoted; put quotes around it"
    elif any(word in context for word in ("alias", "anchor", "tag", "directive", "block scalar")):
        index, message = start, f"{text[start : start + 1]} at the start of a text means something else in YAML; put quotes around it"
    elif "expected ':'" in problem:
        index, message = start, 'a key without ":", or a text that is not indented; put quotes around it if it is text'
    elif before.endswith(("]", "}")) and character.strip():
        message = f'the text goes on after "{before[-1]}"; put quotes around the whole text'
    return index, message
