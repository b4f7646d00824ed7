"""The archive (.tar) that comes with a distilled model: a voice's reference clip, a vocabulary, a vocoder bundle.

The archive is untrusted: nothing is written outside its folder, links, devices and sparse files are refused, and it may not unpack to
more than its own size. Contents are recognized by what they are, not by their paths.
"""

from __future__ import annotations

import tarfile
from pathlib import Path, PurePosixPath

from voiceover.audio.formats import AUDIO_SUFFIXES
from voiceover.engines.f5.weights.files import is_bundle, open_weights
from voiceover.engines.f5.weights.layout import NetworkKind, network_of
from voiceover.errors import ModelError
from voiceover.system.files import os_errors_as
from voiceover.tensors.file_names import MOST_FILES, clash_in, fault_of
from voiceover.types.models import BundledVoice

CHUNK = 1 << 20


def unpack_archive(path: Path, folder: Path) -> None:
    """Unpack a .tar into a new ``folder``.

    Raises ModelError for a damaged archive, and for a member that is not a plain file or folder, leads outside, is there twice, or is
    larger than the archive.
    """
    with os_errors_as(ModelError, "unpack the archive", path):
        stated = path.stat().st_size
        folder.mkdir(parents=True)
        try:
            with tarfile.open(path, "r:") as archive:
                _unpack(archive, path, folder, stated)
        except (tarfile.TarError, ValueError, OverflowError, MemoryError) as error:  # tarfile does not check numbers
            raise ModelError(f"{path}: not a .tar archive, or cut short: {error}") from error


def _unpack(archive: tarfile.TarFile, path: Path, folder: Path, stated: int) -> None:
    for name, member in _checked_members(archive, path, stated):
        source = archive.extractfile(member)
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as writing:
            left = member.size
            while left and source is not None and (chunk := source.read(min(CHUNK, left))):
                writing.write(chunk)
                left -= len(chunk)
        if left:
            raise ModelError(f"{path}: cut short within {member.name}")


def _checked_members(archive: tarfile.TarFile, path: Path, stated: int) -> list[tuple[PurePosixPath, tarfile.TarInfo]]:
    """Return the files of an archive. Every member is checked before the first one is written; empty folders are left out."""
    files: dict[PurePosixPath, tarfile.TarInfo] = {}
    names: list[PurePosixPath] = []
    total = 0
    for member in archive:
        name = PurePosixPath(member.name)
        if member.isdir() and name == PurePosixPath():
            continue
        if fault := fault_of(member.name):
            raise ModelError(f"{path}: refused: {member.name!r} {fault}")
        if not member.isdir() and (not member.isreg() or member.issparse()):
            raise ModelError(f"{path}: refused: {member.name} is not a plain file (a link, a device or a sparse file)")
        names.append(name)
        if len(names) > MOST_FILES:
            raise ModelError(f"{path}: refused: it holds more than {MOST_FILES:,} files")
        if member.isdir():
            continue
        if name in files:
            raise ModelError(f"{path}: refused: {member.name} is in it twice")
        files[name] = member
        total += member.size
        if member.size < 0 or total > stated:
            raise ModelError(f"{path}: refused: it would unpack to more than its own {stated:,} bytes; it is cut short or malicious")
    if clash := clash_in(names):
        raise ModelError(f"{path}: refused: {clash[1]} is in it twice, as {clash[0]} on some systems")
    folders = {parent for name in names for parent in name.parents}
    if both := next((name for name in files if name in folders), None):
        raise ModelError(f"{path}: refused: {both} is both a file and a folder")
    return list(files.items())


# ---------------------------------------------------------------- contents


def vocoder_in(folder: Path) -> Path | None:
    """Find the folder of a vocoder bundle below ``folder``. Raises ModelError if the only bundles there cannot be read."""
    failed: ModelError | None = None
    for manifest in sorted(folder.rglob("manifest.json")):
        try:
            if network_of(open_weights(manifest.parent)) is NetworkKind.VOCOS:
                return manifest.parent
        except ModelError as error:
            if failed is None and is_bundle(manifest.parent):  # other programs have files of that name, too
                failed = error
    if failed is not None:
        raise failed
    return None


def vocab_in(folder: Path) -> Path | None:
    """Return the only vocabulary below ``folder``, or None."""
    found = [path for path in sorted(folder.rglob("*.txt")) if "vocab" in path.name.lower()]
    return found[0] if len(found) == 1 else None


def voice_in(folder: Path) -> BundledVoice | None:
    """Return the first clip below a folder ``voice``, named after its folder, with its words if a text file beside it has them."""
    for path in sorted(folder.rglob("*")):
        if (
            path.is_file()
            and path.suffix.lower() in AUDIO_SUFFIXES
            and VOICE_PARTS & {part.lower() for part in path.relative_to(folder).parts[:-1]}
        ):
            name = path.parent.name if path.parent.name.lower() not in VOICE_PARTS else path.stem
            return BundledVoice(name, path, _words(path))
    return None


VOICE_PARTS = frozenset(("voice", "voices"))


def _words(clip: Path) -> str | None:
    for name in (f"{clip.stem}.txt", f"{clip.name}.txt", "text.txt", "transcript.txt", "reference.txt", "ref_text.txt"):
        path = clip.parent / name
        if path.is_file() and path.stat().st_size < 10_000:
            words = " ".join(path.read_text("utf-8", "replace").split())
            if words:
                return words
    return None
