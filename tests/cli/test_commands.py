"""What a user sees of the commands: on a terminal, in a log, in a pipe, as JSON; and how they end."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
import soundfile
from click.testing import CliRunner, Result

from tests.conftest import Run
from tests.pipeline.sound_files import tone
from tests.publish.test_id3 import jpeg, png_header
from voiceover import Job, render
from voiceover.cli import voiceover as command

HEAD = "---\ntitle: T\ncast: {Ann: ada, Bob: ben}\n---\n\n"
LINES = [f"{'Ann' if number % 2 else 'Bob'}: Here is line number {number}, not [b]bold[/b]." for number in range(14)]
SUFFIXES = ("credits.txt", "manifest.json", "mp3", "srt", "transcript.html", "transcript.json", "txt", "vtt")


def write(folder: Path, name: str, lines: list[str]) -> None:
    (folder / name).write_text(HEAD + "\n\n".join(lines) + "\n", "utf-8")


def on_a_terminal(folder: Path, *arguments: str, stop_at: str = "", columns: int = 100) -> tuple[int, str]:
    """Run the command on a terminal of its own; Ctrl-C is typed when ``stop_at`` is seen. Exit code and what was drawn, without colours."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(folder)
        environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": "30"}
        os.execve(sys.executable, [sys.executable, "-m", "voiceover", *arguments], environment)
    drawn, until, typed = b"", time.monotonic() + 60, False
    while time.monotonic() < until:
        if not select.select([terminal], [], [], 1.0)[0]:
            continue
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # Linux: the other side is closed
            piece = b""
        if not piece:
            break
        drawn += piece
        if stop_at and not typed and stop_at in plain(drawn):
            os.write(terminal, b"\x03")
            typed = True
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    os.close(terminal)
    return code, plain(drawn)


def plain(drawn: bytes) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn.decode("utf-8", "replace"))


# ---------------------------------------------------------------- progress


def test_a_terminal_shows_what_is_recorded_what_was_cached_and_the_time_left(voiceover: Run, tmp_path: Path) -> None:
    write(tmp_path, "one.md", LINES[:3])
    voiceover("render", "one.md", "-q")
    write(tmp_path, "one.md", LINES)
    code, drawn = on_a_terminal(tmp_path, "render", "one.md")
    assert code == 0
    assert re.search(r"recording .*\b(\d+)/14 \(3 cached\)", drawn)
    assert re.search(r"\d:\d\d:\d\d", drawn)
    assert re.search(r"Ann: Here is line number \d+, not \[b\]bold\[/b\]\.", drawn)
    assert re.search(r"mastering .*\d+%", drawn)
    assert re.search(r"11 takes recorded, 3 reused", drawn)
    assert "one.draft.mp3" in drawn


@pytest.mark.slow
def test_a_narrow_terminal_is_not_overrun(tmp_path: Path) -> None:
    write(tmp_path, "one.md", LINES[:6])
    code, drawn = on_a_terminal(tmp_path, "render", "one.md", columns=50)
    assert code == 0
    bars = [line for line in re.split(r"[\r\n]+", drawn) if line.startswith("recording")]
    assert bars
    assert all(len(line) <= 50 for line in bars)


def test_ctrl_c_on_a_terminal_leaves_no_half_file_and_says_how_to_go_on(voiceover: Run, tmp_path: Path) -> None:
    write(tmp_path, "one.md", LINES)
    code, drawn = on_a_terminal(tmp_path, "render", "one.md", "-o", "out", stop_at="/14")
    assert code == 130
    assert "run the same command again to resume" in drawn
    assert "Traceback" not in drawn
    assert not [path for path in (tmp_path / "out").iterdir() if not path.name.startswith(".")]
    voiceover("render", "one.md", "-o", "out", "-q")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [f"one.draft.{suffix}" for suffix in SUFFIXES]


