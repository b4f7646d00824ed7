"""Labels that start a speaker's turn, and brackets that resemble labels."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from voiceover.script.cues import starts_cue
from voiceover.script.label_forms import (
    GAP,
    Form,
    after_time,
    count_name_words,
    is_prose,
    line_form,
    lone_form,
    looks_like_name,
    time_beside,
)
from voiceover.settings.values import MOST_HINTS, did_you_mean, edit_distance, listed
from voiceover.system.lazy import lazy_pattern
from voiceover.types import Severity
from voiceover.types.lazy_dataclass import dataclass

_EMPHASIZED = lazy_pattern(rf"(?P<mark>[*_]{{1,3}})(?P<name>[^\n:：()（）\[\]|*<>`\\]{{1,80}}?)(?P=mark)?{GAP}[:：]")
_TOGETHER = lazy_pattern(r"\s*(?:[/&+,]|\band\b)\s*")
_NO_COLON = lazy_pattern(
    r"(?P<mark>\*\*|__|[*_]|)(?P<name>[^\n:：()（）\[\]|*<>`\\]{1,80}?)(?:\.(?P=mark)|(?P=mark)(?:\.|[ \t]{1,9}[-–—]))(?=[ \t])"
)
_GROUP_AT_END = lazy_pattern(r"[ \t]*[(\[][^()\[\]\n]*[)\]]$")
_SENTENCE = lazy_pattern(r"[.!?…。！？\"”’»][ \t]+")
_SAID = lazy_pattern(r"[ \t]{1,9}[\"“‘'*_(\[]{0,3}[^\W\d_a-zà-öø-ÿ]")
"""A capital after a colon: ``Yes. Bo: No.``."""
_BRACKET_COLON = lazy_pattern(rf"[:：]|{GAP}(?::(?!\S)|：)")
"""A colon after ``[Name]``; with a space before it, it may belong to a smiley."""
_DIRECTION_WORDS = lazy_pattern(r"[a-z][a-z' -]{0,60}")
STOPS = frozenset(".!?…。！？\"'”’»")
_SENTENCE_ENDS = STOPS | frozenset(":;)]*_>")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'"})
LONGEST_NAME = 80
"""Most characters of a name before a colon."""
_LONGEST_BRACKET = 300
_MOST_BLANKS = 40
"""Between the end of a sentence and what follows it."""
_MOST_WORK = 2_000_000
"""Limit of compared pairs of letters, about 0.3 s: enough for a cast of ten and thousands of possible typos."""


@dataclass(frozen=True, slots=True)
class Names:
    """The cast, indexed by how writers may type the names."""

    cast: tuple[str, ...]
    by_key: Mapping[str, str]
    """Names in the cast, by their folded form."""
    by_length: Mapping[int, tuple[str, ...]]
    """The keys of ``by_key`` by length."""
    work_left: list[int]
    """Remaining pairs of letters to compare in this script to find typos, and remaining names to search the nearest for."""

    def find(self, typed: str) -> str | None:
        """Return the name in the cast that ``typed`` means, regardless of case and spaces."""
        return self.by_key.get(fold(typed))

    def unknown(self, typed: str, as_text: str = "") -> str:
        """Return the message about a speaker who is not in the cast; ``as_text`` is how to write the name as text.

        ``COUNT`` in it is replaced by how often the name is used.
        """
        self.work_left[1] -= 1
        hint = did_you_mean(typed, self.cast) if self.work_left[1] >= 0 else ""
        keep = f" To keep it as text, write {as_text}" if as_text else ""
        return f'unknown speaker "{typed}"{COUNT}{hint or "."} The cast is {listed(self.cast)}.{keep}'

    def near(self, typed: str) -> str | None:
        """Return the name of which ``typed`` is a typo: one edit from four letters on, two from seven; None once the limits are used up."""
        key = fold(typed)
        for length in range(max(len(key) - 2, 4), len(key) + 3):
            allowed = 2 if length >= 7 else 1
            for name_key in self.by_length.get(length, ()) if abs(len(key) - length) <= allowed else ():
                self.work_left[0] -= len(key) * length
                if self.work_left[0] < 0:
                    return None
                if edit_distance(key, name_key) <= allowed:
                    return self.by_key[name_key]
        return None


def names_of(cast: Iterable[str]) -> Names:
    """Return the index of a cast."""
    names = tuple(cast)
    by_key = {fold(name): name for name in reversed(names)}
    by_length = {length: tuple(key for key in by_key if len(key) == length) for length in {len(key) for key in by_key}}
    return Names(names, by_key, by_length, [_MOST_WORK, MOST_HINTS])


def fold(name: str) -> str:
    """Return a name in the form for comparisons, without case, spaces and kinds of apostrophes."""
    return " ".join(unicodedata.normalize("NFC", name).translate(_APOSTROPHES).split()).casefold()


@dataclass(frozen=True, slots=True)
class Label:
    """A label found in a line, which starts a turn."""

    speaker: str
    """A name of the cast."""
    end: int
    """Offset of the first character after it."""
    settings: str = ""
    """The style and settings after ``|`` or in parentheses."""
    settings_at: int = 0
    """Offset of ``settings``."""
    hint: str = ""
    """A style if the speaker's voice has it, else a direction: ``Bo [laughing]:``."""
    hint_at: int = 0
    times: tuple[tuple[str, int], ...] = ()
    """Times beside the name, which are not spoken, with their offsets."""
    lone: str = ""
    """The line as typed if the name is alone on it; if no words follow below, it is text."""

    def shifted(self, by: int) -> Label:
        """The same label in a text that has ``by`` more characters before it."""
        times = tuple((time, at + by) for time, at in self.times)
        return replace(self, end=self.end + by, settings_at=self.settings_at + by, hint_at=self.hint_at + by, times=times)


