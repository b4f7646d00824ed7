"""Find scripts: which files are episodes, and where each goes in the output folder."""

from __future__ import annotations

import glob
import hashlib
import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from voiceover.batch.contents import UNSETTLED
from voiceover.batch.journal import Journal
from voiceover.batch.left_out import LeftOutFiles
from voiceover.batch.projects import ProjectLookup
from voiceover.batch.state import output_state
from voiceover.batch.types import BatchRequest, FoundScript
from voiceover.errors import InputError, OutputError, SettingsError
from voiceover.pipeline.output import DRAFT, how_alike, name_key
from voiceover.publish import UNKNOWN_LANGUAGE, iso_639_2
from voiceover.script import MARKDOWN_SUFFIXES, PAGE_RULES, YAML_SUFFIXES, Page, read_page, url_message
from voiceover.settings.reader import PROJECT_FILE
from voiceover.settings.values import parse_language
from voiceover.system.files import os_error_words
from voiceover.types import CHOICES_SUFFIX
from voiceover.types.lazy_dataclass import dataclass

log = logging.getLogger(__name__)

SUFFIXES = (*MARKDOWN_SUFFIXES, *YAML_SUFFIXES)
"""JSON files in a folder are usually data, so a batch uses them only if they are named."""
DRAFTS_FOLDER = "_drafts"
"""Jekyll's folder of unpublished pages."""
MAX_BYTES = 4 * 1024 * 1024
"""Larger files are read only this far; planning them reports the error."""
_INDEX = ("index", "_index")
_RULE = (
    'in a folder, scripts are Markdown and YAML files with a cast, segments or title, or the files that "scripts" in voiceover.yaml names'
)


@dataclass(frozen=True, slots=True)
class _Candidate:
    path: Path
    key: PurePosixPath
    """Path below the given folder."""
    home: str
    """Name of that folder."""
    named: bool
    """True if the file was named explicitly: then it is an episode whatever it contains."""
    unreadable: str = ""
    """The reason, if this is an unreadable folder."""


def find_scripts(
    request: BatchRequest, journal: Journal, projects: ProjectLookup, left_out: LeftOutFiles | None = None
) -> list[FoundScript]:
    """Return every script of a batch once, ordered by given path, then by name.

    Other text files in the folders are counted in ``left_out``. Raises InputError for a path that does not exist and if there is no script
    at all, OutputError if two scripts would have the same output.
    """
    left_out = LeftOutFiles() if left_out is None else left_out
    seen: set[str] = set()
    found: list[FoundScript] = []
    for candidate in _candidates(request, projects, left_out):
        real = os.path.realpath(candidate.path)
        if real in seen:
            continue
        script = _look(candidate, journal, projects)
        if script is not None:
            seen.add(real)
            found.append(script)
        else:
            left_out.no_script(candidate.path, real)
    left_out.take_back(seen)
    if request.listing is not None:
        left_out.take_back([os.path.realpath(request.listing)])
    if not found and request.paths:
        wrong = dict.fromkeys(problem for path in request.paths for problem in projects.problems(Path(os.path.abspath(path))))  # noqa: PTH100
        if wrong:
            raise SettingsError(wrong)
        counted = f"; {left_out.words()}" if left_out else ""
        raise InputError(f"no scripts in {', '.join(request.paths)}; {_RULE}{counted}")
    _check_names(found, request.output)
    return found


def selected(found: Sequence[FoundScript], only: Sequence[str]) -> list[FoundScript]:
    """Return the scripts that match a glob of ``only`` by path, key or name; all if ``only`` is empty. Raises InputError if none does."""
    if not only:
        return list(found)
    chosen = [
        script
        for script in found
        if any(fnmatchcase(text, pattern) for pattern in only for text in (str(script.script), script.key, script.name, script.script.name))
    ]
    if not chosen:
        raise InputError(f"no script matches --only {' '.join(only)}")
    return chosen


def in_scope(request: BatchRequest, script: str) -> bool:
    """True if a file at the absolute path ``script`` would have been found in one of the folders of this batch."""
    roots = [os.path.abspath(path) for path in (*request.paths, *request.listed) if os.path.isdir(path)]  # noqa: PTH100, PTH112
    return any(script.startswith(root.rstrip("/") + "/") for root in roots)


def _candidates(request: BatchRequest, projects: ProjectLookup, left_out: LeftOutFiles) -> Iterator[_Candidate]:
    for text in request.paths:
        path = Path(text)
        if os.path.exists(path):  # noqa: PTH110 - Path.exists raises for a name that is too long
            yield from _below(path, path, request, projects, left_out)
        elif glob.has_magic(text):
            matches = sorted(glob.glob(text, recursive=True))  # noqa: PTH207 - a pattern may be absolute
            if not matches:
                raise InputError(f"{text}: no file matches")
            base = Path(*_plain_parts(text))
            for match in matches:
                yield from _below(Path(match), base, request, projects, left_out)
        else:
            raise InputError(url_message(text) or f"{text}: there is no such file or folder")
    for text in request.listed:
        path = Path(text)
        if not os.path.exists(path):  # noqa: PTH110
            raise InputError(f"{text}: there is no such file or folder; it is in the list on standard input")
        inside = not path.is_absolute() and ".." not in path.parts
        yield from _below(path, Path() if inside else path, request, projects, left_out)


