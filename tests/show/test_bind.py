"""Books that are bound from finished episodes, read back by mutagen, PyAV and ffmpeg."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import mutagen.mp4
import numpy as np
import pytest
import soundfile

from tests.command_parts import run
from tests.conftest import Run
from tests.publish.media import no_media, only_ffmpeg
from tests.publish.parts import Master, decode, ffmpeg_chapters, manifest_input, metadata, report, small_timeline, timeline, tone
from tests.publish.test_id3 import jpeg, png
from voiceover.publish import embedded_cover, publish_episode
from voiceover.show.joined import JoinedFile, JoinedStream

SECONDS = 2.0
SPOKEN = 1.98
"""Where the last take of ``small_timeline`` ends; the first begins at 0.04."""


def finished(
    folder: Path,
    name: str,
    *formats: str,
    hertz: float = 440.0,
    rate: int = 24000,
    channels: int = 1,
    level: float = -16.0,
    cover: bytes = b"",
    **about: object,
) -> Path:
    """Publish an episode of a tone; return the path of its files without endings."""
    stem = folder / name
    stem.parent.mkdir(parents=True, exist_ok=True)
    if cover:
        picture = folder.parent / "cover.png"
        picture.write_bytes(cover)
        about |= {"cover": picture}
    line = small_timeline(f"Good {name}")
    line = replace(timeline(SECONDS, list(line.placed), [("In", 0.0), (f"Within {name}", 1.0)]))
    master = Master(tone(SECONDS, channels, hertz, rate), rate, report=report(level))
    about = {"title": f"Title of {Path(name).name}", "author": "Ann Lee", **about}
    publish_episode(master, line, metadata(**about), formats or ("mp3",), stem.parent, stem.name, manifest_input(line))  # type: ignore[arg-type]
    return stem


def change(stem: Path, edit: Callable[[dict[str, object]], object]) -> None:
    path = stem.with_name(f"{stem.name}.manifest.json")
    content = json.loads(path.read_text("utf-8"))
    edit(content)
    path.write_text(json.dumps(content), "utf-8")


@pytest.fixture
def eps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of episodes; the current folder is the one above it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "eps").mkdir()
    return tmp_path / "eps"


def bound(*more: str) -> str:
    code, said = run("bind", "eps", "-o", "book.m4b", *more)
    assert code == 0, said
    return said


def refused(*more: str, output: str = "book.m4b") -> str:
    """Return the error of a book that cannot be bound; nothing was written."""
    code, said = run("bind", "eps", "-o", output, "-q", *more)
    assert code == 2, said
    assert not list(Path().glob("*.m4b"))
    assert not [path for path in Path().rglob(".*") if path.name.endswith((".voiceover", ".lock"))]
    return said


def pitch(samples: np.ndarray, rate: int) -> float:  # type: ignore[type-arg]
    return float(np.argmax(np.abs(np.fft.rfft(samples))) * rate / len(samples))


def test_mixed_files_become_a_book_with_a_chapter_each(eps: Path) -> None:
    finished(eps, "part 10", "m4a", hertz=1000, rate=44100)
    finished(eps, "part 1", "mp3", hertz=300, show="The Show", language="de", cover=png())
    finished(eps, "deep/part 3", "flac", hertz=2000, rate=22050, author="Bo Berg")
    finished(eps, "part 2", "wav", "mp3", hertz=700, rate=48000, channels=2)
    said = bound("--title", "The Book")
    assert "book.m4b: The Book, 0:12, 4 chapters" in said
    # In the order of their names, numbers by their value; between two speeches there are 1.5 s of silence.
    starts = [0, 3420, 6840, 10260]
    titles = ["Title of part 3", "Title of part 1", "Title of part 2", "Title of part 10"]
    book = mutagen.mp4.MP4("book.m4b")
    assert [(round(1000 * chapter.start), chapter.title) for chapter in book.chapters] == list(zip(starts, titles, strict=True))
    assert [(start, title) for start, _, title in ffmpeg_chapters(Path("book.m4b"))] == list(zip(starts, titles, strict=True))
    assert book.tags is not None
    assert {key: book.tags[key] for key in ("\xa9nam", "\xa9alb", "\xa9ART", "stik")} == {
        "\xa9nam": ["The Book"],
        "\xa9alb": ["The Book"],
        "\xa9ART": ["Bo Berg, Ann Lee"],
        "stik": [2],
    }
    assert bytes(book.tags["covr"][0]) == png()
    assert bytes(book.tags["----:com.apple.iTunes:AI_GENERATED"][0]) == b"true"
    assert bytes(book.tags["----:com.apple.iTunes:LANGUAGE"][0]) == b"en"
    with av.open("book.m4b") as container:
        assert (container.streams.audio[0].rate, container.streams.audio[0].channels) == (44100, 2)
    samples = decode(Path("book.m4b"), 2)
    assert len(samples) == pytest.approx(44100 * 12.26, abs=2100)
    for start, hertz in zip(starts, (2000, 300, 700, 1000), strict=True):
        at = round(44.1 * start)
        for channel in range(2):
            assert pitch(samples[at + 22050 : at + 66150, channel], 44100) == pytest.approx(hertz, abs=2)
        silence = samples[at + round(2.1 * 44100) : at + round(3.3 * 44100)]
        assert not len(silence) or np.abs(silence).max() < 0.001
    assert Path("book.credits.txt").read_text("utf-8").splitlines()[:4] == [
        "The Book",
        "",
        "Voice: ben (as Country, Town), CC0-1.0",
        "Speech: f5, f5-base, CC-BY-NC-4.0; not for commercial use",
    ]


def test_the_same_episodes_give_the_same_book_and_json_tells_of_it(eps: Path) -> None:
    finished(eps, "a", show="The Show")
    finished(eps, "b", show="The Show")
    bound()
    first = Path("book.m4b").read_bytes()
    event = json.loads(bound("--json").splitlines()[-1])
    assert Path("book.m4b").read_bytes() == first
    assert (event["title"], event["seconds"], event["remarks"]) == ("The Show", 5.42, [])
    assert event["chapters"] == [{"title": "Title of a", "start": 0.0}, {"title": "Title of b", "start": 3.42}]
    assert [file["path"] for file in event["files"]] == ["book.m4b", "book.credits.txt"]
    bound("--gap", "0", "--inner-chapters", "--author", "X", "--language", "fr")
    book = mutagen.mp4.MP4("book.m4b")
    assert [(chapter.start, chapter.title) for chapter in book.chapters] == [(0, "In"), (1, "Within a"), (2, "In"), (3, "Within b")]
    assert book.tags is not None
    assert (book.tags["\xa9ART"], bytes(book.tags["----:com.apple.iTunes:LANGUAGE"][0])) == (["X"], b"fr")


@pytest.mark.parametrize(
    ("kind", "picture"), [("mp3", png()), ("m4a", jpeg(3)), ("flac", jpeg(3)), ("wav", png())], ids=["mp3", "m4a", "flac", "wav"]
)
def test_the_cover_in_a_file_is_found(tmp_path: Path, kind: str, picture: bytes) -> None:
    stem = finished(tmp_path / "eps", "a", kind, cover=picture, title="\U0001f600 emoji", description="x" * 2000)
    found = embedded_cover(stem.with_suffix(f".{kind}"))
    assert found is not None
    assert found.data == picture
    path = finished(tmp_path / "eps", "b", kind).with_suffix(f".{kind}")
    assert embedded_cover(path) is None
    whole = stem.with_suffix(f".{kind}").read_bytes()
    for cut in range(0, min(len(whole), 600), 23):
        path.write_bytes(whole[:cut])
        embedded_cover(path)


def test_a_cover_that_is_given(eps: Path) -> None:
    finished(eps, "a", cover=png())
    Path("mine.jpg").write_bytes(jpeg(3))
    bound("--cover", "mine.jpg")
    book = mutagen.mp4.MP4("book.m4b")
    assert book.tags is not None
    assert bytes(book.tags["covr"][0]) == jpeg(3)
    Path("book.m4b").unlink()
    Path("mine.jpg").write_bytes(b"%PDF-1.7")
    assert refused("--cover", "mine.jpg") == "mine.jpg: the cover must be a JPEG or PNG picture, not a PDF"
    assert refused("--cover", "none.jpg") == "none.jpg: cover picture not found"


def test_a_file_that_was_changed_is_told_and_another_format_preferred(eps: Path) -> None:
    stem = finished(eps, "a", "mp3", "wav", hertz=300)
    soundfile.write(stem.with_suffix(".wav"), tone(4.0, hertz=1500, rate=24000), 24000)
    bound()
    assert pitch(decode(Path("book.m4b"), 1)[22050:66150, 0], 44100) == pytest.approx(300, abs=2)
    stem.with_suffix(".mp3").unlink()
    said = bound()
    assert "eps/a.wav: changed since it was rendered (its SHA-256 is not that of the manifest); it is bound as it is" in said
    assert len(decode(Path("book.m4b"), 1)) == pytest.approx(4 * 44100, abs=2100)


def test_drafts_and_suspects_want_a_flag(eps: Path) -> None:
    finished(eps, "a.draft", provisional=True, by_rules=True)
    finished(eps, "b")
    assert refused() == "eps: the draft voice speaks in a; --allow-draft takes it"
    bound("--allow-draft")
    book = mutagen.mp4.MP4("book.draft.m4b")
    assert book.tags is not None
    assert str(book.tags["\xa9cmt"][0]).startswith("DRAFT, not for publication")
    Path("book.draft.m4b").unlink()
    # The finished one takes the place of its draft, whose files lie beside it.
    finished(eps, "a")
    change(eps / "b", lambda content: content.update(suspect=True))
    assert refused() == "eps: a check found a take that may be wrong in b; --allow-suspect takes it"
    bound("--allow-suspect")
    assert [chapter.title for chapter in mutagen.mp4.MP4("book.m4b").chapters] == ["Title of a", "Title of b"]


def test_what_cannot_be_bound_is_one_line(eps: Path) -> None:
    assert refused() == "eps: no finished episodes; make them first: voiceover render SCRIPT -o eps"
    assert run("bind", "nowhere", "-o", "book.m4b")[1] == "nowhere: there is no such folder; give the folder of finished episodes"
    (eps / "song.mp3").write_bytes(b"a song")
    why = "no manifest is beside it, so it is no finished episode; render it, or move it to another folder"
    assert refused() == f"eps/song.mp3: {why}"
    stem = finished(eps, "a")
    assert refused() == f"eps/song.mp3: {why}"
    assert run("bind", "eps/song.mp3", "-o", "book.m4b")[1] == "eps/song.mp3: not a folder; give the folder of finished episodes"
    (eps / "song.mp3").unlink()
    for name in ("book.mp3", "book", ".m4b", "eps"):
        assert "a book is an M4B file; give it a name such as book.m4b" in refused(output=name) or name == "eps"
    (eps / ".b.voiceover").mkdir()
    code, said = run("bind", "eps", "-o", "book.m4b")
    assert (code, said) == (2, "eps/b: an unfinished episode; render it again, which completes it")
    (eps / ".b.voiceover").rmdir()
    stem.with_suffix(".mp3").write_bytes(b"no sound")
    assert refused().startswith("eps/a.mp3: ")
    stem.with_suffix(".mp3").unlink()
    assert refused() == "eps/a: a.mp3: the file is gone; render the episode again"
    stem.with_name("a.manifest.json").write_text("{}")
    assert refused() == "eps/a.manifest.json: the manifest cannot be read; render its episode again"


def test_a_book_among_its_episodes(eps: Path) -> None:
    finished(eps, "a", "m4b")
    assert refused(output="eps/a.m4b") == "eps/a.m4b: belongs to an episode that is to be bound; choose another name (-o)"
    for _ in range(2):  # nor is the book a stray the second time
        assert run("bind", "eps", "-o", "eps/book.m4b")[0] == 0
    # A run that was killed is no unfinished episode.
    (eps / ".book.voiceover").mkdir()
    assert run("bind", "eps", "-o", "eps/book.m4b")[0] == 0
    assert not (eps / ".book.voiceover").exists()


def test_a_whole_episode_beside_its_chapters(eps: Path) -> None:
    finished(eps, "tale", "wav")
    change(
        finished(eps, "tale.chapters/01_one", "wav"),
        lambda content: content.update(book={"stem": "tale", "title": "Tale", "number": 1}),
    )
    assert refused() == "eps: has tale as a whole and its chapters; bind eps/tale.chapters"


def test_uneven_loudness_is_told(eps: Path) -> None:
    finished(eps, "a")
    finished(eps, "b", level=-20.0)
    assert "LUFS" not in bound()
    change(eps / "b", lambda content: content["loudness"]["target"].update(name="quiet", integrated_lufs=-20.0))  # type: ignore[index]
    assert "b has -20.0 LUFS and a -16.0; render both with one loudness preset" in bound()


HOSTILE: dict[str, Callable[[dict[str, object]], object]] = {
    "a name that leads out": lambda content: content.update(files=[{"name": "../x.mp3", "bytes": 1, "sha256": "0"}]),
    "a null byte": lambda content: content.update(files=[{"name": "x\0.mp3", "bytes": 1, "sha256": "0"}]),
    "an endless time": lambda content: content.update(seconds=float("inf")),
    "no number": lambda content: content.update(seconds=float("nan")),
    "a language with markup": lambda content: content.update(language="<script>\n"),
    "chapters that are none": lambda content: content.update(chapters=[{"title": "x", "start": "y"}]),
}


@pytest.mark.parametrize("attack", HOSTILE)
def test_a_hostile_manifest_is_no_episode(eps: Path, attack: str) -> None:
    change(finished(eps, "a"), HOSTILE[attack])
    assert refused() == "eps/a.manifest.json: the manifest cannot be read; render its episode again"


def test_hostile_titles_and_times_stay_text_and_in_the_book(eps: Path) -> None:
    wild = ["<script>\u202e", "x" * 5000, "\U0001f600\n\r\0]]>", ""]
    for number, title in enumerate(wild):
        change(
            finished(eps, str(number)),
            lambda content, title=title: content.update(
                title=title, chapters=[{"title": title, "start": -3.0}, {"title": title, "start": 1e9}]
            ),
        )
    said = bound("--inner-chapters")
    assert "\u202e" not in said
    chapters = mutagen.mp4.MP4("book.m4b").chapters
    assert len(chapters) == 4
    assert [chapter.start for chapter in chapters] == pytest.approx([0, 3.42, 6.84, 10.26])
    assert len(ffmpeg_chapters(Path("book.m4b"))) == 4


def test_a_header_that_says_more_than_there_is(eps: Path) -> None:
    stem = finished(eps, "a", "flac")
    data = bytearray(stem.with_suffix(".flac").read_bytes())
    data[21:26] = (int.from_bytes(data[21:26], "big") | (1 << 36) - 1).to_bytes(5, "big")  # RFC 9639, 8.2: the number of samples
    stem.with_suffix(".flac").write_bytes(data)
    assert "eps/a.flac: says that it is longer than a file of its size can be" in refused()
    stem = finished(eps, "a", "mp3")
    data = stem.with_suffix(".mp3").read_bytes()
    stem.with_suffix(".mp3").write_bytes(data[: len(data) // 4])
    assert refused().startswith("eps/a.mp3: ends 2 seconds before its end; render its episode again")


def test_ffmpeg_alone_and_no_encoder_at_all(eps: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finished(eps, "a", "m4a")
    bound()
    only_ffmpeg(monkeypatch, tmp_path / "bin")
    bound()
    assert len(mutagen.mp4.MP4("book.m4b").chapters) == 1
    Path("book.m4b").unlink()
    no_media(monkeypatch, tmp_path / "empty")
    assert refused().startswith("M4B needs PyAV, or the program ffmpeg on the PATH")


def test_memory_does_not_grow_with_the_book(tmp_path: Path) -> None:
    long = np.zeros((8000 * 200, 1), np.float32)
    soundfile.write(tmp_path / "long.flac", long, 8000)
    del long
    stream = JoinedStream((JoinedFile(tmp_path / "long.flac", 44100 * 200, 44100 * 60),) * 2, 44100, 2)
    tracemalloc.start()
    frames = sum(len(block) for block in stream.blocks())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert frames == stream.frames == 2 * 44100 * 260
    # The samples would have 183 MB.
    assert peak < 30e6


@pytest.mark.slow
def test_a_book_of_twenty_chapters(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "cover.png").write_bytes(png(600, 600))
    chapters = [f"## Chapter number {number}\n\nAnn: Here is line {number}.\n\nBob: And there it ends.\n" for number in range(1, 21)]
    head = "---\ntitle: The Long Tale\nauthor: Ann Lee\nlanguage: en\ncover: cover.png\ncast: {Ann: ada, Bob: ben}\n---\n\n"
    (tmp_path / "tale.md").write_text(head + "\n".join(chapters), "utf-8")
    voiceover("render", "tale.md", "-o", "out", "--split", "chapters", "--engine", "draft")
    files = sorted((tmp_path / "out" / "tale.chapters").glob("*.mp3"))
    assert [path.name for path in files] == [f"{number:02}_chapter_number_{number}.draft.mp3" for number in range(1, 21)]
    voiceover("bind", "out", "-o", "book.m4b", "--allow-draft")
    book = mutagen.mp4.MP4(tmp_path / "book.draft.m4b")
    assert book.tags is not None
    assert (book.tags["\xa9nam"], book.tags["\xa9ART"]) == (["The Long Tale"], ["Ann Lee"])
    assert bytes(book.tags["covr"][0]) == png(600, 600)
    titles = [f"Chapter number {number}" for number in range(1, 21)]
    assert [chapter.title for chapter in book.chapters] == titles
    assert [title for _, _, title in ffmpeg_chapters(tmp_path / "book.draft.m4b")] == titles
    with av.open(str(tmp_path / "book.draft.m4b")) as container:
        assert container.duration is not None
        seconds = container.duration / av.time_base
        assert len(container.chapters()) == 20
    own = sum(soundfile.info(path).duration for path in files)
    assert own < seconds < own + 19 * 1.5
    # Only the chapter that was edited is made again, and the book has it.
    (tmp_path / "tale.md").write_text(head + "\n".join(chapters).replace("Here is line 7.", "Here is quite another line."), "utf-8")
    before = {path: path.stat().st_ino for path in files}
    voiceover("render", "tale.md", "-o", "out", "--split", "chapters", "--engine", "draft")
    assert [path.name for path in files if path.stat().st_ino != before[path]] == ["07_chapter_number_7.draft.mp3"]
    voiceover("bind", "out", "-o", "book.m4b", "--allow-draft")
    assert len(mutagen.mp4.MP4(tmp_path / "book.draft.m4b").chapters) == 20
