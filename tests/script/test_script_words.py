"""No word gets lost, and nothing that can be typed ends in an exception."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voiceover.script import load_script, placed
from voiceover.script.labels import Names, names_of
from voiceover.script.markdown import parse_line
from voiceover.settings.problems import Problems
from voiceover.types import Chapter, Script

BLANKS = st.sampled_from(
    [" ", "  ", "\n", "\t", " \n ", "\n\t", "  \n", ", ", "; ", ". ", "... ", "? ", " - ", " & ", "'s ", " (", ") ", '" ', " 5% "]
)
PARAGRAPHS = st.lists(st.lists(BLANKS, min_size=1, max_size=8), min_size=1, max_size=6)
STARTS = st.sampled_from(
    [
        "",
        "",
        "",
        "- ",
        "- [x] ",
        "> ",
        "1. ",
        "# ",
        "## ",
        "### ",
        "   ",
        "Town: ",
        "**Country (quiet):** ",
        "[Town | angry] ",
        "[pause 1s] ",
    ]
)

SOUP = st.sampled_from([
    "word", "Town", "Town:", "**Town:**", "[Town]", "[Twon]", "[Town | angry, speed 0.9]", "Country (quiet):", "[pause 1s]", "[pause",
    "[sound: a]", "[music: stop]", "[audio: x.wav]", "](say:", "[x](say:y)", "[x](<say:y z>)", "[bon](lang:fr)", "](", ")", "[", "]",
    "(", "|", "*", "**", "_", "`", "``", "```", "~~~", "\\", "$", "$$", "$x^2$", "\\frac{", "<", ">", "<!--", "-->", "<b>", "<br>",
    "<div>", "</div>", "\n\n<p>", "</p>", "<div hidden>", "<svg>", "</svg>", "<table>", "<td>", "</table>",
    "<h2>", "</h2>", "<blockquote>", "</blockquote>", "<pre>", "</pre>", "<Tab a={b}>", "</Tab>", "<li>", "<tr hidden>", "</b>",
    "&amp;", "&", "#", "## ", "---", "***", "===", "- ", "1. ", "7) ", "> ", "    ", "\t", "| a | b |", "|---|---|", "{{<", ">}}",
    "{%", "%}", "{{", "}}", "[^1]", "[^1]: ", "^[", "![", "![a](b)", "[a]: b", "https://a.example/b", "www.b.example", "\n", "\n",
    "\n\n", " ", " ", ".", ":", "：", "é", "日本", "\u00a0", "\u2028", "\x0b", "\u200b", "e\u0301", "\U0001f600", "+++", "...", "{", "}",
    ":::note ", ":::", "!!! note\n    ", "> [!NOTE] ", "{: .x}", "{#id}", "{.x}", "[[", "]]", "![[", "~~", "==", ":smile:", "\\\\(",
    "\\\\)", "\\\\[", "\\\\]", "%%", "^id", "[TOC]", "*[A]: ", ": ", "{/*", "*/}", "import a from 'b'", "export {", "<sup>", "</sup>",
    "¹", ".[1]", "a-\nb", "\u00ad", "]({{ x y }})", "{::comment}", "{:/comment}", "{:toc}", "<a href={{ x }}>",
    '"', "'", "''", '\\"', "\\n", "\\u00e9", "? ", "!", "@", "%", "x: y", " #",
])  # fmt: skip
HEAD = "---\ntitle: A\ncast: {Narrator: , Town: , Country: }\n---\n\n"
QUICK = settings(deadline=None, max_examples=120, suppress_health_check=list(HealthCheck))


MARKED = st.sampled_from([
    ":::note {0}\n{1}\n:::", "::: {{.x title=\"{0}\"}}\n\n{1}\n\n:::", "!!! note \"{0}\"\n    {1}\n\n    - {2}",
    "??? tip\n    {0}\n{1}", "=== \"{0}\"\n\n    {1}", "> [!NOTE]\n> {0}", "> [!tip]- {0}\n> {1}", "{{: .x}}\n{0}",
    "{0}\n{{: .x}}", "{0} {{#x}}", "*{0}*{{.x}} [{1}]{{.y}}", "[[{0}]] [[{1}|{2}]]", "{0} ~~{1}~~ {2}", "=={0}== {1}",
    ":smile: {0} :tada:", "{0}\n: {1}\n: {2}", "{0}.[1] {1}.<sup>2</sup> {2}.³", "{0} %%{1}%% {2}", "%%\n{0}\n\n{1}\n%%",
    "{0} ^id", "{0}\n\n*[A]: {1}", "[{0}]({{{{ x y }}}}) {1}", "{0} {{/* {1} */}} {2}", "import {0} from 'x'\n\n{1}", "{0}-\n{1}",
    "{{::comment}}\n{0}\n{{:/comment}}\n{1}", "[TOC]\n\n{0}", "1. {0}\n{{: .x}}\n2. {1}",
])  # fmt: skip


def load(text: str, suffix: str = ".md") -> tuple[Script | None, Problems]:
    problems = Problems()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"script{suffix}"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        return load_script(path, problems), problems


def heard(script: Script | None, problems: Problems) -> list[str]:
    """The numbered words that are spoken, named by chapters, or reported."""
    assert script is not None
    chapters = [item.title for item in script.items if isinstance(item, Chapter)]
    reported = [problem.message for problem in problems.all]
    return re.findall(r"w\d+", " ".join([*(segment.text for segment in script.segments), *chapters, *reported]))


@QUICK
@given(PARAGRAPHS, st.lists(STARTS, min_size=6, max_size=6))
def test_words_in_are_words_out(paragraphs: list[list[str]], starts: list[str]) -> None:
    number = 0
    blocks: list[str] = []
    spoken: list[str] = []
    for blanks, start in zip(paragraphs, starts, strict=False):
        block = start
        for blank in blanks if not start.startswith("#") else [blank.replace("\n", " ") for blank in blanks[:5]]:
            block += f"w{number}{blank}"
            if not start.startswith("#"):
                spoken.append(f"w{number}")
            number += 1
        blocks.append(block.rstrip())
    script, problems = load(HEAD + "\n\n".join(blocks))
    assert [problem.code for problem in problems.errors] == ([] if spoken else ["nothing-spoken"])
    assert script is not None
    # in order, each once, nothing added
    assert re.findall(r"w\d+", " ".join(segment.text for segment in script.segments)) == spoken
    assert set(heard(script, problems)) == {f"w{n}" for n in range(number)}


@QUICK
@given(st.lists(MARKED, min_size=1, max_size=6), st.sampled_from(["\n\n", "\n\nw0\n\n"]))
def test_words_within_marks_are_spoken_or_reported(blocks: list[str], between: str) -> None:
    text = between.join(block.format(*(f"w{number}{n}" for n in "123")) for number, block in enumerate(blocks, 1))
    assert set(heard(*load(HEAD + text + "\n\nw0"))) == set(re.findall(r"w\d+", text + "w0"))


@pytest.mark.parametrize("cast", [None, names_of(["Ann", "a"])])
def test_text_without_marks_is_read_as_by_all_rules(cast: Names | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every sign of ASCII, and some others, at each place of a text: the short way is taken for what the rules make nothing of."""
    signs = [*map(chr, range(128)), *"¹⁴\u00ad：（）…–“”\xa0\u200b\u2028é日"]
    texts = [text for sign in signs for text in (sign, f"{sign}a b", f" a{sign}b", f"a b {sign}", f"{sign}{sign}a", f"![a{sign}](b)")]
    short = [parse_line(text, cast)[0] for text in texts]
    monkeypatch.setattr(placed, "_MARKS", re.compile(""))
    assert short == [parse_line(text, cast)[0] for text in texts]


