"""Project files and voice folders of scripts, each looked up once per run."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from voiceover import voices
from voiceover.pipeline.check import project_settings
from voiceover.settings.problems import Problems
from voiceover.settings.reader import find_project
from voiceover.types import Problem, Settings


class ProjectLookup:
    """Looks up projects and voices by folder. Every answer is that of the first lookup."""

    def __init__(self) -> None:
        self.project = cache(_project)
        self._layer = cache(_layer)
        self._listing = cache(_listing)
        self._scripts = cache(_scripts)
        self.unreadable: list[Path] = []
        """Folders that could not be read, absolute."""

    def voice(self, folder: Path, name: str) -> Path | None:
        """Return the folder of the voice ``name`` for scripts in ``folder``."""
        project = self.project(folder)
        extra = [Path(path) for path in self._layer(project)[0].voices or ()] if project else []
        for place in voices.search_folders(folder / "script.md", project.parent if project else None, extra):
            if found := voices.voice_called(name, self._listing(place)):
                return found
        return None

    def chosen(self, folder: Path) -> frozenset[Path] | None:
        """Return the files that ``scripts:`` names in the project of ``folder``; None if it names none."""
        project = self.project(folder)
        names = self._layer(project)[0].scripts if project else None
        return self._scripts(project.parent, names) if project and names else None

    def problems(self, folder: Path) -> tuple[Problem, ...]:
        """Return the errors in the project file of ``folder``. With errors it is unknown which scripts it names."""
        project = self.project(folder)
        return self._layer(project)[1] if project else ()

    def is_hidden(self, script: Path) -> bool:
        """True if ``script``, an absolute path, is in an unreadable folder, so that it is unknown whether it exists."""
        return any(script.is_relative_to(folder) for folder in self.unreadable)


def _project(folder: Path) -> Path | None:
    return find_project(folder / "script.md")


def _layer(project: Path) -> tuple[Settings, tuple[Problem, ...]]:
    """Return the settings of a project file and its errors, which are reported when one of its scripts is planned."""
    problems = Problems()
    settings = project_settings(project, problems)
    return settings, problems.errors


def _listing(folder: Path) -> dict[str, Path]:
    return voices.voice_folders([folder])


def _scripts(folder: Path, patterns: tuple[str, ...]) -> frozenset[Path]:
    found: set[Path] = set()
    for pattern in patterns:
        # An absolute pattern, or one that leaves the project, matches nothing.
        if not pattern.startswith("/") and ".." not in Path(pattern).parts:
            found.update(path for path in folder.glob(pattern) if path.is_file())
    return frozenset(found)
