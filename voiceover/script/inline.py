"""Turn inline tokens into text, turns and cues, and report what is not spoken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from itertools import takewhile
from typing import TypeAlias

from markdown_it.token import Token

from voiceover.script.cues import CueReader, RecordedTurn
from voiceover.script.html_tags import BLOCKS, HTML_NAMES, read_tag, words_of
from voiceover.script.items import ItemList
from voiceover.script.labels import Remark
from voiceover.script.maths import speak_maths
from voiceover.script.placed import UNSPOKEN
from voiceover.script.places import Place, block_place, shifted
from voiceover.script.spoken import count_words, plain_text, shown, split_urls
from voiceover.script.turns import labelled_turn
from voiceover.script.unknown_speakers import UnknownSpeakers
from voiceover.settings.problems import Problems
from voiceover.text.ipa import ipa_between_slashes, tidy_ipa
from voiceover.types import Direction, Link, Read, Severity, Source, Span
from voiceover.types.lazy_dataclass import dataclass

_NOT_TEXT = UNSPOKEN | {"link_open"}

DEEPEST_FOOTNOTES = 20
"""Deepest level of nested footnotes that are read."""

Block: TypeAlias = tuple[Sequence[Token], Place]
"""The inline tokens of a paragraph, with their locations."""


@dataclass(slots=True)
class Footnote:
    """The text of a footnote."""

    blocks: tuple[Block, ...]
    """Inline tokens of each of its paragraphs, with their locations."""
    source: Source
    spoken: bool = False
    """True if it has been read at its mark."""

    def text(self) -> str:
        """Return the whole text as displayed."""
        return " ".join(plain_text(tokens) for tokens, _ in self.blocks)


_LONGEST_LINK = 100
"""Tokens within a link, at most; what follows is not its text in the notes."""


@dataclass(slots=True)
class Reading:
    """The state of reading one document."""

    path: str
    lines: Sequence[str]
    """All lines of the file, without line endings."""
    items: ItemList
    problems: Problems
    cues: CueReader
    read: Read
    english: bool = True
    """True if formulas can be put into words."""
    footnotes: dict[str, Footnote] = field(default_factory=dict)
    """Footnotes by label."""
    inline_footnotes: Mapping[int, Mapping[str, object]] = field(default_factory=dict)
    """markdown-it's record of footnotes by number."""
    within_footnotes: int = 0
    """Nesting depth of the footnote that is being read."""
    unknown_speakers: UnknownSpeakers = field(default_factory=UnknownSpeakers)
    """Names that are not in the cast."""
    article: bool = False
    """True for a Markdown file without a cast."""
    reported: set[str] = field(default_factory=set)
    """Link targets and HTML tags that have been reported."""

    links: list[Link] = field(default_factory=list)
    """The links so far, in order."""
    left_out: dict[str, int] = field(default_factory=dict)
    """Number of words on the page that are not spoken, by what contains them."""
    _html: dict[int, Place] = field(default_factory=dict)
    """Places in the blocks of HTML, by their first lines."""

    def place(self, token: Token) -> Place:
        """Places in the content of a paragraph or heading, or of a piece of HTML."""
        if "within" not in token.meta:
            return block_place(self.path, self.lines, token.map[0] if token.map else 0, token.content)
        row, content, offset = token.meta["within"]
        if row not in self._html:
            self._html[row] = block_place(self.path, self.lines, row, content)
        return shifted(self._html[row], offset)

    def leave_out(self, kind: str, text: str) -> None:
        """Count words that are visible on the page but not spoken."""
        self.left_out[kind] = self.left_out.get(kind, 0) + count_words(text)

    def report_once(self, source: Source, code: str, what: str, message: str) -> None:
        """Report unspoken content the first time it occurs."""
        if f"{code} {what}" not in self.reported:
            self.reported.add(f"{code} {what}")
            self.problems.unspoken(source, code, message)


