"""Reads a ZIP container from a stranger: nothing is unpacked to disk, and memory is limited whatever its headers say."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from voiceover.errors import InputError

MAX_ARCHIVE_BYTES = 512 * 1024 * 1024
_MAX_DIRECTORY_BYTES = 8 * 1024 * 1024
"""Largest list of files: over 50,000 names."""
MAX_PART_BYTES = 32 * 1024 * 1024
"""Largest file that is read, unpacked."""
_MAX_READ_BYTES = 256 * 1024 * 1024
"""Most bytes that are read of one container, unpacked."""
_END_RECORD = b"PK\x05\x06"
_END_RECORD_BYTES = 22
_LONGEST_COMMENT = 65_535
_CHUNK = 1 << 16
_ENCRYPTED = 1
"""Bit of a file's flags (APPNOTE.TXT, section 4.4.4)."""


class Archive:
    """The files of a container by name, read one at a time within limits."""

    def __init__(self, path: str, data: bytes) -> None:
        """``path`` is the name for messages. Raises InputError if the container is damaged, or its list of files too long."""
        self.path = path
        self._left = _MAX_READ_BYTES
        _check_directory(path, data)
        with self._errors():
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        self._infos = {info.filename: info for info in self._zip.infolist() if not info.is_dir()}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all files."""
        return tuple(self._infos)

    def __contains__(self, name: str) -> bool:
        return name in self._infos

    def read(self, name: str, most: int = MAX_PART_BYTES) -> bytes:
        """Return the content of a file of at most ``most`` bytes.

        Raises InputError if it is missing, encrypted, damaged or larger, or if more is read of this container than any real one holds.
        """
        info = self._infos.get(name)
        if info is None:
            raise InputError(f"{self.path}: {name} is missing from this file; it is incomplete")
        if info.flag_bits & _ENCRYPTED:
            raise InputError(f"{self.path}: {name} is encrypted with a password; save the file without one")
        chunks: list[bytes] = []
        size = 0
        with self._errors(name), self._zip.open(info) as file:
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                if size > min(most, self._left):
                    raise InputError(f"{self.path}: {name} unpacks to over {min(most, self._left) // 1024**2} MB; this is no ordinary file")
                chunks.append(chunk)
        self._left -= size
        return b"".join(chunks)

    @contextmanager
    def _errors(self, name: str = "") -> Iterator[None]:
        try:
            yield
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError, struct.error) as error:
            what = f"{name} in it is damaged" if name else "it is damaged or not a ZIP file"
            raise InputError(f"{self.path}: this file cannot be read: {what}; download or save it again") from error


def _check_directory(path: str, data: bytes) -> None:
    """Refuse a container whose list of files would fill the memory when it is read."""
    at = data.rfind(_END_RECORD, max(len(data) - _LONGEST_COMMENT - _END_RECORD_BYTES, 0))
    if at >= 0 and len(data) - at >= _END_RECORD_BYTES:
        (size,) = struct.unpack_from("<L", data, at + 12)
        if size > _MAX_DIRECTORY_BYTES:
            raise InputError(f"{path}: its list of files is larger than that of any real book; it cannot be read")
