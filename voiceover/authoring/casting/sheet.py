"""The cast sheet: a YAML file of all speakers with their other names and lines, in which a person writes their voices.

Alice:
  voice: cora
  aliases: [Miss Alice]
  lines: 41
  first_words: I shall be late!
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from voiceover.authoring.front_matter import yaml_word
from voiceover.errors import InputError, OutputError, SettingsError
from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Fields, Items, Node, Scalar, read_yaml
from voiceover.settings.values import is_empty, parse_integer, read_fields, read_word, read_words
from voiceover.system.files import os_errors_as, write_whole

KEYS = ("voice", "aliases", "lines", "first_words")
_MAX_BYTES = 1_000_000
_HEAD = """\
# The cast. Write a voice for each speaker (`voiceover voices` lists them). If two of these are one person, move the name of one into the
# aliases of the other and delete its entry. Then run the same command again with --force: the voices and names hold for all chapters.
"""


@dataclass(frozen=True, slots=True)
class CastRole:
    """One speaker of the sheet."""

    name: str
    voice: str = ""
    """Empty until somebody chooses one."""
    aliases: tuple[str, ...] = ()
    """Other names of the same speaker."""
    lines: int = 0
    """Number of quotations in the chapters of the last run."""
    first_words: str = ""


def read_sheet(path: Path) -> tuple[CastRole, ...]:
    """Return the roles of a sheet; none if there is no such file. Raises SettingsError, or InputError if it is unreadable."""
    if not path.exists():
        return ()
    with os_errors_as(InputError, "read the cast sheet", path), path.open("rb") as file:
        data = file.read(_MAX_BYTES + 1)
    problems = Problems()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: the cast sheet is not UTF-8 text; save it as UTF-8") from error
    if len(data) > _MAX_BYTES:
        raise InputError(f"{path}: a cast sheet is at most {_MAX_BYTES // 1_000_000} MB")
    node = read_yaml(text, str(path), problems)
    roles: list[CastRole] = []
    if node is not None and not isinstance(node, Fields):
        problems.error(node.source, "not-a-mapping", "a cast sheet is a mapping from speakers to {voice, aliases}")
    elif node is not None:
        roles = [_role(key, value, problems) for key, value in node.entries]
        _check_names(roles, node, problems)
    if problems.errors:
        raise SettingsError(problems.errors)
    return tuple(roles)


def _role(key: Scalar, node: Node, problems: Problems) -> CastRole:
    if is_empty(node):
        return CastRole(key.text)
    values = read_fields(node, problems, f"the entry of {key.text}", KEYS)
    if values is None:
        return CastRole(key.text)
    given = {name: value for name, value in values.items() if not (isinstance(value, Items) and not value.items)}
    voice = read_word(given["voice"], problems, f"the voice of {key.text}") if "voice" in given else None
    aliases = read_words(given["aliases"], problems, f"the aliases of {key.text}") if "aliases" in given else None
    lines, words = given.get("lines"), given.get("first_words")
    count = parse_integer(lines.text) if isinstance(lines, Scalar) else None
    first_words = words.text if isinstance(words, Scalar) else ""
    return CastRole(key.text, voice or "", tuple(word for word, _ in aliases or ()), count or 0, first_words)


def _check_names(roles: Sequence[CastRole], node: Fields, problems: Problems) -> None:
    owners: dict[str, str] = {}
    for role, (key, _) in zip(roles, node.entries, strict=True):
        for name in (role.name, *role.aliases):
            owner = owners.setdefault(name.casefold(), role.name)
            if owner != role.name:
                message = f'"{name}" is a name of {owner} and of {role.name}; a name can belong to one of them only'
                problems.error(key.source, "duplicate-name", message)


def write_sheet(path: Path, roles: Sequence[CastRole]) -> None:
    """Write the sheet atomically. Raises OutputError."""
    parts = [_HEAD]
    for role in roles:
        aliases = ", ".join(yaml_word(alias) for alias in role.aliases)
        parts.append(f"\n{yaml_word(role.name)}:\n  voice:{f' {yaml_word(role.voice)}' if role.voice else ''}\n  aliases: [{aliases}]\n")
        parts.append(f"  lines: {role.lines}\n  first_words: {json.dumps(role.first_words, ensure_ascii=False)}\n")
    write_whole(path, "".join(parts).encode(), "write the cast sheet", OutputError)


def merged(roles: Sequence[CastRole], found: Sequence[CastRole]) -> tuple[CastRole, ...]:
    """Return the sheet with what a run has found: voices and aliases of persons stay, lines and first words are the new ones."""
    by_name: Mapping[str, CastRole] = {role.name.casefold(): role for role in found}
    kept = []
    for role in roles:
        new = by_name.get(role.name.casefold())
        if new is None:
            kept.append(role)
            continue
        taken = {name.casefold() for each in roles if each is not role for name in (each.name, *each.aliases)}
        own = {name.casefold() for name in (role.name, *role.aliases)}
        more = tuple(alias for alias in new.aliases if alias.casefold() not in own | taken)
        kept.append(CastRole(role.name, role.voice, (*role.aliases, *more), new.lines, new.first_words))
    known = {role.name.casefold() for role in roles}
    return (*kept, *(role for role in found if role.name.casefold() not in known))
