"""The networks as ONNX graphs on onnxruntime."""

from __future__ import annotations

from voiceover.engines.f5.onnx.backend import ONNXBackend, load_backend, load_steps
from voiceover.engines.f5.onnx.layers import LayerKind

__all__ = ["LayerKind", "ONNXBackend", "load_backend", "load_steps"]
