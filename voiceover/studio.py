"""The conductor: script, plan, takes, mix, master, publish, in this order. The only module, with ``desk``, that sees more than one room.

``render`` is ``plan_episode``, ``record`` and ``finish_episode`` for one script; a caller with many scripts plans them all, records
one queue and finishes each.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from voiceover import config, engines, folders, locks, master, mix, output, plan, preview, publish, script, takes, voices
from voiceover.errors import InputError, ScriptError, SettingsError
from voiceover.problems import Problems
from voiceover.recipe import episode_recipe
from voiceover.types import (
    Cast,
    Engine,
    EngineContext,
    EngineInfo,
    Episode,
    Metadata,
    OnProgress,
    Plan,
    Problem,
    Progress,
    Script,
    Severity,
    Status,
    Take,
)
from voiceover.yaml_reader import read_yaml


def no_progress(progress: Progress) -> None:
    """Draw nothing."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a front door asks for."""

    script: Path
    flags: config.Settings = field(default_factory=config.Settings)
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
    beside: Path | None = None
    """Where project file and voices are looked for, if not beside ``script``."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A script that was read, and all that was found."""

    script: Script | None
    cast: Cast
    settings: config.Settings
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


@dataclass(frozen=True, slots=True)
class EpisodePlan:
    """An episode before its recording."""

    checked: Checked
    plan: Plan
    place: output.Place
    previous: publish.Manifest | None
    """Of the last render into the same files."""
    recipe: str
    """Digest of all that the finished files depend on."""
    metadata: Metadata
    choice: engines.Choice
    open_engine: Callable[[], Engine]
    """Makes the engine, here or in a worker process."""

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


def check_script(path: Path, flags: config.Settings | None = None, beside: Path | None = None) -> Checked:
    """Read a script, its project file and its voices; every problem of all of them at once.

    ``beside`` stands in for the script's own place where those are looked for.
    """
    problems = Problems()
    flags = flags or config.Settings()
    home = beside or path
    project_file = config.find_project(home)
    base = _project_settings(project_file, problems)
    read = script.load_script(path, problems, base)
    if read is None:
        return Checked(None, {}, flags.over(base), problems.all)
    read = _with_flags(read, flags)
    settings = flags.over(read.settings)
    searched = _search(home, project_file, base)
    cast = voices.cast_voices(read.cast, settings.voice or config.DEFAULT_VOICE, searched, problems)
    voices.check_styles(read, cast, problems)
    return Checked(read, cast, settings, problems.all)


def plan_episode(job: Job, *, strict: bool = False) -> EpisodePlan:
    """What would be recorded, and why, without recording it.

    ``strict`` refuses a stand-in that nobody asked for. Raises ScriptError with all problems of the script.
    """
    return _plan(job, check_script(job.script, job.flags, job.beside), strict)


def record(
    episodes: Sequence[EpisodePlan], store: takes.FileStore, workers: int = 1, on_progress: OnProgress = no_progress
) -> Mapping[str, Take]:
    """The takes of all episodes, by address; those that are missing are recorded as one queue.

    All episodes have the same engine. A recording that is killed goes on where it stopped.
    """
    plans = [episode.plan for episode in episodes]
    requests = [(planned.utterance, each.cast[planned.utterance.speaker]) for each in plans for planned in each.planned]
    return takes.record_takes(requests, store, episodes[0].open_engine, workers, on_progress)


def finish_episode(episode: EpisodePlan, recorded: Mapping[str, Take], on_progress: OnProgress = no_progress) -> Episode:
    """Mix, master and publish: the files of an episode from its takes."""
    settings, place = episode.checked.settings, episode.place
    mixed = mix.mix_takes(episode.plan, recorded, settings.gaps or config.Gaps())
    target = settings.loudness or config.PRESETS["podcast"]
    mastered = master.master_mix(mixed, target, headroom_db=publish.headroom_db(place.formats), on_progress=on_progress)
    lines = episode.previous.lines if episode.previous else ()
    told = publish.ManifestInput(episode.recipe, episode.plan, plan.voice_digest, lines)
    return publish.publish_episode(mastered, mixed.timeline, episode.metadata, place.formats, place.folder, place.stem, told, on_progress)


def render(job: Job, on_progress: OnProgress = no_progress, on_wait: Callable[[], None] | None = None) -> Rendered:
    """One script to a finished episode; nothing is recorded or encoded again that already stands."""
    checked = check_script(job.script, job.flags, job.beside)
    refused = plan.unsupported(checked.script, checked.settings) if checked.script else []
    if checked.errors or refused:
        raise ScriptError([*checked.errors, *refused])
    target = _target(job, checked.settings)
    publish.check_output(target.folder, target.stem)
    with locks.episode_lock(target.folder, target.stem, job.wait, on_wait):
        for place in (target, target.draft):
            publish.complete_pending(place.folder, place.stem)
        episode = _plan(job, checked, strict=False)
        publish.check_request(episode.place.formats, episode.metadata)
        planned, missing = episode.plan.planned, len(episode.plan.to_record)
        standing = episode.standing()
        if standing is not None and not (job.refresh and missing):
            return Rendered(standing, 0, len(planned), False, episode)
        store = open_store(job.cache_folder)
        if not _kept_is_whole(episode.plan, store):
            episode = _plan(job, checked, strict=False)
            planned, missing = episode.plan.planned, len(episode.plan.to_record)
        with store.hold(planned_take.utterance.address for planned_take in planned):
            finished = finish_episode(episode, record([episode], store, job.workers, on_progress), on_progress)
            store.register_manifest(episode.place.manifest)
        takes.collect_when_due(store)
        return Rendered(finished, missing, len(planned) - missing, True, episode)


