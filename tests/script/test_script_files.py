"""Files that cannot be read as they are, and those that can although they look odd."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from types import FrameType

import pytest

from voiceover.script import load_script
from voiceover.settings.problems import Problems
from voiceover.types import Script, Segment, Severity


def load(path: Path) -> tuple[Script | None, list[str]]:
    problems = Problems()
    script = load_script(path, problems)
    return script, [f"{p.source.line}:{p.source.column} {p.code}" for p in problems.all if p.severity is Severity.ERROR]


@pytest.mark.parametrize("name", ["script.md", "script.yaml"])
def test_the_collector_is_left_as_it_was(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text("segments: [Hello there.]\n")
    load(path)
    assert gc.isenabled()
    gc.disable()
    try:
        load(path)
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.parametrize("name", ["script.md", "script.yaml"])
@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", "1:1 nothing-spoken"),
        (b"\n\n  \n", "1:1 nothing-spoken"),
        (b"one\ntwo \0 three\n", "2:5 nul-byte"),
        ("one\ntwö ".encode() + b"\xe9 three\n", "2:5 not-utf-8"),
        (b"one\r\ntwo\rthr\xff", "3:4 not-utf-8"),
        ("One two three.".encode("utf-16"), "1:1 not-utf-8"),
        ("One two three.".encode("utf-16-le"), "1:1 not-utf-8"),
        ("One two three.".encode("utf-16-be"), "1:1 not-utf-8"),
        ("No".encode("utf-16-le"), "1:1 not-utf-8"),
        (b"x" * (4 * 1024 * 1024 + 1), "1:1 too-large"),
    ],
    ids=["empty", "blank", "nul", "latin-1", "line ends", "utf-16", "utf-16-le", "utf-16-be", "two letters", "large"],
)
def test_a_file_that_cannot_be_used(name: str, data: bytes, error: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert load(path)[1] == [error]


@pytest.mark.parametrize("name", ["script.md", "script.yaml"])
def test_comments_alone_speak_nothing(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text("<!-- one -->\n" if name.endswith("md") else "# one\n", "utf-8")
    assert load(path)[1] == ["1:1 nothing-spoken"]


def test_a_path_that_is_no_file(tmp_path: Path) -> None:
    assert load(tmp_path) == (None, ["1:1 not-a-file"])
    (tmp_path / "town_mouse.md").write_text("One two.", "utf-8")
    problems = Problems()
    assert load_script(tmp_path / "town_mous.md", problems) is None
    assert str(problems.all[0]) == f'{tmp_path}/town_mous.md:1:1: there is no such file; did you mean "town_mouse.md"?'


@pytest.mark.parametrize(
    ("name", "typed", "places"),
    [
        ("script.md", "One [pause 1s] two.\nthree\n\n- four *five*\n", ["1:1", "1:16", "4:3"]),
        ("script.yaml", 'segments:\n- One [pause 1s] two\n  three\n- "four *five*"\n', ["2:3", "2:18", "4:4"]),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_a_byte_order_mark_change_no_place(
    name: str, typed: str, places: list[str], line_end: str, mark: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes((mark + typed).replace("\n", line_end).encode())
    script, errors = load(path)
    assert script is not None
    assert errors == []
    assert [f"{item.source.line}:{item.source.column}" for item in script.items if isinstance(item, Segment)] == places


def test_a_paragraph_of_almost_four_megabytes(tmp_path: Path) -> None:
    line = "The *quick* brown fox jumps over the lazy dog, and nobody minds it; the dog sleeps on and on, as dogs do. "
    count = 3_900_000 // len(line)
    path = tmp_path / "long.md"
    path.write_text(line * count, "utf-8")
    script, errors = load(path)
    assert script is not None
    assert errors == []
    assert [len(segment.text.split()) for segment in script.segments] == [len(line.split()) * count]


@pytest.mark.parametrize(
    "piece", ["[", "[a [b] ", "![", "^[", "`a ``b ", "{% a ", "$a b ", "[x](say:", "*a ", "<a ", "[Town ", "[[x](say:y) "]
)
def test_markup_that_never_closes_is_read_in_linear_time(piece: str, tmp_path: Path) -> None:
    """Counts the calls that it takes to read a text, and one twice as long: a measure that no other process disturbs."""
    path = tmp_path / "script.md"
    load_script(path, Problems())
    counts = [_calls(path, "x " + piece * times) for times in (1000, 2000)]
    assert counts[1] < 2.2 * counts[0]


@pytest.mark.parametrize("piece", ["$$***\n\n", "> $$ a\n", "- $$ a\n\n", "$$ (a\n\n", "[^1]: $$ a\n\n", "$$\n\n> a\n\n"])
def test_maths_that_never_end_are_read_in_linear_time(piece: str, tmp_path: Path) -> None:
    path = tmp_path / "script.md"
    load_script(path, Problems())
    counts = [_calls(path, piece * times) for times in (300, 600)]
    assert counts[1] < 2.2 * counts[0]


@pytest.mark.parametrize(
    "piece",
    [
        "<div>", "<div hidden>\n\n", "<blockquote>\n\n", "<svg>\n\na\n\n", "<p>a", "<b><p></b>", "<h2>a\n\n",
        "<div><!-- \n\n", "<div><!-- \n\n-->\n\n",
        "<table><tr><td>", "<table><tr><td>a</td></tr></table>", "<table><caption>a</caption></table>\n", "<Tab>a</Tab>", '<a b="\n\n',
        "- <div hidden>\n\n", "<table><tr hidden><td>a</td></tr></table><div>", "<a {{", "<div\n", "<p><?", "</div>\n\n",
    ],
)  # fmt: skip
def test_html_that_never_closes_is_read_in_linear_time(piece: str, tmp_path: Path) -> None:
    path = tmp_path / "script.md"
    load_script(path, Problems())
    counts = [_calls(path, piece * times) for times in (300, 600)]
    assert counts[1] < 2.2 * counts[0]


def _calls(path: Path, text: str) -> int:
    path.write_text(text, "utf-8")
    count = 0

    def tick(_frame: FrameType, _event: str, _argument: object) -> None:
        nonlocal count
        count += 1

    before = sys.getprofile()
    sys.setprofile(tick)
    try:
        load_script(path, Problems())
    finally:
        sys.setprofile(before)
    return count


def test_text_nested_too_deep_to_be_read_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "script.md"
    path.write_text("Hello there.\n\n" + ">" * 150 + " lost\n", "utf-8")
    assert load(path)[1] == ["3:152 nested-too-deep"]