@pytest.mark.slow
def test_a_log_gets_plain_lines(voiceover: Run, tmp_path: Path) -> None:
    write(tmp_path, "one.md", LINES[:3])
    first = voiceover("render", "one.md").stderr
    assert "recording 3 of 3 takes, 0 cached" in first
    assert "\x1b" not in first
    assert "\r" not in first
    write(tmp_path, "one.md", LINES[:5])
    assert "recording 2 of 5 takes, 3 cached" in voiceover("render", "one.md").stderr
    assert "nothing to record, 5 takes cached" in voiceover("render", "one.md", "-o", "again").stderr
    done = voiceover("render", "one.md")
    assert "is up to date" in done.stderr
    assert done.stdout == ""


@pytest.mark.slow
def test_quiet_says_nothing_but_errors(voiceover: Run, tmp_path: Path) -> None:
    write(tmp_path, "one.md", ["Ann: Hush."])
    done = voiceover("render", "one.md", "-q")
    assert (done.stdout, done.stderr) == ("", "")
    write(tmp_path, "one.md", ["**Ben:** Hello there."])
    assert "one.md:6:1" in voiceover("render", "one.md", "-q", check=2).stderr


def test_json_is_events_alone_on_standard_output(voiceover: Run, tmp_path: Path) -> None:
    write(tmp_path, "one.md", ["Ann: Hush.", *LINES[:2]])
    done = voiceover("render", "one.md", "--json")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    record = [event for event in events if event["event"] == "record"]
    assert [(event["done"], event["total"]) for event in record if event["done"]][-1] == (3, 3)
    assert any(event["detail"] == "Ann: Hush." for event in record)
    last = events[-1]
    assert (last["event"], last["made"], last["recorded"], last["reached"]) == ("episode", True, 3, True)
    assert "stand-in" in last["engine_reason"]
    assert [(problem["line"], problem["code"]) for problem in last["problems"]] == [(6, "short-turn")]
    assert [Path(file["path"]).name for file in last["files"]] == [
        f"one.draft.{suffix}"
        for suffix in ("mp3", "vtt", "srt", "txt", "credits.txt", "transcript.json", "transcript.html", "manifest.json")
    ]
    assert done.stderr == ""


# ---------------------------------------------------------------- several scripts, watching


def test_one_broken_script_does_not_keep_the_others_from_being_made(voiceover: Run, tmp_path: Path) -> None:
    write(tmp_path, "bad.md", ["**Ben:** Hello there."])
    write(tmp_path, "good.md", LINES[:1])
    done = voiceover("render", "bad.md", "good.md", "nosuch.md", "-o", "out", "--json", check=2)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    told = [(event["script"], event["event"], event.get("code")) for event in events if event["event"] in ("error", "episode")]
    assert told == [("bad.md", "error", 2), ("good.md", "episode", None), ("nosuch.md", "error", 2)]
    assert [(problem["line"], problem["column"]) for problem in events[0]["problems"]] == [(6, 1)]
    assert "bad.md:6:1" in done.stderr
    assert (tmp_path / "out" / "good.draft.mp3").exists()


@pytest.mark.slow
def test_watch_renders_again_on_a_change_and_outlives_a_broken_script(tmp_path: Path) -> None:
    write(tmp_path, "one.md", ["**Ben:** Hello there."])
    command = [sys.executable, "-m", "voiceover", "render", "one.md", "-o", "out", "--watch", "--json"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None

    def following() -> dict[str, object]:
        """The next event that is not mere progress."""
        assert process.stdout is not None
        for line in process.stdout:
            event: dict[str, object] = json.loads(line)
            if event["event"] in ("error", "episode"):
                return event
        raise AssertionError("the command has ended")

    try:
        assert following()["event"] == "error"
        write(tmp_path, "one.md", LINES[:1])
        assert (following()["recorded"], (tmp_path / "out" / "one.draft.mp3").exists()) == (1, True)
        write(tmp_path, "one.md", LINES[:2])
        assert following()["recorded"] == 1
        (tmp_path / "voiceover.yaml").write_text("gaps: {turn: [}\n", "utf-8")
        assert "voiceover.yaml:1:" in str(following()["message"])
        (tmp_path / "voiceover.yaml").write_text("gaps: {turn: 900}\n", "utf-8")
        event = following()
        assert (event["made"], event["recorded"]) == (True, 0)
        # A sound that the script plays is watched from the first render on that plays it.
        soundfile.write(tmp_path / "door.wav", tone(0.5), 44_100)
        text = HEAD.replace("---\n\n", "sounds: {door: door.wav}\n---\n\n") + "\n\n".join((*LINES[:2], "[sound: door]"))
        (tmp_path / "one.md").write_text(text, "utf-8")
        first = following()
        soundfile.write(tmp_path / "door.wav", tone(1.5), 44_100)
        second = following()
        assert [(event["made"], event["recorded"]) for event in (first, second)] == [(True, 0)] * 2
        assert float(str(second["seconds"])) - float(str(first["seconds"])) == pytest.approx(1.0, abs=0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


# ---------------------------------------------------------------- pipes


def test_the_reader_of_a_pipe_may_go_away(tmp_path: Path) -> None:
    write(tmp_path, "one.md", LINES)
    command = f"{sys.executable} -m voiceover plan one.md | head -n 1"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("one.md:6:6: Bob: ")
    assert done.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_standard_output_on_a_full_disk(tmp_path: Path) -> None:
    write(tmp_path, "one.md", LINES[:2])
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "voiceover", "check", "one.md"], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60
        )
    assert done.returncode == 1
    assert done.stderr == "standard output: cannot be written: the disk is full\n"
    assert "Traceback" not in done.stderr


