"""ID3 tags, read back by mutagen, ffmpeg and MediaInfo."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import mutagen.id3
import numpy as np
import pytest
from pymediainfo import MediaInfo

from tests.publish.parts import ffmpeg, ffmpeg_chapters, metadata, timeline, tone
from voiceover.errors import InputError
from voiceover.publish.cover import MAX_BYTES, read_cover
from voiceover.publish.id3 import id3_tag
from voiceover.publish.languages import iso_639_2
from voiceover.publish.mp3 import Mp3Writer, pcm_for_lame
from voiceover.publish.tags import episode_tags
from voiceover.types import Metadata

AUDIO = io.BytesIO()
_writer = Mp3Writer(AUDIO, 1, 96)
_writer.write(pcm_for_lame(tone(1.0, rate=44100), 96))
_writer.finish()

TITLES = ["Käse und Brot", "城里的老鼠", "Mäuse \U0001f42d & <Co> = ; #", "Plain"]


def tagged(path: Path, about: Metadata, chapters: list[tuple[str, float]], seconds: float = 1000.0) -> Path:
    cover = read_cover(about.cover) if about.cover else None
    path.write_bytes(id3_tag(episode_tags(about, timeline(seconds, [], chapters), cover)) + AUDIO.getvalue())
    return path


def png_header(width: int, height: int) -> bytes:
    """A PNG that only says that it is as large."""
    data = png()
    return data[:16] + struct.pack(">II", width, height) + data[24:]


def png(width: int = 3, height: int = 2) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"".join(b"\0" + bytes(3 * width) for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("title", TITLES)
def test_text_frames(tmp_path: Path, title: str) -> None:
    about = metadata(title, show=f"Show {title}", author="Ünal", season=2, episode=3, date="2026-11-05", description=f"One.\n\n{title}")
    tags = mutagen.id3.ID3(tagged(tmp_path / "a.mp3", about, []), translate=False)
    # Only version 2.4 has UTF-8, which characters outside the Basic Multilingual Plane need.
    dates = {"TDRC": "2026-11-05"} if "\U0001f42d" in title else {"TYER": "2026", "TDAT": "0511"}
    assert tags.version == ((2, 4, 0) if "TDRC" in dates else (2, 3, 0))
    assert {name: str(tags[name]) for name in ("TIT2", "TALB", "TPE1", "TPOS", "TRCK", "TLAN", "TLEN", *dates)} == {
        "TIT2": title,
        "TALB": f"Show {title}",
        "TPE1": "Ünal",
        "TPOS": "2",
        "TRCK": "3",
        "TLAN": "eng",
        "TLEN": "1000000",
        **dates,
    }
    assert {"TDRC", "TYER", "TDAT"} & set(tags) == set(dates)
    (comment,) = tags.getall("COMM")
    assert (comment.desc, comment.lang) == ("", "eng")
    assert comment.text[0].startswith(f"One.\n\n{title}\n\n")
    assert "synthetic" in comment.text[0]


def test_the_machine_readable_disclosure(tmp_path: Path) -> None:
    tags = mutagen.id3.ID3(tagged(tmp_path / "a.mp3", metadata(), []))
    assert {frame.desc: frame.text[0] for frame in tags.getall("TXXX")} == {
        "AI_GENERATED": "true",
        "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
        "AI_MODEL": "f5-base",
    }


def test_a_draft_says_so(tmp_path: Path) -> None:
    about = metadata(provisional=True, by_rules=True, engine="draft", model="", description="About mice.")
    tags = mutagen.id3.ID3(tagged(tmp_path / "a.mp3", about, []))
    marks = {frame.desc: frame.text[0] for frame in tags.getall("TXXX")}
    assert marks == {
        "AI_GENERATED": "true",
        "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia",
        "AI_MODEL": "draft",
        "DRAFT": "true",
    }
    (comment,) = tags.getall("COMM")
    assert comment.text[0].startswith("DRAFT")
    assert comment.text[0].endswith("About mice.")


@pytest.mark.parametrize("provisional", [True, False])
def test_only_a_draft_is_marked_as_one(provisional: bool) -> None:
    marks = episode_tags(metadata(provisional=provisional), timeline(1.0, [], []), None).marks
    assert (("DRAFT", "true") in marks) == provisional
    assert ("AI_GENERATED", "true") in marks


@pytest.mark.parametrize("count", [0, 1, 4, 100, 300])
def test_chapters(tmp_path: Path, count: int) -> None:
    chapters = [(f"{TITLES[number % 4]} {number}", number * 1.5) for number in range(count)]
    path = tagged(tmp_path / "a.mp3", metadata(), chapters)
    ends = [start for _, start in [*chapters, ("", 1000.0)][1:]]
    wanted = [(round(start * 1000), round(end * 1000), title) for (title, start), end in zip(chapters, ends, strict=True)]
    assert ffmpeg_chapters(path) == wanted
    tags = mutagen.id3.ID3(path)
    assert sorted((c.start_time, c.end_time, str(c.sub_frames["TIT2"])) for c in tags.getall("CHAP")) == wanted
    assert all(c.start_offset == c.end_offset == 0xFFFFFFFF for c in tags.getall("CHAP"))
    tables = {table.element_id: table for table in tags.getall("CTOC")}
    top = [table for table in tables.values() if table.flags & mutagen.id3.CTOCFlags.TOP_LEVEL]
    assert len(top) == (1 if count else 0)
    children = [child for table in top for child in table.child_element_ids]
    if count > 255:  # one table can hold no more
        children = [child for name in children for child in tables[name].child_element_ids]
    assert children == sorted((c.element_id for c in tags.getall("CHAP")), key=lambda name: int(name[3:]))
    assert all(table.flags & mutagen.id3.CTOCFlags.ORDERED for table in tables.values())


@pytest.mark.parametrize("title", ["The Town Mouse", "Mäuse \U0001f42d"])
@pytest.mark.parametrize("count", [2, 300])
def test_tables_of_chapters_have_titles(tmp_path: Path, title: str, count: int) -> None:
    path = tagged(tmp_path / "a.mp3", metadata(title), [(f"Part {number}", float(number)) for number in range(count)])
    tables = {table.element_id: str(table.sub_frames["TIT2"]) for table in mutagen.id3.ID3(path).getall("CTOC")}
    assert tables == {"toc": title} if count == 2 else {"toc": title, "toc0": "Part 0", "toc1": "Part 255"}
    assert len(ffmpeg_chapters(path)) == count


EMOJI = ["Mäuse \U0001f42d & Co", "\U0001f1e9\U0001f1ea 城", "\U0001d49c plain", "one \U0001f469\u200d\U0001f680"]


@pytest.mark.parametrize("title", EMOJI)
def test_emoji_are_read_by_ffmpeg_and_mutagen(tmp_path: Path, title: str) -> None:
    picture = tmp_path / "cover.png"
    picture.write_bytes(png(120, 80))  # long enough for a syncsafe size to differ from a plain one
    path = tagged(tmp_path / "a.mp3", metadata("Plain", author=title, cover=picture), [(title, 0.0), ("Two", 5.0)])
    assert ffmpeg_chapters(path) == [(0, 5000, title), (5000, 1000_000, "Two")]
    told = ffmpeg("-v", "error", "-i", path, "-f", "ffmetadata", "-").decode()
    assert f"artist={title}\n" in told
    tags = mutagen.id3.ID3(path)
    assert (str(tags["TPE1"]), tags.getall("APIC")[0].data) == (title, picture.read_bytes())
    assert len(ffmpeg("-v", "error", "-i", path, "-map", "0:a", "-f", "s16le", "-")) == 2 * 44100


@pytest.mark.parametrize("title", [*TITLES, *EMOJI])
def test_titles_are_read_by_mediainfo(tmp_path: Path, title: str) -> None:
    """It knows no chapters in ID3, and reads what is around them."""
    about = metadata(title, show=f"Show {title}", author=title, description=title, date="2026-11-05")
    path = tagged(tmp_path / "a.mp3", about, [(title, 0.0), ("Two", 5.0)])
    general, audio = MediaInfo.parse(path).tracks
    assert (general.track_name, general.album, general.performer) == (title, f"Show {title}", title)
    assert general.comment.startswith(title) and general.recorded_date.startswith("2026")
    assert (audio.format, audio.duration, audio.language) == ("MPEG Audio", pytest.approx(1000, abs=60), "en")


def test_the_chapters_of_a_heading_without_text_keep_their_order(tmp_path: Path) -> None:
    path = tagged(tmp_path / "a.mp3", metadata(), [("Part", 0.0), ("One", 0.0), ("Two", 5.0)])
    assert [title for _, _, title in ffmpeg_chapters(path)] == ["Part", "One", "Two"]


def test_the_audio_behind_the_tag_is_whole(tmp_path: Path) -> None:
    path = tagged(tmp_path / "a.mp3", metadata("城"), [("城", 0.0)])
    assert len(ffmpeg("-v", "error", "-i", path, "-f", "s16le", "-")) == 2 * 44100


@pytest.mark.parametrize(
    ("date", "frames"),
    [
        ("2026", {"TYER": "2026"}),
        ("2026-11", {"TYER": "2026"}),
        ("2026-11-20T10:00", {"TYER": "2026", "TDAT": "2011"}),
        ("soon", {}),
        ("", {}),
    ],
)
def test_dates(tmp_path: Path, date: str, frames: dict[str, str]) -> None:
    tags = mutagen.id3.ID3(tagged(tmp_path / "a.mp3", metadata(date=date), []), translate=False)
    assert {name: str(tags[name]) for name in ("TYER", "TDAT") if name in tags} == frames


def test_control_characters_and_lone_surrogates_never_reach_a_frame(tmp_path: Path) -> None:
    tags = mutagen.id3.ID3(tagged(tmp_path / "a.mp3", metadata("A\0B\nC \ud83d D"), []))
    assert str(tags["TIT2"]) == "AB C D"


def test_cover(tmp_path: Path) -> None:
    picture = tmp_path / "cover.png"
    picture.write_bytes(png())
    tags = mutagen.id3.ID3(tagged(tmp_path / "a.mp3", metadata(cover=picture), []))
    (frame,) = tags.getall("APIC")
    assert (frame.mime, int(frame.type), frame.data) == ("image/png", 3, picture.read_bytes())
    cover = read_cover(picture)
    assert (cover.width, cover.height, cover.depth) == (3, 2, 24)


@pytest.mark.parametrize(
    ("colour", "bits", "depth"), [(0, 8, 8), (0, 1, 1), (2, 8, 24), (2, 16, 48), (3, 8, 24), (4, 8, 16), (6, 8, 32), (6, 16, 64)]
)
def test_the_depth_of_a_png_cover(colour: int, bits: int, depth: int, tmp_path: Path) -> None:
    """PNG specification, table 11.1: grey, red green and blue, a palette of these, and the first two with alpha."""
    picture = tmp_path / "cover.png"
    data = bytearray(png())
    data[24:26] = bits, colour
    picture.write_bytes(data)
    assert read_cover(picture).depth == depth


@pytest.mark.parametrize(("at", "value"), [(12, b"IDAT"), (16, b"\0\0\0\0"), (20, b"\0\0\0\0"), (25, b"\5")])
def test_a_png_cover_whose_header_is_wrong(at: int, value: bytes, tmp_path: Path) -> None:
    picture = tmp_path / "cover.png"
    data = bytearray(png())
    data[at : at + len(value)] = value
    picture.write_bytes(data)
    with pytest.raises(InputError, match="damaged"):
        read_cover(picture)


def test_a_jpeg_cover(tmp_path: Path) -> None:
    picture = tmp_path / "cover.jpg"
    picture.write_bytes(png(20, 10))
    jpeg = ffmpeg("-v", "error", "-i", picture, "-f", "mjpeg", "-")
    picture.write_bytes(jpeg)
    cover = read_cover(picture)
    assert (cover.mime, cover.width, cover.height, cover.depth) == ("image/jpeg", 20, 10, 24)


def jpeg(parts: int, adobe: int | None = None, frame: int = 0xC0) -> bytes:
    """A whole JPEG of one grey block, of ``parts`` colour components; ``adobe`` is the colour transform of an Adobe marker."""

    def segment(marker: int, body: bytes) -> bytes:
        return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body

    one_code = bytes([1, *bytes(15), 0])  # a Huffman table whose only symbol, 0, is the bit 0
    colours = b"".join(bytes([number, 0x11, 0]) for number in range(1, parts + 1))
    return b"".join(
        [
            b"\xff\xd8",
            b"" if adobe is None else segment(0xEE, b"Adobe" + struct.pack(">HHHB", 100, 0, 0, adobe)),
            segment(0xDB, b"\0" + bytes([1] * 64)),
            segment(frame, struct.pack(">BHHB", 8, 8, 8, parts) + colours),
            segment(0xC4, b"\x00" + one_code),
            segment(0xC4, b"\x10" + one_code),
            segment(0xDA, bytes([parts]) + b"".join(bytes([number, 0]) for number in range(1, parts + 1)) + b"\0\x3f\0"),
            bytes(parts // 4) + (b"" if parts % 4 == 0 else bytes([0xFF >> 2 * (parts % 4)])),
            b"\xff\xd9",
        ]
    )


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (jpeg(4), True),
        (jpeg(4, adobe=0), True),  # CMYK as Photoshop writes it
        (jpeg(4, adobe=2), True),  # YCCK
        (jpeg(4, adobe=2, frame=0xC1), True),
        (jpeg(3), False),
        (jpeg(3, adobe=1), False),
        (jpeg(3, adobe=0), False),
        (jpeg(1), False),
        (png(), False),
    ],
)
def test_a_cmyk_cover_is_refused(tmp_path: Path, data: bytes, told: bool) -> None:
    picture = tmp_path / "cover.jpg"
    picture.write_bytes(data)
    assert len(ffmpeg("-v", "error", "-i", picture, "-f", "rawvideo", "-pix_fmt", "rgb24", "-")) > 0  # it is a picture
    if told:
        with pytest.raises(InputError, match=r"CMYK picture, .* save it as sRGB"):
            read_cover(picture)
    else:
        read_cover(picture)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"GIF89a", "JPEG or PNG picture, not a GIF"),
        (b"%PDF-1.7", "JPEG or PNG picture, not a PDF"),
        (b"RIFF\0\0\0\0WEBP", "JPEG or PNG picture, not a WebP"),
        (png_header(20_000, 20_000), "20000 x 20000 pixels; the limit is 10000"),
        (png_header(1, 10_001), "1 x 10001 pixels"),
        (b"", "JPEG or PNG"),
        (png()[:40], "damaged"),
        (b"\xff\xd8\xff\xe0\0\x10", "damaged"),
        (bytes(MAX_BYTES + 1), "MB"),
    ],
)
def test_a_cover_that_cannot_be_used(tmp_path: Path, data: bytes, words: str) -> None:
    picture = tmp_path / "cover.jpg"
    picture.write_bytes(data)
    with pytest.raises(InputError, match=words) as caught:
        read_cover(picture)
    assert str(picture) in str(caught.value)


def test_a_cover_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cover picture not found"):
        read_cover(tmp_path / "none.png")
    with pytest.raises(InputError, match="cannot be read"):
        read_cover(tmp_path)


@pytest.mark.parametrize(
    ("tag", "code"), [("de-AT", "deu"), ("EN", "eng"), ("cmn", "zho"), ("pt_BR", "por"), ("yue", "zho"), ("haw", "haw"), ("x", "und")]
)
def test_language_codes(tag: str, code: str) -> None:
    assert iso_639_2(tag) == code


def test_equal_content_gives_equal_bytes(tmp_path: Path) -> None:
    made = [tagged(tmp_path / f"{n}.mp3", metadata("城"), [("x", 0.0)]).read_bytes() for n in range(2)]
    assert made[0] == made[1]
    assert not np.array_equal(made[0], tagged(tmp_path / "b.mp3", metadata("里"), [("x", 0.0)]).read_bytes())
