"""Read and check a script with its project file and voices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from voiceover import engines, plan, publish, script, takes, voices
from voiceover.errors import EngineMissingError, InputError, VoiceoverError
from voiceover.pipeline.context import engine_context, from_engines, models_speaking
from voiceover.pipeline.delivery import bitrate_problems
from voiceover.pipeline.disclosure import opened_by, spoken_disclosure
from voiceover.pipeline.fitting import fit_voices
from voiceover.pipeline.job import Checked, Job
from voiceover.pipeline.sound_checks import check_contents, check_sounds, warn_of_long_sounds
from voiceover.pipeline.soundtrack import soundtrack_of
from voiceover.pipeline.speakers import cast_for, check_models, choose_engines, engine_options
from voiceover.settings.layers import DEFAULT_VOICE
from voiceover.settings.problems import Problems
from voiceover.settings.reader import find_project, read_settings
from voiceover.settings.strict_yaml import read_yaml
from voiceover.settings.terms import forbids_commerce
from voiceover.settings.values import did_you_mean
from voiceover.types import Cast, CastEntry, EngineInfo, Problem, Script, Settings, Severity, Source, VoiceSettings


def check_script(
    path: Path | str,
    flags: Settings | None = None,
    beside: Path | None = None,
    defaults: Settings | None = None,
    data: bytes | None = None,
    cache_folder: Path | None = None,
) -> Checked:
    """Read a script, its project file and its voices; collect all problems.

    - ``flags`` override the settings of the script.
    - ``beside``: look for the project file and voices beside this path instead.
    - ``defaults`` override the project file, and the script overrides them.
    - ``data`` is the content of the script, if it is not read from ``path``.
    - ``cache_folder`` is where engines that bring voices may keep them.

    Whether the engine that will speak can speak the voices is checked when it is known: see ``cast_for``.
    """
    path, problems = Path(path), Problems()
    flags = flags or Settings()
    home = beside or path
    project_file = find_project(home)
    brought = from_engines(cache_folder)
    base = (defaults or Settings()).over(project_settings(project_file, problems, brought.schemas))
    read = script.load_script(path, problems, base, data, brought.schemas, flags)
    if read is None:
        return Checked(None, {}, flags.over(base), problems.all)
    read = _with_flags(_without_foreign(read, base, problems), flags)
    settings = flags.over(read.settings)
    searched = _search(home, project_file, base)
    cast = voices.cast_voices(read.cast, settings.voice or DEFAULT_VOICE, searched, brought, problems, by_flag=flags.voice is not None)
    _check_cast(read, cast, settings, problems)
    read = voices.settle_style_hints(read, cast, problems)
    voices.check_styles(read, cast, problems)
    if data is None:
        read = takes.place_choices(read, takes.read_choices(takes.choices_file(path), problems), problems)
    plan.check_alphabets(read, cast, settings, problems)
    return Checked(read, cast, settings, problems.all)


def voice_folders(script_path: Path) -> tuple[Path, ...]:
    """Return the folders where the voices of a script are looked for, nearest first; the script need not exist."""
    project_file = find_project(script_path)
    return _search(script_path, project_file, project_settings(project_file, Problems()))


def project_settings(project_file: Path | None, problems: Problems, sections: Mapping[str, VoiceSettings] | None = None) -> Settings:
    """Return the settings of a project file as far as it can be read; empty if there is no file.

    ``sections`` are the schemas of engines that may have settings in the cast, by name; by default those of all installed engines.
    """
    if project_file is None:
        return Settings()
    try:
        text = project_file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        problems.error(Source(str(project_file)), "unreadable-file", f"the project file cannot be read: {error}")
        return Settings()
    sections = from_engines().schemas if sections is None else sections
    return read_settings(read_yaml(text, str(project_file), problems), project_file.parent, problems, project=True, sections=sections)


def _without_foreign(read: Script, base: Settings, problems: Problems) -> Script:
    """Return the script without an engine or model from an article's front matter that voiceover does not have; warn about each.

    ``engine: Unity`` on a page about a game is not meant for us; the lower layers then apply.
    """
    settings = read.settings
    if "engine" in settings.foreign and settings.engine not in (engines.AUTO, *engines.engine_names()):
        hint = did_you_mean(settings.engine or "", engines.engine_names(), problems) or "; the default is used"
        message = f'`engine:` there is no engine "{settings.engine}" (not used){hint}'
        problems.warning(settings.places["engine"], "no-engine", message)
        settings = replace(settings, engine=base.engine, foreign=settings.foreign - {"engine"})
    # The model names of another package's engine are unknown here.
    if (
        "model" in settings.foreign
        and settings.engine in (None, engines.AUTO, *engines.own_engines())
        and not _is_model(settings.model or "")
    ):
        message = f'`model:` there is no model "{settings.model}" (not used); the default is used'
        problems.warning(settings.places["model"], "no-model", message)
        settings = replace(settings, model=base.model, foreign=settings.foreign - {"model"})
    return read if settings is read.settings else replace(read, settings=settings)


def _is_model(name: str) -> bool:
    """True for a model that is installed, damaged or in the catalogue."""
    from voiceover import models
    from voiceover.pipeline.models import model_store

    store = model_store()
    known = (*(record.name for record in models.installed(store)), *models.damaged(store), *models.catalogue(store.families))
    return name.strip().casefold() in {each.casefold() for each in known}


def _search(script_path: Path, project_file: Path | None, base: Settings) -> tuple[Path, ...]:
    project = project_file.parent if project_file else None
    return voices.search_folders(script_path, project, [Path(name) for name in base.voices or ()])


def _with_flags(read: Script, flags: Settings) -> Script:
    """Return the script with the voice, engine and language of the flags for every speaker."""

    def entry_with_flags(entry: CastEntry) -> CastEntry:
        entry = replace(entry, language=flags.language or entry.language, engine=None if flags.engine else entry.engine)
        return replace(entry, voice=flags.voice, settings={}) if flags.voice else entry

    return replace(read, cast=tuple(map(entry_with_flags, read.cast)))


def _check_cast(read: Script, cast: Cast, settings: Settings, problems: Problems) -> None:
    """Add an error for each entry that names an unknown engine, or a voice that must not be used commercially if the episode is."""
    for entry in read.cast:
        if entry.engine is not None and entry.engine not in (engines.AUTO, *engines.engine_names()):
            hint = did_you_mean(entry.engine, engines.engine_names(), problems) or f". Installed: {', '.join(engines.engine_names())}."
            problems.error(entry.places.get("engine", entry.source), "no-engine", f'there is no engine "{entry.engine}" here{hint}')
        voice = cast.get(entry.name)
        if settings.commercial and voice is not None and forbids_commerce(voice.licence or ""):
            message = f"`commercial: true` rules out the voice {voice.name} of {entry.name}, whose licence is {voice.licence}"
            problems.error(entry.places.get("voice", entry.source), "not-commercial", message)


def check(job: Job) -> Checked:
    """Find the errors and warnings that a render of ``job`` would report, without writing anything.

    The engine is the one that a render would use, so check, plan and render agree.
    """
    checked = check_job(job)
    if checked.script is None or checked.errors:
        return checked
    settings, problems = checked.settings, Problems()
    top = Source(str(job.script))
    engine_context(job.cache_folder)  # an error about folders is none of the script
    try:
        speakers = choose_engines(job, checked)
        for fault in speakers.faults:
            problems.error(fault.place or top, "no-engine", str(fault.error))
        opened = engine_options(speakers)
        infos: dict[str, EngineInfo] = {}
        unknown = False
        for name, context in opened.contexts.items():
            try:
                info = engines.outline(name, context)
            except VoiceoverError as error:
                _no_engine(error, settings, speakers.place_in_cast(name) or top, problems)
                info = None
            unknown = unknown or info is None
            infos |= {} if info is None else {name: info}
        if not unknown:
            check_models(speakers, infos)
    except VoiceoverError as error:
        _no_engine(error, settings, top, problems)
    else:
        checked = cast_for(speakers, checked)
        checked = fit_voices(speakers.names, checked, job.cache_folder)
        if checked.script is not None:
            engine_of = {speaker: infos[name] for speaker, name in speakers.names.items() if name in infos}
            sentence = spoken_disclosure(checked.script, checked.cast, settings, engine_of, problems)
            planned = plan.build_plan(
                opened_by(checked.script, sentence),
                checked.cast,
                settings,
                engine_of,
                problems,
                has=lambda _: False,
                flags=opened.lines.over(job.flags.options),
                models_speaking=models_speaking,
                engines_speaking=speakers.engines_for,
                soundtrack=None if checked.errors else soundtrack_of(checked.script, settings),
            )
            warn_of_long_sounds(checked.script, settings, planned, problems)
            check_contents(checked.script, settings, planned, problems)
    found = sorted((*checked.problems, *problems.all), key=lambda problem: problem.source)
    return replace(checked, problems=tuple(found))


def _no_engine(error: VoiceoverError, settings: Settings, place: Source, problems: Problems) -> None:
    """Report that an engine cannot be used: where the settings name it or its model, else at ``place``."""
    keys = ("engine", "model") if isinstance(error, EngineMissingError) else ("model", "engine")
    place = next((settings.places[key] for key in keys if key in settings.places), place)
    if isinstance(error, InputError):
        problems.error(place, "no-engine", str(error))
    else:  # it may no longer apply when the episode is rendered
        problems.warning(place, "no-engine", f"not checked against an engine: {error}")


def check_job(job: Job) -> Checked:
    """Read the script of ``job`` and find the problems that do not depend on the engine; the same for every command."""
    checked = check_script(job.script, job.flags, job.beside, job.defaults, job.data, job.cache_folder)
    if checked.script is None:
        return checked
    found, settings = check_sounds(checked.script, checked.settings)
    if settings.cover:
        try:
            publish.read_cover(Path(settings.cover))
        except InputError as error:
            place = settings.places.get("cover", Source(str(job.script)))
            if "cover" in settings.foreign:
                found.append(Problem(place, Severity.WARNING, "bad-cover", f"{error} (not used)"))
                settings = replace(settings, cover=None)
            else:
                found.append(Problem(place, Severity.ERROR, "bad-cover", str(error)))
    if wrong := bitrate_problems(job, settings):
        found += wrong
        settings = replace(settings, bitrates=None)
    return replace(checked, settings=settings, problems=tuple(sorted((*checked.problems, *found), key=lambda problem: problem.source)))
