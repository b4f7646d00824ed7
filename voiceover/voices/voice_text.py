"""Writes voice.yaml: a new one, or a clip into an existing one, all other lines of which stay as their owner wrote them.

Editing text is a guess for unusual YAML: callers must read the result again and fall back to ``rewritten``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from voiceover.settings.strict_yaml import Fields, Items, Node, Scalar
from voiceover.system.lazy import lazy_pattern

_LINE_END = lazy_pattern(r"\r\n|\r|\n")
_IN_QUOTES = lazy_pattern(r'"(?:[^"\\\r\n]|\\[^\r\n])*"' r"|'(?:[^'\r\n]|'')*'")
_PLAIN = lazy_pattern(r"[A-Za-z][A-Za-z0-9._-]*", re.ASCII)
_RESERVED = frozenset(("yes", "no", "on", "off", "true", "false", "null", "y", "n"))
_ORDER = ("description", "language", "licence", "consent", "synthetic", "reference", "styles")
_HEAD = "# A voice of voiceover: a clip and the exact words that are said in it.\n"

Value = str | Node | Mapping[str, "Value"]
"""Text, a node that is written as it was read, or a mapping of these."""


def voice_text(values: Mapping[str, Value]) -> str:
    """Return a new voice.yaml with these keys; keys without a value are left out."""
    return _HEAD + "".join(_entry(key, values[key], 0) for key in _ORDER if values.get(key))


def with_clip(text: str, clip: Node | None, audio: str, words: str) -> str | None:
    """Return ``text`` with new values of ``audio`` and ``text`` in its mapping ``clip``; None if they are not on one line each."""
    if not isinstance(clip, Fields):
        return None
    starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
    edits = []
    for key, value in (("audio", audio), ("text", words)):
        scalar = clip.get(key)
        place = _typed_place(text, starts, scalar) if isinstance(scalar, Scalar) else None
        if place is None:
            return None
        edits.append((*place, _quoted(value)))
    for start, stop, value in sorted(edits, reverse=True):
        text = text[:start] + value + text[stop:]
    return text


def _typed_place(text: str, starts: list[int], scalar: Scalar) -> tuple[int, int] | None:
    """Return start and end of a value with its quotes; None if it is not on one line."""
    at = starts[scalar.source.line - 1] + scalar.source.column - 1
    if scalar.plain:
        return (at, at + len(scalar.text)) if scalar.text and text.startswith(scalar.text, at) else None
    quoted = _IN_QUOTES.match(text, at)
    return (at, quoted.end()) if quoted else None


def with_reference(text: str, audio: str, words: str) -> str:
    """Return ``text`` with a clip for the plain style, which has none."""
    newline = _newline(text)
    block = _entry("reference", {"audio": audio, "text": words}, 0).replace("\n", newline)
    return (text if not text or text[-1] in "\r\n" else text + newline) + block


def with_style(text: str, node: Fields, style: str, audio: str, words: str) -> str:
    """Return ``text``, which was read as ``node``, with one more style at the end of ``styles:``, which is added if missing."""
    newline = _newline(text)
    key, styles = next(((key, value) for key, value in node.entries if key.text == "styles"), (None, None))
    clip: dict[str, Value] = {"audio": audio, "text": words}
    if key is None:
        block = _entry("styles", {style: clip}, 0)
        return (text if not text or text[-1] in "\r\n" else text + newline) + block.replace("\n", newline)
    starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
    if isinstance(styles, Fields) and text[at := starts[styles.source.line - 1] + styles.source.column - 1] == "{":
        flow = f"{_quoted(style)}: {{audio: {_quoted(audio)}, text: {_quoted(words)}}}"
        return f"{text[: at + 1]}{flow}{', ' if styles.entries else ''}{text[at + 1 :]}"
    indent = styles.source.column - 1 if isinstance(styles, Fields) else key.source.column + 1
    following = [entry.source.line for entry, _ in node.entries if entry.source.line > key.source.line]
    last = min(following, default=len(starts) + 1) - 1
    lines = _LINE_END.split(text)
    while last > key.source.line and (not lines[last - 1].strip() or lines[last - 1].lstrip().startswith("#")):
        last -= 1
    at = starts[last] if last < len(starts) else len(text)
    before = text[:at] if text[:at].endswith(("\r", "\n")) else text[:at] + newline
    return before + _entry(style, clip, indent).replace("\n", newline) + text[at:]


def rewritten(node: Fields, changes: Mapping[str, Value | None]) -> str:
    """Return the keys and values of ``node`` without comments, with ``changes`` of top-level keys; None removes a key."""
    kept = {key.text: value for key, value in node.entries if key.text not in changes}
    added = {key: value for key, value in changes.items() if value is not None}
    order = [key for key in (*_ORDER, *kept) if key in kept or key in added]
    return _HEAD + "".join(_entry(key, added[key] if key in added else kept[key], 0) for key in dict.fromkeys([*order, *added]))


def has_comments(text: str) -> bool:
    """True if there may be comments besides the one that this module writes."""
    return "#" in text.removeprefix(_HEAD)


def _newline(text: str) -> str:
    return next((match[0] for match in _LINE_END.finditer(text)), "\n")


def _entry(key: str, value: Value, indent: int) -> str:
    space = " " * indent
    if isinstance(value, str):
        return f"{space}{_quoted(key)}: {_quoted(value)}\n"
    if isinstance(value, (Scalar, Items, Fields)):
        return _typed(key, value, indent)
    return f"{space}{_quoted(key)}:\n" + "".join(_entry(name, inner, indent + 2) for name, inner in value.items())


def _typed(key: str, node: Node, indent: int) -> str:
    space = " " * indent
    if isinstance(node, Scalar):
        # A plain scalar on one line stays valid without quotes.
        shown = node.text if node.plain and "\n" not in node.text else json.dumps(node.text, ensure_ascii=False)
        return f"{space}{_quoted(key)}: {shown}".rstrip() + "\n"
    if isinstance(node, Items):
        listed = [item.text for item in node.items if isinstance(item, Scalar)]
        return f"{space}{_quoted(key)}: {json.dumps(listed, ensure_ascii=False)}\n"
    if not node.entries:
        return f"{space}{_quoted(key)}: {{}}\n"
    return f"{space}{_quoted(key)}:\n" + "".join(_typed(name.text, value, indent + 2) for name, value in node.entries)


def _quoted(text: str) -> str:
    """Return a scalar: unquoted if every YAML reader takes it as this text, else in JSON's quotes, which are valid YAML."""
    return text if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED else json.dumps(text, ensure_ascii=False)
