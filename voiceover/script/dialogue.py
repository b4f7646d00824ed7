"""Recognizes a dialogue in a file without a cast, which a single voice would read including the names."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from markdown_it.token import Token

from voiceover.script.cast_to_paste import MOST_NAMES, cast_to_paste
from voiceover.script.directions import is_direction
from voiceover.script.html_tags import HTML_NAMES
from voiceover.script.label_forms import after_time, count_name_words, is_prose, line_form, lone_form
from voiceover.script.label_tags import without_tags
from voiceover.script.labels import fold
from voiceover.script.places import Place
from voiceover.settings.problems import Problems
from voiceover.system.lazy import lazy_pattern
from voiceover.types import Source

CODE = "looks-like-dialogue"
_LEAST_LABELS = 3
_ENCLOSED = lazy_pattern(
    r"\[(?P<square>[^\[\]\n|]{1,40})\](?![\[(])[ \t]*+[:：]?[ \t]*+(?=\S)|\{(?P<braces>[^{}\n]{1,40})\}[ \t]*+[:：]?[ \t]*+(?=\S)"
    r"|<(?:v(?:\.[\w.-]+)?[ \t]+(?P<voice>[^<>\n/\"'=]{1,40})|(?P<tag>[A-Za-z][\w-]{0,38}\d|[A-Z]\w{0,38}))>"
)
_NOT_SPEAKERS = """
note notes tip tips hint warning caution danger important info attention reminder remember example examples exercise update edit
correction disclaimer summary tldr conclusion introduction intro abstract background context overview problem problems solution
solutions cause causes effect fix fixed fixes added changed removed deprecated security improved new bug bugs feature features
breaking input output result results expected actual before after given when then step steps stage phase part section chapter figure
table source sources credit credits photo image caption pros cons pro con advantage advantages disadvantage disadvantages verdict
rating price cost costs date time where who what why how when name title author location address email phone website url link links
tags category categories ingredients ingredient directions method instructions serves servings yield prep cook total makes difficulty
equipment level requirements prerequisites usage syntax parameters returns return default type required optional description details
definition theorem lemma proof corollary remark claim version license status goal goals objective objectives action actions item items
todo task tasks day week month year lesson takeaway takeaways key quote fact myth reality truth misconception good bad better worse
best worst yes no do don't dos don'ts true false left right first second third next finally also plus bonus option options strengths
weaknesses strength weakness opportunities threats opportunity threat risk risks impact benefit benefits assumption evidence
monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october november
december morning noon afternoon evening night today tomorrow yesterday spring summer autumn fall winter breakfast lunch dinner snack
"""
_PASSED_OVER = frozenset(_NOT_SPEAKERS.split())
_ROLE = lazy_pattern(r"(?:user|assistant|human|ai|bot|system|host|guest|interviewer|interviewee|narrator|speaker|person)(?:[ _-]?\d+)?")
"""What programs call speakers, often in lower case."""
_STEP = lazy_pattern(
    r"(?:day|week|step|part|chapter|lesson|figure|table|option|level|phase|stage|version|exercise|example|tip|rule|reason)\s", re.IGNORECASE
)
_SILENT = {"heading_open": "heading_close", "table_open": "table_close", "footnote_reference_open": "footnote_reference_close"}
_LISTS = {"bullet_list_open": 1, "ordered_list_open": 1, "bullet_list_close": -1, "ordered_list_close": -1}


_NUMBERED_TAG = lazy_pattern(r"<(?:v[ \t]+[^<>\n/\"'=]{1,40}|[A-Za-z][\w-]{0,38}\d)>")
_SMALL = frozenset(("of", "the", "de", "van", "von", "der", "den", "da", "di", "al", "bin", "la", "le", "du"))
_WORD = lazy_pattern(r"\w+")
_ENDS = ".?!…。？！\"”»'’)"


class Labels:
    """Counts what looks like labels at the starts of lines."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        """Names as first typed, by their folded form."""
        self.counts: dict[str, int] = {}
        self.lines = 0
        self.sentences = 0
        """Number of labels followed by words of a sentence."""
        self.first: Source | None = None
        self._lines_when_last = 0

    def read(self, content: str, place: Place) -> None:
        """Count the labels of a paragraph, and its lines as text."""
        content = without_tags(content)
        at = 0
        while at < len(content):
            end = content.find("\n", at)
            end = len(content) if end < 0 else end
            found = _name(content, at, end, last_line=end == len(content))
            self.lines += at == 0 or found is not None
            if found is not None:
                name, said = found
                key = fold(name)
                self.names.setdefault(key, name)
                self.counts[key] = self.counts.get(key, 0) + 1
                self.sentences += _is_sentence(content[said:end] if said < end else content[end : end + 200])
                self._lines_when_last = self.lines
                if self.first is None:
                    self.lines = self._lines_when_last = 1
                    self.first = place(at)
            at = end + 1

    def report(self, problems: Problems) -> None:
        """Warn if these are the labels of a dialogue."""
        total = sum(self.counts.values())
        often = total >= _LEAST_LABELS and len(self.counts) >= 2 and total * 2 >= len(self.counts) * 3
        if self.first is None or not often or total * 3 < self._lines_when_last or self.sentences * 2 < total:
            return
        ordered = sorted(self.counts, key=lambda key: -self.counts[key])[:MOST_NAMES]
        chosen = [key for key in self.names if key in ordered]
        counted = ", ".join(f'"{self.names[key]}" {_times(self.counts[key])}' for key in chosen)
        cast = cast_to_paste([self.names[key] for key in chosen])
        message = (
            f"this looks like a dialogue ({counted}), but there is no cast, so one voice reads all of it, names included; "
            f"to give each speaker a voice, add this to the front matter (the lines between --- and --- at the top): {cast}"
        )
        problems.warning(self.first, CODE, message)


def labels_in(tokens: Sequence[Token], place_of: Callable[[Token], Place]) -> Labels:
    """Count the labels of a document's paragraphs; headings, tables, footnotes and lists are ignored."""
    found = Labels()
    until, lists = "", 0
    for token in tokens:
        if until:
            until = "" if token.type == until else until
        elif token.type in _SILENT:
            until = _SILENT[token.type]
        elif token.type in _LISTS:
            lists += _LISTS[token.type]
        elif (token.type == "inline" and not lists) or (token.type == "html_block" and _NUMBERED_TAG.match(token.content)):
            found.read(token.content, place_of(token))
    return found


