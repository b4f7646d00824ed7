"""Convert TeX formulas to English words with a few rules."""

from __future__ import annotations

import re

from voiceover.system.lazy import lazy_pattern

_TOKEN = lazy_pattern(r"\\[A-Za-z]+|\\.|\d+(?:[.,]\d+)*|[A-Za-z]+|\s+|.", re.DOTALL)
_WORDS = {
    "+": "plus", "-": "minus", "−": "minus", "=": "equals", "<": "is less than", ">": "is greater than", "*": "times", "/": "over",
    "!": "factorial", "'": "prime", "|": "", "%": "percent",
    "times": "times", "cdot": "times", "div": "divided by", "pm": "plus or minus", "mp": "minus or plus",
    "le": "is at most", "leq": "is at most", "ge": "is at least", "geq": "is at least", "ne": "is not equal to", "neq": "is not equal to",
    "approx": "is about", "equiv": "is equivalent to", "sim": "is similar to", "propto": "is proportional to", "to": "to",
    "rightarrow": "to", "Rightarrow": "implies", "implies": "implies", "iff": "if and only if", "in": "in", "notin": "not in",
    "infty": "infinity", "sum": "the sum of", "prod": "the product of", "int": "the integral of", "partial": "partial", "nabla": "nabla",
    "forall": "for all", "exists": "there exists", "cup": "union", "cap": "intersection", "subset": "subset of", "ldots": "and so on",
    "cdots": "and so on", "dots": "and so on", "log": "log", "ln": "the natural log of", "exp": "exp", "sin": "sine", "cos": "cosine",
    "tan": "tangent", "lim": "the limit of", "max": "max", "min": "min", "degree": "degrees", "circ": "degrees",
}  # fmt: skip
_GREEK = frozenset((
    "alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi", "pi",
    "rho", "sigma", "tau", "upsilon", "phi", "varphi", "chi", "psi", "omega",
))  # fmt: skip
_LAYOUT = frozenset(("left", "right", "quad", "qquad", "displaystyle", ",", ";", ":", "!", " ", "big", "Big"))
_TEXT = frozenset(("text", "mathrm", "mathbf", "mathit", "operatorname", "mathbb", "mathcal"))
_POWERS = {"2": "squared", "3": "cubed", "T": "transposed", "'": "prime", "\\circ": "degrees"}


_DOLLARS = lazy_pattern(r"\d.*(?<![A-Za-z\\])(?:US|AU|CA|HK|MX|NT|NZ|SG)", re.DOTALL)
"""Text from one price to the next currency sign: ``$5, or 7 AU$``."""


def is_price(tex: str, after: str) -> bool:
    """Return True if the dollar signs around ``tex`` belong to prices: it ends in a currency, or in parentheses that close ``after`` it."""
    return tex.startswith(")") or (after == ")" and tex.count("(") > tex.count(")")) or _DOLLARS.fullmatch(tex) is not None


def speak_maths(tex: str) -> str | None:
    """Return the words for a formula; None if it contains an unknown command."""
    tokens = [token for token in _TOKEN.findall(tex) if not token.isspace()]
    words, end = _run(tokens, 0, 0)
    return " ".join(" ".join(words).split()) if words is not None and end == len(tokens) else None


def _run(tokens: list[str], at: int, depth: int) -> tuple[list[str] | None, int]:
    """Return the words up to the end or a closing brace."""
    words: list[str] = []
    while at < len(tokens) and tokens[at] != "}":
        part, at = _one(tokens, at, depth)
        if part is None:
            return None, at
        words.extend(part)
    return words, at


def _one(tokens: list[str], at: int, depth: int) -> tuple[list[str] | None, int]:
    """Return the words for one symbol, group or command with its arguments."""
    if at >= len(tokens) or depth > 20:
        return None, at
    token = tokens[at]
    name = token.removeprefix("\\") if len(token) > 1 else token
    if token == "{":
        words, end = _run(tokens, at + 1, depth + 1)
        return (words, end + 1) if words is not None and end < len(tokens) else (None, end)
    if token in ("^", "_"):
        return _script(tokens, at, depth)
    if token.startswith("\\"):
        return _command(tokens, at, name, depth)
    return [_WORDS.get(token, token if token.isalnum() or token in ",." or token[0].isdigit() else "")], at + 1


def _command(tokens: list[str], at: int, name: str, depth: int) -> tuple[list[str] | None, int]:
    if name in ("frac", "dfrac", "tfrac", "binom"):
        top, at = _one(tokens, at + 1, depth + 1)
        bottom, at = _one(tokens, at, depth + 1)
        return ([*top, "choose" if name == "binom" else "over", *bottom] if top is not None and bottom is not None else None), at
    if name == "sqrt":
        inner, at = _one(tokens, at + 1, depth + 1)
        return (["the square root of", *inner] if inner is not None else None), at
    if name in _TEXT:
        return _one(tokens, at + 1, depth + 1)
    if name in _LAYOUT or name in "{}":
        return [], at + 1
    if name.lower() in _GREEK:
        return [f"capital {name.lower()}" if name[0].isupper() else name.removeprefix("var")], at + 1
    return ([_WORDS[name]] if name in _WORDS else None), at + 1


def _script(tokens: list[str], at: int, depth: int) -> tuple[list[str] | None, int]:
    raised = tokens[at] == "^"
    inner, end = _one(tokens, at + 1, depth + 1)
    if inner is None:
        return None, end
    raw = "".join(tokens[at + 1 : end]).strip("{}")
    if not raised:
        return ["sub", *inner], end
    return ([_POWERS[raw]] if raw in _POWERS else ["to the power of", *inner]), end