def voice_folders(script_path: Path) -> tuple[Path, ...]:
    """Where the voices of a script at ``script_path`` are looked for, in this order; the file itself need not exist."""
    project_file = config.find_project(script_path)
    return _search(script_path, project_file, _project_settings(project_file, Problems()))


def open_store(cache_folder: Path | None = None) -> takes.FileStore:
    """The take store in ``cache_folder``, else where VOICEOVER_CACHE says, else in the user's cache folder."""
    return takes.FileStore(folders.cache_folder(cache_folder))


def episode_metadata(read: Script, settings: config.Settings, engine: EngineInfo) -> Metadata:
    """What the files say of the episode."""
    return Metadata(
        title=settings.title or read.title,
        language=settings.language or config.DEFAULT_LANGUAGE,
        show=settings.show or "",
        season=settings.season,
        episode=settings.episode,
        date=settings.date or "",
        author=settings.author or "",
        description=settings.description or "",
        cover=Path(settings.cover) if settings.cover else None,
        provisional=engine.provisional,
        engine=engine.name,
        model=engine.model or "",
    )


def _plan(job: Job, checked: Checked, strict: bool) -> EpisodePlan:
    read = checked.usable
    target = _target(job, checked.settings)
    store = open_store(job.cache_folder)
    finished = publish.read_manifest(target.manifest)
    choice = engines.choose_engine(checked.settings.engine or "auto", finished.engine.name if finished else None, strict=strict)
    own_folder = folders.cache_folder(job.cache_folder) / "engines" / choice.name
    open_engine = functools.partial(engines.open_engine, choice.name, EngineContext(own_folder))
    engine = open_engine()
    info = engine.info
    engine.close()
    place = target.draft if info.provisional else target
    previous = publish.read_manifest(place.manifest)
    # A preview is a part of the episode: what the episode keeps, it keeps too.
    whole = publish.read_manifest(place.whole.manifest) if job.part else previous
    problems = Problems()
    built = plan.build_plan(
        preview.select(read, job.part) if job.part else read,
        checked.cast,
        checked.settings,
        info,
        problems,
        has=store.has,
        previous=whole.lines if whole else (),
        refresh=job.refresh,
        flags=job.flags.options,
    )
    if problems.errors:
        raise ScriptError(problems.errors)
    # An entry that a preview has no use for may well be used in the rest.
    remarks = [problem for problem in problems.all if not (job.part and problem.code == "unused-lexicon")]
    checked = replace(checked, problems=(*checked.problems, *remarks))
    metadata = episode_metadata(read, checked.settings, info)
    recipe = episode_recipe(built, checked.settings, metadata, place.formats)
    return EpisodePlan(checked, built, place, previous, recipe, metadata, choice, open_engine)


def _kept_is_whole(built: Plan, store: takes.FileStore) -> bool:
    """Whether every take that older rules made can be read; a damaged one is removed, and a new plan says what is to be recorded."""
    kept = {planned.utterance.address for planned in built.planned if planned.status is Status.KEPT}
    return len(store.get_many(kept)) == len(kept)


def _target(job: Job, settings: config.Settings) -> output.Place:
    formats = settings.formats or config.DEFAULT_FORMATS
    return output.place_of(job.output, job.script, formats, job.part.label if job.part else "")


def _project_settings(project_file: Path | None, problems: Problems) -> config.Settings:
    if project_file is None:
        return config.Settings()
    try:
        text = project_file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{project_file}: the project file cannot be read: {error}") from error
    found = Problems()
    node = read_yaml(text, str(project_file), found)
    settings = config.read_settings(node, project_file.parent, found, project=True)
    if found.errors:
        raise SettingsError(found.errors)
    problems.found += found.found
    return settings


def _search(script_path: Path, project_file: Path | None, base: config.Settings) -> tuple[Path, ...]:
    project = project_file.parent if project_file else None
    return voices.search_folders(script_path, project, [Path(name) for name in base.voices or ()])


def _with_flags(read: Script, flags: config.Settings) -> Script:
    """The script with the voice and language of a flag put over those of every speaker."""
    cast = tuple(replace(entry, voice=flags.voice or entry.voice, language=flags.language or entry.language) for entry in read.cast)
    return replace(read, cast=cast)
