"""Reads dialogues in JSON or YAML of any tool: a list of records, each with a speaker and what is said."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath

from voiceover.authoring.importing.manuscript import Manuscript
from voiceover.authoring.importing.plain_text import decode_text
from voiceover.authoring.importing.spoken_turns import TurnList
from voiceover.errors import InputError, SettingsError
from voiceover.script import YAML_SUFFIXES
from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Fields, Items, Node, read_yaml

_WHO = ("speaker", "speaker_name", "name", "character", "role", "voice", "person", "who", "speaker_id", "from", "author")
"""Keys of who speaks, the surest first."""
_WHAT = ("text", "body", "line", "utterance", "dialogue", "content", "message", "transcript", "value", "words")
"""Keys of what is said."""
_DEEPEST = 4


def read_turn_records(path: str, data: bytes, *, whole: bool = False, depth: int | None = None) -> Manuscript:
    """Return the dialogue in a JSON or YAML file. ``whole`` and ``depth`` have no effect.

    Raises InputError with the place if the file cannot be parsed, holds no list of turns, or is a script already.
    """
    turns = TurnList(path)
    text = decode_text(path, data, turns.remarks)
    found = _parsed(path, text)
    about = found if isinstance(found, dict) else {}
    if "cast" in about and "segments" in about:
        raise InputError(f"{path}: this is a script already; check it with: voiceover check {path}")
    records = _longest_list(found)
    if not records:
        raise InputError(f'{path}: no list of turns was found in it; write each as {{"speaker": "Ann", "text": "Hello."}}')
    for number, record in enumerate(records, 1):
        speaker, words = _turn(record)
        if words.strip():
            turns.continue_or_say(speaker, words, apart=True)
        else:
            turns.leave_out("record without text", 0, f"number {number}")
    title, author, language = (str(about.get(key) or "") for key in ("title", "author", "language"))
    return turns.manuscript(title, author, language)


def _parsed(path: str, text: str) -> object:
    if PurePath(path).suffix.lower() in YAML_SUFFIXES or text.lstrip()[:1] not in ("{", "["):
        problems = Problems()
        node = read_yaml(text, path, problems)
        if problems.errors:
            raise SettingsError(problems.errors)
        return _values(node) if node is not None else None
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{path}:{error.lineno}:{error.colno}: this is not JSON: {error.msg}") from error
    except (RecursionError, ValueError) as error:
        raise InputError(f"{path}: this JSON is nested too deeply, or has numbers that are too long") from error


def _values(node: Node) -> object:
    if isinstance(node, Fields):
        return {key.text: _values(value) for key, value in node.entries}
    if isinstance(node, Items):
        return [_values(item) for item in node.items]
    return node.text


def _longest_list(value: object) -> Sequence[object]:
    """Return the list of turns in a value: the one with most that have words."""
    return max(_lists(value, 0), key=lambda found: sum(bool(_turn(record)[1]) for record in found), default=())


def _lists(value: object, level: int) -> Iterator[Sequence[object]]:
    if isinstance(value, list) and any(_turn(record)[1] for record in value):
        yield value
    if level < _DEEPEST:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) and len(value) < 100 else ()
        for each in inner:
            yield from _lists(each, level + 1)


def _turn(record: object) -> tuple[str, str]:
    """Return who speaks and what is said; both empty if the record is no turn."""
    if isinstance(record, str):
        return "", record
    if isinstance(record, list):
        return (record[0], record[1]) if len(record) == 2 and all(isinstance(part, str) for part in record) else ("", "")
    if not isinstance(record, Mapping):
        return "", ""
    by_key = {str(key).lower().replace("-", "_"): value for key, value in record.items()}
    words = next((by_key[key] for key in _WHAT if isinstance(by_key.get(key), str)), None)
    if words is not None:
        return _name(next((by_key[key] for key in _WHO if by_key.get(key) not in (None, "")), "")), words
    if len(record) == 1:
        ((name, said),) = record.items()
        return (str(name), said) if isinstance(said, str) else ("", "")
    return "", ""


def _name(who: object) -> str:
    if isinstance(who, Mapping):
        who = next((who[key] for key in _WHO if who.get(key)), "")
    if isinstance(who, bool) or not isinstance(who, (str, int)):
        return ""
    return f"Speaker {who}" if isinstance(who, int) or who.isdecimal() else who
