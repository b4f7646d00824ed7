"""Where voiceover keeps what is not the user's script: the cache, which may be deleted at any time, and the user's own data."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from voiceover.errors import InputError

CACHE_VARIABLE = "VOICEOVER_CACHE"
DATA_VARIABLE = "VOICEOVER_DATA"


def cache_folder(argument: Path | None = None) -> Path:
    """The cache: ``argument`` first, then the environment's ``VOICEOVER_CACHE``, then the system's place. Absolute; not created."""
    return _chosen(argument, CACHE_VARIABLE) or Path(platformdirs.user_cache_dir("voiceover", appauthor=False))


def data_folder(argument: Path | None = None) -> Path:
    """The user's data (own voices, models): ``argument``, then ``VOICEOVER_DATA``, then the system's place. Absolute; not created."""
    return _chosen(argument, DATA_VARIABLE) or Path(platformdirs.user_data_dir("voiceover", appauthor=False))


def _chosen(argument: Path | None, variable: str) -> Path | None:
    named = os.fspath(argument) if argument is not None else os.environ.get(variable, "")
    if not named:
        return None
    return with_home(named, named if argument is not None else f"{variable}={named}")


def with_home(path: str, where: str) -> Path:
    """``path`` as an absolute path, with a home folder in place of a leading ``~``; ``where`` names it in an error.

    Raises InputError for ``~name`` if the system has no such user, or no home for them.
    """
    try:
        return Path(path).expanduser().absolute()
    except RuntimeError as error:
        raise InputError(f"{where}: this user has no home folder; give a path that does not begin with ~") from error
