"""The whole way from a script to files, by the real command, measured by outside tools."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import mutagen
import pytest
from mutagen.mp3 import MP3

from tests.conftest import EXAMPLES, Run
from tests.publish.parts import ffmpeg_chapters

SUFFIXES = (
    ".draft.mp3",
    ".draft.credits.txt",
    ".draft.vtt",
    ".draft.srt",
    ".draft.txt",
    ".draft.transcript.json",
    ".draft.transcript.html",
    ".draft.manifest.json",
)


def events(output: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in output.splitlines()]


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir()) if path.is_file()}


def measured(ffmpeg: str, path: Path) -> tuple[float, float]:
    """Integrated loudness and true peak by ffmpeg's ebur128."""
    done = subprocess.run(
        [ffmpeg, "-nostats", "-hide_banner", "-i", str(path), "-af", "ebur128=peak=true", "-f", "null", "-"],
        capture_output=True,
        text=True,
        check=True,
    )
    summary = done.stderr[done.stderr.rindex("Summary:") :]
    loudness = re.search(r"I:\s+(-?[\d.]+) LUFS", summary)
    peak = re.search(r"True peak:\s+Peak:\s+(-?[\d.]+) dBFS", summary)
    assert loudness and peak, summary
    return float(loudness[1]), float(peak[1])


@pytest.mark.parametrize(
    "example",
    [
        pytest.param(path.name, marks=[] if path.name == "town_mouse.md" else [pytest.mark.slow])
        for path in sorted(EXAMPLES.iterdir())
        if path.suffix in (".md", ".yaml") and path.name != "mixed_cast.md"  # names engines whose voices no test here has
    ],
)
def test_an_example_renders_to_the_target(example: str, voiceover: Run, tmp_path: Path, ffmpeg: str) -> None:
    voiceover("render", EXAMPLES / example)
    stem = Path(example).stem
    suffixes = SUFFIXES if stem == "lighthouse" else (*SUFFIXES, ".draft.chapters.json")  # it has no chapters
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"{stem}{suffix}" for suffix in suffixes)
    loudness, peak = measured(ffmpeg, tmp_path / f"{stem}.draft.mp3")
    assert loudness == pytest.approx(-16, abs=0.1)
    assert peak <= -1.0
    audio = MP3(tmp_path / f"{stem}.draft.mp3")
    assert (audio.info.sample_rate, audio.info.channels, audio.info.bitrate) == (44100, 1, 96000)
    assert audio.info.length > 20


@pytest.mark.slow
def test_markdown_and_yaml_give_the_same_samples(voiceover: Run, tmp_path: Path) -> None:
    for form in ("md", "yaml"):
        voiceover("render", EXAMPLES / f"town_mouse.{form}", "-o", tmp_path / form, "--format", "wav")
    one, two = (tmp_path / form / "town_mouse.draft.wav" for form in ("md", "yaml"))
    assert one.read_bytes() == two.read_bytes()


def test_two_renders_give_the_same_bytes_on_any_number_of_workers(voiceover: Run, tmp_path: Path) -> None:
    found = []
    for workers in (1, 3):
        folder = tmp_path / f"out{workers}"
        voiceover(
            "render",
            EXAMPLES / "die_landmaus.md",
            "-o",
            folder,
            "--format",
            "mp3,flac,wav",
            "--jobs",
            workers,
            VOICEOVER_CACHE=tmp_path / f"cache{workers}",
        )
        found.append(digests(folder))
    assert found[0] == found[1]
    assert len(found[0]) == 11


def test_chapters_and_tags_by_an_outside_reader(voiceover: Run, tmp_path: Path, ffmpeg: str) -> None:
    voiceover("render", EXAMPLES / "town_mouse.md")
    mp3 = tmp_path / "town_mouse.draft.mp3"
    done = subprocess.run([ffmpeg, "-hide_banner", "-i", str(mp3), "-f", "ffmetadata", "-"], capture_output=True, text=True, check=True)
    written = [line[3:] for line in (EXAMPLES / "town_mouse.md").read_text("utf-8").splitlines() if line.startswith("## ")]
    assert re.findall(r"\[CHAPTER\].*?title=([^\n]*)", done.stdout, re.DOTALL) == written
    tags = mutagen.File(mp3).tags
    assert "Town Mouse" in str(tags["TIT2"])
    assert str(tags["TXXX:AI_GENERATED"]) == "true"


