"""What a problem tells a writer: the words it is about, and what to write instead.

Only what a writer acts on is held to, not the sentence around it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from voiceover.script import load_script
from voiceover.settings.problems import Problems
from voiceover.types import CastEntry, Problem, Settings, Severity, Source

CAST = Settings(cast=tuple(CastEntry(name, "", Source("voiceover.yaml")) for name in ("Narrator", "Town", "Country")))
DIALOGUE = {
    "bad-cue": [
        ("One [pause] two.", "[pause] [pause 1.5s] [pause: 500ms] \\["),
        ("One [sound door] two.", "[sound door] [sound: NAME] -6dB under \\["),
    ],
    "bad-lang": [("She said [no](lang:12) and left.", '"12" fr pt-BR')],
    "bad-recording": [
        ("Town: I was [audio: x.wav] there.", "[audio: guest.wav] label"),
        ("Town: [audio: x.wav]", "words captions transcript"),
    ],
    "bad-say": [
        ("Mr [Nguyen](say:ny gwen) came in.", "[text](say:word) [text](<say:two"),
        ("Mr [Nguyen](say:) came in.", "[text](say:win)"),
        ("Mr [](say:win) came in.", "[](say:win) brackets"),
    ],
    "empty-heading": [("Hello to you all.\n\n##\n\nHello again to you.", "## title")],
    "front-matter": [("---\ntitle: Mice\n\nThey live well.", "--- closed"), ("+++\ntitle = Mice\n+++\nThey live well.", "TOML")],
    "list-number": [("1. One of them\n2. Two of them\n\nThen\n\n1984. A year", '"1984." 1984\\.')],
    "looks-like-label": [
        ("Town: Come with me.\n\nYan [00:25]: So will I.", '"Yan" cast Town Yan\\:'),
        ("Town: Come with me. The set {Country} is one.", "{Country} Town [Country]"),
    ],
    "lost-cell": [("| A | B |\n|---|---|\n| 1 | 2 | sold out |", '"sold out" header \\|')],
    "maths": [("Here $\\oiint x$ is the formula.", "\\oiint x")],
    "missing-file": [("Town: [audio: missing.wav] I was there.", '"missing.wav"')],
    "no-chapter": [
        ("# Mice\n\nTown: Come with me.\n\n# One\n\nTown: So I will.\n\n# Two\n\nTown: And so.", "2 chapter ## # headings"),
    ],
    "nothing-spoken": [("<!-- one -->", "one line of text")],
    "outside-folder": [("Town: [audio: ../x.wav] I was there.", '"../x.wav" "assets" voiceover.yaml')],
    "short-turn": [("Town: Hush.\n\nCountry: Why so? Tell me.", "(Hush.) one word add a few")],
    "silent-speaker": [("---\ncast: {Narrator: ada, Town: ben}\n---\nTown: Come with me.", "Narrator")],
    "unclosed-code": [("One two three.\n\n~~~ py\nfour", "~~~ closed")],
    "unclosed-comment": [("One two three.\n\n<!-- seven", "--> closed")],
    "unclosed-html": [("<div hidden>\none\n\ntwo\n\nthree", "<div> </div> closed 1 2")],
    "underline": [("And a line above\n===", "= # Title")],
    "unknown-footnote": [("One two[^three] and four.", "[^three] [^three]:")],
    "unknown-key": [("---\ntitle: Mice\nvoiceover:\n  sped: 1\n---\nThey live well.", '"sped" "seed"')],
    "unknown-setting": [
        ("Town (quiet, loudly): Go away now.", '"loudly" speed seed steps gain'),
        ("[Town | quiet, sped 2] Go away now.", '"sped" "seed"'),
    ],
    "unknown-sound": [("A knock. [sound: door] They look up.", '"door" sounds:')],
    "unknown-speaker": [("[Twon]: Hello to you.", '"Twon" "Town" Narrator, Town, Country \\[Twon]')],
    "unused-lexicon-entry": [("---\nlexicon: {zork: y}\n---\nNobody says it here.", '"zork" lexicon')],
    "yaml-syntax": [("---\ntitle: [a\n---\nMice live well.", "quotes")],
}
DATA = {
    "bad-segment": [("segments:\n  - Hello to you.\n  - [a, b]", "list mapping quotes")],
    "duplicate-key": [("show: One\nshow: Two\nsegments: [Hello to you.]", '"show" script.yaml:1:1')],
    "empty-turn": [
        ("segments:\n  - Hello to you.\n  - ''", "segment text"),
        ("segments:\n  - Hello to you.\n  - {speaker: Town, text: ''}", "segment text"),
    ],
    "no-segments": [("title: The mice", "segments:")],
    "bad-value": [
        ("author: [Ann, Bob]\nsegments: [Hello to you.]", "author text list"),
        ("title: {a: b}\nsegments: [Hello.]", "title text mapping"),
    ],
    "unknown-key": [("titel: The mice\nsegments: [Hello to you.]", '"titel" "title"')],
    "yaml-merge": [("a: &a {b: c}\nd:\n  <<: *a\nsegments: [Hello to you.]", "(<<) keys out")],
    "yaml-tag": [("title: !!binary abc\nsegments: [Hello to you.]", "!!binary quotes")],
    "unknown-alias": [("title: *here\nsegments: [Hello to you.]", "&here quotes")],
    "unused-anchor": [("title: &here\nsegments: [Hello to you.]", "&here quotes")],
    "several-documents": [("segments: [Hello to you.]\n---\na: b", "second document ---")],
    "yaml-key": [("? [a, b]\n: c\nsegments: [Hello to you.]", "key quotes")],
    "comment-cuts-text": [("segments:\n  - Take number two #3 of it.", '"#3 of it." quotes')],
    "control-character": [("segments: [Hel\x07lo.]", "U+0007 remove")],
}


def cases(tables: dict[str, list[tuple[str, str]]], name: str) -> list[object]:
    return [pytest.param(name, code, *case, id=f"{code}-{number}") for code, found in tables.items() for number, case in enumerate(found)]


def problems_of(path: Path, typed: str) -> list[Problem]:
    path.write_text(typed + "\n", "utf-8")
    problems = Problems()
    load_script(path, problems, CAST)
    return [problem for problem in problems.all if problem.severity in (Severity.ERROR, Severity.WARNING)]


@pytest.mark.parametrize(("name", "code", "typed", "words"), [*cases(DIALOGUE, "script.md"), *cases(DATA, "script.yaml")])
def test_a_problem_names_what_it_is_about_and_what_to_write(name: str, code: str, typed: str, words: str, tmp_path: Path) -> None:
    found = [problem.message for problem in problems_of(tmp_path / name, typed) if problem.code == code]
    assert found
    for word in words.split():
        assert word in found[0], found[0]
