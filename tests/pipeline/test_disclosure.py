"""What an episode says about itself: the spoken sentence, the marks in its files as outside readers see them, and the credits."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path

import mutagen
import pytest

from tests.conftest import Run
from tests.engine_packages import TONE_ENGINE, install
from tests.pipeline.test_casts import person
from voiceover.engines import forget_engines

CLONE = """
from dataclasses import replace

import tone_engine
from tone_engine import OPTIONS, VOICE_SETTINGS


class CloneEngine(tone_engine.ToneEngine):
    @property
    def info(self):
        return replace(super().info, name="clone", fingerprint="clone r1", reference_in_window=True, licence="CC-BY-NC-4.0", model="parrot")


def make(context):
    return CloneEngine()


def ready(context):
    return None


def outline(context):
    return make(context).info
"""
READY = "This recording was made with computer-generated speech."
TALK = "---\ntitle: Mice\ncast:\n  Ann: {{voice: {voice}, engine: {engine}}}\n{more}\n---\n\n## One\n\nAnn: Hello there, it is late.\n"


@pytest.fixture
def clone(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install an engine that clones, as far as it says."""
    site = tmp_path_factory.mktemp("site")
    monkeypatch.syspath_prepend(str(site))
    install(site, TONE_ENGINE, "tone", monkeypatch)
    (site / "clone_engine.py").write_text(CLONE, "utf-8")
    install(site, site / "clone_engine.py", "clone", monkeypatch)
    forget_engines()


def write(folder: Path, voice: str = "me", engine: str = "clone", more: str = "") -> None:
    (folder / "a.md").write_text(TALK.format(voice=voice, engine=engine, more=more), "utf-8")


def manifest(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "a.manifest.json").read_bytes())
    return found


def texts(folder: Path) -> list[str]:
    return [take["text"] for take in manifest(folder)["takes"]]  # type: ignore[attr-defined]


@pytest.mark.usefixtures("clone")
def test_a_cloned_voice_says_so_first(voiceover: Run, tmp_path: Path) -> None:
    person(tmp_path)
    write(tmp_path)
    voiceover("render", "a.md")
    assert texts(tmp_path) == [READY, "Hello there, it is late."]
    about = manifest(tmp_path)
    assert about["disclosure"]["spoken"] == READY  # type: ignore[index]
    assert about["chapters"] == [{"title": "One", "start": 0.0}]
    assert READY in (tmp_path / "a.vtt").read_text("utf-8").replace("\n", " ")
    assert "up to date" in voiceover("render", "a.md").stderr


@pytest.mark.usefixtures("clone")
def test_in_the_writers_words(voiceover: Run, tmp_path: Path) -> None:
    person(tmp_path)
    write(tmp_path, more="disclosure: {spoken: A parrot speaks for me today.}")
    voiceover("render", "a.md")
    assert texts(tmp_path)[0] == "A parrot speaks for me today."


@pytest.mark.usefixtures("clone")
def test_in_the_language_of_the_speaker(voiceover: Run, tmp_path: Path) -> None:
    person(tmp_path)
    write(tmp_path, more="language: de-AT")
    voiceover("render", "a.md")
    assert texts(tmp_path)[0].startswith("Diese Aufnahme")


@pytest.mark.usefixtures("clone")
def test_a_language_without_a_ready_sentence_asks_for_one(voiceover: Run, tmp_path: Path) -> None:
    person(tmp_path)
    write(tmp_path, more="language: cs")
    for command in ("check", "plan", "render"):
        told = voiceover(command, "a.md", check=2)
        said = told.stdout + told.stderr
        assert 'no ready spoken disclosure in "cs"' in said
        assert "disclosure: {spoken: your own sentence}" in said


@pytest.mark.usefixtures("clone")
def test_a_clone_of_the_writer_may_leave_it_to_the_tags(voiceover: Run, tmp_path: Path) -> None:
    person(tmp_path)
    write(tmp_path, more="disclosure: metadata")
    voiceover("render", "a.md")
    assert texts(tmp_path) == ["Hello there, it is late."]
    assert manifest(tmp_path)["disclosure"]["spoken"] == ""  # type: ignore[index]


@pytest.mark.usefixtures("clone")
@pytest.mark.parametrize("command", ["check", "plan", "render"])
def test_of_another_person_it_may_not_be_left_to_the_tags(command: str, voiceover: Run, tmp_path: Path) -> None:
    person(tmp_path)
    voice = tmp_path / "voices" / "me" / "voice.yaml"
    voice.write_text(voice.read_text("utf-8").replace("consent: self", "consent: Ada Byron, 2026-11-20"), "utf-8")
    write(tmp_path, more="disclosure: metadata")
    told = voiceover(command, "a.md", check=2)
    assert "a.md:5:13" in told.stdout + told.stderr
    assert "`disclosure: metadata` is for clones of your own voice (consent: self), not for me" in told.stdout + told.stderr
    assert not list(tmp_path.glob("a.*[!d]"))


