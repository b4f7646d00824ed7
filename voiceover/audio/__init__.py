"""Samples in and out, and everything measured of them: levels, loudness, true peak, speech."""

from __future__ import annotations
