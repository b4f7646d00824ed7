"""What an engine measures on a machine: its benchmark, and the report on one of its models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Protocol

from voiceover.types.engines import Utterance
from voiceover.types.episode import OnProgress
from voiceover.types.lazy_dataclass import dataclass
from voiceover.types.models import ModelRecord
from voiceover.types.sound import Audio
from voiceover.types.voices import Voice


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Result of an engine's ``bench``."""

    lines: tuple[str, ...]
    """The result for people, line by line."""
    fields: Mapping[str, object]
    """The same for JSON."""


class CheckedFile(Protocol):
    """Result of one check of a model's files."""

    @property
    def what(self) -> str:
        """The check, in words."""
        ...

    @property
    def fault(self) -> str | None:
        """What is wrong, None if the check passed."""
        ...


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """What an engine's ``report`` gets besides its context, whose options name the model."""

    record: ModelRecord
    """The store's record of the model."""
    folder: Path
    """Folder of the report: it must be new or empty."""
    load_voice: Callable[[str | None], Voice]
    """Loads a voice by name, the default one for None. Raises VoiceError."""
    is_shipped: Callable[[Voice], bool]
    """True for a voice that comes with voiceover; the report must not name any other."""
    check_audio: Callable[[Audio, Utterance, int], Audio]
    """Checks audio as the recorder does, at a sample rate. Raises EngineError."""
    private_folders: tuple[Path, ...] = ()
    """Folders whose paths must not appear in the report."""
    voice: str | None = None
    """Name of the voice that speaks; None for the default one."""
    variants: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Values to try per option of the engine; all of them for an option that is missing or empty."""


class PreparedReport(Protocol):
    """A report whose model, voice and folder have been checked."""

    def write(self, files: Sequence[CheckedFile], on_progress: OnProgress, on_message: Callable[[str], None]) -> bool:
        """Speak, check and write the report; return True if the model passed.

        files       results of the checks of the model's files
        on_progress gets the progress
        on_message  gets a line about each part of the report

        Leaves nothing behind if it is interrupted. Raises OutputError if the report cannot be written.
        """
        ...