@pytest.mark.usefixtures("clone")
def test_a_preview_of_a_later_chapter_has_none(voiceover: Run, tmp_path: Path) -> None:
    person(tmp_path)
    write(tmp_path)
    with (tmp_path / "a.md").open("a", encoding="utf-8") as file:
        file.write("\n## Two\n\nAnn: And later still.\n")
    told = json.loads(voiceover("plan", "a.md", "--json", "--chapter", "2").stdout)
    assert READY not in json.dumps(told)
    assert READY in voiceover("plan", "a.md", "--json", "--chapter", "1").stdout


@pytest.mark.usefixtures("clone")
def test_the_credits_name_licences_and_no_person(voiceover: Run, tmp_path: Path) -> None:
    person(tmp_path)
    voice = tmp_path / "voices" / "me" / "voice.yaml"
    voice.write_text(voice.read_text("utf-8").replace("consent: self", "consent: Ada Byron, 2026-11-20"), "utf-8")
    write(tmp_path)
    voiceover("render", "a.md")
    assert (tmp_path / "a.credits.txt").read_text("utf-8") == (
        "Mice\n\n"
        "Voice: me (as Ann), CC0-1.0; used with the consent of the person\n"
        "Speech: clone, parrot, CC-BY-NC-4.0; not for commercial use\n\n"
        "The voices in this recording are synthetic (parrot).\n"
    )
    assert [credit["licence"] for credit in manifest(tmp_path)["credits"]] == ["CC0-1.0", "CC-BY-NC-4.0"]  # type: ignore[attr-defined]


@pytest.mark.usefixtures("clone")
@pytest.mark.parametrize(("voice", "engine"), [("ada", "clone"), ("me", "tone")])
def test_neither_a_synthetic_voice_nor_an_engine_that_does_not_clone_adds_a_sentence(
    voice: str, engine: str, voiceover: Run, tmp_path: Path
) -> None:
    person(tmp_path)
    write(tmp_path, voice, engine)
    voiceover("render", "a.md")
    assert texts(tmp_path) == ["Hello there, it is late."]


@pytest.mark.usefixtures("clone")
def test_every_format_says_it_to_programs(voiceover: Run, tmp_path: Path) -> None:
    write(tmp_path, "ada", "tone", more="disclosure: spoken")
    voiceover("render", "a.md", "--format", "mp3,wav,flac")
    source = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    for name in ("a.mp3", "a.wav"):
        marks = {frame.desc: frame.text[0] for frame in mutagen.File(tmp_path / name).tags.getall("TXXX")}
        assert (marks["AI_GENERATED"], marks["digitalSourceType"]) == ("true", source)
    flac = mutagen.File(tmp_path / "a.flac").tags
    assert (flac["AI_GENERATED"], flac["digitalSourceType"]) == (["true"], [source])
    info = _info((tmp_path / "a.wav").read_bytes())
    assert source in info["IKEY"]
    assert "synthetic" in info["ICMT"]
    assert texts(tmp_path)[0] == READY


def _info(wav: bytes) -> dict[str, str]:
    """The INFO list of a WAV file."""
    at = wav.index(b"LIST", 12)
    while wav[at + 8 : at + 12] != b"INFO":
        at = wav.index(b"LIST", at + 4)
    (size,) = struct.unpack_from("<I", wav, at + 4)
    found, place = {}, at + 12
    while place < at + 8 + size:
        (length,) = struct.unpack_from("<I", wav, place + 4)
        found[wav[place : place + 4].decode()] = wav[place + 8 : place + 8 + length].rstrip(b"\0").decode()
        place += 8 + length + (length & 1)
    return found


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("A machine speaks.", "disclosure must be one of spoken, metadata, or {spoken: your own sentence}"),
        ("{spoken: '...'}", "disclosure: spoken must be a sentence that can be spoken"),
        (f"{{spoken: {'ha ' * 200}}}", "of at most 300 characters"),
        ("{}", "disclosure as a mapping needs the sentence"),
        ("{word: x}", 'unknown key "word"'),
        ("[spoken]", "disclosure must be one of"),
    ],
)
def test_what_is_no_disclosure(value: str, said: str, voiceover: Run, tmp_path: Path) -> None:
    write(tmp_path, "ada", "draft", more=f"disclosure: {value}")
    told = voiceover("check", "a.md", check=2)
    assert re.search(r"a\.md:5:\d\d: ", told.stdout + told.stderr)
    assert said in told.stdout + told.stderr


def test_a_page_with_a_disclosure_of_its_own_is_spoken_without_it(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\ndisclosure: I own a goose.\n---\n\nThe game is about geese.\n", "utf-8")
    voiceover("render", "a.md", "--engine", "draft", "-o", "a.mp3")
    told = json.loads((tmp_path / "a.draft.manifest.json").read_text("utf-8"))
    assert [take["text"] for take in told["takes"]] == ["The game is about geese."]
    assert told["disclosure"]["source_type"].endswith("/algorithmicMedia")
