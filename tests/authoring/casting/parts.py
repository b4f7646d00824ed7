"""A text and who speaks in it."""

from __future__ import annotations

import re
from pathlib import Path

from voiceover.authoring.casting import SpeechFound, attribute_speech
from voiceover.script import load_script, read_prose
from voiceover.settings.problems import Problems

CHAPTERS = Path(__file__).parents[3] / "benchmarks" / "data" / "casting"


def found_in(text: str, given: tuple[tuple[str, ...], ...] = ()) -> SpeechFound:
    """Return the speech in a Markdown text."""
    prose = read_prose(Path("chapter.md"), Problems(), text.encode())
    assert prose is not None
    return attribute_speech(prose.paragraphs, given)


def speakers_in(text: str) -> list[str | None]:
    return [line.speaker for line in found_in(text).lines]


def words_of(path: Path) -> list[str]:
    """Return the words that are spoken of a file, in order."""
    problems = Problems()
    script = load_script(path, problems)
    assert script is not None
    assert problems.errors == ()
    return [word for segment in script.segments for word in re.findall(r"\w+", segment.text)]


def chapter(name: str, folder: Path) -> Path:
    """Write an annotated chapter of the benchmark without its marks; return its path."""
    text = (CHAPTERS / f"{name}.txt").read_text("utf-8")
    body = "\n".join(line for line in text.split("\n") if not line.startswith("# ")).lstrip()
    path = folder / f"{name}.md"
    path.write_text(re.sub(r"\{[^{}\n]+\}(?=[\"‘])", "", body), "utf-8")
    return path