def _name(content: str, at: int, end: int, *, last_line: bool) -> tuple[str, int] | None:
    """Return the name in the label of the line from ``at`` to ``end``, and where the words after it start."""
    start = at
    while start < end and content[start] in " \t":
        start += 1
    start, times = after_time(content, start, end) if start < end else (end, ())
    if start >= end:
        return None
    if content[start] in "[{<":
        match = _ENCLOSED.match(content, start, end)
        if match is None:
            return None
        name = match[match.lastgroup or 0].strip()
        if is_direction(name, at_edge=True) or name.lower() in HTML_NAMES:
            return None
        return (name, match.end()) if _may_be_speaker(name) else None
    form = line_form(content, start, end)
    if form is None or (form.end < end and not form.bold and not content[form.end].isspace() and content[form.end - 1] != "："):
        form = None if last_line and at > 0 else lone_form(content, start, end)
        if form is None or not (form.bold or form.name.isupper() or form.times or times):
            return None
    return (form.name, form.end) if _may_be_speaker(form.name) else None


def _may_be_speaker(name: str) -> bool:
    """Return True for a short capitalized name, but not for words such as Note, Tip and Step 2."""
    words = name.split()
    if not 0 < count_name_words(name) <= 4 or len(name) > 40 or is_prose(name) or not words[0][0].isalpha():
        return False
    folded = fold(name)
    if _ROLE.fullmatch(folded):
        return True
    if words[0][0].islower():
        return False
    if folded in _PASSED_OVER or _STEP.match(folded) or not _PASSED_OVER.isdisjoint(folded.split()[-1:]):
        return False
    return all(not word[0].islower() or word in _SMALL for word in words)


def _is_sentence(text: str) -> bool:
    """Return True for words that may be speech, unlike the value of a key; for a label alone on its line they may be below it."""
    said = text.strip()
    return not said or said[-1] in _ENDS or len(_WORD.findall(said[:200])) > 3


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
