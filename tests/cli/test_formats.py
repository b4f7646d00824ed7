"""Audio formats through the command."""

from __future__ import annotations

import json
from pathlib import Path

import av
import mutagen
import mutagen.mp4
import pytest

from tests.conftest import Run
from tests.publish.media import no_media, only_ffmpeg

SCRIPT = "---\ntitle: The mice\ncast: {Ann: ada}\n---\n\n## One\n\nAnn: Good cheese.\n\n## Two\n\nAnn: Is worth a walk.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mice.md").write_text(SCRIPT)
    return tmp_path


def test_the_file_name_decides_the_format(voiceover: Run, folder: Path) -> None:
    voiceover("render", "mice.md", "-o", "out/book.m4b")
    tags = mutagen.mp4.MP4(folder / "out/book.draft.m4b")
    assert tags["©nam"] == ["The mice"]
    assert tags["stik"] == [2]
    assert [mark.title for mark in tags.chapters] == ["One", "Two"]
    assert "is up to date" in voiceover("render", "mice.md", "-o", "out/book.m4b").stderr


def test_several_formats_of_one_episode(voiceover: Run, folder: Path) -> None:
    done = voiceover("render", "mice.md", "--format", "m4a,opus", "--format", "flac", "--verify")
    assert {path.suffix for path in folder.glob("mice.draft.*")} >= {".m4a", ".opus", ".flac"}
    for suffix in (".m4a", ".opus", ".flac"):
        assert f"mice.draft{suffix}: decoded, " in done.stderr
    assert mutagen.File(folder / "mice.draft.opus")["chapter001name"] == ["Two"]


MARKUP = "<script>x</script> "
HOSTILE = MARKUP + "]]> \U0001f42d \u05d0\u05d1 城 =;\\ " + "long " * 1000


def test_titles_survive_in_every_format(voiceover: Run, folder: Path) -> None:
    title = HOSTILE.strip()
    segments = [{"chapter": title}, "Good cheese.", {"chapter": "Two"}, "A walk."]
    script = {
        "title": f"{title}\u202e\x07",
        "show": title,
        "format": "m4a, m4b, opus, flac",
        "cast": {"narrator": "ada"},
        "segments": segments,
    }
    (folder / "mice.yaml").write_text(json.dumps(script, ensure_ascii=False))
    (folder / "mice.md").unlink()
    voiceover("render", "mice.yaml")
    first = (folder / "mice.draft.m4a").read_bytes()
    for suffix in ("m4a", "m4b", "opus", "flac"):
        path = folder / f"mice.draft.{suffix}"
        tags = mutagen.File(path)
        shown = tags["©nam" if suffix.startswith("m4") else "title"][0]
        assert shown.replace("\u202e", "") == title
        with av.open(path) as container:
            assert [mark["metadata"]["title"] for mark in container.chapters()] == [title.removeprefix(MARKUP), "Two"]
    for path in folder.glob("mice.draft.*"):
        path.unlink()
    voiceover("render", "mice.yaml")
    assert (folder / "mice.draft.m4a").read_bytes() == first


def test_no_encoder_is_one_line_before_any_work(
    voiceover: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    no_media(monkeypatch, tmp_path_factory.mktemp("path") / "bin")
    for suffix in ("m4a", "m4b", "opus"):
        done = voiceover("render", "mice.md", "-o", f"out/book.{suffix}", check=2)
        label = suffix.upper() if suffix != "opus" else "Opus"
        what = f"{label} needs PyAV, or the program ffmpeg on the PATH"
        assert done.stderr.splitlines()[-1] == f"{what}; in the voiceover checkout, run: pip install '.[media]'"
    assert [path.name for path in (folder / "out").iterdir() if not path.name.startswith(".")] == []
    voiceover("render", "mice.md", "-o", "out/book.mp3")


def test_ffmpeg_on_the_path_is_enough(
    voiceover: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    only_ffmpeg(monkeypatch, tmp_path_factory.mktemp("path") / "bin")
    voiceover("render", "mice.md", "--format", "m4a,opus", "--verify")
    assert mutagen.File(folder / "mice.draft.m4a")["©nam"] == ["The mice"]
    assert mutagen.File(folder / "mice.draft.opus")["title"] == ["The mice"]
