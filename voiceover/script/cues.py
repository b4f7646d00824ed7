"""Pauses, sounds, music and recorded turns: one grammar for the brackets of Markdown and the mappings of YAML."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from string import ascii_lowercase

from voiceover.audio.formats import RECORDING_SUFFIXES
from voiceover.script.places import Place
from voiceover.settings.confine import is_file
from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Node, Scalar
from voiceover.settings.values import did_you_mean, listed, read_bool, read_gain, read_seconds
from voiceover.system.lazy import lazy_pattern
from voiceover.types import Cue, Pause, SoundEntry, Source
from voiceover.types.lazy_dataclass import dataclass

LONGEST_PAUSE_SECONDS = 60.0

_NEAR_HEAD = lazy_pattern(r"\s*([a-z]{4,6})(?:\s*:\s*|\s+)(?=\S)", re.IGNORECASE)
_LONGEST_NEAR = 200
_HEAD = lazy_pattern(r"\s*(pause|sound|music|audio)(?![\w-])\s*(:?)\s*", re.IGNORECASE)
_KEYED = lazy_pattern(r"(gain|fade)(?:\s+|\s*[:=]\s*)(.+)", re.IGNORECASE | re.DOTALL)
_SUFFIXES = "|".join(map(re.escape, RECORDING_SUFFIXES))
_RECORDING = lazy_pattern(rf"(?:{_SUFFIXES})\s*(?:,|$)", re.IGNORECASE)
_GAIN = lazy_pattern(r"[-+−]?[\d.]+\s*(?:db)?", re.IGNORECASE)
_FORMS = {
    "pause": "[pause 1.5s] or [pause: 500ms]",
    "sound": "[sound: NAME], [sound: NAME, -6dB] or [sound: NAME, under]",
    "music": "[music: NAME, under, -18dB, fade 2s] or [music: stop, fade 3s]",
    "audio": "[audio: FILE] or [audio: FILE, -3dB]",
}


@dataclass(frozen=True, slots=True)
class RecordedTurn:
    """A recorded turn's file, as written."""

    path: str
    source: Source
    gain_db: float = 0.0


def starts_cue(content: str) -> bool:
    """Return True if the content of brackets starts like a cue."""
    return _HEAD.match(content) is not None


def _slips(word: str) -> Iterator[str]:
    """Return all words that are one edit from ``word``: a letter inserted, removed or replaced, or two letters swapped."""
    for at in range(len(word) + 1):
        head, tail = word[:at], word[at:]
        yield head + tail[1:]
        yield head + tail[1:2] + tail[:1] + tail[2:]
        for letter in ascii_lowercase:
            yield head + letter + tail
            yield head + letter + tail[1:]


_NEAR = {slip: kind for kind in _FORMS for slip in _slips(kind) if slip not in _FORMS}
"""The intended cue for each typo."""


def may_be_near_cue(content: str) -> bool:
    """Return True if the first word in brackets is one edit from that of a cue. The rest is checked against the defined sounds."""
    head = _NEAR_HEAD.match(content) if len(content) <= _LONGEST_NEAR else None
    return head is not None and head[1].lower() in _NEAR


