"""The networks on Apple MLX: Metal, CUDA or CPU. The only folder that imports mlx."""

from __future__ import annotations

from voiceover.engines.f5.mlx_.backend import MLXBackend, load_backend
from voiceover.engines.f5.mlx_.loading import Precision

__all__ = ["MLXBackend", "Precision", "load_backend"]