@QUICK
@given(st.lists(SOUP, max_size=40), st.booleans())
def test_no_markdown_ends_in_an_exception(pieces: list[str], cast: bool) -> None:
    text = (HEAD if cast else "") + "".join(pieces)
    script, problems = load(text)
    rows = text.replace("\r", "\n").split("\n")
    for source in [item.source for item in script.items] if script else []:
        assert 1 <= source.line <= len(rows) + 1
        assert 1 <= source.column <= len(rows[source.line - 1] if source.line <= len(rows) else "") + 1
    assert script is not None or problems.errors


@QUICK
@given(
    st.lists(SOUP, max_size=30),
    st.sampled_from(["- ", "- Town: ", "- {speaker: Town, text: ", '- "', "- '", "- |\n  ", "- pause: ", "- chapter: "]),
)
def test_no_yaml_ends_in_an_exception(pieces: list[str], start: str) -> None:
    script, problems = load("cast: {Narrator: , Town: , Country: }\nsegments:\n" + start + "".join(pieces), ".yaml")
    assert script is not None or problems.errors


@QUICK
@given(st.binary(max_size=200), st.sampled_from([".md", ".yaml"]))
def test_no_bytes_end_in_an_exception(data: bytes, suffix: str) -> None:
    problems = Problems()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"script{suffix}"
        path.write_bytes(data)
        assert load_script(path, problems) is not None or problems.errors


@QUICK
@given(
    st.lists(
        st.sampled_from(["w", "*w*", "`w`", "[w](say:x)", "[w](lang:fr)", "[w](https://a.example)", "&amp;", "é", "—", '"w"']),
        min_size=1,
        max_size=12,
    )
)
def test_both_forms_read_a_line_alike(words: list[str]) -> None:
    line = " ".join(f"{word.replace('w', f'w{number}')}" for number, word in enumerate(words))
    markdown = load(HEAD + "Town: " + line)[0]
    yaml = load("title: A\ncast: {Narrator: , Town: , Country: }\nsegments:\n  - Town: |\n      " + line, ".yaml")[0]
    assert markdown is not None
    assert yaml is not None
    assert [segment.spans for segment in markdown.segments] == [segment.spans for segment in yaml.segments]
    assert [s.source.column - 6 for s in markdown.segments] == [s.source.column - 6 for s in yaml.segments]
