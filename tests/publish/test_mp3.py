"""The MP3: its length to the sample, its level, its tag frame, whatever the bit rate."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import mutagen.mp3
import numpy as np
import pytest
import soundfile

from tests.publish.parts import decode, tone
from voiceover.audio.formats import MP3
from voiceover.errors import PublishError
from voiceover.publish.crc16 import Crc16, crc16
from voiceover.publish.mp3 import Mp3Writer, lame_scale, pcm_for_lame
from voiceover.publish.mp3_frames import BITRATES, FrameHeader, info_frame, info_header, read_header
from voiceover.types import FloatArray

SAMPLE_RATE = MP3.sample_rate or 0


def encoded(samples: FloatArray, bitrate: int, block: int = 44100) -> bytes:
    file = io.BytesIO()
    writer = Mp3Writer(file, samples.shape[1], bitrate)
    for start in range(0, len(samples), block):
        writer.write(pcm_for_lame(samples[start : start + block], bitrate))
    writer.finish()
    return file.getvalue()


def written(path: Path, samples: FloatArray, bitrate: int) -> Path:
    path.write_bytes(encoded(samples, bitrate))
    return path


@pytest.mark.parametrize(
    ("bitrate", "channels", "frames"), [(32, 1, 1), (48, 2, 500), (64, 1, 1152), (96, 1, 44100), (128, 2, 60017), (320, 2, 4000)]
)
def test_decodes_to_the_length_and_place_of_the_source(tmp_path: Path, bitrate: int, channels: int, frames: int) -> None:
    samples = np.zeros((frames, channels), np.float32)
    click = frames * 2 // 3
    samples[click] = 0.9
    path = written(tmp_path / "click.mp3", samples, bitrate)
    for heard in (decode(path, channels), soundfile.read(path, always_2d=True)[0]):
        assert heard.shape == samples.shape
        assert abs(int(np.argmax(np.abs(heard[:, 0]))) - click) <= 1
    assert soundfile.info(path).frames == frames


@pytest.mark.parametrize("bitrate", BITRATES)
def test_the_level_is_that_of_the_source(bitrate: int) -> None:
    samples = tone(2.0, hertz=1000.0, rate=SAMPLE_RATE)
    heard = soundfile.read(io.BytesIO(encoded(samples, bitrate)))[0]
    middle = slice(SAMPLE_RATE // 2, SAMPLE_RATE // 2 + SAMPLE_RATE)
    carrier = np.exp(2j * np.pi * 1000 * np.arange(SAMPLE_RATE) / SAMPLE_RATE)
    ratio = abs(np.vdot(carrier, heard[middle])) / abs(np.vdot(carrier, samples[middle, 0]))
    assert 20 * np.log10(ratio) == pytest.approx(0.0, abs=0.01)


def test_peaks_over_full_scale_are_clipped_not_wrapped() -> None:
    block = np.array([[1.5], [-1.5], [1.0], [-0.5]], np.float32)
    raised = -0.5 * 32768 / lame_scale(96)
    assert np.frombuffer(pcm_for_lame(block, 96), "<i2").tolist() == [32767, -32768, 32767, round(raised)]


def test_the_blocks_make_no_difference() -> None:
    samples = tone(1.0, rate=SAMPLE_RATE) + tone(1.0, hertz=3111.0, rate=SAMPLE_RATE, level=0.1)
    assert encoded(samples, 96, 44100) == encoded(samples, 96, 777)


def plain_crc(data: bytes) -> int:
    """Bit by bit, as the definition has it."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (0xA001 if value & 1 else 0)
    return value


def test_crc16_check_value_and_long_data() -> None:
    assert crc16(b"123456789") == 0xBB3D  # the catalogue's check value of CRC-16/ARC
    data = np.random.default_rng(3).bytes(1_060_001)
    running = Crc16()
    for start in range(0, len(data), 70_003):
        running.update(data[start : start + 70_003])
    assert running.value == crc16(data) == plain_crc(data)


@pytest.mark.parametrize("lengths", [(0, 9), (9, 0, 1), (513, 70_003, 1), (1_060_001, 2, 1_100_000, 512)])
def test_crc16_of_parts_whose_crcs_are_known(lengths: tuple[int, ...]) -> None:
    parts = [np.random.default_rng(length).bytes(length) for length in lengths]
    running = Crc16()
    running.update(b"before")
    for part in parts:
        running.join(crc16(part), len(part))
    running.update(b"after")
    assert running.value == crc16(b"".join((b"before", *parts, b"after")))


