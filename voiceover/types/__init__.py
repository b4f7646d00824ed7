"""The types that one step hands to the next: the dictionary of the package. Read it first.

    script ──> plan ──> takes ──> mix ──> master ──> publish

Every type is frozen; sequences are tuples. Times that a writer gives are in seconds, positions in audio are in frames (samples of one
channel), and a unit stands in the name (``_seconds``, ``_frames``, ``_db``, ``_lufs``, ``_dbtp``).
"""

from __future__ import annotations

from voiceover.types.engines import BatchEngine, Engine, EngineContext, EngineInfo, SpokenSpan, Utterance
from voiceover.types.episode import Episode, EpisodeChapter, EpisodeFile, Metadata, OnProgress, Progress
from voiceover.types.loudness import Loudness, LoudnessReport, LoudnessTarget
from voiceover.types.measurements import Benchmark, CheckedFile, PreparedReport, ReportRequest
from voiceover.types.mix import ChapterMark, Placed, Timeline
from voiceover.types.plan import Plan, PlanItem, Planned, RecordedLine, Status
from voiceover.types.problems import Problem, Severity, Source
from voiceover.types.schemas import Kind, OptionSpec, SettingValue, VoiceSettings
from voiceover.types.script import Chapter, Cue, Direction, Item, Pause, Scene, Script, Segment, Span
from voiceover.types.settings import CastEntry, Gaps, Options, Read, Settings
from voiceover.types.sound import Audio, AudioStream, FloatArray
from voiceover.types.takes import Has, Take
from voiceover.types.voices import DEFAULT_STYLE, PLAIN, Cast, Clip, Style, Voice

__all__ = [
    "DEFAULT_STYLE",
    "PLAIN",
    "Audio",
    "AudioStream",
    "BatchEngine",
    "Benchmark",
    "Cast",
    "CastEntry",
    "Chapter",
    "ChapterMark",
    "CheckedFile",
    "Clip",
    "Cue",
    "Direction",
    "Engine",
    "EngineContext",
    "EngineInfo",
    "Episode",
    "EpisodeChapter",
    "EpisodeFile",
    "FloatArray",
    "Gaps",
    "Has",
    "Item",
    "Kind",
    "Loudness",
    "LoudnessReport",
    "LoudnessTarget",
    "Metadata",
    "OnProgress",
    "OptionSpec",
    "Options",
    "Pause",
    "Placed",
    "Plan",
    "PlanItem",
    "Planned",
    "PreparedReport",
    "Problem",
    "Progress",
    "Read",
    "RecordedLine",
    "ReportRequest",
    "Scene",
    "Script",
    "Segment",
    "SettingValue",
    "Settings",
    "Severity",
    "Source",
    "Span",
    "SpokenSpan",
    "Status",
    "Style",
    "Take",
    "Timeline",
    "Utterance",
    "Voice",
    "VoiceSettings",
]
