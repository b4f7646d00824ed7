"""The types that the steps of the pipeline exchange. Read this package first: the rest of the code uses its terms.

    script ──> plan ──> takes ──> mix ──> master ──> publish

Every dataclass is frozen; sequences are tuples. Times in scripts and settings are in seconds, positions in audio are in frames (one sample
per channel), and names end in their unit: ``_seconds``, ``_frames``, ``_db``, ``_lufs``, ``_dbtp``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from voiceover.types.checks import Finding, Heard, Listener, TakeChecks
from voiceover.types.choices import CHOICES_SUFFIX, ChosenPassage, OwnRecording, TakeChoice
from voiceover.types.encoding import Delivery, Encoding
from voiceover.types.engines import BatchEngine, Engine, EngineContext, EngineInfo, FittedVoice, SpokenSpan, Utterance
from voiceover.types.episode import Episode, EpisodeChapter, EpisodeFile, EpisodePart, Metadata, OnProgress, Progress
from voiceover.types.loudness import Loudness, LoudnessReport, LoudnessTarget, MusicReport, Profile
from voiceover.types.measurements import Benchmark, CheckedFile, PreparedReport, ReportRequest
from voiceover.types.mix import OPENING_SECONDS, ChapterMark, Placed, PlacedSound, Timeline
from voiceover.types.pieces import GRID_RATE, GRID_SAMPLES, EpisodePiece, Pieces, PieceStore
from voiceover.types.plan import Plan, PlanItem, Planned, PlannedRecording, RecordedLine, Respelling, Status
from voiceover.types.problems import Problem, Severity, Source
from voiceover.types.schemas import Kind, OptionSpec, SettingValue, VoiceSettings
from voiceover.types.script import Chapter, Cue, Direction, Item, Link, Pause, Scene, Script, Segment, Span
from voiceover.types.settings import Bumper, CastEntry, Disclosure, Ducking, Gaps, Options, Pronunciation, Read, Settings, SoundEntry
from voiceover.types.show import Person, Show, SiteGenerator
from voiceover.types.sound import Audio, AudioStream, Mark
from voiceover.types.sounds import CLEARANCE_LU, FILES_RATE, SHORTEST_MUSIC_SECONDS, UNDER_MUSIC_DB, SoundFile, Soundtrack
from voiceover.types.stems import STEMS_SUFFIX, Stem, Stems
from voiceover.types.takes import Has, Take
from voiceover.types.user_config import SPEECH_FORMATS, SpeechServer, UserConfig
from voiceover.types.voices import DEFAULT_STYLE, PLAIN, Cast, Clip, Style, Voice

if TYPE_CHECKING:
    from voiceover.types.arrays import FloatArray

__all__ = [
    "CHOICES_SUFFIX",
    "CLEARANCE_LU",
    "DEFAULT_STYLE",
    "FILES_RATE",
    "GRID_RATE",
    "GRID_SAMPLES",
    "OPENING_SECONDS",
    "PLAIN",
    "SHORTEST_MUSIC_SECONDS",
    "SPEECH_FORMATS",
    "STEMS_SUFFIX",
    "UNDER_MUSIC_DB",
    "Audio",
    "AudioStream",
    "BatchEngine",
    "Benchmark",
    "Bumper",
    "Cast",
    "CastEntry",
    "Chapter",
    "ChapterMark",
    "CheckedFile",
    "ChosenPassage",
    "Clip",
    "Cue",
    "Delivery",
    "Direction",
    "Disclosure",
    "Ducking",
    "Encoding",
    "Engine",
    "EngineContext",
    "EngineInfo",
    "Episode",
    "EpisodeChapter",
    "EpisodeFile",
    "EpisodePart",
    "EpisodePiece",
    "Finding",
    "FittedVoice",
    "FloatArray",
    "Gaps",
    "Has",
    "Heard",
    "Item",
    "Kind",
    "Link",
    "Listener",
    "Loudness",
    "LoudnessReport",
    "LoudnessTarget",
    "Mark",
    "Metadata",
    "MusicReport",
    "OnProgress",
    "OptionSpec",
    "Options",
    "OwnRecording",
    "Pause",
    "Person",
    "PieceStore",
    "Pieces",
    "Placed",
    "PlacedSound",
    "Plan",
    "PlanItem",
    "Planned",
    "PlannedRecording",
    "PreparedReport",
    "Problem",
    "Profile",
    "Progress",
    "Pronunciation",
    "Read",
    "RecordedLine",
    "ReportRequest",
    "Respelling",
    "Scene",
    "Script",
    "Segment",
    "SettingValue",
    "Settings",
    "Severity",
    "Show",
    "SiteGenerator",
    "SoundEntry",
    "SoundFile",
    "Soundtrack",
    "Source",
    "Span",
    "SpeechServer",
    "SpokenSpan",
    "Status",
    "Stem",
    "Stems",
    "Style",
    "Take",
    "TakeChecks",
    "TakeChoice",
    "Timeline",
    "UserConfig",
    "Utterance",
    "Voice",
    "VoiceSettings",
]


def __getattr__(name: str) -> object:
    """Load the one name that needs numpy when it is used."""
    if name == "FloatArray":
        from voiceover.types.arrays import FloatArray

        return FloatArray
    raise AttributeError(f"module 'voiceover.types' has no attribute {name!r}")
