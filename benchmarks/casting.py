"""Who speaks in two chapters of novels: the rules of ``voiceover cast`` beside what a reader wrote down.

    python benchmarks/casting.py [--quick] [--json FILE] [--list]

The chapters are in benchmarks/data/casting, each with a mark before every quotation that says who speaks it. Neither was looked at while
the rules were written. On their first run the rules found 98.8% and 97.3% of the speech and attributed 92% and 84% of it, 95.4% and 95.2%
of that rightly; three faults that this run showed have been repaired since (a hare that is called March, a word in italics after a
straight quotation mark, the short end of a speech that a tag interrupts).

A quotation counts as found if speech is found to begin there; what is attributed counts as right if the name is the reader's or one of
its other forms. --list prints each quotation that is attributed wrongly or not at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from table import Row, finish, options

from voiceover.authoring.casting import attribute_speech
from voiceover.script import read_prose
from voiceover.settings.problems import Problems

DATA = Path(__file__).parent / "data" / "casting"
CHAPTERS = ("railway-children-2.txt", "alice-7.txt")
FOUND, RIGHT, ATTRIBUTED = 0.95, 0.90, 0.60
_MARK = re.compile(r"\{([^{}\n]+)\}(?=[\"“‘])")
NOBODY = "?"


@dataclass(frozen=True, slots=True)
class Counts:
    """What a chapter gave."""

    speech: int
    found: int
    attributed: int
    right: int


def read_chapter(path: Path) -> tuple[str, dict[int, str], dict[str, str]]:
    """Return a chapter's text, the speaker of each quotation by the offset of its opening mark, and names by their other forms."""
    lines = path.read_text("utf-8").split("\n")
    names = next(line for line in lines if line.startswith("# names: ")).removeprefix("# names: ")
    forms = {}
    for entry in names.split(";"):
        name, *others = (part.strip() for part in entry.split("="))
        forms.update(dict.fromkeys((other.casefold() for other in others), name))
    marked = "\n".join(line for line in lines if not line.startswith("# ")).strip() + "\n"
    text, speakers, at = "", {}, 0
    for mark in _MARK.finditer(marked):
        text += marked[at : mark.start()]
        speakers[len(text)] = mark[1]
        at = mark.end()
    return text + marked[at:], speakers, forms


def measure(path: Path, *, listed: bool) -> Counts:
    """Return what the rules make of one chapter."""
    text, speakers, forms = read_chapter(path)
    prose = read_prose(path.with_suffix(".md"), Problems(), text.encode())
    assert prose is not None
    found = attributed = right = 0
    for line in attribute_speech(prose.paragraphs).lines:
        start = prose.paragraphs[line.quote.paragraph].offset(line.quote.start)
        true = speakers.get(start)
        found += true is not None
        if line.speaker is not None:
            attributed += 1
            is_right = true is not None and forms.get(line.speaker.casefold(), line.speaker) == true
            right += is_right
        if listed and not (line.speaker is not None and is_right):
            print(f"{line.speaker or '-'} ({line.rule or 'open'}) for {true or 'no speech'}: {line.quote.inner[:70]}")
    if listed:
        starts = {prose.paragraphs[line.quote.paragraph].offset(line.quote.start) for line in attribute_speech(prose.paragraphs).lines}
        for start in sorted(set(speakers) - starts):
            print(f"not found: {text[start : start + 70]!r}")
    return Counts(len(speakers), found, attributed, right)


def main() -> None:
    parser = options(__doc__, "the same; it takes a second")
    parser.add_argument("--list", action="store_true", help="print what is wrong or open")
    arguments = parser.parse_args()
    rows = []
    for name in CHAPTERS:
        counts = measure(DATA / name, listed=arguments.list)
        found, right = counts.found / counts.speech, counts.right / max(counts.attributed, 1)
        attributed = counts.attributed / counts.speech
        rows += [
            Row(f"{name.removesuffix('.txt')}: quotations of speech", counts.speech, "", True),
            Row("  share of them found", found, f"{FOUND:g} or more", found >= FOUND),
            Row("  right of what is attributed", right, f"{RIGHT:g} or more", right >= RIGHT),
            Row("  share attributed", attributed, f"{ATTRIBUTED:g} or more", attributed >= ATTRIBUTED),
        ]
    finish(rows, arguments.json)


if __name__ == "__main__":
    main()
