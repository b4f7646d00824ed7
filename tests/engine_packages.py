"""Engines of other packages, installed for processes that tests start."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

SECOND_ENGINE = Path(__file__).parent / "engines" / "second_engine"
TONE_ENGINE = Path(__file__).parent / "tone_engine.py"


def install(site: Path, source: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the module or package at ``source`` into the folder ``site``, with the metadata that pip writes for the engine ``name``."""
    if source.is_dir():
        shutil.copytree(source, site / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    elif source.parent != site:
        shutil.copy(source, site / source.name)
    info = site / f"voiceover_{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: voiceover_{name}\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text(f"[voiceover.engines]\n{name} = {source.stem}:make\n", "utf-8")
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if str(site) not in paths:
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(site), *paths))))
