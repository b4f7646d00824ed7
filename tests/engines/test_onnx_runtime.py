"""onnxruntime as voiceover loads it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


def test_its_reports_of_use_are_switched_off_before_it_is_loaded() -> None:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    seen = """
import os, sys
class Finder:
    def find_spec(self, name, *_):
        if name == "onnxruntime":
            print(os.environ["ORT_DISABLE_TELEMETRY"])
sys.meta_path.insert(0, Finder())
import voiceover.engines.onnx_runtime
"""
    environment = {**os.environ, "ORT_DISABLE_TELEMETRY": "0"}
    done = subprocess.run([sys.executable, "-c", seen], env=environment, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "1\n"
