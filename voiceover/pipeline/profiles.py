"""Peaks and loudness over time of an episode that was finished by an older version: decoded once, and kept in the cache folder."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from voiceover import publish
from voiceover.errors import OutputError
from voiceover.system.files import write_whole
from voiceover.types import Profile


def profile_of(manifest: publish.Manifest, audio: Path, sha256: str, cache_folder: Path) -> Profile:
    """Return the profile that the master was measured with, else that of the file ``audio``, whose digest is ``sha256``.

    Raises InputError if the file cannot be decoded.
    """
    if manifest.loudness.profile is not None:
        return manifest.loudness.profile
    # The digest is only what a manifest says, so it does not become the name of a file.
    kept = cache_folder / "profiles" / hashlib.sha256(sha256.encode()).hexdigest()
    with suppress(OSError):
        data = kept.read_bytes()
        if len(data) % 2 == 0:
            return Profile(data[: len(data) // 2], data[len(data) // 2 :])
    found = publish.decoded_profile(audio)
    with suppress(OSError, OutputError):  # it will be decoded again
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_whole(kept, found.peaks + found.levels, "keep the peaks")
    return found
