"""Detects scripts in YAML or JSON that use other keys, and reports the right ones in a single error.

Programs that write dialogues as JSON or YAML use many words for the same list. Accepting them would be a second format, so the error names
the key, the keys of each line, and the cast to paste.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from voiceover.script.cast_to_paste import cast_to_paste
from voiceover.settings.cast import MAX_NAME, NOT_IN_NAMES
from voiceover.settings.layers import RESERVED_NAMES
from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Fields, Items, Node, Scalar
from voiceover.settings.values import edit_distance
from voiceover.system.lazy import lazy_pattern
from voiceover.types import Source
from voiceover.types.lazy_dataclass import dataclass

SEGMENTS = "segments"
_LIST_NAMES_TYPED = """
segments segment dialogue dialogues dialog dialogs turns turn script scripts lines line transcript transcripts transcription
conversation conversations messages message utterances utterance exchanges exchange chat chats speech speeches sentences paragraphs
passages parts scenes interview discussion podcast body content text narration monologue
"""
_LIST_NAMES = frozenset(_LIST_NAMES_TYPED.split())
"""Keys of a script's lines in other programs; compared without case, ``_`` and ``-``."""
_DIALOGUE_NAMES = frozenset(
    ("dialogue", "dialogues", "dialog", "turns", "script", "lines", "transcript", "conversation", "messages", "utterances", "exchanges")
)
_SPEAKERS_TYPED = """
speaker role name character who actor voice from person participant speakername speakerid speakerlabel user label host guest
sender author party narrator
"""
_SPEAKERS = frozenset(_SPEAKERS_TYPED.split())
_PERHAPS_SPEAKERS = frozenset(("type", "tag", "id", "side"))
"""Keys of the speaker if there is a text and no other key for who says it."""
_TEXTS_TYPED = """
text content line dialogue dialog message utterance words speech value body says said sentence transcript msg quote lines
paragraph parts spoken spokentext narration
"""
_TEXTS = frozenset(_TEXTS_TYPED.split())
_TIMES = frozenset(("start", "end", "begin", "starttime", "endtime", "timestamp", "time", "from", "to", "offset", "duration"))
_OURS = frozenset(("chapter", "pause", "sound", "music", "audio", "style", "lang", "gain", "speed", "seed"))
_MOST_LOOKED_AT = 400
"""Most values to search for lines under another key."""
_SAMPLE = 200
_LABELLED = lazy_pattern(r"\s*([^\W\d_][\w .'\-]{0,30}):\s+\S")

Find = Callable[[str], str | None]
"""Returns the cast name that a word means; None for an unknown name."""


@dataclass(frozen=True, slots=True)
class _Lines:
    """A list of lines in the format of another program."""

    names: tuple[str, ...]
    speaker_key: str = ""
    text_key: str = ""
    is_text: bool = False
    """True if all lines are in one string."""


def lines_elsewhere(node: Node, problems: Problems, *, has_cast: bool, as_json: bool, is_page: bool = False) -> bool:
    """Add one error if the lines of a script are under another key than ``segments``, or are the whole file; return True if so.

    ``is_page`` is for front matter without text, which is usually a page of lists and forms: then only a certain dialogue counts.
    """
    if isinstance(node, Items):
        lines = _lines_in(node, True)
        message = "a script is not a list alone; put the list under the key segments"
        problems.error(node.source, "no-segments", message + _advice(lines or _Lines(()), has_cast=has_cast, as_json=as_json))
        return True
    if not isinstance(node, Fields) or node.get(SEGMENTS) is not None:
        return False
    for is_sure in (True, False):  # a nested list of turns is a better guess than a likely name above it
        for path, source, value in _walk(node):
            if is_page and _squeezed(path[-1]) not in _DIALOGUE_NAMES and not _has_speakers(value):
                continue
            if lines := _lines_under(path[-1], value, is_sure=is_sure):
                where = " at the top of the file" if len(path) > 1 else ""
                key = ".".join(path)
                if lines.is_text:
                    message = f'"{key}" holds the lines as one text; write a list called {SEGMENTS}{where}, or Markdown below front matter'
                else:
                    message = f'"{key}" looks like the lines of a script; call it {SEGMENTS}{where}'
                problems.error(source, "no-segments", message + _advice(lines, has_cast=has_cast, as_json=as_json))
                return True
    return False


