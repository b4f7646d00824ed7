"""Every case of ``fixtures/*.md``: a title, what a writer types, and what it says, parted by lines with a single full stop.

An item is a line: place, paragraph, speaker and text, or what else it is. Problems follow: severity, place and code.
Cases of ``dialogue*.md`` and ``yaml.md`` have the cast Narrator, Town, Country from a project file; those of ``article*.md`` have none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from voiceover.script import load_script
from voiceover.settings.problems import Problems
from voiceover.types import CastEntry, Chapter, Cue, Direction, Item, Options, Pause, Scene, Segment, Settings, Source, Span

FIXTURES = Path(__file__).parent / "fixtures"
CAST = Settings(cast=tuple(CastEntry(name, "", Source("voiceover.yaml")) for name in ("Narrator", "Town", "Country")))


def cases() -> Iterator[object]:
    for path in sorted(FIXTURES.glob("*.md")):
        parts = path.read_text(encoding="utf-8").split("\n.\n")
        assert len(parts) % 3 == 1, f"{path.name} is out of step near {parts[-1]!r}"
        for title, typed, said in zip(parts[0::3], parts[1::3], parts[2::3], strict=False):
            name = title.strip().splitlines()[-1]
            yield pytest.param(path.stem, typed, said, id=f"{path.stem}: {name}")


@pytest.mark.parametrize(("form", "typed", "said"), list(cases()))
def test_says(form: str, typed: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / ("script.yaml" if form == "yaml" else "script.md")
    path.write_text(typed + "\n", encoding="utf-8")
    problems = Problems()
    script = load_script(path, problems, Settings() if form.startswith("article") else CAST)
    assert script is not None
    drawn = [draw(item) for item in script.items]
    drawn += [f"{p.severity} {p.source.line}:{p.source.column} {p.code}" for p in problems.all]
    assert "\n".join(drawn) == said.strip("\n")


def draw(item: Item) -> str:
    place = f"{item.source.line}:{item.source.column}"
    match item:
        case Segment():
            style = f" ({item.style})" if item.style else ""
            extras = [f"{f.name} {value}" for f in fields(Options) if (value := getattr(item.options, f.name)) is not None]
            extras += [f"gain {item.gain_db:g}"] if item.gain_db else []
            extras += [f"recording {item.recording}"] if item.recording else []
            shown = f" {{{', '.join(extras)}}}" if extras else ""
            style += f" [{item.style_hint.text}]" if item.style_hint else ""
            directions = ", ".join(f"{direction.text} {direction.at}" for direction in item.directions if not direction.beside_label)
            style += f" <{directions}>" if directions else ""
            return f"{place} p{item.paragraph} {item.speaker}{style}{shown}: {''.join(map(draw_span, item.spans))}"
        case Pause():
            return f"{place} pause {item.seconds:g}"
        case Scene():
            return f"{place} scene"
        case Chapter():
            return f"{place} chapter {item.title}"
        case Direction():
            return f"{place} direction {item.text}"
        case Cue():
            under = " under" if item.under else ""
            level = "no level" if item.level_db is None else f"{item.level_db:g} dB"
            return f"{place} {item.kind} {item.name}{under} {level} fade {item.fade_seconds:g}"


def draw_span(span: Span) -> str:
    text = span.text if span.is_plain else f"[{span.text}](say:{span.say if span.ipa is None else f'/{span.ipa}/'})"
    return text if span.language is None else f"[{text}](lang:{span.language})"
