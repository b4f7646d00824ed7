"""Utterances, takes and plans built by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from voiceover.audio.files import write_wav_float
from voiceover.types import (
    DEFAULT_STYLE,
    Chapter,
    Clip,
    Cue,
    EngineInfo,
    FloatArray,
    Options,
    Pause,
    Plan,
    PlanItem,
    Planned,
    PlannedRecording,
    Scene,
    SoundFile,
    Soundtrack,
    Source,
    SpokenSpan,
    Status,
    Style,
    Take,
    Utterance,
    Voice,
)

PLACE = Source("episode.md")


def said(
    address: str, speaker: str = "Ann", paragraph: int = 0, *, voice: str | None = None, style: str = "", gain_db: float = 0.0
) -> Planned:
    utterance = Utterance(
        address=address,
        line_key="",
        segment_key="",
        speaker=speaker,
        voice=voice or speaker.lower(),
        style=style,
        spans=(SpokenSpan(address, "en"),),
        text=address,
        options=Options(),
        seed=0,
        attempt=0,
        gain_db=gain_db,
        paragraph=paragraph,
        estimate_seconds=1.0,
        source=PLACE,
        engine="test",
    )
    return Planned(utterance, Status.CACHED, "")


def pause(seconds: float) -> Pause:
    return Pause(seconds, PLACE)


def chapter(title: str) -> Chapter:
    return Chapter(title, PLACE)


SCENE = Scene(PLACE)


def take(address: str, frames: int, speech: tuple[int, int], rate: int = 1000, **more: object) -> Take:
    """A take that only the timeline looks at."""
    values = {
        "path": Path(address),
        "speech_power": 0.01,
        "speech_seconds": (speech[1] - speech[0]) / rate,
        "peak": 0.5,
        "sha256": "",
    } | more
    return Take(address=address, sample_rate=rate, frames=frames, speech_start=speech[0], speech_end=speech[1], **values)  # type: ignore[arg-type]


def recorded(folder: Path, address: str, samples: FloatArray, speech: tuple[int, int], rate: int, **more: object) -> Take:
    """A take with its file."""
    path = folder / f"{address}.wav"
    write_wav_float(path, samples, rate)
    digest, peak = hashlib.sha256(path.read_bytes()).hexdigest(), float(np.abs(samples).max(initial=0.0))
    return take(address, len(samples), speech, rate, path=path, sha256=digest, peak=peak, **more)


def voice(name: str, clip: Path | None = None) -> Voice:
    digest = hashlib.sha256(clip.read_bytes()).hexdigest() if clip and clip.exists() else ""
    return Voice(name, Path(), "en", {DEFAULT_STYLE: Style(Clip(clip, "words", digest, 1.0) if clip else None)}, licence="CC0-1.0")


def engine(rate: int, hears_clip: bool = False) -> EngineInfo:
    return EngineInfo("test", 1, "test-1", rate, 30.0, hears_clip)


def plan(
    *items: PlanItem,
    rate: int,
    voices: Mapping[str, Voice] | None = None,
    hears_clip: bool = False,
    soundtrack: Soundtrack | None = None,
) -> Plan:
    speakers = {item.utterance.speaker: item.utterance.voice for item in items if isinstance(item, Planned)}
    cast = {speaker: (voices or {}).get(name) or voice(name) for speaker, name in speakers.items()}
    return Plan(items, {"test": engine(rate, hears_clip)}, cast, soundtrack)


# ---------------------------------------------------------------- sounds


def cue(name: str, *, under: bool = False, level: float | None = None, fade: float = 0.0) -> Cue:
    return Cue("sound", name, PLACE, under, level, fade)


def music(name: str, *, under: bool = True, level: float | None = None, fade: float = 0.0) -> Cue:
    return Cue("music", name, PLACE, under, level, fade)


def stop(fade: float = 0.0) -> Cue:
    return Cue("music", None, PLACE, fade_seconds=fade)


def sound_file(name: str, path: Path | None = None, *, rate: int = 1000, frames: int = 1000, channels: int = 1) -> SoundFile:
    """A file as its header describes it; without ``path``, one that only the timeline looks at."""
    return SoundFile(name, path or Path(name), f"digest of {name}", rate, channels, frames)


def written(folder: Path, name: str, samples: FloatArray, rate: int) -> SoundFile:
    """A file of float samples with the shape (frames,) or (frames, channels)."""
    path = folder / f"{name}.wav"
    write_wav_float(path, samples, rate)
    channels = samples.shape[1] if samples.ndim == 2 else 1
    return SoundFile(name, path, hashlib.sha256(path.read_bytes()).hexdigest(), rate, channels, len(samples))


def recording(address: str, speaker: str = "Guest", paragraph: int = 0, **more: object) -> PlannedRecording:
    turn = said(address, speaker, paragraph, voice=f"{address}.wav", **more).utterance  # type: ignore[arg-type]
    return PlannedRecording(replace(turn, engine=""), sound_file(f"{address}.wav"))