def _plain_parts(pattern: str) -> list[str]:
    """Return the folders of a glob before its first wildcard."""
    parts: list[str] = []
    for part in Path(pattern).parent.parts:
        if glob.has_magic(part):
            break
        parts.append(part)
    return parts


def _below(path: Path, base: Path, request: BatchRequest, projects: ProjectLookup, left_out: LeftOutFiles) -> Iterator[_Candidate]:
    """Yield the candidates at ``path``; their output paths are relative to ``base``."""
    if not path.is_dir():
        key = path.name if path == base else path.relative_to(base).as_posix()
        yield _Candidate(path, PurePosixPath(key), path.absolute().parent.name, True)
        return
    home = Path(os.path.abspath(base)).name  # noqa: PTH100
    state = output_state(request)
    own = {os.path.realpath(folder) for folder in (request.output, request.state) if folder is not None}
    unreadable: list[OSError] = []
    for folder, folders, names in os.walk(path, onerror=unreadable.append):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and os.path.realpath(os.path.join(folder, name)) not in own  # noqa: PTH118
        )
        here = Path(folder)
        chosen = projects.chosen(Path(os.path.abspath(here)))  # noqa: PTH100
        if chosen is None:
            left_out.other_kinds(here, names, state.manifests_in(here))
        for name in sorted(names):
            file = here / name
            if name.endswith(CHOICES_SUFFIX):
                continue
            if chosen is not None:
                wants = Path(os.path.abspath(file)) in chosen  # noqa: PTH100
            else:
                wants = file.suffix.lower() in SUFFIXES and name != PROJECT_FILE and not name.startswith(".") and file.is_file()
            if wants and not _leads_out(file, base, projects):
                yield _Candidate(file, PurePosixPath(file.relative_to(base).as_posix()), home, chosen is not None)
    for error in unreadable:
        closed = Path(error.filename)
        why = f"{closed}: cannot look for scripts: {os_error_words(error)}"
        if closed == path:
            raise InputError(why)
        projects.unreadable.append(Path(os.path.abspath(closed)))  # noqa: PTH100
        yield _Candidate(closed, PurePosixPath(closed.relative_to(base).as_posix()), home, True, why)


def _leads_out(file: Path, base: Path, projects: ProjectLookup) -> bool:
    """True if a file is a link to somewhere outside the given folder and the project.

    The folder may come from somebody else; following its links would publish our own files.
    """
    if not file.is_symlink():
        return False
    project = projects.project(Path(os.path.abspath(file.parent)))  # noqa: PTH100
    real = Path(os.path.realpath(file))
    if any(real.is_relative_to(os.path.realpath(root)) for root in (base, *([project.parent] if project else []))):
        return False
    log.warning("%s: skipped: it is a link to %s, outside %s; pass it explicitly to render it", file, real, base)
    return True


def _look(candidate: _Candidate, journal: Journal, projects: ProjectLookup) -> FoundScript | None:
    if candidate.unreadable:
        key = f"{candidate.key}/"
        return FoundScript(candidate.path, key, key, None, UNSETTLED, Page(True), candidate.unreadable)
    name, language = episode_name(candidate.key, candidate.home)
    entry = journal.find(name)
    try:
        with candidate.path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        digest = hashlib.sha256(data).hexdigest()
    except FileNotFoundError:  # deleted since the folder was listed
        return None
    except OSError:  # planning it reports the error; the other scripts are made
        data, digest = b"", UNSETTLED
    if entry is not None and entry.page.rules == PAGE_RULES and digest in (entry.digest, UNSETTLED):
        page = entry.page
    elif digest == UNSETTLED:
        page = entry.page if entry is not None else Page(True)
    else:
        page = read_page(data.decode("utf-8-sig", "replace").replace("\r\n", "\n"), candidate.path)
    if not (candidate.named or page.is_script):
        return None
    if any(part.casefold() == DRAFTS_FOLDER for part in candidate.path.parent.parts):
        page = replace(page, unpublished=f"in {DRAFTS_FOLDER}/")
    return FoundScript(candidate.path, candidate.key.as_posix(), name, language, digest, page)


def episode_name(key: PurePosixPath, home: str) -> tuple[str, str | None]:
    """Return the name below the output folder and the language in a name: ``x.de.md`` is German. ``index.md`` gets its folder's name."""
    stem, _, ending = key.stem.rpartition(".")
    language = parse_language(ending) if stem and len(ending.replace("_", "-").split("-")[0]) == 2 else None
    if language is None or iso_639_2(language) == UNKNOWN_LANGUAGE:
        stem, ending, language = key.stem, "", None
    if stem in _INDEX:
        stem = key.parent.name or home or stem
    return (key.parent / (f"{stem}.{ending}" if ending else stem)).as_posix(), language


def _check_names(found: Sequence[FoundScript], output: Path) -> None:
    """Raise OutputError if the files of two scripts would have one name, on this system or another."""
    owners: dict[str, tuple[FoundScript, str]] = {}
    for script in found:
        for name in (script.name, script.name + DRAFT):
            other, same = owners.setdefault(name_key(name), (script, name))
            if other is not script:
                where = f"{output / name}{how_alike(same, name)}"
                raise OutputError(
                    f"{other.script} and {script.script} would both be written to {where}; rename one, "
                    "or give their parent folder, so that the output keeps their folders"
                )
