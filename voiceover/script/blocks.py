"""Turn markdown-it's block tokens into items of a script."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from markdown_it.token import Token

from voiceover.script.html_tags import text_of
from voiceover.script.inline import (
    Block,
    Footnote,
    Reading,
    add_formula,
    read_inline,
    read_silently,
    report_tag,
    report_unread,
    warn_of_unclosed,
)
from voiceover.script.items import collapse
from voiceover.script.label_forms import lone_form
from voiceover.script.labels import COUNT, Names, fold
from voiceover.script.markdown import MAX_NESTING, parse_line
from voiceover.script.places import Place, block_place
from voiceover.script.spoken import plain_text, shown
from voiceover.script.tables import read_table, warn_of_lost_cells
from voiceover.script.templates import REMARK
from voiceover.script.turns import Turn
from voiceover.system.lazy import lazy_pattern
from voiceover.types import Chapter, Scene, Severity, Source, Span

_UNDERLINE = lazy_pattern(r"\n[ \t]*={3,}[ \t]*(?=\n|$)")
_WIDEST_JUMP = 20
"""Gap in the numbers of a list from which the next one may be a year."""
_ITEM = lazy_pattern(r"^[ \t]*(\d{1,9})[.)][ \t]", re.MULTILINE)
_SILENT = frozenset(("paragraph_open", "paragraph_close", "bullet_list_open", "bullet_list_close", "list_item_close"))
"""Tokens that need no action, most of them of lists."""


class DocumentReader:
    """Reads the tokens of one document in order."""

    def __init__(
        self, reading: Reading, names: Names | None, *, speak_title: bool, speak_headings: bool, speak_chapters: bool, title: Token | None
    ) -> None:
        self.reading = reading
        self.names = names
        self.quote = names.find("quote") if names is not None else None
        self.speak_title = speak_title
        self.speak_headings = speak_headings
        self.speak_chapters = speak_chapters
        self.title = title
        """The heading that is the title, or repeats a title given elsewhere."""
        self.first_heading: str | None = None
        """The text of the first ``#`` heading."""
        self._before_quotes: list[Turn | None] = []
        """Who spoke before each quote that is open; None for an alert, which is not a quote."""
        self._list_numbers: dict[int, int] = {}
        """The next number of the list at each depth."""
        self._chapters = 0
        self._top_headings: list[Source] = []
        """Places of the ``#`` headings that are not the title."""
        self._named_heading: tuple[str, Source] | None = None
        """The name of the cast that the heading right above is, and its place."""

    def read(self, tokens: Sequence[Token]) -> None:
        """Add the spoken content of the document to the items."""
        tokens = self._take_footnotes(tokens)
        number = 0
        while number < len(tokens):
            token = tokens[number]
            if token.type == "heading_open":
                self._heading(int(token.tag[1]), tokens[number + 1])
                number += 2
            elif token.type == "table_open":
                end = _closing(tokens, number)
                read_table(self.reading, tokens[number : end + 1])
                number = end
            elif token.type not in _SILENT:
                self._block(token)
            number += 1

    def _block(self, token: Token) -> None:
        reading = self.reading
        match token.type:
            case "inline":
                self._paragraph(token)
            case "hr":
                reading.items.add(Scene(self._source(token)))
            case "blockquote_open":
                self._check_depth(token)
                if self.quote is not None:
                    is_quote = not token.meta.get("alert")
                    self._before_quotes.append(reading.items.interrupt(Turn(self.quote)) if is_quote else None)
            case "blockquote_close":
                if self.quote is not None and (before := self._before_quotes.pop()) is not None:
                    reading.items.resume(before)
            case "list_item_open":
                self._list_item(token)
            case "ordered_list_open":
                self._list_number(token)
            case "mark":
                reading.problems.unspoken(self._source(token), token.meta["code"], token.meta["message"])
            case "fence" | "template_code" | "html_code":
                self._code(token)
            case "html_block" | "html_tag" | "html_skipped":
                self._html(token)
            case "math_block" | "math_block_label":
                self._maths(token)

    # ------------------------------------------------------------ text

    def _paragraph(self, token: Token) -> None:
        place = self.reading.place(token)
        row = token.map[0] if token.map else 0
        if "within" in token.meta:
            self._numbers_in(token)
        self.reading.items.paragraph(after_blank="within" in token.meta or row == 0 or not self.reading.lines[row - 1].strip(" \t>"))
        if underline := _UNDERLINE.search(token.content):
            message = "a line of = is read as text; a heading is written # Title"
            self.reading.problems.warning(place(underline.start() + 1), "underline", message)
        self._check_named_heading(token)
        read_inline(self.reading, token.children or (), place)

    def _heading(self, level: int, token: Token) -> None:
        reading, items = self.reading, self.reading.items
        place = reading.place(token)
        children = token.children or []
        text = "".join(span.text for span in collapse([Span(plain_text(children))]))
        source = place(0) if text else self._source(token)
        items.narrate()
        form = lone_form(text, 0, len(text)) if self.names is not None and text else None
        name = self.names.find(form.name) if self.names is not None and form is not None else None
        self._named_heading = (name, source) if name is not None else None
        is_title = token is self.title
        if is_title:
            self.first_heading = text
        elif level == 1:
            self._top_headings.append(source)
        if level == 2:
            self._chapters += 1
            if not text:
                reading.problems.warning(self._source(token), "empty-heading", "a chapter without a title; write it after ##")
            items.add(Chapter(text or str(self._chapters), source))
        if self.speak_title if is_title else self.speak_headings or (level == 2 and self.speak_chapters):
            items.paragraph()
            read_inline(reading, children, place)
            return
        if text and level != 2 and not is_title:
            reading.problems.unspoken(source, "heading", f'heading "{shown(text)}" ("read: {{headings: speak}}" has headings read)')
        read_silently(reading, children, place)

    def check_chapters(self) -> None:
        """Warn if a script with a cast has several ``#`` headings and no chapter: they may have been meant as chapters."""
        count = len(self._top_headings)
        if self.names is not None and not self._chapters and count > 1:
            message = f"{count} # headings mark no chapter; a chapter is written ## Title"
            self.reading.problems.warning(self._top_headings[0], "no-chapter", message)

    def _check_named_heading(self, paragraph: Token) -> None:
        """Warn if text below a heading that is a name of the cast has no label."""
        heading, self._named_heading = self._named_heading, None
        speaker = self.reading.items.turn.speaker
        if heading is None or heading[0] == speaker or any(child.type == "label" for child in paragraph.children or ()):
            return
        name, source = heading
        message = f'the heading "{name}"{COUNT} is not a label, so {speaker} reads the text below it; to let {name} speak, write {name}:'
        self.reading.unknown_speakers.add(f"heading {name}", source, Severity.WARNING, "looks-like-label", message)

    def _maths(self, token: Token) -> None:
        if tex := token.content.strip():
            self.reading.items.paragraph()
            add_formula(self.reading, tex, self._maths_place(token), 0, None)

    def _maths_place(self, token: Token) -> Place:
        """Return a function that locates all offsets in a block of maths at its start."""
        row = token.map[0] if token.map else 0
        lines, end = self.reading.lines, token.map[1] if token.map else 1
        first = token.content.strip()[:1]
        while row < end - 1 and (first not in lines[row] or not lines[row].replace("$$", "").strip(" >\t")):
            row += 1
        column = lines[row].replace("$$", "  ").find(first)
        source = Source(self.reading.path, row + 1, max(column, 0) + 1)
        return lambda _: source

    def _list_item(self, token: Token) -> None:
        self._check_depth(token)
        if token.info.isdecimal():
            number, expected = int(token.info), self._list_numbers.get(token.level, 0)
            if number > expected + _WIDEST_JUMP:
                self._warn_of_number(token, number)
            self._list_numbers[token.level] = max(expected, number) + 1

    def _numbers_in(self, token: Token) -> None:
        """Remember the last item of a list that a line of HTML right above it hides, as in ``<Steps>``."""
        for item in _ITEM.finditer(token.content):
            self._list_numbers[token.level + 1] = int(item[1]) + 1

    def _list_number(self, token: Token) -> None:
        """Warn of a first number that may be a year or the like, unless the list continues the previous one."""
        start = int(token.attrs.get("start", 1))
        goes_on = self._list_numbers.get(token.level + 1) == start
        self._list_numbers[token.level + 1] = start
        if start > 1 and not goes_on:
            self._warn_of_number(token, start)

    def _warn_of_number(self, token: Token, number: int) -> None:
        typed, escaped = f"{number}{token.markup}", f"{number}\\{token.markup}"
        message = f'"{typed}" is read as the number of a list item, which is not spoken; write {escaped} to have it spoken'
        self.reading.problems.warning(self._source(token), "list-number", message)

    # ------------------------------------------------------------ not spoken

    def _code(self, token: Token) -> None:
        if lines := self._code_lines(token):
            self.reading.items.paragraph()
            for line, place in lines:
                self.reading.items.say(line + "\n", place, 0, apart=True)

    def _code_lines(self, token: Token) -> list[tuple[str, Place]]:
        """Return the spoken lines of a code block, or report that it is not spoken."""
        if token.type == "html_code":
            return self._html_code_lines(token)
        reading, row = self.reading, token.map[0] if token.map else 0
        kind = self._language(token) if token.type == "fence" else token.info
        lines = token.content.splitlines()
        if reading.read.code == "speak" and kind != REMARK:
            numbered = [(row + 1 + number, line) for number, line in enumerate(token.content.split("\n")) if line.strip()]
            return [(line, block_place(reading.path, reading.lines, number, line)) for number, line in numbered]
        what = f"code block ({kind + ', ' if kind else ''}{len(lines)} line{'' if len(lines) == 1 else 's'})"
        reading.problems.unspoken(self._source(token), "code", what)
        return []

    def _html_code_lines(self, token: Token) -> list[tuple[str, Place]]:
        """The same for ``<pre>``."""
        reading, row = self.reading, token.map[0] if token.map else 0
        warn_of_unclosed(reading, token, self._source(token))
        lines = [text_of(line) for line in token.content.split("\n")]
        if reading.read.code == "speak":
            return [
                (line, block_place(reading.path, reading.lines, row + number, line)) for number, line in enumerate(lines) if line.strip()
            ]
        count = sum(1 for line in lines if line.strip())
        what = f"code block ({token.meta['name']}, {count} line{'' if count == 1 else 's'})"
        reading.problems.unspoken(self._source(token), "code", what)
        return []

    def _language(self, token: Token) -> str:
        """Return the language that a code block names; warn if the block is never closed."""
        row, end = token.map or (0, 0)
        if end - row < 2 or not self.reading.lines[end - 1].lstrip(" \t>").startswith(token.markup):
            message = f"this code block is never closed, so the rest of the file counts as code; close it with a line {token.markup}"
            self.reading.problems.warning(self._source(token), "unclosed-code", message)
        words = token.info.strip("{} \t").split()
        return words[0].lstrip(".") if words else ""

    def _html(self, token: Token) -> None:
        source = self._source(token)
        if token.type == "html_skipped":
            report_unread(self.reading, token, source)
            return
        report_tag(self.reading, token.content, source)
        if token.content.startswith("<!--") and "-->" not in token.content:
            message = "this comment is never closed, so the rest of the file is not read; close it with -->"
            self.reading.problems.warning(source, "unclosed-comment", message)

    def _take_footnotes(self, tokens: Sequence[Token]) -> list[Token]:
        """Return the tokens without footnotes, which are stored to be read at their marks, if at all."""
        rest: list[Token] = []
        opened: list[tuple[Token, list[Block]]] = []
        for number, token in enumerate(tokens):
            if token.type == "footnote_reference_open":
                self._check_depth(token)
                opened.append((token, []))
            elif token.type == "footnote_reference_close":
                self._put_aside(*opened.pop())
            elif not opened:
                rest.append(token)
            elif token.type == "inline":
                opened[-1][1].append((token.children or (), self.reading.place(token)))
            elif self.reading.read.footnotes == "inline":
                if token.type == "table_open":
                    warn_of_lost_cells(self.reading, tokens[number : _closing(tokens, number)])
                opened[-1][1].extend(self._in_footnote(token))
        return rest

    def _in_footnote(self, token: Token) -> list[Block]:
        """Return the spoken content of a block without inline text in a footnote; report what is not spoken."""
        match token.type:
            case "fence" | "template_code" | "html_code":
                return [([Token("code_inline", "", 0, content=line)], place) for line, place in self._code_lines(token)]
            case "math_block" | "math_block_label" if token.content.strip():
                return [([Token("math_inline_double", "", 0, content=token.content.strip())], self._maths_place(token))]
            case "html_block" | "html_tag" | "html_skipped":
                self._html(token)
            case "ordered_list_open":
                self._list_number(token)
            case "list_item_open":
                self._list_item(token)
            case "blockquote_open":
                self._check_depth(token)
            case "mark":
                self.reading.problems.unspoken(self._source(token), token.meta["code"], token.meta["message"])
        return []

    def _put_aside(self, token: Token, blocks: Sequence[Block]) -> None:
        reading, label = self.reading, str(token.meta["label"])
        before, note = reading.footnotes.get(label), Footnote(tuple(blocks), self._source(token))
        reading.footnotes[label] = note
        if reading.read.footnotes != "inline":
            reading.problems.unspoken(note.source, "footnote", f"footnote [^{label}] and its marks: {shown(note.text())}")
            reading.leave_out("footnotes", note.text())
        elif before is not None:
            message = f"footnote [^{label}], which is given again further down: {shown(before.text())}"
            reading.problems.unspoken(before.source, "footnote", message)

    def _check_depth(self, token: Token) -> None:
        if token.level + 1 >= MAX_NESTING:
            message = "quotes, lists and footnotes are nested too deeply here for the text in them to be read; nest them less"
            self.reading.problems.error(self._source(token), "nested-too-deep", message)

    def _source(self, token: Token) -> Source:
        if "within" in token.meta:
            return self.reading.place(token)(0)
        row = token.map[0] if token.map else 0
        line = self.reading.lines[row] if row < len(self.reading.lines) else ""
        return Source(self.reading.path, row + 1, len(line) - len(line.lstrip(" \t>")) + 1)


