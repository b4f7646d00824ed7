"""Reads ``NAME.takes.yaml``. The file may come from a stranger, with the script that it is for."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from voiceover.errors import InputError
from voiceover.settings.confine import confined
from voiceover.settings.layers import MAX_SEED
from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Fields, Items, Node, read_yaml
from voiceover.settings.values import read_fields, read_integer, read_option, read_text, read_word, read_words
from voiceover.system.dependencies import add_dependency
from voiceover.system.files import os_error_words
from voiceover.text.audible import is_audible
from voiceover.text.pieces import tidy
from voiceover.types import CHOICES_SUFFIX, OwnRecording, Source, TakeChoice

TAKES = "takes"
"""The one key of the file."""
KEYS = ("speaker", "text", "occurrence", "attempt", "seed", "speed", "say", "audio", "accept")
_DECIDING = ("attempt", "seed", "speed", "say", "audio")
MOST_BYTES = 4 * 1024 * 1024
MOST_CHOICES = 2000
MOST_OCCURRENCES = 10_000
MOST_ATTEMPTS = 1_000_000
MOST_SAID = 5000
"""Characters of a spelling: over five minutes of speech."""
SAID = f"words that can be spoken, on one line of at most {MOST_SAID} characters"
WORDS = "choices for takes"


def choices_file(script: Path) -> Path:
    """Return the path of the choices for a script; the file need not exist."""
    return script.with_name(f"{script.stem}{CHOICES_SUFFIX}")


def read_choices(path: Path, problems: Problems) -> tuple[TakeChoice, ...]:
    """Read the choices in a file, in its order; none if there is no such file.

    Adds an error to ``problems`` for everything that is wrong, and for an own recording that is missing or is not audio; a choice with an
    error is left out.
    """
    add_dependency(path)
    text = read_text_of(path, problems)
    return () if text is None else parse_choices(text, path, problems)


def parse_choices(text: str, path: Path, problems: Problems) -> tuple[TakeChoice, ...]:
    """Return the choices in the text of the file at ``path``; see ``read_choices``."""
    node = read_yaml(text, str(path), problems)
    if node is None:
        return ()
    entries = (read_fields(node, problems, WORDS, (TAKES,)) or {}).get(TAKES)
    if entries is None:
        return ()
    if not isinstance(entries, Items):
        problems.error(entries.source, "bad-value", f"{TAKES} must be a list with an entry per passage, such as - speaker: Ada")
        return ()
    if len(entries.items) > MOST_CHOICES:
        problems.error(entries.source, "bad-value", f"{TAKES} may have {MOST_CHOICES} entries, not {len(entries.items)}")
        return ()
    digests: dict[Path, str | None] = {}
    found: dict[tuple[str, str, int], TakeChoice] = {}
    for entry in entries.items:
        choice = _choice(entry, path, digests, problems)
        if choice is None:
            continue
        first = found.setdefault(passage_key(choice), choice)
        if first is not choice:
            problems.error(choice.source, "duplicate-key", f"there are two entries for this passage; the first is at {first.source}")
    return tuple(found.values())


def passage_key(choice: TakeChoice) -> tuple[str, str, int]:
    """Return a key that is equal for two choices for the same passage."""
    return choice.speaker.casefold(), squeezed(choice.text), choice.occurrence


def may_be_said(text: str) -> bool:
    """Return True if ``text`` can be a spelling to speak."""
    return len(text) <= MOST_SAID and is_audible(text) and len(text.splitlines()) == 1


def squeezed(text: str) -> str:
    """Return ``text`` without white space, which is the same however a passage is wrapped or cut."""
    return "".join(tidy(text).split())


def read_text_of(path: Path, problems: Problems) -> str | None:
    """Return the text of the file at ``path``; None if there is none, or, with an error, if it cannot be read."""
    if not os.path.lexists(path):  # a link that leads nowhere is an error
        return None
    top = Source(str(path))
    try:
        data = _bytes(path)
    except OSError as error:
        problems.error(top, "unreadable-file", f"the {WORDS} cannot be read: {os_error_words(error)}")
    except InputError as error:
        problems.error(top, "not-a-file", str(error))
    else:
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            problems.error(top, "not-utf-8", f"byte 0x{data[error.start]:02X} is not UTF-8 text; save the file as UTF-8")
    return None


def _bytes(path: Path) -> bytes:
    """Return the content. Raises OSError, and InputError for what is not a file of the script's folder, or too large."""
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(path.parent)):
        raise InputError("this is a link to a file outside the script's folder; put the file itself here")
    if not path.is_file():
        raise InputError(f"this is not a file; the {WORDS} of a script are in it")
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise InputError(f"a file of {WORDS} has at most {MOST_BYTES // 1024**2} MB")
    return data


