"""Reads a pickle of tensors without Python's own unpickler.

Restricting the names that a pickle may import is not enough: a few bytes can make Python's unpickler fill the memory with an empty memo,
or hash a tuple that contains itself twice, fifty levels deep, for years. This reader has only the operations that torch.save uses
(protocols 2 to 5; numbers, strings and containers). The result of each is no larger than its part of the file, keys of dictionaries are
plain values, and only the functions in ``known`` can be called.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any

LARGEST = 4 << 20
"""Bytes; a training checkpoint with its optimizer has some 200,000."""
_LONGEST_SHARED = 64
"""Items of a tuple returned by a call; no tensor has more dimensions."""
_MARK = object()


class ForbiddenNameError(Exception):
    """The pickle asks for a name that no file of tensors needs."""


class PickleError(Exception):
    """The pickle is damaged, or does something that no file of tensors does."""


class PickleReader:
    """Executes the operations of one pickle.

    Raises ForbiddenNameError and PickleError; for a damaged pickle also IndexError, KeyError, TypeError, ValueError and struct.error.
    """

    def __init__(self, data: bytes, known: Mapping[tuple[str, str], Any], storage: Callable[[Any], Any]) -> None:
        """``known`` maps the allowed names to values; ``storage`` makes a value from a persistent id."""
        if len(data) > LARGEST:
            raise PickleError(f"it has {len(data):,} bytes; at most {LARGEST:,} are read")
        self.data = data
        self.known = known
        self.storage = storage
        self.at = 0
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def run(self) -> Any:
        """Return the value of the pickle."""
        while (code := self.take(1)) != b".":
            operation = _OPERATIONS.get(code)
            if operation is None:
                raise PickleError(f"no file of tensors needs the operation {code!r}")
            operation(self)
        return self.stack[-1]

    # ------------------------------------------------------------ reading

    def take(self, count: int) -> bytes:
        """Return the next bytes."""
        data = self.data[self.at : self.at + count]
        if len(data) < count:
            raise PickleError("it is cut short")
        self.at += count
        return data

    def number(self, form: str) -> Any:
        """Return the next number; ``form`` is a format of ``struct``."""
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def line(self) -> str:
        """Return the text up to the end of the line."""
        end = self.data.index(b"\n", self.at)
        return (self.take(end - self.at) + self.take(1))[:-1].decode("utf-8")

    # ------------------------------------------------------------ the stack

    def push(self, value: Any) -> None:
        """Push a value."""
        self.stack.append(value)

    def pop(self) -> Any:
        """Pop the topmost value."""
        value = self.stack.pop()
        if value is _MARK:
            raise PickleError("a mark in place of a value")
        return value

    def pop_to_mark(self) -> list[Any]:
        """Pop everything above the last mark, and the mark."""
        start = len(self.stack) - 1
        while self.stack[start] is not _MARK:
            start -= 1
            if start < 0:
                raise PickleError("a mark is missing")
        items = self.stack[start + 1 :]
        del self.stack[start:]
        return items

    def last(self, kind: type[Any]) -> Any:
        """Return the topmost value, which must be a ``kind``, without popping it."""
        found = self.stack[-1]
        if not isinstance(found, kind):
            raise PickleError(f"a {kind.__name__} is expected")
        return found

    # ------------------------------------------------------------ operations

    def text(self, form: str) -> None:
        self.push(self.take(self.number(form)).decode("utf-8", "surrogatepass"))

    def blob(self, form: str) -> None:
        self.push(self.take(self.number(form)))

    def tuple_of(self, count: int) -> None:
        items = [self.pop() for _ in range(count)]
        self.push(tuple(reversed(items)))

    def append(self, items: list[Any]) -> None:
        self.last(list).extend(items)

    def set_items(self, items: list[Any]) -> None:
        table = self.last(dict)
        for key, value in zip(items[::2], items[1::2], strict=True):
            # Hashing any other key would hash everything in it.
            if not isinstance(key, (str, int, float, bytes, type(None))):
                raise PickleError(f"a dictionary has a {type(key).__name__} as key")
            table[key] = value

    def dictionary(self) -> None:
        items = self.pop_to_mark()
        self.push({})
        self.set_items(items)

    def put(self, index: int) -> None:
        self.memo[index] = self.stack[-1]

    def find(self, module: object, name: object) -> None:
        found = self.known.get((module, name)) if isinstance(module, str) and isinstance(name, str) else None
        if found is None:
            raise ForbiddenNameError(f"{module}.{name}")
        self.push(found)

    def stack_global(self) -> None:
        name, module = self.pop(), self.pop()
        self.find(module, name)

    def call(self) -> None:
        arguments, function = self.pop(), self.pop()
        if not isinstance(arguments, tuple) or not callable(function):
            raise PickleError("a value that is not a function is called")
        made = function(*arguments)
        if isinstance(made, tuple) and len(made) > _LONGEST_SHARED:
            raise PickleError("a tuple is too long")
        self.push(made)

    def pop_pairs(self) -> list[Any]:
        value, key = self.pop(), self.pop()
        return [key, value]


def _long(machine: PickleReader) -> None:
    machine.push(int.from_bytes(machine.take(machine.number("<B")), "little", signed=True))


_OPERATIONS: Mapping[bytes, Callable[[PickleReader], object]] = {
    b"\x80": lambda m: m.take(1),  # protocol
    b"\x95": lambda m: m.take(8),  # frame
    b"(": lambda m: m.push(_MARK),
    b"0": lambda m: m.stack.pop(),
    b"1": lambda m: m.pop_to_mark(),
    b"N": lambda m: m.push(None),
    b"\x88": lambda m: m.push(True),
    b"\x89": lambda m: m.push(False),
    b"J": lambda m: m.push(m.number("<i")),
    b"K": lambda m: m.push(m.number("<B")),
    b"M": lambda m: m.push(m.number("<H")),
    b"\x8a": _long,
    b"G": lambda m: m.push(m.number(">d")),
    b"X": lambda m: m.text("<I"),
    b"\x8c": lambda m: m.text("<B"),
    b"\x8d": lambda m: m.text("<Q"),
    b"B": lambda m: m.blob("<I"),
    b"C": lambda m: m.blob("<B"),
    b"\x8e": lambda m: m.blob("<Q"),
    b"]": lambda m: m.push([]),
    b"}": lambda m: m.push({}),
    b")": lambda m: m.push(()),
    b"\x8f": lambda m: m.push([]),  # a set, as a list: membership is never tested
    b"l": lambda m: m.push(m.pop_to_mark()),
    b"\x91": lambda m: m.push(m.pop_to_mark()),
    b"d": lambda m: m.dictionary(),
    b"t": lambda m: m.push(tuple(m.pop_to_mark())),
    b"\x85": lambda m: m.tuple_of(1),
    b"\x86": lambda m: m.tuple_of(2),
    b"\x87": lambda m: m.tuple_of(3),
    b"a": lambda m: m.append([m.pop()]),
    b"e": lambda m: m.append(m.pop_to_mark()),
    b"\x90": lambda m: m.append(m.pop_to_mark()),
    b"s": lambda m: m.set_items(m.pop_pairs()),
    b"u": lambda m: m.set_items(m.pop_to_mark()),
    b"q": lambda m: m.put(m.number("<B")),
    b"r": lambda m: m.put(m.number("<I")),
    b"\x94": lambda m: m.put(len(m.memo)),
    b"h": lambda m: m.push(m.memo[m.number("<B")]),
    b"j": lambda m: m.push(m.memo[m.number("<I")]),
    b"c": lambda m: m.find(m.line(), m.line()),
    b"\x93": lambda m: m.stack_global(),
    b"R": lambda m: m.call(),
    b"b": lambda m: m.pop(),  # attributes of torch's dictionaries, ignored
    b"Q": lambda m: m.push(m.storage(m.pop())),
}
