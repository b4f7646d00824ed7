"""Makes scripts out of what authors have. Rendering never depends on it."""

from __future__ import annotations
