"""``listen: true``: every take is judged by ear, once, before the mix; the recognizer is there before anything is recorded."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Run
from tests.engine_packages import TONE_ENGINE, install
from tests.takes.listening.parts import ScriptedListener, false_model
from tests.tone_engine import tone
from voiceover.errors import ModelError

FIRST, SECOND = "Hello there, my dear old friend.", "Nobody in this town knows who wrote the song."


def length(text: str) -> int:
    """Samples of a line as the engine tone speaks it."""
    return len(np.concatenate([tone(word, 220.0, 1.0, 0) for word in text.split()]))


@pytest.fixture
def script(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A script that the engine tone speaks, whose recordings the recognizer of the test hears."""
    install(tmp_path_factory.mktemp("site"), TONE_ENGINE, "tone", monkeypatch)
    path = tmp_path / "one.md"
    path.write_text(f"---\nengine: tone\nlanguage: en\nlisten: true\nretakes: 0\nformat: wav\n---\n\n{FIRST}\n\n{SECOND}\n", "utf-8")
    return path


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> ScriptedListener:
    """Hears the first line as it is, and the second one wrong."""
    ears = ScriptedListener({length(FIRST): FIRST, length(SECOND): "Somebody ate all of my lunch again."})
    monkeypatch.setattr("voiceover.pipeline.verdicts.open_listener", lambda: ears)
    return ears


def findings(folder: Path) -> list[list[str]]:
    takes = json.loads((folder / "one.manifest.json").read_bytes())["takes"]
    return [[finding["check"] for finding in take.get("findings", [])] for take in takes]


def test_what_is_heard_is_in_the_manifest_and_beside_the_take(
    voiceover: Run, script: Path, tmp_path: Path, listener: ScriptedListener
) -> None:
    voiceover("render", "one.md", "-o", "out", check=3)
    assert "words" not in findings(tmp_path / "out")[0]
    assert "words" in findings(tmp_path / "out")[1]
    # The one that is clear is heard once, and the other as plainly as the recognizer can.
    asked = [(length(FIRST), "en-GB", True), (length(SECOND), "en-GB", False), (length(SECOND), "en-GB", True)]
    assert sorted(listener.asked) == sorted(asked)
    voiceover("render", "one.md", "-o", "again", check=3)
    assert len(listener.asked) == 3, "what was heard is stored beside the take"
    assert findings(tmp_path / "again") == findings(tmp_path / "out")


def test_an_episode_that_was_not_listened_to_is_made_again_from_its_takes(
    voiceover: Run, script: Path, tmp_path: Path, listener: ScriptedListener
) -> None:
    voiceover("render", "one.md", "-o", "out", "--no-listen")
    assert "words" not in findings(tmp_path / "out")[1]
    assert listener.asked == []
    told = voiceover("render", "one.md", "-o", "out", check=3).stderr
    assert "0 takes recorded, 2 reused" in told
    assert "words" in findings(tmp_path / "out")[1]
    assert "up to date" in voiceover("render", "one.md", "-o", "out", check=3).stderr


def test_a_batch_listens_too(voiceover: Run, script: Path, listener: ScriptedListener) -> None:
    script.write_text(script.read_text("utf-8").replace("listen: true\n", ""), "utf-8")
    told = voiceover("batch", "one.md", "-o", "night", "--listen", check=3).stderr
    assert "1 suspect take: one.md:10" in told
    assert len(listener.asked) == 3


def test_attempts_are_listened_to_and_nothing_is_heard_twice(voiceover: Run, script: Path, listener: ScriptedListener) -> None:
    script.write_text(script.read_text("utf-8").replace("retakes: 0", "retakes: 2"), "utf-8")
    voiceover("render", "one.md", "-o", "out", check=3)
    # The good line is heard once in all rounds, and each of three attempts at the other one twice.
    assert len(listener.asked) == 1 + 3 * 2


