"""Settings in layers, and the readers that turn typed words into them."""

from __future__ import annotations
