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


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("export const a = `\none {\n\ntwo\n`", []),  # a template over several lines, with a blank one and a bracket in it
        ("export const a = `one {` + `\n\n`", []),
        ("export const a =\n  1", []),
        ("export const a = 1\n  .toFixed()", []),
        ("export const a = f(\n\n  [1,\n\n  2])", []),
        ("export const a = '{'", []),
        ("export const a = {\n\nwith no end", ["with no end"]),
        ("export const a = 1\nThis goes on.", ["This goes on."]),
    ],
)
def test_a_statement_ends_where_its_brackets_and_templates_do(statement: str, said: list[str], tmp_path: Path) -> None:
    found, told = load(tmp_path / "page.mdx", f"{statement}\n\nThe geese are fed.\n")
    assert found == [*said, "The geese are fed."]
    assert told[0].startswith("MDX export const a")
    assert load(tmp_path / "page.mdx", f"The geese are fed.\n\n{statement}")[0] == ["The geese are fed.", *said]


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


@pytest.mark.parametrize(
    ("typed", "said", "told"),
    [
        ("<code>\nx = 1\n\ny = 2\n</code>\n\nText.", ["Text."], True),
        ("<div>\n<code>x = 1\ny = 2</code>\n</div>\n\nText.", ["Text."], True),
        ("<div>\n<code>x</code>\n</div>\n\nText.", ["x", "Text."], False),
        ("<div>\nPress <code>x\ny</code> now.\n</div>\n\nText.", ["Press x y now.", "Text."], False),
        ("Press <code>x</code> now.", ["Press x now."], False),
    ],
)
def test_a_code_element_that_fills_lines_is_a_block_of_code(typed: str, said: list[str], told: bool, tmp_path: Path) -> None:
    found, messages = load(tmp_path / "page.md", typed)
    assert found == said
    assert any(message.startswith("code") for message in messages) == told


