"""Find finished episodes by their manifests, and the scripts that they were made from."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from voiceover.batch import SCRIPT_SUFFIXES, episode_name
from voiceover.errors import InputError
from voiceover.pipeline.output import DRAFT
from voiceover.publish import MANIFEST_SUFFIX, Manifest, read_manifest
from voiceover.system.lazy import lazy_pattern

_PREVIEW = lazy_pattern(r".+\.(lines-\d+-\d+|chapter-\d+)")


@dataclass(frozen=True, slots=True)
class FinishedEpisode:
    """An episode whose manifest was found."""

    name: str
    """Path below its root without endings, with ``/`` between its parts: ``posts/hello/hello``."""
    folder: Path
    stem: str
    """Common start of its files' names, with ``.draft`` for the draft voice."""
    manifest: Manifest

    def address(self, file: str) -> str:
        """Return the path of one of its files below the root."""
        return (PurePosixPath(self.name).parent / file).as_posix()

    @property
    def is_draft(self) -> bool:
        """True if a stand-in voice speaks in it."""
        return self.stem.endswith(DRAFT) or any(engine.provisional for engine in self.manifest.engines)


def finished_episodes(home: Path, patterns: Sequence[str], folders: Sequence[Path], damaged: list[Path]) -> list[FinishedEpisode]:
    """Return the episodes in the folders and globs ``patterns`` below ``home``, and in ``folders``, by name.

    Manifests that cannot be read are added to ``damaged``. An episode of the draft voice gives way to one of the same name by another
    voice. Of an episode that is split into chapters, each chapter is returned. Raises InputError for a folder that does not exist, for a
    pattern that matches nothing, and if two folders have an episode of one name.
    """
    found: dict[str, FinishedEpisode] = {}
    seen: set[str] = set()
    books: dict[tuple[Path, str], frozenset[str]] = {}
    for root, manifest_path in _manifests(home, patterns, folders):
        real = os.path.realpath(manifest_path)
        stem = manifest_path.name.removesuffix(MANIFEST_SUFFIX)
        if real in seen or _PREVIEW.fullmatch(stem.removesuffix(DRAFT)):
            continue
        seen.add(real)
        manifest = read_manifest(manifest_path)
        if manifest is None:
            damaged.append(manifest_path)
            continue
        if manifest.parts:  # its chapters are the episodes
            books[manifest_path.parent, stem] = frozenset(part.stem for part in manifest.parts)
            continue
        name = (PurePosixPath(manifest_path.relative_to(root).parent.as_posix()) / stem.removesuffix(DRAFT)).as_posix()
        episode = FinishedEpisode(name, manifest_path.parent, stem, manifest)
        other = found.get(name)
        if other is not None and other.folder != episode.folder:
            raise InputError(f"{other.folder / other.stem} and {episode.folder / stem} would have one address; rename one of them")
        if other is None or other.stem.endswith(DRAFT):
            found[name] = episode
    return [found[name] for name in sorted(found) if _is_current(found[name], books)]


def _is_current(episode: FinishedEpisode, books: Mapping[tuple[Path, str], frozenset[str]]) -> bool:
    """True unless it is a chapter that its book no longer has, or one of a draft of which the finished book is there."""
    book = episode.manifest.book
    if book is None:
        return True
    stems = books.get((episode.folder, book.stem))
    is_replaced = book.stem.endswith(DRAFT) and (episode.folder, book.stem.removesuffix(DRAFT)) in books
    return not is_replaced and (stems is None or episode.stem in stems)


def _manifests(home: Path, patterns: Sequence[str], folders: Sequence[Path]) -> Iterator[tuple[Path, Path]]:
    """Yield each manifest with the root that its address is relative to."""
    for folder in folders:
        yield from ((folder, path) for path in _below(folder))
    for pattern in patterns:
        if not glob.has_magic(pattern):
            root = home / pattern
            if not root.is_dir():
                raise InputError(f"{root}: there is no such folder; make the episodes first: voiceover batch SCRIPTS -o {root}")
            yield from ((root, path) for path in _below(root))
            continue
        plain = []
        for part in Path(pattern).parts:
            if glob.has_magic(part):
                break
            plain.append(part)
        root = home.joinpath(*plain)
        matches = sorted(glob.glob(pattern, root_dir=home, recursive=True))  # noqa: PTH207 - Path.glob raises for an absolute pattern
        for match in matches:
            path = home / match
            if path.is_dir():
                yield from ((root, below) for below in _below(path))
            elif path.name.endswith(MANIFEST_SUFFIX):
                yield root, path
            elif (manifest := path.with_name(f"{path.stem}{MANIFEST_SUFFIX}")).is_file():
                yield root, manifest
        if not matches:
            raise InputError(f"{home / pattern}: no file or folder matches")


def _below(folder: Path) -> Iterator[Path]:
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(here) / name for name in sorted(names) if name.endswith(MANIFEST_SUFFIX) and not name.startswith("."))


class Scripts:
    """The scripts in some folders, by the name that a batch gives their episodes, and by file name."""

    def __init__(self, roots: Sequence[Path]) -> None:
        self._by_name: dict[str, Path] = {}
        self._by_file: dict[str, list[Path]] = {}
        for root in roots:
            home = root.absolute().name
            for here, folders, names in os.walk(root):
                folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "node_modules")
                for file in sorted(names):
                    path = Path(here) / file
                    if file.startswith(".") or path.suffix.lower() not in SCRIPT_SUFFIXES:
                        continue
                    name, _ = episode_name(PurePosixPath(path.relative_to(root).as_posix()), home)
                    self._by_name.setdefault(name, path)
                    self._by_file.setdefault(file, []).append(path)

    def of(self, episode: FinishedEpisode) -> Path | None:
        """Return the script of an episode; None if there is none, or if several might be it."""
        file = episode.manifest.script
        path = self._by_name.get(episode.name)
        if path is not None and file in ("", path.name):
            return path
        if not file:
            return None
        beside = episode.folder / file
        if beside.is_file():
            return beside
        alike = self._by_file.get(file, ())
        return alike[0] if len(alike) == 1 else None
