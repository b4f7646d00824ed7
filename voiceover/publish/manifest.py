"""The manifest of an episode: what it was made of, its measurements, and its files with their digests. It contains no time of day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace

from voiceover.audio.formats import FORMATS
from voiceover.audio.packets import encoder_versions
from voiceover.publish.credits import Credit, credits_of
from voiceover.publish.disclosure import source_type, statement
from voiceover.publish.manifest_parts import ManifestBook, ManifestPart
from voiceover.publish.manifest_sounds import ManifestRecording, ManifestSound, recordings_of, sounds_of
from voiceover.publish.tags import milliseconds, one_line, tag_chapters
from voiceover.system.installed import installed_version
from voiceover.system.version import __version__
from voiceover.types import (
    EngineInfo,
    EpisodeChapter,
    EpisodeFile,
    Finding,
    LoudnessReport,
    Metadata,
    MusicReport,
    Placed,
    Plan,
    RecordedLine,
    Status,
    TakeChecks,
    Timeline,
    Voice,
)
from voiceover.types.lazy_dataclass import dataclass

SCHEMA = 1
SUFFIX = ".manifest.json"


@dataclass(frozen=True, slots=True)
class ManifestInput:
    """What the manifest records besides the audio."""

    recipe: str
    """Digest of everything that the files depend on."""
    plan: Plan
    voice_digest: Callable[[Voice, str, EngineInfo], str]
    """Returns the voice digest for a voice, a style and an engine."""
    previous: Sequence[RecordedLine] = ()
    """Lines of the last manifest, which record the engine revision of kept takes."""
    script: str = ""
    """File name of the script, without its folder."""
    verdicts: Mapping[str, TakeChecks] = field(default_factory=dict)
    """The verdict on each take, by address."""
    book: ManifestBook | None = None
    """The episode that this one is a chapter of; None for a whole one."""
    attempts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The addresses of all attempts at a line that was recorded again, in order, by the address of the one that is heard."""
    retakes: int = 0
    """How often a line might be recorded again."""


@dataclass(frozen=True, slots=True)
class ManifestTake:
    """A take and its position."""

    line: RecordedLine
    voice: str
    source_line: int
    """Line number in the script."""
    start_seconds: float
    """Position of its first frame in the episode."""
    end_seconds: float
    words: tuple[tuple[int, float], ...] = ()
    """Each word of the text, where it begins in it and when it is heard in the episode (``word_times``); empty without marks."""
    findings: tuple[Finding, ...] = ()
    """What may be wrong with it; its times are those of the take."""
    suspect: bool = False
    """True if there is a finding that nobody has accepted."""
    recording: str = ""
    """SHA-256 of the writer's own recording, if the take is one."""


@dataclass(frozen=True, slots=True)
class ManifestEngine:
    """An engine of the render; kept takes may be of another revision."""

    name: str
    revision: int
    fingerprint: str
    model: str | None
    licence: str | None
    provisional: bool
    speakers: tuple[str, ...] = ()
    """The speakers that it speaks, if there are several engines."""
    repeatable: bool = True
    """False if the engine cannot make the same samples again: the takes exist only where they are stored."""


@dataclass(frozen=True, slots=True)
class ManifestVoice:
    """A voice that speaks in the episode."""

    name: str
    speakers: tuple[str, ...]
    digests: Mapping[str, str]
    """Voice digests by style."""
    licence: str | None
    consent: str | None


@dataclass(frozen=True, slots=True)
class ManifestDisclosure:
    """How the episode says that its speech is synthetic."""

    statement: str
    """In words, as in the tags and notes."""
    source_type: str
    """IPTC digital source type, a URI."""
    spoken: str
    """The sentence at the start of the audio; empty if there is none."""


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """A file that belongs to the manifest."""

    name: str
    """Its path from the folder of the episode."""
    bytes: int
    sha256: str

    @property
    def is_stem(self) -> bool:
        """True for the files in the folder of stems, which are for editors, not for listeners."""
        return "/" in self.name


