"""Ways to spoil a file, and the pieces to spoil it with."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

_HOSTILE_TEXT = (
    "\x00", "\ufeff", "\u202e", "\u2066", "\u2028", "\x85", "\x1b[31m", "\r", "\r\n", "\t", "\x0b", "\ud800", "\U0010ffff", "\ufffe",
    "e\u0301",
    "9" * 25, "-1", "1e999", "-0", "NaN", "Infinity", "-Infinity", "0x1F", "1_000", "12:30", ".inf", "9" * 5000, "4294967296",
    "2147483648", "../..", "/etc/passwd", "../outside/secret.yaml", "../outside/secret.wav", "../outside/secret.png",
    "../../../outside/secret.wav", "~root", "C:\\x", "a/../../outside/secret", "link", "link.wav", "link.png", "link.yaml", "loop", ".",
    "..", "/", "//", "file:///etc/passwd", "http://127.0.0.1:9/x", "concat:a|b", "\\\\h\\s", "!!python/object/apply:os.system ['true']",
    "!!binary", "&a [*a, *a]", "*a", "<<: *a", "%YAML 9.9", "--- ", "...", "? ", "&", "!", "|", ">", "[" * 60, "{" * 60, "]" * 60,
    '[[' * 300, '{"a":' * 100, '- ' * 60, '> ' * 120, "(" * 60, 'a.' * 200, 'a: {' * 60, "'", '"', "`" * 30, "*" * 30,
)  # fmt: skip
HOSTILE = (
    *(piece.encode("utf-8", "surrogatepass") for piece in _HOSTILE_TEXT),
    b"\xff\xfe", b"\xc3(", b"\x80", b"\xf8\x88\x80\x80\x80", b"\xed\xa0\x80",
)  # fmt: skip
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
_NUMBERS = (
    b"0", b"-1", b"1", b"2", b"255", b"65536", b"2147483648", b"4294967296", b"9223372036854775808", b"1" + b"0" * 30, b"9" * 4500,
    b"1e400", b"-0.0", b"[]",
)  # fmt: skip


def mutated(rng: random.Random, data: bytes, pieces: Sequence[bytes] = (), most: int = 6) -> bytes:
    """``data`` after one to ``most`` accidents."""
    for _ in range(rng.randint(1, most)):
        data = _ACCIDENTS[rng.randrange(len(_ACCIDENTS))](rng, data, pieces)
    return data


def stretched(rng: random.Random, pieces: Sequence[bytes], longest: int) -> bytes:
    """A few pieces over and over: what takes more than its share of time or memory shows in these."""
    unit = b"".join(rng.choice(pieces) for _ in range(rng.randint(1, 3)))
    room = min(longest, 10 ** rng.randint(3, 6))
    between = rng.choice((b"", b" ", b"\n", b"\n\n", b"a", b"\n" + b" " * rng.randint(1, 4)))
    if rng.random() < 0.3:  # each of them another
        count = max(1, room // (len(unit) + len(between) + 6))
        return between.join(b"%s%d" % (unit, number) for number in range(count))
    return (unit + between) * max(1, room // (len(unit) + len(between) or 1)) + rng.choice(pieces)


def some(rng: random.Random, pieces: Sequence[bytes], most: int) -> bytes:
    """A few pieces in a row."""
    return b"".join(rng.choice(pieces) for _ in range(rng.randint(0, most)))


def _span(rng: random.Random, data: bytes) -> tuple[int, int]:
    start = rng.randint(0, len(data))
    return start, min(len(data), start + rng.randint(1, 1 << rng.randint(0, 9)))


def _flip(rng: random.Random, data: bytes, _pieces: Sequence[bytes]) -> bytes:
    if not data:
        return data
    at = rng.randrange(len(data))
    return data[:at] + bytes((data[at] ^ (1 << rng.randrange(8)),)) + data[at + 1 :]


def _set_bytes(rng: random.Random, data: bytes, _pieces: Sequence[bytes]) -> bytes:
    at = rng.randint(0, len(data))
    new = rng.choice((b"\xff", b"\0", b"\x7f")) * rng.choice((1, 2, 4, 8))
    return data[:at] + new + data[at + len(new) :]


def _cut(rng: random.Random, data: bytes, _pieces: Sequence[bytes]) -> bytes:
    return data[: rng.randint(0, len(data))] if rng.random() < 0.5 else data[: max(0, len(data) - rng.randint(1, 16))]


def _take_out(rng: random.Random, data: bytes, _pieces: Sequence[bytes]) -> bytes:
    start, stop = _span(rng, data)
    return data[:start] + data[stop:]


def _repeat(rng: random.Random, data: bytes, _pieces: Sequence[bytes]) -> bytes:
    start, stop = _span(rng, data)
    return data[:stop] + data[start:stop] * rng.randint(1, 8) + data[stop:]


def _move(rng: random.Random, data: bytes, _pieces: Sequence[bytes]) -> bytes:
    start, stop = _span(rng, data)
    at = rng.randint(0, len(data))
    return data[:at] + data[start:stop] + data[at:]


def _insert(rng: random.Random, data: bytes, pieces: Sequence[bytes]) -> bytes:
    at = rng.randint(0, len(data))
    return data[:at] + rng.choice(pieces if pieces and rng.random() < 0.5 else HOSTILE) + data[at:]


def _number(rng: random.Random, data: bytes, _pieces: Sequence[bytes]) -> bytes:
    """Another number for one that stands near a random place."""
    found = _NUMBER.search(data, rng.randint(0, len(data))) or _NUMBER.search(data)
    return data if found is None else data[: found.start()] + rng.choice(_NUMBERS) + data[found.end() :]


_ACCIDENTS = (_flip, _flip, _set_bytes, _cut, _take_out, _repeat, _move, _insert, _insert, _insert, _number)