def test_without_a_standard_error(tmp_path: Path) -> None:
    write(tmp_path, "one.md", LINES[:1])
    done = subprocess.run(["bash", "-c", f"{sys.executable} -m voiceover render one.md 2>&-"], cwd=tmp_path, timeout=60)
    assert done.returncode == 0
    assert (tmp_path / "one.draft.mp3").exists()


# ---------------------------------------------------------------- where to


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "show.ogg"], ".mp3, .m4a, .m4b, .opus, .flac, .wav"),
        (["-o", ".mp3"], "needs a name"),
        (["-o", "show.flac", "--format", "mp3,flac"], "--format mp3,flac"),
        (["--lines", "5-2"], "--lines"),
        (["--lines", "100-200"], "nothing is spoken in lines 100-200"),
        (["--chapter", "1"], "has no chapters"),
        (["--lines", "6", "--chapter", "1"], "exclude"),
        (["--speed", "9"], "0.3 to 3"),
        (["--loudness", "loud"], "podcast"),
        (["--format", "ogg"], "mp3, m4a, m4b, opus, flac, wav"),
        (["--format", "mp3", "--format", "ogg"], "mp3, m4a, m4b, opus, flac, wav"),
        (["--engine", "drat"], 'did you mean "draft"'),
    ],
)
def test_arguments_that_cannot_be(arguments: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "one.md", LINES[:2])
    result = CliRunner().invoke(command, ["render", "one.md", *arguments], standalone_mode=False)
    code = result.return_value if result.exception is None else getattr(result.exception, "exit_code", 1)
    assert code == 2
    told = result.exception.format_message() if isinstance(result.exception, click.ClickException) else str(result.exception)
    assert words in result.stderr + told
    assert [path.name for path in tmp_path.iterdir()] == ["one.md"]


def test_say_without_words_is_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(command, ["say", " "])
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (2, "Error: TEXT is empty; give the words to speak")
    assert list(tmp_path.iterdir()) == []


def test_schedule_names_the_command_whose_arguments_are_wrong() -> None:
    result = CliRunner().invoke(command, ["schedule", "--cron", "content"])
    assert (result.exit_code, result.stderr.splitlines()[0]) == (2, "Usage: voiceover batch [OPTIONS] PATH...")


@pytest.mark.slow
def test_say_goes_where_and_how_it_is_told(voiceover: Run, tmp_path: Path) -> None:
    voiceover("say", "Hello there.", "--format", "mp3")
    assert [path.name for path in tmp_path.iterdir()] == ["say.draft.mp3"]
    voiceover("say", "Hello there 😀 𝒜.", "-o", "smile.wav")
    (tmp_path / "smile.draft.wav").unlink()
    voiceover("say", "Hello there.", "-o", "folder/")
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["say.draft.wav"]
    done = voiceover("say", "Hello there. [pause 99s]", check=2)
    assert done.stderr.startswith("a pause must be a duration")
    assert "--format" in voiceover("say", "Hello there.", "-o", "x.wav", "--format", "mp3", check=2).stderr


