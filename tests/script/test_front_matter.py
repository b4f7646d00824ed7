"""The front matter of a script in its three forms: the same settings, each at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from voiceover.script import load_script
from voiceover.script.front_matter import take_front_matter
from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Fields, Items, Node, Scalar


def taken(text: str) -> tuple[Node | None, str, list[str]]:
    problems = Problems()
    found = take_front_matter(text, "a.md", problems)
    return found.node, found.body, [f"{p.source.line}:{p.source.column} {p.code}: {p.message}" for p in problems.all]


def drawn(node: Node | None) -> object:
    """Scalars as (text, typed without quotes, line, column)."""
    match node:
        case Fields():
            return {key.text: drawn(value) for key, value in node.entries}
        case Items():
            return [drawn(item) for item in node.items]
        case Scalar():
            return node.text, node.plain, node.source.line, node.source.column
    return None


def test_an_empty_text_in_toml_is_a_text() -> None:
    """Only what nobody typed is plain: an empty plain scalar would be no value at all."""
    node, body, problems = taken('+++\ntitle = ""\nspeed = 1.10\ndraft = true\nday = 2026-11-05\n+++\nIt is late.')
    assert problems == []
    assert drawn(node) == {
        "title": ("", False, 2, 9),
        "speed": ("1.10", True, 3, 9),
        "draft": ("true", True, 4, 9),
        "day": ("2026-11-05", True, 5, 7),
    }
    assert body == "\n" * 6 + "It is late."


def test_a_title_that_is_empty_has_the_same_error_in_every_form(tmp_path: Path) -> None:
    said = []
    for typed in ('---\ntitle: ""\n---\n\nText.\n', '+++\ntitle = ""\n+++\n\nText.\n', '{\n"title": ""\n}\n\nText.\n'):
        path = tmp_path / "a.md"
        path.write_text(typed, "utf-8")
        problems = Problems()
        load_script(path, problems)
        said.append([(p.code, p.source.line, p.message) for p in problems.all])
    assert said[0] == said[1] == said[2]


@pytest.mark.parametrize(
    ("fence", "line"),
    [("---", "params: {nested}"), ("+++", "params = {nested}"), ("", '{{"params": {nested}}}')],
    ids=["yaml", "toml", "json"],
)
def test_lists_are_read_to_fifty_levels(fence: str, line: str) -> None:
    for depth, is_read in ((1, True), (30, True), (48, True), (50, False), (200, False)):
        typed = line.format(nested="[" * depth + "1" + "]" * depth)
        node, body, problems = taken(f"{fence}\n{typed}\n{fence}\nText.\n" if fence else f"{typed}\nText.\n")
        assert body.strip() == "Text."
        if is_read:
            assert problems == []
            inner = drawn(node)["params"]  # type: ignore[index]
            for _ in range(depth):
                (inner,) = inner
            assert inner[0] == "1"
        else:
            assert node is None
            (problem,) = problems
            assert "nested-too-deep: " in problem
            assert "nested more than 50 levels deep" in problem


def test_tables_of_toml_are_read_as_deep_as_those_of_yaml() -> None:
    for depth, is_read in ((20, True), (48, True), (60, False)):
        node, _, problems = taken("+++\n[" + ".".join("a" * depth) + "]\nkey = 1\n+++\n")
        assert (node is not None, problems == []) == (is_read, is_read)


@pytest.mark.parametrize("space", ["", "\n", "\n\n   \n"])
def test_blank_lines_before_it_move_every_place(space: str) -> None:
    more = space.count("\n")
    node, body, problems = taken(space + '+++\ntitle = "x"\n[cast]\nAnn = "ada"\n+++\nText.\n')
    assert problems == []
    assert drawn(node) == {"title": ("x", False, 2 + more, 9), "cast": {"Ann": ("ada", False, 4 + more, 7)}}
    assert body == "\n" * (5 + more) + "Text.\n"


@pytest.mark.parametrize(
    ("typed", "place", "words"),
    [
        ("+++\ntitle = x\n+++\n", "2:9", "the front matter is not TOML: "),
        ("+++\ntitle = 'x'\nbroken\nshow = 'y'\n+++\n", "3:7", "the front matter is not TOML: "),
        ("\n+++\ntitle = 1\ntitle = 2\n+++\n", "4:1", "the front matter is not TOML: "),
        ("+++\ntitle = 'x'\n", "1:1", "end it with a line +++"),
        ("---\ntitle: x\n", "1:1", "end it with a line ---"),
        ("+++\na = 1\nb = " + "9" * 5000 + "\n+++\n", "3:5", "no more than 4300 digits"),
        ("---\n- a\n- b\n---\n", "2:1", '"key: value"'),
        ("---\njust words\n---\n", "2:1", '"key: value"'),
    ],
)
def test_what_cannot_be_read_is_said_at_its_place(typed: str, place: str, words: str) -> None:
    node, _, problems = taken(typed)
    assert node is None
    (problem,) = problems
    assert problem.split(" ", 1)[0] == place
    assert words in problem


@pytest.mark.parametrize(
    "typed",
    [
        "--- \n\nText.\n",
        "Text.\n\n---\ntitle: x\n---\n",
        "++\ntitle = 1\n++\n",
        "+++ more\ntitle = 1\n+++\n",
        "\n---\nAnn: Good day.\n---\n",
        "[a]: b\n",
        "----\ntitle: x\n",
        "---\nOnce upon a time.\n",
        "--- x\ntitle: y\n",
    ],
)
def test_what_is_no_front_matter_is_text(typed: str) -> None:
    node, body, problems = taken(typed)
    assert (node, body, problems) == (None, typed, [])


def test_a_fence_after_blank_lines_is_one_only_above_a_key_of_front_matter() -> None:
    node, _, problems = taken("\n---\nAnn: x\ntitle: y\n---\nText.\n")
    assert problems == []
    assert drawn(node) == {"Ann": ("x", True, 3, 6), "title": ("y", True, 4, 8)}


def test_keys_that_look_alike_have_places_of_their_own() -> None:
    """A key in a comment or a text is none."""
    typed = '+++\n# voice = "x"\ntitle = "voice = 1"\n[cast.Ann]\nvoice = "ada"\n[cast."Bo b"]\nvoice = """ben"""\nspeed = 1.5\n+++\n'
    node, _, problems = taken(typed)
    assert problems == []
    assert drawn(node) == {
        "title": ("voice = 1", False, 3, 9),
        "cast": {
            "Ann": {"voice": ("ada", False, 5, 9)},
            "Bo b": {"voice": ("ben", False, 7, 9), "speed": ("1.5", True, 8, 9)},
        },
    }
