"""The store, the readers of tensor files and their commands know no engine: neither its name nor its tensors."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "voiceover"
NEUTRAL = sorted(
    path
    for pattern in ("models/**/*.py", "tensors/**/*.py", "types/models.py", "cli/models.py", "cli/model_*.py", "pipeline/models.py")
    for path in PACKAGE.glob(pattern)
)
ENGINE = re.compile(r"f5|vocos|\bdit\b|transformer\.|backbone\.|to_pred|\bv[01]\b", re.IGNORECASE)


@pytest.mark.parametrize("path", NEUTRAL, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_engine_is_named(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    assert [f"{number}: {line.strip()}" for number, line in enumerate(lines, 1) if ENGINE.search(line)] == []


def test_the_word_is_seen() -> None:
    assert len(NEUTRAL) > 25
    assert ENGINE.search("F5TTS_Base")
    assert ENGINE.search('weights.shape("transformer.proj_out.weight")')
