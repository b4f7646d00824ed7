"""Episodes that are finished in pieces: an edit makes its own piece again, and the files are those of a first render."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.audio.ebu_signals import speech_like
from tests.mix.parts import plan, recorded, said
from tests.publish.parts import decode, metadata
from voiceover.audio.files import resampled_frames
from voiceover.audio.loudness import measure, speech_power
from voiceover.mix import Mix, borders, mix_takes
from voiceover.pipeline.delivery import Programme, make_programme
from voiceover.publish.levelled import encode_levelled
from voiceover.publish.tags import episode_tags
from voiceover.system.piece_folder import PieceFolder
from voiceover.types import GRID_RATE, Encoding, FloatArray, Gaps, Plan, Settings, Take

RATE = 24_000
LINES = 14


@dataclass
class Counted:
    """A store that counts what is new."""

    kept: PieceFolder
    new: list[str] = field(default_factory=list)

    def get(self, address: str) -> bytes | None:
        return self.kept.get(address)

    def put(self, address: str, data: bytes) -> None:
        self.new.append(address)
        self.kept.put(address, data)


@pytest.fixture
def takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Take]:
    """Takes of 1.2 s, one of them backwards as "edited", which is as loud; pieces are short."""
    monkeypatch.setattr(borders, "LEAST_SECONDS", 2.0)
    monkeypatch.setattr(borders, "MOST_SECONDS", 4.0)
    lines = {str(seed): speech_like(1.2, RATE, seed)[:, 0] for seed in range(LINES)}
    return {name: line(tmp_path, name, samples) for name, samples in (lines | {"edited": lines["6"][::-1]}).items()}


def line(folder: Path, name: str, samples: FloatArray) -> Take:
    power, seconds = speech_power(samples, RATE)
    return recorded(folder, name, samples, (0, len(samples)), RATE, speech_power=power, speech_seconds=seconds)


def mixed(takes: Mapping[str, Take], *, edited: int | None = None) -> Mix:
    return mix_takes(script(edited), takes, Gaps())


def script(edited: int | None = None) -> Plan:
    return plan(*(said("edited" if number == edited else str(number)) for number in range(LINES)), rate=RATE)


def finished(mix: Mix, folder: Path, store: Counted, formats: tuple[str, ...] = ("mp3",), **more: int) -> tuple[Programme, bytes]:
    """Make the files of a mix; return the MP3."""
    settings = Settings(formats=formats)
    programme = make_programme(mix, script(), settings, formats, store, None)
    folder.mkdir(exist_ok=True)
    paths = {name: folder / f"town.{name}" for name in formats}
    encode_levelled(programme.master, episode_tags(metadata(), programme.timeline, None), paths, Encoding(more), None)
    return programme, paths["mp3"].read_bytes()


def test_an_edit_makes_its_piece_again_and_the_files_of_a_first_render(takes: dict[str, Take], tmp_path: Path) -> None:
    store = Counted(PieceFolder(tmp_path / "cache"))
    first, _ = finished(mixed(takes), tmp_path / "out", store)
    assert first.master.pieces is not None
    count = len(first.master.pieces.items)
    passes, left = divmod(len(store.new), count)
    assert count > 4 and passes >= 2 and left == 0
    store.new.clear()
    again, data = finished(mixed(takes), tmp_path / "out", store)
    assert not store.new
    edited, changed = finished(mixed(takes, edited=6), tmp_path / "out", store)
    assert edited.master.report.gain_db == again.master.report.gain_db
    assert 0 < len(store.new) <= 3 * passes
    _, fresh = finished(mixed(takes, edited=6), tmp_path / "fresh", Counted(PieceFolder(tmp_path / "empty")))
    assert changed == fresh != data


def test_damaged_and_lost_pieces_are_made_again(takes: dict[str, Take], tmp_path: Path) -> None:
    store = Counted(PieceFolder(tmp_path / "cache"))
    _, data = finished(mixed(takes), tmp_path / "out", store)
    files = sorted(path for path in (tmp_path / "cache" / "pieces").rglob("*") if path.is_file())
    for number, path in enumerate(files):
        whole = path.read_bytes()
        match number % 4:
            case 0:
                path.unlink()
            case 1:
                path.write_bytes(whole[: len(whole) // 2])
            case 2:
                path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
            case _:
                path.write_bytes(b"")
    store.new.clear()
    assert finished(mixed(takes), tmp_path / "out", store)[1] == data
    assert len(store.new) == len(files)


@pytest.mark.parametrize("channels", [1, 2])
def test_an_mp3_of_pieces_is_gapless_and_as_good_as_one_that_is_encoded_whole(
    takes: dict[str, Take], tmp_path: Path, channels: int
) -> None:
    mix = mixed(takes)
    mix = Mix(mix.timeline, channels, borders=mix.borders)
    programme, _ = finished(mix, tmp_path / "out", Counted(PieceFolder(tmp_path / "cache")), ("mp3", "wav"))
    samples = resampled_frames(mix.frames, RATE, GRID_RATE)
    ours, rate = soundfile.read(tmp_path / "out" / "town.mp3", dtype="float32", always_2d=True)
    theirs = decode(tmp_path / "out" / "town.mp3", channels)
    assert rate == GRID_RATE and len(ours) == len(theirs) == samples
    assert np.abs(ours - theirs).max() < 1e-3
    pieces = programme.master.pieces
    assert pieces is not None
    starts = [resampled_frames(piece.start_frame, RATE, GRID_RATE) for piece in pieces.items[1:]]
    assert not any(ours[start - 500 : start + 2000].any() for start in starts)
    assert measure(programme.master).integrated_lufs == pytest.approx(-16.0, abs=0.05)
    assert programme.master.report.after.integrated_lufs == pytest.approx(measure(programme.master).integrated_lufs, abs=0.01)
    wave, _ = soundfile.read(tmp_path / "out" / "town.wav", dtype="float32", always_2d=True)
    assert len(wave) == mix.frames
    silent = [not wave[piece.start_frame : piece.start_frame + RATE // 10].any() for piece in pieces.items[1:]]
    assert all(silent)


def test_what_cannot_be_kept_is_finished_all_the_same(takes: dict[str, Take], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    _, data = finished(mixed(takes), tmp_path / "out", Counted(PieceFolder(tmp_path / "file")))
    assert data == finished(mixed(takes), tmp_path / "fresh", Counted(PieceFolder(tmp_path / "cache")))[1]
    assert data[:3] == b"ID3"


def test_another_rate_and_other_formats_are_encoded_whole(takes: dict[str, Take], tmp_path: Path) -> None:
    mix = mixed(takes)
    settings = Settings(formats=("mp3",))
    programme = make_programme(mix, script(), settings, ("mp3",), PieceFolder(tmp_path / "cache"), None)
    path = tmp_path / "town.mp3"
    encode_levelled(programme.master, episode_tags(metadata(), programme.timeline, None), {"mp3": path}, Encoding(sample_rate=48_000), None)
    samples, rate = soundfile.read(path)
    assert (rate, len(samples)) == (48_000, resampled_frames(mix.frames, RATE, 48_000))
