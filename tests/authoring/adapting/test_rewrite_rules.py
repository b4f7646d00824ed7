"""Lists, tables, code and footnotes as sentences."""

from __future__ import annotations

from pathlib import Path

import pytest

from voiceover.authoring.adapting.rules import definitions_of, rewrite
from voiceover.script import OutlineKind, read_outline
from voiceover.settings.problems import Problems


def rewritten(text: str, language: str = "en") -> str:
    outline = read_outline(Path("article.md"), Problems(), text.encode())
    assert outline is not None
    notes = {block.label: block.text for block in outline.blocks if block.kind is OutlineKind.FOOTNOTE}
    return rewrite(outline.blocks, notes, language)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        # Lists.
        ("You need:\n\n- milk\n- eggs\n- flour", "You need: milk, eggs and flour."),
        ("You need:\n\n- milk", "You need: milk."),
        ("- It is fast.\n- It is *small*", "It is fast. It is *small*."),
        ("1. Open it.\n2. Close it.", "First: Open it. Second: Close it."),
        ("4. Open it.\n5. Close it.", "Open it. Close it."),
        ("- [x] done\n- [ ] open", "Done. Open."),
        ("Do this:\n\n- fruit\n  - apples\n  - pears\n- bread", "Do this: Fruit: apples and pears. Bread."),
        ("- see [the docs](http://a.example/x)\n- `code` stays", "See [the docs](http://a.example/x). `code` stays."),
        ("- one\n\n  two paragraphs\n- three", "One two paragraphs. Three."),
        # Tables.
        (
            "| Engine | Speed | Voices |\n|---|---|---|\n| draft | fast | robots |\n| kokoro | fine | |",
            "For draft, the speed is fast and the voices are robots.\n\nFor kokoro, the speed is fine.",
        ),
        ("| Name | URL |\n|---|---|\n| a | `b` |", "For a, the URL is `b`."),
        ("| Page | About |\n|---|---|\n| [x](y.md) | what may go wrong, and how |", "[x](y.md): what may go wrong, and how."),
        ("| Q | A |\n|---|---|\n| Why? | Because it is so. |", "Why? A: Because it is so."),
        ("| | |\n|---|---|\n| a | b |", "a. b."),
        # Code.
        ("```python\nx = 1\n\ny = 2\n```", "The article shows 2 lines of Python code here."),
        ("~~~\nx\n~~~", "The article shows 1 line of code here."),
        (
            "Run this:\n\n    voiceover render a.md -o out\n    ls out/\n\nThen:\n\n    wait and see",
            "Run this:\n\nThe article shows 2 lines of code here.\n\nThen:\n\n    wait and see",
        ),
        # Footnotes.
        ("It is so.[^1]\n\n[^1]: In most cases.", "It is so. (In most cases.)"),
        ("It is[^1] so.\n\n[^1]: In most *cases*.", "It is (In most *cases*) so."),
        ("It is so^[mostly].", "It is so (mostly)."),
        ("- one[^a]\n- two\n\n[^a]: a note", "One (a note). Two."),
        ("`[^1]` is a mark[^2].", "`[^1]` is a mark[^2]."),
        # Everything else stays.
        ("# T\n\n## A *b*\n\nText with [a link](x.md).\n\n> A quote\n> - with a list\n\n---\n\n<div>x</div>", None),
        ("- a list\n\n  ```\n  with code\n  ```", None),
        ("$$\nx = 1\n$$", None),
    ],
)
def test_written_for_the_eye_and_for_the_ear(typed: str, said: str | None) -> None:
    assert rewritten(typed) == (typed if said is None else said)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("de", "Man nehme: Milch, Eier und Mehl.\n\nmild. Preis: 3.\n\nHier zeigt der Artikel eine Zeile Code."),
        ("ja", "Man nehme: Milch, Eier, Mehl.\n\nmild. Preis: 3.\n\n```\nx\n```"),
    ],
)
def test_other_languages(language: str, said: str) -> None:
    text = "Man nehme:\n\n- Milch\n- Eier\n- Mehl\n\n| Sorte | Preis |\n|---|---|\n| mild | 3 |\n\n```\nx\n```"
    assert rewritten(text, language) == said


def test_link_definitions_are_put_aside() -> None:
    outline = read_outline(Path("article.md"), Problems(), b"See [a][b].\n\n[b]: http://a.example\n\nMore.")
    assert outline is not None
    assert rewrite(outline.blocks, {}, "en") == "See [a][b].\n\nMore."
    assert definitions_of(outline.blocks) == "[b]: http://a.example"
