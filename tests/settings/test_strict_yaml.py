from __future__ import annotations

import time

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voiceover.settings import strict_yaml
from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Fields, Items, Node, Scalar, read_yaml


@pytest.fixture(params=["C", "Python"], autouse=True)
def loader(request, monkeypatch):
    """Every test runs on both of PyYAML's parsers: the C one is not in every build."""
    if request.param == "C" and not yaml.__with_libyaml__:
        pytest.skip("PyYAML without libyaml")
    monkeypatch.setattr(strict_yaml, "_LOADER", yaml.CSafeLoader if request.param == "C" else yaml.SafeLoader)
    return request.param


def read(text: str, first_line: int = 1) -> tuple[Node | None, Problems]:
    problems = Problems()
    return read_yaml(text, "f.yaml", problems, first_line), problems


def clean(text: str) -> Node | None:
    node, problems = read(text)
    assert not problems.found, [str(problem) for problem in problems.found]
    return node


def only_error(text: str) -> str:
    _, problems = read(text)
    assert len(problems.found) == 1, [str(problem) for problem in problems.found]
    return str(problems.found[0])


def plain(node: Node | None) -> object:
    """The words of a node without their places."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return None if node is None else {key.text: plain(value) for key, value in node.entries}


@pytest.mark.parametrize("word", ["NO", "on", "12:30", "1.10", "2026-11-20", "0x1F", "1_000", "~", "null", "Yes", ".5", "1e3"])
def test_words_stay_what_was_typed(word):
    assert plain(clean(f"title: {word}\n")) == {"title": word}
    assert plain(clean(f"{word}: ada\n")) == {word: "ada"}


def test_both_forms_of_collections_and_every_kind_of_quote():
    text = "a: {b: [c, 'd e'], \"f\\tg\": h}\ni:\n  - j\n  - k: |\n      two\n      lines\nl: >\n  fol\n  ded\n"
    assert plain(clean(text)) == {"a": {"b": ["c", "d e"], "f\tg": "h"}, "i": ["j", {"k": "two\nlines\n"}], "l": "fol ded\n"}


def test_a_key_with_nothing_after_it_is_an_empty_plain_word():
    node = clean("a:\nb: ''\n")
    assert isinstance(node, Fields)
    first, second = node.get("a"), node.get("b")
    assert isinstance(first, Scalar) and isinstance(second, Scalar)
    assert (first.text, first.plain) == ("", True)
    assert (second.text, second.plain) == ("", False)


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n", "\ufeff"])
def test_an_empty_document_is_none_without_a_problem(text):
    assert clean(text) is None


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_places_count_characters_from_one(line_end):
    text = line_end.join(["# ä", 'ключ: "é"', "list:", "  - 😀x: {y: z}"])
    node, problems = read(text, first_line=10)
    assert not problems.found
    assert isinstance(node, Fields)
    (key, value), (_, items) = node.entries
    assert (key.source.line, key.source.column) == (11, 1)
    assert (value.source.line, value.source.column) == (11, 7)
    assert isinstance(items, Items)
    inner = items.items[0]
    assert isinstance(inner, Fields)
    flow = inner.get("😀x")
    assert isinstance(flow, Fields)
    assert (flow.source.line, flow.source.column) == (13, 9)
    assert (flow.entries[0][1].source.line, flow.entries[0][1].source.column) == (13, 13)


def test_a_byte_order_mark_in_front_is_not_seen():
    node = clean("\ufefftitle: x")
    assert isinstance(node, Fields)
    assert (node.entries[0][0].text, node.entries[0][0].source.column) == ("title", 1)


def test_line_separators_within_a_text_do_not_move_the_places():
    # YAML 1.1 breaks lines at U+2028 and U+0085; the writer's editor does not.
    node = clean('a: "b\u2028c\x85d"\ne: f\n')
    assert isinstance(node, Fields)
    assert node.entries[1][0].source.line == 2


def test_a_duplicate_key_names_both_places_and_the_first_holds():
    node, problems = read("a: 1\nb:\n  c: 2\n  c: 3\na: 4\n", first_line=5)
    assert [str(problem) for problem in problems.errors] == [
        'f.yaml:8:3: the key "c" is given twice; the first is at f.yaml:7:3',
        'f.yaml:9:1: the key "a" is given twice; the first is at f.yaml:5:1',
    ]
    assert plain(node) == {"a": "1", "b": {"c": "2"}}


@pytest.mark.parametrize(
    "tag", ["!!python/object:os.system", "!!python/object/apply:os.system", "!include", "!!binary", "!!set", "!<tag:x.org,2002:y>"]
)
def test_a_tag_is_refused(tag):
    _, problems = read(f"a: b\nc: {tag} x\n")
    assert [(problem.code, problem.source.line, problem.source.column) for problem in problems.errors] == [("yaml-tag", 2, 4)]


def test_plain_core_tags_mean_nothing():
    assert plain(clean("a: !!str 5\nb: !!map {c: !!int 1}\nd: !!seq []\n")) == {"a": "5", "b": {"c": "1"}, "d": []}


def test_an_exclamation_mark_in_front_of_text_is_not_lost():
    assert "put quotes" in only_error("- Town: ! hey\n")


def test_anchors_of_a_person_work():
    assert plain(clean("a: &voice {voice: ben, speed: 1.1}\nb: *voice\nc: *voice\n")) == {
        key: {"voice": "ben", "speed": "1.1"} for key in "abc"
    }


def test_an_anchor_that_swallows_text_is_a_warning():
    assert only_error("- Town: &c and so on\n").startswith("f.yaml:1:9: warning: &c ")


def test_an_alias_bomb_is_refused_at_once():
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    start = time.perf_counter()
    node, problems = read("\n".join(lines))
    assert time.perf_counter() - start < 1
    assert node is None
    assert [problem.code for problem in problems.errors] == ["too-many-aliases"]


def test_many_aliases_of_one_small_value_are_refused():
    node, problems = read("a: &a x\nb: [" + ", ".join(["*a"] * 5000) + "]\n")
    assert node is None
    assert problems.errors[0].code == "too-many-aliases"


def test_an_alias_of_itself_is_an_error():
    assert only_error("a: &a [*a]\n").startswith("f.yaml:1:8: there is no anchor &a above")


@pytest.mark.parametrize("text", ["[" * 20_000, "- " * 20_000, "{a: " * 20_000])
def test_nesting_is_limited(text):
    node, problems = read(text)
    assert node is None
    assert [problem.code for problem in problems.errors] == ["nested-too-deep"]


def test_fifty_levels_are_allowed():
    node = clean("[" * 49 + "x" + "]" * 49)
    for _ in range(49):
        assert isinstance(node, Items)
        (node,) = node.items
    assert plain(node) == "x"


def test_several_documents_are_an_error():
    assert only_error("a: 1\n---\nb: 2\n").startswith("f.yaml:2:1: a second document starts here")


@pytest.mark.parametrize(("character", "name"), [("\0", "NUL"), ("\x1b", "U+001B"), ("\x7f", "U+007F"), ("\ud800", "U+D800")])
def test_control_characters_are_named_and_placed(character, name):
    message = only_error(f"a: b\nc: d{character}e\n")
    assert message.startswith("f.yaml:2:5: ")
    assert name in message


def test_a_merge_key_is_an_error_and_a_quoted_one_a_word():
    assert only_error("a: &a {b: c}\nd:\n  <<: *a\n").startswith("f.yaml:3:3: merge keys")
    assert plain(clean('"<<": b\n')) == {"<<": "b"}


@pytest.mark.parametrize("text", ["? [a]\n: b\n", "{{ title }}: x\n"])
def test_a_key_must_be_a_word(text):
    _, problems = read(text)
    assert problems.errors[0].code == "yaml-key"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("- Town: He said: yes\n", "1:16"),
        ("- a\n- Town: @home today\n", "2:9"),
        ("- Town: `x` is it\n", "1:9"),
        ("- Town: %5 of it\n", "1:9"),
        ('- Town: "Hush\n- Ben: x\n', "1:9"),
        ("- Town: 'tis the season\n", "1:9"),
        ('- Town: "Hush," she said.\n', "1:17"),
        ("- Town: [pause 1s] Hello\n", "1:20"),
        ("- Town: *sigh* well\n", "1:9"),
        ("- **Town:** hi\n", "1:3"),
        ("- Town: > hi\n", "1:9"),
        ("- Town: | hi\n", "1:9"),
        ("- Town: - well\n", "1:9"),
        ("- Town: *nobody\n", "1:9"),
        ("- Town: !Wow\n", "1:9"),
        ("a: 1\nA line of text\nb: 2\n", "2:1"),
    ],
)
def test_text_that_yaml_cannot_read_says_where_and_to_put_quotes(text, place):
    message = only_error(text)
    assert message.startswith(f"f.yaml:{place}: ")
    assert "put quotes" in message


def test_a_quote_that_closes_lines_later_says_where_it_opens():
    message = only_error("- Town: 'tis the season\n- Ben: It's mine\n")
    assert message.startswith("f.yaml:2:11: ")
    assert "f.yaml:1:9" in message


def test_a_tab_as_indentation_is_named():
    assert "tab" in only_error("a:\n\t- b\n")


@pytest.mark.parametrize("text", ["a: {b: c", "a: [b", "a: ]", "a: b\n- c\n", 'a: "\\q"', "%YAML 9\n"])
def test_other_syntax_errors_are_one_problem_with_a_place(text):
    assert only_error(text).startswith("f.yaml:1:" if "\n-" not in text else "f.yaml:2:")


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("- Town: We are #1 in town\n", 16),
        ("- Town: My room is # 5\n", 20),
        ("- Apartment #5\n", 13),
        ("{a: of #x\n}\n", 8),
    ],
)
def test_a_comment_that_cuts_off_text_is_a_warning_at_the_hash(text, column):
    _, problems = read(text)
    (problem,) = problems.found
    assert (problem.severity, problem.code, problem.source.line, problem.source.column) == ("warning", "comment-cuts-text", 1, column)


@pytest.mark.parametrize(
    "text", ["speed: 1.1 # faster\n", 'a: "b c" # d\n', "a: b c  # a comment\n", "a: b#c\n", "a: # b\n", "# a b\n", "a: |\n  b #c\n"]
)
def test_an_honest_comment_is_no_warning(text):
    clean(text)


def cpu_seconds(work):
    """The least of three rounds, since a busy machine can only add to it."""
    rounds = []
    for _ in range(3):
        start = time.process_time()
        work()
        rounds.append(time.process_time() - start)
    return min(rounds)


def test_five_thousand_entries_are_read_fast(loader):
    """Reading takes little more than the parser itself."""
    if loader == "Python":
        pytest.skip("the limit is for the C parser")
    text = "segments:\n" + "".join(f"  - Town: My poor dear friend, you live here no better than the ants, {i}.\n" for i in range(5000))
    assert cpu_seconds(lambda: clean(text)) < 6 * cpu_seconds(lambda: yaml.compose(text, Loader=yaml.CSafeLoader))
    node = clean(text)
    assert isinstance(node, Fields)
    segments = node.get("segments")
    assert isinstance(segments, Items)
    last = segments.items[-1]
    assert plain(last) == {"Town": "My poor dear friend, you live here no better than the ants, 4999."}
    assert (last.source.line, last.source.column) == (5001, 5)


PIECES = st.sampled_from(
    [*" \n\t-:#'\"[]{},&*!|>%@`?<~\\.", "a", "b", "é", "\r\n", "\u2028", "- ", ": ", " #", "---\n", "...\n", "&a ", "*a", "!!x ", "<<: "]
)


@given(st.lists(PIECES, max_size=40).map("".join))
@settings(max_examples=300, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_at_all_raises_or_has_a_problem_outside_itself(text):
    _, problems = read(text)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for problem in problems.found:
        assert 1 <= problem.source.line <= len(lines)
        assert 1 <= problem.source.column <= len(lines[problem.source.line - 1]) + 2
