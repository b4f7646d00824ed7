"""Formats that libsndfile does not read, by whichever decoder is there."""

from __future__ import annotations

import stat
import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.voice_parts import RATE, convert, save, sentence, silence
from voiceover.audio import decode
from voiceover.audio.files import open_audio, read_audio
from voiceover.errors import InputError


@pytest.fixture
def only_ffmpeg(ffmpeg: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PATH with ffmpeg on it and nothing else, and no PyAV."""
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / "ffmpeg").symlink_to(ffmpeg)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setitem(sys.modules, "av", None)
    monkeypatch.setattr(decode.importlib.util, "find_spec", lambda name: None)


@pytest.fixture
def nothing_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setattr(decode.importlib.util, "find_spec", lambda name: None)


@pytest.fixture
def memo(ffmpeg: str, tmp_path: Path) -> Path:
    """A voice memo: AAC in an m4a."""
    return convert(ffmpeg, save(tmp_path / "source.wav", sentence()), tmp_path / "memo.m4a")


def test_what_libsndfile_reads_is_not_decoded(tmp_path, nothing_there):
    path = save(tmp_path / "a.wav", sentence())
    with decode.readable(path) as sound:
        assert sound == path


def test_a_voice_memo_is_read_by_ffmpeg(memo, only_ffmpeg):
    assert decode.decoders() == ("ffmpeg",)
    with decode.readable(memo) as sound:
        decoded = read_audio(sound)
    assert not sound.exists()
    assert decoded.sample_rate == RATE
    # Some decoders keep the 1024 or 2048 frames that the encoder put in front.
    original = sentence()
    assert len(original) - 10 <= len(decoded.samples) <= len(original) + 4096
    shifts = np.correlate(decoded.samples[: 6 * RATE : 4], original[RATE : 2 * RATE : 4], "valid")
    assert abs(int(np.argmax(shifts)) * 4 - RATE) < 4096
    assert np.sqrt(np.mean(decoded.samples**2)) == pytest.approx(np.sqrt(np.mean(original**2)), rel=0.05)


def test_a_voice_memo_is_read_by_pyav_where_it_is_installed(memo, monkeypatch, tmp_path):
    pytest.importorskip("av")
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    assert decode.decoders() == ("PyAV",)
    with decode.readable(memo) as sound:
        assert open_audio(sound).sample_rate == RATE
        assert open_audio(sound).seconds == pytest.approx(len(sentence()) / RATE, abs=0.1)


def test_a_coding_that_nobody_knows_is_an_error_in_a_line(tmp_path, monkeypatch):
    pytest.importorskip("av")
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    about = struct.pack("<IHHIIHH", 16, 0x1234, 1, RATE, 2 * RATE, 2, 16)
    path = tmp_path / "odd.wav"
    path.write_bytes(b"RIFF\xc4\x0f\0\0WAVEfmt " + about + b"data\xa0\x0f\0\0" + bytes(4000))
    with pytest.raises(InputError, match=r"odd\.wav.*nothing here can decode its sound"), decode.readable(path):
        pass


def test_afconvert_is_asked_with_its_own_words(memo, tmp_path, monkeypatch, nothing_there):
    folder = tmp_path / "macos"
    folder.mkdir()
    program = folder / "afconvert"
    # Stands in for macOS's own: notes what it was asked and writes what the real one would.
    program.write_text(
        f"#!{sys.executable}\nimport sys, pathlib, shutil\n"
        f"pathlib.Path({str(tmp_path / 'asked')!r}).write_text('|'.join(sys.argv[1:]))\n"
        f"shutil.copyfile({str(tmp_path / 'source.wav')!r}, sys.argv[-1])\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder))
    with decode.readable(memo) as sound:
        assert open_audio(sound).sample_rate == RATE
    asked = (tmp_path / "asked").read_text().split("|")
    assert asked[:4] == ["-f", "WAVE", "-d", "LEF32"]
    assert asked[4] == str(memo)


def test_with_no_decoder_the_error_names_all_three(memo, nothing_there):
    with pytest.raises(InputError, match=r"memo\.m4a.*PyAV.*ffmpeg.*afconvert"), decode.readable(memo):
        pass


@pytest.mark.parametrize("name", ["list.m3u8", "list.m4a", "list.ffconcat", "list.sdp"])
def test_a_playlist_cannot_name_other_files(name, tmp_path, only_ffmpeg):
    secret = save(tmp_path / "secret.wav", sentence())
    (tmp_path / name).write_text(
        f"ffconcat version 1.0\nfile {secret}\n"
        if name.endswith("concat")
        else f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{secret}\n#EXT-X-ENDLIST\n"
    )
    with pytest.raises(InputError, match="ffmpeg: "), decode.readable(tmp_path / name):
        pass


@pytest.mark.parametrize("name", ["http://127.0.0.1/a.m4a", "concat:a.m4a|b.m4a", "file:/etc/passwd", "pipe:0", "gone.m4a"])
def test_an_address_is_no_file(name, tmp_path, monkeypatch, only_ffmpeg):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="no such file"), decode.readable(Path(name)):
        pass


@pytest.mark.parametrize("name", ["concat:a.m4a", "-y.m4a", "a b;touch x.m4a", "$(touch x).m4a"])
def test_a_file_may_have_any_name(name, memo, tmp_path, monkeypatch, only_ffmpeg):
    monkeypatch.chdir(tmp_path)
    memo.rename(tmp_path / name)
    with decode.readable(Path(name)) as sound:
        assert open_audio(sound).seconds > 4
    assert not (tmp_path / "x").exists()
    assert not (tmp_path / "x.m4a").exists()


def test_what_is_no_recording_says_why_without_naming_a_place_twice(tmp_path, only_ffmpeg):
    path = tmp_path / "letter.m4a"
    path.write_text("Dear friend,\n" * 100)
    with pytest.raises(InputError) as caught, decode.readable(path):
        pass
    assert str(caught.value).startswith(f"{path}: is not a recording that can be read (ffmpeg: ")
    assert str(caught.value).count(str(path)) == 1


def test_only_as_much_is_decoded_as_is_wanted(ffmpeg, tmp_path, only_ffmpeg):
    long = convert(ffmpeg, save(tmp_path / "long.wav", silence(20)), tmp_path / "long.m4a")
    with decode.readable(long, 3.0) as sound:
        assert open_audio(sound).seconds == pytest.approx(3.0, abs=0.1)


def test_a_film_gives_its_sound(ffmpeg, tmp_path, only_ffmpeg):
    film = convert(ffmpeg, save(tmp_path / "source.wav", sentence()), tmp_path / "film.mkv")
    with decode.readable(film) as sound:
        assert open_audio(sound).seconds > 4