@dataclass(frozen=True, slots=True)
class Manifest:
    """The contents of a manifest."""

    recipe: str
    title: str
    seconds: float
    engines: tuple[ManifestEngine, ...]
    """By name; one, unless the cast mixes engines, and none if every turn is a recording."""
    voices: tuple[ManifestVoice, ...]
    takes: tuple[ManifestTake, ...]
    loudness: LoudnessReport
    files: tuple[ManifestFile, ...]
    versions: Mapping[str, str]
    """Versions of this package and of those that encode."""
    chapters: tuple[EpisodeChapter, ...] = ()
    """None in manifests of older versions."""
    script: str = ""
    """File name of the script, without its folder; empty in manifests of older versions."""
    suspect: bool = False
    """True if a check of the takes found that one may be wrong, and nobody has accepted it."""
    retakes: int = 0
    """How often a line might be recorded again, if there are suspect takes."""
    disclosure: ManifestDisclosure | None = None
    """None in manifests of older versions."""
    credits: tuple[Credit, ...] = ()
    """Voices, engines, recordings and sounds with their licences; none in manifests of older versions."""
    author: str = ""
    language: str = ""
    """BCP 47 tag; empty in manifests of older versions, as are ``author`` and ``show``."""
    show: str = ""
    parts: tuple[ManifestPart, ...] = ()
    """The chapters, if each has files of its own; the takes are then without words, which the chapters' manifests have."""
    book: ManifestBook | None = None
    """The episode that this one is a chapter of; None for a whole one."""
    sounds: tuple[ManifestSound, ...] = ()
    recordings: tuple[ManifestRecording, ...] = ()
    music: MusicReport | None = None
    """How far the music stays under the speech; None without music under it."""

    @property
    def lines(self) -> tuple[RecordedLine, ...]:
        """The takes, in order."""
        return tuple(take.line for take in self.takes)

    @property
    def engine_of_voice(self) -> Mapping[str, str]:
        """The name of the engine that spoke each voice, by the voice's name; the last one if there were several."""
        return {take.voice: take.line.engine for take in self.takes}


def make_manifest(
    given: ManifestInput,
    timeline: Timeline,
    metadata: Metadata,
    report: LoudnessReport,
    files: Sequence[EpisodeFile],
    music: MusicReport | None = None,
) -> Manifest:
    """Return the manifest of an episode whose other files are ``files``."""
    known = {line.address: line for line in given.previous}
    kept = {p.utterance.address for p in given.plan.planned if p.status is Status.KEPT}
    takes = tuple(
        _take(placed, timeline, given, known.get(placed.utterance.address) if placed.utterance.address in kept else None)
        for placed in timeline.placed
        if placed.recording is None
    )
    return replace(
        manifest_of(given, metadata, report, files, takes, timeline.seconds, episode_chapters(timeline)),
        book=given.book,
        sounds=tuple(sounds_of(timeline)),
        recordings=tuple(recordings_of(timeline)),
        music=music,
    )


def manifest_of(
    given: ManifestInput,
    metadata: Metadata,
    report: LoudnessReport,
    files: Sequence[EpisodeFile],
    takes: tuple[ManifestTake, ...],
    seconds: float,
    chapters: tuple[EpisodeChapter, ...],
) -> Manifest:
    """Return what the manifests of an episode and of one that is split into chapters have in common."""
    suspect = any(take.suspect for take in takes)
    return Manifest(
        recipe=given.recipe,
        title=one_line(metadata.title),
        seconds=seconds,
        engines=_engines_of(given.plan),
        voices=_voices_of(given, takes),
        takes=takes,
        loudness=report,
        files=tuple(ManifestFile(file.name, file.bytes, file.sha256) for file in files),
        versions=_versions_of([file.path.suffix for file in files]),
        chapters=chapters,
        script=given.script,
        suspect=suspect,
        retakes=given.retakes if suspect else 0,
        disclosure=ManifestDisclosure(one_line(statement(metadata)), source_type(metadata), metadata.disclosure),
        credits=credits_of(given.plan),
        author=one_line(metadata.author),
        language=metadata.language,
        show=one_line(metadata.show),
    )


