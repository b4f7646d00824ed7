"""A place that several machines share, by URL: a folder, S3, GCS, whatever fsspec reaches. The only file that imports fsspec.

What is written is there whole or not at all: an object store shows an object when it has all of it, and elsewhere a file is written
beside its place and renamed. A place that answers slowly, with 503 or not at all is asked again a few times, and then it is an error,
after about a minute at the latest.
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
"""Before the second attempt; each further wait is twice as long, and up to half as long again by chance."""
PATIENCE_SECONDS = 40.0
"""So long after the first attempt no other is begun: one at a place that does not answer at all may itself take a minute."""
FORMAT = 1
MARK = "voiceover-store.json"
"""Says what the place is, and of which format."""
_OBJECT_STORES = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss", "oci", "memory"})
_NO_USER = frozenset({"s3", "s3a", "gs", "gcs"})
"""URLs of these hold no user and password."""
_READ_SECONDS = 30
_S3_ATTEMPTS = 2
"""Of s3fs itself, at each part of a large file; by default they are 5, each of which may wait for an answer."""
# Bounded, because it is asked again from here; what fsspec's own configuration says goes over it.
_OF_S3 = {"config_kwargs": {"connect_timeout": 10, "read_timeout": _READ_SECONDS, "retries": {"total_max_attempts": 1}}}
_DEFAULTS: dict[str, dict[str, Any]] = {"s3": _OF_S3, "s3a": _OF_S3}
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class RemoteStore:
    """Files of a shared place by key, a relative path with slashes. May be pickled and used by several threads.

    All methods raise StoreError where the place cannot be reached after ``ATTEMPTS`` or ``PATIENCE_SECONDS``, or refuses.
    """

    url: str = field(repr=False)
    """May hold a password."""

    def has(self, key: str) -> bool:
        # Not exists(), which takes every failure for an absence.
        return _tried(self.url, "look into", lambda files, root: _found(files.info, f"{root}/{key}")) is not None

    def read(self, key: str) -> bytes | None:
        """The content of a file, None where there is none."""
        content: bytes | None = _tried(self.url, "read", lambda files, root: _found(files.cat_file, f"{root}/{key}"))
        return content

    def fetch(self, key: str, path: Path) -> bool:
        """Copy a file to ``path``, for files too large for the memory; whether there is one."""

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
        """Put a file at ``key``, over an older one."""
        self._put(key, lambda files, place: files.pipe_file(place, content))

    def send(self, path: Path, key: str) -> None:
        """Copy the file ``path`` to ``key``."""
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
    """The shared place at ``url``, reached and found to be one that this version understands; a new one is marked.

    Raises InputError for a URL that cannot be used here, StoreError where the place cannot be reached.
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
        raise InputError(f"{display_url(url)}: {MARK} is damaged ({error}); is this a store of voiceover?") from error
    if found != FORMAT:
        raise InputError(
            f"{display_url(url)}: a store of format {found}, and this version of voiceover knows {FORMAT}; bring voiceover up to date"
        )
    return remote


def display_url(url: str) -> str:
    """``url`` for a message: without a password, and a folder as one."""
    return redact_url(url).removeprefix("file://")


def _absolute(url: str) -> str:
    """``url``, or that of a folder: a worker has another current folder."""
    if not url or url.endswith("://"):
        raise InputError(f'"{url}" names no place; give a folder, or a URL such as s3://bucket/folder')
    if "://" in url and not url.startswith("file://"):
        if url.partition("://")[0] in _NO_USER and user_of(url):
            raise InputError(
                f"{display_url(url)}: a key does not belong into the address; put it into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
                "or where the store's own programs look for it"
            )
        return url
    folder = url.removeprefix("file://")
    return f"file://{with_home(folder, folder)}"


@functools.lru_cache(maxsize=8)
def _reached(url: str) -> tuple[AbstractFileSystem, str]:
    """One file system a process, for all its threads: fsspec itself makes one for each, and each would log in anew."""
    try:
        import fsspec
    except ImportError as error:
        raise InputError(f"a shared store needs fsspec ({error}); {how_to_install('store')}") from error
    protocol = url.partition("://")[0]
    given = {name: value for name, value in _DEFAULTS.get(protocol, {}).items() if name not in fsspec.config.conf.get(protocol, {})}
    try:
        # Listings would be remembered, and others write here too.
        files, root = fsspec.core.url_to_fs(url, use_listings_cache=False, **given)
    except ImportError as error:
        raise InputError(
            f"{display_url(url)}: {_words(error, url)}; s3:// needs s3fs ({how_to_install('store')}), gs:// needs gcsfs"
        ) from error
    except (ValueError, TypeError) as error:
        raise InputError(f"{display_url(url)}: cannot be used as a store: {_words(error, url)}") from error
    except Exception as error:  # some log in here already
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
    """What ``ask`` gives. With a large file, which may fail after long good work, patience does not end before the attempts do."""
    files, root = _reached(url)
    started = time.monotonic()
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return ask(files, root)
        except Exception as error:  # of whatever library carries this URL
            refused = isinstance(
                error, (FileNotFoundError, PermissionError, NotADirectoryError, NotImplementedError, TypeError, ValueError)
            )
            is_late = not is_large and time.monotonic() - started > PATIENCE_SECONDS
            if refused or _is_login(error) or is_late or attempt == ATTEMPTS:
                after = "" if refused or attempt == 1 else f" after {attempt} attempts"
                raise StoreError(f"{display_url(url)}: cannot {doing} the shared store{after}: {_words(error, url)}") from error
            log.info("%s: asked again (%s)", display_url(url), _words(error, url))
        time.sleep(FIRST_WAIT_SECONDS * 2 ** (attempt - 1) * random.uniform(1.0, 1.5))
    raise AssertionError("the last attempt returns or raises")


def _is_login(error: Exception) -> bool:
    """Whether nobody has said who we are, which botocore tells in an error of its own."""
    return "Credentials" in type(error).__name__


def _words(error: Exception, url: str) -> str:
    if isinstance(error, OSError) and error.errno and error.filename:  # of the system, not of a server
        said = f"{error.filename}: {os_error_words(error)}"
    else:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return redact(said.splitlines()[0], url) if said else type(error).__name__
