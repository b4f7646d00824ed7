"""The checks by ear: what a recognizer hears in a take, held against the words of the line.

Both sides are spelled by the same rules, so that "$5" and "five dollars" are equal, and compared letter by letter: a recognizer often
divides or spells a word in another way, which the ear does not mind. The words as they are displayed count as well as those for speech,
since a recognizer writes "Nguyen" where the line says "win".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from voiceover.text.normalize import spell_text
from voiceover.types import Finding, SpokenSpan

MOST_CHARACTER_ERROR = 0.25
"""Largest share of letters that may differ."""
SLACK_LETTERS = 4
"""Letters that may differ besides, in lines of one or two words above all."""
FEWEST_WRONG, WRONG_LETTERS, WRONG_SHARE = 2, 6, 0.5
"""Words in a row, letters that differ in them, and their share of the run, from which other words are said: less is often a name."""
SHORT_BETWEEN = 3
"""Letters of a word that may be right between wrong ones, such as "the"."""
FEWEST_MISSING = 2
"""One word that is not heard is often a mistake of the recognizer's; so many in a row are not."""
LONGEST_DOUBLED = 8
"""Words."""
SHORTEST_APART = 4
"""Letters of a word that counts as said twice with another word in between."""
FEWEST_LEAKED = 3
"""Words of the reference text, in a row and in none of the line, that show that the clip is heard."""
_NOT_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class HeardAgainst:
    """The result of listening to a take."""

    findings: tuple[Finding, ...]
    character_error: float
    """Letters to change, add or leave out, as a share of those of the line."""


def compare_heard(spans: Sequence[SpokenSpan], text: str, heard: Sequence[str], reference: str | None = None) -> HeardAgainst:
    """Compare what is heard with ``spans``, which the engine spoke, and ``text``, as it is displayed; ``reference`` is the clip's text.

    Of several attempts to write down a take, the one nearest to the line counts; but a word that one of them has twice is there twice.
    """
    language = spans[0].language if spans else "en"
    sides = [_folded("".join(span.text for span in spans)), words_of(text, language)]
    attempts = [words_of(words, language) for words in heard] or [[]]
    error, number, wanted = min((_error(side, got), at, side) for at, got in enumerate(attempts) for side in sides)
    got = attempts[number]
    findings: list[Finding] = []
    if missing := _missing(wanted, got):
        findings.append(Finding("missing", f"not heard: {_quoted(missing)}"))
    if doubled := sorted({run for words in attempts for run in _doubled(words, wanted)}):
        findings.append(Finding("doubled", f"heard twice: {_quoted(doubled)}"))
    if reference and (leaked := _leaked(got, wanted, words_of(reference, language))):
        findings.append(Finding("reference", f"words of the reference clip are heard: {_quoted([leaked])}"))
    if error > MOST_CHARACTER_ERROR and error * len("".join(wanted)) > SLACK_LETTERS:
        findings.append(Finding("words", f'{100 * error:.0f}% of the letters differ; heard: "{heard[number] if heard else ""}"'))
    elif all(_others(side, words) for words in attempts for side in sides):
        told = ", ".join(f'"{" ".join(said)}" instead of "{" ".join(run)}"' for run, said in _others(wanted, got))
        findings.append(Finding("words", f"heard {told}"))
    return HeardAgainst(tuple(findings), round(error, 4))


def words_of(text: str, language: str) -> list[str]:
    """Return the words of ``text`` as they are spoken, in lower case and without accents."""
    return _folded(" ".join(piece.spoken for piece in spell_text(text, language)))


def _folded(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).casefold().replace("'", "").replace("\u2019", "")
    return _NOT_LETTERS.sub(" ", "".join(letter for letter in plain if not unicodedata.combining(letter))).split()


def _error(wanted: Sequence[str], got: Sequence[str]) -> float:
    letters = "".join(wanted)
    return distance(letters, "".join(got)) / max(len(letters), 1)


def distance(first: str, second: str) -> int:
    """Return the number of letters to change, add or leave out to make ``second`` of ``first`` (Levenshtein 1966)."""
    letters = np.array([ord(letter) for letter in second], np.int64)
    ramp = np.arange(len(second) + 1)
    row = ramp
    for letter in first:
        best = np.minimum(row[1:] + 1, row[:-1] + (letters != ord(letter)))
        # Letters that are added one after the other: the cheapest beginning, plus one for each.
        row = np.minimum.accumulate(np.concatenate(([row[0] + 1], best)) - ramp) + ramp
    return int(row[-1])


def _missing(wanted: Sequence[str], got: Sequence[str]) -> list[Sequence[str]]:
    changes = SequenceMatcher(None, wanted, got, autojunk=False).get_opcodes()
    return [wanted[first:after] for kind, first, after, _, _ in changes if kind == "delete" and after - first >= FEWEST_MISSING]


def _others(wanted: Sequence[str], got: Sequence[str]) -> list[tuple[Sequence[str], Sequence[str]]]:
    """Return the runs of words for which quite other words are heard, each with those."""
    runs: list[list[int]] = []
    for kind, first, after, start, end in SequenceMatcher(None, wanted, got, autojunk=False).get_opcodes():
        differs = kind != "equal"
        goes_on = bool(runs) and runs[-1][1] == first
        if goes_on and (differs or (after - first == 1 and len(wanted[first]) <= SHORT_BETWEEN)):
            runs[-1][1::2] = after, end
        elif differs:
            runs.append([first, after, start, end])
    found = [(wanted[first:after], got[start:end]) for first, after, start, end in runs if after - first >= FEWEST_WRONG and end > start]
    return [(run, said) for run, said in found if _is_other("".join(run), "".join(said))]


def _is_other(wanted: str, got: str) -> bool:
    changed = distance(wanted, got)
    return changed >= WRONG_LETTERS and changed >= WRONG_SHARE * max(len(wanted), len(got))


def _doubled(got: Sequence[str], wanted: Sequence[str]) -> set[tuple[str, ...]]:
    """Return the runs of words that are heard twice in a row, and in the line less often.

    Between the two may be one other word: of what is said twice, a recognizer often writes a part in another way. A short word alone must
    be right beside itself.
    """
    twice = set()
    for size in range(1, LONGEST_DOUBLED + 1):
        for at in range(len(got) - 2 * size + 1):
            run = tuple(got[at : at + size])
            gaps = (0, 1) if size > 1 or len(run[0]) >= SHORTEST_APART else (0,)
            if any(run == tuple(got[at + size + gap : at + 2 * size + gap]) for gap in gaps):
                twice.add(run)
    return {run for run in twice if _count(got, run) > _count(wanted, run)}


def _count(words: Sequence[str], run: tuple[str, ...]) -> int:
    return sum(tuple(words[at : at + len(run)]) == run for at in range(len(words) - len(run) + 1))


def _leaked(got: Sequence[str], wanted: Sequence[str], reference: Sequence[str]) -> list[str]:
    """Return the longest run of words that are heard and in ``reference`` but not in the line; empty if it is short."""
    found = SequenceMatcher(None, got, reference, autojunk=False).find_longest_match()
    run = list(got[found.a : found.a + found.size])
    in_line = SequenceMatcher(None, run, wanted, autojunk=False).find_longest_match().size
    return run if len(run) - in_line >= FEWEST_LEAKED else []


def _quoted(runs: Iterable[Sequence[str]]) -> str:
    return ", ".join(f'"{" ".join(run)}"' for run in runs)
