"""The engines of a cast: which one speaks for each speaker, with which model and options."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import field, replace

from voiceover import engines, plan, publish, voices
from voiceover.engines import AUTO, STAND_IN, CheckedOptions, Choice, EngineChooser
from voiceover.errors import EngineMissingError, EngineOptionError, InputError, ModelError
from voiceover.pipeline.context import engine_context, engine_voices, from_engines
from voiceover.pipeline.job import Checked, Job, OpenableEngine
from voiceover.pipeline.models import can_use
from voiceover.settings.problems import Problems
from voiceover.system.dependencies import once
from voiceover.types import CastEntry, Engine, EngineContext, EngineInfo, Options, Settings, Source, Voice
from voiceover.types.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class EngineFault:
    """Why no engine was found for a speaker."""

    place: Source | None
    """Where the engine is named; None if nothing names one."""
    error: EngineMissingError


@dataclass(frozen=True, slots=True)
class SpeakerEngines:
    """The engine of each speaker who has lines; none if every turn is a recording."""

    job: Job
    settings: Settings
    chooser: EngineChooser
    choices: Mapping[str, Choice] = field(default_factory=dict)
    """By speaker, in the order of the cast."""
    faults: tuple[EngineFault, ...] = ()
    places: Mapping[str, Source] = field(default_factory=dict)
    """Where the cast first names each engine."""

    @property
    def names(self) -> Mapping[str, str]:
        """The name of the engine of each speaker."""
        return {speaker: choice.name for speaker, choice in self.choices.items()}

    @property
    def used(self) -> Mapping[str, Choice]:
        """The engines by name, each with the reason for its first speaker."""
        found: dict[str, Choice] = {}
        for choice in self.choices.values():
            found.setdefault(choice.name, choice)
        return found

    def place_in_cast(self, engine: str) -> Source | None:
        """Return where an entry of the cast names ``engine``; None if none does."""
        return self.places.get(engine)

    def raise_faults(self) -> None:
        """Raise EngineMissingError, with the places that name engines, if there are faults."""
        if self.faults:
            lines = (str(fault.error) if fault.place is None else f"{fault.place}: {fault.error}" for fault in self.faults)
            raise EngineMissingError(*dict.fromkeys(lines))

    def engines_for(self, voice: Voice, style: str, language: str) -> list[str]:
        """Return the engines that could speak a voice in a style and language, for error messages."""
        of_style = replace(voice, styles={"": voice.styles[style]}) if style in voice.styles else voice
        return self.chooser.engines_for(of_style, language)


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """The options of the engines of an episode, checked."""

    contexts: Mapping[str, EngineContext]
    """What each engine is given, by its name."""
    lines: Options
    """Options of every line that were set for engines."""


def choose_engines(job: Job, checked: Checked, last: publish.Manifest | None = None, *, strict: bool = False) -> SpeakerEngines:
    """Choose an engine for each speaker of a script that was read.

    ``last`` is the manifest of the last render: each voice stays with the engine that spoke it. ``strict`` refuses a stand-in voice that
    was not asked for.
    """
    settings, read = checked.settings, checked.script
    given = (job.cache_folder, settings.model, *sorted(job.engine_options.items()))
    commercial = settings.commercial is True
    chooser = once(
        ("engine chooser", strict, commercial, given),
        lambda: EngineChooser(
            functools.partial(_trial_context, job, settings.model), strict=strict, commercial=commercial, barred=_barred(settings.model)
        ),
    )
    if read is None:
        return SpeakerEngines(job, settings, chooser)
    speaking = {segment.speaker for segment in read.segments if segment.recording is None}
    if not read.segments:
        speaking.add(read.narrator)
    choices: dict[str, Choice] = {}
    faults: list[EngineFault] = []
    for entry in read.cast:
        voice = checked.cast.get(entry.name)
        if voice is None or entry.name not in speaking:
            continue
        setting = entry.engine or settings.engine or AUTO
        language = plan.language_of(entry, settings, voice)
        previous = None if last is None or setting != AUTO else _previous(last, voice, language, chooser)
        try:
            choices[entry.name] = chooser.choose(setting, previous, voice, language)
        except EngineMissingError as error:
            faults.append(EngineFault(_place_of_engine(entry, settings), error))
    places = {entry.engine: entry.places["engine"] for entry in reversed(read.cast) if entry.engine and "engine" in entry.places}
    return SpeakerEngines(job, settings, chooser, choices, tuple(faults), places)


def cast_for(speakers: SpeakerEngines, checked: Checked) -> Checked:
    """Return the checked script with its cast for the engines that will speak, and an error for each voice that they cannot speak."""
    if checked.script is None:
        return checked
    problems, cast, names = Problems(), checked.cast, speakers.names
    if any(cast[speaker].engine not in (None, name) for speaker, name in names.items()):
        own = functools.cache(functools.partial(engine_voices, speakers.job.cache_folder))
        cast = voices.recast(
            cast,
            checked.script.cast,
            names,
            own,
            from_engines(speakers.job.cache_folder),
            problems,
            by_flag=speakers.job.flags.engine is not None,
        )
    entries = {entry.name: entry for entry in checked.script.cast}
    for speaker, name in names.items():
        voice, entry = cast.get(speaker), entries[speaker]
        if voice is None or name == STAND_IN:
            continue
        language = plan.language_of(entry, checked.settings, voice)
        reason = speakers.chooser.refusal(name, voice, language)
        if reason is not None:
            others = [other for other in speakers.chooser.engines_for(voice, language) if other != name]
            instead = f"; engines that can: {', '.join(others)} (engine: {others[0]} in the cast entry)" if others else ""
            place = _place_of_engine(entry, checked.settings) or entry.source
            problems.error(place, "unspeakable-voice", f"{name} cannot speak the voice {voice.name} of {speaker}: {reason}{instead}")
    if not problems.found and cast is checked.cast:
        return checked
    found = sorted((*checked.problems, *problems.all), key=lambda problem: problem.source)
    return replace(checked, cast=cast, problems=tuple(found))


def engine_options(speakers: SpeakerEngines) -> EngineOptions:
    """Return the options of the engines, checked; an option must be one that some engine of the cast has.

    Raises EngineOptionError.
    """
    job, settings, used = speakers.job, speakers.settings, speakers.used
    known = {name: {spec.name for spec in engines.declared_options(name)} for name in used} if len(used) > 1 else {}
    contexts: dict[str, EngineContext] = {}
    lines = Options()
    for number, (name, choice) in enumerate(used.items()):
        given = dict(job.engine_options)
        if known:  # what no engine has is reported for the first
            elsewhere = set().union(*(others for other, others in known.items() if other != name))
            given = {key: value for key, value in given.items() if key in known[name] or (not number and key not in elsewhere)}
        checked = _checked_options(choice, given)
        lines = checked.lines.over(lines)
        model = settings.model if len(used) == 1 or _may_use(settings.model, name) else None
        contexts[name] = engines.context_of(name, engine_context(job.cache_folder, model, checked.engine))
    return EngineOptions(contexts, lines)


def open_infos(speakers: SpeakerEngines, options: EngineOptions) -> dict[str, OpenableEngine]:
    """Return the engines by name; each is opened once to see what it is.

    Raises what the engines raise; with its place, if an entry of the cast names the engine.
    """
    found = {}
    for name, context in options.contexts.items():
        opener = functools.partial(engines.open_engine, name, context)
        key = ("engine info", name, context.cache_folder, *sorted(context.options.items()))
        try:
            info = once(key, functools.partial(_info_of, opener))
        except InputError as error:
            if (place := speakers.place_in_cast(name)) is not None:
                error.args = tuple(f"{place}: {line}" for line in error.args)
            raise
        found[name] = OpenableEngine(info, context.options, opener)
    return found


def _info_of(open_engine: Callable[[], Engine]) -> EngineInfo:
    engine = open_engine()
    try:
        return engine.info
    finally:
        engine.close()


def check_models(speakers: SpeakerEngines, infos: Mapping[str, EngineInfo]) -> None:
    """Raise an error if a model is requested that nothing will use; ``infos`` are the engines by name.

    EngineMissingError if only the stand-in voice is available, or no engine of the cast uses the model; EngineOptionError if the command
    line names a model and the engines have none.
    """
    settings, job = speakers.settings, speakers.job
    if not settings.model or not infos:
        return
    if (
        not settings.engine
        and not any(choice.asked for choice in speakers.choices.values())
        and all(info.provisional for info in infos.values())
    ):
        why = next(choice.why for choice in speakers.choices.values())
        raise EngineMissingError(f"the model {settings.model} was requested, but cannot be used: {why}")
    if job.flags.model and all(info.model is None and engines.offer(name, "MODEL_FAMILY") is None for name, info in infos.items()):
        who = f"the engine {next(iter(infos))} has" if len(infos) == 1 else f"the engines {', '.join(infos)} have"
        raise EngineOptionError(f"{who} no models; leave out --model {job.flags.model}, or choose another --engine")
    if len(infos) > 1 and not any(_may_use(settings.model, name) for name in infos):
        raise EngineMissingError(f"none of the engines of this cast ({', '.join(infos)}) can use the model {settings.model}")


def _checked_options(choice: Choice, given: Mapping[str, str]) -> CheckedOptions:
    return engines.check_options(choice.name, given, why=None if choice.asked else choice.why)


def _place_of_engine(entry: CastEntry, settings: Settings) -> Source | None:
    return entry.places.get("engine") if entry.engine else settings.places.get("engine")


def _previous(last: publish.Manifest, voice: Voice, language: str, chooser: EngineChooser) -> str | None:
    """Return the engine that a voice stays with. A new voice joins the others if one engine spoke them all and can speak it, too."""
    known = last.engine_of_voice
    if voice.name in known:
        return known[voice.name]
    names = {engine.name for engine in last.engines}
    only = names.pop() if len(names) == 1 else None
    if only is None or only == STAND_IN:
        return None
    missing = only not in engines.engine_names() or chooser.why_not_ready(only) is not None
    return only if missing or chooser.why_not_voice(only, voice, language) is None else None


def _trial_context(job: Job, model: str | None, name: str) -> EngineContext:
    """Return what an engine is given when it is asked if it can speak."""
    options = dict(job.engine_options)
    return engines.context_of(name, engine_context(job.cache_folder, model if _may_use(model, name) else None, options))


def _barred(model: str | None) -> Callable[[str], str | None]:
    """Return a function that says why ``auto`` must not choose an engine if a model is requested."""
    return lambda name: None if _may_use(model, name) else f"the model {model} is for another engine"


def _may_use(model: str | None, engine: str) -> bool:
    """True unless the model is known to be another engine's."""
    if model is None:
        return True
    try:
        return can_use(engine, model)
    except ModelError:  # there is no such model, which the engine reports
        return True