@pytest.mark.parametrize(
    ("typed", "places"),
    [
        ("Then [pause 1s] **half bold, he said.", [(1, 1, "Then"), (1, 17, "**half bold, he said.")]),
        (
            "Foo.\n\n**Ann said [pause 1s] *hello [pause 1s] _you",
            [(1, 1, "Foo."), (3, 1, "**Ann said"), (3, 23, "*hello"), (3, 41, "_you")],
        ),
        ("a\n[pause 1s] **\nword here", [(1, 1, "a"), (2, 12, "** word here")]),
        ("x [pause 1s] \\*star** &amp; more", [(1, 1, "x"), (1, 14, "*star** & more")]),
    ],
)
def test_a_text_with_half_a_mark_is_where_the_mark_is(typed: str, places: list[tuple[int, int, str]], tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(typed, "utf-8")
    script = load_script(tmp_path / "a.md", Problems())
    assert script is not None
    assert [(segment.source.line, segment.source.column, segment.text) for segment in script.segments] == places


TABLE = "| Name | Age |\n| --- | --- |\n| Ann | 7 |\n| Bo | 8 |\n"


def test_a_table_that_is_skipped_is_named_by_its_header(tmp_path: Path) -> None:
    said, told = load(tmp_path / "page.md", f"---\ntitle: x\nread: {{tables: skip}}\n---\n\nBefore.\n\n{TABLE}\nAfter.")
    assert said[-2:] == ["Before.", "After."]
    assert [message for message in told if "table" in message and "rows" in message] == ["table of 2 rows (Name, Age)"]
    html = "<table><tr><td>Ann</td><td>7</td></tr><tr><td>Bo</td><td>8</td></tr></table>"
    _, told = load(tmp_path / "page.md", f"---\ntitle: x\nread: {{tables: skip}}\n---\n\n{html}\n\nAfter.")
    assert [message for message in told if "table" in message and "rows" in message] == ["table of 2 rows (Ann, 7)"]


def test_a_table_is_read_row_by_row_with_its_header(tmp_path: Path) -> None:
    said, _ = load(tmp_path / "page.md", f"Before.\n\n{TABLE}\nAfter.")
    assert " ".join(said[1:-1]) == "Name: Ann; Age: 7. Name: Bo; Age: 8."


def test_a_cell_beyond_the_header_is_told_of_with_what_to_do(tmp_path: Path) -> None:
    _, told = load(tmp_path / "page.md", TABLE + "| Cy | 9 | lost | too |\n")
    (message,) = [message for message in told if "not read" in message]
    assert '"lost | too"' in message
    assert "\\|" in message


def test_the_cells_of_a_table_have_their_places(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(f"Before.\n\n{TABLE}| | 9 |\n", "utf-8")
    script = load_script(tmp_path / "a.md", Problems())
    assert script is not None
    assert [(s.source.line, s.source.column, s.text) for s in script.segments[1:]] == [
        (5, 3, "Name: Ann; Age: 7."),
        (6, 3, "Name: Bo; Age: 8."),
        (7, 5, "Age: 9."),
    ]


@pytest.mark.parametrize(
    ("typed", "said", "note"),
    [
        ("The area<sup><b>2</b></sup> of it.", "The area2 of it.", None),
        ("It is so<sup><a href='#f'>2</a></sup> and more.", "It is so and more.", "note mark 2"),
        ("It is so<sup>2</sup> and more.", "It is so² and more.", None),
        ("It is so.<sup>2</sup> And more.", "It is so. And more.", "note mark 2"),
        ("It is so,<sup>2</sup> and more.", "It is so, and more.", "note mark 2"),
        ("It is so<sup>[2]</sup> and more.", "It is so and more.", "note mark [2]"),
        ("On the 4<sup>th</sup> of May.", "On the 4th of May.", None),
    ],
)
def test_raised_figures_are_notes_or_powers(typed: str, said: str, note: str | None, tmp_path: Path) -> None:
    found, told = load(tmp_path / "page.md", typed)
    assert found == [said]
    assert [message for message in told if message.startswith("note")] == ([note] if note else [])


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("> <div hidden>\n>\n> Not read.\n>\n> ***\n>\n> Nor this.\n>\n> </div>\n>\n> After.", ["After."]),
        ("> <div hidden>\n>\n> Not read.\n>\n> ***\n>\n> Nor this.\n\nAfter.", ["After."]),
        ("- <div hidden>\n\n  Not read.\n\n  ```\n  code\n  ```\n\n  Nor this.\n\n  </div>\n\n- After.", ["After."]),
    ],
)
def test_an_element_that_is_not_read_ends_with_its_tag_or_the_block_around_it(typed: str, said: list[str], tmp_path: Path) -> None:
    assert load(tmp_path / "page.md", typed)[0] == said


def test_the_target_of_a_link_may_hold_a_template(tmp_path: Path) -> None:
    typed = 'See [the page]({{< ref "a b.md" >}}), [that](<{{ url }} x>) and [this]({% link a b.md %} "Title").'
    assert load(tmp_path / "page.md", typed)[0] == ["See the page, that and this."]


@pytest.mark.parametrize(
    ("typed", "said", "direction"),
    [
        ("I do not know *sighs*", "I do not know", "*sighs*"),
        ("I do not know *sighs heavily*", "I do not know", "*sighs heavily*"),
        ("I know. *Sighs*", "I know.", "*Sighs*"),
        ("I do not know *Sighs*", "I do not know Sighs", None),
        ("I like her *smiles*", "I like her smiles", None),
        ("You never *listen*", "You never listen", None),
    ],
)
def test_an_act_at_the_end_of_a_line_is_a_direction(typed: str, said: str, direction: str | None, tmp_path: Path) -> None:
    found, told = load(tmp_path / "page.md", f"---\ncast: {{Ann: ada, Bo: ben}}\n---\n\nAnn: {typed}\n\nBo: That is so.\n")
    assert found == [said, "That is so."]
    assert told == ([f"direction {direction}"] if direction else [])