@dataclass(frozen=True, slots=True)
class CueReader:
    """Reads the cues of one script."""

    problems: Problems
    sounds: Mapping[str, SoundEntry]
    """Sounds by the names that the script gives them."""
    check_file: Callable[[str, Source], None]
    """Reports a recording that cannot be used."""

    def bracket(self, content: str, at: int, place: Place) -> Pause | Cue | RecordedTurn | None:
        """Return the cue in brackets whose ``content`` starts at offset ``at``; None, with an error, if it is invalid."""
        head = _HEAD.match(content)
        if head is None:
            return None
        kind = head[1].lower()
        source = place(at - 1)
        parts = list(_parts(content, head.end(), at, place))
        if not parts[0].text or (kind != "pause" and not head[2]) or (kind == "pause" and len(parts) > 1):
            message = f"[{_short(content)}] is not a valid cue: write {_FORMS[kind]}, or \\[ to have the bracket read as text"
            self.problems.error(source, "bad-cue", message)
            return None
        if kind == "pause":
            return self.pause(parts[0], source)
        fields: dict[str, Node] = {}
        for part in parts[1:]:
            key, value = _setting(part)
            if key is None or key in fields or (kind == "audio" and key != "gain"):
                self.problems.error(part.source, "bad-cue", f'"{part.text}" is not valid here: write {_FORMS[kind]}')
                return None
            fields[key] = value
        return self.cue(kind, parts[0], fields, source)

    def near(self, content: str, place: Place) -> str | None:
        """Return the cue that mistyped brackets are meant to be, if the rest of the brackets fits that cue."""
        head = _NEAR_HEAD.match(content)
        if head is None:
            return None
        kind, rest = _NEAR[head[1].lower()], content[head.end() :]
        if kind == "audio":
            return f"[audio: {rest}]" if ":" in head[0] and _RECORDING.search(rest) else None
        if kind != "pause" and ":" not in head[0]:
            return None
        trial = Problems()
        mended = f"pause {rest}" if kind == "pause" else f"{kind}: {rest}"
        CueReader(trial, self.sounds, self.check_file).bracket(mended, 1, place)
        return None if any(problem.code != "missing-file" for problem in trial.found) else f"[{mended}]"

    def pause(self, length: Node, source: Source) -> Pause | None:
        """Read a pause of 0 to 60 s."""
        seconds = read_seconds(length, self.problems, "a pause", 0.0, LONGEST_PAUSE_SECONDS)
        return None if seconds is None else Pause(seconds, source)

    def cue(self, kind: str, name: Scalar, fields: Mapping[str, Node], source: Source) -> Cue | RecordedTurn | None:
        """Read a sound, music or recording with its settings ``under``, ``gain`` and ``fade``."""
        before = len(self.problems.found)
        gain = read_gain(fields["gain"], self.problems, "gain") if "gain" in fields else None
        fade = read_seconds(fields["fade"], self.problems, "fade", 0.0, LONGEST_PAUSE_SECONDS) if "fade" in fields else None
        under = read_bool(fields["under"], self.problems, "under") if "under" in fields else None
        typed = name.text.strip()
        if kind == "audio":
            self.check_file(typed, name.source)
            return RecordedTurn(typed, source, gain or 0.0)
        if kind == "music" and typed.casefold() == "stop":
            if "gain" in fields or "under" in fields:
                self.problems.error(source, "bad-cue", "[music: stop] takes only the setting fade")
            return Cue("music", None, source, fade_seconds=fade or 0.0)
        if typed not in self.sounds:
            self.problems.error(name.source, "unknown-sound", self._unknown(typed))
        elif not is_file(Path(self.sounds[typed].path)):
            self.problems.error(name.source, "missing-file", f'the file of the sound "{typed}" is missing: {self.sounds[typed].path}')
        if len(self.problems.found) > before:
            return None
        return Cue(kind, typed, source, bool(under), gain, fade or 0.0)

    def _unknown(self, name: str) -> str:
        if not self.sounds:
            return f'unknown sound "{name}"; name its file under sounds:'
        hint = did_you_mean(name, self.sounds, self.problems)
        return f'unknown sound "{name}"{hint or "."} The sounds are {listed(self.sounds)}.'


def _parts(content: str, start: int, at: int, place: Place) -> list[Scalar]:
    """Yield the comma-separated parts of a cue from ``start``, each with its location."""
    parts: list[Scalar] = []
    for piece in content[start:].split(","):
        lead = len(piece) - len(piece.lstrip())
        parts.append(Scalar(" ".join(piece.split()), True, place(at + start + lead)))
        start += len(piece) + 1
    return parts


def _setting(part: Scalar) -> tuple[str | None, Scalar]:
    if part.text.lower() == "under":
        return "under", Scalar("true", True, part.source)
    if _GAIN.fullmatch(part.text):
        return "gain", part
    keyed = _KEYED.fullmatch(part.text)
    return (keyed[1].lower(), Scalar(keyed[2], True, part.source)) if keyed else (None, part)


def _short(content: str) -> str:
    words = " ".join(content.split())
    return words if len(words) <= 40 else words[:39] + "…"
