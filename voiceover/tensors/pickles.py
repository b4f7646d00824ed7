"""A pickle of tensors read without Python's own unpickler.

Refusing names is not enough there: a pickle of a few bytes can make it fill the memory with an empty memo, or hash for years a tuple that
holds itself twice, fifty levels deep. Here are the operations that torch.save uses (protocols 2 to 5, of numbers, texts and containers),
each of whose results is as small as its share of the file; keys are plain values, and a call gets to what it is given as ``known`` alone.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any

LARGEST = 4 << 20
"""Bytes; the pickle of a training run with its optimizer has some 200,000."""
_LONGEST_SHARED = 64
"""Items of a tuple that may be made by a call; no tensor has more dimensions."""
_MARK = object()


class RefusedError(Exception):
    """A name that a file of tensors has no need of."""


class PickleError(Exception):
    """A pickle that is damaged, or does what no file of tensors does."""


class Machine:
    """Runs one pickle.

    Raises RefusedError and PickleError; for a damaged one IndexError, KeyError, TypeError, ValueError and struct.error, too.
    """

    def __init__(self, data: bytes, known: Mapping[tuple[str, str], Any], storage: Callable[[Any], Any]) -> None:
        """``known``: the names that may stand in it, and what they mean; ``storage``: makes a value of a persistent id."""
        if len(data) > LARGEST:
            raise PickleError(f"it has {len(data):,} bytes; the most that is read is {LARGEST:,}")
        self.data = data
        self.known = known
        self.storage = storage
        self.at = 0
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def run(self) -> Any:
        """The value that the pickle stands for."""
        while (code := self.take(1)) != b".":
            operation = _OPERATIONS.get(code)
            if operation is None:
                raise PickleError(f"the operation {code!r} is none that a file of tensors needs")
            operation(self)
        return self.stack[-1]

    # ------------------------------------------------------------ reading

    def take(self, count: int) -> bytes:
        """The next bytes."""
        taken = self.data[self.at : self.at + count]
        if len(taken) < count:
            raise PickleError("it is cut short")
        self.at += count
        return taken

    def number(self, form: str) -> Any:
        """The next number, in the words of ``struct``."""
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def line(self) -> str:
        """The text up to the end of its line."""
        end = self.data.index(b"\n", self.at)
        return (self.take(end - self.at) + self.take(1))[:-1].decode("utf-8")

    # ------------------------------------------------------------ the stack

    def push(self, value: Any) -> None:
        """Lay a value on the stack."""
        self.stack.append(value)

    def pop(self) -> Any:
        """Take the topmost value."""
        value = self.stack.pop()
        if value is _MARK:
            raise PickleError("a mark stands where a value is wanted")
        return value

    def pop_to_mark(self) -> list[Any]:
        """Take all above the last mark, and the mark."""
        start = len(self.stack) - 1
        while self.stack[start] is not _MARK:
            start -= 1
            if start < 0:
                raise PickleError("a mark is missing")
        items = self.stack[start + 1 :]
        del self.stack[start:]
        return items

    def last(self, kind: type[Any]) -> Any:
        """The topmost value, which must be of a kind, and stays."""
        found = self.stack[-1]
        if not isinstance(found, kind):
            raise PickleError(f"a {kind.__name__} is wanted")
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
            # Any other key would have to be hashed with all that is in it.
            if not isinstance(key, (str, int, float, bytes, type(None))):
                raise PickleError(f"a {type(key).__name__} is the key of a table")
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
            raise RefusedError(f"{module}.{name}")
        self.push(found)

    def stack_global(self) -> None:
        name, module = self.pop(), self.pop()
        self.find(module, name)

    def call(self) -> None:
        arguments, function = self.pop(), self.pop()
        if not isinstance(arguments, tuple) or not callable(function):
            raise PickleError("something is called that is no function")
        made = function(*arguments)
        if isinstance(made, tuple) and len(made) > _LONGEST_SHARED:
            raise PickleError("a shape of too many numbers")
        self.push(made)

    def pop_pairs(self) -> list[Any]:
        value, key = self.pop(), self.pop()
        return [key, value]


def _long(machine: Machine) -> None:
    machine.push(int.from_bytes(machine.take(machine.number("<B")), "little", signed=True))


_OPERATIONS: Mapping[bytes, Callable[[Machine], object]] = {
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
    b"\x8f": lambda m: m.push([]),  # a set; nothing here asks whether something is in it
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
    b"b": lambda m: m.pop(),  # attributes, which torch hangs on its tables
    b"Q": lambda m: m.push(m.storage(m.pop())),
}
