"""Bad input, by the real command: one clear error with its place, exit code 2, no traceback, nothing on disk lost or half written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Run

HEAD = "---\ntitle: T\ncast: {Ann: ada, Bob: ben}\n---\n\n"

BROKEN = {
    "empty": (b"", ["bad.md"]),
    "only blanks": (b"\n\n   \n", ["bad.md"]),
    "only comments": (b"<!-- one -->\n\n<!-- two -->\n", ["bad.md", "spoke"]),
    "front matter is not YAML": (b"---\ntitle: [oops\n---\n\nHello there.\n", ["bad.md:"]),
    "front matter is not a mapping": (b"---\n- one\n- two\n---\n\nHello there.\n", ["bad.md:2:1", "key: value"]),
    "unknown key": (b"---\ntitel: T\ncast: {Ann: ada}\n---\n\nHello there.\n", ["bad.md:2:1", "titel", "title"]),
    "unknown speaker": (f"{HEAD}**Bop:** Hello there.\n".encode(), ["bad.md:6:", "Bop", "Bob"]),
    "NUL byte": (HEAD.encode() + b"Ann: Hello\x00 there.\n", ["bad.md:6:11"]),
    "invalid UTF-8": (HEAD.encode() + b"Ann: Hello\xff there.\n", ["bad.md:6:11", "UTF-8"]),
    "duplicate key": (b"---\ntitle: A\ntitle: B\n---\n\nHello there.\n", ["bad.md:3:1", "title"]),
    "a tag for a Python object": (b"---\ntitle: !!python/object/apply:os.system [true]\n---\n\nHello there.\n", ["bad.md:2:"]),
    "cover outside": (b"---\ncast: {Ann: ada}\ncover: ../../etc/passwd\n---\n\nAnn: Hello there.\n", ["bad.md:3:", "passwd"]),
    "sound outside": (b"---\ncast: {Ann: ada}\nsounds: {x: /etc/passwd}\n---\n\nAnn: Hello there. [sound: x]\n", ["bad.md:3:", "passwd"]),
    "pause out of range": (f"{HEAD}Ann: Hello there. [pause 61s]\n".encode(), ["bad.md:6:26", "60 s"]),
    "unknown style": (f"{HEAD}Ann (shouting): Hello there.\n".encode(), ["bad.md:6:", "shouting", "whispering"]),
    "unknown voice": (b"---\ncast: {Ann: adda}\n---\n\nAnn: Hello there.\n", ["bad.md:2:", "adda", "ada"]),
    "a cue that is not rendered yet": (
        b"---\ncast: {Ann: ada}\nsounds: {door: door.wav}\n---\n\nAnn: Hello there. [sound: door]\n",
        ["bad.md:6:19", "door"],
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_script_is_one_clear_error(name: str, voiceover: Run, tmp_path: Path) -> None:
    content, expected = BROKEN[name]
    (tmp_path / "bad.md").write_bytes(content)
    if name == "a cue that is not rendered yet":
        (tmp_path / "door.wav").write_bytes(b"RIFF")
    done = voiceover("render", "bad.md", "-o", "out", check=2)
    for words in expected:
        assert words in done.stderr, done.stderr
    assert done.stdout == ""
    assert not list((tmp_path / "out").glob("*")) if (tmp_path / "out").exists() else True


TEXTS = {
    "one character": ("I", 0, "a turn of one word (I)"),
    "emoji alone": ("\U0001f333\U0001f333", 2, "bad.md:1:1: nothing in this script is spoken"),
    "right to left": ("\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd", 0, "bad.md:6:6: warning: this text is in Hebrew letters"),
    "one word of 100,000 letters": ("a" * 100_000, 0, "Ann: aaa"),
    "100,000 characters without a space": ("\u7684" * 100_000, 0, "bad.md:6:6: warning: this text is in Chinese"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_an_odd_text_is_planned_or_is_one_clear_error(name: str, voiceover: Run, tmp_path: Path) -> None:
    text, code, said = TEXTS[name]
    (tmp_path / "bad.md").write_text(f"---\ntitle: T\ncast: {{Ann: ada}}\n---\n\nAnn: {text}\n", "utf-8")
    done = voiceover("plan", "bad.md", "--engine", "draft", check=code)
    assert said in done.stdout + done.stderr, done.stderr[:500]


@pytest.mark.slow
def test_a_lexicon_of_50_000_entries_is_one_warning(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "words.yaml").write_text("".join(f"word{number}: say {number}\n" for number in range(50_000)), "utf-8")
    (tmp_path / "a.md").write_text("---\ntitle: T\ncast: {Ann: ada}\nlexicon: words.yaml\n---\n\nAnn: The word7 is used.\n", "utf-8")
    told = voiceover("check", "a.md").stdout
    assert "0 errors, 1 warning" in told
    assert 'a.md:4:10: warning: 49,999 entries of this lexicon do not occur in the script, such as "word0", "word1", "word2"' in told


def test_all_errors_of_a_file_at_once(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.md").write_text(f"{HEAD}**Bop:** Hello there.\n\nAnn: Wait. [pause 99s]\n\n[Ann | shouting] No!\n", "utf-8")
    done = voiceover("check", "bad.md", check=2)
    for place in ("bad.md:6:", "bad.md:8:", "bad.md:10:"):
        assert place in done.stdout


def test_an_alias_bomb_is_refused_in_no_time(voiceover: Run, tmp_path: Path) -> None:
    rows = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    rows += [f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)]
    (tmp_path / "bad.yaml").write_text("\n".join([*rows, "segments: [Hello there.]", ""]), "utf-8")
    done = voiceover("render", "bad.yaml", check=2)
    assert "bad.yaml:" in done.stderr
    assert "alias" in done.stderr


def test_a_script_over_four_megabytes_is_refused(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "big.md").write_text("word " * 1_000_000, "utf-8")
    assert "4 MB" in voiceover("check", "big.md", check=2).stdout


@pytest.mark.slow
def test_a_single_paragraph_of_almost_four_megabytes_is_planned(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "big.md").write_text("A sentence of some words, no more. " * 111_000, "utf-8")
    done = voiceover("plan", "big.md")
    assert "new text" in done.stdout


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(voiceover: Run, tmp_path: Path) -> None:
    text = f"{HEAD}Ann: Hello there, how are you?\n\nBob: Fine, thanks.\n"
    for name, data in {"unix": text.encode(), "dos": b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "same.md").write_bytes(data)
        voiceover("render", f"{name}/same.md", "-o", name, "--format", "wav")
    assert (tmp_path / "unix/same.draft.wav").read_bytes() == (tmp_path / "dos/same.draft.wav").read_bytes()


def test_words_that_yaml_takes_for_something_else_stay_words(voiceover: Run, tmp_path: Path) -> None:
    # A colon ends a label, so no speaker can be called 12:30.
    for word, name in {"NO": "NO", "on": "on", "12:30": "no", "1.10": "1.10"}.items():
        (tmp_path / "words.md").write_text(f"---\ntitle: {word}\ncast:\n  {name}: ada\n  Ann: ben\n---\n\nAnn: Hello there.\n", "utf-8")
        done = voiceover("check", "words.md")
        assert f"words.md: {word}\n" in done.stdout
        assert f"  {name}: ada" in done.stdout


def test_a_symlink_out_of_the_tree_is_refused(voiceover: Run, tmp_path: Path) -> None:
    inside = tmp_path / "show"
    inside.mkdir()
    (tmp_path / "secret.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (inside / "cover.png").symlink_to(tmp_path / "secret.png")
    (inside / "bad.md").write_text("---\ncast: {Ann: ada}\ncover: cover.png\n---\n\nAnn: Hello there.\n", "utf-8")
    assert "cover.png" in voiceover("render", "show/bad.md", check=2).stderr


def test_a_reference_clip_that_is_not_audio(voiceover: Run, tmp_path: Path) -> None:
    voice = tmp_path / "voices" / "mine"
    voice.mkdir(parents=True)
    (voice / "clip.wav").write_text("this is text", "utf-8")
    (voice / "voice.yaml").write_text("language: en\nreference: {audio: clip.wav, text: This is text.}\nconsent: self\n", "utf-8")
    (tmp_path / "bad.md").write_text("---\ncast: {Ann: mine}\n---\n\nAnn: Hello there.\n", "utf-8")
    assert "clip.wav" in voiceover("render", "bad.md", check=2).stderr


def test_a_missing_script(voiceover: Run) -> None:
    assert "nosuch.md" in voiceover("render", "nosuch.md", check=2).stderr


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/proc/version").exists(), reason="root may write anywhere here")
def test_an_output_folder_that_cannot_be_written(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text(f"{HEAD}Ann: Hello there.\n", "utf-8")
    # Not even root can make a folder under a file or in /proc.
    (tmp_path / "file").write_text("here", "utf-8")
    assert "file" in voiceover("render", "good.md", "-o", "file/out", check=2).stderr
    if Path("/proc/version").exists():
        assert "/proc" in voiceover("render", "good.md", "-o", "/proc/out", check=2).stderr
    assert (tmp_path / "file").read_text("utf-8") == "here"


def test_two_scripts_for_one_output(voiceover: Run, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.md").write_text(f"{HEAD}Ann: Hello there.\n", "utf-8")
    done = voiceover("render", "a/same.md", "b/same.md", "-o", "out", check=2)
    assert "same" in done.stderr
    assert not (tmp_path / "out").exists()


FULL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
sys.argv = ["voiceover", *sys.argv[2:]]
from voiceover.cli import main
main()
"""


