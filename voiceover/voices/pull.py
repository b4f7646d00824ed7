"""Downloads a published voice and adds it like any other recording."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from voiceover.errors import VoiceError
from voiceover.system.files import os_errors_as
from voiceover.voices.add import Added, Addition, add_voice
from voiceover.voices.catalogue import PublishedVoice
from voiceover.voices.from_engines import FromEngines

Download = Callable[[PublishedVoice], Path]
"""Downloads ``file`` of ``repository`` at ``revision`` and returns its path."""


def pull_voice(
    published: PublishedVoice,
    voices_folder: Path,
    download: Download,
    *,
    engines: FromEngines,
    name: str | None = None,
    replace: bool = False,
    folders: Sequence[Path] = (),
) -> Added:
    """Download a published voice into the folder ``voices_folder``, called ``name`` if that is given.

    The download is used only if its size and SHA-256 match the catalogue. Raises VoiceError if they do not, and what ``download`` and
    ``add_voice`` raise.
    """
    path = download(published)
    with os_errors_as(VoiceError, "read the download", path), path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        digest = hashlib.file_digest(file, "sha256").hexdigest() if size == published.bytes else ""
    if digest != published.sha256:
        raise VoiceError(
            f"{published.repository} {published.file}: {size} bytes that do not match the catalogue ({published.bytes} bytes, "
            f"SHA-256 {published.sha256}); the download is damaged, or the file has changed. Try again"
        )
    addition = Addition(
        name=name or published.name,
        audio=path,
        text=published.text,
        voices_folder=voices_folder,
        licence=published.licence,
        language=published.language,
        replace=replace,
        description=published.description,
    )
    return add_voice(addition, folders, engines=engines)
