"""Characters, scripts and spelling: what the plan, the checks and the captions share about written language."""

from __future__ import annotations
