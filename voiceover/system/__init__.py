"""The machine: files, folders, locks, threads, processors, shared storage."""

from __future__ import annotations
