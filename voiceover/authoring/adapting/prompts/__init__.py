"""The instructions that a language model gets: text files, which a project can replace."""

from __future__ import annotations
