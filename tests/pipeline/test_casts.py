"""Casts whose voices are spoken by several engines, of several sample rates."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import mutagen
import pytest

from tests.conftest import Run
from tests.engine_packages import SECOND_ENGINE, TONE_ENGINE, install
from tests.takes.parts import wait_for
from voiceover.audio.files import open_audio
from voiceover.engines import forget_engines
from voiceover.takes import FileStore

DEEP = """
import os
import time
from dataclasses import replace

import tone_engine
from tone_engine import make as make_tone
from voiceover.errors import EngineError, EngineMissingError
from voiceover.types import Audio, Kind, OptionSpec, VoiceSettings

OPTIONS = (OptionSpec("depth", "Depth of the tones.", Kind.INTEGER, low=1, high=9, default="1"),)
VOICE_SETTINGS = VoiceSettings((OptionSpec("pitch", "Pitch in Hz.", Kind.NUMBER, low=20, high=99),))


class DeepEngine(tone_engine.ToneEngine):
    def __init__(self, depth):
        self.depth = depth
        self.spoken = 0

    @property
    def info(self):
        return replace(
            super().info, name="deep", fingerprint=f"deep r1 {self.depth}", sample_rate=24_000, rank=20, languages=frozenset({"en"}),
            licence="CC-BY-NC-4.0", realtime_factor=0.5,
        )

    def speak(self, utterance, voice):
        self.spoken += 1
        while self.spoken > 5 and os.path.exists("slowly"):
            time.sleep(0.02)
        if "unspeakable" in utterance.spoken:
            raise EngineError("that is too deep")
        return Audio(super().speak(utterance, voice).samples, 24_000)


def make(context):
    return DeepEngine(int(context.options.get("depth", "1")))


def ready(context):
    return None


def outline(context):
    return make(context).info


def speaks(context, voice, language):
    return None if "deep" in voice.styles[""].settings else f"the voice {voice.name} has no depth"
"""
MIXED = """---
title: Three engines
cast:
  Ann: {voice: ada, engine: tone}
  Bob: bell
  Cat: {voice: ben, engine: deep, deep: {pitch: 60}}
---
Ann: Hello there, it is late.

Bob: Not that late.

Cat: It is rather late, I am afraid. [pause 1s] Good night.