COUNT = "{count}"
"""Placeholder in messages for how often a name is used, which is known only at the end of the script."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Text that resembles a label or a cue; it is read as text, with this message."""

    end: int
    severity: Severity
    code: str
    message: str
    """Message with ``{speaker}`` for the speaker who reads the text and ``COUNT`` for how often ``name`` is used."""
    name: str = ""
    """The name in question, if the message is reported once per name."""


def line_label(names: Names, src: str, at: int, stop: int, *, paragraph_start: bool) -> Label | Remark | None:
    """Return the label at the start of the line from ``at``: ``Name:``, ``**Name:**``, ``Name (style):`` and similar."""
    start, times = after_time(src, at, stop)
    if times and start < stop and src[start] == "[":
        close = src.find("]", start, min(stop, start + _LONGEST_BRACKET))
        found = bracket_label(names, src, start, close, line_start=True) if close > 0 else None
        return replace(found, times=times) if isinstance(found, Label) else None
    form = line_form(src, start, stop) if start < stop and src[start] not in "[\n" else None
    if form is None:
        return _slanted_label(names, src, start, stop) if start < stop else None
    speaker = names.find(form.name)
    if starts_cue(form.hint) or (speaker is not None and form.colon and not form.bold and src.startswith("//", form.end)):
        return None
    if speaker is not None:
        return Label(speaker, form.end, form.settings, form.settings_at, form.hint, form.hint_at, times + form.times)
    return _unknown_label(names, replace(form, times=times + form.times), src, (at, start, stop), paragraph_start=paragraph_start)


def with_time_after(label: Label, src: str, stop: int) -> Label:
    """The label with the time in brackets that comes right after it: ``Ann: [00:04] Yes.``."""
    end, time = time_beside(src, label.end, stop)
    if not time or label.lone:
        return label
    return replace(label, end=end, times=(*label.times, (time, src.index(time, label.end))))


def _unknown_label(names: Names, form: Form, src: str, where: tuple[int, int, int], *, paragraph_start: bool) -> Remark | None:
    """Return the warning about a label whose name is not in the cast; ``where`` has the positions of line, label and text."""
    at, start, stop = where
    as_text = f"{form.name}\\:" if form.colon else _escaped(src[start : form.end])
    if form.bold:
        as_text = f"**{as_text}**" if form.colon else as_text
        error = names.unknown(form.name, as_text) if count_name_words(form.name) <= 4 and not is_prose(form.name) else None
        return Remark(at, Severity.ERROR, "unknown-speaker", error, form.name) if error is not None else None
    if (form.end < stop and not src[form.end].isspace()) or (form.hint and not _DIRECTION_WORDS.fullmatch(form.hint)):
        return None
    if not form.colon and form.name.endswith(".") and is_prose(f"{form.name} "):
        return None  # [00:04] Yes. [00:06] No.
    near = names.near(form.name)
    together = [names.find(name) for name in _TOGETHER.split(form.name)]
    is_likely = looks_like_name(form.name) or (len(together) > 1 and None not in together)
    if near is None and not (is_likely and (paragraph_start or form.times)):
        return None
    return Remark(form.end, Severity.WARNING, "looks-like-label", stranger(form.name, near, as_text), form.name)


def _escaped(typed: str) -> str:
    """Return a label without a colon with its bracket escaped, as text."""
    return re.sub(r"[\[(（]", r"\\\g<0>", typed.strip(), count=1)


def stranger(name: str, near: str | None, as_text: str) -> str:
    """Return the warning about a name that may be a speaker but is not in the cast."""
    hint = f'did you mean "{near}"? If not' if near is not None else "if it is a speaker, give it a voice in the cast; if not"
    return f'"{name}"{COUNT} is not in the cast, so this is read as text by {{speaker}}: {hint}, write {as_text} to keep it as it is'


