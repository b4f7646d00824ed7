"""The pipeline: the only package that sees more than one step."""

from __future__ import annotations
