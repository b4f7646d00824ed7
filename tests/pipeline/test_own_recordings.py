"""Episodes in which every turn is a recording, by the commands: no engine speaks, so none is needed."""

from __future__ import annotations

import json
from pathlib import Path

import mutagen
import numpy as np
import pytest
import soundfile

from tests.conftest import Run
from tests.pipeline.sound_files import RATE, tone
from voiceover.engines import EngineChooser
from voiceover.errors import EngineMissingError

SCRIPT = """---
title: In my own words
cast: {Me: ada, Guest: ben}
notes: true
listen: true
---

Me: [audio: me.wav] This is what I say.

It goes on in a second paragraph.

Me: [audio: me.wav] And this is more of it.

Guest: [audio: me.wav] So I hear.
"""


def no_engine(*_: object, **__: object) -> None:
    raise EngineMissingError("an engine was asked for")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a script of recorded turns, on a machine without engines."""
    monkeypatch.setattr(EngineChooser, "choose", no_engine)
    swell = np.hanning(2 * RATE).astype(np.float32)
    soundfile.write(tmp_path / "me.wav", tone(2.0) * swell, RATE)
    (tmp_path / "own.md").write_text(SCRIPT, "utf-8")
    return tmp_path


def test_an_episode_of_recordings_alone_is_made_and_called_synthetic_nowhere(here: Path, voiceover: Run) -> None:
    assert "0 errors, 0 warnings" in voiceover("check", "own.md").stdout
    assert "nothing to record" in voiceover("plan", "own.md").stdout
    assert "0 takes recorded, 0 reused" in voiceover("render", "own.md", "-o", "out").stderr
    assert "up to date" in voiceover("render", "own.md", "-o", "out").stderr
    out = here / "out"
    made = json.loads((out / "own.manifest.json").read_bytes())
    assert (made["synthetic"], made["takes"], made["voices"], made["disclosure"]["statement"]) == (False, [], [], "")
    assert "engine" not in made
    first, second, third = made["recordings"]
    # Two recordings of one speaker are two paragraphs; the words of the first go on over a blank line.
    assert first["text"] == "This is what I say. It goes on in a second paragraph."
    assert second["start"] - first["end"] == pytest.approx(0.6, abs=0.002)
    assert third["start"] - second["end"] == pytest.approx(0.45, abs=0.002)
    assert made["loudness"]["after"]["integrated_lufs"] == pytest.approx(-16.0, abs=0.2)
    assert "Guest: So I hear." in (out / "own.srt").read_text("utf-8")
    tags = mutagen.File(out / "own.mp3").tags
    assert not [key for key in tags if key.startswith(("COMM", "TXXX:AI", "TXXX:digital"))]
    for name in ("own.credits.txt", "own.notes.md", "own.notes.html", "own.transcript.html"):
        text = (out / name).read_text("utf-8")
        assert "synthetic" not in text and "<p></p>" not in text and "<small></small>" not in text, name


def test_a_batch_makes_it_and_a_book_of_it_is_not_synthetic_either(here: Path, voiceover: Run) -> None:
    told = voiceover("batch", "own.md", "-o", "made").stderr
    assert "made: 1" in told and "skipped" not in told
    voiceover("render", "own.md", "-o", "out")
    voiceover("bind", "out", "-o", "book.m4b")
    assert "synthetic" not in (here / "book.credits.txt").read_text("utf-8")


def test_a_chapter_of_recordings_in_a_book_that_an_engine_speaks(here: Path, voiceover: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    text = "---\ntitle: Mixed\ncast: {Ann: ada, Me: ben}\nread: {headings: skip}\n---\n\n## One\n\n"
    text += "Ann: This is spoken by an engine, and it is a little longer.\n\n## Two\n\nMe: [audio: me.wav] And this is not.\n"
    (here / "mixed.md").write_text(text, "utf-8")
    voiceover("render", "mixed.md", "-o", "out", "--engine", "draft", "--split", "chapters")
    folder = here / "out" / "mixed.chapters"
    manifests = [json.loads(path.read_bytes()) for path in sorted(folder.glob("*.manifest.json"))]
    assert [each["synthetic"] for each in manifests] == [True, False, True]
    voiceover("bind", "out", "-o", "book.m4b", "--allow-draft")
    assert "DRAFT" in (here / "book.draft.credits.txt").read_text("utf-8")