@pytest.mark.parametrize("limit", [pytest.param(60_000, marks=pytest.mark.slow), 1_000_000])
def test_a_full_disk_leaves_the_last_good_episode(limit: int, voiceover: Run, tmp_path: Path) -> None:
    script = tmp_path / "long.md"
    script.write_text(f"{HEAD}Ann: Hello there.\n", "utf-8")
    voiceover("render", script, "-o", "out", "--format", "wav")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    script.write_text(HEAD + "\n\n".join(f"Ann: This is sentence number {n} of a longer tale." for n in range(20)) + "\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(limit), "render", "long.md", "-o", "out", "--format", "wav"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir() if not path.name.startswith(".")} == before
    voiceover("render", script, "-o", "out", "--format", "wav")
    assert (tmp_path / "out" / "long.draft.wav").stat().st_size > 1_000_000


@pytest.mark.parametrize("arguments", [("render", "{}.md"), ("render", "one.md", "-o", "{}"), ("batch", "{}", "-o", "out")])
def test_a_name_that_no_file_system_holds(arguments: tuple[str, ...], voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "one.md").write_text("Hello there.\n", "utf-8")
    done = voiceover(*(argument.format("d" * 300) for argument in arguments), check=2)
    assert len(done.stderr.splitlines()) == 1
    assert "Errno" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "cache") == ["one.md"]
