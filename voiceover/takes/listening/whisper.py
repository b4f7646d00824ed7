"""Whisper by faster-whisper as a ``Listener``. The only module that imports faster-whisper."""

from __future__ import annotations

from typing import Any

import numpy as np

from voiceover.audio.files import resample
from voiceover.audio.speech_detection import find_speech
from voiceover.errors import ModelError
from voiceover.system.extras import how_to_install
from voiceover.takes.listening.family import WhisperFiles
from voiceover.types import Audio

RATE = 16_000
"""Sample rate that Whisper hears."""
BEAM = 5
MARGIN_SECONDS = 0.1
"""Silence to keep around the speech: in more of it, Whisper is apt to hear "thank you"."""
VERBATIM = "I I think that that we we should should go. The man the man went went home home."
"""Whisper writes as in the text that it believes to continue: after this one, it no longer leaves out what is said twice."""
REVISION = 1
"""Raised by hand when the same model would write down other words; takes are then listened to again."""


class WhisperListener:
    """A recognizer of speech; a ``Listener``. It serves several threads at once.

    Each take is heard by one thread, so that the words do not depend on the number of threads.
    """

    def __init__(self, files: WhisperFiles, threads: int = 1) -> None:
        """Load the model. Raises ModelError if it cannot be used, and if faster-whisper is not installed."""
        library = _library()
        self._files = files
        try:
            self._loaded = library.WhisperModel(
                str(files.folder), device="cpu", compute_type="int8", cpu_threads=1, num_workers=threads, local_files_only=True
            )
            self._languages = frozenset(self._loaded.supported_languages)
        except Exception as error:  # RuntimeError, ValueError and others, by what is damaged
            raise self._fault(error) from error

    @property
    def model(self) -> str:
        """See ``Listener``."""
        return f"{self._files.name} r{REVISION}"

    def understands(self, language: str) -> bool:
        """See ``Listener``."""
        return _primary(language) in self._languages

    def hear(self, audio: Audio, language: str, *, verbatim: bool) -> str:
        """See ``Listener``."""
        speech = find_speech(audio.samples, audio.sample_rate)
        margin = round(MARGIN_SECONDS * audio.sample_rate)
        spoken = audio.samples[max(speech.start - margin, 0) : speech.end + margin]
        samples = np.ascontiguousarray(resample(spoken, audio.sample_rate, RATE), np.float32)
        try:
            segments, _ = self._loaded.transcribe(
                samples,
                language=_primary(language),
                beam_size=BEAM,
                temperature=0.0,
                condition_on_previous_text=False,
                # With times it writes down more of what is said twice, and without them less of what is not said at all.
                without_timestamps=not verbatim,
                initial_prompt=VERBATIM if verbatim else None,
            )
            return " ".join(segment.text.strip() for segment in segments)
        except Exception as error:  # a damaged model fails in many ways
            raise self._fault(error) from error

    def _fault(self, error: Exception) -> ModelError:
        again = f"get it again: voiceover models rm {self._files.name}, then voiceover models pull {self._files.name}"
        return ModelError(f"{self._files.folder}: the recognizer {self._files.name} cannot be used ({error}); {again}")


def _primary(language: str) -> str:
    return language.partition("-")[0].lower()


def _library() -> Any:
    try:
        import faster_whisper
    except ImportError as error:
        raise ModelError(f"listening to takes needs faster-whisper; {how_to_install('asr')}") from error
    return faster_whisper
