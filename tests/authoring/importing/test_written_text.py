"""Any text of a source is spoken as its own words, whatever its signs mean in Markdown."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.authoring.importing.parts import letters
from voiceover.authoring.importing.manuscript import Manuscript, ManuscriptPart, PassageKind, SourcePassage, TextRun
from voiceover.authoring.importing.script_files import script_files
from voiceover.authoring.importing.verify import spoken_letters, verified_text
from voiceover.authoring.importing.yaml_text import yaml_text
from voiceover.script import load_script
from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Fields, Scalar, read_yaml

HARD = [
    "# no heading",
    "- no item, and",
    "1986. A great year",
    "> no quote",
    "***bold*** and __more__",
    "[a link](http://x.y) and ![a picture](z)",
    "[pause 99s] and [music: x]",
    "[Ann]: no label",
    "Ann: no label",
    "a | b | c",
    "<b>bold</b> & <!-- comment -->",
    "&amp; and &#65; and AT&T",
    "$5 and $10, $x^2$",
    r"\(a\) \[b\] \\ C:\new",
    "`code` and ```fence",
    "{{< x >}} {% y %} {: .z}",
    ":::note Title",
    "!!! note",
    "~~struck~~ ==marked== :smile: %%x%% ^id",
    "(laughs)",
    "(sighs) she said (quietly)",
    "*Applause*",
    "Applause",
    "[laughter]",
    "[1] is not a note mark",
    "snake_case_word _and this_",
    "text with a trailing #",
    "http://example.org/a_b_(c)",
    "---",
    "+++",
    "| a | b |",
    "a\nb: c",
    "[TOC]",
    "[[page|words]] ![[x]]",
    "import x from 'y'",
    "// a comment",
    "term\n: definition",
    "*[HTML]: Hyper",
    "@user #tag +1",
    "100% of 3 < 4 > 2",
    "fin\u00adis soft",
    "Łódź, São Paulo, Ōsaka, 東京",
]


def script_of(*passages: SourcePassage) -> tuple[str, str]:
    """The text of the only script of a manuscript, and the remark on it."""
    (file,) = script_files(Manuscript((ManuscriptPart("T", passages),), "T"), "t", "")
    return verified_text(file, "source")


def paragraph(*runs: TextRun) -> SourcePassage:
    return SourcePassage(PassageKind.PARAGRAPH, runs)


def said_by(text: str) -> str:
    problems = Problems()
    script = load_script(Path("t.md"), problems, data=text.encode())
    assert script is not None
    assert problems.errors == ()
    return letters("".join(segment.text for segment in script.segments))


@pytest.mark.parametrize("text", HARD)
def test_signs_with_a_meaning_are_words(text: str) -> None:
    around = (paragraph(TextRun("Before.")), paragraph(TextRun(text)), paragraph(TextRun("After.")))
    written, remark = script_of(*around)
    assert remark == ""
    assert said_by(written) == letters(f"T Before. {text} After.")


PIECES = st.one_of(
    st.sampled_from(HARD),
    st.text(alphabet="ab Z1.,:;!?-–—\"'“”()[]{}<>*_`~$^=#|\\/%&@+\n", min_size=1, max_size=30),
)


@given(st.lists(st.tuples(PIECES, st.sampled_from(["", "", "*", "**", "`"])), min_size=1, max_size=4))
def test_any_text_is_spoken_as_it_is_or_a_remark_says_where_not(pieces: list[tuple[str, str]]) -> None:
    runs = [TextRun(unicodedata.normalize("NFC", text.replace("\r", "")), mark) for text, mark in pieces]
    if not letters("".join(run.text for run in runs)):
        return
    passage = paragraph(*runs)
    written, remark = script_of(passage)
    if remark == "":
        assert said_by(written) == letters("T") + spoken_letters([passage])


def test_a_heading_a_table_and_a_list_of_hard_words() -> None:
    for text in HARD:
        line = " ".join(text.split())
        heading = SourcePassage(PassageKind.HEADING, (TextRun(line),), 2)
        table = SourcePassage(
            PassageKind.TABLE, rows=(((TextRun("H"),), (TextRun(line),)), ((TextRun(line),), (TextRun("x"),))), has_header=True
        )
        item = SourcePassage(PassageKind.PARAGRAPH, (TextRun(line),), first="> - ", rest=">   ")
        passages = (heading, table, item, paragraph(TextRun("End.")))
        written, remark = script_of(*passages)
        if remark == "":
            assert said_by(written) == letters("T") + spoken_letters(passages), text


@settings(max_examples=30)
@given(st.text(min_size=1, max_size=40))
def test_a_title_is_read_back_from_yaml(text: str) -> None:
    words = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    problems = Problems()
    node = read_yaml(f"title: {yaml_text(text)}\n", "x.yaml", problems)
    assert problems.errors == ()
    assert isinstance(node, Fields)
    value = node.get("title")
    assert isinstance(value, Scalar)
    assert value.text == words


@pytest.mark.parametrize("text", [*HARD, "Odalys & the fog", "Chapter 1: The *Ship*", "snake_case"])
def test_a_chapter_called_like_its_heading_says_it_once(text: str) -> None:
    line = " ".join(text.split())
    heading = SourcePassage(PassageKind.HEADING, (TextRun(line),), 1)
    parts = tuple(ManuscriptPart(line, (heading, paragraph(TextRun("Some words.")))) for _ in range(2))
    file, _ = script_files(Manuscript(parts, "T"), "t", "")
    written, remark = verified_text(file, "source")
    if remark == "":
        assert said_by(written) == letters(f"{line} Some words.")
    assert remark == "" or line.startswith("(")  # a stage direction, as a title
