"""Formulas in words."""

from __future__ import annotations

import pytest

from voiceover.script.maths import is_price, speak_maths


@pytest.mark.parametrize(
    ("tex", "words"),
    [
        ("x", "x"),
        ("a+b=c", "a plus b equals c"),
        ("3.5 < n", "3.5 is less than n"),
        ("x^2", "x squared"),
        ("x^{3}", "x cubed"),
        ("A^T", "A transposed"),
        ("90^\\circ", "90 degrees"),
        ("e^{-x}", "e to the power of minus x"),
        ("x_1 + x_{n}", "x sub 1 plus x sub n"),
        ("\\frac{a}{b} + c", "a over b plus c"),
        ("\\frac12", None),
        ("\\binom{n}{k}", "n choose k"),
        ("\\sqrt{x+1} - 2", "the square root of x plus 1 minus 2"),
        ("\\sqrt x y", "the square root of x y"),
        ("\\text{mass} \\times c", "mass times c"),
        ("\\left( a \\right)", "a"),
        ("\\{a\\}", "a"),
        ("\\Gamma x", "capital gamma x"),
        ("\\gamma x", "gamma x"),
        ("\\varphi x", "phi x"),
        ("\\alpha_1 \\le \\beta", "alpha sub 1 is at most beta"),
        ("\\sum_{i} i", "the sum of sub i i"),
        ("a \\to \\infty", "a to infinity"),
        ("{a}{b}", "a b"),
        ("", ""),
        ("\\unknown x", None),
        ("x \\unknown", None),
        ("\\frac{a}", None),
        ("\\frac{\\unknown}{b}", None),
        ("\\frac{a}{\\unknown}", None),
        ("\\sqrt{\\unknown}", None),
        ("\\sqrt", None),
        ("x^", None),
        ("x^{\\unknown}", None),
        ("{a", None),
        ("a}", None),
        ("{" * 15 + "x" + "}" * 15, "x"),
        ("{" * 40 + "x" + "}" * 40, None),
    ],
)
def test_a_formula(tex: str, words: str | None) -> None:
    assert speak_maths(tex) == words


@pytest.mark.parametrize(
    ("tex", "after", "wanted"),
    [
        (") and ", "", True),
        ("5 (or ", ")", True),
        ("5 or ", ")", False),
        ("f(x)", ")", False),
        ("5, or 7 AU", "", True),
        ("x, or 7 AU", "", False),
        ("5, or 7 XX", "", False),
        ("5 BAU", "", False),
        ("x + y", "", False),
    ],
)
def test_what_stands_between_two_prices_is_no_formula(tex: str, after: str, wanted: bool) -> None:
    assert is_price(tex, after) == wanted
