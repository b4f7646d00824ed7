"""``voiceover import``: read a manuscript, write scripts, hold them against their source, and put them in place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from voiceover.authoring.importing.chapters import count_words
from voiceover.authoring.importing.formats import IMPORT_FORMATS, ImportFormat, recognize
from voiceover.authoring.importing.manuscript import Manuscript, Omission
from voiceover.authoring.importing.save import save_files
from voiceover.authoring.importing.script_files import COVER_STEM, PROJECT_FILE, ScriptFile, project_lines, script_files
from voiceover.authoring.importing.verify import verified_text
from voiceover.errors import InputError
from voiceover.script import url_message
from voiceover.system.files import os_error_words

MAX_INPUT_BYTES = 512 * 1024 * 1024
_MOST_PARTS = 2000
STDIN_STEM = "script"
"""Name of a script that comes from standard input and has no title."""


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What to import, and where to."""

    source: Path
    """File to read; the name for messages if ``data`` is given."""
    folder: Path
    data: bytes | None = None
    """The content if it does not come from a file."""
    format: str | None = None
    """Name of a format, to skip recognition."""
    whole: bool = False
    """Keep what would be left out: title pages, menus, headers."""
    depth: int | None = None
    """Levels of headings that get a file each; 0 for one file; None to decide by the text."""
    replace: bool = False
    """Replace files that are there."""


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """A script that was written."""

    path: Path
    title: str
    words: int


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did."""

    folder: Path
    format: ImportFormat
    scripts: tuple[ImportedFile, ...]
    others: tuple[Path, ...]
    """Project file and cover."""
    speakers: tuple[str, ...]
    omissions: tuple[Omission, ...]
    remarks: tuple[str, ...]


def import_manuscript(request: ImportRequest) -> ImportReport:
    """Write the scripts of a manuscript into a folder; a book also gets a project file.

    Raises InputError if the manuscript cannot be read, OutputError if files are in the way or cannot be written; nothing is written then.
    """
    path = str(request.source)
    data = _data(request)
    if not data.strip():
        raise InputError(f"{path}: this file is empty")
    chosen = IMPORT_FORMATS[request.format] if request.format is not None else recognize(path, data)
    manuscript = chosen.load()(path, data, whole=request.whole, depth=request.depth)
    if len(manuscript.parts) > _MOST_PARTS:
        raise InputError(
            f"{path}: this would be {len(manuscript.parts)} files; choose fewer levels with --depth, or one file with --depth 0"
        )
    cover = f"{COVER_STEM}{manuscript.cover.suffix}" if manuscript.cover is not None else ""
    files = script_files(manuscript, _stem(request, manuscript), cover)
    remarks = [*manuscript.remarks]
    written: dict[str, bytes] = {}
    for file in files:
        text, remark = verified_text(file, path)
        written[file.name] = text.encode()
        remarks += [remark] if remark else []
    others = _others(manuscript, cover, is_book=len(files) > 1)
    save_files(request.folder, {**written, **others}, replace=request.replace)
    return ImportReport(
        request.folder,
        chosen,
        tuple(ImportedFile(request.folder / file.name, file.title, count_words(file.passages)) for file in files),
        tuple(request.folder / name for name in others),
        tuple(dict.fromkeys(name for file in files for name in file.speakers.values())),
        manuscript.omissions,
        (*remarks, *_stale(request.folder, files)),
    )


def _data(request: ImportRequest) -> bytes:
    if request.data is not None:
        data = request.data
    else:
        path = request.source
        try:
            if not path.exists():
                raise InputError(f"{path}: {url_message(str(path)) or 'there is no such file'}")
            if not path.is_file():
                raise InputError(f"{path}: this is not a file; name one that is to be imported")
            with path.open("rb") as file:
                data = file.read(MAX_INPUT_BYTES + 1)
        except OSError as error:
            raise InputError(f"{path}: it cannot be read: {os_error_words(error)}") from error
    if len(data) > MAX_INPUT_BYTES:
        raise InputError(f"{request.source}: it is larger than {MAX_INPUT_BYTES // 1024**2} MB, which no manuscript is")
    return data


def _stem(request: ImportRequest, manuscript: Manuscript) -> str:
    return (manuscript.title or STDIN_STEM) if request.data is not None else request.source.stem


def _others(manuscript: Manuscript, cover: str, *, is_book: bool) -> Mapping[str, bytes]:
    found: dict[str, bytes] = {}
    if is_book:
        found[PROJECT_FILE] = ("\n".join(project_lines(manuscript, cover)) + "\n").encode()
    if manuscript.cover is not None:
        found[cover] = manuscript.cover.data
    return found


def _stale(folder: Path, files: tuple[ScriptFile, ...]) -> tuple[str, ...]:
    """Return a remark about scripts in the folder that are not of this import."""
    names = {file.name for file in files}
    other = sorted(path.name for path in folder.glob("*.md") if path.name not in names)
    if not other:
        return ()
    more = f" and {len(other) - 1} more" if len(other) > 1 else ""
    return (f"{folder} also has {other[0]}{more}, not from this import",)
