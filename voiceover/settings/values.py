"""Parses values of settings from text: durations, gains, numbers, yes and no.

``parse_*`` take a text and return None if it is anything else. ``read_*`` take a node and a collector of problems; they return the value,
or add one error (code ``bad-value`` or ``unknown-key``) that says what would be right, and return None.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import islice
from typing import Any, TypeVar

from voiceover.settings.layers import DURATIONS, MAX_SEED, METHODS, OPTION_KEYS, OPTION_RANGES
from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Fields, Items, Node, Scalar
from voiceover.system.lazy import lazy_pattern
from voiceover.types import DEFAULT_STYLE, PLAIN, Options, Source

T = TypeVar("T")
N = TypeVar("N", int, float)

_NUMBER = r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))"
_DURATION = lazy_pattern(_NUMBER + r"\s*(ms|milliseconds?|s|secs?|seconds?|min|minutes?)?", re.IGNORECASE | re.ASCII)
_GAIN = lazy_pattern(_NUMBER + r"\s*(?:db)?", re.IGNORECASE | re.ASCII)
_PLAIN_NUMBER = lazy_pattern(_NUMBER, re.ASCII)
_INTEGER = lazy_pattern(r"[+-]?\d{1,19}", re.ASCII)
_LANGUAGE = lazy_pattern(r"[A-Za-z]{2,4}(?:[-_][A-Za-z0-9]{1,8})*", re.ASCII)
_SUGGESTION = lazy_pattern(r'did you mean (?:"(?P<word>[^"]{1,200})"|(?P<cue>\[[^\]]{1,200}\]))\?')
_YES = frozenset(("yes", "true", "on"))
_NO = frozenset(("no", "false", "off"))


# ---------------------------------------------------------------- words


def parse_number(text: str) -> float | None:
    """Parse a decimal number without an exponent."""
    return _measure(_PLAIN_NUMBER, text)


def parse_seconds(text: str) -> float | None:
    """Parse ``1.5s``, ``500ms``, ``2 min`` or ``1.5`` (seconds). May be negative."""
    match = _DURATION.fullmatch(_ascii_minus(text))
    if match is None:
        return None
    unit = (match[2] or "s").lower()
    scale = 0.001 if unit.startswith(("ms", "milli")) else 60.0 if unit.startswith("min") else 1.0
    value = float(match[1]) * scale
    return value if math.isfinite(value) else None


def parse_gain(text: str) -> float | None:
    """Parse decibels: ``-18dB``, ``-18 dB``, ``+3`` or ``-1``."""
    return _measure(_GAIN, text)


def parse_integer(text: str) -> int | None:
    """Parse a whole number of at most 19 digits."""
    word = _ascii_minus(text)
    return int(word) if _INTEGER.fullmatch(word) else None


def parse_bool(text: str) -> bool | None:
    """Parse ``yes``, ``true`` and ``on``, ``no``, ``false`` and ``off``, in any case."""
    word = text.strip().lower()
    return True if word in _YES else False if word in _NO else None


def parse_language(text: str) -> str | None:
    """Parse a language tag by its form, with ``-`` between its parts: ``en``, ``pt-BR``.

    The first part has at most four letters: BCP 47 allows eight, but no such language is registered, and ``english`` is a slip.
    """
    word = text.strip()
    return word.replace("_", "-") if _LANGUAGE.fullmatch(word) else None


def style_name(typed: str) -> str:
    """Return a style's name in lower case with single spaces; ``plain`` becomes ``DEFAULT_STYLE``, which has no name."""
    name = " ".join(typed.split()).lower()
    return DEFAULT_STYLE if name == PLAIN else name


def _measure(pattern: re.Pattern[str], text: str) -> float | None:
    match = pattern.fullmatch(_ascii_minus(text))
    if match is None:
        return None
    value = float(match[1])
    return value if math.isfinite(value) else None


def _ascii_minus(text: str) -> str:
    return text.strip().replace("\N{MINUS SIGN}", "-")


# ---------------------------------------------------------------- did you mean

MOST_HINTS = 50
"""Number of problems per file up to which the nearest word is suggested; a file may hold thousands of wrong names."""
_MOST_WORK = 20_000
"""Number of letter pairs compared per word, about 3 ms."""
_MOST_LISTED = 40