def _choice(entry: Node, path: Path, digests: dict[Path, str | None], problems: Problems) -> TakeChoice | None:
    before = len(problems.errors)
    values = read_fields(entry, problems, "an entry of takes", KEYS)
    if values is None or not isinstance(entry, Fields):
        return None
    source = entry.source
    speaker, text = (read_text(values[key], problems, key) if key in values else None for key in ("speaker", "text"))
    for key, value in (("speaker", speaker), ("text", text)):
        if not value and len(problems.errors) == before:
            problems.error(source, "missing-key", f'an entry needs "{key}": {_WANTED[key]}')
    whole = {
        key: read_integer(values[key], problems, key, low, high) if key in values else None
        for key, low, high in (("occurrence", 1, MOST_OCCURRENCES), ("attempt", 0, MOST_ATTEMPTS), ("seed", 0, MAX_SEED))
    }
    speed = read_option("speed", values["speed"], problems) if "speed" in values else None
    chosen = TakeChoice(
        speaker=speaker or "",
        text=text or "",
        source=source,
        occurrence=whole["occurrence"] or 1,
        attempt=whole["attempt"],
        seed=whole["seed"],
        speed=None if speed is None else float(speed),
        say=_say(values, problems),
        recording=_recording(values, path, digests, problems),
        accepted=tuple(word for word, _ in read_words(values["accept"], problems, "accept") or ()) if "accept" in values else (),
    )
    if len(problems.errors) == before:
        _check_whole(chosen, values, problems)
    return chosen if len(problems.errors) == before else None


_WANTED = {"speaker": "who says the passage", "text": "its words"}


def _check_whole(choice: TakeChoice, values: Mapping[str, Node], problems: Problems) -> None:
    others = [key for key in _DECIDING if key in values and key != "audio"]
    if choice.recording is not None and others:
        problems.error(values[others[0]].source, "bad-value", f'"{others[0]}" cannot be chosen for an own recording; remove it or "audio"')
    if not choice.decides_sound and not choice.accepted:
        problems.error(choice.source, "missing-key", f"an entry needs a choice: {', '.join(KEYS[3:])}")


def _say(values: Mapping[str, Node], problems: Problems) -> str | None:
    if "say" not in values:
        return None
    say = read_word(values["say"], problems, "say")
    if say is not None and not may_be_said(say):
        problems.error(values["say"].source, "bad-value", f"say must be {SAID}")
        return None
    return say


def _recording(values: Mapping[str, Node], path: Path, digests: dict[Path, str | None], problems: Problems) -> OwnRecording | None:
    if "audio" not in values:
        return None
    node = values["audio"]
    name = read_word(node, problems, "audio")
    file = confined(name, path.parent, (), node.source, problems, must_exist=True) if name else None
    if file is None or name is None:
        return None
    if file not in digests:
        digests[file] = _digest(file, node.source, problems)
    digest = digests[file]
    return None if digest is None else OwnRecording(file, digest, name)


def _digest(file: Path, source: Source, problems: Problems) -> str | None:
    from voiceover.takes.choices.recordings import check_header  # numpy

    try:
        check_header(file)
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except InputError as error:
        problems.error(source, "bad-recording", str(error))
    except OSError as error:
        problems.error(source, "unreadable-file", f"the recording cannot be read: {os_error_words(error)}")
    return None
