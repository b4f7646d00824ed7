"""What a script may say already and no command renders yet."""

from __future__ import annotations

from voiceover.config import Settings
from voiceover.types import Cue, Problem, Script, Segment, Severity, Source

CODE = "not-yet"


def unsupported(script: Script, settings: Settings) -> list[Problem]:
    """An error for each thing in ``script`` and ``settings`` that would be heard and cannot be rendered yet, in the order of the script."""
    top = Source(script.path)
    found = [Problem(settings.places.get(key, top), Severity.ERROR, CODE, message) for key, message in _of_settings(settings)]
    for item in script.items:
        if isinstance(item, Cue):
            name = f' "{item.name}"' if item.name else ""
            found.append(
                Problem(
                    item.source, Severity.ERROR, CODE, f"{item.kind}{name} cannot be rendered yet; take the cue out to render the speech"
                )
            )
        elif isinstance(item, Segment) and item.recording is not None:
            message = (
                f'the recording "{item.recording}" cannot be played yet; take the [audio: ...] out to have {item.speaker} speak the text'
            )
            found.append(Problem(item.source, Severity.ERROR, CODE, message))
    return found


def _of_settings(settings: Settings) -> list[tuple[str, str]]:
    messages = [(key, f"`{key}:` music cannot be rendered yet; leave the key out") for key in ("intro", "outro") if getattr(settings, key)]
    if settings.channels == "stereo":
        messages.append(("channels", "`channels: stereo` cannot be rendered yet; speech is mono: leave the key out or say `mono`"))
    if settings.disclosure is not None:
        messages.append(("disclosure", "`disclosure:` cannot be rendered yet; leave the key out"))
    if settings.commercial:
        messages.append(("commercial", "`commercial: true` cannot be checked against licences yet; leave the key out"))
    return messages
