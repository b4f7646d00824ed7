"""voiceover turns a script into a finished episode."""

from __future__ import annotations

__version__ = "0.1.0"
