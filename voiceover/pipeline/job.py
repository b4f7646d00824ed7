"""What a front end asks for, and what it gets: the types of the pipeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from voiceover import engines, publish, takes
from voiceover.errors import ScriptError
from voiceover.pipeline import output, preview
from voiceover.types import Cast, Engine, Episode, Metadata, Plan, Planned, Problem, Script, Settings, Severity, Take, Utterance


@dataclass(frozen=True, slots=True)
class Job:
    """What to render, and how. Paths may also be given as strings."""

    script: Path
    flags: Settings = field(default_factory=Settings)
    """The layer above the script's own."""
    output: Path | None = None
    """A folder, or a file with a known extension; the current folder where None."""
    cache_folder: Path | None = None
    workers: int = 1
    refresh: bool = False
    """Record again what older rules made."""
    part: preview.Part | None = None
    """A preview of a part of the script."""
    wait: bool = True
    """Wait for another run on the same episode instead of failing."""
    engine_options: Mapping[str, str] = field(default_factory=dict)
    """What only the engine understands: ``precision``, ``preset``, ``any-language``, ``gpu-batch``."""
    beside: Path | None = None
    """Where project file and voices are looked for, if not beside ``script``."""
    store: str | None = None
    """URL or folder of a take store that several machines share; its takes count as recorded."""
    cluster: str | None = None
    """Address of a Ray cluster that records, or ``auto`` for the one of this machine; ``workers`` is then that of each machine."""
    name: str | None = None
    """What the files are called; the script's stem where None."""
    defaults: Settings = field(default_factory=Settings)
    """The layer between the project file and the script."""
    data: bytes | None = None
    """The script's content if it does not come from the file ``script``, as on standard input."""

    @property
    def named(self) -> Path:
        """The path whose stem names the files."""
        return self.script if self.name is None else self.script.with_name(f"{self.name}.md")

    def __post_init__(self) -> None:
        for name in ("script", "output", "cache_folder", "beside"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, Path):
                object.__setattr__(self, name, Path(value))


@dataclass(frozen=True, slots=True)
class EpisodePlan:
    """An episode before its recording."""

    checked: Checked
    plan: Plan
    place: output.OutputPaths
    previous: publish.Manifest | None
    """Of the last render into the same files."""
    recipe: str
    """Digest of all that the finished files depend on."""
    metadata: Metadata
    choice: engines.Choice
    open_engine: Callable[[], Engine]
    """Makes the engine, here or in a worker process."""
    remarks: tuple[str, ...] = ()
    """What the user should know of voices and engine together, a line each."""
    engine_options: Mapping[str, str] = field(default_factory=dict)
    """What the engine was made with."""
    others: tuple[Utterance, ...] = ()
    """For a preview: recorded lines of the rest of the episode, by which its voices are balanced."""
    read_others: Callable[[], Mapping[str, Take]] = dict
    """Returns the takes of ``others``, by address."""

    @property
    def planned(self) -> tuple[Planned, ...]:
        """Every utterance with its status and the reason for it, in order."""
        return self.plan.planned

    @property
    def requests(self) -> list[takes.Request]:
        """Every line with its voice."""
        return [(planned.utterance, self.plan.cast[planned.utterance.speaker]) for planned in self.plan.planned]

    def standing(self) -> Episode | None:
        """The finished episode, where the whole files of this very recipe are in their place."""
        if self.previous is None or self.previous.recipe != self.recipe:
            return None
        return publish.standing_episode(self.previous, self.place.folder, self.place.stem)


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a render did."""

    episode: Episode
    recorded: int
    """Takes that were recorded; the rest was there."""
    reused: int
    made: bool
    """False where the episode already stood and nothing was touched."""
    plan: EpisodePlan


@dataclass(frozen=True, slots=True)
class Checked:
    """A script that was read, and all that was found."""

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
        """The script. Raises ScriptError with every error, where there are any."""
        if self.script is None or self.errors:
            raise ScriptError(self.errors)
        return self.script
