"""Captions of a finished episode change at the word, held to the samples of its WAV."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Run
from voiceover.audio.files import read_audio

SCRIPT = """---
title: Times
language: en
cast: {Reader: ada}
---

In 1987 it cost $4,500, £3,200 or €4,900; nobody in the village had so much money to spare.

He waited at the door until it was quite dark; then he went home and wrote to www.example.com.
"""
MOST_SECONDS = 0.06
"""Seconds that a border may be from its word."""


def pause_end(samples: np.ndarray, rate: int) -> float:
    """Where the longest silence ends, in seconds."""
    loud = np.flatnonzero(np.abs(samples) > 0.02 * np.max(np.abs(samples)))
    _, after = max((after - before, after) for before, after in pairwise(loud))
    return float(after) / rate


def test_the_cue_after_a_pause_begins_where_its_first_word_is_heard(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "times.md").write_text(SCRIPT, "utf-8")
    voiceover("render", tmp_path / "times.md", "--format", "wav")
    takes = json.loads((tmp_path / "times.draft.manifest.json").read_text("utf-8"))["takes"]
    audio = read_audio(tmp_path / "times.draft.wav")
    cues = re.findall(r":(\d\d),(\d{3}) --> .*\n(.*)\n", (tmp_path / "times.draft.srt").read_text("utf-8"))
    starts = {words.split()[0]: int(seconds) + int(milliseconds) / 1000 for seconds, milliseconds, words in cues}
    for take, word in zip(takes, ("nobody", "then"), strict=True):
        begin, end = (round(take[key] * audio.sample_rate) for key in ("start", "end"))
        heard = take["start"] + pause_end(audio.samples[begin:end], audio.sample_rate)
        assert starts[word] == pytest.approx(heard, abs=MOST_SECONDS)
        listed = {take["text"][at:].split()[0]: seconds for at, seconds in take["words"]}
        assert listed[word] == pytest.approx(starts[word], abs=0.002)
        assert list(listed.values()) == sorted(listed.values())
