"""Confines the files that a script names to its own folder and the project's ``assets`` folders.

Scripts may come from strangers, who must not be able to use ``/etc/passwd``, or a link to it, as a cover.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath

from voiceover.settings.problems import Problems
from voiceover.system.dependencies import add_dependency
from voiceover.types import Source


def confined(
    path_text: str, folder: Path, assets: Sequence[Path], source: Source, problems: Problems, *, must_exist: bool = False
) -> Path | None:
    """Return the real path, with links resolved, of a file named relative to ``folder``, else to one of ``assets``.

    None, with an error, for an absolute path and for one that leads outside all of these folders by ``..`` or a link
    (``outside-folder``), and, with ``must_exist``, if there is no such file (``missing-file``).
    """
    if "\0" in path_text or not path_text.strip():
        problems.error(source, "bad-value", "a path is wanted here")
        return None
    if PurePosixPath(path_text).is_absolute() or PureWindowsPath(path_text).drive or path_text.startswith("~"):
        problems.error(source, "outside-folder", f'"{path_text}" must be given relative to the folder of the file that names it')
        return None
    roots = [_real(root) for root in (folder, *assets)]
    for root in roots:
        add_dependency(root / path_text)
    candidates = [_real(root / path_text) for root in roots]
    inside = [path for path in candidates if any(path.is_relative_to(root) for root in roots)]
    found = next((path for path in inside if is_file(path)), None)
    if found is not None:
        return found
    if candidates[0] not in inside:
        problems.error(
            source,
            "outside-folder",
            f'"{path_text}" lies outside the folder of the file that names it; name its folder under "assets" in voiceover.yaml',
        )
        return None
    if must_exist:
        problems.error(source, "missing-file", f'there is no file "{path_text}" in {folder}')
        return None
    return candidates[0]


def _real(path: Path) -> Path:
    # Unlike Path.resolve this never raises, not for a loop of links either.
    return Path(os.path.realpath(path))


def is_file(path: Path) -> bool:
    """True if there is a file at ``path``; never raises."""
    try:
        return path.is_file()
    except OSError:  # a name too long for the file system, a folder that may not be entered
        return False
