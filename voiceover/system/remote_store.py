"""Storage shared by several machines, by URL: a folder, S3, GCS, or anything else that fsspec supports. Only this file imports fsspec.

Writes are atomic: an object store shows an object only when it is complete; elsewhere a file is written under a temporary name and renamed.
A store that is slow, fails with 503 or does not answer is retried for about a minute at most.
"""

from __future__ import annotations

import functools
import json
import logging
import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from voiceover.errors import InputError, StoreError
from voiceover.system.extras import how_to_install
from voiceover.system.files import PART_SUFFIX, os_error_words
from voiceover.system.folders import with_home
from voiceover.system.redaction import redact, redact_url, user_of

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

log = logging.getLogger(__name__)

ATTEMPTS = 5
FIRST_WAIT_SECONDS = 0.25
"""Wait before the second attempt; each further wait is twice as long, plus up to half of that at random."""
PATIENCE_SECONDS = 40.0
"""No attempt starts later than this after the first one: an attempt at a store that does not answer may itself take a minute."""
FORMAT = 1
MARK = "voiceover-store.json"
"""Marks a store and its format version."""
_OBJECT_STORES = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss", "oci", "memory"})
_NO_USER = frozenset({"s3", "s3a", "gs", "gcs"})
"""Schemes whose URLs may not contain user and password."""
_READ_SECONDS = 30
_S3_ATTEMPTS = 2
"""Attempts of s3fs itself per part of a large file; its default of 5 could each wait for an answer."""
# Bounded, because we retry ourselves; fsspec's own configuration overrides these.
_OF_S3 = {"config_kwargs": {"connect_timeout": 10, "read_timeout": _READ_SECONDS, "retries": {"total_max_attempts": 1}}}
_DEFAULTS: dict[str, dict[str, Any]] = {"s3": _OF_S3, "s3a": _OF_S3}
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class RemoteStore:
    """Files of a shared store by key, a relative path with slashes. May be pickled and used by several threads.

    All methods raise StoreError if the store cannot be reached within ``ATTEMPTS`` or ``PATIENCE_SECONDS``, or refuses access.
    """

    url: str = field(repr=False)
    """May contain a password."""

    def has(self, key: str) -> bool:
        # Not exists(), which returns False for every error.
        return _tried(self.url, "look into", lambda files, root: _found(files.info, f"{root}/{key}")) is not None

    def read(self, key: str) -> bytes | None:
        """Return the content of a file; None if there is none."""
        content: bytes | None = _tried(self.url, "read", lambda files, root: _found(files.cat_file, f"{root}/{key}"))
        return content

    def fetch(self, key: str, path: Path) -> bool:
        """Download a file to ``path`` (it may be larger than memory); return True if it exists."""

        def copy(files: AbstractFileSystem, root: str) -> bool:
            try:
                files.get_file(f"{root}/{key}", str(path))
            except FileNotFoundError:
                if not path.parent.is_dir():
                    raise
                return False
            return True

        return _tried(self.url, "read", copy, is_large=True)

    def write(self, key: str, content: bytes) -> None:
        """Write a file at ``key``, replacing an older one."""
        self._put(key, lambda files, place: files.pipe_file(place, content))

    def send(self, path: Path, key: str) -> None:
        """Upload the file ``path`` to ``key``."""
        self._put(key, lambda files, place: files.put_file(str(path), place), is_large=True)

    def _put(self, key: str, write: Callable[[AbstractFileSystem, str], object], *, is_large: bool = False) -> None:
        def put(files: AbstractFileSystem, root: str) -> None:
            place = f"{root}/{key}"
            if not _OBJECT_STORES.isdisjoint([files.protocol] if isinstance(files.protocol, str) else files.protocol):
                write(files, place)
                return
            folder, _, name = place.rpartition("/")
            files.makedirs(folder, exist_ok=True)
            hidden = f"{folder}/.{name[:40]}.{secrets.token_hex(6)}{PART_SUFFIX}"
            write(files, hidden)
            files.mv(hidden, place)

        _tried(self.url, "write", put, is_large=is_large)