# ---------------------------------------------------------------- check, doctor, takes


def test_check_as_json_has_the_project_files_errors_too(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "voiceover.yaml").write_text("loudnes: -14\n", "utf-8")
    write(tmp_path, "one.md", ["**Ben:** Hello there."])
    found = json.loads(voiceover("check", "one.md", "--json", check=2).stdout)["scripts"][0]
    assert [(Path(problem["path"]).name, problem["line"], problem["code"]) for problem in found["problems"]] == [
        ("voiceover.yaml", 1, "unknown-key"),
        ("one.md", 3, "silent-speaker"),
        ("one.md", 6, "unknown-speaker"),
    ]
    assert [(entry["speaker"], entry["voice"]) for entry in found["cast"]] == [("Ann", "ada"), ("Bob", "ben")]
    (tmp_path / "voiceover.yaml").write_bytes(b"show: \xff\n")
    assert "voiceover.yaml:1:1" in voiceover("check", "one.md", check=2).stdout


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (jpeg(4, adobe=2), "the cover is a CMYK picture, which players show in wrong colours or not at all; save it as sRGB"),
        (b"%PDF-1.7 and so on", "the cover must be a JPEG or PNG picture, not a PDF"),
        (png_header(20_000, 20_000), "the cover has 20000 x 20000 pixels; the limit is 10000 on each side, and Apple takes 1400 to 3000"),
    ],
    ids=["cmyk", "pdf", "large"],
)
def test_a_cover_that_players_cannot_show_is_one_error(voiceover: Run, tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "cover.jpg").write_bytes(data)
    (tmp_path / "one.md").write_text("---\ncast: {Ann: ada}\ncover: cover.jpg\n---\nAnn: Hello there, Ben.\n")
    for name in ("check", "plan", "render"):
        done = voiceover(name, "one.md", check=2)
        assert (done.stdout + done.stderr).count(words) == 1
        assert f"one.md:3:8: {tmp_path / 'cover.jpg'}: {words}" in done.stdout + done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cover.jpg", "one.md"]
    # On a page with a blog's own front matter it is not ours to refuse.
    (tmp_path / "page.md").write_text("---\ntitle: One\ncover: cover.jpg\n---\nHello there.\n")
    assert f"{words} (not used)" in voiceover("check", "page.md").stdout
    (tmp_path / "cover.jpg").write_bytes(jpeg(3))
    voiceover("check", "one.md")


def test_check_says_what_the_engine_cannot_say(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "one.md").write_text(
        "---\ncast: {Ann: ada, Bob: {voice: ben, lang: qx}}\nlanguage: xx\nengine: draft\n---\n"
        "Hello there.\n\nBob: Hello to you.\n\nAnn: [Bonjour](lang:zz) to all.\n"
    )
    (tmp_path / "two.md").write_text("---\nengine: nosuch\n---\nHello there.\n")
    (tmp_path / "three.md").write_text("---\nvoice: nosuch\n---\nHello there.\n")
    found = json.loads(voiceover("check", "one.md", "two.md", "three.md", "--json", check=2).stdout)["scripts"]
    assert [
        [(problem["line"], problem["column"], problem["severity"], problem["code"]) for problem in each["problems"]] for each in found
    ] == [
        [(2, 18, "error", "unknown-language"), (3, 11, "error", "unknown-language"), (10, 7, "error", "unknown-language")],
        [(2, 9, "warning", "no-engine")],
        [(2, 8, "error", "unknown-voice")],
    ]
    told = {line for line in voiceover("render", "one.md", check=2).stderr.splitlines() if line.startswith("one.md:")}
    assert told == {f"one.md:{p['line']}:{p['column']}: {p['message']}" for p in found[0]["problems"]}
    (tmp_path / "four.md").write_text("---\nlanguage: yo\n---\nHello there.\n")
    assert "four.md:2:11: the engine draft does not speak" in voiceover("check", "four.md", check=2).stdout
    assert "four.md:2:11: the engine draft does not speak" in voiceover("check", "four.md", "--engine", "draft", check=2).stdout
    (tmp_path / "two.md").write_text("---\ncast: {Ann: ada}\nengine: draf\n---\nHello there.\n")
    assert 'did you mean "draft"' in voiceover("check", "two.md", check=2).stdout
    (tmp_path / "two.md").write_text("---\ncast: {Ann: ada}\nengine: nosuch\n---\nHello there.\n")
    for name in ("check", "plan", "render"):
        done = voiceover(name, "two.md", check=2)
        assert (done.stdout + done.stderr).startswith('two.md:3:9: there is no engine "nosuch" here')


