"""What a second render does: what it makes again, what it leaves alone, and which engine it takes."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.engine_packages import TONE_ENGINE, install
from voiceover import Job, Part, render

HEAD = "---\ntitle: T\ncast: {Ann: ada, Bob: ben}\n---\n\n"
BODY = "Ann: Hello there, my friend.\n\nAnn: How do you do?\n\nBob: Fine, thanks.\n"


def last(voiceover: Run, *arguments: str, **more: object) -> dict[str, object]:
    event: dict[str, object] = json.loads(voiceover("render", "one.md", "--json", *arguments, **more).stdout.splitlines()[-1])
    return event


def write(folder: Path, body: str = BODY, head: str = HEAD) -> None:
    (folder / "one.md").write_text(head + body, "utf-8")


def picture(shade: int) -> bytes:
    """A PNG of one grey pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes((0, shade)))) + chunk(b"IEND", b"")


def made(folder: Path, part: Part | None = None) -> bool:
    """Render in this process, which starts faster; whether anything was made."""
    return render(Job(folder / "one.md", output=folder, part=part)).made


def test_what_a_listener_does_not_notice_makes_nothing_again(tmp_path: Path) -> None:
    write(tmp_path)
    assert made(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.name != "one.md"}
    write(tmp_path, "<!-- a remark -->\n\n" + BODY.replace("Bob: ", "**Bob:** "))
    assert not made(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.name != "one.md"} == before


def test_whatever_the_files_depend_on_makes_them_again(tmp_path: Path) -> None:
    (tmp_path / "cover.png").write_bytes(picture(1))
    head = HEAD.replace("---\n\n", "cover: cover.png\n---\n\n")
    write(tmp_path, head=head)
    assert made(tmp_path)
    (tmp_path / "cover.png").write_bytes(picture(2))
    changes = (
        (BODY, head),
        (BODY, head.replace("title: T", "title: Another")),
        (BODY, head.replace("title: T", "title: T\ngaps: {turn: 900}")),
        (BODY, head.replace("ada,", "{voice: ada, gain: -3dB},")),
        (BODY.replace("\n\nAnn: How", " How"), head),
        (BODY.replace("Bob:", "---\n\nBob:"), head),
        (BODY.replace("Bob:", "## Two\n\nBob:"), head),
        # The same voice under another name: the same sound, other captions.
        (BODY.replace("Bob:", "Ben:"), head.replace("Bob:", "Ben:")),
    )
    for body, top in changes:
        write(tmp_path, body, top)
        assert made(tmp_path), (body, top)
    assert not made(tmp_path)


def test_a_preview_is_not_made_again_for_what_stands_before_it(tmp_path: Path) -> None:
    write(tmp_path, "## One\n\nAnn: Hello there.\n\n## Two\n\nBob: Fine, thanks.\n\nBob: And you?\n")
    assert made(tmp_path, Part(chapter=2))
    write(tmp_path, "## One\n\nAnn: Hello there.\n\nAnn: It is late.\n\n## Two\n\nBob: Fine, thanks.\n\nBob: And you?\n")
    assert not made(tmp_path, Part(chapter=2))


@pytest.fixture
def tone(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example engine, installed for the command as pip does it; its module, to be edited."""
    site = tmp_path_factory.mktemp("site")
    install(site, TONE_ENGINE, "tone", monkeypatch)
    return site / "tone_engine.py"


@pytest.mark.slow
def test_auto_takes_a_ready_engine_and_then_no_other_for_it(voiceover: Run, tone: Path, tmp_path: Path) -> None:
    write(tmp_path)
    assert last(voiceover)["engine"] == "tone"
    assert (tmp_path / "one.mp3").exists()
    for arguments in ([], ["--lines", "6"]):
        done = voiceover("render", "one.md", *arguments, check=2, PYTHONPATH="")
        assert "the engine tone, which is not installed" in done.stderr
        assert "--engine draft" in done.stderr
    assert "the engine tone" in voiceover("plan", "one.md", check=2, PYTHONPATH="").stderr
    # Asked for by name the stand-in speaks, beside the finished episode and never in its place.
    before = (tmp_path / "one.mp3").read_bytes()
    assert last(voiceover, "--engine", "draft", PYTHONPATH="")["engine"] == "draft"
    assert (tmp_path / "one.draft.mp3").exists()
    assert (tmp_path / "one.mp3").read_bytes() == before


def test_a_newer_engine_keeps_what_stands_until_refresh(voiceover: Run, tone: Path, tmp_path: Path) -> None:
    write(tmp_path)
    last(voiceover)
    newer = tone.read_text("utf-8").replace("revision=1", "revision=2").replace("tone r1", "tone r2")
    tone.write_text(f"{newer}# Of another length: Python takes a module of one size and second for the one it has compiled.\n", "utf-8")
    told = voiceover("plan", "one.md").stdout
    assert "kept: 3\n" in told
    assert "kept: tone r1, now r2: 3\n" in told
    assert {take["status"] for take in json.loads(voiceover("plan", "one.md", "--json").stdout)["takes"]} == {"kept"}
    assert last(voiceover)["made"] is False
    write(tmp_path, BODY.replace("Fine, thanks.", "Never better."))
    event = last(voiceover)
    assert (event["recorded"], event["kept"]) == (1, {"kept: tone r1, now r2": 2})
    event = last(voiceover, "--refresh")
    assert (event["recorded"], event["kept"]) == (2, {})


def test_a_flag_goes_over_the_settings_of_a_line(voiceover: Run, tmp_path: Path) -> None:
    write(tmp_path, BODY.replace("Bob:", "Bob (speed 0.8):"))
    last(voiceover)
    takes = json.loads(voiceover("plan", "one.md", "--speed", "1.2", "--json").stdout)["takes"]
    assert [take["reason"] for take in takes][::2] == ["option changed: speed 1 -> 1.2", "option changed: speed 0.8 -> 1.2"]