def read_inline(reading: Reading, tokens: Sequence[Token], place: Place, language: str | None = None) -> None:
    """Add the spoken content of inline ``tokens`` to the items."""
    languages = [language]
    number = 0
    while number < len(tokens):
        token = tokens[number]
        if token.type == "say_open":
            closing = _closing(tokens, number)
            _say(reading, token, tokens[number + 1 : closing], place, languages[-1])
            number = closing
        elif token.type == "s_open":
            closing = _closing(tokens, number)
            _struck(reading, tokens[number + 1 : closing], place, token)
            number = closing
        elif token.type == "lang_open":
            languages.append(str(token.meta["value"]))
        elif token.type == "lang_close":
            languages.pop()
        else:
            if token.type == "link_open":
                reading.links.append(Link(plain_text(_linked(tokens, number)), str(token.attrs.get("href", ""))))
            _read_token(reading, token, tokens[number + 1 : number + 2], place, languages[-1])
        number += 1


def _linked(tokens: Sequence[Token], opening: int) -> Iterator[Token]:
    """Yield the tokens of the link that opens at ``opening``; not endlessly many, since an HTML link may lack its end."""
    within = (tokens[number] for number in range(opening + 1, min(opening + _LONGEST_LINK, len(tokens))))
    return takewhile(lambda token: token.type != "link_close", within)


def _read_token(reading: Reading, token: Token, after: Sequence[Token], place: Place, language: str | None) -> None:  # noqa: PLR0912
    at = token.map[0] if token.map else 0
    items = reading.items
    match token.type:
        case "text" | "text_special":
            for offset, text, say in split_urls(token.content):
                items.say(text, place, at + offset, say, language, apart=say is not None)
                if say is not None and text.rstrip("/") not in (say, f"https://{say}", f"http://{say}"):
                    reading.report_once(place(at + offset), "link-target", text, f'of the address {shown(text)} only "{say}" is read')
        case "softbreak" | "hardbreak":
            items.say(" ", place, at, None, language)
        case "code_inline":
            items.say(token.content, place, at + len(token.markup), None, language, apart=True)
        case "math_inline" | "math_inline_double":
            add_formula(reading, token.content, place, at + len(token.markup), language)
        case "link_open":
            target = str(token.attrs.get("href", ""))
            if token.info != "auto" and not (after and after[0].content == target):
                reading.report_once(place(max(at - 1, 0)), "link-target", target, f"link target {shown(target)}")
        case "image":
            _image(reading, token, place, at, language)
        case "html_inline":
            report_tag(reading, token.content, place(at))
            tag = read_tag(token.content)
            if tag is not None and (tag.name == "br" or tag.name in BLOCKS):
                items.say(" ", place, at, None, language)
        case "html_skipped":
            report_unread(reading, token, place(at))
        case "footnote_ref":
            _footnote(reading, token, place, at, language)
        case "template":
            reading.problems.unspoken(place(at), "template", f"template {shown(token.content)}")
        case "mark":
            reading.problems.unspoken(place(at), token.meta["code"], token.meta["message"])
        case "task_box":
            reading.report_once(place(at), "task-box", token.content, f"checkbox {token.content}")
        case "label":
            items.start(labelled_turn(token.meta["label"], at, place, reading.problems))
        case "label_end":
            items.narrate()
        case "time":
            reading.problems.unspoken(place(at), "time", f"time {token.content}")
        case "direction":
            _direction(reading, token, place, at, language)
        case "near_cue":
            _near_cue(reading, token, place, at)
        case "cue":
            _cue(reading, token, place, at)
        case "remark":
            _remark(reading, token.meta["remark"], place(at))


def _remark(reading: Reading, remark: Remark, source: Source) -> None:
    message = remark.message.replace("{speaker}", reading.items.turn.speaker)
    if remark.name:
        reading.unknown_speakers.add(remark.name, source, remark.severity, remark.code, message)
    else:
        reading.problems.add(source, remark.severity, remark.code, message)


