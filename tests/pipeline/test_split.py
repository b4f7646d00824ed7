"""Files of each chapter: what an edit makes again, what a chapter is called, and what remains of one that is gone."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import mutagen.id3
import mutagen.mp3
import numpy as np
import pytest
import soundfile

from tests.cli.test_play import player
from tests.conftest import Run
from tests.engine_packages import TONE_ENGINE, install
from tests.publish.parts import ffmpeg

HEAD = "---\ntitle: The Tale\nauthor: Ann Lee\ncast: {Ann: ada, Bob: ben}\n---\n\n"
TOWN = "Ann: Here is a line about the town.\n\nBob: And here is another one.\n"
CHAPTERS = {
    "The country": "Ann: A line of the country.\n\nBob: It is quiet here.\n",
    "The town": TOWN,
    "The way home": "Bob: We go home.\n",
}


def write(folder: Path, chapters: dict[str, str], head: str = HEAD) -> None:
    (folder / "tale.md").write_text(head + "\n".join(f"## {title}\n\n{text}" for title, text in chapters.items()), "utf-8")


def split(voiceover: Run, kind: str = "wav") -> dict[str, Any]:
    """Render tale.md into chapters and return what the command says of it."""
    done = voiceover("render", "tale.md", "-o", "out", "--split", "chapters", "--engine", "draft", "--json", "--format", kind)
    return next(event for event in map(json.loads, done.stdout.splitlines()) if event["event"] == "episode")


def files(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Inode, time and content of each file."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes()) for path in found}


def loudness(path: Path) -> float:
    """Integrated loudness of a file, by ffmpeg's meter."""
    said = ffmpeg("-i", path, "-af", "ebur128=metadata=1,ametadata=print:key=lavfi.r128.I:file=-", "-f", "null", "-").decode()
    return float(re.findall(r"lavfi\.r128\.I=(\S+)", said)[-1])


def test_each_chapter_is_a_track_of_its_own_loudness(voiceover: Run, tmp_path: Path) -> None:
    write(tmp_path, CHAPTERS)
    event = split(voiceover, "mp3")
    folder = tmp_path / "out" / "tale.chapters"
    names = ["01_the_country.draft", "02_the_town.draft", "03_the_way_home.draft"]
    assert [part["name"] for part in event["parts"]] == names
    assert all(part["made"] and part["reached"] for part in event["parts"])
    assert not list((tmp_path / "out").glob("*.mp3"))
    for number, (name, title) in enumerate(zip(names, CHAPTERS, strict=True), 1):
        audio = mutagen.mp3.MP3(folder / f"{name}.mp3")
        assert isinstance(audio.tags, mutagen.id3.ID3)
        tags = {key: str(audio.tags[key]) for key in ("TIT2", "TALB", "TRCK", "TPE1")}
        assert tags == {"TIT2": title, "TALB": "The Tale", "TRCK": str(number), "TPE1": "Ann Lee"}
        assert not audio.tags.getall("CHAP")
        assert loudness(folder / f"{name}.mp3") == pytest.approx(-16.0, abs=0.3)
        # The heading is spoken, first.
        assert title in (folder / f"{name}.vtt").read_text("utf-8").split("\n\n")[1]
        own = json.loads((folder / f"{name}.manifest.json").read_text("utf-8"))
        assert own["book"] == {"number": number, "stem": "tale.draft", "title": "The Tale"}
        assert own["seconds"] == pytest.approx(audio.info.length, abs=0.1)
    whole = json.loads((folder / "tale.draft.manifest.json").read_text("utf-8"))
    assert [part["stem"] for part in whole["parts"]] == names
    assert {file["name"] for file in whole["files"]} == set(files(folder)) - {"tale.draft.manifest.json"}
    assert whole["seconds"] == pytest.approx(sum(part["seconds"] for part in whole["parts"]), abs=0.01)
    assert split(voiceover, "mp3")["made"] is False


def test_an_edit_makes_its_chapter_alone(voiceover: Run, tmp_path: Path) -> None:
    write(tmp_path, CHAPTERS)
    split(voiceover)
    before = files(tmp_path / "out")
    # Much more of one voice: the balance of the others must not follow it.
    write(tmp_path, CHAPTERS | {"The town": f"<!-- longer -->\n\nBob: {'This is a loud and long remark. ' * 6}\n\n{TOWN}"})
    event = split(voiceover)
    assert [part["made"] for part in event["parts"]] == [False, True, False]
    after = files(tmp_path / "out")
    assert set(before) == set(after)
    changed = {name for name in after if after[name] != before[name]}
    assert {name for name in changed if not name.startswith("02_the_town.")} == {"tale.draft.manifest.json", "tale.draft.credits.txt"}
    assert after["02_the_town.draft.wav"][2] != before["02_the_town.draft.wav"][2]


