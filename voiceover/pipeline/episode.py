"""One episode: plan it, record its takes, and finish it (mix, master, publish). ``steps`` runs these in order, under the episode's lock."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from voiceover import mix, plan, publish, takes, voices
from voiceover.audio.formats import DEFAULT_FORMATS
from voiceover.errors import OutputError, ScriptError
from voiceover.pipeline import output, preview
from voiceover.pipeline.book import finish_book
from voiceover.pipeline.check import check_job
from voiceover.pipeline.context import models_speaking, open_store
from voiceover.pipeline.delivery import make_programme
from voiceover.pipeline.disclosure import opened_by, spoken_disclosure
from voiceover.pipeline.fitting import fit_voices
from voiceover.pipeline.job import Checked, EpisodePlan, Job, OpenableEngine
from voiceover.pipeline.metadata import episode_metadata
from voiceover.pipeline.recipe import episode_recipe
from voiceover.pipeline.sound_checks import check_contents, warn_of_long_sounds
from voiceover.pipeline.soundtrack import soundtrack_of
from voiceover.pipeline.speakers import cast_for, check_models, choose_engines, engine_options, open_infos
from voiceover.pipeline.workers import workers_for
from voiceover.settings.layers import PRESETS, delivery_for
from voiceover.settings.problems import Problems
from voiceover.system import folders
from voiceover.system.dependencies import once
from voiceover.system.piece_folder import PieceFolder
from voiceover.types import (
    OPENING_SECONDS,
    Chapter,
    Episode,
    Gaps,
    Has,
    Link,
    OnProgress,
    Plan,
    Planned,
    Progress,
    Script,
    Settings,
    Soundtrack,
    Take,
    TakeChecks,
    Utterance,
)


def no_progress(progress: Progress) -> None:
    """Show nothing."""


def plan_episode(job: Job, *, strict: bool = False) -> EpisodePlan:
    """Plan what would be recorded, and why, without recording it.

    ``strict`` refuses a stand-in voice that was not asked for. Raises ScriptError with all errors of the script.
    """
    checked = check_job(job)
    store = once(("store", job.cache_folder, job.store), lambda: open_store(job.cache_folder, job.store))
    episode = plan_checked(job, checked, store, strict=strict)
    if episode.plan.soundtrack is not None and episode.standing() is None:
        raise_contents(episode, store)
    return episode


def raise_contents(episode: EpisodePlan, store: takes.FileStore) -> None:
    """Raise ScriptError if a file that the episode plays cannot be mixed, before anything is recorded."""
    problems = Problems()
    check_contents(episode.checked.usable, episode.checked.settings, episode.plan, problems, store.has)
    if problems.errors:
        raise ScriptError(problems.errors)


def record(
    episodes: Sequence[EpisodePlan],
    store: takes.FileStore,
    workers: int | None = None,
    on_progress: OnProgress = no_progress,
    *,
    stop: Callable[[], bool] | None = None,
    on_failed: takes.OnFailed | None = None,
    cluster: str | None = None,
    known: Mapping[str, Take] | None = None,
    requests: Sequence[takes.Request] | None = None,
) -> Mapping[str, Take]:
    """Return the takes of all episodes by address; record those that are missing as one queue. A killed recording can be resumed.

    - ``episodes`` must have the same engines, or engines of different names.
    - ``workers``: number of processes, None for as many as pay; with several, the longest lines come first.
    - ``stop`` is called between takes; once it returns True no take is started, and what exists is returned.
    - ``on_failed`` is called with an utterance that cannot be spoken, or that crashed three workers; the rest continues. Without it the
      error is raised.
    - ``cluster`` is the address of a Ray cluster; ``workers`` is then per machine, and ``store`` must be a shared one.
    - ``known``: the takes that exist, by address, if the caller has just read them from ``store``.
    - ``requests``: what to record instead of every line of the episodes.
    """
    if requests is None:
        requests = [request for episode in episodes for request in episode.requests]
    opened = {name: engine for episode in episodes for name, engine in episode.engines.items()}
    if workers is None:
        to_record = [utterance for utterance, _ in requests if known is None or utterance.address not in known]
        workers = 1 if cluster else workers_for(opened, to_record)
    return takes.record_takes(
        requests,
        store,
        _opener(opened),
        workers,
        on_progress,
        stop=stop,
        on_failed=on_failed,
        recorder=_recorder(opened, store, cluster),
        known=known,
    )


def record_feed(
    opened: Mapping[str, OpenableEngine],
    feed: takes.RequestFeed,
    store: takes.FileStore,
    workers: int,
    on_progress: OnProgress = no_progress,
    *,
    on_recorded: takes.OnRecorded,
    on_failed: takes.OnFailed,
    stop: Callable[[], bool] | None = None,
    cluster: str | None = None,
) -> None:
    """Record the lines that come through ``feed`` until it is closed, for callers with many scripts.

    ``opened`` has the engine of each line by its name; the caller may add engines before it adds their lines. Worker processes do the
    recording, so that a line that crashes one affects nothing else. The other parameters are those of ``record``.
    """
    takes.record_feed(
        feed,
        store,
        _opener(opened),
        workers,
        on_progress,
        on_recorded=on_recorded,
        on_failed=on_failed,
        stop=stop,
        recorder=_recorder(opened, store, cluster),
    )


def _opener(opened: Mapping[str, OpenableEngine]) -> takes.OpenerOf:
    return lambda name: opened[name].open


def finish_episode(
    episode: EpisodePlan,
    recorded: Mapping[str, Take],
    on_progress: OnProgress = no_progress,
    *,
    verdicts: Mapping[str, TakeChecks] | None = None,
    attempts: Mapping[str, tuple[str, ...]] | None = None,
) -> Episode:
    """Mix, master and publish an episode from its takes.

    ``verdicts`` on them, and the addresses of all ``attempts`` at a line, both by the address of the take, go into the manifest.
    """
    settings, place = episode.checked.settings, episode.place
    if place.split and not place.part:
        return finish_book(episode, recorded, on_progress, verdicts or {}, attempts or {}, _noted_links(episode.checked))
    opening = settings.intro_chapter or episode.metadata.title
    known = {**episode.read_others(), **recorded}
    mixed = mix.mix_takes(episode.plan, known, settings.gaps or Gaps(), opening, episode.others)
    programme = make_programme(mixed, episode.plan, settings, place.formats, episode.pieces, on_progress)
    lines = episode.previous.lines if episode.previous else ()
    manifest = publish.ManifestInput(
        episode.recipe,
        episode.plan,
        plan.voice_digest,
        lines,
        Path(episode.checked.usable.path).name,
        verdicts or {},
        attempts=attempts or {},
        retakes=episode.retakes,
    )
    return publish.publish_episode(
        programme.master,
        programme.timeline,
        episode.metadata,
        place.formats,
        place.folder,
        place.stem,
        manifest,
        on_progress,
        encoding=programme.encoding,
        links=_noted_links(episode.checked),
        state=place.state,
        music=mixed.music,
        stems=programme.stems,
    )


def check_owner(job: Job, episode: EpisodePlan) -> EpisodePlan:
    """Return the episode, with a remark if its files were made from a script in another folder that still exists.

    Raises OutputError if they were made from another script in the same folder, such as a.md for a.yaml. If ``-o`` names a file, the user
    has chosen it; and the files of a renamed script belong to its new name.
    """
    if episode.previous is None or (job.output is not None and output.names_a_file(job.output)):
        return episode
    made = f"{episode.place.folder / episode.place.stem}.*"
    beside = job.script.parent / (Path(episode.previous.script).name or job.script.name)
    if _is_another(beside, job.script):
        raise OutputError(
            f"{made}: made from {beside}, and {job.script} would replace it; choose another output folder (-o), or rename one of the two"
        )
    store, place = takes.FileStore(folders.cache_folder(job.cache_folder)), episode.place
    # A render that wrote the files noted the manifest that was beside them.
    known = store.script_of(place.manifest) or store.script_of(publish.manifest_path(place.folder, place.stem))
    if known is not None and _is_another(known, job.script):
        return replace(episode, remarks=(*episode.remarks, f"{made}: replaces the episode made from {known}"))
    return episode


def _is_another(other: Path, script: Path) -> bool:
    try:
        return other.is_file() and not other.samefile(script)
    except OSError:  # an invalid name, or a script that does not exist
        return False


def _recorder(opened: Mapping[str, OpenableEngine], store: takes.FileStore, cluster: str | None) -> takes.Recorder | None:
    if cluster is None:
        return None
    from voiceover.pipeline.remote import recorder_on_cluster

    return recorder_on_cluster(opened, store, cluster)


def plan_checked(job: Job, checked: Checked, store: takes.FileStore, *, strict: bool = False) -> EpisodePlan:
    """Plan an episode whose script has been checked."""
    read = checked.usable
    target = target_paths(job, checked.settings)
    speakers = choose_engines(job, checked, publish.read_manifest(target.whole.last_manifest), strict=strict)
    speakers.raise_faults()
    checked = cast_for(speakers, checked)
    checked = fit_voices(speakers.names, checked, job.cache_folder)
    read = checked.usable
    options = engine_options(speakers)
    opened = open_infos(speakers, options)
    infos = {name: engine.info for name, engine in opened.items()}
    check_models(speakers, infos)
    engine_of = {speaker: infos[name] for speaker, name in speakers.names.items()}
    whole_place = (target.draft if any(info.provisional for info in infos.values()) else target).whole
    # A preview is part of the episode, so it keeps the same takes.
    whole = publish.read_manifest(whole_place.last_manifest)

    def build(what: Script, has: Has, problems: Problems, soundtrack: Soundtrack | None = None) -> Plan:
        return plan.build_plan(
            what,
            checked.cast,
            checked.settings,
            engine_of,
            problems,
            has=has,
            previous=whole.lines if whole else (),
            refresh=job.refresh,
            flags=options.lines.over(job.flags.options),
            models_speaking=models_speaking,
            engines_speaking=speakers.engines_for,
            soundtrack=soundtrack,
        )

    problems = Problems()
    disclosure = spoken_disclosure(read, checked.cast, checked.settings, engine_of, problems)
    opened_read = opened_by(read, disclosure)
    has = _has_in(store, lambda has: build(opened_read, has, Problems()))
    selected, others = preview.Selection(read), tuple[Utterance, ...]()
    if job.part:
        everything = build(opened_read, has, Problems(), soundtrack_of(read, checked.settings))
        gaps, before = checked.settings.gaps or Gaps(), store.get_many(_before_chapters(everything))
        opening = mix.opening_seconds(everything.items, before, gaps, everything.sample_rate, everything.soundtrack)
        selected = preview.select(read, job.part, opening_chapter=opening >= OPENING_SECONDS)
    if not selected.opens:
        disclosure = None  # a preview of a later part
    soundtrack = soundtrack_of(selected.script, checked.settings, intro=selected.opens, outro=selected.closes)
    built = build(opened_by(selected.script, disclosure), has, problems, soundtrack)
    if not job.part:
        warn_of_long_sounds(read, checked.settings, built, problems)
    if problems.errors:
        raise ScriptError(problems.errors)
    if job.part:
        others = _others(everything, built)
    # A chapter that is only outside the preview is not empty.
    remarks = [problem for problem in problems.all if not (job.part and problem.code == plan.EMPTY_CHAPTER)]
    found = [problem for problem in checked.problems if selected.covers(problem.source)]
    checked = replace(checked, problems=tuple(sorted((*found, *remarks), key=lambda problem: problem.source)))
    place = target.draft if built.provisional else target
    previous = publish.read_manifest(place.last_manifest)
    metadata = replace(episode_metadata(read, checked.settings, built), disclosure=disclosure.text if disclosure else "")
    recipe = episode_recipe(built, checked.settings, metadata, place.formats, others, _noted_links(checked))
    styles = (
        (checked.cast[planned.utterance.speaker], planned.utterance.style, engine_of[planned.utterance.speaker])
        for planned in built.planned
    )
    delivery = delivery_for(checked.settings.loudness or PRESETS["podcast"])
    terms = (delivery.terms,) if delivery else ()
    notes = (*voices.synthetic_remarks(checked.cast, engine_of), *voices.plain_style_remarks(styles), *terms)
    read_others = functools.partial(store.get_many, [utterance.address for utterance in others])
    pieces = PieceFolder(store.folder)
    return EpisodePlan(checked, built, place, previous, recipe, metadata, speakers.choices, opened, pieces, notes, others, read_others)


def _noted_links(checked: Checked) -> tuple[Link, ...] | None:
    """Return the links for the notes; None if no notes are wanted."""
    return checked.usable.links if checked.settings.notes else None


def _before_chapters(everything: Plan) -> list[str]:
    """Return the addresses of the lines before the first chapter that have a take."""
    before = itertools.takewhile(lambda item: not isinstance(item, Chapter), everything.items)
    return [item.utterance.address for item in before if isinstance(item, Planned) and not item.status.to_record]


def _others(everything: Plan, part: Plan) -> tuple[Utterance, ...]:
    """Return the recorded lines of an episode outside ``part``; none if one voice speaks all of it, since then nothing is balanced."""
    if len({utterance.voice for utterance in part.spoken}) < 2:
        return ()
    own = {planned.utterance.address for planned in part.planned}
    return tuple(p.utterance for p in everything.planned if not p.status.to_record and p.utterance.address not in own)


def _has_in(store: takes.FileStore, ask: Callable[[Has], object]) -> Has:
    """Return ``has`` for a plan. For a shared store, look up all addresses that ``ask`` needs in one batch instead of one by one."""
    if not isinstance(store, takes.SharedStore):
        return store.has
    missing: list[str] = []

    def noted(address: str) -> bool:
        here = takes.FileStore.has(store, address)
        if not here:
            missing.append(address)
        return here

    ask(noted)
    there, known = store.existing(missing), frozenset(missing)
    return lambda address: address in there if address in known else store.has(address)


def target_paths(job: Job, settings: Settings) -> output.OutputPaths:
    """Return the paths of the episode's files if no stand-in voice speaks it."""
    formats = settings.formats or DEFAULT_FORMATS
    label = job.part.label if job.part else ""
    return output.output_paths(job.output, job.named, formats, label, split=settings.split == "chapters", state=job.state)
