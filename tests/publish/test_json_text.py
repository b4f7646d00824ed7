"""Indented JSON is that of the standard library, byte for byte."""

from __future__ import annotations

import json
import math
from pathlib import Path

from voiceover.publish.json_text import indented

CONTENT = {
    "z": [1, -2, 0.1, 1e-7, 3.0, True, False, None],
    "a": {"text": 'quote " back \\ line\nfeed \x01 é 日本 \u2028', "empty": {}, "none": [], "of": [[], {}, [[1, 2]]]},
    "é": ("tuple", {"k": 1}),
}


def test_it_is_what_the_standard_library_writes() -> None:
    assert indented(CONTENT) == json.dumps(CONTENT, ensure_ascii=False, indent=1)
    assert indented(CONTENT, in_order=False) == json.dumps(CONTENT, ensure_ascii=False, indent=1, sort_keys=True)
    for value in ("a", 1, 0.5, True, None, [], {}):
        assert indented(value) == json.dumps(value)


def test_depth_indents_all_lines_but_the_first() -> None:
    assert indented({"a": [1]}, 2) == '{\n   "a": [\n    1\n   ]\n  }'


def test_infinity_and_nan_are_null_and_paths_are_text() -> None:
    assert json.loads(indented([math.inf, -math.inf, math.nan, Path("a/b")])) == [None, None, None, "a/b"]


def test_pairs_of_numbers_get_one_line() -> None:
    assert indented([[3, 0.25], [4, 5]], pairs=True) == "[\n [3, 0.25],\n [4, 5]\n]"
    for other in ([-3, 0.25], [3, -1.0], [3, 1e-7], ["3", 1], [True, 1], [3, None], [1, 2, 3]):
        assert indented([other], pairs=True) == json.dumps([other], indent=1)
