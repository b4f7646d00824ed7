"""Marks of other dialects that need more than a fixture: files of MDX, what is reported, and input that is made to take long."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from voiceover.script import load_script
from voiceover.settings.problems import Problems
from voiceover.types import Severity


def load(path: Path, text: str) -> tuple[list[str], list[str]]:
    path.write_text(text, encoding="utf-8")
    problems = Problems()
    script = load_script(path, problems)
    assert script is not None
    return [segment.text for segment in script.segments], [problem.message for problem in problems.all]


EXPRESSIONS = (
    "## Head {#id}\n\nThe year {props.year}, {'geese'} and {items.map(x => { return x })}.{' '}{/* hidden */}Don't {x} they can't {y}?"
)


def test_expressions_are_templates_in_mdx(tmp_path: Path) -> None:
    said, told = load(tmp_path / "page.mdx", EXPRESSIONS)
    assert said == ["Head", "The year , geese and . Don't they can't ?"]
    assert told == [
        "attributes {#id}",
        "expression {props.year}",
        "expression {items.map(x => { return x })}",
        "comment {/* hidden */}",
        "expression {x}",
        "expression {y}",
    ]


def test_braces_are_text_in_markdown(tmp_path: Path) -> None:
    said, told = load(tmp_path / "page.md", EXPRESSIONS)
    assert said == ["Head", "The year {props.year}, {'geese'} and {items.map(x => { return x })}.{' '}Don't {x} they can't {y}?"]
    assert told == ["attributes {#id}", "comment {/* hidden */}"]


def test_a_label_in_braces_is_no_expression(tmp_path: Path) -> None:
    said, told = load(tmp_path / "page.mdx", "---\ncast: {Ann: ada, Bo: ben}\n---\nAnn: Hello to {Bo} and {x}.")
    assert "Bo" in said[0]
    assert not any("expression {Bo}" in message for message in told)
    assert "expression {x}" in told


def test_a_statement_is_reported_whole_and_the_text_below_is_read(tmp_path: Path) -> None:
    text = "import A from './a'\n\n"
    text += "export const meta = {\n  title: 'x',\n\n  tags: [1]\n}\n\nexport const b = `{\n\n'`\n\nThe geese are fed.\n\n<!-- x -->"
    said, told = load(tmp_path / "page.mdx", text)
    assert said == ["The geese are fed."]
    assert told == [
        "MDX import A from './a'",
        "MDX export const meta = { title: 'x', tags: [1] }",
        "MDX export const b = `{ '`",
        "comment <!-- x -->",
    ]


def test_targets_are_reported_as_they_are_typed(tmp_path: Path) -> None:
    _, told = load(
        tmp_path / "page.md", 'See [a]({{< ref "x y.md" >}}) and [b][c].\n\n[c]: {% post_url 2024-01-01-x %}\n[d]: {{ site.url }}/d'
    )
    assert told == [
        'link target {{< ref "x y.md" >}}',
        "link target {% post_url 2024-01-01-x %}",
        "link definition [d]: {{ site.url }}/d",
    ]


def test_a_list_goes_on_from_items_within_html(tmp_path: Path) -> None:
    _, told = load(tmp_path / "page.mdx", "<Steps>\n1. Open the gate.\n\n2. Let the geese out.\n\n    code\n\n</Steps>\n\n3. Close it.")
    assert not any("list item" in message for message in told)
    _, told = load(tmp_path / "page.mdx", "<Steps>\nOpen the gate.\n\n2. Let the geese out.\n</Steps>")
    assert any("list item" in message for message in told)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Press :octicons-heart-fill-24:{ .heart } or :smile:{ .lg } twice.", "Press or twice."),
        ("He said {++a *few*++} words, {--gone--} {~~one~>two~~} and {==lit==}{>>why<<}.", "He said a few words, two and lit."),
        ("C++ {-- has no end, {a++b++} and {x | x > 0} are text.", "C++ {-- has no end, {a++b++} and {x | x > 0} are text."),
        ("Here {++i} and {j++}, {--i} and {j--} stay.", "Here {++i} and {j++}, {--i} and {j--} stay."),
        ("See [the *reader*][app.Reader], [`code`][x.y] and a[i][j.k], [a][b].", "See the reader, code and a[i][j.k], [a][b]."),
        ("[Text](#a){ data-preview } and `raw`{=html}.", "Text and raw."),
        ('--8<-- "part.md"\n\nWords.', "Words."),
        ("--8<--\na.md\nb.md\n--8<--\n\nWords.", "Words."),
        ("Words --8<-- here.", "Words --8<-- here."),
        ("As shown [@knuth1984, p. 33; @doe] and [see @doe99].", "As shown and ."),
        ("Er sagte: „Ja.“[1] Und ‚nein‘[2] und »doch«[3] dazu.", "Er sagte: „Ja.“ Und ‚nein‘ und »doch« dazu."),
        ("A list “[1, 2]” and « [1] » stay.", "A list “[1, 2]” and « [1] » stay."),
        ("Thanks to [@ann], [me@home1.com] and @doe99 [p. 3].", "Thanks to [@ann], [me@home1.com] and @doe99 [p. 3]."),
        ('[caption id="a" width="3"]<img src="x.jpg"> A house[/caption]', "A house"),
        ('Text [gallery ids="1,2"] more.', "Text more."),
        ('[code lang="php"]\necho 1;\n[/code]\n\nWords.', "Words."),
        ('[sic], [code], [and/or], [x = "1"] and [b]bold[/b].', '[sic], [code], [and/or], [x = "1"] and [b]bold[/b].'),
        ("See :abbr[HTML]{title='x'} and ratio 1:x[2] or :see[1].", "See HTML and ratio 1:x[2] or :see[1]."),
        ("::video[The title]{#abc}", "The title"),
        ('[[2024-01-01]], x[["name"]], a[[i]][[j]], 见[[笔记]]。', '2024-01-01, x[["name"]], a[[i]][[j]], 见笔记。'),
        ("::::{grid} 2\n:gutter: 2\nA card.\n::::", "A card."),
        ("```{note}\nA *box*.\n```", "A box."),
        ("```{r}\nx\n```\n\n```{note}\nnot closed", ""),
        ("\\newpage\n\n\\begin{center}\nWords \\newpage here.\n\\end{center}\n\\vspace{1cm} \\noindent", "Words \\newpage here."),
        ("- [-] left undone", "left undone"),
        ("- [1] a note", "[1] a note"),
    ],
)
def test_marks_that_other_programs_write(text: str, said: str, tmp_path: Path) -> None:
    assert load(tmp_path / "page.md", text)[0] == ([said] if said else [])


def test_fences_around_prose_are_boxes(tmp_path: Path) -> None:
    text = (
        "````{admonition} Title here\n:class: warning\nIn a box.\n\n```py\nx\n```\n````\n\n"
        "```ad-tip\ntitle: Of Obsidian\nA tip.\n```\n\n- ```{tip}\n  In a list.\n  ```\n- next"
    )
    said, told = load(tmp_path / "page.md", text)
    assert said == ["Title here", "In a box.", "Of Obsidian", "A tip.", "In a list.", "next"]
    assert "code block (py, 1 line)" in told


def test_a_component_named_like_an_element_holds_markdown(tmp_path: Path) -> None:
    said, _ = load(
        tmp_path / "page.mdx", '<Aside type="tip">\n  A **bold** [tip](x.md).\n</Aside>\n\n<aside>of *stars*</aside>\n\n<Script>x</Script>'
    )
    assert said == ["A bold tip.", "of *stars*"]


def test_everything_removed_is_of_the_kind_that_is_not_spoken(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(
        ":::note A title\nHe ~~never~~ came.[1] :smile: {: .x}\n:::\n\n[TOC]\n\n*[A]: B\n\n%% c %%\n\nWords. ^id\n", encoding="utf-8"
    )
    problems = Problems()
    load_script(path, problems)
    assert {problem.severity for problem in problems.all} == {Severity.UNSPOKEN}
    codes = [problem.code for problem in problems.all]
    assert codes == ["container", "struck", "note", "emoji", "attributes", "contents", "abbreviation", "comment", "block-id"]


@pytest.mark.parametrize(
    "piece",
    [
        "[a]({{ ", "[a](<{{ ", "{/* ", "{/* */ ", "%% a", "%%\n\n", "{a=", '{a="', "{: a ", "[[a", "[[a]", "![[", "[a]{", "==a ",
        "~~a ", ":a", "\\\\( ", "\\\\[\n", "\\\\[ a\n\n", "<a b{{", "<a b='{{", "^a ", "!!! note\n    ", "!!! note\n\n",
        "!!! a\n    b\n", "::: {a\n", ":::{a}\n:b:\n", "export const a = {\n\n", "import {\n\n", "export const a = `\\`\\",
         "*[a]", "A\n: b\n", "> [!a", "a.[1",
        "a.¹", "<sup>", "<sup>a", "exam-\nple ", "{::comment}\n\n", "- TOC\n{:toc}\n", "{% highlight a %} ",
        "{% highlight a %}endhighlight ", "[a]: {{ ", '=== "a"\n    b\n', "{", "{x",
        "==", "== ",
        "{++", "{++ a {==", "{~~a~>", "[@a1, ", '[a b="c"] ', '[code a="b"] ', "--8<--\na\n",
        "[a][b.c", "[a][b.c] ", "[a ", "\\newpage ", "\\newpage[",
        "```{note}\n", "```{note}\n\n```\n", "> ```{note}\n", "::a[", ":a[b", ":a{",
    ],
)  # fmt: skip
def test_marks_that_never_end_take_time_in_proportion(piece: str, tmp_path: Path) -> None:
    def seconds(size: int) -> float:
        path = tmp_path / "page.mdx"
        path.write_text("Some words.\n\n" + piece * (size // len(piece)), encoding="utf-8")
        start = time.process_time()
        load_script(path, Problems())
        return time.process_time() - start

    small = min(seconds(2_000) for _ in range(2))
    assert min(seconds(16_000) for _ in range(2)) < 24 * small + 0.1
