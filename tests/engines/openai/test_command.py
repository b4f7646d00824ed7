"""Speech servers through the command that a user types: rendering, what makes a take new, and what a stranger's files may do."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from tests.command_parts import run
from tests.engines.openai.conftest import Configure
from tests.engines.openai.speech_server import KEY, Reply, Speech, speaking
from voiceover.engines.contract import make_utterance, plain_voice
from voiceover.engines.openai.engine import OpenAIEngine
from voiceover.pipeline.episode import plan_episode
from voiceover.pipeline.job import Job
from voiceover.settings.user_config import config_file, read_user_config
from voiceover.system.folders import cache_folder

SCRIPT = "---\ntitle: Two\nengine: openai\ncast:\n  Host: nova\n  Guest: zoe\n---\n\nHost: Hello there.\n\nGuest: Good morning to you.\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def typed(*words: str, code: int = 0) -> str:
    """Run a command in this process; return all that it says."""
    found, told = run(*words)
    assert found == code, told
    return told


def make_voice(folder: Path, text: str) -> None:
    (folder / "voices" / "zoe").mkdir(parents=True, exist_ok=True)
    (folder / "voices" / "zoe" / "voice.yaml").write_text(f"licence: CC0-1.0\n{text}", "utf-8")


def holds_key(*folders: Path) -> list[Path]:
    return [path for folder in folders for path in folder.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]


def test_an_episode_by_two_servers_twice(configure: Configure, speech: Speech, tmp_path: Path) -> None:
    with speaking() as house:
        configure(more=f"  house:\n    url: {house.url}\n    model: small\n    licence: Apache-2.0\n")
        make_voice(tmp_path, "openai: {server: house, voice: lina, instructions: Speak softly.}\n")
        (tmp_path / "two.md").write_text(SCRIPT, "utf-8")
        said = typed("render", "two.md", "-o", "out", "--speed", "1.1")
        asked = {"model": "tones-1", "input": "Hello there.", "voice": "nova", "response_format": "wav", "speed": 1.1}
        assert speech.asked == [asked]
        soft = {"model": "small", "voice": "lina", "instructions": "Speak softly.", "input": "Good morning to you."}
        assert house.asked == [{**asked, **soft}]
        assert (speech.keys, house.keys) == ([f"Bearer {KEY}"], [None])
        assert (tmp_path / "out" / "two.mp3").is_file()
        manifest = json.loads((tmp_path / "out" / "two.manifest.json").read_bytes())
        assert (manifest["engine"]["name"], manifest["engine"]["repeatable"]) == ("openai", False)
        assert manifest["engine"]["licence"] == "studio: not stated by the server; house: Apache-2.0"
        assert {voice["name"]: voice["licence"] for voice in manifest["voices"]} == {"nova": "not stated by the server", "zoe": "CC0-1.0"}
        again = typed("render", "two.md", "-o", "out", "--speed", "1.1")
        assert "up to date" in again
        (tmp_path / "out" / "two.mp3").unlink()
        told = typed("render", "two.md", "-o", "out", "--speed", "1.1", "--json")
        assert (len(speech.asked), len(house.asked)) == (1, 1)
    assert KEY not in said + again + told
    assert holds_key(tmp_path, cache_folder(), config_file().parent) == []


def test_what_makes_a_take_new(configure: Configure, tmp_path: Path) -> None:
    make_voice(tmp_path, "openai: {server: studio, voice: onyx}\n")
    (tmp_path / "two.md").write_text(SCRIPT, "utf-8")
    configure()
    typed("render", "two.md", "-o", "out")

    def to_record() -> int:
        episode = plan_episode(Job(Path("two.md"), output=Path("out")))
        return sum(planned.status.to_record for planned in episode.planned)

    assert to_record() == 0
    with speaking() as elsewhere:
        configure("timeout: 9s\nparallel: 1\nlicence: CC0-1.0\n", url=elsewhere.url)
        assert to_record() == 0
    configure("format: pcm\n")
    assert to_record() == 2
    path = configure()
    path.write_text(path.read_text("utf-8").replace("tones-1", "tones-2"), "utf-8")
    assert to_record() == 2
    configure()
    make_voice(tmp_path, "openai: {server: studio, voice: onyx, instructions: Shout.}\n")
    assert to_record() == 1


def many_lines(folder: Path) -> None:
    lines = "".join(f"This is line number {number}.\n\n---\n\n" for number in range(5))
    (folder / "many.md").write_text(f"---\nengine: openai\nvoice: nova\n---\n\n{lines}", "utf-8")


ONE = pytest.param((("render", "many.md"),), id="one process")
MANY = (("render", "many.md", "--jobs", "2"), ("batch", "many.md", "--report", "report.json", "--jobs", "2"))


@pytest.mark.parametrize("commands", [ONE, pytest.param(MANY, id="processes", marks=pytest.mark.slow)])
def test_a_wrong_key_is_one_line_for_the_run(
    commands: tuple[tuple[str, ...], ...], configured: Path, speech: Speech, tmp_path: Path
) -> None:
    many_lines(tmp_path)
    speech.always = Reply(status=401, body=f'{{"error": {{"message": "Bad key {KEY}"}}}}'.encode())
    for words in commands:
        done = typed(*words, "-o", "out", code=1)
        told = [line for line in done.splitlines() if "401" in line]
        assert len(told) == 1, done
        assert 'answered 401 Unauthorized: "Bad key ***"; is the key in STUDIO_KEY right?' in told[0]
        assert KEY not in done
    assert len(speech.asked) <= 2 * len(commands)
    assert not list((tmp_path / "out").glob("*.mp3"))
    assert holds_key(tmp_path, cache_folder()) == []


def test_a_line_that_fails_names_its_place_and_loses_nothing(configured: Path, speech: Speech, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\nengine: openai\nvoice: nova\n---\n\nA first line.\n\n---\n\nA second line.\n", "utf-8")
    page = Reply(body=b"<html><title>502 Bad Gateway</title></html>", headers={"Content-Type": "text/html"})
    typed("render", "a.md", "-o", "out", "--lines", "6")
    speech.always = page
    done = typed("render", "a.md", "-o", "out", code=1)
    assert "a.md:10:1: the speech server studio (127.0.0.1:" in done
    assert 'sent text/html instead of WAV: "502 Bad Gateway"' in done
    speech.always = None
    typed("render", "a.md", "-o", "out")
    assert [asked["input"] for asked in speech.asked] == ["A first line.", "A second line.", "A second line."]


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("{url: 'http://evil.example/v1'}", 'voice.yaml:2:10: unknown key "url"'),
        ("{server: 'http://evil.example/v1'}", "voice.yaml:2:18: openai: server must be the label of a server in your own configuration"),
        ("{server: studio, key_env: HOME}", 'unknown key "key_env"'),
        ("{server: studio, headers: {a: b}}", 'unknown key "headers"'),
        ("{server: studio, model: dearest}", 'unknown key "model"'),
        (
            "{server: attic, voice: x}",
            'two.md:3:9: openai cannot speak the voice zoe of Guest: there is no server "attic"',
        ),
    ],
)
def test_a_strangers_voice_names_no_address_and_no_key(section: str, said: str, configured: Path, speech: Speech, tmp_path: Path) -> None:
    make_voice(tmp_path, f"openai: {section}\n")
    (tmp_path / "two.md").write_text(SCRIPT, "utf-8")
    assert said in typed("render", "two.md", "-o", "out", code=2)
    assert speech.asked == []


@pytest.mark.parametrize("file", ["two.md", "voiceover.yaml"])
def test_nor_do_a_strangers_script_and_project(file: str, configured: Path, speech: Speech, tmp_path: Path) -> None:
    make_voice(tmp_path, "")
    servers = "servers: {studio: {url: 'http://evil.example/v1', model: m}}\n"
    (tmp_path / "voiceover.yaml").write_text("title: Mine\n", "utf-8")
    (tmp_path / "two.md").write_text(SCRIPT, "utf-8")
    before = (tmp_path / file).read_text("utf-8")
    (tmp_path / file).write_text(before.replace("title:", f"{servers}title:"), "utf-8")
    assert f'{file}:{"2" if file == "two.md" else "1"}:1: unknown key "servers"' in typed("render", "two.md", code=2)
    assert speech.asked == []


def test_a_voice_without_settings_gets_one_of_the_servers_and_a_remark(configured: Path, speech: Speech, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\ncast: {Ann: ada, Bob: ben}\n---\n\nAnn: Hello.\n\nBob: Good morning.\n", "utf-8")
    done = typed("check", "a.md", "--engine", "openai")
    assert "a.md:2:8: warning: the voice ada has no settings for openai, so " in done
    typed("render", "a.md", "--engine", "openai", "-o", "out")
    assert {asked["voice"] for asked in speech.asked} <= {"nova", "onyx"}


CAST = """\
---
cast:
  Host: {voice: VOICE, engine: openai, openai: SECTION}
  Guest: {voice: ben, engine: draft}
