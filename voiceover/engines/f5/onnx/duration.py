"""The duration predictor of f5-tts-mlx (``duration_v2``) as a graph."""

from __future__ import annotations

from voiceover.engines.f5.configs import DurationConfig
from voiceover.engines.f5.onnx.graph import INT64, MICROSOFT
from voiceover.engines.f5.onnx.layers import LayerBuilder

FINAL_EPSILON = 1e-5
"""Epsilon of the RMSNorm at the end."""


def duration_graph(parts: LayerBuilder, config: DurationConfig) -> dict[str, str]:
    """Outputs: ``seconds`` (b, 1), of reference and speech together.

    Inputs: ``mel`` (b, n, mel), ``rows`` (b, n) of the text embedding, ``positions`` (n, text_dim), ``cos`` and ``sin`` (n, dim_head / 2).
    """
    graph = parts.graph
    mel = graph.input("mel", ("batch", "frames", config.mel_dim))
    rows = graph.input("rows", ("batch", "frames"), INT64)
    positions = graph.input("positions", ("frames", config.text_dim))
    cos, sin = (graph.input(name, ("frames", config.dim_head // 2)) for name in ("cos", "sin"))
    everywhere = graph.number(1)
    text = parts.text_features(rows, positions, everywhere, everywhere, config, mask_padding=False)
    h = parts.linear(graph.node("Concat", mel, text, axis=-1), "transformer.input_embed.proj")
    h = parts.with_positions(h, "transformer.input_embed.conv_pos_embed.conv1d", config.position_groups)
    for number in range(config.depth):
        path = f"transformer.transformer_blocks.{number}"
        normed = parts.plain_norm(h, config.dim)
        q, k, v = (parts.linear(normed, f"{path}.attn.to_{name}") for name in "qkv")
        q, k = (parts.turned(value, cos, sin, config) for value in (q, k))
        h = graph.node("Add", h, parts.linear(parts.attention(q, k, v, config.heads), f"{path}.attn.to_out.layers.0"))
        inner = parts.linear(parts.plain_norm(h, config.dim), f"{path}.ff.ff.layers.0.layers.0", bias=False)
        inner = graph.node("FastGelu", inner, parts.tensor(f"{path}.ff.ff.layers.0.layers.0.bias"), domain=MICROSOFT)
        h = graph.node("Add", h, parts.linear(inner, f"{path}.ff.ff.layers.2"))
    h = parts.rms_norm(h, "transformer.norm_out", FINAL_EPSILON)
    pooled = graph.node("ReduceMean", h, graph.shape(1), keepdims=0)
    return {"seconds": graph.node("Softplus", parts.linear(pooled, "to_pred.layers.0", bias=False))}
