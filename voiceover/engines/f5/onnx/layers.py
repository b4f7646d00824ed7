"""Parts of the networks as nodes of a graph. Activations are float32, (b, n, channels) or rows of them, (b * n, channels)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from voiceover.engines.f5.choices import ONNXPrecision
from voiceover.engines.f5.configs import TransformerConfig
from voiceover.engines.f5.onnx.graph import MICROSOFT, GraphBuilder
from voiceover.engines.f5.onnx.matrices import BLOCK, blocks, dense, fits_as_stored, row_int8
from voiceover.tensors.named import Weights

EPSILON = 1e-6
"""Epsilon of every LayerNorm and of GRN."""
ZERO_POINT = 128
"""Zero point of int8 activations, which are unsigned: signed times signed is slow on every x86."""
LARGEST = 127


class LayerKind(StrEnum):
    """The kinds of matrix in a block; they tolerate a loss of precision differently."""

    ATTENTION_IN = "qkv"
    ATTENTION_OUT = "out"
    FEED_FORWARD_IN = "ff_in"
    FEED_FORWARD_OUT = "ff_out"


@dataclass(slots=True)
class Rows:
    """Activations (r, channels), and their int8 form once it is needed."""

    values: str
    quantized: str = ""
    scales: str = ""


@dataclass(slots=True)
class LayerBuilder:
    """Adds the parts of one network to a graph; attribute paths are those of its checkpoint."""

    graph: GraphBuilder
    weights: Weights
    precision: ONNXPrecision = ONNXPrecision.FP32
    exact: Collection[LayerKind] = ()
    """Kinds that stay float32 whatever ``precision`` says."""
    largest_weight: int = LARGEST
    """Largest value in int8 matrices."""
    quantized: bool | None = None
    """True if any matrix is stored quantized; None until it is needed."""

    # ---------------------------------------------------------------- tensors

    def tensor(self, path: str) -> str:
        """Add a tensor in float32."""
        return self.graph.constant(dense(self.weights, path))

    def linear(self, x: str, path: str, *, bias: bool = True) -> str:
        """Add a dense layer in float32."""
        y = self.graph.node("MatMul", x, self.graph.constant(dense(self.weights, f"{path}.weight").T))
        return self.graph.node("Add", y, self.tensor(f"{path}.bias")) if bias else y

    def product(self, rows: Rows, path: str, kind: LayerKind, gain: str = "") -> str:
        """Multiply rows by a matrix of a block, without its bias; each column is multiplied by ``gain`` (columns,) if given."""
        precision = ONNXPrecision.FP32 if kind in self.exact else self.precision
        if precision is ONNXPrecision.INT8:
            return self._product_int8(rows, f"{path}.weight", gain)
        if precision is ONNXPrecision.FP32 or self._stays_dense(f"{path}.weight", precision):
            y = self.graph.node("MatMul", rows.values, self.graph.constant(dense(self.weights, f"{path}.weight").T))
        else:
            y = self._product_blocks(rows.values, f"{path}.weight", 4 if precision is ONNXPrecision.INT4 else 8)
        return self.graph.node("Mul", y, gain) if gain else y

    def _stays_dense(self, path: str, precision: ONNXPrecision) -> bool:
        """Return True if a matrix does not run in blocks: its width is not a multiple of them, or it is dense in a quantized model."""
        stored = self.weights.quantized(path)
        if precision is ONNXPrecision.INT4 and stored is not None and fits_as_stored(stored):
            return False
        if self.weights.shape(path)[1] % BLOCK:
            return True
        if precision is not ONNXPrecision.INT4 or stored is not None:
            return False
        if self.quantized is None:
            matrices = (name for name in self.weights.names() if len(self.weights.shape(name)) == 2)
            self.quantized = any(self.weights.quantized(name) is not None for name in matrices)
        return self.quantized

    def _product_int8(self, rows: Rows, path: str, gain: str) -> str:
        graph = self.graph
        if not rows.quantized:
            rows.quantized, rows.scales = self._quantize(rows.values)
        matrix = row_int8(self.weights, path, self.largest_weight)
        scales = graph.constant(matrix.scales)
        if gain:
            scales = graph.node("Mul", scales, gain)
        values = graph.constant(np.ascontiguousarray(matrix.values.T))
        point = graph.constant(np.uint8(ZERO_POINT))
        y = graph.node("MatMulIntegerToFloat", rows.quantized, values, graph.number(1), scales, point, domain=MICROSOFT)
        return graph.node("Mul", y, graph.node("Unsqueeze", rows.scales, graph.shape(1)))

    def _quantize(self, x: str) -> tuple[str, str]:
        """Quantize rows to unsigned 8 bits with a scale each, symmetrically, so that silence is exact."""
        graph, last = self.graph, self.graph.shape(1)
        high, low = (graph.node(operator, x, last, keepdims=0) for operator in ("ReduceMax", "ReduceMin"))
        peaks = graph.node("Max", high, graph.node("Neg", low), graph.number(1e-30))
        scales = graph.node("Mul", peaks, graph.number(1 / LARGEST))
        rows = graph.node("Shape", scales)
        points = graph.node("Expand", graph.constant(np.uint8(ZERO_POINT)), rows)
        return graph.node("QuantizeLinear", x, scales, points, axis=0), scales

    def _product_blocks(self, x: str, path: str, bits: int) -> str:
        matrix = blocks(self.weights, path, bits)
        rows, count, _ = matrix.packed.shape
        inputs = [x, self.graph.constant(matrix.packed), self.graph.constant(matrix.scales)]
        if matrix.zero_points is not None:
            inputs.append(self.graph.constant(matrix.zero_points))
        # Level 1: whatever the kernel does, it computes in float32.
        sizes = {"K": count * matrix.block, "N": rows, "bits": bits, "block_size": matrix.block, "accuracy_level": 1}
        return self.graph.node("MatMulNBits", *inputs, domain=MICROSOFT, **sizes)

    # ---------------------------------------------------------------- plain parts

    def norm(self, x: str, gain: str, offset: str) -> str:
        """Add a LayerNorm over the last axis."""
        return self.graph.node("LayerNormalization", x, gain, offset, axis=-1, epsilon=EPSILON)

    def named_norm(self, x: str, path: str) -> str:
        return self.norm(x, self.tensor(f"{path}.weight"), self.tensor(f"{path}.bias"))

    def plain_norm(self, x: str, width: int) -> str:
        """Add a LayerNorm without parameters."""
        return self.norm(x, self.graph.constant(np.ones(width, np.float32)), self.graph.constant(np.zeros(width, np.float32)))

    def rms_norm(self, x: str, path: str, epsilon: float) -> str:
        """Add an RMSNorm over the last axis."""
        graph = self.graph
        power = graph.node("ReduceMean", graph.node("Mul", x, x), graph.shape(-1), keepdims=1)
        root = graph.node("Sqrt", graph.node("Add", power, graph.number(epsilon)))
        return graph.node("Mul", graph.node("Div", x, root), self.tensor(f"{path}.weight"))

    def swapped(self, x: str) -> str:
        """Swap channels and frames."""
        return self.graph.node("Transpose", x, perm=[0, 2, 1])

    def convolution(self, x: str, path: str, groups: int) -> str:
        """Add a convolution over frames that keeps their number; x is (b, channels, n)."""
        weight = np.ascontiguousarray(dense(self.weights, f"{path}.weight").transpose(0, 2, 1))
        half = weight.shape[-1] // 2
        return self.graph.node("Conv", x, self.graph.constant(weight), self.tensor(f"{path}.bias"), group=groups, pads=[half, half])

    def mish(self, x: str) -> str:
        return self.graph.node("Mul", x, self.graph.node("Tanh", self.graph.node("Softplus", x)))

    def gelu(self, x: str, path: str) -> str:
        """Add GELU of x plus the bias at ``path``."""
        return self.graph.node("BiasGelu", x, self.tensor(path), domain=MICROSOFT)

    # ---------------------------------------------------------------- parts of several networks

    def text_features(self, rows: str, positions: str, heard: str, spoken: str, config: TransformerConfig, *, mask_padding: bool) -> str:
        """Return the features (b, n, text_dim) of embedding rows (b, n).

        ``positions`` (n, text_dim) are sinusoids; ``heard`` (b, n, 1) is 0 on padding, ``spoken`` (b, n, 1) on what follows the text.
        """
        graph, prefix = self.graph, "transformer.text_embed"
        x = graph.node("Add", graph.node("Gather", self.tensor(f"{prefix}.text_embed.weight"), rows), positions)
        x = graph.node("Mul", x, heard)
        if mask_padding:
            x = graph.node("Mul", x, spoken)
        for number in range(config.conv_layers):
            x = self._text_block(x, f"{prefix}.text_blocks.layers.{number}", config.text_dim)
            if mask_padding:
                x = graph.node("Mul", x, spoken)
        return x

    def _text_block(self, x: str, path: str, width: int) -> str:
        """Add a block of ConvNeXt V2 (Woo et al. 2023)."""
        graph = self.graph
        h = self.swapped(self.convolution(self.swapped(x), f"{path}.dwconv", width))
        h = self.linear(self.named_norm(h, f"{path}.norm"), f"{path}.pwconv1", bias=False)
        h = self.gelu(h, f"{path}.pwconv1.bias")
        norms = graph.node("ReduceL2", h, graph.shape(1), keepdims=1)
        mean = graph.node("ReduceMean", norms, graph.shape(-1), keepdims=1)
        relative = graph.node("Div", norms, graph.node("Add", mean, graph.number(EPSILON)))
        # gamma * (h * relative) + beta + h, as one factor and one term for each channel.
        factor = graph.node("Add", graph.node("Mul", relative, self.tensor(f"{path}.grn.gamma")), graph.number(1))
        h = graph.node("Add", graph.node("Mul", h, factor), self.tensor(f"{path}.grn.beta"))
        return graph.node("Add", x, self.linear(h, f"{path}.pwconv2"))

    def with_positions(self, x: str, path: str, groups: int, mask: str = "") -> str:
        """Add to x two grouped convolutions of it, which encode positions; ``mask`` (b, 1, n) is 0 on padding."""

        def masked(value: str) -> str:
            return self.graph.node("Mul", value, mask) if mask else value

        h = self.swapped(x)
        for layer in (0, 2):
            h = self.mish(masked(self.convolution(masked(h), f"{path}.layers.{layer}", groups)))
        return self.graph.node("Add", x, self.swapped(masked(h)))

    def turned(self, x: str, cos: str, sin: str, config: TransformerConfig) -> str:
        """Rotary positions on x (b, n, heads * dim_head), on the first heads alone where the network has it so; neighbours make a pair."""
        inner, width = config.heads * config.dim_head, (config.rope_heads or config.heads) * config.dim_head
        if width == inner:
            return self._rotary(x, cos, sin, config.heads)
        first, rest = self.graph.nodes("Split", x, self.graph.shape(width, inner - width), outputs=2, axis=-1)
        return self.graph.node("Concat", self._rotary(first, cos, sin, config.rope_heads or 0), rest, axis=-1)

    def _rotary(self, x: str, cos: str, sin: str, heads: int) -> str:
        start = self.graph.constant(np.zeros(1, np.int64))
        return self.graph.node("RotaryEmbedding", x, start, cos, sin, domain=MICROSOFT, interleaved=1, num_heads=heads)

    def attention(self, q: str, k: str, v: str, heads: int, keys: str = "") -> str:
        """Add attention between all frames; ``keys`` (b, n) of integers is 0 on frames to ignore."""
        inputs = (q, k, v, "", keys) if keys else (q, k, v)
        return self.graph.node("MultiHeadAttention", *inputs, domain=MICROSOFT, num_heads=heads)
