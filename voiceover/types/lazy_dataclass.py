"""Dataclasses with slots whose methods are made when they are first used.

``dataclasses`` compiles five or six methods per class, which takes longer than everything else that a command imports, and a command uses
few of the classes that its modules define. Here a class gets its slots at once. What makes an instance comes from ``dataclasses`` with the
first instance, or when the fields are asked for; what compares or prints instances, when that is first done.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 - as it is exported
else:

    def dataclass(*, slots: bool, frozen: bool = False, eq: bool = True, kw_only: bool = False) -> Callable[[type], type]:
        """Return a decorator that does what ``dataclasses.dataclass`` does; ``slots`` is for type checkers, and must be true."""
        if not slots:
            raise TypeError("a dataclass without slots gains nothing here; use that of dataclasses")
        return lambda cls: _slotted(cls, {"frozen": frozen, "eq": eq, "kw_only": kw_only})


_SOURCE = "__dataclass_source__"
"""Attribute of a class with what its methods are made from: its contents as written, and the options."""


class _Later:
    """Stands for an attribute that ``dataclasses`` makes; whoever looks at it gets the real one."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type) -> Any:
        name = self._name
        cls = next((cls for cls in owner.__mro__ if vars(cls).get(name) is self), None)
        if cls is None:  # another thread has made it since this one found it missing
            cls = next(cls for cls in owner.__mro__ if _SOURCE in vars(cls) and name in vars(cls) and name not in vars(cls)[_SOURCE][0])
        else:
            _complete(cls, _MAKING if name in _MAKING else _COMPARING)
        value = vars(cls)[name]
        bind = getattr(type(value), "__get__", None)
        return value if bind is None else bind(value, instance, owner)


_MAKING = {name: _Later(name) for name in ("__init__", "__dataclass_fields__", "__dataclass_params__", "__match_args__")}
_COMPARING = {name: _Later(name) for name in ("__repr__", "__eq__", "__hash__")}


def _slotted(cls: type, options: dict[str, bool]) -> type:
    """Return ``cls`` with slots for its fields, and the attributes that are made later."""
    written = {name: value for name, value in vars(cls).items() if name not in ("__dict__", "__weakref__")}
    if "__eq__" in written and written.get("__hash__", ...) is None:
        del written["__hash__"]  # Python put it there
    fields = [name for name, kind in written.get("__annotations__", {}).items() if not kind.startswith("ClassVar")]
    made: dict[str, Any] = {**_MAKING, **_COMPARING, **(_FROZEN if options["frozen"] else {})}
    if not options["eq"]:
        del made["__eq__"], made["__hash__"]
    elif not options["frozen"]:
        made["__hash__"] = None
    contents = {**made, **{name: value for name, value in written.items() if name not in fields}}
    contents["__slots__"] = tuple(name for name in fields if not any(name in getattr(base, "__slots__", ()) for base in cls.__mro__))
    contents[_SOURCE] = (written, options)
    return type(cls)(cls.__name__, cls.__bases__, contents)


def _complete(cls: type, missing: Mapping[str, _Later]) -> None:
    """Give ``cls`` what ``dataclasses`` makes of its source, of what is ``missing``. Two threads that do it at once do the same."""
    written, options = vars(cls)[_SOURCE]
    making = missing is _MAKING
    parts = {"init": making, "repr": not making, "eq": options["eq"] and not making}
    complete = vars(dataclasses.dataclass(**{**options, **parts})(type(cls)(cls.__name__, cls.__bases__, dict(written))))
    for name in missing:
        if isinstance(vars(cls).get(name), _Later):
            setattr(cls, name, complete[name])


def _refuse_change(self: object, name: str, value: object = None) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot change {name!r} of {type(self).__name__}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _set_state(self: Any, state: list[Any]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


_FROZEN = {"__setattr__": _refuse_change, "__delattr__": _refuse_change, "__getstate__": _state, "__setstate__": _set_state}
