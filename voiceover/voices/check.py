"""The pre-flight of clips that a voice has, and what there is to say of a cast before it speaks."""

from __future__ import annotations

from collections.abc import Iterator

from voiceover.types import Cast, EngineInfo, Voice
from voiceover.voices.preflight import examine
from voiceover.voices.recording import read_clip_recording
from voiceover.voices.verdicts import Report


def check_voice(voice: Voice) -> Iterator[tuple[str, Report]]:
    """The report on each clip of a voice, by the key of its style, as it is worked out. Raises InputError for one that cannot be read."""
    for style, of_style in voice.styles.items():
        if of_style.clip is not None:
            yield style, examine(read_clip_recording(of_style.clip), of_style.clip.text, kept=True).report


def synthetic_remarks(cast: Cast, engine: EngineInfo) -> list[str]:
    """At most one line, where ``engine`` hears the clips of voices that a machine spoke; with its cure."""
    if not engine.reference_in_window:
        return []
    names = sorted({voice.name for voice in cast.values() if voice.synthetic and any(style.clip for style in voice.styles.values())})
    if not names:
        return []
    whose = f"the voice {names[0]} is" if len(names) == 1 else f"the voices {', '.join(names)} are"
    return [
        f"{whose} synthetic, and {engine.name} will speak like a machine after a machine's clip. Take a person's: 'voiceover voices pull' "
        "lists some, 'voiceover voices add NAME --audio FILE --text WORDS --consent self' makes yours"
    ]