def edit_distance(a: str, b: str) -> int:
    """Return the fewest insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment)."""
    before: list[int] = []
    above = list(range(len(b) + 1))
    for i, x in enumerate(a):
        row = [i + 1]
        for j, y in enumerate(b):
            cost = min(above[j + 1] + 1, row[j] + 1, above[j] + (x != y))
            if i and j and x == b[j - 1] and y == a[i - 1]:
                cost = min(cost, before[j - 1] + 1)
            row.append(cost)
        before, above = above, row
    return above[-1]


def suggest(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate nearest to ``word`` by edit distance without regard to case; None if none is near.

    Near is one edit, two from four letters, a third of the letters from nine.
    """
    folded = word.casefold()
    limit = max(1 if len(folded) < 4 else 2, len(folded) // 3)
    distance, nearest = limit + 1, ""
    work = _MOST_WORK
    for candidate in candidates:
        if abs(len(candidate) - len(word)) <= limit:
            work -= len(candidate) * len(word)
            if work < 0:
                break
            distance, nearest = min((distance, nearest), (edit_distance(folded, candidate.casefold()), candidate))
    return nearest if distance <= limit else None


def did_you_mean(word: str, candidates: Iterable[str], problems: Problems | None = None) -> str:
    """Return ``; did you mean "Town"?`` for the end of a message; empty if no word is near, or if there are very many ``problems``."""
    if problems is not None and len(problems.found) > MOST_HINTS:
        return ""
    nearest = suggest(word, candidates)
    return f'; did you mean "{nearest}"?' if nearest is not None else ""


def suggested_in(message: str) -> str | None:
    """Return the word of ``did_you_mean``, or the cue in brackets, that a message suggests; None if it suggests none."""
    found = _SUGGESTION.search(message)
    return found["word"] or found["cue"] if found is not None else None


def listed(words: Collection[str]) -> str:
    """Join words with commas; only the first of very many."""
    more = f" and {len(words) - _MOST_LISTED} more" if len(words) > _MOST_LISTED else ""
    return ", ".join(islice(words, _MOST_LISTED)) + more


# ---------------------------------------------------------------- nodes


def is_empty(node: Node | None) -> bool:
    """True if a key has no value."""
    return node is None or (isinstance(node, Scalar) and node.plain and not node.text)


def read_fields(node: Node, problems: Problems, what: str, known: Collection[str]) -> Mapping[str, Node] | None:
    """Return the values of a mapping by key, without empty ones; an unknown key is an error with the nearest known one."""
    if not isinstance(node, Fields):
        _complain(node, problems, what, f"a mapping with the keys {', '.join(known)}")
        return None
    check_keys(node, problems, known)
    return {key.text: value for key, value in node.entries if key.text in known and not is_empty(value)}


def check_keys(node: Fields, problems: Problems, known: Collection[str]) -> None:
    """Add an error for each unknown key, with the nearest known one."""
    for key, _ in node.entries:
        if key.text not in known:
            hint = did_you_mean(key.text, known, problems) or f"; the keys here are {', '.join(known)}"
            problems.error(key.source, "unknown-key", f'unknown key "{key.text}"{hint}')


def read_text(node: Node, problems: Problems, what: str) -> str | None:
    """Read any text on one or more lines, as typed, without surrounding spaces."""
    return _read(node, problems, what, "a text", str.strip)


def read_word(node: Node, problems: Problems, what: str) -> str | None:
    """Read a text on one line that is not empty."""
    return _read(
        node, problems, what, "a text on one line", lambda text: text.strip() if text.strip() and "\n" not in text.strip() else None
    )


def read_number(node: Node, problems: Problems, what: str, low: float, high: float) -> float | None:
    """Read a number from ``low`` to ``high``."""
    return _read(node, problems, what, f"a number from {low:g} to {high:g}", lambda text: _within(parse_number(text), low, high))


def read_integer(node: Node, problems: Problems, what: str, low: int, high: int) -> int | None:
    """Read a whole number from ``low`` to ``high``."""
    return _read(node, problems, what, f"a whole number from {low} to {high}", lambda text: _within(parse_integer(text), low, high))


def read_gain(node: Node, problems: Problems, what: str, low: float = -60.0, high: float = 24.0) -> float | None:
    """Read decibels from ``low`` to ``high``."""
    return _read(
        node, problems, what, f"a gain such as -1dB, from {low:g} to {high:g} dB", lambda text: _within(parse_gain(text), low, high)
    )


def read_seconds(node: Node, problems: Problems, what: str, low: float = 0.0, high: float = 60.0) -> float | None:
    """Read a duration from ``low`` to ``high`` seconds."""
    right = f"a duration such as 1.5s or 500ms, from {low:g} to {high:g} s"
    return _read(node, problems, what, right, lambda text: _within(parse_seconds(text), low, high))


def read_bool(node: Node, problems: Problems, what: str) -> bool | None:
    """Read yes or no."""
    return _read(node, problems, what, "yes or no", parse_bool)


def read_language(node: Node, problems: Problems, what: str) -> str | None:
    """Read a language tag."""
    return _read(node, problems, what, "a language tag such as en or pt-BR", parse_language)


def read_choice(node: Node, problems: Problems, what: str, choices: Collection[str], *, more: str = "") -> str | None:
    """Read one of ``choices``, in any case; ``more`` names what else the error should suggest."""
    hint = did_you_mean(node.text.strip(), choices, problems) if isinstance(node, Scalar) and node.text else ""

    def choose(text: str) -> str | None:
        word = text.strip().lower()
        return word if word in choices else None

    return _read(node, problems, what, f"one of {', '.join(choices)}{more and f', {more}'}", choose, hint=hint)


def read_option(key: str, node: Node, problems: Problems) -> float | int | str | None:
    """Read the value of an option, a field of ``Options``, within its range."""
    if key == "seed":
        return read_integer(node, problems, key, 0, MAX_SEED)
    if key == "method":
        return read_choice(node, problems, key, METHODS)
    if key == "duration":
        return read_choice(node, problems, key, DURATIONS)
    low, high = OPTION_RANGES[key]
    if key == "steps":
        return read_integer(node, problems, key, int(low), int(high))
    return read_number(node, problems, key, low, high)


def read_options(values: Mapping[str, Node], problems: Problems) -> Options:
    """Read the options among the values of a mapping."""
    read: dict[str, Any] = {key: read_option(key, values[key], problems) for key in OPTION_KEYS if key in values}
    return Options(**read)


def read_words(node: Node, problems: Problems, what: str) -> tuple[tuple[str, Source], ...] | None:
    """Read the words of a list, or of one text with commas, each with its place; at least one."""
    words: list[tuple[str, Source]] = []
    if isinstance(node, Scalar):
        words = [(part.strip(), node.source) for part in node.text.split(",") if part.strip()]
    elif isinstance(node, Items):
        for item in node.items:
            word = read_word(item, problems, f"each of {what}")
            if word is None:
                return None
            words.append((word, item.source))
    if not words:
        _complain(node, problems, what, "a list of words")
        return None
    return tuple(words)


def read_text_map(node: Node, problems: Problems, what: str) -> dict[str, tuple[str, Source]] | None:
    """Read a mapping from words to texts, each text with its place; none of them empty."""
    if not isinstance(node, Fields):
        _complain(node, problems, what, "a mapping from words to texts")
        return None
    texts: dict[str, tuple[str, Source]] = {}
    for key, value in node.entries:
        text = read_word(value, problems, f'"{key.text}" in {what}')
        if text is not None:
            texts[key.text.strip()] = (text, value.source)
    return texts


def _read(node: Node, problems: Problems, what: str, right: str, parse: Callable[[str], T | None], *, hint: str = "") -> T | None:
    value = parse(node.text) if isinstance(node, Scalar) else None
    if value is None:
        _complain(node, problems, what, right, hint)
    return value


def _within(value: N | None, low: float, high: float) -> N | None:
    return value if value is not None and low <= value <= high else None


def _complain(node: Node, problems: Problems, what: str, right: str, hint: str = "") -> None:
    if isinstance(node, Scalar):
        shown = node.text if len(node.text) <= 60 else node.text[:59] + "…"
        got = f'"{shown}"' if node.text else "empty"
    else:
        got = "a list" if isinstance(node, Items) else "a mapping"
    problems.error(node.source, "bad-value", f"{what} must be {right}, not {got}{hint}")
