"""Changes the configuration file as a person would: only the lines of one server, with all comments and other lines left as they are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from voiceover.errors import InputError, OutputError, SettingsError
from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Fields, Scalar, read_yaml
from voiceover.settings.user_config import (
    LABEL,
    LABEL_WANTED,
    SERVERS,
    config_file,
    parse_user_config,
    read_config_text,
    read_server,
    server_called,
)
from voiceover.system.files import make_folder, write_whole
from voiceover.system.lazy import lazy_pattern
from voiceover.system.locks import one_of
from voiceover.types import Source, SpeechServer, UserConfig

_PRIVATE = 0o600
_LISTS = ("voices", "languages")
_PLAIN = lazy_pattern(r"[A-Za-z0-9/][A-Za-z0-9_./:+-]*[A-Za-z0-9_/+-]|[A-Za-z0-9]", re.ASCII)
_LINE_ENDS = lazy_pattern(r"(?<=\n)|(?<=\r)(?!\n)")


def add_server(label: str, values: Mapping[str, str], *, replace: bool = False) -> SpeechServer:
    """Write a server into the configuration, at the end of its servers or in place of the one it replaces; return it.

    ``values`` are as typed in the file. Raises InputError for a wrong value, or if there is such a server and ``replace`` is false;
    SettingsError if the file has errors; OutputError if it cannot be written.
    """
    server = checked_server(label, values)
    with _changing() as file:
        if label in file.config.servers and not replace:
            raise InputError(f"there is a server {label} in {file.config.path}; give --replace to replace it, or another label")
        file.write(file.with_lines_of(label, _lines(label, values)), {**file.config.servers, label: server})
    return server


def remove_server(label: str) -> SpeechServer:
    """Take a server out of the configuration; return it. Raises InputError if there is none, and as ``add_server`` does."""
    with _changing() as file:
        server = server_called(label, file.config.servers)
        if isinstance(server, str):
            raise InputError(server)
        file.write(file.with_lines_of(label, []), {name: each for name, each in file.config.servers.items() if name != label})
    return server


def checked_server(label: str, values: Mapping[str, str]) -> SpeechServer:
    """Return the server with ``values`` as typed. Raises InputError for the label and each value that is wrong, without quoting keys."""
    if not re.fullmatch(LABEL, label):
        raise InputError(f'the label of a server must be {LABEL_WANTED}, not "{label[:60]}"')
    problems = Problems()
    entries = tuple((Scalar(key, True, Source("")), Scalar(value, False, Source(key))) for key, value in values.items())
    server = read_server(Scalar(label, True, Source("")), Fields(entries, Source("")), problems)
    if server is None:
        raise InputError(*(problem.message for problem in problems.errors))
    return server


class _File:
    """The configuration file while it is changed."""

    def __init__(self, path: Path) -> None:
        problems = Problems()
        self.text = read_config_text(path, problems)
        self.config: UserConfig = parse_user_config(self.text, path, problems)
        if problems.errors:
            raise SettingsError(problems.errors)
        self.lines = [line for line in _LINE_ENDS.split(self.text) if line]
        self.root = read_yaml(self.text, str(path), Problems())

    def with_lines_of(self, label: str, block: list[str]) -> str:
        """Return the text with the lines of the server ``label`` replaced by ``block``, or with ``block`` after the last server."""
        entries = self.root.entries if isinstance(self.root, Fields) else ()
        key, servers = next(((key, value) for key, value in entries if key.text == SERVERS), (None, None))
        starts = [name.source.line - 1 for name, _ in entries]
        if key is None:
            return self._joined(len(self.lines), 0, [f"{SERVERS}:", *(f"  {line}" for line in block)])
        after = self._trimmed(min((start for start in starts if start >= key.source.line), default=len(self.lines)), key.source.line)
        if not isinstance(servers, Fields) or not servers.entries:
            return self._joined(key.source.line, 0, [f"  {line}" for line in block])
        names = {name.text: name.source for name, _ in servers.entries}
        margin = " " * (servers.entries[0][0].source.column - 1)
        indented = [margin + line for line in block]
        if label not in names:
            return self._joined(after, 0, indented)
        start = names[label].line - 1
        following = min((source.line - 1 for source in names.values() if source.line - 1 > start), default=after)
        return self._joined(start, self._trimmed(following, start + 1) - start, indented)

    def _trimmed(self, stop: int, least: int) -> int:
        """Return ``stop`` without the blank lines and comments before it, which belong to what follows."""
        while stop > least and self.lines[stop - 1].strip()[:1] in ("", "#"):
            stop -= 1
        return stop

    def _joined(self, start: int, count: int, block: list[str]) -> str:
        before, after = "".join(self.lines[:start]), "".join(self.lines[start + count :])
        return (
            before
            + ("\n" if before and block and not before.endswith(("\n", "\r")) else "")
            + "".join(f"{line}\n" for line in block)
            + after
        )

    def write(self, text: str, wanted: Mapping[str, SpeechServer]) -> None:
        """Write ``text`` if it holds exactly the servers that are wanted, in a form that this class can change."""
        path, problems = self.config.path, Problems()
        if parse_user_config(text, path, problems).servers != wanted or problems.errors:
            raise InputError(f"{path}: its servers are not written one key per line, so they can only be changed in an editor")
        # A link, such as that of a folder of dotfiles, stays.
        write_whole(path.resolve(), text.encode("utf-8"), "write the configuration", OutputError, mode=_PRIVATE)


@contextmanager
def _changing() -> Iterator[_File]:
    """Yield the file, which no other process changes meanwhile."""
    path = config_file()
    make_folder(path.parent, "write the configuration")
    with one_of(path.parent, path.name, 1):
        yield _File(path)


def _lines(label: str, values: Mapping[str, str]) -> list[str]:
    return [f"{label}:", *(f"  {key}: {_listed(value) if key in _LISTS else _scalar(value)}" for key, value in values.items())]


def _listed(value: str) -> str:
    return f"[{', '.join(_scalar(word.strip()) for word in value.split(',') if word.strip())}]"


def _scalar(value: str) -> str:
    """Return ``value`` as YAML on one line: JSON's quotes are YAML's, too."""
    return value if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)
