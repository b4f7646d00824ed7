"""Problems as lines: errors and warnings one by one, and a count per kind for what is not spoken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voiceover.types import Problem

_UNSPOKEN = "unspoken"
_KINDS = {
    "code": ("code block", "code blocks"),
    "html": ("HTML tag or element", "HTML tags and elements"),
    "nothing-to-say": ("line without words", "lines without words"),
    "picture": ("emoji", "emoji"),
    "punctuation": ("line of punctuation", "lines of punctuation"),
    "struck": ("struck passage", "struck passages"),
    "task-box": ("checkbox", "checkboxes"),
}


class ProblemLines:
    """Formats the problems that one command finds. A line that was printed before is left out."""

    def __init__(self, *, verbose: bool = False) -> None:
        self._verbose = verbose
        self._printed: set[str] = set()

    def of(self, path: object, problems: Iterable[Problem]) -> Iterator[str]:
        """Yield the lines for the problems of the script at ``path``."""
        unspoken: list[Problem] = []
        for problem in dict.fromkeys(problems):
            if problem.severity.value == _UNSPOKEN and not self._verbose:
                unspoken.append(problem)
            elif self.is_new(str(problem)):
                yield str(problem)
        if unspoken:
            yield f"{path}: not spoken: {count_unspoken(unspoken)} (voiceover check --verbose lists them)"

    def is_new(self, line: str) -> bool:
        """Return True the first time that a line is given."""
        if line in self._printed:
            return False
        self._printed.add(line)
        return True


def count_unspoken(problems: Iterable[Problem]) -> str:
    """Describe what is not spoken as a count per kind, such as ``2 code blocks, 1 image``."""
    counts = Counter(problem.code for problem in problems if problem.severity.value == _UNSPOKEN)
    return ", ".join(f"{count} {_kind(code, count)}" for code, count in counts.items())


def _kind(code: str, count: int) -> str:
    name = code.replace("-", " ")
    singular, plural = _KINDS.get(code, (name, f"{name}s"))
    return singular if count == 1 else plural
