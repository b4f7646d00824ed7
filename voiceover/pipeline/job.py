"""The types of the pipeline: what to make, and the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path

from voiceover import publish, takes
from voiceover.engines import Choice
from voiceover.errors import ScriptError
from voiceover.pipeline import output, preview
from voiceover.settings.layers import DEFAULT_RETAKES
from voiceover.types import (
    Cast,
    Engine,
    EngineInfo,
    Episode,
    Metadata,
    PieceStore,
    Plan,
    Planned,
    Problem,
    Script,
    Settings,
    Severity,
    Take,
    Utterance,
)
from voiceover.types.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Job:
    """What to render, and how. Paths may also be given as strings."""

    script: Path
    flags: Settings = field(default_factory=Settings)
    """Settings that override those of the script."""
    output: Path | None = None
    """A folder, or a file with a known extension; None for the current folder."""
    cache_folder: Path | None = None
    workers: int | None = None
    """Number of processes that record; None for as many as pay (see ``pipeline.workers``)."""
    refresh: bool = False
    """Re-record takes made by older versions."""
    part: preview.Part | None = None
    """The part of the script to preview; None for all of it."""
    wait: bool = True
    """Wait for another run of the same episode instead of failing."""
    engine_options: Mapping[str, str] = field(default_factory=dict)
    """Options of the engine: ``precision``, ``preset``, ``any-language``, ``gpu-batch``."""
    beside: Path | None = None
    """Look for the project file and voices beside this path instead of ``script``."""
    store: str | None = None
    """URL or folder of a take store shared by several machines; takes found there are not recorded again."""
    cluster: str | None = None
    """Address of a Ray cluster to record on, or ``auto`` for that of this machine; ``workers`` is then per machine."""
    name: str | None = None
    """Name of the output files; None for the script's stem."""
    defaults: Settings = field(default_factory=Settings)
    """Settings that the script overrides; they override the project file."""
    state: Path | None = None
    """Folder of the manifest, the lock and unfinished files; None to keep them in the output folder."""
    data: bytes | None = None
    """The content of the script, if it is not read from the file ``script`` but, for example, from standard input."""

    @property
    def named(self) -> Path:
        """The path whose stem names the files."""
        return self.script if self.name is None else self.script.with_name(f"{self.name}.md")

    def __post_init__(self) -> None:
        for name in ("script", "output", "cache_folder", "beside", "state"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, Path):
                object.__setattr__(self, name, Path(value))


@dataclass(frozen=True, slots=True)
class OpenableEngine:
    """An engine that speaks in an episode."""

    info: EngineInfo
    options: Mapping[str, str]
    """Options that it is created with."""
    open: Callable[[], Engine]
    """Creates it, here or in a worker process."""


@dataclass(frozen=True, slots=True)
class EpisodePlan:
    """The plan of an episode."""

    checked: Checked
    plan: Plan
    place: output.OutputPaths
    previous: publish.Manifest | None
    """Manifest of the last render into the same files."""
    recipe: str
    """Digest of everything that the finished files depend on."""
    metadata: Metadata
    choices: Mapping[str, Choice]
    """The engine of each speaker who has lines, and why."""
    engines: Mapping[str, OpenableEngine]
    """The engines of its speakers, by name."""
    pieces: PieceStore
    """Keeps what is computed of the pieces of its mix."""
    remarks: tuple[str, ...] = ()
    """Remarks for the user about voices and engine, one line each."""
    others: tuple[Utterance, ...] = ()
    """For a preview: recorded lines of the rest of the episode, used to balance its voices."""
    read_others: Callable[[], Mapping[str, Take]] = dict
    """Returns the takes of ``others``, by address."""

    @property
    def planned(self) -> tuple[Planned, ...]:
        """Every utterance with its status and the reason for it, in order."""
        return self.plan.planned

    @property
    def requests(self) -> list[takes.Request]:
        """Every line that an engine speaks, with its voice."""
        spoken = (planned.utterance for planned in self.plan.planned if planned.utterance.recording is None)
        return [(utterance, self.plan.voice_of(utterance)) for utterance in spoken]

    @property
    def retakes(self) -> int:
        """How often a line whose take is suspect may be recorded again."""
        retakes = self.checked.settings.retakes
        return DEFAULT_RETAKES if retakes is None else retakes

    @property
    def recordings(self) -> list[Utterance]:
        """The lines for which there is a recording of the writer's own."""
        return [planned.utterance for planned in self.plan.planned if planned.utterance.recording is not None]

    @property
    def engine_names(self) -> str:
        """The names of the engines that speak, separated by commas."""
        return ", ".join(info.name for info in self.plan.speaking)

    @property
    def engine_reasons(self) -> Mapping[Choice, tuple[str, ...]]:
        """The speakers of each engine that speaks here, by the engine and the reason for it, in the order of the cast.

        A stand-in has an entry per reason, any other engine one, with the reason for its first speaker.
        """
        heard = {planned.utterance.speaker for planned in self.plan.planned}
        found: dict[Choice, tuple[str, ...]] = {}
        for speaker, choice in self.choices.items():
            if speaker in heard or not heard:
                shared = [known for known in found if known.name == choice.name and not self.engines[choice.name].info.provisional]
                key = shared[0] if shared else choice
                found[key] = (*found.get(key, ()), speaker)
        return found

    @property
    def why(self) -> tuple[str, ...]:
        """The reasons for the engines, one line each; with the speakers if there are several."""
        reasons = self.engine_reasons
        if len(reasons) == 1:
            return (next(iter(reasons)).why,)
        return tuple(f"{', '.join(speakers)}: {choice.why}" for choice, speakers in reasons.items())

    def standing(self) -> Episode | None:
        """Return the finished episode if its files exist, intact and made from this recipe; otherwise None.

        One with suspect takes does not stand if more retakes are allowed now.
        """
        if self.previous is None or self.previous.recipe != self.recipe:
            return None
        if self.previous.suspect and self.previous.retakes < self.retakes:
            return None
        folder, stem = self.place.folder, self.place.stem
        return publish.intact_episode(self.previous, folder, stem, publish.standing_state(folder, stem, self.place.state))


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a render did."""

    episode: Episode
    recorded: int
    """Number of takes that were recorded."""
    reused: int
    made: bool
    """False if the episode was up to date and nothing was written."""
    plan: EpisodePlan
    retaken: int = 0
    """Number of takes that were recorded again, since a check found the first one suspect."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A script that was read, and the problems found."""

    script: Script | None
    cast: Cast
    settings: Settings
    """All layers merged."""
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.severity is Severity.ERROR)

    @property
    def usable(self) -> Script:
        """The script. Raises ScriptError with every error if there are any."""
        if self.script is None or self.errors:
            raise ScriptError(self.errors)
        return self.script