@pytest.mark.slow
def test_a_damaged_chapter_is_made_again_alone(voiceover: Run, tmp_path: Path) -> None:
    write(tmp_path, CHAPTERS)
    split(voiceover)
    folder = tmp_path / "out" / "tale.chapters"
    before = files(folder)
    (folder / "03_the_way_home.draft.wav").unlink()
    (folder / "01_the_country.draft.manifest.json").unlink()
    assert [part["made"] for part in split(voiceover)["parts"]] == [True, False, True]
    assert {name: data for name, (_, _, data) in files(folder).items()} == {name: data for name, (_, _, data) in before.items()}


def test_nothing_stale_remains_of_a_chapter_that_is_renamed_or_gone(voiceover: Run, tmp_path: Path) -> None:
    write(tmp_path, CHAPTERS)
    split(voiceover)
    folder = tmp_path / "out" / "tale.chapters"
    (folder / "mine.txt").write_text("a file of the user")
    (folder / "01_the_country.draft.txt").write_text("corrected by the user")
    write(tmp_path, {"The village": CHAPTERS["The country"], "The way home": CHAPTERS["The way home"]})
    assert [part["name"] for part in split(voiceover)["parts"]] == ["01_the_village.draft", "02_the_way_home.draft"]
    starts = {name.partition(".")[0] for name in files(folder)}
    assert starts == {"01_the_village", "02_the_way_home", "tale", "mine", "01_the_country"}
    # What the user changed is kept, without a manifest that would call it an episode.
    assert [name for name in files(folder) if name.startswith("01_the_country")] == ["01_the_country.draft.txt"]


HOSTILE = ("../../etc/passwd", "a/b\\\\c", "\U0001f600", "..", "The same", "The same", "", "x" * 5000, "CON", "\u202egpj.exe", "<script>")


def test_any_title_gives_a_safe_name(voiceover: Run, tmp_path: Path) -> None:
    lines = [f"## {title}\n\nAnn: A line for the chapter with number {number}.\n" for number, title in enumerate(HOSTILE)]
    (tmp_path / "tale.md").write_text(HEAD.replace("---\n\n", "read: {headings: skip}\n---\n\n") + "\n".join(lines), "utf-8")
    event = split(voiceover)
    assert len(event["parts"]) == len(HOSTILE)
    there = list(tmp_path.rglob("*.wav"))
    assert {path.parent for path in there} == {tmp_path / "out" / "tale.chapters"}
    assert len(there) == len(HOSTILE)
    assert all(re.fullmatch(r"\d\d_[a-z0-9_]{1,60}\.draft\.wav", path.name) for path in there), there
    assert sorted(path.name for path in there)[2:6] == [
        "03_chapter.draft.wav",
        "04_chapter.draft.wav",
        "05_the_same.draft.wav",
        "06_the_same.draft.wav",
    ]


def test_a_hundred_chapters_are_in_order_of_their_names(voiceover: Run, tmp_path: Path) -> None:
    from voiceover import Job
    from voiceover.pipeline.chapters import chapter_plans
    from voiceover.pipeline.render import plan_episode
    from voiceover.types import Gaps

    write(tmp_path, {f"Part {number}": "Ann: A line.\n" for number in range(1, 101)} | {"An empty one": ""})
    whole = plan_episode(Job(tmp_path / "tale.md", output=tmp_path / "out")).plan
    chapters = chapter_plans(whole, {}, Gaps(), "The Tale")
    assert [(chapter.number, chapter.title) for chapter in (chapters[0], chapters[-1])] == [(1, "Part 1"), (100, "Part 100")]
    assert [len(chapter.plan.planned) for chapter in chapters] == [1] * 100


@pytest.mark.parametrize(("lines", "titles"), [(1, ["The country"]), pytest.param(9, ["The Tale", "The country"], marks=pytest.mark.slow)])
def test_what_comes_before_the_first_heading(voiceover: Run, tmp_path: Path, lines: int, titles: list[str]) -> None:
    opening = "\n\n".join(f"Ann: This is sentence {number} of the opening." for number in range(lines))
    write(tmp_path, {"The country": CHAPTERS["The country"]}, f"{HEAD}{opening}\n\n")
    event = split(voiceover)
    assert [part["title"] for part in event["parts"]] == titles


def test_a_script_without_chapters_is_one(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "tale.md").write_text(HEAD + TOWN, "utf-8")
    assert [(part["name"], part["title"]) for part in split(voiceover)["parts"]] == [("01_the_tale.draft", "The Tale")]