def test_doctor_says_what_is_there(voiceover: Run, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    told = json.loads(voiceover("doctor", "--json", VOICEOVER_CACHE=cache).stdout)
    assert told["ok"] is True
    assert "draft" in told["engines"]
    assert told["engine"].startswith("draft, a stand-in voice, because ")
    mlx = told["f5"]["mlx"]
    assert ("links a plain BLAS" in mlx) == (sys.platform == "linux" and " on the CPU; " in mlx)
    assert told["f5"]["back end"]
    assert told["cache"] == str(cache)
    assert {"ada", "ben", "cora"} <= set(told["voices"])
    assert told["packages"]["numpy"][0].isdigit()
    text = voiceover("doctor", VOICEOVER_CACHE=cache).stdout
    assert f"cache: {cache}\n" in text
    assert "  espeakng-loader: " in text


def test_takes_are_listed_found_and_collected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    def takes(*arguments: str) -> Result:
        return CliRunner().invoke(command, ["takes", *arguments], standalone_mode=False)

    write(tmp_path, "one.md", LINES[:2])
    assert takes("list", "one.md").stdout.count("not recorded") == 2
    render(Job(Path("one.md"), output=Path("out")))
    rows = json.loads(takes("list", "one.md", "--json").stdout)
    assert [row["speaker"] for row in rows] == ["Bob", "Ann"]
    listed = takes("list", "one.md", "--paths").stdout.splitlines()
    assert takes("list", "one.md").stdout.splitlines() == listed[::2]
    for number, (row, line, file) in enumerate(zip(rows, listed[::2], listed[1::2], strict=True), 1):
        assert line.strip() == f"{number}  one.md:{row['place']}: {row['speaker']}: {row['seconds']:.1f} s: {row['text']}"
        assert row["bytes"] == Path(row["path"]).stat().st_size > 100_000
        assert file.strip() == f"{row['path']} ({row['bytes'] / 1000:.1f} kB)"
        assert takes("path", row["address"][:12]).stdout.strip() == row["path"]
    assert Path(takes("path").stdout.strip()).is_dir()
    assert "no take" in str(takes("path", "0" * 64).exception)
    # The takes of a standing episode stay, whatever the cap; those of one that is gone do not.
    told = takes("gc", "--cap", "0").stderr.splitlines()
    assert told[0] == "0 takes removed, 0 B"
    assert re.fullmatch(r"2 takes kept, \d{3}\.\d kB", told[1])
    assert re.fullmatch(r"pieces of finished episodes: \d+\.\d kB removed, 0 B kept", told[2])
    assert re.search(r"alone need \d{3}\.\d kB, over the cap of 0 B", told[3])
    for path in (tmp_path / "out").iterdir():
        path.unlink()
    assert re.match(r"2 takes removed, \d{3}\.\d kB\n0 takes kept, 0 B\n", takes("gc", "--cap", "0").stderr)
    assert "5XB" in str(takes("gc", "--cap", "5XB").exception)


@pytest.mark.slow
def test_names_of_files_are_utf_8_in_every_locale(voiceover_process: Run, tmp_path: Path) -> None:
    write(tmp_path, "größe.md", ["Ann: One line."])
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    voiceover_process("render", "größe.md", "-o", "out", **plain)
    assert (tmp_path / "out" / "größe.draft.mp3").exists()
    assert "is up to date" in voiceover_process("render", "größe.md", "-o", "out").stderr
