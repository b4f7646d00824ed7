"""The networks on Apple MLX: Metal, CUDA or CPU. The only folder that imports mlx."""

from __future__ import annotations

import os

# float32 means float32: by default MLX rounds factors to TF32 on CUDA and on the newest Macs, an error of 1e-3. MLX reads this at its
# first multiplication.
os.environ.setdefault("MLX_ENABLE_TF32", "0")

from voiceover.engines.f5.mlx.backend import MLXBackend, load_backend

__all__ = ["MLXBackend", "load_backend"]
