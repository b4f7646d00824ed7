"""Vocos (Siuzdak 2023) as a graph: log-mel to log magnitudes and phases of an STFT."""

from __future__ import annotations

from voiceover.engines.f5.configs import VocosConfig
from voiceover.engines.f5.onnx.layers import LayerBuilder


def vocos_graph(parts: LayerBuilder, config: VocosConfig) -> dict[str, str]:
    """Outputs: ``head`` (b, n, n_fft + 2). Inputs: ``mel`` (b, n, mel)."""
    graph = parts.graph
    mel = graph.input("mel", ("batch", "frames", config.mel_dim))
    x = parts.swapped(parts.convolution(parts.swapped(mel), "backbone.embed", 1))
    x = parts.named_norm(x, "backbone.norm")
    for number in range(config.layers):
        path = f"backbone.convnext.{number}"
        h = parts.swapped(parts.convolution(parts.swapped(x), f"{path}.dwconv", config.dim))
        h = parts.linear(parts.named_norm(h, f"{path}.norm"), f"{path}.pwconv1", bias=False)
        h = parts.linear(parts.gelu(h, f"{path}.pwconv1.bias"), f"{path}.pwconv2")
        x = graph.node("Add", x, graph.node("Mul", h, parts.tensor(f"{path}.gamma")))
    return {"head": parts.linear(parts.named_norm(x, "backbone.final_layer_norm"), "head.out")}