def test_the_setting_its_flag_and_a_preview(voiceover: Run, tmp_path: Path) -> None:
    write(tmp_path, CHAPTERS, HEAD.replace("title", "split: chapters\nread: {headings: skip}\ntitle"))
    common = ("render", "tale.md", "--engine", "draft", "-o")
    said = voiceover(*common, "one.mp3", check=2).stderr
    assert said.startswith("one.mp3: with `split: chapters` there is a file for each chapter, so -o must be a folder"), said
    assert len(said.splitlines()) == 1
    assert not list(tmp_path.glob("one*"))
    voiceover(*common, "out", "--format", "wav", "--chapter", "2")
    assert {path.name for path in (tmp_path / "out").glob("*.wav")} == {"tale.chapter-2.draft.wav"}
    voiceover(*common, "out", "--format", "wav")
    preview, chapter = (soundfile.info(path).frames for path in sorted(tmp_path.rglob("*.wav")) if path.name[:4] in ("tale", "02_t"))
    assert preview == chapter
    assert "The town" not in (tmp_path / "out" / "tale.chapters" / "02_the_town.draft.vtt").read_text("utf-8")
    voiceover(*common, "out", "--split", "none")
    assert (tmp_path / "out" / "tale.draft.mp3").is_file()
    assert "split must be one of chapters, none" in voiceover(*common, "out", "--split", "pages", check=2).stderr
    voiceover("say", "Hello there.", "--engine", "draft")


def test_a_render_that_fails_leaves_no_folder(voiceover: Run, tmp_path: Path) -> None:
    write(tmp_path, CHAPTERS)
    voiceover("render", "tale.md", "-o", "out", "--split", "chapters", "--model", "nonesuch", "--engine", "f5", check=2)
    assert not (tmp_path / "out" / "tale.chapters").exists()


@pytest.mark.slow
def test_a_folder_in_the_place_of_a_file(voiceover: Run, tmp_path: Path) -> None:
    write(tmp_path, CHAPTERS)
    (tmp_path / "out" / "tale.chapters" / "02_the_town.draft.wav").mkdir(parents=True)
    done = voiceover("render", "tale.md", "-o", "out", "--split", "chapters", "--engine", "draft", "--format", "wav", "-q", check=1)
    assert "02_the_town.draft.wav: is a folder" in done.stderr
    assert [path.name for path in (tmp_path / "out" / "tale.chapters").iterdir()] == ["02_the_town.draft.wav"]


@pytest.mark.slow
def test_what_is_new_is_played(voiceover: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    heard = player(programs, "mpv")
    command = ("render", "tale.md", "-o", "out", "--split", "chapters", "--engine", "draft", "--play")
    played, changed = [], CHAPTERS | {"The way home": "Bob: We never go home.\n"}
    for chapters in (CHAPTERS, changed, changed):
        write(tmp_path, chapters)
        voiceover(*command)
        played.append([Path(line).name[:2] for line in heard.read_text().splitlines() if not line.startswith("--")])
        heard.unlink()
    assert played == [["01", "02", "03"], ["03"], ["01", "02", "03"]]


CLIPPING = """
import numpy as np
import tone_engine
from dataclasses import replace


class LoudEngine(tone_engine.ToneEngine):
    @property
    def info(self):
        return replace(super().info, name="loud", fingerprint="loud r1")

    def speak(self, utterance, voice):
        audio = super().speak(utterance, voice)
        return replace(audio, samples=np.clip(20 * audio.samples, -1, 1).astype(np.float32))


def make(context):
    return LoudEngine()
"""


def test_what_is_found_in_a_take_is_in_both_manifests(voiceover: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "loud_engine.py").write_text(CLIPPING, "utf-8")
    (site / "tone_engine.py").write_bytes(TONE_ENGINE.read_bytes())
    install(site, site / "loud_engine.py", "loud", monkeypatch)
    write(tmp_path, CHAPTERS)
    for _ in range(2):  # of a chapter that stands, too
        voiceover("render", "tale.md", "-o", "out", "--split", "chapters", "--engine", "loud", "--format", "wav", "--allow-suspect")
        folder = tmp_path / "out" / "tale.chapters"
        for name in ("01_the_country", "tale"):
            takes = json.loads((folder / f"{name}.manifest.json").read_text("utf-8"))["takes"]
            assert all("clipped" in {finding["check"] for finding in take["findings"]} for take in takes)
        write(tmp_path, CHAPTERS | {"The way home": "Bob: We never go home.\n"})


def test_the_intro_is_in_the_first_file_and_the_outro_in_the_last(voiceover: Run, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "ding.wav", np.full(44_100, 0.1, np.float32), 44_100)
    soundfile.write(tmp_path / "door.wav", np.full(22_050, 0.1, np.float32), 44_100)
    chapters = {"One": "The first words.", "Two": "The second words. [sound: door] And more.", "Three": "The third words."}
    head = HEAD.replace("---\n", "---\nsounds: {ding: ding.wav, door: door.wav}\nintro: ding\noutro: ding\n", 1)
    write(tmp_path, chapters, head)
    split(voiceover)
    played = [
        [sound["name"] for sound in json.loads(path.read_text("utf-8")).get("sounds", [])]
        for path in sorted((tmp_path / "out").rglob("0*.manifest.json"))
    ]
    assert played == [["ding"], ["door"], ["ding"]]
    before = files(tmp_path)
    soundfile.write(tmp_path / "door.wav", np.full(33_075, 0.1, np.float32), 44_100)
    split(voiceover)
    changed = {name.split("/")[-1][:2] for name, old in before.items() if files(tmp_path)[name] != old}
    assert "02" in changed
    assert not {"01", "03"} & changed
