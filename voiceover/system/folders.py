"""The cache folder, which may be deleted at any time, and the folders of the user's own data and configuration."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from voiceover.errors import InputError

CACHE_VARIABLE = "VOICEOVER_CACHE"
DATA_VARIABLE = "VOICEOVER_DATA"
CONFIG_VARIABLE = "VOICEOVER_CONFIG"


def cache_folder(argument: Path | None = None) -> Path:
    """Return the cache folder: ``argument``, else ``VOICEOVER_CACHE``, else the system's default. Absolute; not created."""
    return _chosen(argument, CACHE_VARIABLE) or Path(platformdirs.user_cache_dir("voiceover", appauthor=False))


def data_folder(argument: Path | None = None) -> Path:
    """Return the folder of own voices and models: ``argument``, else ``VOICEOVER_DATA``, else the system's. Absolute; not created."""
    return _chosen(argument, DATA_VARIABLE) or Path(platformdirs.user_data_dir("voiceover", appauthor=False))


def config_folder() -> Path:
    """Return the folder of the user's configuration: ``VOICEOVER_CONFIG``, else the system's default. Absolute; not created."""
    return _chosen(None, CONFIG_VARIABLE) or Path(platformdirs.user_config_dir("voiceover", appauthor=False))


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
    except RuntimeError as error:  # "~name" of a user that does not exist or has no home folder
        raise InputError(f"{where}: this user has no home folder; give a path that does not begin with ~") from error
