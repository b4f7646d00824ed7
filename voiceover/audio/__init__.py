"""Audio: files, formats and resampling, and all measurements: levels, loudness, true peak, speech."""

from __future__ import annotations
