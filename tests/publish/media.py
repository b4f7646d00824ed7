"""Where AAC and Opus come from in a test: PyAV, or the program ffmpeg."""

from __future__ import annotations

from pathlib import Path

import imageio_ffmpeg
import pytest

from voiceover.audio import pyav


def only_ffmpeg(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Hide PyAV, and put ffmpeg on the PATH."""
    no_media(monkeypatch, folder)
    (folder / "ffmpeg").symlink_to(imageio_ffmpeg.get_ffmpeg_exe())


def no_media(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Hide PyAV, and whatever is on the PATH."""
    folder.mkdir(parents=True)
    monkeypatch.setattr(pyav, "is_installed", lambda: False)
    monkeypatch.setenv("PATH", str(folder))
