"""Tensors by name, dense or quantized."""

from __future__ import annotations
