"""Gives each speaker a voice, and checks that the voices have the styles that a script uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from voiceover.settings.problems import Problems
from voiceover.settings.values import did_you_mean, style_name
from voiceover.system.dependencies import once
from voiceover.types import Cast, CastEntry, Direction, Item, Script, Segment, Source, Voice
from voiceover.voices.find import unknown_voice, voice_called, voice_folders
from voiceover.voices.from_engines import FromEngines
from voiceover.voices.voice_file import read_voice_once


def cast_voices(
    entries: Sequence[CastEntry], default_voice: str, folders: Sequence[Path], engines: FromEngines, problems: Problems
) -> Cast:
    """Return the voice of each speaker; one without a voice of its own gets ``default_voice``. A folder wins over a voice of an engine.

    Errors: ``unknown-voice`` at the entry, and what is wrong in a voice.yaml, once, at its place there. Such a speaker is left out.
    """
    found = once(("voice folders", tuple(folders)), lambda: voice_folders(folders))
    voices: dict[Path, Voice | None] = {}
    cast: dict[str, Voice] = {}
    for entry in entries:
        name = entry.voice or default_voice
        folder = voice_called(name, found)
        if folder is None:
            voice = engines.voice(name)
            if voice is None:
                problems.error(entry.source, "unknown-voice", unknown_voice(name, found, engines))
        else:
            if folder not in voices:
                voices[folder] = read_voice_once(folder, engines, problems)
            voice = voices[folder]
        if voice is not None:
            cast[entry.name] = voice
    return cast


def recast(cast: Cast, entries: Sequence[CastEntry], engine: str, own: Mapping[str, Voice], problems: Problems) -> Cast:
    """Return the cast for the engine that speaks: a voice that comes with an engine must come with this one.

    ``own`` are the voices of ``engine``, which take the place of voices of the same name that come with another. An error
    ``foreign-voice`` at the entry of each speaker whose voice the engine cannot speak.
    """
    sources = {entry.name: entry.source for entry in entries}
    right: dict[str, Voice] = {}
    for speaker, voice in cast.items():
        if voice.engine in (None, engine):
            right[speaker] = voice
        elif voice.name in own:
            right[speaker] = own[voice.name]
        elif all(engine in style.settings for style in voice.styles.values()):  # derived from the name: a stand-in speaks every voice
            right[speaker] = voice
        else:
            advice = f"take --engine {voice.engine}, or cast another voice"
            message = f"the voice {voice.name} of {speaker} comes with the engine {voice.engine}, but {engine} speaks; {advice}"
            problems.error(sources[speaker], "foreign-voice", message)
    return right


def settle_style_hints(script: Script, cast: Cast, problems: Problems) -> Script:
    """Return the script with ``Bo [laughing]:`` in that style if the voice has it; otherwise it stays a direction, which is listed."""
    styles: dict[Source, str] = {}
    for segment in script.segments:
        voice, hint = cast.get(segment.speaker), segment.style_hint
        if voice is not None and hint is not None and segment.style is None and style_name(hint.text) in voice.styles:
            styles[hint.source] = style_name(hint.text)
    items = tuple(
        _settled(item, styles) if isinstance(item, Segment) else item
        for item in script.items
        if not (isinstance(item, Direction) and item.source in styles)
    )
    for direction in _directions(items):
        if direction.beside_label:
            problems.unspoken(direction.source, "direction", f"direction {direction.text}")
    return replace(script, items=items)


def _settled(segment: Segment, styles: Mapping[Source, str]) -> Segment:
    hint = segment.style_hint
    if hint is None:
        return segment
    if hint.source not in styles:
        return replace(segment, style_hint=None)
    rest = tuple(direction for direction in segment.directions if direction.source != hint.source)
    return replace(segment, style=styles[hint.source], style_hint=None, directions=rest)


def _directions(items: Sequence[Item]) -> Iterator[Direction]:
    for item in items:
        if isinstance(item, Direction):
            yield item
        elif isinstance(item, Segment):
            yield from item.directions


def check_styles(script: Script, cast: Cast, problems: Problems) -> None:
    """Add an error ``unknown-style`` for each cast entry and segment whose voice has no such style."""
    for entry in script.cast:
        _check_style(entry.name, entry.style, cast, entry.source, problems)
    for segment in script.segments:
        _check_style(segment.speaker, segment.style, cast, segment.source, problems)


def _check_style(speaker: str, style: str | None, cast: Cast, source: Source, problems: Problems) -> None:
    voice = cast.get(speaker)
    if voice is None or not style or style in voice.styles:
        return
    known = [name for name in voice.styles if name]
    there = f"Its styles are {', '.join(known)}." if known else "It has no styles."
    message = f'the voice {voice.name} of {speaker} has no style "{style}"{did_you_mean(style, known) or "."} {there}'
    problems.error(source, "unknown-style", message)
