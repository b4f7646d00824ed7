"""Checks the clips of a voice again, and warns about synthetic voices before an episode is recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from voiceover.types import DEFAULT_STYLE, Cast, EngineInfo, Voice
from voiceover.voices.places import shipped_folder
from voiceover.voices.verdicts import ClipReport


def check_voice(voice: Voice) -> Iterator[tuple[str, ClipReport]]:
    """Yield the key of each style with a clip and the report on that clip. Raises InputError for one that cannot be read."""
    from voiceover.voices.preflight import examine  # loads numpy; synthetic_remarks is part of every plan
    from voiceover.voices.recording import read_clip_recording

    for style, of_style in voice.styles.items():
        if of_style.clip is not None:
            yield style, examine(read_clip_recording(of_style.clip), of_style.clip.text, kept=True).report


def synthetic_remarks(cast: Cast, engines: Mapping[str, EngineInfo]) -> list[str]:
    """Return at most one line: a warning, with its cure, if an engine clones voices whose clips a machine spoke.

    ``engines`` has the engine of each speaker.
    """
    cloning = {speaker: engine for speaker, engine in engines.items() if engine.reference_in_window}
    cloned = {speaker: cast[speaker] for speaker in cloning if speaker in cast}
    names = sorted({voice.name for voice in cloned.values() if _is_robot(voice) and any(style.clip for style in voice.styles.values())})
    if not names:
        return []
    engine = next(iter(cloning.values()))
    whose = f"the voice {names[0]} is" if len(names) == 1 else f"the voices {', '.join(names)} are"
    return [
        f"{whose} synthetic, and {engine.name} will speak like a machine after a machine's clip. Take a person's: 'voiceover voices pull' "
        "lists some, 'voiceover voices add NAME --audio FILE --text WORDS --consent self' makes yours"
    ]


def _is_robot(voice: Voice) -> bool:
    """Return True for a voice whose clips a machine spoke; those of the shipped voices sound human."""
    return voice.synthetic and (voice.folder is None or voice.folder.parent != shipped_folder())


def plain_style_remarks(lines: Iterable[tuple[Voice, str, EngineInfo]]) -> list[str]:
    """Return a line for each voice with styles that its engine speaks like the plain one, since the voice has no settings for them.

    ``lines`` has voice, style and engine of each line. An engine that clones takes the clip of the style.
    """
    found: dict[tuple[str, str], dict[str, None]] = {}
    for voice, style, engine in lines:
        if style == DEFAULT_STYLE or engine.reference_in_window:
            continue
        own, plain = (voice.styles[name].settings.get(engine.name) for name in (style, DEFAULT_STYLE))
        if own == plain:
            found.setdefault((voice.name, engine.name), {})[style] = None
    return [
        f"the voice {voice} has no settings for {' and '.join(styles)} that {engine} could use, so {engine} speaks these lines plainly"
        for (voice, engine), styles in found.items()
    ]
