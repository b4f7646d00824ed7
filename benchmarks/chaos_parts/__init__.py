"""The parts of ``benchmarks/chaos.py``: a row of its table each, and what they share (``ground``, ``engine``, ``hook``)."""

from __future__ import annotations
