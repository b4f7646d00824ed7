"""The recognizer that listens to takes: of the user's models, or as an installed package brings it. It is never fetched here."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import Path

from voiceover import models, takes
from voiceover.errors import ModelError
from voiceover.pipeline.models import model_store
from voiceover.system.cpu import available_cores
from voiceover.system.extras import how_to_install
from voiceover.types import Listener


def open_listener(data: Path | None = None) -> Listener:
    """Return the recognizer, loaded once per process. Raises ModelError if there is none, or if it is damaged."""
    files = models.open_recognizer(model_store(data)) or takes.packaged_recognizer()
    if files is None:
        get = "voiceover models pull whisper-tiny.en (English), or whisper-small (many languages)"
        raise ModelError(f"there is no recognizer to listen to takes; get one: {get}, or {how_to_install('asr')}")
    return _loaded(files)


def require_language(listener: Listener, languages: Iterable[str]) -> None:
    """Raise ModelError if the recognizer understands none of ``languages``."""
    wanted = sorted(set(languages))
    if wanted and not any(map(listener.understands, wanted)):
        name, get = listener.model.partition(" ")[0], "voiceover models pull whisper-small"
        raise ModelError(f"the recognizer {name} does not understand {', '.join(wanted)}; get one that does: {get}")


@functools.cache
def _loaded(files: takes.WhisperFiles) -> Listener:
    return takes.WhisperListener(files, available_cores())