Ann: Good night.
"""
Engines = Callable[..., None]
OLDER = Path(__file__).parent / "before_casts"


@pytest.fixture
def engines(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Engines:
    """Install engines for this process and its workers: ``tone`` and ``chime`` (16,000 Hz), and ``deep`` (24,000 Hz)."""
    site = tmp_path_factory.mktemp("site")
    monkeypatch.syspath_prepend(str(site))

    def put(*names: str) -> None:
        for name in names:
            source = {"tone": TONE_ENGINE, "chime": SECOND_ENGINE / "chime_engine"}.get(name)
            if source is None:
                source = site / "deep_engine.py"
                source.write_text(DEEP, "utf-8")
                if not (site / "tone_engine.py").exists():
                    shutil.copy(TONE_ENGINE, site)
            install(site, source, name, monkeypatch)

    return put


def write(folder: Path, text: str, name: str = "play.md") -> None:
    (folder / name).write_text(text, "utf-8")


def last_event(voiceover: Run, *arguments: str, **more: object) -> dict[str, object]:
    found: dict[str, object] = json.loads(voiceover("render", "play.md", "--json", *arguments, **more).stdout.splitlines()[-1])
    return found


def manifest(folder: Path, name: str = "play") -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / f"{name}.manifest.json").read_text("utf-8"))
    return found


def engine_of_speakers(folder: Path, name: str = "play") -> dict[str, str]:
    return {take["speaker"]: take["engine"] for take in manifest(folder, name)["takes"]}  # type: ignore[attr-defined]


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir()) if path.is_file()}


def person(folder: Path, name: str = "me", more: str = "") -> None:
    """A voice recorded from a person, as far as its file tells."""
    home = folder / "voices" / name
    shutil.copytree(Path(__file__).parents[2] / "voices" / "ada", home)
    words = (home / "voice.yaml").read_text("utf-8").split("reference:")[1].split("text:")[1].split("\n")[0]
    clip = f"reference: {{audio: plain.flac, text: '{words.strip()}'}}\n"
    (home / "voice.yaml").write_text(f"licence: CC0-1.0\nconsent: self\n{clip}{more}", "utf-8")


# ---------------------------------------------------------------- one episode by several engines


def test_three_engines_in_one_episode(voiceover: Run, engines: Engines, tmp_path: Path) -> None:
    engines("tone", "chime", "deep")
    write(tmp_path, MIXED)
    event = last_event(voiceover, "--format", "wav,mp3")
    assert event["engine"] == "chime, deep, tone"
    assert [(engine["name"], engine["speakers"]) for engine in event["engines"]] == [  # type: ignore[attr-defined]
        ("tone", ["Ann"]),
        ("chime", ["Bob"]),
        ("deep", ["Cat"]),
    ]
    assert engine_of_speakers(tmp_path) == {"Ann": "tone", "Bob": "chime", "Cat": "deep"}
    written = manifest(tmp_path)
    assert [(engine["name"], engine["speakers"], engine["licence"]) for engine in written["engines"]] == [  # type: ignore[attr-defined]
        ("chime", ["Bob"], "CC0-1.0"),
        ("deep", ["Cat"], "CC-BY-NC-4.0"),
        ("tone", ["Ann"], "CC0-1.0"),
    ]
    assert str(mutagen.File(tmp_path / "play.mp3").tags["TXXX:AI_MODEL"]) == "chime, deep, tone"
    assert open_audio(tmp_path / "play.wav").sample_rate == 24_000
    before = digests(tmp_path)
    again = last_event(voiceover, "--format", "wav,mp3")
    assert (again["made"], again["recorded"]) == (False, 0)
    assert digests(tmp_path) == before


def test_the_number_of_workers_does_not_change_a_byte(voiceover: Run, engines: Engines, tmp_path: Path) -> None:
    engines("tone", "chime", "deep")
    write(tmp_path, MIXED)
    found = []
    for jobs in ("1", "3"):
        event = last_event(voiceover, "-o", f"out{jobs}", "--jobs", jobs, VOICEOVER_CACHE=tmp_path / f"cache{jobs}")
        assert event["recorded"] == 5
        found.append(digests(tmp_path / f"out{jobs}"))
    assert found[0] == found[1]


def test_what_was_recorded_before_an_error_is_kept(voiceover: Run, engines: Engines, tmp_path: Path) -> None:
    engines("tone", "chime", "deep")
    write(tmp_path, MIXED.replace("Good night.\n\nAnn", "This is unspeakable.\n\nAnn"))
    assert "too deep" in voiceover("render", "play.md", check=1).stderr
    write(tmp_path, MIXED)
    event = last_event(voiceover)
    assert 1 <= event["recorded"] < 5  # type: ignore[operator]


@pytest.mark.slow
def test_a_mixed_cast_that_is_killed_while_it_records_goes_on(voiceover: Run, engines: Engines, tmp_path: Path) -> None:
    engines("tone", "deep")
    turns = "".join(f"Ann: This is line {n}.\n\nCat: And that was line {n}, I am afraid.\n\n" for n in range(12))
    write(tmp_path, MIXED.replace("  Bob: bell\n", "").partition("Ann: Hello")[0] + turns)
    (tmp_path / "slowly").touch()
    command = [sys.executable, "-m", "voiceover", "render", "play.md", "--jobs", "2"]
    killed = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL)
    store = FileStore(Path(os.environ["VOICEOVER_CACHE"]))
    wait_for(lambda: sum(1 for _ in store.entries()) >= 5, 60)
    killed.kill()
    killed.wait()
    assert not (tmp_path / "play.mp3").exists()
    (tmp_path / "slowly").unlink()
    event = last_event(voiceover)
    assert 1 <= event["recorded"] <= 24 - 5  # type: ignore[operator]
    last_event(voiceover, "-o", "again", VOICEOVER_CACHE=tmp_path / "other")
    made = digests(tmp_path)
    assert {name: made[name] for name in digests(tmp_path / "again")} == digests(tmp_path / "again")


def test_one_engine_changes_and_only_its_lines_are_new(voiceover: Run, engines: Engines, tmp_path: Path) -> None:
    engines("tone", "chime", "deep")
    write(tmp_path, MIXED)
    last_event(voiceover)
    write(tmp_path, MIXED.replace("{voice: ada, engine: tone}", "{voice: ada, engine: chime}"))
    planned = json.loads(voiceover("plan", "play.md", "--json").stdout)
    assert {(take["speaker"], take["status"]) for take in planned["takes"]} == {
        ("Ann", "engine changed"),
        ("Bob", "cached"),
        ("Cat", "cached"),
    }


def test_a_chapter_of_a_mixed_cast_keeps_its_takes(voiceover: Run, engines: Engines, tmp_path: Path) -> None:
    engines("tone", "chime", "deep")
    write(tmp_path, MIXED.replace("Ann: Hello", "## One\n\nAnn: Hello").replace("Bob: Not", "## Two\n\nBob: Not"))
    last_event(voiceover)
    event = last_event(voiceover, "--chapter", "2")
    assert event["recorded"] == 0
    assert event["engine"] == "chime, deep, tone"


def test_a_flag_is_for_all_and_draft_previews_every_voice(voiceover: Run, engines: Engines, tmp_path: Path) -> None:
    engines("tone", "chime", "deep")
    write(tmp_path, MIXED)
    assert last_event(voiceover, "--engine", "draft")["engine"] == "draft"
    assert set(engine_of_speakers(tmp_path, "play.draft").values()) == {"draft"}
    said = voiceover("check", "play.md", "--engine", "tone", check=2).stdout
    assert "play.md:5:3" in said
    assert "the voice bell of Bob comes with the engine chime, but tone speaks; take --engine chime" in said


def test_plan_names_each_engine(voiceover: Run, engines: Engines, tmp_path: Path) -> None:
    engines("tone", "chime", "deep")
    write(tmp_path, MIXED)
    said = voiceover("plan", "play.md").stdout.splitlines()
    assert "engine for Ann: tone was asked for, in numpy" in said
    assert "engine for Bob: chime has the voice bell" in said
    assert "engine for Cat: deep was asked for" in said


def test_options_reach_the_engines_that_have_them(voiceover: Run, engines: Engines, tmp_path: Path) -> None:
    engines("tone", "chime", "deep")
    write(tmp_path, MIXED)
    last_event(voiceover, "--engine-option", "depth=3", "--engine-option", "waveform=square")
    prints = {engine["name"]: engine["fingerprint"] for engine in manifest(tmp_path)["engines"]}  # type: ignore[attr-defined]
    assert prints == {"tone": "tone r1 square", "deep": "deep r1 3", "chime": "chime r1 decay=0.4 partials=3"}
    said = voiceover("render", "play.md", "--engine-option", "colour=red", check=2).stderr
    assert 'has no option "colour"' in said


def test_a_batch_records_mixed_casts_in_one_queue(voiceover: Run, engines: Engines, tmp_path: Path) -> None:
    engines("tone", "chime", "deep")
    write(tmp_path, MIXED, "one.md")
    write(tmp_path, "---\nengine: tone\n---\nHello again.\n", "two.md")
    write(tmp_path, "---\ncast: {Eve: bell}\n---\nEve: Not that late.\n\nEve: Bye.\n", "three.md")
    for counts in ({"made": 3}, {"unchanged": 3}):
        voiceover("batch", "one.md", "two.md", "three.md", "-o", "out", "--report", "report.json", "--jobs", "2")
        assert json.loads((tmp_path / "report.json").read_text("utf-8"))["counts"].items() >= counts.items()
    (kept,) = (tmp_path / ".voiceover").glob("out-*/episodes")
    assert engine_of_speakers(kept, "one") == {"Ann": "tone", "Bob": "chime", "Cat": "deep"}


def test_an_episode_of_the_version_before_stands(voiceover: Run, engines: Engines, tmp_path: Path) -> None:
    """Its addresses and keys are the same, its manifest is read, and the new manifest says the same."""
    engines("tone")
    shutil.copytree(OLDER, tmp_path, dirs_exist_ok=True)
    old = manifest(tmp_path, "mice")
    planned = json.loads(voiceover("plan", "mice.md", "--json").stdout)
    assert [take["address"] for take in planned["takes"]] == [take["address"] for take in old["takes"]]  # type: ignore[attr-defined]
    assert {take["status"] for take in planned["takes"]} == {"take lost"}  # known from the manifest, and not in this store
    voiceover("render", "mice.md", "--format", "wav")
    new = manifest(tmp_path, "mice")
    for take in new["takes"]:  # type: ignore[attr-defined]
        take.pop("words", None)  # the engine of these tests has learnt to mark words
    depends_on_encoders = ("files", "versions", "loudness", "recipe", "credits", "disclosure", "author", "language", "show")
    assert {key: old[key] for key in old if key not in depends_on_encoders} == {
        key: new[key] for key in new if key not in depends_on_encoders
    }


# ---------------------------------------------------------------- auto, a voice at a time


def test_auto_takes_the_first_engine_that_can_speak_the_voice(voiceover: Run, engines: Engines, tmp_path: Path) -> None:
    """``deep`` comes first by its rank, and speaks only voices with settings for it, in English."""
    engines("tone", "deep")
    write(
        tmp_path,
        "---\ncast:\n  A: {voice: ada, deep: {pitch: 50}}\n  B: ben\n  C: {voice: ada, lang: fr, deep: {pitch: 50}}\n---\n"
        "A: One.\n\nB: Two.\n\nC: Trois.\n",
    )
    last_event(voiceover)
    assert engine_of_speakers(tmp_path) == {"A": "deep", "B": "tone", "C": "tone"}


def test_a_persons_voice_is_never_given_another_timbre(voiceover: Run, engines: Engines, tmp_path: Path) -> None:
    engines("tone")
    person(tmp_path)
    write(tmp_path, "---\ncast: {Me: me, Ada: ada}\n---\nMe: Hello.\n\nAda: Hello.\n")
    done = voiceover("render", "play.md")
    assert engine_of_speakers(tmp_path, "play.draft") == {"Me": "draft", "Ada": "tone"}
    assert "play.md: Me: draft, a stand-in voice, because " in done.stderr
    assert "tone: me is a person's voice, and another may take its place only if its voice.yaml says so (with tone:)" in done.stderr
    strict = voiceover("batch", "play.md", "-o", "out", check=2)
    assert "only the stand-in voice" in strict.stdout + strict.stderr
    shutil.rmtree(tmp_path / "voices")
    person(tmp_path, more="tone: {pitch: 200}\n")
    last_event(voiceover)
    assert engine_of_speakers(tmp_path) == {"Me": "tone", "Ada": "tone"}


def test_each_voice_stays_with_the_engine_of_the_last_render(voiceover: Run, engines: Engines, tmp_path: Path) -> None:
    engines("tone")
    first = tmp_path / "voices" / "first"
    first.mkdir(parents=True)
    (first / "voice.yaml").write_text("licence: CC0-1.0\n", "utf-8")
    script = "---\ncast: {{A: first, B: {voice}}}\n---\nA: One.\n\nB: Two.\n"
    write(tmp_path, script.format(voice="ben"))
    last_event(voiceover)
    engines("deep")
    (first / "voice.yaml").write_text("licence: CC0-1.0\ndeep: {pitch: 50}\n", "utf-8")
    event = last_event(voiceover)
    assert (event["made"], event["recorded"]) == (False, 0)
    # A new voice joins the others, since one engine speaks them all and can speak it, too.
    write(tmp_path, script.format(voice="{voice: cora, deep: {pitch: 40}}"))
    last_event(voiceover)
    assert engine_of_speakers(tmp_path) == {"A": "tone", "B": "tone"}
    # What is named wins.
    write(tmp_path, script.format(voice="{voice: cora, engine: deep, deep: {pitch: 40}}"))
    last_event(voiceover)
    assert engine_of_speakers(tmp_path) == {"A": "tone", "B": "deep"}


def test_an_engine_of_the_last_render_that_is_gone_is_missed(voiceover: Run, engines: Engines, tmp_path: Path) -> None:
    engines("tone", "chime")
    write(tmp_path, "---\ncast: {A: ada, B: {voice: ben, engine: chime}}\n---\nA: One.\n\nB: Two.\n")
    last_event(voiceover)
    write(tmp_path, "---\ncast: {A: ada, B: ben}\n---\nA: One.\n\nB: Two.\n")
    assert last_event(voiceover)["made"] is False
    (metadata,) = (path for folder in sys.path for path in Path(folder).glob("voiceover_chime-1.0.dist-info"))
    shutil.rmtree(metadata)
    forget_engines()
    done = voiceover("render", "play.md", check=2)
    assert "the last render of this episode used the engine chime, which is not installed" in done.stderr
    assert last_event(voiceover, "--engine", "tone")["engine"] == "tone"


def test_the_unable_engine_names_those_that_can(voiceover: Run, engines: Engines, tmp_path: Path) -> None:
    engines("tone", "deep")
    write(tmp_path, "---\ncast:\n  A: {voice: ada, engine: deep}\n---\nA: One.\n")
    said = voiceover("check", "play.md", check=2).stdout
    assert "play.md:3:27: deep cannot speak the voice ada of A: the voice ada has no depth; engines that can: tone, draft" in said
    write(tmp_path, "---\ncast: {B: {voice: ben, engine: deep, lang: fr, deep: {pitch: 40}}}\n---\nB: Deux.\n")
    said = voiceover("check", "play.md", check=2).stdout
    assert 'does not speak "fr"; it speaks en. Engines that speak it: tone, draft (engine: tone in the cast' in said


# ---------------------------------------------------------------- commercial use


def test_commercial_use_leaves_out_engines_and_voices(voiceover: Run, engines: Engines, tmp_path: Path) -> None:
    engines("tone", "deep")
    top = "---\ncommercial: true\ncast:\n  A: {voice: ada, deep: {pitch: 50}}\n---\nA: One.\n"
    write(tmp_path, top)
    last_event(voiceover)
    assert engine_of_speakers(tmp_path) == {"A": "tone"}
    write(tmp_path, top.replace("ada,", "ada, engine: deep,"))
    said = voiceover("check", "play.md", check=2).stdout
    assert "play.md:4:27: `commercial: true` rules out engine: deep" in said
    assert "the engine deep is not licensed for commercial use (CC-BY-NC-4.0)" in said
    person(tmp_path)
    path = tmp_path / "voices" / "me" / "voice.yaml"
    path.write_text(path.read_text("utf-8").replace("CC0-1.0", "CC-BY-NC-4.0"), "utf-8")
    write(tmp_path, "---\ncommercial: true\ncast: {A: me}\n---\nA: One.\n")
    said = voiceover("check", "play.md", check=2).stdout
    assert "`commercial: true` rules out the voice me of A, whose licence is CC-BY-NC-4.0" in said


# ---------------------------------------------------------------- settings of engines in the cast


def addresses(voiceover: Run, folder: Path, entry: str) -> str:
    write(folder, f"---\ncast:\n  A: {entry}\n---\nA: One.\n")
    (take,) = json.loads(voiceover("plan", "play.md", "--json").stdout)["takes"]
    return str(take["address"])


def test_settings_in_the_cast_are_laid_over_those_of_the_voice(voiceover: Run, engines: Engines, tmp_path: Path) -> None:
    engines("tone")
    home = tmp_path / "voices" / "low"
    home.mkdir(parents=True)
    (home / "voice.yaml").write_text("licence: CC0-1.0\ntone: {pitch: 100}\n", "utf-8")
    plain = addresses(voiceover, tmp_path, "low")
    assert addresses(voiceover, tmp_path, "{voice: low, tone: {pitch: 100}}") == plain
    assert addresses(voiceover, tmp_path, "{voice: low, tone: {pitch: 120}}") != plain


def test_a_voice_made_of_settings(voiceover: Run, engines: Engines, tmp_path: Path) -> None:
    engines("tone", "deep")
    write(
        tmp_path,
        "---\ncast:\n  Ann: {tone: {pitch: 300}}\n  Bob: {deep: {pitch: 50}, draft: {pitch: 20}}\n---\nAnn: Hello.\n\nBob: Hello.\n",
    )
    last_event(voiceover)
    assert engine_of_speakers(tmp_path) == {"Ann": "tone", "Bob": "deep"}
    assert [voice["name"] for voice in manifest(tmp_path)["voices"]] == ["deep/Bob", "tone/Ann"]  # type: ignore[attr-defined]
    assert last_event(voiceover, "--engine", "draft")["engine"] == "draft"
    write(tmp_path, "---\ncast: {Ann: {draft: {pitch: 20}}}\n---\nAnn: Hello.\n")  # only a setting for previews
    last_event(voiceover, "--engine", "draft")
    assert [voice["name"] for voice in manifest(tmp_path, "play.draft")["voices"]] == ["ada"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("{voice: ada, engine: ton}", ':3:27: there is no engine "ton" here; did you mean "tone"?'),
        ("{voice: ada, tone: {pitch: high}}", 'tone: pitch must be a number from 50 to 1000, not "high"'),
        ("{voice: ada, tone: {pich: 100}}", 'unknown key "pich"; did you mean "pitch"?'),
        ("{voice: ada, tonne: {pitch: 100}}", 'unknown key "tonne"; did you mean "tone"?'),
        ("{tone: {pitch: 100}, deep: {pitch: 50}}", "the entry of A has settings for deep and tone; name one with `engine:`"),
    ],
)
def test_a_wrong_entry_is_an_error_with_its_place(voiceover: Run, engines: Engines, tmp_path: Path, entry: str, words: str) -> None:
    engines("tone", "deep")
    write(tmp_path, f"---\ncast:\n  A: {entry}\n---\nA: One.\n")
    said = voiceover("check", "play.md", check=2).stdout
    assert "play.md:3:" in said
    assert words in said
