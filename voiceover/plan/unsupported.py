"""Features of the script format that this version cannot render yet."""

from __future__ import annotations

from collections.abc import Iterator

from voiceover.settings.keys import NOT_YET
from voiceover.types import Cue, Problem, Script, Segment, Settings, Severity, Source


def unsupported(script: Script, settings: Settings) -> list[Problem]:
    """Return a problem for each audible feature in ``script`` and ``settings`` that cannot be rendered yet."""
    top = Source(script.path)
    found = []
    for key, message in _of_settings(settings):
        found.append(Problem(settings.places.get(key, top), Severity.ERROR, NOT_YET, message))
    for item in script.items:
        if isinstance(item, Cue):
            name = f' "{item.name}"' if item.name else ""
            message = f"{item.kind}{name} cannot be rendered yet; remove the cue to render the speech"
            found.append(Problem(item.source, Severity.ERROR, NOT_YET, message))
        elif isinstance(item, Segment):
            found += [Problem(item.source, Severity.ERROR, NOT_YET, message) for message in _of_segment(item)]
    return found


def _of_segment(segment: Segment) -> Iterator[str]:
    if segment.recording is not None:
        cure = f"remove the [audio: ...] cue to have {segment.speaker} speak the text"
        yield f'the recording "{segment.recording}" cannot be played yet; {cure}'


def _of_settings(settings: Settings) -> list[tuple[str, str]]:
    messages = [(key, f"`{key}:` cannot be rendered yet; remove the key") for key in ("intro", "outro") if getattr(settings, key)]
    if settings.channels == "stereo":
        messages.append(("channels", "`channels: stereo` cannot be rendered yet; speech is mono: remove the key or write `mono`"))
    return messages
