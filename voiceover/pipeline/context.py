"""The context of an episode: what its steps share, its take store, and what engines are given."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from voiceover import engines, takes, voices
from voiceover.pipeline.job import Checked, EpisodePlan, Job
from voiceover.pipeline.retakes import RetakeRounds
from voiceover.settings.layers import DEFAULT_VOICE
from voiceover.system import folders
from voiceover.takes import FileStore, Request
from voiceover.types import EngineContext, Episode, Listener, OnProgress, Take, TakeChecks, Voice, VoiceSettings
from voiceover.types.lazy_dataclass import dataclass

_Value = TypeVar("_Value")


@dataclass(slots=True)
class EpisodeContext:
    """An episode that is being made, as the steps of the pipeline share it. Closing it releases the episode's lock and its takes."""

    job: Job
    on_progress: OnProgress
    on_wait: Callable[[], None] | None = None
    """Called once if another run holds the episode and this one waits."""
    on_planned: Callable[[EpisodeContext], None] | None = None
    """Called before anything is recorded, unless the finished files are up to date."""
    strict: bool = False
    """True to refuse a stand-in voice that was not asked for."""
    remember_script: bool = True
    """True to note which script the files were made from. A batch has its journal for that."""
    store: FileStore | None = None
    """The take store; the plan step opens it if the caller did not."""
    takes: dict[str, Take] = field(default_factory=dict)
    """The takes of the episode, by address: those that exist after the plan step, all of them after recording."""
    listener: Listener | None = None
    """The recognizer that judges takes by ear; set by the plan step if the settings ask for one."""
    verdicts: Mapping[str, TakeChecks] = field(default_factory=dict)
    """The verdict on each take, by address; set by the check step."""
    attempts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The addresses of all attempts at a line that was recorded again, by the address of the take that is kept; set by the check step."""
    recorded: int = 0
    """Number of takes that the record step recorded."""
    recorded_seconds: float = 0.0
    """Length of the takes that the record step recorded."""
    retaken: int = 0
    """Number of takes that the check step recorded again."""
    up_to_date: Episode | None = None
    """The finished episode, if its files are up to date; then nothing is recorded or written."""
    finished: Episode | None = None
    """The episode that the finish step made."""
    wall_seconds: dict[str, float] = field(default_factory=dict)
    """How long each step has taken by the clock, by its name."""
    resources: ExitStack = field(default_factory=ExitStack)
    """The lock of the episode, and what keeps its takes from being collected."""
    _checked: Checked | None = None
    _plan: EpisodePlan | None = None
    _rounds: RetakeRounds | None = None

    @property
    def checked(self) -> Checked:
        """The checked script, set by the lock step."""
        return _present(self._checked)

    @checked.setter
    def checked(self, checked: Checked) -> None:
        self._checked = checked

    @property
    def plan(self) -> EpisodePlan:
        """The plan, set by the plan step."""
        return _present(self._plan)

    @plan.setter
    def plan(self, plan: EpisodePlan) -> None:
        self._plan = plan

    @property
    def opened_store(self) -> FileStore:
        """The take store, from the plan step on."""
        return _present(self.store)

    @property
    def rounds(self) -> RetakeRounds:
        """The rounds in which lines are judged and recorded again; from the plan step on."""
        if self._rounds is None:
            self._rounds = RetakeRounds(self.plan, self.opened_store, self.listener, self.on_progress)
        return self._rounds

    def attempts_to_record(self) -> list[Request]:
        """Return what has to be recorded next because a take is suspect; attempts that exist are added to ``takes`` and judged."""
        while missing := self.rounds.missing(self.takes):
            addresses = [utterance.address for utterance, _ in missing]
            self.resources.enter_context(self.opened_store.hold(addresses))
            self.takes.update(self.opened_store.get_many(addresses))
            if left := [request for request in missing if request[0].address not in self.takes]:
                return left
        return []

    @property
    def result(self) -> Episode:
        """The episode that the finish step made."""
        return _present(self.finished)

    def close(self) -> None:
        """Release the lock and the takes."""
        self.resources.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _present(value: _Value | None) -> _Value:
    if value is None:
        raise RuntimeError("this step needs the result of an earlier one; check the order of STEPS")
    return value


def open_store(cache_folder: Path | str | None = None, url: str | None = None) -> takes.FileStore:
    """Open the take store in ``cache_folder``, else in VOICEOVER_CACHE, else in the user's cache folder.

    With ``url``, it is a cache for the shared store there; then raises InputError and StoreError.
    """
    folder = folders.cache_folder(None if cache_folder is None else Path(cache_folder))
    if url is None:
        return takes.FileStore(folder)
    from voiceover.system.remote_store import open_remote_store

    return takes.SharedStore(folder, open_remote_store(url))


def engine_context(cache_folder: Path | None = None, model: str | None = None, options: Mapping[str, str] | None = None) -> EngineContext:
    """Return what engines get: their folder, their options, and access to the user's models."""
    chosen = {**(options or {}), **({"model": model} if model else {})}
    data = folders.data_folder()
    return EngineContext(
        folders.cache_folder(cache_folder) / "engines",
        chosen,
        functools.partial(open_model_in, data),
        load_trial_voice,
        functools.partial(add_packaged_model_in, data),
        functools.partial(models_in, data),
    )