@pytest.mark.parametrize("suffix", ["md", "yaml"])
@pytest.mark.parametrize("own_title", [False, True])
def test_what_is_before_the_first_heading_is_a_chapter(voiceover: Run, tmp_path: Path, suffix: str, own_title: bool) -> None:
    long = " ".join("This goes on and on before the first heading of the page." for _ in range(4))
    top = "title: The Mice\ncast: {Ann: ada}\n" + ("intro_chapter: Before we begin\n" if own_title else "")
    if suffix == "md":
        text = f"---\n{top}---\n\nAnn: {long}\n\n## One\n\nAnn: Hello there.\n"
    else:
        text = f"{top}segments:\n  - Ann: {long}\n  - chapter: One\n  - Ann: Hello there.\n"
    (tmp_path / f"mice.{suffix}").write_text(text, "utf-8")
    voiceover("render", f"mice.{suffix}", "--format", "mp3,flac,wav")
    title = "Before we begin" if own_title else "The Mice"
    manifest = json.loads((tmp_path / "mice.draft.manifest.json").read_bytes())
    assert [(chapter["title"], chapter["start"] > 10) for chapter in manifest["chapters"]] == [(title, False), ("One", True)]
    wanted = [0, round(manifest["chapters"][1]["start"] * 1000)]
    for kind in ("mp3", "flac", "wav"):
        found = ffmpeg_chapters(tmp_path / f"mice.draft.{kind}")
        assert [name for _, _, name in found] == [title, "One"]
        assert [start for start, _, _ in found] == pytest.approx(wanted, abs=1)
    text = (tmp_path / "mice.draft.txt").read_text("utf-8")
    assert text.startswith(f"# The Mice\n\n## {title}\n\nThis goes on")
    assert text.endswith("\n\n## One\n\nHello there.\n")


def test_a_spoken_title_joins_the_first_chapter(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "mice.md").write_text("# The Mice\n\n## One\n\nHello there.\n\n## Two\n\nGoodbye.\n", "utf-8")
    voiceover("render", "mice.md")
    assert [(start == 0, name) for start, _, name in ffmpeg_chapters(tmp_path / "mice.draft.mp3")] == [(True, "One"), (False, "Two")]
    # The transcript has the heading where it is.
    text = (tmp_path / "mice.draft.txt").read_text("utf-8")
    assert text == "# The Mice\n\nThe Mice\n\n## One\n\nHello there.\n\n## Two\n\nGoodbye.\n"
    (tmp_path / "plain.md").write_text("# The Mice\n\nHello there.\n", "utf-8")
    voiceover("render", "plain.md")
    assert ffmpeg_chapters(tmp_path / "plain.draft.mp3") == []
    assert json.loads((tmp_path / "plain.draft.manifest.json").read_bytes())["chapters"] == []


def test_a_manifest_without_chapters_is_finished_again_without_a_recording(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "mice.md").write_text("# The Mice\n\n## One\n\nHello there.\n", "utf-8")
    voiceover("render", "mice.md")
    path = tmp_path / "mice.draft.manifest.json"
    new = path.read_bytes()
    old = json.loads(new)
    del old["chapters"]
    old["recipe"] = "0" * 64
    path.write_text(json.dumps(old), "utf-8")
    last = events(voiceover("render", "mice.md", "--json").stdout)[-1]
    assert (last["made"], last["recorded"]) == (True, 0)
    assert path.read_bytes() == new


def script_of(lines: list[str]) -> str:
    return "---\ntitle: Counting\ncast: {Ann: ada, Bob: ben}\n---\n\n" + "\n\n".join(lines) + "\n"


LINES = [f"{'Ann' if number % 2 else 'Bob'}: This is line number {number}, spoken calmly." for number in range(1, 13)]


def recorded(done: subprocess.CompletedProcess[str]) -> int:
    last = events(done.stdout)[-1]
    assert last["event"] == "episode"
    assert isinstance(last["recorded"], int)
    return last["recorded"]


def test_an_edit_records_one_take_and_a_move_none(voiceover: Run, tmp_path: Path) -> None:
    script = tmp_path / "count.md"
    script.write_text(script_of(LINES[:7]), "utf-8")
    assert recorded(voiceover("render", script, "--json")) == 7
    edited = [*LINES[:5], "Bob: This line is another one now.", LINES[6]]
    script.write_text(script_of(edited), "utf-8")
    assert recorded(voiceover("render", script, "--json")) == 1
    script.write_text(script_of(["Ann: A new first line.", *edited[:3], *edited[4:]]), "utf-8")
    assert recorded(voiceover("render", script, "--json")) == 1
    script.write_text(script_of(edited[::-1]), "utf-8")
    assert recorded(voiceover("render", script, "--json")) == 0


