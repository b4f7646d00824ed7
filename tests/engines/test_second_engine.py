"""An engine of another package: its voice, its options and its episodes, without a line of voiceover that knows it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.engine_packages import SECOND_ENGINE, TONE_ENGINE, install

SCRIPT = "---\ntitle: Bells\ncast:\n  Ann: bell\n  Bob: {voice: ada}\n---\nAnn: Hello there, it is late.\n\nBob: Not that late.\n"
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def chime(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path_factory.mktemp("site"), SECOND_ENGINE / "chime_engine", "chime", monkeypatch)


@pytest.fixture
def tone(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path_factory.mktemp("site"), TONE_ENGINE, "tone", monkeypatch)


@pytest.fixture(autouse=True)
def script(tmp_path: Path) -> Path:
    path = tmp_path / "bells.md"
    path.write_text(SCRIPT, "utf-8")
    return path


def last_line(voiceover: Run, *arguments: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(voiceover("render", "bells.md", "--json", *arguments).stdout.splitlines()[-1])
    return found


# ---------------------------------------------------------------- from pip install to mp3


@pytest.mark.slow
def test_from_pip_install_to_an_episode(tmp_path: Path, script: Path) -> None:
    copy, home = tmp_path / "source", tmp_path / "venv"
    shutil.copytree(SECOND_ENGINE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    venv.create(home, with_pip=False)
    outer = [path for path in sys.path if path.endswith("site-packages")]
    python = str(home / "bin" / "python")
    # Without build isolation hatchling comes from the running environment, and no network is needed.
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(outer)}
    done = subprocess.run([*pip, str(copy)], cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    site = next((home / "lib").glob("python*/site-packages"))
    (site / "outer.pth").write_text("\n".join([str(REPOSITORY), *outer]) + "\n", "utf-8")
    environment.pop("PYTHONPATH")

    def run(*arguments: str) -> str:
        done = subprocess.run([python, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=120, env=environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    contract = (
        "from pathlib import Path\n"
        "from voiceover.engines import open_engine\n"
        "from voiceover.engines.contract import check_engine, check_offers, plain_voice\n"
        "from voiceover.types import EngineContext\n"
        "check_engine(lambda: open_engine('chime', EngineContext(Path('cache'))), plain_voice())\n"
        "check_offers('chime', EngineContext(Path('cache')))\n"
    )
    run("-c", contract)
    found = {voice["name"]: voice for voice in json.loads(run("-m", "voiceover", "voices", "list", "--json"))}
    assert (found["bell"]["engine"], found["bell"]["folder"]) == ("chime", None)
    run("-m", "voiceover", "render", "bells.md", "--engine-option", "decay=0.2", "--engine-option", "partials=5")
    assert (tmp_path / "bells.mp3").stat().st_size > 10_000
    manifest = json.loads((tmp_path / "bells.manifest.json").read_text("utf-8"))
    assert manifest["engine"]["fingerprint"] == "chime r1 decay=0.2 partials=5"


# ---------------------------------------------------------------- voices of engines


def test_a_voice_of_an_engine_is_listed_and_shown(voiceover: Run, chime: None) -> None:
    assert "bell         en     A small bell. Engine: chime." in voiceover("voices", "list").stdout.splitlines()
    assert voiceover("voices").stdout == voiceover("voices", "list").stdout
    shown = voiceover("voices", "show", "BELL").stdout
    assert "  engine: chime\n" in shown
    assert "folder" not in shown
    assert "no clip" in voiceover("voices", "check", "bell").stdout
    assert "bell comes with the engine chime and cannot be removed" in voiceover("voices", "rm", "bell", "-y", check=2).stderr


def test_a_voice_of_an_engine_is_cast_by_name(voiceover: Run, chime: None, tmp_path: Path) -> None:
    assert last_line(voiceover)["engine"] == "chime"
    voices = {voice["name"]: voice for voice in json.loads((tmp_path / "bells.manifest.json").read_text("utf-8"))["voices"]}
    assert set(voices) == {"bell", "ada"}
    assert last_line(voiceover)["made"] is False


def test_the_draft_engine_speaks_the_voices_of_others(voiceover: Run, chime: None, tmp_path: Path) -> None:
    assert last_line(voiceover, "--engine", "draft")["engine"] == "draft"
    assert (tmp_path / "bells.draft.mp3").is_file()


@pytest.mark.parametrize("command", ["check", "plan", "render"])
def test_another_engine_refuses_a_voice_that_is_not_its_own(voiceover: Run, chime: None, tone: None, command: str) -> None:
    done = voiceover(command, "bells.md", "--engine", "tone", check=2)
    said = done.stdout + done.stderr
    assert "bells.md:4:3: error" in said or "bells.md:4:3:" in said
    assert "the voice bell of Ann comes with the engine chime, but tone speaks; take --engine chime, or cast another voice" in said


def test_a_folder_of_the_same_name_wins(voiceover: Run, chime: None, tmp_path: Path) -> None:
    folder = tmp_path / "voices" / "Bell"
    folder.mkdir(parents=True)
    (folder / "voice.yaml").write_text("licence: CC0-1.0\nchime: {pitch: 300}\n", "utf-8")
    found = [voice for voice in json.loads(voiceover("voices", "list", "--json").stdout) if voice["name"].lower() == "bell"]
    assert [(voice["name"], voice["engine"]) for voice in found] == [("Bell", None)]
    assert "folder" in voiceover("voices", "show", "bell").stdout


def test_an_unknown_voice_names_those_of_engines_too(voiceover: Run, chime: None, tmp_path: Path) -> None:
    (tmp_path / "bells.md").write_text(SCRIPT.replace("Ann: bell", "Ann: bel"), "utf-8")
    said = voiceover("check", "bells.md", check=2).stdout
    assert 'unknown voice "bel"; did you mean "bell"? The voices are ada, ben, cora, dan, bell.' in said


def test_takes_of_two_voices_of_an_engine_are_told_apart(
    voiceover: Run, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    site = tmp_path_factory.mktemp("site")
    package = site / "twin" / "twin_engine.py"
    package.parent.mkdir()
    shutil.copy(TONE_ENGINE, site / "tone_engine.py")
    package.write_text(
        "from tone_engine import ToneEngine, ready\nfrom voiceover.types import Style, Voice\n"
        "def make(context):\n    return ToneEngine()\n"
        "def voices(context):\n"
        "    return [Voice(name, None, 'en', {'': Style(None)}, licence='CC0-1.0') for name in ('left', 'right')]\n",
        "utf-8",
    )
    install(site, package, "tone", monkeypatch)
    (tmp_path / "bells.md").write_text("---\ncast: {A: left, B: right}\n---\nA: Hello.\n\nB: Hello.\n", "utf-8")
    takes = json.loads(voiceover("plan", "bells.md", "--json", "--engine", "tone").stdout)["takes"]
    assert len({take["address"] for take in takes}) == 2


def test_a_batch_skips_an_unchanged_episode_with_a_voice_of_an_engine(voiceover: Run, chime: None, tmp_path: Path) -> None:
    for made in (1, 0):
        voiceover("batch", "bells.md", "-o", "out", "--engine", "chime", "--report", "report.json")
        assert json.loads((tmp_path / "report.json").read_text("utf-8"))["counts"].get("made", 0) == made
    folder = tmp_path / "voices" / "bell"
    folder.mkdir(parents=True)
    (folder / "voice.yaml").write_text("licence: CC0-1.0\nchime: {pitch: 300}\n", "utf-8")
    voiceover("batch", "bells.md", "-o", "out", "--engine", "chime", "--report", "report.json")
    assert json.loads((tmp_path / "report.json").read_text("utf-8"))["counts"].get("made", 0) == 1


# ---------------------------------------------------------------- sections of voice.yaml


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("chime: {pich: 300}", ':2:9: error: unknown key "pich"; did you mean "pitch"?'),
        ("chime: {pitch: high}", 'chime: pitch must be a number from 100 to 2000, not "high"'),
        ("chime: {pitch: 99}", 'chime: pitch must be a number from 100 to 2000, not "99"'),
        ("chime: {pitch: [1]}", "chime: pitch must be a number from 100 to 2000, not a list"),
        ("chime: loud", "chime must be a mapping with the keys pitch"),
        ("chmie: {pitch: 300}", 'unknown key "chmie"; did you mean "chime"?'),
        ("f5: {pitch: 300}", 'unknown key "f5"'),
        ("styles: {low: {chime: {pitch: 1}}}", 'chime: pitch must be a number from 100 to 2000, not "1"'),
    ],
)
def test_a_wrong_section_is_an_error_with_its_place(voiceover: Run, chime: None, tmp_path: Path, section: str, words: str) -> None:
    folder = tmp_path / "voices" / "bell"
    folder.mkdir(parents=True)
    (folder / "voice.yaml").write_text(f"licence: CC0-1.0\n{section}\n", "utf-8")
    said = voiceover("check", "bells.md", check=2).stdout
    assert "voices/bell/voice.yaml:2:" in said
    assert words.replace(" error: ", " ") in said.replace(" error: ", " ")


def test_a_section_of_an_engine_that_is_not_installed_is_a_warning(voiceover: Run, tmp_path: Path) -> None:
    """A folder of voices is shared with a machine that lacks the engine."""
    folder = tmp_path / "voices" / "bell"
    folder.mkdir(parents=True)
    (folder / "voice.yaml").write_text("licence: CC0-1.0\nchime: {pitch: 500}\nstyles:\n  low:\n    chime: {pitch: 200}\n", "utf-8")
    said = voiceover("check", "bells.md").stdout
    words = 'the section "chime" is not used, because no engine of that name is installed here'
    for place in ("2:1", "5:5"):
        assert f"voices/bell/voice.yaml:{place}: warning: {words}" in said
    assert voiceover("render", "bells.md", "--engine", "draft", "-q").returncode == 0


@pytest.mark.parametrize("section", ["refrences: {audio: a.wav}", "chime: loud", "Chime 2: {pitch: 3}", "f5: {pitch: 3}"])
def test_what_cannot_be_the_section_of_another_engine_is_an_error(voiceover: Run, tmp_path: Path, section: str) -> None:
    folder = tmp_path / "voices" / "bell"
    folder.mkdir(parents=True)
    (folder / "voice.yaml").write_text(f"licence: CC0-1.0\n{section}\n", "utf-8")
    assert 'voice.yaml:2:1: unknown key "' in voiceover("check", "bells.md", check=2).stdout


def test_a_section_decides_how_the_voice_sounds(voiceover: Run, chime: None, tmp_path: Path) -> None:
    folder = tmp_path / "voices" / "bell"
    folder.mkdir(parents=True)
    addresses = []
    for text in ("", "chime: {pitch: 300}\n", "chime: {pitch: 301}\n", "chime: {pitch: 300.0}\n"):
        (folder / "voice.yaml").write_text(f"licence: CC0-1.0\n{text}", "utf-8")
        takes = json.loads(voiceover("plan", "bells.md", "--json", "--engine", "chime").stdout)["takes"]
        addresses.append(next(take["address"] for take in takes if take["speaker"] == "Ann"))
    assert len(set(addresses)) == 3
    assert addresses[1] == addresses[3]
    # It says nothing to other engines.
    (folder / "voice.yaml").write_text("licence: CC0-1.0\n", "utf-8")
    plain = json.loads(voiceover("plan", "bells.md", "--json", "--engine", "draft").stdout)["takes"]
    (folder / "voice.yaml").write_text("licence: CC0-1.0\nchime: {pitch: 300}\n", "utf-8")
    assert json.loads(voiceover("plan", "bells.md", "--json", "--engine", "draft").stdout)["takes"] == plain