def _slanted_label(names: Names, src: str, at: int, stop: int) -> Remark | None:
    """The warning about a name of the cast with other marks than a label has: ``*Bo*:``, ``BO. Yes``, ``**Bo** - Yes``."""
    slanted = _EMPHASIZED.match(src, at, stop) if src[at] in "*_" else None
    if slanted is not None and (speaker := names.find(slanted["name"])) is not None:
        message = f"this is read as text; a label is written {speaker}: or **{speaker}:**"
        return Remark(at, Severity.WARNING, "looks-like-label", message)
    stopped = _NO_COLON.match(src, at, stop)
    speaker = names.find(stopped["name"]) if stopped is not None else None
    if stopped is None or speaker is None or not (stopped["mark"] or (stopped["name"].isupper() and not speaker.isupper())):
        return None
    message = f'"{stopped[0]}"{COUNT} is read as text by {{speaker}}; a label has a colon: {speaker}:'
    return Remark(at, Severity.WARNING, "looks-like-label", message, stopped[0])


def inner_label(names: Names, src: str, at: int, stop: int) -> Label | Remark | None:
    """What begins within a line, after a sentence: the label ``**Bo:**``, or a warning about ``Bo:``, at its colon."""
    if src.startswith(("**", "__"), at):
        form = line_form(src, at, stop) if ends_sentence(src, at) else None
        speaker = names.find(form.name) if form is not None and form.colon else None
        if form is None or speaker is None or starts_cue(form.hint):
            return None
        return Label(speaker, form.end, form.settings, form.settings_at, form.hint, form.hint_at, form.times)
    if src[at] not in ":：" or names.work_left[0] < 0 or not _SAID.match(src, at + 1, stop):
        return None
    before = src[max(at - LONGEST_NAME, 0) : at]
    names.work_left[0] -= len(before)
    before = _GROUP_AT_END.sub("", before)
    for sentence in _SENTENCE.finditer(before):
        typed = before[sentence.end() :]
        if (speaker := names.find(typed[after_time(typed, 0, len(typed))[0] :] if typed else "")) is not None:
            message = f'"{speaker}:"{COUNT} within a line is read as text by {{speaker}}; to start {speaker}\'s turn, begin a line with it'
            return Remark(at, Severity.WARNING, "looks-like-label", message, f"{speaker}: within a line")
    return None


def lone_label(names: Names, src: str, at: int, stop: int) -> Label | None:
    """Return the name in the cast that is alone on the line from ``at``: ``BO``, ``**Bo**``, ``BO (whispering)``.

    Within a paragraph, a sentence must have ended above it, unless the name is emphasized. The line below must not be such a name too,
    since that is a list of names.
    """
    start, times = after_time(src, at, stop)
    form = lone_form(src, start, stop) if start < stop else None
    speaker = names.find(form.name) if form is not None else None
    if form is None or speaker is None or starts_cue(form.hint) or names.find(form.hint) is not None:
        return None
    stands_out = form.bold or times or form.times or (form.name.isupper() and len(form.name) > 1 and not speaker.isupper())
    if at > 0 and not stands_out and not ends_sentence(src, at):
        return None
    below = src.find("\n", form.end, stop)
    if below >= 0 and (other := lone_form(src, below + 1, stop)) is not None and names.find(other.name) is not None:
        return None
    return Label(speaker, form.end, "", 0, form.hint, form.hint_at, times + form.times, src[at : form.end].rstrip())


def ends_sentence(src: str, at: int, marks: Collection[str] = _SENTENCE_ENDS) -> bool:
    """True if the text before ``at`` ends as a sentence does."""
    before = src[max(at - _MOST_BLANKS, 0) : at].rstrip()
    return before[-1:] in marks if before else at <= _MOST_BLANKS


def bracket_label(names: Names, src: str, at: int, close: int, *, line_start: bool) -> Label | Remark | None:
    """Return the label in the brackets from ``at`` to ``close``: ``[Name]``, ``[Name]:``, ``[Name | style]``."""
    content = src[at + 1 : close]
    if len(content) > _LONGEST_BRACKET:
        return None
    name, bar, settings = content.partition("|")
    speaker = names.find(name)
    if speaker is not None:
        colon = _BRACKET_COLON.match(src, close + 1)
        return Label(speaker, colon.end() if colon else close + 1, settings, at + 1 + len(name) + len(bar))
    typed, as_text = name.strip(), f"\\[{content}]"
    if bar:
        return Remark(at, Severity.ERROR, "unknown-speaker", names.unknown(typed, as_text), typed)
    near = names.near(name)
    if near is None:
        return _bracketed_stranger(content, at) if line_start and _BRACKET_COLON.match(src, close + 1) else None
    if line_start:
        return Remark(at, Severity.ERROR, "unknown-speaker", names.unknown(typed, as_text), typed)
    message = f'"[{name}]"{COUNT} is read as text; did you mean [{near}]?'
    return Remark(at, Severity.WARNING, "looks-like-label", message, typed)


def _bracketed_stranger(name: str, at: int) -> Remark | None:
    """Return the warning about ``[Guest]:`` if the name is not in the cast."""
    if not name[:1].isalpha() or len(name) > 40 or count_name_words(name) > 3 or is_prose(name):
        return None
    return Remark(at, Severity.WARNING, "looks-like-label", stranger(name, None, f"\\[{name}]:"), name)
