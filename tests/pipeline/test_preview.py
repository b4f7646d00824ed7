"""Previews: which lines they take, and that they sound like the episode that they are a part of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import soundfile

from tests.conftest import Run
from voiceover import Job, Part, Settings, plan_episode, render
from voiceover.audio.loudness import speech_power, to_lufs
from voiceover.errors import InputError
from voiceover.settings.layers import PRESETS

HEAD = "---\ntitle: The Mice\ncast: {Ann: ada, Bob: ben}\n---\n\n"
BODY = "Ann: Hello there, my friend.\n\nBob: Fine, thanks,\nand how are you?\n\n<!-- a remark -->\n\nAnn: Well.\n\nAnn: Good night.\n"
"""Lines 6 to 15."""


def write(folder: Path, body: str = BODY, name: str = "one.md", head: str = HEAD) -> Path:
    path = folder / name
    path.write_text(head + body, "utf-8")
    return path


def spoken(path: Path, part: Part) -> list[str]:
    return [planned.utterance.text for planned in plan_episode(Job(path, part=part)).plan.planned]


@pytest.mark.parametrize(
    ("lines", "texts"),
    [
        ((6, 6), ["Hello there, my friend."]),
        ((8, 8), ["Fine, thanks, and how are you?"]),
        ((9, 9), ["Fine, thanks, and how are you?"]),
        ((7, 8), ["Fine, thanks, and how are you?"]),
        ((9, 13), ["Fine, thanks, and how are you?", "Well."]),
        ((1, 6), ["Hello there, my friend."]),
        ((13, 99), ["Well.", "Good night."]),
    ],
)
def test_lines_take_the_paragraphs_that_they_touch(tmp_path: Path, lines: tuple[int, int], texts: list[str]) -> None:
    assert spoken(write(tmp_path), Part(lines=lines)) == texts


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ((7, 7), "nothing is spoken in line 7; the nearest spoken lines are 6 and 8"),
        ((10, 10), "nothing is spoken in line 10; the nearest spoken lines are 8 and 13"),
        ((10, 12), "nothing is spoken in lines 10-12; the nearest spoken lines are 8 and 13"),
        ((1, 5), "nothing is spoken in lines 1-5; the nearest spoken line is 6"),
        ((16, 90), "nothing is spoken in lines 16-90; the nearest spoken line is 15"),
    ],
)
def test_lines_without_speech_are_an_error(tmp_path: Path, lines: tuple[int, int], words: str) -> None:
    with pytest.raises(InputError) as caught:
        spoken(write(tmp_path), Part(lines=lines))
    assert str(caught.value) == f"{tmp_path / 'one.md'}: {words}"


def test_lines_of_a_script_in_yaml(tmp_path: Path) -> None:
    body = "- Ann: |\n    One.\n\n    Two.\n\n# a remark\n- speaker: Bob\n  text: Three.\n  speed: 0.9\n\n- Ann: Four.\n"
    path = write(tmp_path, body, "one.yaml", "cast: {Ann: ada, Bob: ben}\nsegments:\n")  # lines 3 to 13
    taken = {line: "".join(spoken(path, Part(lines=(line, line)))) for line in (3, 4, 5, 6, 9, 10, 11, 13)}
    assert taken == {**dict.fromkeys((3, 4, 5, 6), "One. Two."), **dict.fromkeys((9, 10, 11), "Three."), 13: "Four."}
    for line in (7, 8, 12):
        with pytest.raises(InputError, match=f"nothing is spoken in line {line};"):
            spoken(path, Part(lines=(line, line)))


LONG = "This line has enough words for several seconds of speech, and it goes on for a while longer, about cheese and fields. "


def test_chapters_are_numbered_as_in_the_finished_episode(tmp_path: Path) -> None:
    chapters = "## One\n\nAnn: First.\n\n## Two\n\nBob: Second.\n"
    short, long = f"Ann: Hello.\n\n{chapters}", f"Ann: {2 * LONG}\n\n{chapters}"
    path = write(tmp_path, short)
    assert [spoken(path, Part(chapter=number)) for number in (1, 2)] == [["Hello.", "First."], ["Second."]]
    write(tmp_path, long)
    # By estimate, before anything is recorded, as by the takes.
    for recorded in (False, True):
        if recorded:
            titles = [chapter.title for chapter in render(Job(path, output=tmp_path)).episode.chapters]
            assert titles == ["The Mice", "One", "Two"]
        numbered = [spoken(path, Part(chapter=number)) for number in (1, 2, 3)]
        assert [" ".join(texts) for texts in numbered] == [(2 * LONG).strip(), "First.", "Second."]
    with pytest.raises(InputError, match="no chapter 4; the script has chapters 1 to 3"):
        spoken(path, Part(chapter=4))


def test_a_preview_reports_problems_of_its_own_lines_only(voiceover: Run, tmp_path: Path) -> None:
    write(tmp_path, BODY.replace("Well.", "Well. ![a picture](cat.png)"))
    found = {
        lines: json.loads(voiceover("plan", "one.md", "--lines", lines, "--json").stdout)["problems"] for lines in ("6-9", "13-13", "1-99")
    }
    assert found["6-9"] == []
    assert [problem["line"] for problem in found["13-13"]] == [13] * len(found["13-13"])
    assert any("a picture" in problem["message"] for problem in found["13-13"])
    assert {problem["line"] for problem in found["1-99"]} == {11, 13}
    assert "remark" not in voiceover("render", "one.md", "--lines", "6-9").stderr


def levels(path: Path, takes: list[tuple[float, float]]) -> list[float]:
    samples, rate = soundfile.read(path, dtype="float32")
    return [to_lufs(speech_power(samples[round(start * rate) : round(end * rate)], rate)[0]) for start, end in takes]


def places(manifest: Path) -> dict[str, tuple[float, float]]:
    return {take["text"]: (take["start"], take["end"]) for take in json.loads(manifest.read_bytes())["takes"]}


def test_a_preview_is_balanced_like_the_episode(tmp_path: Path) -> None:
    first, second = "Good evening to all of you.", "And a good evening to you, too."
    # Most of what Ann says is quiet, so the episode raises her voice.
    body = f"Ann: {first}\n\nBob: {second}\n\nAnn (quiet): {LONG}\n\nAnn (quiet): {LONG} Indeed.\n"
    path = write(tmp_path, body)
    out = tmp_path / "out"

    def difference(name: str) -> float:
        found = places(out / f"{name}.draft.manifest.json")
        one, other = levels(out / f"{name}.draft.wav", [found[first], found[second]])
        return one - other

    # Quiet enough that the limiter, which changes levels too, has nothing to do.
    wav = Settings(formats=("wav",), loudness=PRESETS["ebu"])
    preview = Job(path, wav, out, part=Part(lines=(6, 8)))
    assert render(preview).made
    alone = difference("one.lines-6-8")
    assert render(Job(path, wav, out)).made
    whole = difference("one")
    assert abs(whole - alone) > 2.0
    assert render(preview).recorded == 0
    assert difference("one.lines-6-8") == pytest.approx(whole, abs=0.1)
    assert not render(preview).made
