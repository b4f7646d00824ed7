"""Gives each speaker a voice, and checks that the voices have the styles that a script uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from voiceover.settings.problems import Problems
from voiceover.settings.values import did_you_mean, style_name
from voiceover.system.dependencies import once
from voiceover.types import DEFAULT_STYLE, Cast, CastEntry, Direction, Item, Script, Segment, Source, Style, Voice
from voiceover.voices.find import unknown_voice, voice_called, voice_folders
from voiceover.voices.from_engines import FromEngines
from voiceover.voices.voice_file import read_voice_once


def cast_voices(
    entries: Sequence[CastEntry],
    default_voice: str,
    folders: Sequence[Path],
    engines: FromEngines,
    problems: Problems,
    *,
    by_flag: bool = False,
) -> Cast:
    """Return the voice of each speaker; one without a voice of its own gets ``default_voice``. A folder wins over a voice of an engine.

    An entry's settings for engines are laid over those of the voice. An entry with such settings and no voice has a voice made of them.
    ``by_flag`` is True if the command line names the voice of all.

    Errors: ``unknown-voice`` at the entry, and what is wrong in a voice.yaml, once, at its place there. Such a speaker is left out.
    """
    found = once(("voice folders", tuple(folders)), lambda: voice_folders(folders))
    voices: dict[Path, Voice | None] = {}
    cast: dict[str, Voice] = {}
    for entry in entries:
        if not entry.voice and (own := engines.own_settings(entry)):
            made = _made_of(entry, own, cast.values(), engines, problems)
            if made is not None:
                cast[entry.name] = made
            continue
        name = entry.voice or default_voice
        folder = voice_called(name, found)
        if folder is None:
            voice = engines.voice(name)
            if voice is None:
                message = unknown_voice(name, found, engines, entry.engine)
                problems.error(entry.source, "unknown-voice", f"--voice: {message}" if by_flag else message)
        else:
            if folder not in voices:
                voices[folder] = read_voice_once(folder, engines, problems)
            voice = voices[folder]
        if voice is not None:
            cast[entry.name] = _with_settings(voice, entry, engines)
    return cast


def _with_settings(voice: Voice, entry: CastEntry, engines: FromEngines) -> Voice:
    """Return the voice with the entry's settings for engines laid over its own, in every style."""
    if not entry.settings:
        return voice
    styles = {}
    for key, style in voice.styles.items():
        laid = {engine: engines.laid_over(engine, settings, style.settings.get(engine, {})) for engine, settings in entry.settings.items()}
        styles[key] = replace(style, settings={**style.settings, **laid})
    return replace(voice, styles=styles)


def _made_of(entry: CastEntry, own: Sequence[str], others: Iterable[Voice], engines: FromEngines, problems: Problems) -> Voice | None:
    """Return the voice that an entry without a voice describes with its settings for an engine; None, with an error, if it is unclear.

    Settings that only name a voice of the engine give that voice. Any other is called after the engine, and what it says its voice is or
    the speaker.
    """
    if len(own) > 1 and entry.engine not in own:
        message = f"the entry of {entry.name} has settings for {' and '.join(own)}; name one with `engine:`, or give it a voice"
        problems.error(entry.source, "no-voice", message)
        return None
    engine = next((name for name in own if name == entry.engine), own[0])
    named = entry.settings[engine].get("voice")
    brought = engines.voice(str(named), engine) if named is not None else None
    if brought is not None:
        return _with_settings(brought, entry, engines)
    name = f"{engine}/{entry.name if named is None else named}"
    bare = Voice(name, None, "", {DEFAULT_STYLE: Style(None, engines.derived(name))}, synthetic=True, engine=engine)
    voice = _with_settings(bare, entry, engines)
    if any(other.name == name and other.styles != voice.styles for other in others):
        voice = replace(voice, name=f"{name} ({entry.name})")
    return voice


def recast(
    cast: Cast,
    entries: Sequence[CastEntry],
    speakers: Mapping[str, str],
    own: Callable[[str], Mapping[str, Voice]],
    engines: FromEngines,
    problems: Problems,
    *,
    by_flag: bool,
) -> Cast:
    """Return the cast for the engines that speak: a voice that comes with an engine must be spoken by it.

    - ``speakers``: the name of each speaker's engine.
    - ``by_flag``: True if the command line names the engine.
    - ``own``: returns the voices of an engine, which take the place of voices of the same name that come with another.

    An error ``foreign-voice`` at the entry of each speaker whose voice the engine cannot speak.
    """
    found = {entry.name: entry for entry in entries}
    right: dict[str, Voice] = {}
    for speaker, voice in cast.items():
        engine = speakers.get(speaker)
        if engine is None or voice.engine in (None, engine):
            right[speaker] = voice
        elif voice.name in own(engine):
            right[speaker] = _with_settings(own(engine)[voice.name], found[speaker], engines)
        elif all(engine in style.settings for style in voice.styles.values()):  # derived from the name: a stand-in speaks every voice
            right[speaker] = voice
        else:
            instead = f"take --engine {voice.engine}" if by_flag else f"write engine: {voice.engine} in its entry of the cast"
            advice = f"{instead}, or cast another voice"
            message = f"the voice {voice.name} of {speaker} comes with the engine {voice.engine}, but {engine} speaks; {advice}"
            problems.error(found[speaker].places.get("engine", found[speaker].source), "foreign-voice", message)
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
