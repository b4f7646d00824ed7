"""The revision of the checks, apart from them: what only reads takes needs no numpy."""

from __future__ import annotations

CHECKS_REVISION = 3
"""Raised by hand when the checks of one take change; older results are then measured again when a take is read."""
