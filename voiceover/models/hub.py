"""Downloads from the Hugging Face Hub. The only module that imports huggingface_hub, and only when something is downloaded."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from voiceover.errors import ModelError, NetworkError
from voiceover.system.files import os_error_words
from voiceover.system.redaction import redact

if TYPE_CHECKING:
    from huggingface_hub import ModelInfo

UNFINISHED = ".incomplete"
"""Suffix of a file that is still being downloaded; the next run resumes at its end."""
_OF_THE_DISK = frozenset(
    (errno.EFBIG, errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.EISDIR, errno.ENOTDIR, errno.ENOENT, errno.EIO)
)
"""Errors of the disk that the file is written to; all others are the network's."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a repository at a commit."""

    path: str
    bytes: int | None
    sha256: str | None
    """Known for files in large file storage; None for others."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A repository at a commit."""

    repository: str
    revision: str
    files: dict[str, RemoteFile]


def look_up(repository: str, revision: str | None) -> Remote:
    """List the files of a repository, at its newest commit if ``revision`` is None. Raises ModelError, NetworkError."""
    from huggingface_hub import HfApi

    with _failures(repository, revision):
        found: ModelInfo = HfApi().model_info(repository, revision=revision, files_metadata=True)
    files = {}
    for sibling in found.siblings or ():
        large = sibling.lfs
        files[sibling.rfilename] = RemoteFile(
            sibling.rfilename, sibling.size if large is None else large.size, None if large is None else large.sha256
        )
    if not found.sha:
        raise ModelError(f"{repository}: the Hub does not report the commit")
    return Remote(repository, found.sha, files)


def cached_file(repository: str, revision: str, path: str) -> Path | None:
    """Return a file that another program has downloaded into the Hub's own cache, or None; uses no network."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(repository, path, revision=revision)
    return Path(found) if isinstance(found, str) and Path(found).is_file() else None


def fetch_file(repository: str, revision: str, path: str, target: Path, on_bytes: Callable[[int], None]) -> None:
    """Download a file of a repository at a commit to ``target``, resuming where an earlier run stopped.

    ``on_bytes`` receives the number of bytes so far. Raises ModelError, NetworkError; what was downloaded is then kept as ``target`` with
    the suffix ``UNFINISHED``.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers, disable_progress_bars

    disable_progress_bars()
    part = target.with_name(target.name + UNFINISHED)
    with _failures(repository, revision, path):
        url = hf_hub_url(repository, path, revision=revision)
        about = get_hf_file_metadata(url)
        headers = build_hf_headers()
        if urlsplit(about.location).netloc != urlsplit(url).netloc:
            headers.pop("authorization", None)  # the token is for the Hub, not for the server that its files are on
        part.parent.mkdir(parents=True, exist_ok=True)
        have = part.stat().st_size if part.exists() else 0
        if about.size is not None and have > about.size:
            have = 0
        with part.open("r+b" if have else "wb") as raw:
            raw.seek(have)
            counted = _Counted(raw, on_bytes)
            on_bytes(have)
            if about.size is None or have < about.size:
                http_get(about.location, counted, resume_size=have, headers=headers, expected_size=about.size)
            raw.flush()
            os.fsync(raw.fileno())
        part.replace(target)


class _Counted(io.RawIOBase):
    """A file that reports how much was written to it; huggingface_hub does the transfer."""

    def __init__(self, file: Any, on_bytes: Callable[[int], None]) -> None:
        self._file = file
        self._on_bytes = on_bytes

    def write(self, data: Any) -> int:
        written: int = self._file.write(data)
        self._on_bytes(self._file.tell())
        return written

    def tell(self) -> int:
        return int(self._file.tell())

    def seek(self, offset: int, whence: int = 0) -> int:
        return int(self._file.seek(offset, whence))

    def truncate(self, size: int | None = None) -> int:
        return int(self._file.truncate(size))

    def seekable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True


@contextmanager
def _failures(repository: str, revision: str | None, path: str = "") -> Iterator[None]:
    """Turn errors of huggingface_hub and the libraries below it into ours.

    NetworkError if the Hub does not answer or fails; ModelError for what the Hub refuses, and for errors of the disk.
    """
    from huggingface_hub import errors

    where = f"{repository}{f'/{path}' if path else ''}{f' at {revision[:12]}' if revision else ''}"
    again = "what was downloaded is kept; run the same command again to resume"
    try:
        yield
    except ModelError:
        raise
    except errors.GatedRepoError as error:
        login = "accept its conditions on huggingface.co, then log in: huggingface-cli login, or HF_TOKEN"
        raise ModelError(f"{where}: its authors ask everyone to accept their conditions; {login}") from error
    except errors.RepositoryNotFoundError as error:
        private = "it is gone, private, or the HF_TOKEN here is not valid"
        raise ModelError(f"{where}: the Hub has no such repository, or does not let you see it ({private})") from error
    except errors.RevisionNotFoundError as error:
        raise ModelError(f"{where}: the repository no longer has this commit") from error
    except errors.EntryNotFoundError as error:
        raise ModelError(f"{where}: the repository has no such file") from error
    except errors.OfflineModeIsEnabled as error:
        raise ModelError(f"{where}: cannot be fetched: HF_HUB_OFFLINE is set") from error
    except errors.HfHubHTTPError as error:
        status: int | None = None
        with suppress(AttributeError):
            status = error.response.status_code
        if status in (401, 403):
            raise ModelError(f"{where}: the Hub refuses ({status}); is HF_TOKEN valid, and may it see this repository?") from error
        raise NetworkError(f"{where}: the Hub answered with {status or 'an error'}; {again}") from error
    except OSError as error:
        words = redact(os_error_words(error) if error.errno else (str(error).splitlines() or [type(error).__name__])[0])
        kind = ModelError if error.errno in _OF_THE_DISK else NetworkError
        raise kind(f"{where}: cannot be fetched: {words}; {again}") from error
    except Exception as error:  # depends on the HTTP library of this version
        raise NetworkError(f"{where}: cannot be fetched: {type(error).__name__}: {redact(str(error))}; {again}") from error
