"""The marker of the tests that read the reference outputs."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "goldens: compares with reference outputs in the folder VOICEOVER_GOLDENS (default: tests/goldens)")
