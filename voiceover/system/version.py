"""The version of the package, in a module of its own: whatever needs it imports no higher layer."""

from __future__ import annotations

__version__ = "0.1.0"