def load_trial_voice() -> Voice:
    """Return the shipped voice that a new model is tried with."""
    return voices.load_voice(DEFAULT_VOICE, (voices.shipped_folder(),), _sections())


def from_engines(cache_folder: Path | None = None) -> voices.FromEngines:
    """Return what the installed engines contribute to voices: schemas for voice.yaml, and their own voices when they are needed."""
    return replace(
        _sections(),
        voices=functools.cache(functools.partial(engine_voices, cache_folder)),
        how_to_get=functools.partial(_how_to_get, cache_folder),
        fault=functools.partial(_fault, cache_folder),
    )


def engine_voices(cache_folder: Path | None, only: str | None = None) -> dict[str, Voice]:
    """Return the voices that come with engines, or with the engine ``only``, by name.

    They have the settings that other engines derive from a name, so that the draft engine can speak them, too.
    """
    found = engines.engine_voices(engine_context(cache_folder), only)
    schemas = _sections()
    return {
        name: replace(
            voice,
            styles={key: replace(style, settings={**schemas.derived(name), **style.settings}) for key, style in voice.styles.items()},
        )
        for name, voice in found.items()
    }


def _how_to_get(cache_folder: Path | None, name: str) -> str | None:
    return engines.how_to_get_voice(name, engine_context(cache_folder))


def _fault(cache_folder: Path | None, engine: str) -> str | None:
    return engines.fault_of(engine, engine_context(cache_folder)) if engine in engines.engine_names() else None


def _sections() -> voices.FromEngines:
    """Return the sections of voice.yaml that engines read, without their voices."""
    schemas: dict[str, VoiceSettings] = dict(engines.offers("VOICE_SETTINGS"))
    return voices.FromEngines(schemas, frozenset(engines.engine_names()))


def open_model_in(data: Path, name: str | None, family: str | None = None) -> Any:
    """Open a model of a data folder for an engine. Imports the store only when an engine asks, because the draft engine never does."""
    from voiceover.models import open_model
    from voiceover.pipeline.models import model_store

    return open_model(model_store(data), name, family)


def add_packaged_model_in(data: Path, family: str) -> None:
    """Add the model of ``family`` that installed Python packages bring to a data folder. Raises ModelError and OutputError."""
    from voiceover.models import add_packaged
    from voiceover.pipeline.models import model_store

    add_packaged(model_store(data), family)


def models_in(data: Path, family: str) -> tuple[str, ...]:
    """Return the names of the installed models of a family, in alphabetical order. Imports the store only if there is one."""
    from voiceover.models import MODEL, installed, models_folder, owner
    from voiceover.pipeline.models import model_store

    if not models_folder(data).is_dir():
        return ()
    store = model_store(data)
    owned = ((record, owner(record, store.families)) for record in installed(store) if record.kind == MODEL)
    return tuple(sorted(record.name for record, its in owned if its is not None and its.name == family))


def models_speaking(language: str) -> Sequence[str]:
    """Return the models of the catalogue that speak a language."""
    from voiceover import models
    from voiceover.pipeline.models import model_families

    return models.models_speaking(language, model_families())
