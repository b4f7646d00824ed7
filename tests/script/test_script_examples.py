"""The examples that ship: free of complaints, and the same in both forms."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from voiceover.script import load_script
from voiceover.settings.problems import Problems
from voiceover.types import Chapter, Cue, Item, Pause, Scene, Script, Severity, Source

EXAMPLES = Path(__file__).parents[2] / "scripts_examples"


def load(name: str) -> tuple[Script, Problems]:
    problems = Problems()
    script = load_script(EXAMPLES / name, problems)
    assert script is not None
    return script, problems


def without_places(items: tuple[Item, ...]) -> list[Item]:
    return [replace(item, source=Source("")) for item in items]


def test_both_forms_of_the_dialogue_say_the_same() -> None:
    markdown, yaml = load("town_mouse.md")[0], load("town_mouse.yaml")[0]
    assert without_places(markdown.items) == without_places(yaml.items)
    assert (markdown.title, markdown.narrator) == (yaml.title, yaml.narrator)
    assert [replace(entry, source=Source("")) for entry in markdown.cast] == [replace(entry, source=Source("")) for entry in yaml.cast]
    assert replace(markdown.settings, cast=None) == replace(yaml.settings, cast=None)


def test_the_dialogue_shows_what_the_format_has() -> None:
    script = load("town_mouse.md")[0]
    assert {type(item) for item in script.items} >= {Chapter, Scene, Pause}
    assert not any(isinstance(item, Cue) for item in script.items)
    assert {segment.style for segment in script.segments} == {None, "quiet", "whispering", "angry"}
    spans = [span for segment in script.segments for span in segment.spans]
    assert any(span.say for span in spans)
    assert any(span.language for span in spans)


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.iterdir() if path.is_file()))
def test_an_example_has_nothing_to_complain_of(name: str) -> None:
    script, problems = load(name)
    assert [str(problem) for problem in problems.all if problem.severity is not Severity.UNSPOKEN] == []
    words = sum(len(segment.text.split()) for segment in script.segments)
    assert 60 <= words <= 450  # up to 3 minutes
    assert script.article == (name in ("article.md", "cost_of_a_lamp.md", "ebbe_und_flut.md"))
