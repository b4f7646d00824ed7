"""Small errands over several rooms: check a script, hear a voice, list voices, watch and measure files, look at the installation."""

from __future__ import annotations

import json
import platform
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from stat import S_ISREG

from voiceover import __version__, checking, config, engines, folders, plan, publish, studio, voices
from voiceover.checking import Checked
from voiceover.errors import EngineMissingError, InputError, ProblemsError, VoiceoverError
from voiceover.files import make_folder, write_whole
from voiceover.output import place_of
from voiceover.plan import PlanSummary, summarize
from voiceover.problems import Problems
from voiceover.settings import Settings
from voiceover.types import Loudness, Source, Voice

__all__ = ["PlanSummary", "check", "diagnose", "find_voice", "find_voices", "say", "summarize", "verify", "watched"]

PACKAGES = ("numpy", "soundfile", "soxr", "lameenc", "sentencex", "markdown-it-py", "espeakng-loader", "pydub")
WATCHED_SUFFIXES = (".yaml", ".yml", ".jpg", ".jpeg", ".png")


def find_voices(script: Path | None) -> tuple[Voice, ...]:
    """The voices that ``script`` would find; those of the current folder where None."""
    return voices.list_voices(_folders(script))


def find_voice(name: str, script: Path | None) -> Voice:
    """The voice called ``name``, found as for ``script``. Raises VoiceError."""
    return voices.load_voice(name, _folders(script))


def check(job: studio.Job) -> Checked:
    """Find everything that a render of ``job`` would refuse, and what it would warn about, without writing anything.

    The engine is the one that would speak here and now, so check, plan and render give the same verdict.
    """
    checked = studio.check_job(job)
    if checked.script is None or checked.errors:
        return checked
    settings, problems = checked.settings, Problems()
    context = studio.engine_context(job.cache_folder, settings.model, job.engine_options)
    try:
        choice = engines.choose_engine(settings.engine or engines.AUTO, context=context)
        info = engines.outline(choice.name, context)
        if info is not None:
            studio.refuse_idle_model(settings, info, choice.why)
    except VoiceoverError as error:
        keys = ("engine", "model") if isinstance(error, EngineMissingError) else ("model", "engine")
        place = next((settings.places[key] for key in keys if key in settings.places), Source(str(job.script)))
        if isinstance(error, InputError):
            problems.error(place, "no-engine", str(error))
        else:  # it may be gone by the time of the render
            problems.warning(place, "no-engine", f"not checked against an engine: {error}")
        info = None
    if info is not None:
        plan.build_plan(
            checked.script,
            checked.cast,
            settings,
            info,
            problems,
            has=lambda _: False,
            flags=job.flags.options,
            models_speaking=studio.models_speaking,
        )
    found = sorted((*checked.problems, *problems.all), key=lambda problem: problem.source)
    return replace(checked, problems=tuple(found))


def say(text: str, style: str | None, output: Path, flags: Settings, cache_folder: Path | None) -> tuple[Path, float, str]:
    """Speak ``text`` into one audio file; the file, its seconds, and why this engine spoke.

    ``text`` is read like a line of a script in the current folder, so voices and the project file are found as for one.
    """
    place = place_of(output, Path("say.yaml"), flags.formats or ("wav",))
    line = {"text": text, "speaker": "Voice", **({"style": style} if style else {})}
    with tempfile.TemporaryDirectory(prefix="voiceover-") as room:
        script = Path(room) / "say.yaml"
        # JSON is YAML; so nothing in the text can be taken for a mark of the format.
        content = {"title": "say", "cast": {"Voice": flags.voice or config.DEFAULT_VOICE}, "segments": [line]}
        script.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        job = studio.Job(script, flags, Path(room) / f"say.{place.formats[0]}", cache_folder, beside=Path("say.yaml"))
        with _without_places_in(script):
            rendered = studio.render(job)
        spoken = rendered.episode.files[0].path.read_bytes()
    final = place.draft if rendered.plan.place.provisional else place
    make_folder(final.folder, "write here")
    path = final.folder / f"{final.stem}.{place.formats[0]}"
    write_whole(path, spoken, "write the audio")
    return path, rendered.episode.seconds, "\n".join((rendered.plan.choice.why, *rendered.plan.remarks))


