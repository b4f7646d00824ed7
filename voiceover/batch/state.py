"""The state folder of batches: what the next run needs and a listener does not, kept out of the public output folder.

STATE/                       by default .voiceover beside the project file
  .gitignore                 only in the default one
  audio-1f2e3d4c5b6a/        for one output folder, named after it and the path to it from here
    output.json              that path
    journal                  what the next batch compares (see ``journal``)
    .voiceover-batch         the lock of a running batch
    episodes/posts/hello/    as below the output folder: NAME.manifest.json, locks, unfinished files
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from voiceover.batch.types import BatchRequest
from voiceover.errors import InputError, OutputError
from voiceover.pipeline.output import CHAPTERS
from voiceover.publish import MANIFEST_SUFFIX
from voiceover.settings.reader import find_project
from voiceover.system.files import make_folder, os_errors_as, write_whole
from voiceover.types.lazy_dataclass import dataclass

STATE_FOLDER = ".voiceover"
"""Name of the default state folder."""
SCHEMA = 1
_RECORD = "output.json"
_EPISODES = "episodes"
_MOST_BYTES = 100_000
_IGNORED = (
    "# Made by voiceover batch. Whoever builds the site on another machine keeps this folder together with the finished episodes.\n*\n"
)


@dataclass(frozen=True, slots=True)
class OutputState:
    """The state of one output folder."""

    root: Path
    """The state folder."""
    output: Path
    way: str
    """The path from the state folder to the output folder, so that a project can be moved as a whole."""
    home: Path
    """The folder of this output folder below ``root``."""

    @classmethod
    def of(cls, root: Path, output: Path) -> OutputState:
        """Return the state of ``output`` in the state folder ``root``."""
        real = os.path.realpath(output)
        way = os.path.relpath(real, os.path.realpath(root))
        words = re.sub(r"[^A-Za-z0-9]+", "-", Path(real).name).strip("-").lower()[:40] or "output"
        return cls(root, output, way, root / f"{words}-{hashlib.sha256(os.fsencode(way)).hexdigest()[:12]}")

    @property
    def journal(self) -> Path:
        """The path of the journal."""
        return self.home / "journal"

    @property
    def episodes(self) -> Path:
        """The folder whose tree is that of the output folder."""
        return self.home / _EPISODES

    def folder_of(self, name: str) -> Path:
        """Return the folder for the manifest and unfinished files of an episode, given by its path below the output folder.

        Raises OutputError if a link leads out of the state folder, which may come with somebody else's project.
        """
        folder = self.episodes / PurePosixPath(name).parent
        for place in (folder, self.episodes / f"{name}{CHAPTERS}"):
            if not Path(os.path.realpath(place)).is_relative_to(os.path.realpath(self.root)):
                raise OutputError(f"{place}: leads out of the state folder by a link; remove the link")
        return folder

    def path_of(self, stem: str, file: str) -> str:
        """Return where a file of an episode is; a manifest beside the other files is newer than the one here."""
        below = f"{stem.rpartition('/')[0]}/{file}".lstrip("/")
        public = f"{self.output}/{below}"
        if not file.endswith(MANIFEST_SUFFIX):
            return public
        return public if os.path.isfile(public) else f"{self.home}/{_EPISODES}/{below}"  # noqa: PTH113 - called for each of many files

    def manifests_in(self, folder: Path) -> frozenset[str]:
        """Return the names of the manifests of the episodes in ``folder``; none if it is not in the output folder."""
        real, top = os.path.realpath(folder), os.path.realpath(self.output)
        if real != top and not real.startswith(f"{top}/"):
            return frozenset()
        try:
            return frozenset(name for name in os.listdir(self.episodes / os.path.relpath(real, top)) if name.endswith(MANIFEST_SUFFIX))  # noqa: PTH208
        except OSError:
            return frozenset()

    def open(self, *, is_default: bool) -> None:
        """Make the folder, and note which output folder it is for. Raises OutputError."""
        if is_default and self.root.is_symlink():
            raise OutputError(f"{self.root}: the state folder is a link; remove it, or name its target with --state")
        self.folder_of("episode")
        make_folder(self.home, "keep the state of batches", OutputError, "choose another folder with --state")
        record = self.home / _RECORD
        for path in (record, self.journal):
            if os.path.lexists(path) and (path.is_symlink() or not path.is_file()):
                raise OutputError(f"{path}: this is not a plain file; remove it")
        if _read_way(record) != self.way:
            write_whole(record, json.dumps({"schema": SCHEMA, "output": self.way}).encode() + b"\n", "keep the state of batches")
        ignored = self.root / ".gitignore"
        if is_default and not os.path.lexists(ignored):
            write_whole(ignored, _IGNORED.encode(), "keep the state of batches")


def output_state(request: BatchRequest) -> OutputState:
    """Return the state of a batch. Raises InputError if it would be published."""
    if request.state is None:
        return OutputState.of(default_state(request), request.output)
    if Path(os.path.realpath(request.state)).is_relative_to(os.path.realpath(request.output)):
        raise InputError(
            f"--state {request.state}: this is in the output folder {request.output}, which may be public; choose another folder"
        )
    return OutputState.of(request.state, request.output)


def default_state(request: BatchRequest) -> Path:
    """Return the default state folder: beside the project file, else beside the first path that was given.

    If a folder upward has the state of this output folder already, it stays there, whatever project files were added since.
    """
    first = "" if request.listed else next(iter(request.paths), "")
    if glob.has_magic(first) and not os.path.exists(first):  # noqa: PTH110 - Path.exists raises for a name that is too long
        first = re.split(r"[^/]*[*?\[]", first, maxsplit=1)[0]
    given, here = Path(os.path.abspath(first or ".")), Path.cwd()  # noqa: PTH100 - links stay
    # A batch of the current folder leaves the one above alone.
    alone = given if here.is_relative_to(given) else given.parent
    project = find_project(given / "script.md" if given.is_dir() else given)
    places = dict.fromkeys((project.parent if project is not None else alone, alone, *_upward(given)))
    beside = next((place for place in places if OutputState.of(place / STATE_FOLDER, request.output).home.is_dir()), next(iter(places)))
    return (beside.relative_to(here) if beside.is_relative_to(here) else beside) / STATE_FOLDER


def states_for_show(show: Path) -> tuple[Path, ...]:
    """Return the default state folders of batches whose episodes a show may be of: beside its file and upward."""
    folders = (folder / STATE_FOLDER for folder in _upward(show.absolute().parent))
    return tuple(folder for folder in folders if folder.is_dir())


def states_for_output(output: Path) -> tuple[Path, ...]:
    """Return the default state folders of batches that may have made ``output``: upward from it, and in the folders beside it."""
    beside = sorted(output.absolute().parent.glob(f"*/{STATE_FOLDER}"))
    return tuple(dict.fromkeys((*states_for_show(output / "show.yaml"), *(folder for folder in beside if folder.is_dir()))))


def _upward(folder: Path) -> Iterator[Path]:
    """Yield ``folder`` and those above it, as far as the search for a project file goes."""
    home = Path("~").expanduser()
    for place in (folder, *folder.parents):
        yield place
        if place == home or (place / ".git").exists():
            return


def kept_manifests(root: Path) -> Mapping[Path, Mapping[str, Path]]:
    """Return the manifests in a state folder by the real folder of the episode's other files, then by name.

    What is no state of a batch there is passed over. Raises InputError if the folder cannot be read.
    """
    found: dict[Path, dict[str, Path]] = {}
    for output, episodes in _states(root):
        for here, folders, names in os.walk(episodes):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            manifests = {name: Path(here) / name for name in sorted(names) if name.endswith(MANIFEST_SUFFIX) and not name.startswith(".")}
            if manifests:
                found.setdefault(Path(os.path.normpath(output / Path(here).relative_to(episodes))), {}).update(manifests)
    return found


def _states(root: Path) -> Iterator[tuple[Path, Path]]:
    """Yield the real path of each output folder with the folder of its manifests."""
    if not root.is_dir():
        return
    with os_errors_as(InputError, "read the state of batches", root):
        homes = sorted(path for path in root.iterdir() if path.is_dir() and not path.is_symlink())
    for home in homes:
        way = _read_way(home / _RECORD)
        if way is None:
            continue
        output = Path(os.path.realpath(os.path.join(os.path.realpath(root), way)))  # noqa: PTH118
        # A state folder that was moved by itself is that of another output folder now.
        if OutputState.of(root, output).home == home:
            yield output, home / _EPISODES


def _read_way(record: Path) -> str | None:
    try:
        with record.open("rb") as file:
            content = json.loads(file.read(_MOST_BYTES))
        way = content["output"] if content["schema"] == SCHEMA else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return way if isinstance(way, str) and "\0" not in way else None