def read_silently(reading: Reading, tokens: Sequence[Token], place: Place) -> None:
    """Add the cues of a line whose text is not spoken, and report the rest."""
    spoken_kinds = {kind for kind, choice in (("image", reading.read.images), ("footnote_ref", reading.read.footnotes)) if choice != "skip"}
    for number, token in enumerate(tokens):
        if token.type == "s_open":
            _struck(reading, tokens[number + 1 : _closing(tokens, number)], place, token)
        elif token.type in _NOT_TEXT and token.type not in spoken_kinds:
            _read_token(reading, token, (), place, None)


def add_formula(reading: Reading, tex: str, place: Place, at: int, language: str | None) -> None:
    """Add a formula: displayed as typed, spoken in words if the rules allow it."""
    english = language.lower().startswith("en") if language else reading.english
    words = speak_maths(tex) if english else None
    if words is None:
        reading.problems.warning(place(at), "maths", f"the formula {shown(tex)} cannot be put into words; it is read as typed")
    reading.items.say(tex, place, at, words or None, language, apart=True)


def first_offset(tokens: Sequence[Token]) -> int:
    """Return the offset of the first text among inline tokens."""
    return next((token.map[0] for token in tokens if token.map and token.type in ("text", "text_special") and token.content.strip()), 0)


def _closing(tokens: Sequence[Token], opening: int) -> int:
    """Return the index of the token that closes the one at ``opening``."""
    kind = tokens[opening].type.removesuffix("_open")
    depth = 0
    for number in range(opening, len(tokens)):
        depth += (tokens[number].type == f"{kind}_open") - (tokens[number].type == f"{kind}_close")
        if depth == 0:
            return number
    return len(tokens) - 1


def _say(reading: Reading, token: Token, inner: Sequence[Token], place: Place, language: str | None) -> None:
    for part in inner:
        if part.type in ("cue", "near_cue", "direction", "time", "remark"):
            _read_token(reading, part, (), place, language)
    text = plain_text(inner)
    if text.strip():
        value = str(token.meta["value"])
        ipa = ipa_between_slashes(value)
        span = Span(text, value, language) if ipa is None else Span(text, None, language, tidy_ipa(ipa))
        reading.items.say_span(span, place, first_offset(inner))


def _struck(reading: Reading, inner: Sequence[Token], place: Place, opening: Token) -> None:
    """Report words that are struck out; a label among them still sets the speaker of what follows."""
    at = opening.map[0] if opening.map else 0
    reading.problems.unspoken(place(at), "struck", f"struck out: {shown(plain_text(inner))}")
    reading.leave_out("struck text", plain_text(inner))
    reading.items.close_up()
    for token in inner:
        if token.type in ("label", "remark"):
            _read_token(reading, token, (), place, None)


def _image(reading: Reading, token: Token, place: Place, at: int, language: str | None) -> None:
    if reading.read.images == "alt" and token.children:
        read_inline(reading, token.children, shifted(place, at + 2), language)
        return
    alt = plain_text(token.children or ())
    name = f'image "{shown(alt)}"' if alt.strip() else f"image {shown(str(token.attrs.get('src', '')))}"
    reading.problems.unspoken(place(at), "image", name)


def report_tag(reading: Reading, html: str, source: Source) -> None:
    """Report a tag, which is not spoken, once per element; a comment each time."""
    tag = read_tag(html)
    if html.startswith("<!--"):
        reading.problems.unspoken(source, "comment", f"comment {shown(html)}")
    elif tag is not None and not tag.closing:
        # What only looks like a tag, <name of your dog>, has words in it.
        once = tag.name if tag.name in HTML_NAMES else html
        reading.report_once(source, "html", once, f"HTML tag {shown(html)} (the text around it is read)")
    elif not html.startswith("</"):
        reading.problems.unspoken(source, "html", f"HTML {shown(html)}")


