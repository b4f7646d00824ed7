"""Kokoro's graph, rewritten to run faster with the same bits.

The file's convolutions are ConvInteger with uint8 weights, for which onnxruntime has no fast kernel. Here they are products with int8
weights: integer sums are exact, whatever their order. What works on each channel by itself is computed for a few channels at a time, and
wide products for a part of the time at a time, so that values stay in the processor's cache. No floating-point operation changes.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from voiceover.engines.kokoro.graph_nodes import NodeList, attributes_of, in_order, makers_of, users_of, values_needed

LEAST_CHANNELS = 8
"""Fewest channels of a convolution for which a product pays."""
CHUNK_ROWS, CHUNK_TAPS = 512, 7
"""Rows of a product that stay in the cache, and from how many taps products are cut into such chunks."""
TILE_VALUES = 1 << 18
"""Most values (float32) of the channels that are computed together, up to ``TILES[-1]`` tiles."""
TILES = (2, 4, 8, 16, 32)
_CHANNELWISE = frozenset({"Add", "Cast", "DequantizeLinear", "Div", "Mul", "ReduceMean", "Sin", "Sqrt", "Sub"})
_FLOAT, _INT32 = TensorProto.FLOAT, TensorProto.INT32
_TIME_AXES = ([2], [-1])


def rewrite_file(source: Path, target: Path) -> int:
    """Write the graph of ``source`` rewritten into ``target``, a file in the same folder; see ``rewrite``."""
    model = onnx.load(source, load_external_data=False)
    products = rewrite(model.graph, source.parent)
    onnx.save(model, target)
    return products


def rewrite(graph: Any, folder: Path = Path()) -> int:
    """Rewrite an ``onnx.GraphProto`` in place, and return the number of convolutions that became products.

    Large tensors may be in a file in ``folder``. The graph must come from a model that onnxruntime has optimized, and must be run without
    further optimization: onnxruntime moves transpositions through means, which are then summed in another order. What does not have the
    expected form stays as it is.
    """
    rewriter = _Rewriter(graph, folder)
    rewriter.square()
    rewriter.scale()
    rewriter.trace()
    products = rewriter.multiply()
    rewriter.tile()
    rewriter.join()
    rewriter.finish()
    return products


@dataclass(frozen=True, slots=True)
class _Extent:
    """Extent of a value of shape (1, channels, time)."""

    channels: int
    source: str
    """A value with the same time."""


@dataclass(frozen=True, slots=True)
class _Convolution:
    """Sizes of a convolution over time."""

    inputs: int
    outputs: int
    taps: int
    dilation: int
    stride: int
    padding: int

    @property
    def reach(self) -> int:
        """Number of moments that a result depends on."""
        return self.dilation * (self.taps - 1) + 1

    @property
    def keeps_time(self) -> bool:
        return self.stride == 1 and 2 * self.padding == self.reach - 1


def _sizes(node: Any, weights: NDArray[Any] | None) -> _Convolution | None:
    """Return the sizes of a convolution, or None if it has another form."""
    had = attributes_of(node)
    before, after = had.get("pads", [0, 0])
    if weights is None or weights.ndim != 3 or weights.dtype != np.uint8 or before != after or had.get("group", 1) != 1:
        return None
    outputs, inputs, taps = weights.shape
    return _Convolution(inputs, outputs, taps, had.get("dilations", [1])[0], had.get("strides", [1])[0], before)


class _Rewriter:
    def __init__(self, graph: Any, folder: Path) -> None:
        self._graph, self._folder = graph, str(folder)
        self._constants = {each.name: each for each in graph.initializer}
        self._nodes: list[Any] = list(graph.node)
        self._new = NodeList("voiceover_")
        self._extents: dict[str, _Extent] = {}
        self._sums: set[str] = set()
        """Sums of products and their biases, which are int32."""
        self._chunks: dict[str, tuple[str, str]] = {}
        """Products in chunks, shape (chunks, channels, time of a chunk), and how much time they hold in all."""

    def _value(self, name: str) -> NDArray[Any] | None:
        constant = self._constants.get(name)
        return None if constant is None else numpy_helper.to_array(constant, self._folder)

    # ---------------------------------------------------------------- node by node

    def square(self) -> None:
        """Square by a product instead of a power: onnxruntime computes the same, three times slower."""
        for node in self._nodes:
            if node.op_type == "Pow" and (power := self._value(node.input[1])) is not None and power.size == 1 and power.item() == 2:
                node.op_type, node.input[1] = "Mul", node.input[0]

    def scale(self) -> None:
        """Turn the sums of a convolution into numbers in one step instead of two."""
        users, makers = users_of(self._nodes), makers_of(self._nodes)
        gone: set[int] = set()
        for node in self._nodes:
            if node.op_type != "Mul" or (cast := makers.get(node.input[0])) is None or cast.op_type != "Cast":
                continue
            sums = makers.get(cast.input[0])
            addends = list(cast.input)
            if sums is not None and sums.op_type == "Add":
                addends = list(sums.input)
                sums = makers.get(sums.input[0])
            if sums is not None and sums.op_type == "ConvInteger" and len(users[cast.output[0]]) == 1:
                scale = self._new.once("Squeeze", node.input[1])
                node.op_type = "DequantizeLinear"
                self._sums.update(addends)
                node.input[0], node.input[1] = cast.input[0], scale
                gone.add(id(cast))
        self._drop(gone)

    def _drop(self, gone: Container[int]) -> None:
        self._nodes = [node for node in self._nodes if id(node) not in gone]

    def trace(self) -> None:
        """Note the extent of every value that comes from a convolution."""
        for node in self._nodes:
            if node.op_type in ("ConvInteger", "ConvTranspose") and (weights := self._constants.get(node.input[1])) is not None:
                before = self._extents.get(node.input[0])
                sizes = _sizes(node, self._value(node.input[1])) if node.op_type == "ConvInteger" else None
                same = before is not None and sizes is not None and sizes.keeps_time
                channels = weights.dims[0 if node.op_type == "ConvInteger" else 1]
                source = before.source if before is not None and same else node.output[0]
                self._extents[node.output[0]] = _Extent(channels, source)
            elif node.op_type in _CHANNELWISE - {"ReduceMean"} or node.op_type in ("DynamicQuantizeLinear", "LeakyRelu"):
                found = next((self._extents[name] for name in node.input if name in self._extents), None)
                if found is not None:
                    self._extents[node.output[0]] = found

    # ---------------------------------------------------------------- products

    def multiply(self) -> int:
        """Replace the convolutions of integers by products, and return their number."""
        done: set[int] = set()
        for node in self._nodes:
            if node.op_type != "ConvInteger":
                continue
            weights, zero_point = self._value(node.input[1]), self._value(node.input[3])
            sizes = _sizes(node, weights)
            if sizes is None or zero_point is None or zero_point.size != 1 or min(sizes.inputs, sizes.outputs) < LEAST_CHANNELS:
                continue
            assert weights is not None
            self._product(node, sizes, (weights ^ 128).view(np.int8), zero_point.item() - 128)
            done.add(id(node))
        self._drop(done)
        return len(done)

    def _product(self, node: Any, sizes: _Convolution, weights: NDArray[np.int8], zero_point: int) -> None:
        new, rest = self._new, node.input[2]
        # Columns of the first matrix are taps, then channels. All weights are moved by 128: uint8 to int8.
        width = sizes.taps * sizes.inputs
        factors = new.constant(weights.transpose(2, 1, 0).reshape(width, -1)), rest, new.constant(zero_point, np.int8)
        rows = new.once("Reshape", new.once("Transpose", node.input[0], perm=[0, 2, 1]), new.shape(-1, sizes.inputs))
        count = self._count(self._extents.get(node.input[0]), rows, sizes)
        if sizes.padding:
            rows = new.once("Pad", rows, new.shape(sizes.padding, 0, sizes.padding, 0), rest)
        wide = new.shape(-1, width)
        if sizes.taps < CHUNK_TAPS:
            if sizes.taps > 1 or sizes.stride > 1:
                rows = new.node("Reshape", new.node("Gather", rows, self._moments(count, sizes), axis=0), wide)
            product = new.node("Transpose", new.node("MatMulInteger", rows, *factors), perm=[1, 0])
            new.node("Unsqueeze", product, new.shape(0), output=node.output[0])
            return
        body = NodeList(f"{rows}_{width}_")
        matrix = body.node("Reshape", body.node("Gather", rows, "moments", axis=0), wide)
        sums = body.node("Transpose", body.node("MatMulInteger", matrix, *factors), perm=[1, 0])
        inner = helper.make_graph(
            body.nodes,
            "chunk",
            [helper.make_tensor_value_info("moments", _INT32, [None, sizes.taps])],
            [helper.make_tensor_value_info(sums, _INT32, None)],
        )
        chunks = new.node("Scan", self._moments(count, sizes, chunked=True), body=inner, num_scan_inputs=1)
        self._chunks[node.output[0]] = chunks, new.once("Unsqueeze", count, new.shape(0))

    def _count(self, extent: _Extent | None, rows: str, sizes: _Convolution) -> str:
        """Return the number of moments of a convolution's result."""
        new = self._new
        time = new.once("Shape", rows, start=0, end=1) if extent is None else new.once("Shape", extent.source, start=2, end=3)
        time = new.once("Squeeze", time)
        if sizes.keeps_time:
            return time
        room = new.once("Add", time, new.constant(2 * sizes.padding - sizes.reach + sizes.stride, np.int64))
        return new.once("Div", room, new.constant(sizes.stride, np.int64))

    def _moments(self, count: str, sizes: _Convolution, *, chunked: bool = False) -> str:
        """Return the rows that each result depends on, (results, taps) or (chunks, results, taps); the last chunk repeats the last."""
        new = self._new
        zero, one, first = new.constant(0, np.int64), new.constant(1, np.int64), new.shape(0)
        taps = new.constant(np.arange(0, sizes.reach, sizes.dilation, dtype=np.int64)[None])
        total, parts = count, ""
        if chunked:
            parts = new.once("Div", new.once("Add", count, new.constant(CHUNK_ROWS - 1, np.int64)), new.constant(CHUNK_ROWS, np.int64))
            each = new.once("Div", new.once("Sub", new.once("Add", count, parts), one), parts)
            total = new.once("Mul", parts, each)
        moments = new.once("Range", zero, total, one)
        if chunked:
            moments = new.once("Min", moments, new.once("Sub", count, one))
        if sizes.stride > 1:
            moments = new.once("Mul", moments, new.constant(sizes.stride, np.int64))
        found = new.once("Add", new.once("Unsqueeze", moments, new.shape(1)), taps)
        found = new.once("Cast", found, to=_INT32)
        if not chunked:
            return found
        shape = new.once("Concat", new.once("Unsqueeze", parts, first), new.shape(-1, sizes.taps), axis=0)
        return new.once("Reshape", found, shape)

    # ---------------------------------------------------------------- tiles of channels

    def tile(self) -> None:
        """Compute what lies between a product and the next quantization for a few channels at a time, if it has a sine."""
        users = users_of((*self._nodes, *self._new.nodes))
        makers = makers_of((*self._nodes, *self._new.nodes))
        for node in [each for each in self._nodes if each.op_type == "DynamicQuantizeLinear"]:
            region, outputs, shared = self._region(node.input[0], users)
            if any(each.op_type == "Sin" for each in region):
                known = len(self._new.nodes)
                self._tiled(region, outputs, makers)
                self._drop({id(each) for each in region} - shared)
                for name, more in users_of(self._new.nodes[known:]).items():
                    users.setdefault(name, []).extend(more)

    def _region(self, root: str, users: Mapping[str, Sequence[Any]]) -> tuple[list[Any], list[str], set[int]]:
        """Return the nodes that lead to ``root`` and work on each channel by itself.

        With them come those of their results that others use, and the identities of those nodes that others need too.
        """
        kept: dict[int, Any] = {}
        shared: set[int] = set()
        needed, outputs = {root}, [root]
        for node in reversed(self._nodes):
            name = node.output[0] if node.output else ""
            if name not in needed or node.op_type not in _CHANNELWISE or not self._is_channelwise(node):
                continue
            others = [user for user in users[name] if id(user) not in kept] if name != root else []
            if others and node.op_type in ("Sub", "Div"):
                shared.add(id(node))  # normalized values: cheaper to compute twice than to keep
            elif others:
                # A residual is added again later; whatever else is shared is computed before.
                if not all(each.op_type == "Add" and all(one in self._extents for one in each.input) for each in (node, *others)):
                    continue
                outputs.append(name)
            elif name != root and all(id(user) in shared for user in users[name]):
                shared.add(id(node))
            kept[id(node)] = node
            needed.update(node.input)
        return list(reversed(kept.values())), outputs, shared

    def _is_channelwise(self, node: Any) -> bool:
        if node.op_type == "ReduceMean":
            axes = self._value(node.input[1]) if len(node.input) > 1 else None
            return node.input[0] in self._extents and axes is not None and axes.tolist() in _TIME_AXES
        return True

    def _tiled(self, region: Sequence[Any], outputs: Sequence[str], makers: Mapping[str, Any]) -> None:
        new, extent = self._new, self._extents[outputs[0]]
        tiles = self._tiles(extent)
        # Sizes are (tiles, 1, channels of a tile, time).
        each = new.once("Div", new.constant(extent.channels, np.int64), tiles)
        head = new.once("Unsqueeze", tiles, new.shape(0)), new.shape(1), new.once("Unsqueeze", each, new.shape(0))
        over_time = new.once("Concat", *head, new.shape(-1), axis=0)
        per_channel = new.once("Concat", *head, new.shape(1), axis=0)
        inner = {name for node in region for name in node.output}
        body = NodeList(f"{outputs[0]}_")
        given: dict[str, tuple[str, str]] = {}
        for node in region:
            copy = type(node)()
            copy.CopyFrom(node)
            for place, name in enumerate(node.input):
                if name in self._chunks:
                    copy.input[place] = self._joined(body, name, "first", "last")
                elif name and name not in inner and self._varies(name, extent.channels, makers):
                    given.setdefault(name, (body.name(), over_time if name in self._extents else per_channel))
                    copy.input[place] = given[name][0]
            body.nodes.append(copy)
        values = []
        for name, (inside, shape) in given.items():
            values.append((new.once("Reshape", name, shape), inside, _INT32 if name in self._sums else _FLOAT))
        if any(name in self._chunks for node in region for name in node.input):
            firsts = new.once("Range", new.constant(0, np.int64), new.constant(extent.channels, np.int64), each)
            firsts = new.once("Unsqueeze", firsts, new.shape(1))
            values += [(firsts, "first", TensorProto.INT64), (new.once("Add", firsts, each), "last", TensorProto.INT64)]
        results = [new.name() for _ in outputs]
        graph = helper.make_graph(
            body.nodes,
            "channels",
            [helper.make_tensor_value_info(inside, kind, None) for _, inside, kind in values],
            [helper.make_tensor_value_info(name, _FLOAT, None) for name in outputs],
        )
        scan = helper.make_node("Scan", [value for value, *_ in values], results, body=graph, num_scan_inputs=len(values))
        new.nodes.append(scan)
        for result, name in zip(results, outputs, strict=True):
            new.node("Reshape", result, new.shape(1, extent.channels, -1), output=name)

    def _joined(self, nodes: NodeList, name: str, first: str, last: str, output: str = "") -> str:
        """Return some channels of a product in chunks, shape (1, channels, time)."""
        new, (chunks, time) = self._new, self._chunks[name]
        some = nodes.node("Transpose", nodes.node("Slice", chunks, first, last, new.shape(1)), perm=[1, 0, 2])
        some = nodes.node("Slice", nodes.node("Reshape", some, new.shape(0, -1)), new.shape(0), time, new.shape(1))
        return nodes.node("Unsqueeze", some, new.shape(0), output=output)

    def join(self) -> None:
        """Join the products in chunks that are needed as a whole."""
        needed = {name for node in (*self._nodes, *self._new.nodes) for name in node.input}
        for name in sorted(needed.intersection(self._chunks)):
            self._joined(self._new, name, self._new.shape(0), self._new.shape(self._extents[name].channels), output=name)

    def _tiles(self, extent: _Extent) -> str:
        """Return how many tiles a value is cut into."""
        new = self._new
        time = new.once("Shape", extent.source, start=2, end=3)
        limits = [TILE_VALUES * tiles // extent.channels for tiles in TILES[:-1]]
        above = new.once("Cast", new.once("Greater", time, new.constant(limits, np.int64)), to=TensorProto.INT64)
        place = new.once("ReduceSum", above, new.shape(0), keepdims=0)
        return new.once("Gather", new.shape(*TILES), place, axis=0)

    def _varies(self, name: str, channels: int, makers: Mapping[str, Any]) -> bool:
        """Return True if a value from outside differs between channels."""
        if name in self._extents:
            return True
        constant = self._constants.get(name)
        if constant is not None:
            return channels in constant.dims
        maker = makers.get(name)
        if maker is not None and maker.op_type == "Add":
            maker = makers.get(maker.input[0])
        return maker is not None and maker.op_type in ("ReduceMean", "Reshape", "Split", "Sqrt", "Unsqueeze")

    # ---------------------------------------------------------------- the end

    def finish(self) -> None:
        """Put the nodes in order, and drop nodes and constants that nothing uses."""
        nodes = in_order([*self._nodes, *self._new.nodes], [each.name for each in self._graph.output])
        used = {name for node in nodes for name in values_needed(node)}
        constants = [each for each in (*self._graph.initializer, *self._new.constants) if each.name in used]
        del self._graph.node[:], self._graph.initializer[:], self._graph.value_info[:]
        self._graph.node.extend(nodes)
        self._graph.initializer.extend(constants)
