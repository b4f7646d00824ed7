"""The diffusion transformer as two graphs: one per prompt, one per step.

The modulations of all times come from outside (``modulation.py``): they depend on the times alone.
"""

from __future__ import annotations

from voiceover.engines.f5.configs import DiTConfig
from voiceover.engines.f5.onnx.graph import INT32, INT64, MICROSOFT
from voiceover.engines.f5.onnx.layers import EPSILON, LayerBuilder, LayerKind, Rows
from voiceover.engines.f5.onnx.matrices import dense


def prompt_graph(parts: LayerBuilder, config: DiTConfig) -> dict[str, str]:
    """Outputs: ``constant`` (B, n, dim), the part of the input projection that reference and text make.

    Inputs: ``rows`` (B, n) of the text embedding, ``cond`` (B, n, mel), ``positions`` (n, text_dim), ``heard`` and ``spoken`` (B, n, 1).
    """
    graph = parts.graph
    rows = graph.input("rows", ("batch", "frames"), INT64)
    cond = graph.input("cond", ("batch", "frames", config.mel_dim))
    positions = graph.input("positions", ("frames", config.text_dim))
    heard, spoken = (graph.input(name, ("batch", "frames", 1)) for name in ("heard", "spoken"))
    text = parts.text_features(rows, positions, heard, spoken, config, mask_padding=config.text_mask_padding)
    weight = dense(parts.weights, "transformer.input_embed.proj.weight")[:, config.mel_dim :]
    given = graph.node("MatMul", graph.node("Concat", cond, text, axis=-1), graph.constant(weight.T))
    return {"constant": graph.node("Add", given, parts.tensor("transformer.input_embed.proj.bias"))}


def step_graph(parts: LayerBuilder, config: DiTConfig, *, masked: bool) -> dict[str, str]:
    """Outputs: ``velocity`` (B, n, mel).

    Inputs: ``x`` (B, n, mel), ``constant`` (B, n, dim), ``modulation`` ((6 * depth + 2) * dim,) as ``modulation.py`` orders it, ``cos`` and
    ``sin`` (n, dim_head / 2), and where ``masked`` also ``mask`` (B, n, 1), 0 on padding.
    """
    graph = parts.graph
    x = graph.input("x", ("batch", "frames", config.mel_dim))
    constant = graph.input("constant", ("batch", "frames", config.dim))
    vectors = graph.input("modulation", ((6 * config.depth + 2) * config.dim,))
    cos, sin = (graph.input(name, ("frames", config.dim_head // 2)) for name in ("cos", "sin"))
    mask = graph.input("mask", ("batch", "frames", 1)) if masked else ""
    weight = dense(parts.weights, "transformer.input_embed.proj.weight")[:, : config.mel_dim]
    h = graph.node("Add", graph.node("MatMul", x, graph.constant(weight.T)), constant)
    columns = parts.swapped(mask) if masked else ""
    h = parts.with_positions(h, "transformer.input_embed.conv_pos_embed.conv1d", config.position_groups, columns)
    shape = graph.node("Shape", h)
    h = graph.node("Reshape", h, graph.shape(-1, config.dim))
    block = _Block(parts, config, cos, sin, shape, mask)
    modulation = graph.nodes("Split", vectors, outputs=6 * config.depth + 2, num_outputs=6 * config.depth + 2, axis=0)
    for number in range(config.depth):
        h = block.add(f"transformer.transformer_blocks.{number}", h, modulation[6 * number : 6 * number + 6])
    h = parts.linear(parts.norm(h, modulation[-2], modulation[-1]), "transformer.proj_out")
    return {"velocity": graph.node("Reshape", h, graph.node("Shape", x))}


class _Block:
    """Attention and feed-forward, each modulated by time, on rows of frames."""

    def __init__(self, parts: LayerBuilder, config: DiTConfig, cos: str, sin: str, shape: str, mask: str) -> None:
        self.parts, self.graph, self.config = parts, parts.graph, config
        self.cos, self.sin, self.shape = cos, sin, shape
        self.mask = self.keys = ""
        if mask:
            self.mask = parts.graph.node("Reshape", mask, parts.graph.shape(-1, 1))
        if mask and config.attn_mask_enabled:
            self.keys = parts.graph.node("Cast", parts.graph.node("Squeeze", mask, parts.graph.shape(2)), to=INT32)

    def add(self, path: str, h: str, modulation: list[str]) -> str:
        gain_a, shift_a, gate_a, gain_m, shift_m, gate_m = modulation
        parts, graph = self.parts, self.graph
        attended = self._attention(Rows(parts.norm(h, gain_a, shift_a)), f"{path}.attn", gate_a)
        h = graph.node("Add", h, attended)
        rows = Rows(parts.norm(h, gain_m, shift_m))
        inner = parts.product(rows, f"{path}.ff.ff.layers.0.layers.0", LayerKind.FEED_FORWARD_IN)
        inner = graph.node("FastGelu", inner, parts.tensor(f"{path}.ff.ff.layers.0.layers.0.bias"), domain=MICROSOFT)
        return graph.node("Add", h, self._gated(Rows(inner), f"{path}.ff.ff.layers.2", LayerKind.FEED_FORWARD_OUT, gate_m))

    def _attention(self, rows: Rows, path: str, gate: str) -> str:
        parts, graph = self.parts, self.graph
        q, k, v = (self._projected(rows, f"{path}.to_{name}") for name in "qkv")
        if self.config.qk_norm:
            q, k = (self._normed(value, f"{path}.{name}_norm") for value, name in ((q, "q"), (k, "k")))
        q, k = (parts.turned(value, self.cos, self.sin, self.config) for value in (q, k))
        out = parts.attention(q, k, v, self.config.heads, self.keys)
        out = graph.node("Reshape", out, graph.shape(-1, self.config.heads * self.config.dim_head))
        out = self._gated(Rows(out), f"{path}.to_out.layers.0", LayerKind.ATTENTION_OUT, gate)
        return graph.node("Mul", out, self.mask) if self.mask else out

    def _projected(self, rows: Rows, path: str) -> str:
        """Shape (b, n, heads * dim_head)."""
        out = self.graph.node("Add", self.parts.product(rows, path, LayerKind.ATTENTION_IN), self.parts.tensor(f"{path}.bias"))
        return self.graph.node("Reshape", out, self._frames(self.config.heads * self.config.dim_head))

    def _gated(self, rows: Rows, path: str, kind: LayerKind, gate: str) -> str:
        """Multiply a layer by its gate: the gate goes into the scales of the columns, where it is free."""
        bias = self.graph.node("Mul", self.parts.tensor(f"{path}.bias"), gate)
        return self.graph.node("Add", self.parts.product(rows, path, kind, gate), bias)

    def _normed(self, x: str, path: str) -> str:
        graph, config = self.graph, self.config
        heads = graph.node("Reshape", x, graph.shape(-1, config.heads, config.dim_head))
        normed = self.parts.rms_norm(heads, path, EPSILON)
        return graph.node("Reshape", normed, self._frames(config.heads * config.dim_head))

    def _frames(self, width: int) -> str:
        """The shape (b, n, width)."""
        graph = self.graph
        first_two = graph.node("Slice", self.shape, graph.shape(0), graph.shape(2))
        return graph.node("Concat", first_two, graph.shape(width), axis=0)