def test_takes_of_the_draft_voice_are_not_listened_to(voiceover: Run, script: Path, tmp_path: Path, listener: ScriptedListener) -> None:
    told = voiceover("render", "one.md", "-o", "out", "--engine", "draft").stderr
    assert "not listened to: the draft voice is never judged by ear" in told
    assert listener.asked == []


def test_lines_in_a_language_that_is_not_understood_are_told(
    voiceover: Run, script: Path, tmp_path: Path, listener: ScriptedListener
) -> None:
    cast = "cast: {Ann: {voice: ada}, Eva: {voice: ada, lang: de}}\n"
    script.write_text(f"---\n{cast}engine: tone\nlisten: true\nformat: wav\n---\n\nAnn: {FIRST}\n\nEva: Guten Morgen.\n", "utf-8")
    told = voiceover("render", "one.md", "-o", "out").stderr
    assert "not listened to: 1 line in de, which the recognizer script does not understand" in told
    assert [asked[1] for asked in listener.asked] == ["en-GB"]


def test_a_recognizer_of_other_languages_stops_the_render_before_anything_is_recorded(
    voiceover: Run, script: Path, tmp_path: Path, listener: ScriptedListener
) -> None:
    listener.languages = ("fr",)
    told = voiceover("render", "one.md", "-o", "out", check=2).stderr
    assert "the recognizer script does not understand en-GB; get one that does: voiceover models pull whisper-small" in told
    assert not (tmp_path / "out").exists() or not any((tmp_path / "out").iterdir())
    assert _recorded() == 0


def test_without_a_recognizer_nothing_is_recorded(voiceover: Run, script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voiceover.takes.listening.packaged.PACKAGE", "no_such_package_of_a_recognizer")
    told = voiceover("render", "one.md", "-o", "out", check=2).stderr
    assert "there is no recognizer to listen to takes; get one: voiceover models pull whisper-tiny.en" in told
    assert _recorded() == 0
    assert "there is no recognizer" in voiceover("batch", "one.md", "-o", "night", check=2).stderr


def test_a_damaged_recognizer_stops_the_render_before_anything_is_recorded(voiceover: Run, script: Path, tmp_path: Path) -> None:
    pytest.importorskip("faster_whisper")
    false_model(tmp_path / "ear")
    voiceover("models", "import", "ear")
    told = voiceover("render", "one.md", "-o", "out", check=2).stderr
    assert "the recognizer ear cannot be used" in told
    assert _recorded() == 0


def test_a_recognizer_that_fails_loses_no_take(
    voiceover: Run, script: Path, tmp_path: Path, listener: ScriptedListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **more: object) -> str:
        raise ModelError("the recognizer script cannot be used; get it again")

    monkeypatch.setattr(listener, "hear", fail)
    assert "the recognizer script cannot be used" in voiceover("render", "one.md", "-o", "out", check=2).stderr
    assert _recorded() == 2
    assert "0 takes recorded, 2 reused" in voiceover("render", "one.md", "-o", "out", "--no-listen").stderr


def _recorded() -> int:
    return len([*Path(os.environ["VOICEOVER_CACHE"]).rglob("take.wav")])


@pytest.mark.slow
@pytest.mark.usefixtures("kokoro_data", "ears")
def test_a_human_voice_is_heard_by_a_real_recognizer(voiceover: Run, tmp_path: Path) -> None:
    lines = ("The price of bread rose by $5.50 last year.", "Dr. Smith sold his last cow, and nobody asked him why.")
    (tmp_path / "one.md").write_text(
        f"---\nvoice: ada\nengine: kokoro\nlisten: true\nformat: wav\n---\n\n{lines[0]}\n\n{lines[1]}\n", "utf-8"
    )
    assert "listening" in voiceover("render", "one.md", "-o", "out").stderr
    assert findings(tmp_path / "out") == [[], []]
    files = [*Path(os.environ["VOICEOVER_CACHE"]).rglob("take.json")]
    heard = " ".join(" ".join(json.loads(file.read_bytes())["heard"]["words"]) for file in files)
    assert "$5.50" in heard
    assert "nobody asked him why" in heard