---

Host: Hello.

Guest: Hi there.
"""


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("{url: 'http://evil.example'}", 'a.md:3:47: unknown key "url"; the keys here are server, voice, instructions'),
        ("{server: attic}", 'there is no server "attic" in your configuration'),
    ],
)
def test_a_section_of_a_cast_entry_that_is_refused(section: str, said: str, configured: Path, speech: Speech, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(CAST.replace("SECTION", section).replace("VOICE", "ada"), "utf-8")
    told = typed("render", "a.md", "-o", "out", code=2)
    assert told.count(said) == 1
    assert speech.asked == []


def test_a_cast_of_a_server_and_another_engine(configured: Path, speech: Speech, tmp_path: Path) -> None:
    section = "{voice: onyx, instructions: Brightly.}"
    (tmp_path / "a.md").write_text(CAST.replace("SECTION", section).replace("VOICE", "ada"), "utf-8")
    typed("render", "a.md", "-o", "out")
    asked = {"model": "tones-1", "input": "Hello.", "voice": "onyx", "instructions": "Brightly.", "response_format": "wav"}
    assert speech.asked == [asked]
    manifest = json.loads(next((tmp_path / "out").glob("*.manifest.json")).read_bytes())
    assert {engine["name"]: engine.get("repeatable", True) for engine in manifest["engines"]} == {"draft": True, "openai": False}
    assert "up to date" in typed("render", "a.md", "-o", "out")


def test_a_voice_that_only_a_server_has_is_spoken_by_it(configured: Path, speech: Speech, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\ncast: {Host: nova, Guest: ben}\n---\n\nHost: Hello there.\n\nGuest: Good morning.\n", "utf-8")
    typed("render", "a.md", "-o", "out")
    assert [asked["voice"] for asked in speech.asked] == ["nova"]


def test_auto_never_chooses_it(configured: Path, speech: Speech, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("A line.\n", "utf-8")
    typed("render", "a.md", "-o", "out")
    assert (tmp_path / "out" / "a.draft.mp3").is_file()
    assert speech.asked == []


def test_without_a_server_it_says_how_to_get_one(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\nengine: openai\n---\n\nA line.\n", "utf-8")
    for command in ("render", "check", "plan"):
        done = typed(command, "a.md", code=2)
        assert "no speech server is in your own configuration; add one: voiceover config server add --help" in done


def test_at_most_as_many_requests_at_once_as_are_allowed(configure: Configure, speech: Speech, tmp_path: Path) -> None:
    configure("parallel: 2\n")
    speech.hold_seconds = 0.05
    servers = read_user_config().servers

    def speak() -> None:
        OpenAIEngine(servers, tmp_path).speak(make_utterance("One line."), plain_voice())

    threads = [threading.Thread(target=speak) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(speech.asked), speech.most_busy) == (5, 2)


@pytest.mark.slow
def test_the_limit_holds_among_processes(configure: Configure, speech: Speech, tmp_path: Path) -> None:
    configure("parallel: 1\n")
    speech.hold_seconds = 0.05
    many_lines(tmp_path)
    typed("render", "many.md", "--jobs", "3", "-o", "out")
    assert (len(speech.asked), speech.most_busy) == (5, 1)
