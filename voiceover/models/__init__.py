"""Where weights come from."""

from __future__ import annotations