def _has_speakers(node: Node) -> bool:
    return isinstance(node, Items) and any(isinstance(item, Fields) and item.get("speaker") is not None for item in node.items[:3])


def _lines_under(key: str, value: Node, *, is_sure: bool) -> _Lines | None:
    """Return the lines in the value of a key; if ``is_sure``, only a list of mappings that each have a speaker and a text."""
    if is_sure:
        lines = _lines_in(value, False)
        return lines if lines is not None and lines.speaker_key and lines.text_key else None
    return _lines_in(value, _squeezed(key) in _LIST_NAMES or (len(key) > 5 and edit_distance(key.casefold()[:12], SEGMENTS) <= 2))


def segments_misread(node: Node | None, find: Find, problems: Problems, *, has_cast: bool, as_json: bool) -> bool:
    """Add one error if ``segments`` has the keys of another program, or names speakers without a cast; return True if so."""
    if not isinstance(node, Items):
        return False
    lists = [item for item in node.items if isinstance(item, Items)]
    if len(lists) > 1:
        advice = _advice(_lines_in(node, True) or _Lines(()), has_cast=has_cast, as_json=as_json)
        problems.error(lists[0].source, "bad-segment", f"a segment is not a list ({_count(len(lists))}){advice}")
        return True
    odd: list[tuple[Fields, str, str]] = []
    timed: list[Fields] = []
    for item in node.items:
        if not isinstance(item, Fields) or any(find(key.text) is not None for key, _ in item.entries):
            continue
        speaker, text = _keys_of(item)
        has_speaker, has_text = item.get("speaker") is not None, item.get("text") is not None
        if {_squeezed(key.text) for key, _ in item.entries} & _OURS:
            continue
        if (speaker and text) and not (has_speaker and has_text):
            odd.append((item, "speaker" if has_speaker else speaker, "text" if has_text else text))
        elif has_text and sum(_squeezed(key.text) in _TIMES for key, _ in item.entries) > 1:
            timed.append(item)
    if not odd and not timed and (has_cast or not _names_without_cast(node, find)):
        return False
    lines = _lines_in(node, True) or _Lines(())
    if odd:
        first, speaker, text = odd[0]
        advice = _advice(_Lines(lines.names), has_cast=has_cast, as_json=as_json, keys=False)
        message = f"the keys of a segment are speaker and text, not {speaker} and {text} ({_count(len(odd))}){advice}"
        problems.error(first.source, "unknown-key", message)
    elif timed:
        message = f"these segments have times, like those of a transcript; keep only speaker and text ({_count(len(timed))})"
        problems.error(timed[0].source, "unknown-key", message)
    else:
        source, names = _names_without_cast(node, find) or (node.source, ())
        advice = cast_to_paste(names, as_json=as_json)
        problems.error(source, "unknown-speaker", f"this script has speakers but no cast; add {advice}")
    return True


def json_lines(node: Node | None, body: str, path: str, problems: Problems) -> bool:
    """Add one error for a file with one JSON object per line; return True if so."""
    if not isinstance(node, Fields) or not all(_keys_of(node)) or not body.lstrip().startswith('{"'):
        return False
    message = "this file has one JSON object per line; write one object with the list segments, each with the keys speaker and text"
    problems.error(Source(path), "no-segments", message)
    return True


def _count(number: int) -> str:
    return f"{number} segment{'' if number == 1 else 's'}"


def _squeezed(key: str) -> str:
    return key.casefold().replace("_", "").replace("-", "").replace(" ", "")


def _walk(node: Fields) -> Iterator[tuple[tuple[str, ...], Source, Node]]:
    """Yield all keys with their values, top levels first, up to a limit."""
    queue: deque[tuple[tuple[str, ...], Node]] = deque([((), node)])
    looked_at = 0
    while queue:
        path, part = queue.popleft()
        if isinstance(part, Items):
            queue.extend((path, item) for item in part.items[:3] if isinstance(item, Fields))
        elif isinstance(part, Fields):
            for key, value in part.entries:
                looked_at += 1
                if looked_at > _MOST_LOOKED_AT:
                    return
                yield (*path, key.text), key.source, value
                if len(path) < 4 and key.text not in ("cast", "sounds", "lexicon"):
                    queue.append(((*path, key.text), value))


