"""Stems: one stream per speaker, one each for sounds and music, and one for room tone. Their sum is the mix."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from voiceover.mix.mixdown import Mix
from voiceover.mix.room_tone import PaddedMix
from voiceover.types import AudioStream, Placed, PlacedSound, Stem, Stems


def stems_of(mixed: Mix | PaddedMix, speakers: Iterable[str], form: str) -> Stems:
    """Return the stems of a mix: those of the ``speakers`` who are heard in it, in this order, then sounds, music and room tone if any.

    Each is a mix of a part of the timeline, and is as long as the whole. ``form`` is the format to write them in.
    """
    padded = mixed if isinstance(mixed, PaddedMix) else None
    whole = mixed.mix if isinstance(mixed, PaddedMix) else mixed

    def stream(said: Callable[[Placed], bool], played: Callable[[PlacedSound], bool], level: float = 0.0) -> AudioStream:
        placed, sounds = filter(said, whole.timeline.placed), filter(played, whole.timeline.sounds)
        part = replace(whole, timeline=replace(whole.timeline, placed=tuple(placed), sounds=tuple(sounds)))
        return part if padded is None else replace(padded, mix=part, level=level)

    line, found = mixed.timeline, list[Stem]()
    for speaker in speakers:
        said = _says(speaker)
        if heard := [(each.start_frame, each.end_frame, each.utterance.text) for each in line.placed if said(each)]:
            found.append(Stem(speaker, stream(said, _none), _joined(heard, line.frames)))
    for name, played in (("Sounds", _is_sound), ("Music", _is_music)):
        if heard := [(each.start_frame, each.end_frame, each.file.name) for each in line.sounds if played(each)]:
            found.append(Stem(name, stream(_none, played), _joined(heard, line.frames)))
    if padded is not None:
        found.append(Stem("Room tone", stream(_none, _none, padded.level), ((0, line.frames, "Room tone"),)))
    return Stems(tuple(found), mixed, form)


def _says(speaker: str) -> Callable[[Placed], bool]:
    return lambda placed: placed.utterance.speaker == speaker


def _is_sound(sound: PlacedSound) -> bool:
    return sound.kind == "sound"


def _is_music(sound: PlacedSound) -> bool:
    """Return True for music under speech, intro and outro."""
    return sound.kind != "sound"


def _none(_: Placed | PlacedSound) -> bool:
    return False


def _joined(heard: Sequence[tuple[int, int, str]], frames: int) -> tuple[tuple[int, int, str], ...]:
    """Join what overlaps: one file holds both, so an editor must not play that stretch twice."""
    joined: list[tuple[int, int, str]] = []
    for start, end, words in sorted(heard):
        last = min(end, frames)
        if joined and start < joined[-1][1]:
            first, before, others = joined[-1]
            joined[-1] = (first, max(before, last), f"{others}, {words}")
        else:
            joined.append((start, last, words))
    return tuple(joined)