def open_remote_store(url: str) -> RemoteStore:
    """Connect to the store at ``url`` and check its format; mark a new store.

    Raises InputError for a URL that cannot be used, StoreError if the store cannot be reached.
    """
    url = _absolute(url)
    _reached(url)
    remote = RemoteStore(url)
    content = remote.read(MARK)
    if content is None:
        remote.write(MARK, (json.dumps({"format": FORMAT, "what": "recordings and models of voiceover"}) + "\n").encode())
        return remote
    try:
        found = json.loads(content)["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{display_url(url)}: {MARK} is damaged ({error}); is this a voiceover store?") from error
    if found != FORMAT:
        raise InputError(
            f"{display_url(url)}: the store has format {found}, but this version of voiceover supports {FORMAT}; upgrade voiceover"
        )
    return remote


def display_url(url: str) -> str:
    """Return ``url`` for a message: without credentials, and a folder as a path."""
    return redact_url(url).removeprefix("file://")


def _absolute(url: str) -> str:
    """Return ``url``, or the URL of an absolute folder: a worker has another current folder."""
    if not url or url.endswith("://"):
        raise InputError(f'"{url}" is not a store; give a folder, or a URL such as s3://bucket/folder')
    if "://" in url and not url.startswith("file://"):
        if url.partition("://")[0] in _NO_USER and user_of(url):
            raise InputError(
                f"{display_url(url)}: the URL must not contain a key; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
                "or use the configuration of the store's own tools"
            )
        return url
    folder = url.removeprefix("file://")
    return f"file://{with_home(folder, folder)}"


@functools.lru_cache(maxsize=8)
def _reached(url: str) -> tuple[AbstractFileSystem, str]:
    """Return one file system per process: fsspec creates one per thread, and each would log in again."""
    try:
        import fsspec
    except ImportError as error:
        raise InputError(f"a shared store needs fsspec ({error}); {how_to_install('store')}") from error
    protocol = url.partition("://")[0]
    given = {name: value for name, value in _DEFAULTS.get(protocol, {}).items() if name not in fsspec.config.conf.get(protocol, {})}
    try:
        # Listings must not be cached, because others write here too.
        files, root = fsspec.core.url_to_fs(url, use_listings_cache=False, **given)
    except ImportError as error:
        raise InputError(
            f"{display_url(url)}: {_words(error, url)}; s3:// needs s3fs ({how_to_install('store')}), gs:// needs gcsfs"
        ) from error
    except (ValueError, TypeError) as error:
        raise InputError(f"{display_url(url)}: cannot be used as a store: {_words(error, url)}") from error
    except Exception as error:  # some file systems log in here
        raise StoreError(f"{display_url(url)}: cannot reach the shared store: {_words(error, url)}") from error
    if protocol in _DEFAULTS:
        files.retries = _S3_ATTEMPTS
    return files, root.rstrip("/")


def _found(look: Callable[[str], _Result], place: str) -> _Result | None:
    try:
        return look(place)
    except FileNotFoundError:
        return None


def _tried(url: str, doing: str, ask: Callable[[AbstractFileSystem, str], _Result], *, is_large: bool = False) -> _Result:
    """Return what ``ask`` returns, with retries. For a large file, which may fail late, only the number of attempts is limited."""
    files, root = _reached(url)
    started = time.monotonic()
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return ask(files, root)
        except Exception as error:  # from any library behind this URL
            refused = isinstance(
                error, (FileNotFoundError, PermissionError, NotADirectoryError, NotImplementedError, TypeError, ValueError)
            )
            is_late = not is_large and time.monotonic() - started > PATIENCE_SECONDS
            if refused or _is_login(error) or is_late or attempt == ATTEMPTS:
                after = "" if refused or attempt == 1 else f" after {attempt} attempts"
                raise StoreError(f"{display_url(url)}: cannot {doing} the shared store{after}: {_words(error, url)}") from error
            log.info("%s: retrying (%s)", display_url(url), _words(error, url))
        time.sleep(FIRST_WAIT_SECONDS * 2 ** (attempt - 1) * random.uniform(1.0, 1.5))
    raise AssertionError("the last attempt returns or raises")


def _is_login(error: Exception) -> bool:
    """True for missing credentials."""
    return "Credentials" in type(error).__name__


def _words(error: Exception, url: str) -> str:
    if isinstance(error, OSError) and error.errno and error.filename:  # from the system, not from a server
        said = f"{error.filename}: {os_error_words(error)}"
    else:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return redact(said.splitlines()[0], url) if said else type(error).__name__