@contextmanager
def _without_places_in(script: Path) -> Iterator[None]:
    """Have errors name no place in ``script``, which the user never sees; a place in a voice or the project file stays."""
    try:
        yield
    except ProblemsError as error:
        told = (problem.message if problem.source.path == str(script) else str(problem) for problem in error.problems)
        raise InputError(*dict.fromkeys(told)) from error
    except VoiceoverError as error:
        error.args = tuple(re.sub(rf"{re.escape(str(script))}(:\d+)*: ", "", line) for line in str(error).splitlines())
        raise


def watched(job: studio.Job) -> frozenset[tuple[str, int, int]]:
    """Path, time stamp and size of the files that a render of ``job`` would read beside its takes: the same set, the same episode.

    These are the script, YAML files (lexicons) and pictures (covers) beside it, beside its project file or one folder down, and all voices
    but the shipped ones. Nothing that a render writes is among them.
    """
    project = config.find_project(job.script)
    found = [job.script]
    for folder in {job.script.parent, *([project.parent] if project else [])}:
        found += [path for pattern in ("*", "*/*") for path in folder.glob(pattern) if path.suffix.lower() in WATCHED_SUFFIXES]
    for folder in _folders(job.script):
        if folder != voices.shipped_folder():
            found += folder.glob("*/*")
    return frozenset(stamp for path in found if (stamp := _stamp(path)))


def verify(rendered: studio.Rendered) -> Iterator[tuple[Path, Loudness]]:
    """Each audio file of an episode with what a meter reads of it, decoded."""
    return publish.verify_episode(rendered.episode)


def settle_precision(name: str, *, again: bool = False) -> str | None:
    """What the model ``name`` runs in on this machine, found by hearing it if need be, or ``again``; None where nothing is to be found.

    Raises ModelError for weights that are damaged, EngineError where there is no memory or no room for it.
    """
    from voiceover.engines.f5.hearing import hear, kept_verdict, told
    from voiceover.engines.f5.runtime import ONNX, choose_backend, installed_backends, worth_hearing

    context = studio.engine_context(None, name)
    cache = context.cache_folder / "f5"
    if context.open_model is None or context.trial_voice is None or not installed_backends() or choose_backend("auto", cache)[0] != ONNX:
        return None
    model = context.open_model(name)
    if not worth_hearing(model):
        return None
    found = None if again else kept_verdict(model, cache)
    return f"{model.name} {told(found or hear(model, context.trial_voice, cache))}"


def diagnose(cache_folder: Path | None) -> dict[str, object]:
    """The installation as ``doctor`` shows it; ``ok`` is False where a render could not work."""
    packages = {}
    for name in PACKAGES:
        try:
            packages[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            packages[name] = "missing"
    from voiceover.engines.f5.device import describe_mlx
    from voiceover.engines.f5.self_test import describe

    context = studio.engine_context(cache_folder)
    try:
        choice = engines.choose_engine("auto", context=context)
        engine, engine_ok = f"{choice.name}: {choice.why}", True
    except VoiceoverError as error:
        engine, engine_ok = str(error), False
    found = find_voices(None)
    store = studio.open_store(cache_folder)
    return {
        "voiceover": __version__,
        "python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "packages": packages,
        "engines": list(engines.engine_names()),
        "engine": engine,
        "f5": {**describe(replace(context, cache_folder=context.cache_folder / "f5")), "mlx": describe_mlx(context.cache_folder / "f5")},
        "cache": str(store.folder),
        "data": str(folders.data_folder()),
        "voice folders": [str(folder) for folder in _folders(None) if folder.is_dir()],
        "voices": [voice.name for voice in found],
        "ok": engine_ok and bool(found) and "missing" not in packages.values(),
    }


def _folders(script: Path | None) -> tuple[Path, ...]:
    """Where voices are looked for, as ``studio`` does for a script."""
    return checking.voice_folders(script or Path("here.md"))


def _stamp(path: Path) -> tuple[str, int, int] | None:
    """None for what is no file, or has just gone: editors replace files."""
    try:
        state = path.stat()
    except OSError:
        return None
    return (str(path), state.st_mtime_ns, state.st_size) if S_ISREG(state.st_mode) else None