def _lines_in(node: Node, named: bool) -> _Lines | None:
    """Return the lines in a value; ``named`` is True if its key suggests lines."""
    if isinstance(node, Scalar):
        text = node.text.strip()
        is_long = "\n" in text or len(text) > 60
        return _Lines(_labels_in(text), is_text=True) if named and is_long else None
    if isinstance(node, Fields):
        values = [value for _, value in node.entries]
        if named and values and all(isinstance(value, Fields) and all(_keys_of(value)) for value in values):
            return _lines_in(Items(tuple(values), node.source), True)
        is_by_name = named and values and all(isinstance(value, Items) for value in values)
        is_by_name = is_by_name and _LIST_NAMES.isdisjoint(_squeezed(key.text) for key, _ in node.entries)
        return _Lines(_unique([key.text for key, _ in node.entries])) if is_by_name else None
    maps = [item for item in node.items[:_SAMPLE] if isinstance(item, Fields)]
    keys = next((found for item in maps if all(found := _keys_of(item))), ("", ""))
    if not all(keys) and not named:
        return None
    if not all(keys):
        keys = next((found for item in maps if any(found := _keys_of(item))), ("", ""))
    return _Lines(_unique(_names_in(node, keys)), *keys)


def _keys_of(fields: Fields) -> tuple[str, str]:
    """Return the keys of the speaker and of the text in a mapping; an empty string if there is none."""
    squeezed = {_squeezed(key.text): key.text for key, value in fields.entries if isinstance(value, Scalar)}
    speaker = squeezed.get("speaker") or next((typed for name, typed in squeezed.items() if name in _SPEAKERS), "")
    text = squeezed.get("text") or next((typed for name, typed in squeezed.items() if name in _TEXTS and typed != speaker), "")
    if text and not speaker:
        speaker = next((typed for name, typed in squeezed.items() if name in _PERHAPS_SPEAKERS), "")
    return speaker, text


def _names_in(node: Items, keys: tuple[str, str]) -> Iterator[str]:
    for item in node.items[:_SAMPLE]:
        if isinstance(item, Scalar):
            if label := _LABELLED.match(item.text[:60]):
                yield label[1]
        elif isinstance(item, Items):
            first = item.items[0] if item.items else None
            if isinstance(first, Scalar) and len(item.items) == 2:
                yield first.text
        elif all(keys):
            speaker = item.get(keys[0])
            if isinstance(speaker, Scalar):
                yield speaker.text
        else:
            yield from (key.text for key, _ in item.entries if _squeezed(key.text) not in (_TEXTS | _OURS))


def _names_without_cast(node: Items, find: Find) -> tuple[Source, tuple[str, ...]] | None:
    """Return the speakers in segments and the location of the first; None if there are none, or a key may be text with a colon."""
    found: list[tuple[Source, str]] = []
    is_explicit = False
    for item in node.items:
        if not isinstance(item, Fields):
            continue
        speaker = item.get("speaker")
        if isinstance(speaker, Scalar):
            if find(speaker.text) is None:
                found.append((speaker.source, speaker.text))
                is_explicit = True
        elif len(item.entries) == 1 and item.get("text") is None:
            key = item.entries[0][0]
            if _squeezed(key.text) not in _OURS | {"scene"} and find(key.text) is None:
                found.append((key.source, key.text))
    names = _unique([name for _, name in found])
    if not names or not (is_explicit or len(found) > len(names)):
        return None
    return found[0][0], names


def _labels_in(text: str) -> tuple[str, ...]:
    lines = text.split("\n", _SAMPLE)[:_SAMPLE]
    return _unique([label[1] for line in lines if (label := _LABELLED.match(line[:60]))])


def _unique(names: Iterator[str] | list[str]) -> tuple[str, ...]:
    """Return the names in order, each once regardless of case, without those that cannot be a speaker."""
    found: dict[str, str] = {}
    for name in names:
        word = " ".join(name.split())
        if word and len(word) <= MAX_NAME and word.casefold() not in RESERVED_NAMES and not NOT_IN_NAMES.search(word):
            found.setdefault(word.casefold(), word)
    return tuple(found.values())


def _advice(lines: _Lines, *, has_cast: bool, as_json: bool, keys: bool = True) -> str:
    """Return advice on the keys of each line and the cast."""
    speaker, text = lines.speaker_key, lines.text_key
    other = f" (not {speaker} and {text})" if speaker and text and (speaker, text) != ("speaker", "text") else ""
    said = f", each line with the keys speaker and text{other}" if keys else ""
    return said + ("" if has_cast or not lines.names else f"; and add {cast_to_paste(lines.names, as_json=as_json)}")
