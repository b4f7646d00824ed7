"""The copy of a chapter: the same words in the same order, read back and compared before it is written."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from voiceover.authoring.casting.labels import CopyLabels
from voiceover.authoring.casting.lines import CastLine
from voiceover.authoring.casting.sheet import CastRole
from voiceover.authoring.front_matter import with_cast
from voiceover.errors import InputError, ScriptError
from voiceover.script import Prose, load_script
from voiceover.settings.problems import Problems
from voiceover.system.lazy import lazy_pattern
from voiceover.types import Read, Script, Settings

NARRATOR = "Narrator"
_MOST_TRIES = 4
_WORD = lazy_pattern(r"\w+")


@dataclass(frozen=True, slots=True)
class CastCopy:
    """The text of a labelled copy."""

    text: str
    lines: tuple[CastLine, ...]
    """The quotations; those that could not be labelled without changing a word are open."""


def read_article(path: Path, base: Settings, data: bytes | None = None) -> Script:
    """Return the chapter as ``render`` would read it without a cast. Raises ScriptError if it has errors."""
    problems = Problems()
    script = load_script(path, problems, replace(base, cast=None), data)
    if script is None or problems.errors:
        raise ScriptError(problems.errors or problems.all)
    return script


def make_copy(
    path: Path,
    prose: Prose,
    article: Script,
    lines: Sequence[CastLine],
    names: Mapping[str, str],
    roles: Sequence[CastRole],
    base: Settings,
) -> CastCopy:
    """Return the labelled copy of ``article``, whose words, read by the same reader, are those of the source in the same order.

    ``names`` are the names of the cast by those of the speakers, ``roles`` the cast. A paragraph that cannot be labelled stays the
    narrator's. Raises InputError if the words differ nevertheless, with the place of the first that does.
    """
    voices = {role.name: role.voice for role in roles}
    used = dict.fromkeys(names[line.speaker] for line in lines if line.speaker is not None and line.speaker in names)
    read = article.settings.read or Read()
    spoken = f"{{title: {read.title or 'speak'}, headings: {read.headings or 'speak'}}}"
    cast = {name: voices.get(name, "") for name in (NARRATOR, *used)}
    front = with_cast(path, prose.source[: prose.body], prose.front, cast, (f"read: {spoken}",))
    labels = CopyLabels(prose, lines, names, NARRATOR)
    wanted = _words_by_paragraph(prose, article, 0)
    rows = front.count("\n") - prose.source.count("\n", 0, prose.body)
    plain: set[int] = set()
    escaped: set[int] = set()
    for _ in range(_MOST_TRIES):
        text = front + labels.write(plain, escaped)
        problems = Problems()
        script = load_script(path, problems, replace(base, cast=None), text.encode())
        found = {} if script is None else _words_by_paragraph(prose, script, rows)
        at_fault = {number for number in wanted.keys() | found.keys() if wanted.get(number) != found.get(number)}
        at_fault |= {_paragraph_of(prose, problem.source.line - rows) for problem in problems.errors}
        if not at_fault:
            kept = tuple(line if line.quote.paragraph not in plain else replace(line, speaker=None, rule="") for line in lines)
            return CastCopy(text, kept)
        # What has labels is left without; what has none looks like a label of the new cast.
        plain |= at_fault & labels.lines.keys()
        escaped |= at_fault
    number = min(at_fault)
    line = prose.paragraphs[number].line if number >= 0 else 1
    raise InputError(
        f"{path}:{line}:1: labels would change the words of this paragraph; make it plain text, without markup that looks like labels"
    )


def _words_by_paragraph(prose: Prose, script: Script, rows: int) -> dict[int, list[str]]:
    """Return the spoken words of each paragraph by its number, -1 being what stands above the first; ``rows`` are lines added on top."""
    found: dict[int, list[str]] = {}
    for segment in script.segments:
        number = _paragraph_of(prose, segment.source.line - rows)
        found.setdefault(number, []).extend(_WORD.findall(segment.text))
    return found


def _paragraph_of(prose: Prose, line: int) -> int:
    return bisect_right(prose.paragraphs, line, key=lambda paragraph: paragraph.line) - 1