def title_heading(tokens: Sequence[Token], title: str | None) -> Token | None:
    """Return the content of the first ``#`` heading if it is the title.

    It is the title if no title is given, or if its words are those of ``title``, apart from case, white space and markup.
    """
    heads = (tokens[number + 1] for number, token in enumerate(tokens) if token.type == "heading_open" and token.tag == "h1")
    first = next(heads, None)
    if first is None or title is None or _bare(first.children or ()) == _bare(parse_line(title, None)[0]):
        return first
    return None


def _bare(tokens: Sequence[Token]) -> str:
    return "".join(fold(plain_text(tokens)).split())


def report_leftovers(reading: Reading, definitions: Iterable[Mapping[str, object]]) -> None:
    """Report footnotes without a mark and link definitions without a link."""
    if reading.read.footnotes == "inline":
        for label, note in reading.footnotes.items():
            if not note.spoken and note.blocks:
                reading.problems.unspoken(note.source, "footnote", f"footnote [^{label}] without a mark that is read: {shown(note.text())}")
    for definition in definitions:
        rows = definition["map"]
        if f"link-target {definition['href']}" not in reading.reported and isinstance(rows, list):
            first, *rest = (line.strip(" \t>") for line in reading.lines[rows[0] : rows[1]])
            line = reading.lines[rows[0]]
            source = Source(reading.path, rows[0] + 1, len(line) - len(line.lstrip(" \t>")) + 1)
            reading.problems.unspoken(source, "link-target", f"link definition {shown(' '.join((first, *rest)))}")


def _closing(tokens: Sequence[Token], opening: int) -> int:
    """Return the index of the token that closes the one at ``opening``."""
    kind = tokens[opening].type.removesuffix("_open")
    return next(number for number in range(opening + 1, len(tokens)) if tokens[number].type == f"{kind}_close")
