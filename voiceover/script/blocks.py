"""What a document says: markdown-it's tokens to items."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from markdown_it.token import Token

from voiceover.script.inline import Footnote, Reading, read_inline, read_silently, say_maths
from voiceover.script.items import collapse
from voiceover.script.labels import Names
from voiceover.script.markdown import MAX_NESTING
from voiceover.script.places import block_place
from voiceover.script.spoken import plain_text, shown
from voiceover.script.tables import read_table
from voiceover.script.templates import REMARK
from voiceover.script.turns import Turn
from voiceover.types import Chapter, Scene, Source, Span

_UNDERLINE = re.compile(r"\n[ \t]*={3,}[ \t]*(?=\n|$)")
_COMMENT = re.compile(r"<!--.*?(?:-->|$)", re.DOTALL)
_TAGS = re.compile(r"<[^<>]*>")
_SILENT = frozenset(("paragraph_open", "paragraph_close", "bullet_list_open", "bullet_list_close", "list_item_close"))
"""Tokens of which nothing is made, most of a list."""


class DocumentReader:
    """Reads the tokens of one document in order."""

    def __init__(self, reading: Reading, names: Names | None, *, speak_title: bool, speak_headings: bool, title: str | None) -> None:
        self.reading = reading
        self.quote = names.find("quote") if names is not None else None
        self.speak_title = speak_title
        self.speak_headings = speak_headings
        self.title = title
        """The title where it is given elsewhere."""
        self.first_heading: str | None = None
        """The text of the first ``#`` heading."""
        self._before_quotes: list[Turn] = []
        self._chapters = 0

    def read(self, tokens: Sequence[Token]) -> None:
        """Add what the document says to the items."""
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
                    self._before_quotes.append(reading.items.interrupt(Turn(self.quote)))
            case "blockquote_close":
                if self.quote is not None:
                    reading.items.resume(self._before_quotes.pop())
            case "list_item_open":
                self._check_depth(token)
            case "ordered_list_open":
                self._list_number(token)
            case "fence":
                self._fence(token)
            case "template_code":
                self._code(token, token.info)
            case "html_block":
                self._html(token)
            case "math_block" | "math_block_label":
                self._maths(token)

    # ------------------------------------------------------------ text

    def _paragraph(self, token: Token) -> None:
        place = self.reading.place(token)
        row = token.map[0] if token.map else 0
        self.reading.items.paragraph(after_blank=row == 0 or not self.reading.lines[row - 1].strip(" \t>"))
        if underline := _UNDERLINE.search(token.content):
            message = "a line of = is read as text; a heading is written # Title"
            self.reading.problems.warning(place(underline.start() + 1), "underline", message)
        read_inline(self.reading, token.children or (), place)

    def _heading(self, level: int, token: Token) -> None:
        reading, items = self.reading, self.reading.items
        place = reading.place(token)
        children = token.children or []
        text = "".join(span.text for span in collapse([Span(plain_text(children))]))
        source = place(0) if text else self._source(token)
        items.narrate()
        is_title = level == 1 and self.first_heading is None
        if is_title:
            self.first_heading = text
        if level == 2:
            self._chapters += 1
            if not text:
                reading.problems.warning(self._source(token), "empty-heading", "a chapter without a title; write it after ##")
            items.add(Chapter(text or str(self._chapters), source))
        if self.speak_title if is_title else self.speak_headings:
            items.paragraph()
            read_inline(reading, children, place)
            return
        if text and level != 2 and not (is_title and self.title in (None, text)):
            reading.problems.unspoken(source, "heading", f'heading "{shown(text)}" ("read: {{headings: speak}}" has headings read)')
        read_silently(reading, children, place)

    def _maths(self, token: Token) -> None:
        row = token.map[0] if token.map else 0
        lines, end = self.reading.lines, token.map[1] if token.map else 1
        first, last = token.content.strip()[:1], token.content.strip()
        while row < end - 1 and (first not in lines[row] or not lines[row].replace("$$", "").strip(" >\t")):
            row += 1
        column = lines[row].replace("$$", "  ").find(first)
        source = Source(self.reading.path, row + 1, max(column, 0) + 1)
        if last:
            self.reading.items.paragraph()
            say_maths(self.reading, last, lambda _: source, 0, None)

    def _list_number(self, token: Token) -> None:
        start = int(token.attrs.get("start", 1))
        if start > 1:
            typed, escaped = f"{start}{token.markup}", f"{start}\\{token.markup}"
            message = f'"{typed}" is taken for the number of a list item and is not read; write {escaped} to have it read'
            self.reading.problems.warning(self._source(token), "list-number", message)

    # ------------------------------------------------------------ not spoken

    def _fence(self, token: Token) -> None:
        row, end = token.map or (0, 0)
        if end - row < 2 or not self.reading.lines[end - 1].lstrip(" \t>").startswith(token.markup):
            message = f"this code block is never closed, so the rest is taken for code; close it with a line {token.markup}"
            self.reading.problems.warning(self._source(token), "unclosed-code", message)
        self._code(token, token.info.split()[0] if token.info.strip() else "")

    def _code(self, token: Token, kind: str) -> None:
        """A code block; ``kind`` is its language, or the tag around it."""
        reading, row = self.reading, token.map[0] if token.map else 0
        if reading.read.code == "speak" and kind != REMARK:
            reading.items.paragraph()
            for number, line in enumerate(token.content.split("\n")):
                if line.strip():
                    line_place = block_place(reading.path, reading.lines, row + 1 + number, line)
                    reading.items.say(line + "\n", line_place, 0)
            return
        count = len(token.content.splitlines())
        what = f"code block ({kind + ', ' if kind else ''}{count} line{'' if count == 1 else 's'})"
        reading.problems.unspoken(self._source(token), "code", what)

    def _html(self, token: Token) -> None:
        problems, source = self.reading.problems, self._source(token)
        content = token.content.strip()
        outside = _COMMENT.sub("", content)
        if not content.startswith("<!--"):
            problems.unspoken(source, "html", f"HTML {shown(content)}")
            return
        problems.unspoken(source, "comment", f"comment {shown(content)}")
        if "-->" not in content:
            message = "this comment is never closed, so the rest of the file is not read; close it with -->"
            problems.warning(source, "unclosed-comment", message)
        elif _TAGS.sub("", outside).strip():
            message = f'"{shown(outside.strip())}" stands on the line of a comment and is not read; give it a line of its own'
            problems.warning(source, "text-after-comment", message)

    def _take_footnotes(self, tokens: Sequence[Token]) -> list[Token]:
        """The tokens without footnotes, which are put aside to be read at their marks, if at all."""
        rest: list[Token] = []
        number = 0
        while number < len(tokens):
            token = tokens[number]
            if token.type != "footnote_reference_open":
                rest.append(token)
                number += 1
                continue
            end = _closing(tokens, number)
            inner = [(part.children or (), self.reading.place(part)) for part in tokens[number:end] if part.type == "inline"]
            label = str(token.meta["label"])
            self.reading.footnotes[label] = Footnote(tuple(inner), self._source(token))
            if self.reading.read.footnotes != "inline":
                text = " ".join(plain_text(children) for children, _ in inner)
                self.reading.problems.unspoken(self._source(token), "footnote", f"footnote [^{label}] and its marks: {shown(text)}")
            number = end + 1
        return rest

    def _check_depth(self, token: Token) -> None:
        if token.level + 1 >= MAX_NESTING:
            message = "quotes and lists are nested too deeply here for the text in them to be read; nest them less"
            self.reading.problems.error(self._source(token), "nested-too-deep", message)

    def _source(self, token: Token) -> Source:
        row = token.map[0] if token.map else 0
        line = self.reading.lines[row] if row < len(self.reading.lines) else ""
        return Source(self.reading.path, row + 1, len(line) - len(line.lstrip(" \t>")) + 1)


def report_leftovers(reading: Reading, definitions: Iterable[Mapping[str, object]]) -> None:
    """Tell of footnotes that no mark names and of link definitions that no link uses."""
    if reading.read.footnotes == "inline":
        for label, note in reading.footnotes.items():
            if not note.spoken and note.blocks:
                children = note.blocks[0][0]
                reading.problems.unspoken(note.source, "footnote", f"footnote [^{label}] without a mark: {shown(plain_text(children))}")
    for definition in definitions:
        rows = definition["map"]
        if f"link-target {definition['href']}" not in reading.told and isinstance(rows, list):
            first, *rest = (line.strip(" \t>") for line in reading.lines[rows[0] : rows[1]])
            line = reading.lines[rows[0]]
            source = Source(reading.path, rows[0] + 1, len(line) - len(line.lstrip(" \t>")) + 1)
            reading.problems.unspoken(source, "link-target", f"link definition {shown(' '.join((first, *rest)))}")


def _closing(tokens: Sequence[Token], opening: int) -> int:
    """The number of the token that closes the one at ``opening``."""
    kind = tokens[opening].type.removesuffix("_open")
    return next(number for number in range(opening + 1, len(tokens)) if tokens[number].type == f"{kind}_close")
