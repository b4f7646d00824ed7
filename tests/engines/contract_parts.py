"""The contract of engines, checked for engines whose network takes a second of the processor for a second of speech."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import pytest

from voiceover.engines import contract
from voiceover.types import Engine, Voice

OF_THE_NETWORK = (contract.sound_is_a_function, contract.samples_are_the_callers)
"""Rules about what a network keeps from one call to the next: each engine gets one of its own."""
OF_LONG_TEXTS = (contract.more_words_are_longer, contract.marks_are_words)
"""The others do with a short one."""


class Remembered:
    """A network that computes each input once, for all instances: the rules of the network say that it may."""

    def __init__(self, opened: Callable[[], Any], known: dict[Sequence[object], Any]) -> None:
        self._open = opened
        self._known = known

    def speak(self, *arguments: Any) -> Any:
        key = tuple(part.tobytes() if isinstance(part, np.ndarray) else repr(part) for part in arguments)
        if key not in self._known:
            self._known[key] = self._open().speak(*arguments)
        return deepcopy(self._known[key])

    def close(self) -> None:
        """The one network serves all."""


def check_rules(open_engine: Callable[[], Engine], voice: Voice, network: str) -> None:
    """Check every rule of the contract in English. ``network`` is the place of the class with ``speak``, as the engine finds it."""
    module, _, name = network.rpartition(".")
    real = getattr(importlib.import_module(module), name)
    opened: list[Any] = []
    known: dict[Sequence[object], Any] = {}

    def remembered(*arguments: Any) -> Remembered:
        def only() -> Any:
            if not opened:
                opened.append(real(*arguments))
            return opened[0]

        return Remembered(only, known)

    for rule in contract.RULES:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(contract, "OTHER", "Twelve cats wait.")
            if rule not in OF_LONG_TEXTS:
                patch.setattr(contract, "LONG", contract.SHORT)
            if rule not in OF_THE_NETWORK:
                patch.setattr(network, remembered)
            rule(open_engine, voice, "en")
    for each in opened:
        getattr(each, "close", lambda: None)()
