"""Find finished episodes by their manifests, and the scripts that they were made from."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from voiceover.batch import SCRIPT_SUFFIXES, episode_name, kept_manifests
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


def finished_episodes(
    home: Path, patterns: Sequence[str], folders: Sequence[Path], states: Sequence[Path], damaged: list[Path]
) -> list[FinishedEpisode]:
    """Return the episodes in the folders and globs ``patterns`` below ``home``, and in ``folders``, by name.

    Their manifests are beside the other files or in ``states``, the state folders of batches.
    Manifests that cannot be read are added to ``damaged``. An episode of the draft voice gives way to one of the same name by another
    voice. Of an episode that is split into chapters, each chapter is returned. Raises InputError for a folder that does not exist, for a
    pattern that matches nothing, and if two folders have an episode of one name.
    """
    found: dict[str, FinishedEpisode] = {}
    seen: set[str] = set()
    books: dict[tuple[Path, str], frozenset[str]] = {}
    for root, folder, manifest_path in _manifests(home, patterns, folders, _Finder(states)):
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
            books[folder, stem] = frozenset(part.stem for part in manifest.parts)
            continue
        name = (PurePosixPath(folder.relative_to(root).as_posix()) / stem.removesuffix(DRAFT)).as_posix()
        episode = FinishedEpisode(name, folder, stem, manifest)
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


class _Finder:
    """Finds the manifests of the episodes in a folder."""

    def __init__(self, states: Sequence[Path]) -> None:
        self._kept: dict[Path, dict[str, Path]] = {}
        for state in states:
            for folder, manifests in kept_manifests(state).items():
                self._kept.setdefault(folder, {}).update(manifests)

    def of(self, folder: Path, name: str) -> Path | None:
        """Return the manifest ``name`` of an episode in ``folder``; one beside its other files is newer than one in a state folder."""
        beside = folder / name
        return beside if beside.is_file() else self._kept.get(Path(os.path.realpath(folder)), {}).get(name)

    def below(self, root: Path) -> Iterator[tuple[Path, Path]]:
        """Yield the folder and the manifest of each episode in ``root`` and the folders below it."""
        for here, folders, names in os.walk(root):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            folder = Path(here)
            kept = self._kept.get(Path(os.path.realpath(folder)), {})
            beside = {name: folder / name for name in names if name.endswith(MANIFEST_SUFFIX) and not name.startswith(".")}
            yield from ((folder, manifest) for _, manifest in sorted({**kept, **beside}.items()))


def _manifests(home: Path, patterns: Sequence[str], folders: Sequence[Path], finder: _Finder) -> Iterator[tuple[Path, Path, Path]]:
    """Yield each episode's root, which its address is relative to, its folder and its manifest."""
    for root in folders:
        yield from ((root, *found) for found in finder.below(root))
    for pattern in patterns:
        if not glob.has_magic(pattern):
            root = home / pattern
            if not root.is_dir():
                raise InputError(f"{root}: there is no such folder; make the episodes first: voiceover batch SCRIPTS -o {root}")
            yield from ((root, *found) for found in finder.below(root))
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
                yield from ((root, *found) for found in finder.below(path))
                continue
            name = path.name if path.name.endswith(MANIFEST_SUFFIX) else f"{path.stem}{MANIFEST_SUFFIX}"
            manifest = finder.of(path.parent, name)
            if manifest is not None:
                yield root, path.parent, manifest
        if not matches:
            raise InputError(f"{home / pattern}: no file or folder matches")


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
