"""``--play``: the file that was made, given to a player on the PATH; the players here are scripts that write down what they get."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import soundfile

from tests.conftest import Run
from voiceover.audio.players import PLAYERS, Playing
from voiceover.errors import RunError

SAY = ("say", "Hello there.", "--engine", "draft", "--play")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which programs are found."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def player(folder: Path, name: str, does: str = "exit 0") -> Path:
    """Make a player that writes down its arguments and standard input, keeps a copy of the sound, and ``does``."""
    heard = folder / f"{name}.heard"
    program = folder / name
    program.write_text(
        f'#!/bin/sh\nPATH=/usr/bin:/bin\nfor a; do echo "$a" >>"{heard}"; f=$a; done\ncat >>"{heard}"\ncp "$f" "{heard}.sound" && {does}\n'
    )
    program.chmod(0o755)
    return heard


def sound(path: Path, kind: str = "WAV") -> Path:
    soundfile.write(path, [0.0, 0.5, -0.5, 0.25] * 2000, 8000, format=kind)
    return path


def test_say_plays_the_file_that_it_made(tmp_path: Path, programs: Path, voiceover: Run) -> None:
    heard = player(programs, "paplay")
    done = voiceover(*SAY, "-o", "-x.wav")
    assert heard.read_text().splitlines() == [str(tmp_path / "-x.draft.wav")]
    assert "-x.draft.wav (0:01)" in done.stderr
    assert done.stdout == ""


def test_without_a_player_the_file_is_made_and_one_line_says_so(tmp_path: Path, programs: Path, voiceover: Run) -> None:
    done = voiceover(*SAY)
    assert (tmp_path / "say.draft.wav").is_file()
    last = done.stderr.splitlines()[-1]
    assert last == "say.draft.wav: not played; no player is installed (tried: afplay, paplay, pw-play, aplay, ffplay, mpv)"


@pytest.mark.slow
def test_render_and_voices_try_play_too(tmp_path: Path, programs: Path, voiceover: Run) -> None:
    heard = player(programs, "mpv")
    voiceover("voices", "try", "ada", "Hello.", "--engine", "draft", "-o", "tried.wav", "--play")
    assert heard.read_text().splitlines()[-1] == str(tmp_path / "tried.draft.wav")
    for name in ("a", "b"):
        (tmp_path / f"{name}.md").write_text(f"This is {name}.\n")
    (tmp_path / "wrong.md").write_text("---\ncast: {Ada: nobody}\n---\nAda: Hello.\n")
    heard.unlink()
    done = voiceover("render", "a.md", "wrong.md", "b.md", "--engine", "draft", "--play", "--json", check=2)
    played = [line for line in heard.read_text().splitlines() if not line.startswith("--")]
    assert played == [str(tmp_path / "a.draft.mp3"), str(tmp_path / "b.draft.mp3")]
    assert all(line.startswith("{") for line in done.stdout.splitlines())
    assert "unknown voice" in done.stderr


def test_a_player_of_wav_alone_gets_a_copy_in_wav(tmp_path: Path, programs: Path) -> None:
    heard = player(programs, "aplay")
    with Playing(sound(tmp_path / "ep.flac", "FLAC")) as playing:
        playing.wait()
    given = heard.read_text().splitlines()
    assert given[0] == "-q"
    assert given[1].endswith("/ep.wav")
    assert not Path(given[1]).exists(), "the copy is to be removed"
    assert soundfile.info(f"{heard}.sound").format == "WAV"
    assert (soundfile.read(f"{heard}.sound")[0] == soundfile.read(tmp_path / "ep.flac")[0]).all()


def test_one_that_plays_the_format_as_it_is_comes_first(tmp_path: Path, programs: Path) -> None:
    simple, able = player(programs, "paplay"), player(programs, "ffplay")
    with Playing(sound(tmp_path / "ep.flac", "FLAC")) as playing:
        playing.wait()
    assert able.read_text().splitlines()[-1] == str(tmp_path / "ep.flac")
    assert not simple.exists()
    with Playing(sound(tmp_path / "ep.wav")) as playing:
        playing.wait()
    assert simple.read_text().splitlines() == [str(tmp_path / "ep.wav")]


def test_the_next_player_takes_over_from_one_that_fails(tmp_path: Path, programs: Path) -> None:
    player(programs, "paplay", "{ echo Connection refused >&2; exit 1; }")
    (programs / "pw-play").write_text("not a program")
    (programs / "pw-play").chmod(0o755)
    heard = player(programs, "aplay")
    with Playing(sound(tmp_path / "ep.wav")) as playing:
        while playing.running():
            time.sleep(0.01)
    assert heard.read_text().splitlines() == ["-q", str(tmp_path / "ep.wav")]
    player(programs, "aplay", "exit 3")
    with pytest.raises(RunError) as refused, Playing(tmp_path / "ep.wav") as playing:
        playing.wait()
    assert "paplay: Connection refused; pw-play: " in str(refused.value)
    assert str(refused.value).endswith("aplay: ended with 3)")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_player(number: signal.Signals, tmp_path: Path, programs: Path) -> None:
    heard = player(programs, "paplay", f'echo $$ >"{programs}/id" && exec sleep 60')
    command = [sys.executable, "-m", "voiceover", *SAY]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        id_file = programs / "id"
        for _ in range(600):
            if id_file.is_file() and id_file.read_text().strip():
                break
            time.sleep(0.05)
        process.send_signal(number)  # to the command alone, not to its group
        _, said = process.communicate(timeout=20)
    assert process.returncode == 128 + number
    assert heard.is_file()
    with pytest.raises(ProcessLookupError):
        os.kill(int(id_file.read_text()), 0)
    assert (tmp_path / "say.draft.wav").is_file()
    if number == signal.SIGINT:
        assert said.splitlines()[-1] == "stopped playing; say.draft.wav is complete"


@pytest.mark.slow
def test_watching_plays_each_new_episode_and_stops_the_old_one(tmp_path: Path, programs: Path) -> None:
    heard = player(programs, "mpv", f'echo $$ >>"{programs}/ids" && exec sleep 60')
    ids = programs / "ids"
    script = tmp_path / "a.md"
    script.write_text("This is the first text.\n")
    command = [sys.executable, "-m", "voiceover", "render", "a.md", "--engine", "draft", "--watch", "--play"]

    def wait_for(count: int) -> list[int]:
        for _ in range(600):
            found = ids.read_text().split() if ids.is_file() else []
            if len(found) == count:
                return [int(number) for number in found]
            time.sleep(0.05)
        raise AssertionError(f"not played {count} times")

    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        wait_for(1)
        script.write_text("This is another text.\n")
        first, second = wait_for(2)
        with pytest.raises(ProcessLookupError):
            os.kill(first, 0)
        os.kill(second, 0)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert process.returncode == 130
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)
    assert heard.read_text().count("a.draft.mp3") == 2


def test_every_player_is_in_the_docs() -> None:
    page = (Path(__file__).parents[2] / "docs" / "render.md").read_text("utf-8")
    assert all(f"`{player.name}`" in page for player in PLAYERS)
