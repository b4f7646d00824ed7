"""An engine with seeds whose first attempts at some lines are bad: the draft voice, with silences put into its takes.

A line that holds ``(N bad)`` stumbles in its first N attempts: with three silences in the first, one in the second and two in all others.
With ``(N mute)`` these attempts are silent, and with ``(N bad, M lost)`` attempt M cannot be spoken at all. The environment variable
STUMBLER_SEEDS=no makes it an engine without seeds.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from itertools import pairwise

import numpy as np

from voiceover.engines import draft
from voiceover.errors import EngineError
from voiceover.types import Audio, EngineContext, EngineInfo, Utterance, Voice

_STUMBLE = re.compile(r"\((\d+) (?:bad|(mute))(?:, (\d+) lost)?\)")
SILENCES = {0: 3, 1: 1}


class StumblingEngine:
    """The draft voice that stumbles."""

    def __init__(self, context: EngineContext) -> None:
        self._draft = draft.make(context)

    @property
    def info(self) -> EngineInfo:
        options = {"speed"} if os.environ.get("STUMBLER_SEEDS") == "no" else {"speed", "seed"}
        info = replace(self._draft.info, name="stumbler", fingerprint="stumbler r1", revision=1, provisional=False)
        return replace(info, options=frozenset(options), returns_marks=False, realtime_factor=0.002)

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        found = _STUMBLE.search(utterance.text)
        bad, lost = (int(found[1]), int(found[3] or -1)) if found else (0, -1)
        if utterance.attempt == lost:
            raise EngineError(f"{utterance.source}: it lost the thread")
        spoken = self._draft.speak(utterance, voice)
        if found and found[2] and utterance.attempt < bad:
            return Audio(np.zeros_like(spoken.samples), spoken.sample_rate)
        count = SILENCES.get(utterance.attempt, 2) if utterance.attempt < bad else 0
        parts = np.array_split(spoken.samples.copy(), count + 1)
        ramp = np.linspace(1, 0, spoken.sample_rate // 100, dtype=np.float32)
        silence = np.zeros(2 * spoken.sample_rate, np.float32)
        for before, after in pairwise(parts):
            before[-len(ramp) :] *= ramp
            after[: len(ramp)] *= ramp[::-1]
        samples = np.concatenate([piece for part in parts for piece in (part, silence)][:-1])
        return Audio(samples, spoken.sample_rate)

    def close(self) -> None:
        self._draft.close()


def make(context: EngineContext) -> StumblingEngine:
    return StumblingEngine(context)


def ready(context: EngineContext) -> str | None:
    return "it stumbles, so it must be asked for"
