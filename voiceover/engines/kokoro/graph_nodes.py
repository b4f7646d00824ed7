"""Parts of an ONNX graph that is being rewritten: new nodes and constants, and the order of nodes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from onnx import AttributeProto, helper, numpy_helper


class NodeList:
    """New nodes in order, and the constants that they need. Every method that adds a value returns its name."""

    def __init__(self, prefix: str) -> None:
        """``prefix`` begins the names of all new values."""
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._prefix = prefix
        self._made: dict[tuple[Any, ...], str] = {}
        self._count = 0

    def name(self) -> str:
        """Return a new name."""
        self._count += 1
        return f"{self._prefix}{self._count}"

    def constant(self, value: Any, kind: Any = None) -> str:
        """Add a constant unless there is an equal one."""
        array = np.array(value, kind, order="C")
        key = array.dtype.str, array.shape, array.tobytes()
        if key not in self._made:
            self._made[key] = name = self.name()
            self.constants.append(numpy_helper.from_array(array, name))
        return self._made[key]

    def shape(self, *sizes: int) -> str:
        """Add a list of integers, such as a shape or axes."""
        return self.constant(sizes, np.int64)

    def node(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Add a node with one output, under a new name unless ``output`` is given."""
        name = output or self.name()
        self.nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def once(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node unless there is an equal one."""
        key = operator, inputs, repr(sorted(attributes.items()))
        if key not in self._made:
            self._made[key] = self.node(operator, *inputs, **attributes)
        return self._made[key]


def attributes_of(node: Any) -> dict[str, Any]:
    """Return the attributes of a node by name."""
    return {each.name: helper.get_attribute_value(each) for each in node.attribute}


def makers_of(nodes: Iterable[Any]) -> dict[str, Any]:
    """Return for each value the node that makes it."""
    return {name: node for node in nodes for name in node.output}


def users_of(nodes: Iterable[Any]) -> dict[str, list[Any]]:
    """Return for each value the nodes that need it."""
    users: dict[str, list[Any]] = {}
    for node in nodes:
        for name in node.input:
            users.setdefault(name, []).append(node)
    return users


def values_needed(node: Any) -> set[str]:
    """Return all values that a node needs, those of its inner graph too."""
    found = set(node.input)
    for attribute in node.attribute:
        if attribute.type == AttributeProto.GRAPH:
            inner = {name for each in attribute.g.node for name in values_needed(each)}
            found |= inner - {name for each in attribute.g.node for name in each.output} - {each.name for each in attribute.g.input}
    return found


def in_order(nodes: Sequence[Any], outputs: Iterable[str]) -> list[Any]:
    """Return the nodes that ``outputs`` need, each after those that make what it needs, and otherwise as they are."""
    makers = {name: place for place, node in enumerate(nodes) for name in node.output}
    before = [[makers[name] for name in values_needed(node) if name in makers] for node in nodes]
    needed: set[int] = set()
    stack = [makers[name] for name in outputs]
    while stack:
        if (place := stack.pop()) not in needed:
            needed.add(place)
            stack += before[place]
    ordered = []
    done: set[int] = set()
    for start in sorted(needed):
        stack = [start]
        while stack:
            place = stack[-1]
            missing = sorted(set(before[place]) - done)
            if missing:
                stack += missing
                before[place] = []
                continue
            stack.pop()
            if place not in done:
                done.add(place)
                ordered.append(nodes[place])
    return ordered