@pytest.mark.parametrize(("bitrate", "channels"), [(32, 1), (96, 1), (128, 2)])
def test_the_info_frame(tmp_path: Path, bitrate: int, channels: int) -> None:
    samples = tone(3.0, channels, rate=SAMPLE_RATE)
    data = encoded(samples, bitrate)
    first = read_header(data)
    assert first is not None
    bitrate_of_tag = first.bitrate
    stereo = {0: 1, 1: 3}.get(first.mode, 0)
    at = 4 + first.side_info_size
    name, flags, frames, size = struct.unpack_from(">4sIII", data, at)
    assert (name, flags & 3, size) == (b"Info", 3, len(data))
    position, count = first.size, 0
    while position < len(data):
        header = read_header(data, position)
        assert header is not None
        assert header.bitrate == bitrate
        position, count = position + header.size, count + 1
    assert (position, frames) == (len(data), count)
    lame = at + 120
    assert data[lame : lame + 4] == b"LAME"
    assert data[lame + 9 : lame + 21] == bytes([1, *bytes(10), bitrate_of_tag])  # CBR; no lowpass, peak, gain or ATH is told
    assert data[lame + 24 : lame + 28] == bytes([1 << 6 | (0 if channels == 1 else stereo) << 2, 0, 0, 0])  # 44.1 kHz; no gain, no preset
    delays = int.from_bytes(data[lame + 21 : lame + 24], "big")
    assert (delays >> 12) + len(samples) + (delays & 4095) == count * 1152
    length, music, tag = struct.unpack_from(">IHH", data, lame + 28)
    assert (length, music, tag) == (len(data), plain_crc(data[first.size :]), plain_crc(data[: lame + 34]))
    path = tmp_path / "info.mp3"
    path.write_bytes(data)
    info = mutagen.mp3.MP3(path).info
    assert info.bitrate_mode == mutagen.mp3.BitrateMode.CBR
    assert info.length == pytest.approx(3.0, abs=1e-4)


@pytest.mark.parametrize(
    "data",
    [
        *("00fb90c4", "fffb9cc4", "fffb00c4", "fffbf0c4"),  # no sync, no rate, a free bit rate, none
        *("fff390c4", "fffd90c4", "ffff90c4", "7ffb90c4"),  # MPEG-2, layers II and I, no sync
        *("fffb90", "ff", ""),
    ],
)
def test_what_is_no_frame_of_mpeg_1_layer_3_has_no_header(data: str) -> None:
    assert read_header(bytes.fromhex(data)) is None
    assert read_header(bytes.fromhex("fffb90c4" + data), 4) is None


@pytest.mark.parametrize(
    ("data", "header", "size"),
    [
        ("fffb90c4", FrameHeader(128, 44100, False, 3), 417),
        ("fffa9264", FrameHeader(128, 44100, True, 1), 418),
        ("fffb1400", FrameHeader(32, 48000, False, 0), 96),
        ("fffbea80", FrameHeader(320, 32000, True, 2), 1441),
    ],
)
def test_headers(data: str, header: FrameHeader, size: int) -> None:
    found = read_header(b"x" + bytes.fromhex(data), 1)
    assert found == header
    assert (found.size, found.side_info_size) == (size, 17 if header.mode == 3 else 32)


def test_the_info_frame_takes_the_next_bit_rate_that_has_room() -> None:
    """At 32 kbps and 48 kHz a frame has 96 bytes."""
    assert info_header(FrameHeader(32, 48000, True, 3)) == FrameHeader(64, 48000, False, 3)
    assert info_header(FrameHeader(32, 48000, True, 0)) == FrameHeader(64, 48000, False, 0)
    assert info_header(FrameHeader(128, 44100, True, 0)) == FrameHeader(128, 44100, False, 0)


def test_an_info_frame_that_would_lie_about_the_length_is_refused() -> None:
    first = FrameHeader(128, 44100, False, 3)
    about = {"audio_bytes": 4170, "music_crc": 0, "quality": 2, "version": b"LAME"}
    for samples in (10 * 1152 - 576, 10 * 1152 - 576 - 4095):
        assert len(info_frame(first, frames=10, samples=samples, **about)) == 417
    for samples in (10 * 1152 - 575, 10 * 1152 - 576 - 4096):
        with pytest.raises(ValueError, match=f"10 frames .* {samples} samples"):
            info_frame(first, frames=10, samples=samples, **about)


def test_nothing_to_encode_is_an_error() -> None:
    with pytest.raises(PublishError, match="without any samples"):
        encoded(np.zeros((0, 1), np.float32), 96)