def warn_of_unclosed(reading: Reading, token: Token, source: Source) -> None:
    """Warn of an unspoken element that is never closed."""
    if token.meta["unclosed"]:
        name, last = token.meta["name"], source.line + token.content.rstrip().count("\n")
        unread = f"the rest of line {last} is" if last == source.line else f"lines {source.line} to {last} are"
        reading.problems.warning(source, "unclosed-html", f"<{name}> is never closed, so {unread} not read; close it with </{name}>")


def report_unread(reading: Reading, token: Token, source: Source) -> None:
    """Report an element that is not spoken."""
    why = str(token.meta["why"])
    if why == "comment":
        reading.problems.unspoken(source, "comment", f"comment {shown(token.content)}")
    elif why == "struck":
        reading.problems.unspoken(source, "struck", f"struck text {shown(words_of(token.content))}")
    else:
        reading.problems.unspoken(source, "html", f"HTML {shown(token.content)}")
    warn_of_unclosed(reading, token, source)
    if token.meta["seen"]:
        reading.leave_out("struck text" if why == "struck" else "HTML", words_of(token.content))


def _footnote(reading: Reading, token: Token, place: Place, at: int, language: str | None) -> None:
    label = token.meta.get("label")
    if label is None:
        record = reading.inline_footnotes.get(token.meta["id"], {})
        tokens = record.get("tokens")
        inner: Sequence[Token] = tokens if isinstance(tokens, list) else ()
        note = Footnote(((inner, shifted(place, at + 2)),), place(at))
        if reading.read.footnotes != "inline":
            reading.problems.unspoken(place(at), "footnote", f"footnote: {shown(plain_text(inner))}")
            reading.leave_out("footnotes", plain_text(inner))
    else:
        note = reading.footnotes.get(str(label), Footnote((), place(at)))
    if reading.read.footnotes != "inline" or note.spoken or not note.blocks:
        return
    if reading.within_footnotes == DEEPEST_FOOTNOTES:
        message = f"a footnote of more than {DEEPEST_FOOTNOTES} within each other: {shown(note.text())}"
        reading.problems.unspoken(place(at), "footnote", message)
        return
    note.spoken = True
    reading.within_footnotes += 1
    reading.items.say(" (", place, at, None, language)
    for number, (inner, inner_place) in enumerate(note.blocks):
        if number:
            reading.items.say(" ", place, at, None, language)
        read_inline(reading, inner, inner_place, language)
    reading.within_footnotes -= 1
    reading.items.say(")", place, at, None, language)


def _direction(reading: Reading, token: Token, place: Place, at: int, language: str | None) -> None:
    if reading.read.directions == "speak":
        reading.items.say(str(token.meta.get("said", token.content)), place, at, None, language)
        return
    reading.problems.unspoken(place(at), "direction", f"direction {shown(token.content)}")
    reading.items.direct(Direction(token.content, place(at)))


def _near_cue(reading: Reading, token: Token, place: Place, at: int) -> None:
    """Report brackets that are one edit from a cue."""
    meant = reading.cues.near(token.content, place)
    if meant is None:
        return
    message = f"[{shown(token.content)}] is not a cue; did you mean {meant}? To have it read as text, write \\["
    reading.problems.add(place(at), Severity.WARNING if reading.article else Severity.ERROR, "bad-cue", message)


def _cue(reading: Reading, token: Token, place: Place, at: int) -> None:
    items = reading.items
    found = reading.cues.bracket(token.content, at + 1, place)
    if found is None:
        return
    if not isinstance(found, RecordedTurn):
        items.add(found)
    elif items.turn is items.narrator or not items.is_between_turns() or items.turn.recording is not None:
        message = "a recording must directly follow the speaker's label, before the words: Guest: [audio: guest.wav] Good evening."
        reading.problems.error(found.source, "bad-recording", message)
    else:
        items.record(found)