def episode_chapters(timeline: Timeline) -> tuple[EpisodeChapter, ...]:
    """Return the chapters, the same as in the tags."""
    return tuple(EpisodeChapter(chapter.title, chapter.start_ms / 1000) for chapter in tag_chapters(timeline))


def _take(placed: Placed, timeline: Timeline, given: ManifestInput, kept: RecordedLine | None) -> ManifestTake:
    utterance, engine = placed.utterance, given.plan.engine_of(placed.utterance)
    voice = given.plan.voice_of(utterance)
    line = RecordedLine(
        address=utterance.address,
        line_key=utterance.line_key,
        segment_key=utterance.segment_key,
        speaker=utterance.speaker,
        style=utterance.style,
        text=utterance.text,
        spoken=kept.spoken if kept else utterance.spans,
        options=utterance.options,
        seed=kept.seed if kept else utterance.seed,
        attempt=utterance.attempt,
        voice_digest=kept.voice_digest if kept else given.voice_digest(voice, utterance.style, engine),
        engine=kept.engine if kept else engine.name,
        model=kept.model if kept else engine.model,
        fingerprint=kept.fingerprint if kept else engine.fingerprint,
        revision=kept.revision if kept else engine.revision,
        seconds=placed.take.frames / placed.take.sample_rate,
        attempts=kept.attempts if kept else given.attempts.get(utterance.address, ()),
    )
    start, end = (milliseconds(frame, timeline.sample_rate) / 1000 for frame in (placed.start_frame, placed.end_frame))
    verdict = given.verdicts.get(utterance.address, TakeChecks())
    return ManifestTake(
        line,
        voice.name,
        utterance.source.line,
        start,
        end,
        _words(placed, timeline.sample_rate),
        verdict.findings,
        verdict.is_suspect_for(utterance.accepted) and not engine.provisional,  # a stand-in voice is not for listeners
        "" if utterance.recording is None else utterance.recording.sha256,
    )


def _words(placed: Placed, sample_rate: int) -> tuple[tuple[int, float], ...]:
    if not placed.take.marks:
        return ()
    from voiceover.publish.timing import word_times  # a command that only reads manifests does without

    return tuple((at, round(seconds, 3)) for at, seconds in word_times(placed, sample_rate))


def _engines_of(plan: Plan) -> tuple[ManifestEngine, ...]:
    """Return the engines that speak, by name; which speakers each has is of interest only if there are several."""
    several = len(plan.speaking) > 1
    speakers = {(planned.utterance.engine, planned.utterance.speaker) for planned in plan.planned} if several else set()
    return tuple(
        ManifestEngine(
            engine.name,
            engine.revision,
            engine.fingerprint,
            engine.model,
            engine.licence,
            engine.provisional,
            tuple(sorted(speaker for name, speaker in speakers if name == engine.name)),
            engine.repeatable,
        )
        for engine in plan.speaking
    )


def _voices_of(given: ManifestInput, takes: Sequence[ManifestTake]) -> tuple[ManifestVoice, ...]:
    found: dict[str, ManifestVoice] = {}
    for take in takes:
        voice = given.plan.cast[take.line.speaker]
        before = found.get(voice.name, ManifestVoice(voice.name, (), {}, voice.licence, voice.consent))
        speakers = tuple(sorted({*before.speakers, take.line.speaker}))
        digests = {**before.digests, take.line.style: take.line.voice_digest}
        found[voice.name] = ManifestVoice(voice.name, speakers, digests, voice.licence, voice.consent)
    return tuple(found[name] for name in sorted(found))


def _versions_of(suffixes: Sequence[str]) -> dict[str, str]:
    """Return the versions that the bytes depend on, so that equal episodes have equal manifests on all machines."""
    kinds = [kind for kind in FORMATS.values() if kind.suffix in suffixes]
    used = sorted({name for kind in kinds for name in kind.encoders})
    media = encoder_versions() if any(kind.needs_media for kind in kinds) else {}
    return {"voiceover": __version__} | {name: installed_version(name) or "unknown" for name in used} | media