def test_a_render_without_a_change_touches_nothing(voiceover: Run, tmp_path: Path) -> None:
    script = tmp_path / "count.md"
    script.write_text(script_of(LINES[:3]), "utf-8")
    voiceover("render", script, "-o", "out")
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    last = events(voiceover("render", script, "-o", "out", "--json").stdout)[-1]
    assert (last["made"], last["recorded"], last["reused"]) == (False, 0, 3)
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()} == before
    # Even without the cache: the finished files are what counts.
    shutil.rmtree(tmp_path / "gone", ignore_errors=True)
    last = events(voiceover("render", script, "-o", "out", "--json", VOICEOVER_CACHE=tmp_path / "gone").stdout)[-1]
    assert (last["made"], last["recorded"]) == (False, 0)


def test_a_spoilt_file_is_made_again(voiceover: Run, tmp_path: Path) -> None:
    script = tmp_path / "count.md"
    script.write_text(script_of(LINES[:2]), "utf-8")
    voiceover("render", script)
    good = digests(tmp_path)
    for name in ("count.draft.mp3", "count.draft.vtt"):
        (tmp_path / name).write_bytes(b"spoilt")
    last = events(voiceover("render", script, "--json").stdout)[-1]
    assert (last["made"], last["recorded"]) == (True, 0)
    assert digests(tmp_path) == good


@pytest.mark.slow
def test_previews_stand_beside_the_episode(voiceover: Run, tmp_path: Path) -> None:
    script = tmp_path / "count.md"
    script.write_text(script_of([*LINES[:2], "## Two", LINES[2], "## Three", LINES[3]]), "utf-8")
    voiceover("render", script)
    before = digests(tmp_path)
    preview = voiceover("render", script, "--chapter", "2", "--json")
    assert recorded(preview) == 0
    assert (tmp_path / "count.chapter-2.draft.mp3").exists()
    assert "line number 4" in (tmp_path / "count.chapter-2.draft.txt").read_text("utf-8")
    voiceover("render", script, "--lines", "6-7")
    text = (tmp_path / "count.lines-6-7.draft.txt").read_text("utf-8")
    assert "line number 1" in text
    assert "line number 2" not in text
    assert before.items() <= digests(tmp_path).items()


@pytest.mark.slow
def test_a_draft_never_looks_finished(voiceover: Run, tmp_path: Path) -> None:
    script = tmp_path / "count.md"
    script.write_text(script_of(LINES[:1]), "utf-8")
    for number, arguments in enumerate((["--engine", "draft"], ["-o", "x.mp3"], ["-o", "y.draft.wav"])):
        folder = tmp_path / str(number)
        folder.mkdir()
        voiceover("render", script, *arguments, cwd=folder)
        assert all(".draft." in path.name for path in folder.iterdir()), list(folder.iterdir())
    assert (tmp_path / "1" / "x.draft.mp3").exists()
    assert (tmp_path / "2" / "y.draft.wav").exists()


def test_a_pinned_engine_that_is_absent_is_an_error(voiceover: Run, tmp_path: Path) -> None:
    script = tmp_path / "count.md"
    script.write_text(script_of(LINES[:1]), "utf-8")
    done = voiceover("render", script, "--engine", "nosuch", check=2)
    assert "nosuch" in done.stderr
    assert "draft" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["count.md"]


def test_plan_says_why(voiceover: Run, tmp_path: Path) -> None:
    script = tmp_path / "count.md"
    script.write_text(script_of(LINES[:3]), "utf-8")
    assert {take["status"] for take in json.loads(voiceover("plan", script, "--json").stdout)["takes"]} == {"new text"}
    voiceover("render", script)
    script.write_text(script_of(["Ann (speed 1.2): This is line number 1, spoken calmly.", LINES[1], "Ann: Quite new."]), "utf-8")
    takes = json.loads(voiceover("plan", script, "--json").stdout)["takes"]
    assert [take["status"] for take in takes] == ["option changed", "cached", "new text"]
    changed = script_of(LINES[:3]).replace("ada", "cora")
    script.write_text(changed, "utf-8")
    takes = json.loads(voiceover("plan", script, "--json").stdout)["takes"]
    assert [take["status"] for take in takes] == ["voice changed", "cached", "voice changed"]


def test_verify_measures_every_format_alike(voiceover: Run, tmp_path: Path) -> None:
    script = tmp_path / "count.md"
    script.write_text(script_of(LINES[:5]), "utf-8")
    done = voiceover("render", script, "--format", "mp3,flac", "--format", "wav", "--verify", "--json")
    read = [event for event in events(done.stdout) if event["event"] == "verify"]
    assert len(read) == 3
    for event in read:
        assert event["integrated_lufs"] == pytest.approx(-16, abs=0.1)


def test_say_speaks_one_line(voiceover: Run, tmp_path: Path) -> None:
    voiceover("say", "Good evening, and welcome.", "--voice", "cora", "--style", "quiet", "-o", "hello.wav")
    assert [path.name for path in tmp_path.iterdir()] == ["hello.draft.wav"]
    assert mutagen.File(tmp_path / "hello.draft.wav").info.length > 0.8
