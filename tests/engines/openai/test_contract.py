"""The engine keeps the contract of engines, with a server that speaks in tones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engines.openai.speech_server import Speech
from voiceover.engines.contract import RULES, Rule, check_offers, plain_voice
from voiceover.engines.openai import make
from voiceover.types import EngineContext


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_contract(rule: Rule, configured: Path, tmp_path: Path, speech: Speech) -> None:
    rule(lambda: make(EngineContext(tmp_path)), plain_voice(), "en")
    assert speech.asked or rule.__name__ in ("sound_is_a_function", "position_is_not_heard")


def test_what_it_offers(configured: Path, tmp_path: Path) -> None:
    check_offers("openai", EngineContext(tmp_path))
