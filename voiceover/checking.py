"""A script with its project file and its voices, read and checked: what a plan starts from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from voiceover import config, engines, plan, publish, script, voices
from voiceover.config_values import did_you_mean
from voiceover.errors import ScriptError
from voiceover.problems import Problems
from voiceover.types import Cast, Problem, Script, Severity, Source
from voiceover.yaml_reader import read_yaml


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


def check_script(
    path: Path | str,
    flags: config.Settings | None = None,
    beside: Path | None = None,
    defaults: config.Settings | None = None,
    data: bytes | None = None,
) -> Checked:
    """Read a script, its project file and its voices; every problem of all of them at once.

    ``beside`` stands in for the script's own place where those are looked for. ``defaults`` hold over the project file and under the
    script. ``data`` is the script's content if it does not come from ``path``.
    """
    path, problems = Path(path), Problems()
    flags = flags or config.Settings()
    home = beside or path
    project_file = config.find_project(home)
    base = (defaults or config.Settings()).over(project_settings(project_file, problems))
    read = script.load_script(path, problems, base, data)
    if read is None:
        return Checked(None, {}, flags.over(base), problems.all)
    read = _with_flags(_without_foreign(read, base, problems), flags)
    settings = flags.over(read.settings)
    searched = _search(home, project_file, base)
    cast = voices.cast_voices(read.cast, settings.voice or config.DEFAULT_VOICE, searched, problems)
    read = voices.settle_style_hints(read, cast, problems)
    voices.check_styles(read, cast, problems)
    plan.check_alphabets(read, cast, settings, problems)
    if settings.cover and (remark := publish.cover_remark(Path(settings.cover))):
        problems.warning(settings.places.get("cover", Source(str(path))), "cover", remark)
    return Checked(read, cast, settings, problems.all)


def voice_folders(script_path: Path) -> tuple[Path, ...]:
    """Where the voices of a script at ``script_path`` are looked for, in this order; the file itself need not exist."""
    project_file = config.find_project(script_path)
    return _search(script_path, project_file, project_settings(project_file, Problems()))


def project_settings(project_file: Path | None, problems: Problems) -> config.Settings:
    """The layer of a project file, as far as it can be read; none where there is no file."""
    if project_file is None:
        return config.Settings()
    try:
        text = project_file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        problems.error(Source(str(project_file)), "unreadable-file", f"the project file cannot be read: {error}")
        return config.Settings()
    return config.read_settings(read_yaml(text, str(project_file), problems), project_file.parent, problems, project=True)


def _without_foreign(read: Script, base: config.Settings, problems: Problems) -> Script:
    """The script without an engine or a model that an article's own front matter names and voiceover does not know, each with a warning.

    ``engine: Unity`` on a page about a game is not ours; the layer below holds then.
    """
    settings = read.settings
    if "engine" in settings.foreign and settings.engine not in (engines.AUTO, *engines.engine_names()):
        hint = did_you_mean(settings.engine or "", engines.engine_names(), problems) or "; the default is used"
        message = f'`engine:` there is no engine "{settings.engine}" (not used){hint}'
        problems.warning(settings.places["engine"], "no-engine", message)
        settings = replace(settings, engine=base.engine, foreign=settings.foreign - {"engine"})
    # What another package's engine calls its models is unknown here.
    if "model" in settings.foreign and settings.engine in (None, engines.AUTO, *engines.OWN) and not _is_model(settings.model or ""):
        message = f'`model:` there is no model "{settings.model}" (not used); the default is used'
        problems.warning(settings.places["model"], "no-model", message)
        settings = replace(settings, model=base.model, foreign=settings.foreign - {"model"})
    return read if settings is read.settings else replace(read, settings=settings)


def _is_model(name: str) -> bool:
    """True for a model that is installed, damaged or in the catalogue."""
    from voiceover import models
    from voiceover.folders import data_folder

    data = data_folder()
    known = (*(record.name for record in models.installed(data)), *models.damaged(data), *models.catalogue())
    return name.strip().casefold() in {each.casefold() for each in known}


def _search(script_path: Path, project_file: Path | None, base: config.Settings) -> tuple[Path, ...]:
    project = project_file.parent if project_file else None
    return voices.search_folders(script_path, project, [Path(name) for name in base.voices or ()])


def _with_flags(read: Script, flags: config.Settings) -> Script:
    """The script with the voice and language of a flag put over those of every speaker."""
    cast = tuple(replace(entry, voice=flags.voice or entry.voice, language=flags.language or entry.language) for entry in read.cast)
    return replace(read, cast=cast)
